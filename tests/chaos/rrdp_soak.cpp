// SPDX-License-Identifier: Apache-2.0
// rrdp-soak: messages by the million, each with a hash of all before it, both ways over a wire that
// loses, doubles, delays and damages frames; the memory of both ends must stay what it is.
#include <rrdp/rrdp.hpp>

#include <cstdio>

#include <json.hpp>

#include "chaos/common_orders.hpp"
#include "chaos/soaks.hpp"

namespace rrdp::chaos {
namespace {

constexpr std::int64_t drift_max = 64 * 1'024;  ///< octets

struct orders : common_orders {
    std::uint64_t messages = 1'000'000;
    std::uint64_t percent = 5;
    std::uint64_t seconds = 300;
    std::uint64_t seed = 1;
    bool veth = false;
};

unsigned long long ull(std::uint64_t number) {
    return number;
}

/// Says what is broken; how many claims.
class judge {
public:
    void expect(bool kept, const std::string& claim) {
        if (kept) return;
        ++broken_;
        std::printf("    BROKEN: %s\n", claim.c_str());
    }

    void hold(const soak_plan& plan, const soak_result& r) {
        expect(r.done, "it came to its end");
        for (const std::size_t side : {0U, 1U}) hold_end(plan, r.ends[side], r.ends[1 - side]);
        for (std::size_t i = 0; i < r.processes; ++i) hold_memory(r.memory[i]);
        expect(r.met.lost > 0, "frames were lost");
        expect(r.met.duplicated > 0, "frames were doubled");
        expect(r.met.late > 0, "frames were late");
        expect(r.met.corrupted > 0, "frames were damaged");
    }

    [[nodiscard]] std::uint64_t broken() const { return broken_; }

private:
    void hold_end(const soak_plan& plan, const soak_report& from, const soak_report& to) {
        expect(from.sent == plan.messages && to.received == plan.messages,
               std::to_string(to.received) + " of " + std::to_string(from.sent) + " arrived");
        expect(from.sent_hash == to.received_hash, "the hashes are equal");
        expect(to.wrong == 0, std::to_string(to.wrong) + " messages were wrong");
        expect(from.broken == 0, std::string{"a connection ended "} + name(from.last));
        expect(from.connections == plan.connections(),
               std::to_string(from.connections) + " connections ended cleanly");
        expect(from.repeated > 0 && from.damaged > 0, "what was lost or damaged was noticed");
    }

    void hold_memory(const memory_watch& m) {
        if (!counts_allocations) return;  // a sanitizer's memory is in the way
        expect(m.allocated == 0, std::to_string(m.allocated) + " allocations after construction");
        expect(m.steady > 0 && m.last - m.steady <= drift_max,
               "resident memory grew by " + std::to_string(m.last - m.steady) + " octets");
    }

    std::uint64_t broken_ = 0;
};

void print(const soak_plan& plan, const soak_result& r, double seconds) {
    const auto& [a, b] = r.ends;
    std::printf(
        "%llu messages, %llu connections, over %s: %.1f s; %llu frames sent, %llu segments "
        "sent again;\n    frames lost %llu, doubled %llu, late %llu, damaged %llu (seen %llu)\n",
        ull(a.received + b.received), ull(plan.connections()), r.where, seconds,
        ull(a.frames + b.frames), ull(a.repeated + b.repeated), ull(r.met.lost),
        ull(r.met.duplicated), ull(r.met.late), ull(r.met.corrupted), ull(a.damaged + b.damaged));
    for (std::size_t i = 0; i < r.processes; ++i)
        std::printf("    memory %lld KiB, drift %lld octets, allocations after construction %s\n",
                    static_cast<long long>(r.memory[i].last / 1'024),
                    static_cast<long long>(r.memory[i].last - r.memory[i].steady),
                    counts_allocations ? std::to_string(r.memory[i].allocated).c_str()
                                       : "not counted: neither is judged in this build");
    std::printf("    hashes %016llx %016llx\n", ull(a.received_hash), ull(b.received_hash));
}

tools::json_writer as_json(const orders& o, const soak_result& r, std::uint64_t broken,
                           double seconds) {
    const auto& [a, b] = r.ends;
    std::int64_t drift = 0;
    std::uint64_t allocated = 0;
    for (std::size_t i = 0; i < r.processes; ++i) {
        drift = std::max(drift, r.memory[i].last - r.memory[i].steady);
        allocated += r.memory[i].allocated;
    }
    tools::json_writer json;
    json.open_object().field("tool", "rrdp-soak").field("what", o.veth ? "veth" : "memory");
    json.field("faults", r.where).field("percent", o.percent).field("seed", o.seed);
    json.field("seeds", 1U);
    json.field("messages", a.received + b.received).field("failures", broken);
    json.field("seconds", seconds, 3).field("frames", a.frames + b.frames);
    json.field("lost", r.met.lost).field("duplicated", r.met.duplicated);
    json.field("late", r.met.late).field("damaged", r.met.corrupted);
    json.field("rss_drift", drift);
    if (counts_allocations) json.field("allocations", allocated);
    json.close_object();
    return json;
}

int run(const orders& o) {
    const soak_plan plan{.messages = o.messages / 2,
                         .each = (o.messages + 319) / 320,
                         .seed = o.seed,
                         .pretend = o.pretend};
    const double chance = static_cast<double>(o.percent) / 100;
    const instant began = soak_clock();
    const soak_result r =
        o.veth ? soak_over_veth{plan, chance, o.seconds}() : soak_in_memory(plan, chance);
    const double seconds = std::chrono::duration<double>(soak_clock() - began).count();
    print(plan, r, seconds);
    judge law;
    law.hold(plan, r);
    if (!o.json.empty()) tools::save(as_json(o, r, law.broken(), seconds), o.json);
    return law.broken() == 0 ? 0 : 1;
}

bool read(int argc, char** argv, orders& o) {
    tools::command_line line{"rrdp-soak",
                             "rrdp-soak sends messages by the million over a bad wire.\n\n"
                             "  rrdp-soak [options]\n\n"
                             "Both ends send, each message with a hash of all before it, over a "
                             "wire that loses, doubles,\n"
                             "delays and damages frames; their memory must stay what it is.\n",
                             common_orders::exit_status_help};
    line.section("Options:");
    line.number("--messages", "N", "both ways together (1000000)", o.messages, std::uint64_t{1'000},
                std::uint64_t{100'000'000'000});
    line.flag("--veth", "two processes and a veth pair, instead of memory and virtual time",
              o.veth);
    line.number("--percent", "N", "chance of each of the four faults, for each frame (5)",
                o.percent, std::uint64_t{1}, std::uint64_t{25});
    line.number("--seed", "N", "of the faults and the messages (1)", o.seed, std::uint64_t{1},
                std::uint64_t{1} << 32);
    line.number("--seconds", "N", "with --veth: give up after so long (300)", o.seconds,
                std::uint64_t{1}, std::uint64_t{1'000'000});
    o.declare(line);
    return line.parse(argc, argv);
}

}  // namespace
}  // namespace rrdp::chaos

int main(int argc, char** argv) {
    using namespace rrdp::chaos;
    return tools::run_tool("rrdp-soak", [&] {
        orders o;
        if (!read(argc, argv, o)) return 0;
        if (o.veth)
            if (const std::string obstacle = private_network::enter(); !obstacle.empty()) {
                std::printf("skipped: %s\n", obstacle.c_str());
                return 77;
            }
        return run(o);
    });
}
