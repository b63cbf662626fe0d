// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "results.hpp"
#include "tools/support/json.hpp"

namespace rrdp::bench {
namespace {

using tools::json_writer;

void write_times(json_writer& json, const char* name, const cell& c, double scale) {
    json.key(name).open_object();
    json.field("median_of_p50", median(c.rounds) * scale, 3);
    const auto value = [&](const char* what, std::uint64_t ns) {
        json.field(what, static_cast<double>(ns) / 1e3 * scale, 3);
    };
    value("min", c.times.min());
    value("p50", c.times.at(0.5));
    value("p90", c.times.at(0.9));
    value("p99", c.times.at(0.99));
    value("p99.9", c.times.at(0.999));
    value("p99.99", c.times.at(0.9999));
    value("max", c.times.max());
    json.close_object();
}

void write_row(json_writer& json, const results& all, const cell& c) {
    constexpr const char* kinds[] = {"rrdp", "raw", "kernel"};
    json.open_object().field("row", c.of->name).field("link", c.of->link);
    json.field("kind", kinds[static_cast<std::size_t>(c.of->kind)]);
    json.field("size", c.size);
    if (!c.trouble.empty()) json.field("not_run", c.trouble);
    if (c.ran() && all.stream()) {
        const double rate = median(c.rounds);
        json.field("messages_per_second", rate, 0);
        json.field("megabits_per_second", rate * static_cast<double>(c.size) * 8e-6, 1);
    }
    if (c.times.total() != 0) {
        json.field("samples", c.times.total());
        write_times(json, "rtt_us", c, 1);
        write_times(json, "half_rtt_us", c, 0.5);
    }
    json.field("sent_again", c.repeated).key("rounds").open_array();
    for (const double round : c.rounds) json.value(round, 3);
    json.close_array().close_object();
}

void write_plan(json_writer& json, const results& all) {
    const plan& p = all.asked;
    constexpr const char* names[] = {"serve", "latency", "bandwidth", "rate", "incast"};
    json.field("program", "rrdp-perf").field("command", all.words);
    json.field("measured", names[static_cast<std::size_t>(p.what)]);
    json.field("date", all.date).field("machine", all.machine);
    json.field("load_before", all.load_before).field("load_after", all.load_after);
    json.field("wait", adapters::to_text(p.wait)).field("cpus", all.cpus);
    json.field("mtu", p.mtu).field("rounds", p.rounds).field("window", p.window);
    json.field("rate", p.rate).key("remarks").open_array();
    for (const std::string& remark : all.remarks) json.value(remark);
    json.close_array();
}

}  // namespace

void write_json(const results& all) {
    json_writer json;
    json.open_object();
    write_plan(json, all);
    json.key("rows").open_array();
    for (const cell& c : all.cells) write_row(json, all, c);
    json.close_array().key("ratios").open_array();
    for (const comparison& c : all.comparisons()) {
        json.open_object().field("over", c.over).field("under", c.under).field("size", c.size);
        json.field("median", c.ratio.middle, 3).field("low", c.ratio.low, 3);
        json.field("high", c.ratio.high, 3).field("confidence", c.ratio.confidence, 3);
        json.close_object();
    }
    json.close_array().close_object();
    std::FILE* const file = std::fopen(all.asked.json.c_str(), "w");
    if (file == nullptr) throw std::runtime_error{all.asked.json + ": " + std::strerror(errno)};
    std::fprintf(file, "%s\n", json.text().c_str());
    std::fclose(file);
}

}  // namespace rrdp::bench
