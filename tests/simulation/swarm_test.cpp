// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "simulation/world.hpp"
#include "support/catch.hpp"
#include "support/sanitized.hpp"

using namespace std::chrono_literals;
using rrdp::adapters::direction;

namespace {

/// 20 % loss, 10 % duplication, reordering, and one frame in a hundred with a bit inverted.
constexpr rrdp::adapters::wire_conditions bad_weather{
    .faults = {.loss = 0.2, .duplicate = 0.1, .reorder = 0.1, .corrupt = 0.01},
    .delay = 50us,
    .jitter = 100us,
    .lateness = 1ms,
};

/// The seeds of this run: `count` from `first`, or the one in RRDP_SEED.
struct seed_range {
    std::uint64_t first;
    std::uint64_t count;
};

seed_range seeds(std::uint64_t first, std::uint64_t count) {
    const char* one = std::getenv("RRDP_SEED");
    if (one == nullptr) return {first, count};
    return {std::strtoull(one, nullptr, 0), 1};
}

/// What the frames of a run have met, of all its worlds: messages that share frames need so few
/// that one world alone may be spared a kind of fault.
struct faults_met {
    std::uint64_t lost = 0;
    std::uint64_t duplicated = 0;
    std::uint64_t reordered = 0;
};

void every_message_arrives(std::uint64_t seed, const simulation::plan& plan, faults_met& all) {
    INFO("replay with RRDP_SEED=" << seed);
    simulation::world world{seed, bad_weather, plan};
    const bool ended = world.run_until([&] { return world.both_closed(); });
    INFO(world.complaint());
    INFO("received " << world.a.received() << " and " << world.b.received());
    REQUIRE(ended);
    REQUIRE(world.complaint().empty());
    REQUIRE(world.a.received() == plan.messages);
    REQUIRE(world.b.received() == plan.messages);
    for (const auto* side : {&world.a, &world.b}) {
        REQUIRE(side->end()->reason == rrdp::end_reason::clean);
        REQUIRE(side->end()->ledger ==
                rrdp::send_ledger{plan.messages, plan.messages, plan.messages});
    }
    REQUIRE(world.run_until([&] { return world.forgotten(); }));
    REQUIRE(world.every_segment_is_back());
    const auto& met = world.wire.statistics(direction::a_to_b);
    REQUIRE(met.lost + met.duplicated + met.reordered > 0);
    all.lost += met.lost;
    all.duplicated += met.duplicated;
    all.reordered += met.reordered;
}

/// A test of faults that met none would prove nothing. `worlds` were run; one is a replay.
void require_every_fault(const faults_met& all, std::uint64_t worlds) {
    REQUIRE((worlds == 1 || (all.lost > worlds && all.duplicated > worlds)));
    REQUIRE((worlds == 1 || all.reordered > worlds));
}

/// Seeds 1 to `most`, or the one to be replayed, each with what `plan_of(seed)` plans.
template <class PlanOf>
void every_seed_arrives(std::uint64_t most, PlanOf plan_of) {
    const auto [first, count] = seeds(1, most);
    faults_met met;
    for (std::uint64_t seed = first; seed < first + count; ++seed)
        every_message_arrives(seed, plan_of(seed), met);
    require_every_fault(met, count);
}

}  // namespace

TEST_CASE("swarm: over a bad wire everything arrives once, in order, unchanged, and closes cleanly",
          "[simulation][R-19.8][R-19.9][R-19.13][R-10.1][R-10.3]") {
    every_seed_arrives(rrdp::testing::sanitized ? 200 : 1'000,
                       [](std::uint64_t) { return simulation::plan{}; });
}

TEST_CASE("swarm: the profile of the paper arrives over a bad wire, too",
          "[simulation][R-18.2][R-10.5]") {
    simulation::plan plan;
    plan.options = rrdp::profiles::paper_exact;
    plan.options.auto_close = false;
    plan.options.give_up = 60s;
    const auto [first, count] = seeds(1, 50);
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        INFO("replay with RRDP_SEED=" << seed);
        simulation::world world{seed, bad_weather, plan};
        const bool ended = world.run_until([&] { return world.both_closed(); });
        INFO(world.complaint());
        REQUIRE(ended);
        // Whoever closes first ends the other by an RST; what it sent itself is all confirmed.
        const bool one_confirmed = world.a.end()->ledger.confirmed == plan.messages ||
                                   world.b.end()->ledger.confirmed == plan.messages;
        REQUIRE(one_confirmed);
        REQUIRE(world.run_until([&] { return world.forgotten(); }));
        REQUIRE(world.every_segment_is_back());
    }
}

