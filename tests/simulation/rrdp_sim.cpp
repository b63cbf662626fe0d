// SPDX-License-Identifier: Apache-2.0
// rrdp-sim: seeds are run until one breaks a law of delivery, and that one again, to be looked at.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <thread>

#include <command_line.hpp>
#include <json.hpp>
#include <qlog_reader.hpp>
#include <trace_report.hpp>

#include "simulation/chosen_storm.hpp"
#include "simulation/ladder.hpp"
#include "simulation/tally.hpp"

namespace {

using simulation::failed_seed;
using simulation::storm;
using simulation::storm_run;
using simulation::storm_stage;
using simulation::tally;
using tools::exit_status;
using clock_type = std::chrono::steady_clock;

struct orders {
    std::uint64_t first = 1;
    std::uint64_t last = 1'000;
    std::uint64_t seconds = 0;  ///< 0: no limit
    std::uint64_t failures = 1;
    unsigned jobs = 1;
    bool pretend = false;
    std::string json;
    std::string keep;
};

void read_seeds(std::string_view text, orders& o) {
    const auto cut = text.find("..");
    const auto number = [&](std::string_view part) {
        const auto n = tools::to_number<std::uint64_t>(part, 0, ~std::uint64_t{0} / 2);
        if (!n) throw tools::command_line::bad_value("--seeds", text, "a seed, or two as 1..1000");
        return *n;
    };
    o.first = number(text.substr(0, cut));
    o.last = cut == std::string_view::npos ? o.first : number(text.substr(cut + 2));
    if (o.last < o.first)
        throw tools::command_line::bad_value("--seeds", text, "the smaller seed first");
}

bool read(int argc, char** argv, orders& o) {
    tools::command_line line{"rrdp-sim",
                             "usage: rrdp-sim [OPTION...]\n\n"
                             "Engines around a switch in virtual time; all about them, and all "
                             "that goes wrong, is\n"
                             "chosen by the seed. A judge who knows everything looks for a broken "
                             "law of delivery.\n\n",
                             "Exit status: 0 all laws held; 1 one was broken; 2 wrong options.\n"};
    line.option("--seeds", "A..B", "the seeds to run (1..1000)",
                [&o](std::string_view text) { read_seeds(text, o); });
    line.number("--seconds", "N", "no more seeds after so long", o.seconds, std::uint64_t{1},
                std::uint64_t{1'000'000});
    line.number("--failures", "N", "stop at so many (1)", o.failures, std::uint64_t{1},
                std::uint64_t{1'000'000});
    line.number("--jobs", "N", "run so many at a time (1)", o.jobs, 1U, 256U);
    line.text("--keep", "FOLDER", "what a failing seed sent: as text, capture, qlog and picture",
              o.keep);
    line.flag("--pretend", "call the first seed a failure, to see what is kept", o.pretend);
    line.text("--json", "FILE", "write the summary there, too", o.json);
    return line.parse(argc, argv);
}

void write(const std::string& path, const std::string& text) {
    std::FILE* const file = std::fopen(path.c_str(), "w");
    if (file == nullptr) throw tools::system_failure(path);
    const bool written = std::fputs(text.c_str(), file) >= 0;
    if (std::fclose(file) != 0 || !written) throw tools::system_failure(path);
}

/// A picture of the busiest connection, beside the rest.
void draw(const std::string& name) {
    const tools::trace_input input = tools::read_trace({name + ".pcapng"}, {});
    const tools::trace_connections connections{input, {}};
    if (connections.all().empty()) return;
    tools::trace_story story{connections.all()[connections.largest()]};
    write(name + ".html", tools::trace_report{story, input.name}.html());
}

/// Runs a failing seed again and keeps what it sent.
void keep(const orders& o, const failed_seed& failure) {
    if (o.keep.empty()) return;
    std::filesystem::create_directories(o.keep);
    const storm what = simulation::chosen_storm(failure.seed);
    const auto stage = std::make_unique<storm_stage>();
    storm_run again{what, failure.seed, *stage};
    const std::string name = o.keep + "/seed-" + std::to_string(failure.seed);
    simulation::ladder log{name, what.nodes, what.talks.front().opener.offered};
    stage->net.observer = &log;
    static_cast<void>(again.run(&log));
    stage->net.observer = nullptr;
    log.close(again.complaint().empty() ? failure.complaint : again.complaint());
    draw(name);
}

/// What those who share the seeds have in common.
struct division {
    const orders* o;
    std::atomic<std::uint64_t> next;
    std::atomic<std::uint64_t> failures = 0;
    clock_type::time_point began = clock_type::now();

