// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <memory>

#include "simulation/chosen_storm.hpp"
#include "simulation/storm_run.hpp"
#include "simulation/tally.hpp"
#include "support/catch.hpp"

using namespace std::chrono_literals;
using simulation::blow;
using simulation::chosen_storm;
using simulation::node_clock;
using simulation::storm;
using simulation::storm_run;
using simulation::storm_stage;
using simulation::tally;

namespace {

/// A storm of two nodes in which nothing is wrong but what is added.
storm quiet_storm() {
    storm s;
    s.lasts = 1s;
    s.room = {.connections = 32, .rings = 16, .segments = 300, .nodes = 8, .listeners = 8};
    simulation::talk_plan talk;
    talk.opener.auto_close = talk.listener.auto_close = false;
    talk.messages = 50;
    talk.gap = 10ms;
    simulation::detail::make_patient(talk.opener);
    simulation::detail::make_patient(talk.listener);
    s.talks.push_back(talk);
    return s;
}

std::string complaint_of(const storm& what, std::uint64_t seed = 1) {
    const auto stage = std::make_unique<storm_stage>();
    storm_run run{what, seed, *stage};
    return run.run() ? "" : run.complaint();
}

}  // namespace

TEST_CASE("storm: three hundred seeds meet everything that there is to meet",
          "[simulation][storm][R-19.8][R-19.9][R-19.10][R-19.11][R-19.12][R-19.13]") {
    const char* one = std::getenv("RRDP_SEED");
    const std::uint64_t first = one == nullptr ? 1 : std::strtoull(one, nullptr, 0);
    const auto stage = std::make_unique<storm_stage>();
    tally all;
    for (std::uint64_t seed = first; seed < first + (one == nullptr ? 300 : 1); ++seed) {
        storm_run run{chosen_storm(seed), seed, *stage};
        const bool well = run.run();
        INFO("replay with RRDP_SEED=" << seed << ", or rrdp-sim --keep; " << run.complaint());
        REQUIRE(well);
        all.add(seed, run, *stage);
    }
    for (std::size_t i = 0; i < tally::kinds && one == nullptr; ++i) {
        INFO(tally::names[i]);
        CHECK(all.met[i] > 0);
    }
    for (std::size_t i = 0; i < simulation::blow_kinds && one == nullptr; ++i) {
        INFO(simulation::name(static_cast<blow::kind>(i)));
        CHECK(all.blows[i] > 0);
    }
    CHECK((one != nullptr || all.struck > 100s));
}

TEST_CASE("storm: each kind of blow alone, where nothing else is wrong, is survived",
          "[simulation][storm][R-1.4][R-19.5][R-19.8]") {
    using enum blow::kind;
    const auto what = GENERATE(cut, pause, jump, stand, drift, crash, choke, hoard, narrow,
                               link_down, link_gone, abort, half_close);
    INFO(simulation::name(what));
    storm s = quiet_storm();
    s.talks.front().again = 2;
    blow b{.what = what, .a = 0, .b = 1, .at = 200ms, .lasts = 100ms};
    if (what == jump) b.by = std::chrono::nanoseconds{3s}.count();
    if (what == drift) b.by = 100;
    if (what == narrow) b.by = 60;
    s.blows.push_back(b);
    CHECK(complaint_of(s) == "");
}

TEST_CASE("storm: a clock that goes back an hour holds up what waits for it, and nothing else",
          "[simulation][storm][R-1.4]") {
    storm s = quiet_storm();
    s.blows.push_back({.what = blow::kind::jump,
                       .a = 1,
                       .at = 200ms,
                       .by = -std::chrono::nanoseconds{1h}.count()});
    s.delays = 1h;
    CHECK(complaint_of(s) == "");
}

TEST_CASE("storm: equal seeds make equal traces, whatever ran before in the same memory",
          "[simulation][storm][determinism]") {
    const auto used = std::make_unique<storm_stage>();
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        const auto fresh = std::make_unique<storm_stage>();
        storm_run first{chosen_storm(seed), seed, *used};
        storm_run second{chosen_storm(seed), seed, *fresh};
        REQUIRE(first.run());
        REQUIRE(second.run());
        REQUIRE(first.trace() == second.trace());
    }
}

TEST_CASE("storm: seeds that have shown something once are right for ever", "[simulation][storm]") {
    // What a seed chooses changes with chosen_storm.hpp; the storms themselves are below.
    storm burst = quiet_storm();  // a burst outlasted the weather that had bursts
    burst.weather.bursts = {.begins = 0.5, .ends = 0.01};
    burst.weather_stays = false;
    CHECK(complaint_of(burst) == "");
    storm paused = quiet_storm();  // a node that was paused for long held every frame there was
    paused.blows.push_back({.what = blow::kind::pause, .a = 1, .at = 100ms, .lasts = 600s});
    CHECK(complaint_of(paused) == "");
    storm tiny = quiet_storm();  // many windows, few segments
    tiny.room.segments = 40;
    tiny.talks.front().gap = {};
    tiny.talks.push_back(tiny.talks.front());
    std::swap(tiny.talks.back().from, tiny.talks.back().to);
    tiny.weather.faults.loss = 0.5;
    CHECK(complaint_of(tiny) == "");
}

TEST_CASE("storm: a judge who is lied to complains", "[simulation][storm]") {
    storm s = quiet_storm();
    // With a loss of everything nothing arrives, and a patient talk was promised an end.
    s.weather.faults.loss = 1.0;
    CHECK(complaint_of(s) != "");
}

TEST_CASE("node_clock: it shows a deadline at the moment it says, and not before",
          "[simulation][storm]") {
    const auto tick = GENERATE(rrdp::duration{1ns}, rrdp::duration{1us}, rrdp::duration{100ms});
    const int drift = GENERATE(-100, 0, 100);
    node_clock clock{rrdp::instant{7s}, tick};
    const rrdp::instant start{3s};
    clock.drift(start, drift);
    for (const rrdp::duration later : {1ns, 999ns, 1'000ns, 123'456'789ns, 1'000'000'007ns}) {
        const rrdp::instant deadline = clock.at(start) + later;
        const rrdp::instant when = clock.when(start, deadline);
        CHECK(clock.at(when) >= deadline);
        CHECK((when == start || clock.at(when - rrdp::duration{1'200}) < deadline));
    }
    clock.stand(start, 5s);
    CHECK(clock.at(start + 5s) == clock.at(start));
    const rrdp::instant after = clock.when(start, clock.at(start) + 100ms);
    CHECK(after > start + 5s);
    const rrdp::instant now = clock.at(start + 6s);
    clock.jump(start + 6s, -1h);
    CHECK(clock.at(start + 6s) == now - 1h);
}