TEST_CASE("swarm: with every feature agreed everything arrives, too",
          "[simulation][R-3.1][R-3.3][R-3.4][R-3.5][R-3.14][R-8.17][R-8.19]") {
    using rrdp::wire::features;
    simulation::plan plan;
    plan.empty_messages = true;
    every_seed_arrives(256, [&](std::uint64_t seed) {
        // Every set of {WIDE, CREDIT, CRC32C, TAG}, with EMPTY and FIN, in turn.
        const std::uint64_t choice = seed % 16;
        features offered = features::fin | features::empty;
        if ((choice & 1) != 0) offered = offered | features::wide;
        if ((choice & 2) != 0) offered = offered | features::credit;
        if ((choice & 4) != 0) offered = offered | features::crc32c;
        if ((choice & 8) != 0) offered = offered | features::tag;
        plan.options.offered = plan.options.required = offered;
        return plan;
    });
}

TEST_CASE("swarm: messages that share frames arrive over a bad wire, too",
          "[simulation][R-3.33][R-3.35]") {
    simulation::plan plan;
    plan.messages = 3'000;
    plan.longest = 200;
    plan.empty_messages = true;
    plan.options.offered = rrdp::lan_features;
    every_seed_arrives(100, [&](std::uint64_t) { return plan; });
}

TEST_CASE("swarm: the smallest memory is slow, but it does not stop",
          "[simulation][R-8.16][R-8.23][R-6.3]") {
    simulation::plan plan;
    plan.messages = 100;
    plan.options.max_outstanding = 4;
    plan.options.receive_slots = 8;
    plan.options.send_queue = 8;
    plan.options.give_up = 60s;
    const std::uint32_t segments = GENERATE(4U, 5U, 6U, 8U, 12U, 16U);
    const std::uint32_t rings = GENERATE(1U, 2U, 3U);
    plan.capacities = {.connections = 1, .rings = rings, .segments = segments, .nodes = 2};
    CAPTURE(segments, rings);
    constexpr std::uint64_t count = 5;
    faults_met met;
    for (std::uint64_t seed = 1; seed <= count; ++seed) every_message_arrives(seed, plan, met);
    require_every_fault(met, count);
}

TEST_CASE("swarm: 150 000 messages each way pass the 16-bit wrap twice",
          "[simulation][R-1.1][R-1.3][T-D2]") {
    simulation::plan plan;
    plan.messages = 150'000;
    plan.longest = 40;
    plan.limit = 3'600s;
    plan.steps = 20'000'000;
    simulation::world world{
        7, {.faults = {.loss = 0.01, .duplicate = 0.01, .reorder = 0.01}}, plan};
    REQUIRE(world.run_until([&] { return world.both_closed(); }));
    CHECK(world.a.received() == plan.messages);
    CHECK(world.b.received() == plan.messages);
    CHECK(world.a.end()->reason == rrdp::end_reason::clean);
}

TEST_CASE("swarm: the same seed makes the same trace, whatever the compiler",
          "[simulation][determinism]") {
    std::uint64_t all = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        simulation::world first{seed, bad_weather};
        simulation::world second{seed, bad_weather};
        REQUIRE(first.run_until([&] { return first.both_closed(); }));
        REQUIRE(second.run_until([&] { return second.both_closed(); }));
        REQUIRE(first.wire.trace() == second.wire.trace());
        all = all * 31 + first.wire.trace();
    }
    // Every build compares with this number, so equal numbers mean equal traces. A change of the
    // engine's behaviour changes it: see what changed, then write down the new one.
    CHECK(all == 0xd899d0b94a229310);
}

/// Only the general ways (endpoint/straight_frames.hpp).
struct without_shortcuts : rrdp::default_policy {
    static constexpr bool no_shortcuts = true;
};

TEST_CASE("swarm: the straight ways and the general ways send the same octets",
          "[simulation][determinism]") {
    using rrdp::wire::features;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        simulation::plan plan;
        plan.messages = 300;
        plan.empty_messages = seed % 2 == 0;
        plan.longest = seed % 5 == 0 ? 6'000 : 1'000;
        features offered = features::fin | features::empty | features::frag;
        if (seed % 3 != 0) offered = offered | features::credit;
        if (seed % 4 != 0) offered = offered | features::tag;
        if (seed % 7 < 4) offered = offered | features::bundle;
        if (seed % 11 < 4) offered = offered | features::wide;
        if (seed % 13 < 5) offered = offered | features::crc32c;
        plan.options.offered = offered;
        const auto& weather = seed % 6 == 0 ? rrdp::adapters::wire_conditions{} : bad_weather;
        simulation::world straight{seed, weather, plan};
        simulation::basic_world<without_shortcuts> general{seed, weather, plan};
        INFO("replay with seed " << seed);
        const bool ended = straight.run_until([&] { return straight.both_closed(); });
        INFO(straight.complaint());
        REQUIRE(ended);
        REQUIRE(general.run_until([&] { return general.both_closed(); }));
        CHECK(straight.wire.trace() == general.wire.trace());
        CHECK(straight.now() == general.now());
    }
}
