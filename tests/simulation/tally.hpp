// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "simulation/storm_run.hpp"

namespace simulation {

struct failed_seed {
    std::uint64_t seed = 0;
    std::string complaint;
};

/// What many storms met, all together; in which order they were run shows nowhere.
struct tally {
    static constexpr std::size_t kinds = 15;
    using counts = std::array<std::uint64_t, kinds>;
    static constexpr std::array<const char*, kinds> names{
        "frames",    "lost",   "lost_in_bursts", "duplicated", "reordered",
        "corrupted", "full",   "cut_off",        "overrun",    "refused",
        "garbled",   "unseen", "recalled",       "forged",     "too_long"};

    std::uint64_t seeds = 0;
    std::uint64_t conversations = 0;
    rrdp::duration faulty{};  ///< virtual, while something was wrong and somebody talked
    rrdp::duration struck{};  ///< of that, while a blow lasted
    counts met{};
    std::array<std::uint64_t, blow_kinds> blows{};
    std::uint64_t trace = 0;  ///< equal with every compiler
    std::vector<failed_seed> failed;

    /// A run that is over.
    void add(std::uint64_t seed, const storm_run& run, const storm_stage& stage) {
        ++seeds;
        conversations += run.conversations();
        faulty += run.faulty();
        struck += run.struck();
        const auto& n = stage.net.statistics();
        const auto& p = stage.pests.met;
        const counts now{n.sent,      n.lost,       n.lost_in_bursts, n.duplicated, n.reordered,
                         n.corrupted, n.queue_full, n.partitioned,    n.overrun,    p.refused,
                         p.garbled,   p.unseen,     p.recalled,       p.forged,     p.narrowed};
        for (std::size_t i = 0; i < kinds; ++i) met[i] += now[i];
        for (std::size_t i = 0; i < blow_kinds; ++i) blows[i] += run.blows()[i];
        trace += (run.trace() + seed) * 0x9e37'79b9'7f4a'7c15;
    }
    void add(tally&& other) {
        seeds += other.seeds;
        conversations += other.conversations;
        faulty += other.faulty;
        struck += other.struck;
        for (std::size_t i = 0; i < kinds; ++i) met[i] += other.met[i];
        for (std::size_t i = 0; i < blow_kinds; ++i) blows[i] += other.blows[i];
        trace += other.trace;
        for (failed_seed& f : other.failed) failed.push_back(std::move(f));
        std::sort(failed.begin(), failed.end(),
                  [](const auto& x, const auto& y) { return x.seed < y.seed; });
    }
    [[nodiscard]] static double hours(rrdp::duration d) {
        return std::chrono::duration<double, std::ratio<3600>>(d).count();
    }
};

}  // namespace simulation
