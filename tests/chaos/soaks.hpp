// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>

#include <chrono>
#include <memory>

#include <rrdp/adapters/faulty.hpp>
#include <rrdp/adapters/simulated.hpp>

#include "adapters/packet_kit.hpp"
#include "chaos/bad_port.hpp"
#include "chaos/memory.hpp"
#include "chaos/process.hpp"
#include "chaos/station.hpp"

namespace rrdp::chaos {

/// What a process has seen of its own memory.
struct memory_watch {
    /// Everything is made, and nothing may be allocated any more.
    void constructed() noexcept {
        last = resident();  // once for nothing: the pages of what asks become resident, too
        allocated_before = allocations();
    }
    /// To be called now and then. Steady is, when so many connections have come and gone that every
    /// record of an engine was in use: memory is obtained at construction, but the kernel gives a
    /// page when it is first written to.
    void look(std::uint64_t connections) noexcept {
        if (steady == 0 && connections >= station_holding.connections + 4) steady = resident();
    }
    void over() noexcept {
        allocated = allocations() - allocated_before;
        last = resident();
    }

    std::uint64_t allocated_before = 0;
    std::uint64_t allocated = 0;  ///< calls, from construction to the end
    std::int64_t steady = 0;      ///< resident octets
    std::int64_t last = 0;
};

/// Which faults the frames of a soak have met, both ways together.
struct met_faults {
    std::uint64_t lost = 0, duplicated = 0, late = 0, corrupted = 0;

    met_faults& operator+=(const met_faults& more) noexcept {
        lost += more.lost;
        duplicated += more.duplicated;
        late += more.late;
        corrupted += more.corrupted;
        return *this;
    }
};

/// A soak that is over. `memory` is one for each process.
struct soak_result {
    std::array<soak_report, 2> ends{};
    std::array<memory_watch, 2> memory{};
    std::size_t processes = 1;
    met_faults met{};
    bool done = false;  ///< and not given up
    const char* where = "";
};

inline instant soak_clock() {
    return to_instant(std::chrono::steady_clock::now());
}

/// Two stations in this process, over a wire in virtual time that does each of the four things to a
/// frame with this chance.
inline soak_result soak_in_memory(const soak_plan& plan, double chance) {
    adapters::simulated air{
        plan.seed,
        {.faults = {.loss = chance, .duplicate = chance, .reorder = chance, .corrupt = chance}}};
    station a{air.a, 1, air.b.properties().address, plan};
    station b{air.b, 2, air.a.properties().address, plan};
    soak_result r{.where = "a simulated wire"};
    memory_watch& memory = r.memory[0];
    memory.constructed();
    while (!a.over() || !b.over()) {
        a.turn(air.time());
        b.turn(air.time());
        memory.look(std::min(a.connections(), b.connections()));
        if (!air.advance(a.next_timeout(), b.next_timeout())) break;
    }
    memory.over();
    r.done = a.good() && b.good() && a.over() && b.over();
    r.ends = {a.report(), b.report()};
    for (const auto way : {adapters::direction::a_to_b, adapters::direction::b_to_a}) {
        const adapters::wire_statistics& s = air.statistics(way);
        r.met += {s.lost, s.duplicated, s.reordered, s.corrupted};
    }
    return r;
}

/// Two processes, each a station at one interface of a veth pair.
class soak_over_veth {
public:
    soak_over_veth(const soak_plan& plan, double chance, std::uint64_t seconds)
        : plan_{plan}, chance_{chance}, limit_{soak_clock() + std::chrono::seconds{seconds}} {}

    soak_result operator()() {
        shut_ports();
        std::array<pid_t, 2> pids{};
        for (const std::size_t side : {0U, 1U})
            pids[side] = begin_process([this, side] { talk(side); });
        soak_result r{.processes = 2, .done = true};
        for (const std::size_t side : {0U, 1U}) {
            int status = 0;
            ::waitpid(pids[side], &status, 0);
            r.done = r.done && status == 0 && all_.over[side];
        }
        r.ends = all_.ends;
        r.memory = all_.memory;
        r.where = ports_[0] ? "tc-bpf at the receiver" : "the receiving process";
        for (const std::size_t side : {0U, 1U})
            r.met += ports_[side] ? met_at(*ports_[side]) : all_.met[side];
        return r;
    }

private:
    struct shared_part {
        std::array<soak_report, 2> ends{};
        std::array<memory_watch, 2> memory{};
        std::array<met_faults, 2> met{};
        std::array<bool, 2> over{};
    };

    void shut_ports() {
        const auto share = static_cast<std::uint64_t>(chance_ * 65'536);
        try {
            for (const std::size_t side : {0U, 1U}) {
                ports_[side] = std::make_unique<bad_port>(plan_.seed * 2 + side);
                ports_[side]->attach(side == 0 ? "v0" : "v1");
                ports_[side]->set({share, share, share, share});
            }
        } catch (const std::runtime_error& why) {
            std::printf("    (no program in the kernel here: %s)\n", why.what());
            for (auto& port : ports_) port.reset();
        }
    }

    static met_faults met_at(const bad_port& port) {
        const port_weather seen = port.seen();
        return {seen.lost, seen.duplicated, seen.delayed, seen.corrupted + seen.exchanged};
    }

    adapters::faulty_options spoiling() const {
        if (ports_[0]) return {};
        return {.receive = {
                    .loss = chance_, .duplicate = chance_, .reorder = chance_, .corrupt = chance_}};
    }

    void talk(std::size_t side) {
        adapters::packet_ring link{side == 0 ? "v0" : "v1"};
        adapters::faulty spoiled{link, plan_.seed * 2 + side, spoiling()};
        station end{spoiled, static_cast<std::uint16_t>(1 + side),
                    side == 0 ? packet_kit::second : packet_kit::first, plan_};
        if (!end.good()) throw std::runtime_error{"the node is not set up"};
        memory_watch& memory = all_.memory[side];
        memory.constructed();
        // The other may still want an answer when this one has heard everything.
        while (!(end.over() && all_.over[1 - side]) && soak_clock() < limit_) {
            const bool moved = end.turn(soak_clock());
            memory.look(end.connections());
            all_.over[side] = end.over();
            if (moved) continue;
            const int rest = poll_wait(soak_clock(), end.next_timeout().value_or(instant::max()));
            pollfd ready{link.native_handle(), POLLIN, 0};
            ::poll(&ready, 1, std::clamp(rest, 0, 1));
        }
        memory.over();
        all_.ends[side] = end.report();
        const adapters::fault_statistics& s = spoiled.received();
        all_.met[side] = {s.lost, s.duplicated, s.reordered, s.corrupted};
    }

    soak_plan plan_;
    double chance_;
    instant limit_;
    private_network::wire wire_;
    std::array<std::unique_ptr<bad_port>, 2> ports_;
    shared_part& all_ = shared<shared_part>();
};

}  // namespace rrdp::chaos
