// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <map>
#include <utility>

#include <json.hpp>

#include "bench/engines/suite.hpp"

namespace rrdp::bench {
namespace {

const char* name_of(pattern how) {
    return pattern_names[static_cast<std::size_t>(how)];
}

double per_message(const message_row& row, std::uint64_t what) {
    return static_cast<double>(what) / static_cast<double>(row.last.messages);
}
/// Octets of a message on Ethernet, acknowledgements included.
double wire_octets(const message_row& row) {
    return per_message(row, row.last.octets + row.last.frames * row.whose->below);
}

/// The row of RRDP with the same job.
const message_row* base_of(const results& r, const message_row& row) {
    for (const message_row& other : r.messages)
        if (other.what.how == row.what.how && other.what.size == row.what.size &&
            std::string{other.whose->name} == "rrdp" && !other.ns.empty())
            return &other;
    return nullptr;
}

std::string with_span(const spread& s) {
    char text[64];
    std::snprintf(text, sizeof text, "%.2f (%.2f-%.2f)", s.median, s.low, s.high);
    return text;
}

void print_row(const results& r, const message_row& row) {
    if (!row.not_run.empty()) {
        std::printf("%-14s not run: %s\n", row.whose->name, row.not_run.c_str());
        return;
    }
    const message_row* const base = base_of(r, row);
    const bool compared = base != nullptr && base != &row;
    std::printf("%-14s %9.1f  %-22s", row.whose->name, spread_of(row.ns).median,
                compared ? with_span(ratio_of(row.ns, base->ns)).c_str() : "");
    if (row.instructions)
        std::printf(" %9.1f", *row.instructions);
    else
        std::printf(" %9s", "-");
    if (compared && row.instructions && base->instructions)
        std::printf(" %7.2f", *row.instructions / *base->instructions);
    else
        std::printf(" %7s", "");
    std::printf(" %8.2f %8llu %7.3f %8.1f %6llu\n", per_message(row, row.last.allocations),
                static_cast<unsigned long long>(row.last.connect_allocations),
                per_message(row, row.last.frames), wire_octets(row),
                static_cast<unsigned long long>(row.last.stalls));
}

void print_messages(const results& r) {
    const job* above = nullptr;
    for (const message_row& row : r.messages) {
        if (above == nullptr || above->how != row.what.how || above->size != row.what.size) {
            std::printf("\n%s, %zu octets\n", name_of(row.what.how), row.what.size);
            std::printf("%-14s %9s  %-22s %9s %7s %8s %8s %7s %8s %6s\n", "engine", "ns", "/ rrdp",
                        "instr", "/ rrdp", "allocs", "connect", "frames", "octets", "stalls");
        }
        above = &row.what;
        print_row(r, row);
    }
}

/// The row of the same engine and batch that has one connection only.
const crowd_row& alone(const results& r, const crowd_row& row) {
    const auto at = std::find_if(r.crowds.begin(), r.crowds.end(), [&](const crowd_row& other) {
        return std::string_view{other.name} == row.name && other.connections == 1 &&
               other.batch == row.batch;
    });
    return at == r.crowds.end() ? row : *at;
}

void print_crowds(const results& r) {
    if (r.crowds.empty()) return;
    std::printf(
        "\nmessages of 32 octets on connections drawn at random, each acknowledged at once\n");
    std::printf("(enet: on one of so many places for connections, the others empty)\n");
    std::printf("%-8s %12s %6s %9s  %-22s %7s\n", "engine", "connections", "batch", "ns",
                "/ one connection", "frames");
    for (const crowd_row& row : r.crowds)
        std::printf("%-8s %12u %6llu %9.1f  %-22s %7.3f\n", row.name, row.connections,
                    static_cast<unsigned long long>(row.batch), spread_of(row.ns).median,
                    with_span(ratio_of(row.ns, alone(r, row).ns)).c_str(), row.frames);
}

void print_rest(const results& r) {
    if (!r.idle.empty()) std::printf("\noctets of an idle connection at one end\n");
    for (const idle_row& row : r.idle) std::printf("%-14s %9.1f\n", row.name, row.octets);
    if (!r.timers.empty()) std::printf("\na turn of the timers, a tick after the last\n");
    for (const timer_row& row : r.timers)
        std::printf("%7u idle connections %9.1f ns; something was due in %llu turns\n",
                    row.connections, spread_of(row.ns).median,
                    static_cast<unsigned long long>(row.due));
    if (!r.copies.empty()) std::printf("\na message of %zu octets beside memcpy\n", message_max);
    for (const copy_row& row : r.copies)
        std::printf("%-26s %9.1f ns  %s\n", row.name, spread_of(row.ns).median,
                    with_span(ratio_of(row.ns, r.copies.front().ns)).c_str());
}

void add_spread(tools::json_writer& w, const char* name, const spread& s) {
    w.key(name).open_object();
    w.field("median", s.median, 3).field("low", s.low, 3).field("high", s.high, 3);
    w.close_object();
}

void add_message(tools::json_writer& w, const results& r, const message_row& row) {
    w.open_object().field("engine", row.whose->name).field("pattern", name_of(row.what.how));
    w.field("size", row.what.size);
    if (!row.not_run.empty()) {
        w.field("not_run", row.not_run.c_str()).close_object();
        return;
    }
    add_spread(w, "ns", spread_of(row.ns));
    const message_row* const base = base_of(r, row);
    if (base != nullptr) add_spread(w, "ns_over_rrdp", ratio_of(row.ns, base->ns));
    if (row.instructions) w.field("instructions", *row.instructions, 1);
    w.field("allocations", per_message(row, row.last.allocations), 3);
    w.field("allocations_to_connect", row.last.connect_allocations);
    w.field("frames", per_message(row, row.last.frames), 4);
    w.field("octets_on_ethernet", wire_octets(row), 2);
    w.field("stalls", row.last.stalls).close_object();
}

}  // namespace

std::string built_with() {
#if defined(__clang__)
    std::string text = "clang++ " __clang_version__;
#else
    std::string text = "g++ " __VERSION__;
#endif
#ifdef __AVX2__
    text += ", x86-64-v3";
#endif
    return text;
}

void print(const plan& p, const results& r) {
    std::printf(
        "engines in one thread over a wire in memory, compiled by %s; medians of %llu\n"
        "interleaved rounds of %llu messages, ratios of the same round, in brackets their "
        "middle half\n\n",
        built_with().c_str(), static_cast<unsigned long long>(p.rounds),
        static_cast<unsigned long long>(p.count));
    for (const engine& e : engines())
        if (!r.messages.empty() && e.run != nullptr) std::printf("%-14s %s\n", e.name, e.what);
    if (!r.no_instructions.empty())
        std::printf("instructions   not run: %s\n", r.no_instructions.c_str());
    print_messages(r);
    print_crowds(r);
    print_rest(r);
}

std::string to_json(const plan& p, const results& r) {
    tools::json_writer w;
    w.open_object().field("compiler", built_with()).field("rounds", p.rounds);
    w.field("count", p.count);
    if (!r.no_instructions.empty()) w.field("no_instructions", r.no_instructions);
    w.key("messages").open_array();
    for (const message_row& row : r.messages) add_message(w, r, row);
    w.close_array().key("crowd").open_array();
    for (const crowd_row& row : r.crowds) {
        w.open_object().field("engine", row.name).field("connections", row.connections);
        w.field("batch", row.batch);
        add_spread(w, "ns", spread_of(row.ns));
        add_spread(w, "ns_over_one", ratio_of(row.ns, alone(r, row).ns));
        w.field("frames", row.frames, 4).close_object();
    }
    w.close_array().key("idle").open_array();
    for (const idle_row& row : r.idle)
        w.open_object().field("engine", row.name).field("octets", row.octets, 1).close_object();
    w.close_array().key("timers").open_array();
    for (const timer_row& row : r.timers) {
        w.open_object().field("connections", row.connections).field("due", row.due);
        add_spread(w, "ns", spread_of(row.ns));
        w.close_object();
    }
    w.close_array().key("copies").open_array();
    for (const copy_row& row : r.copies) {
        w.open_object().field("what", row.name);
        add_spread(w, "ns", spread_of(row.ns));
        add_spread(w, "over_memcpy", ratio_of(row.ns, r.copies.front().ns));
        w.close_object();
    }
    w.close_array().close_object();
    return w.text() + "\n";
}

}  // namespace rrdp::bench