    [[nodiscard]] bool enough() const {
        if (failures.load() >= o->failures) return true;
        return o->seconds != 0 && clock_type::now() - began >= std::chrono::seconds{o->seconds};
    }
};

/// Takes the next seed until there are enough: all that were taken are run.
void work(division& d, tally& mine) {
    const auto stage = std::make_unique<storm_stage>();
    while (!d.enough()) {
        const std::uint64_t seed = d.next++;
        if (seed > d.o->last) return;
        storm_run run{simulation::chosen_storm(seed), seed, *stage};
        const bool well = run.run();
        mine.add(seed, run, *stage);
        const bool pretended = d.o->pretend && seed == d.o->first;
        if (well && !pretended) continue;
        mine.failed.push_back({seed, well ? "none: this failure is pretended" : run.complaint()});
        ++d.failures;
    }
}

tally run_all(const orders& o) {
    division d{&o, o.first};
    std::vector<tally> parts(o.jobs);
    std::vector<std::thread> others;
    for (unsigned n = 1; n < o.jobs; ++n) others.emplace_back([&, n] { work(d, parts[n]); });
    work(d, parts[0]);
    for (std::thread& t : others) t.join();
    tally all;
    for (tally& part : parts) all.add(std::move(part));
    return all;
}

void print(const tally& all, double seconds) {
    const auto number = [](std::uint64_t n) { return static_cast<unsigned long long>(n); };
    std::printf(
        "%llu seeds, %.1f hours under faults (%.1f under blows) in %.1f s; %llu "
        "conversations\n",
        number(all.seeds), tally::hours(all.faulty), tally::hours(all.struck), seconds,
        number(all.conversations));
    for (std::size_t i = 0; i < tally::kinds; ++i)
        std::printf("%s%s %llu", i == 0 ? "" : ", ", tally::names[i], number(all.met[i]));
    std::printf("\nblows:");
    for (std::size_t i = 0; i < simulation::blow_kinds; ++i)
        std::printf("%s %s %llu", i == 0 ? "" : ",",
                    simulation::name(static_cast<simulation::blow::kind>(i)), number(all.blows[i]));
    std::printf("\ntrace %016llx\n", number(all.trace));
    for (const failed_seed& f : all.failed)
        std::printf("seed %llu: %s\n    again: rrdp-sim --seeds %llu --keep FOLDER\n",
                    number(f.seed), f.complaint.c_str(), number(f.seed));
}

std::string as_json(const tally& all, const orders& o, double seconds) {
    tools::json_writer json;
    json.open_object();
    json.field("seeds", all.seeds).field("fault_hours", tally::hours(all.faulty), 3);
    json.field("blow_hours", tally::hours(all.struck), 3).field("seconds", seconds, 3);
    json.field("jobs", o.jobs).field("conversations", all.conversations);
    for (std::size_t i = 0; i < tally::kinds; ++i) json.field(tally::names[i], all.met[i]);
    json.key("blows").open_object();
    for (std::size_t i = 0; i < simulation::blow_kinds; ++i)
        json.field(simulation::name(static_cast<simulation::blow::kind>(i)), all.blows[i]);
    json.close_object();
    json.field("trace", all.trace).field("failures", std::uint64_t{all.failed.size()});
    json.key("failed").open_array();
    for (const failed_seed& f : all.failed) {
        json.open_object();
        json.field("seed", f.seed).field("complaint", f.complaint).close_object();
    }
    return json.close_array().close_object().text() + "\n";
}

exit_status run(int argc, char** argv) {
    orders o;
    if (!read(argc, argv, o)) return exit_status::ok;
    const auto began = clock_type::now();
    const tally all = run_all(o);
    const double seconds = std::chrono::duration<double>(clock_type::now() - began).count();
    print(all, seconds);
    if (!o.json.empty()) write(o.json, as_json(all, o, seconds));
    for (const failed_seed& f : all.failed) keep(o, f);
    return all.failed.empty() ? exit_status::ok : exit_status::failed;
}

}  // namespace

int main(int argc, char** argv) {
    return tools::run_tool("rrdp-sim", [&] { return run(argc, argv); });
}
