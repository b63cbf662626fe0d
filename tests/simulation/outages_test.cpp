// SPDX-License-Identifier: Apache-2.0
#include "simulation/world.hpp"
#include "support/catch.hpp"

using namespace std::chrono_literals;
using rrdp::adapters::direction;

namespace {

/// Which way is cut.
enum class way { a_to_b, b_to_a, both };

void cut(simulation::world& world, way which, bool is_cut) {
    if (which != way::b_to_a) world.wire.partition(direction::a_to_b, is_cut);
    if (which != way::a_to_b) world.wire.partition(direction::b_to_a, is_cut);
}

/// A world in which both sides have sent much, and have more to say.
void get_going(simulation::world& world) {
    const auto going = [&] { return world.a.received() > 100 && world.b.received() > 100; };
    REQUIRE(world.run_until(going));
}

/// Lets so much time pass, with all that happens in it.
void pass(simulation::world& world, rrdp::duration time) {
    const rrdp::instant end = world.now() + time;
    const auto over = [&] { return world.now() >= end || world.both_closed(); };
    static_cast<void>(world.run_until(over));
}

simulation::plan long_talk(rrdp::duration give_up) {
    simulation::plan plan;
    plan.messages = 2'000;
    plan.longest = 100;
    plan.options.give_up = give_up;
    return plan;
}

bool of_silence(rrdp::end_reason why) {
    return why == rrdp::end_reason::timed_out_data ||
           why == rrdp::end_reason::timed_out_keepalive ||
           why == rrdp::end_reason::timed_out_persist;
}

}  // namespace

TEST_CASE("outages: a loss of 100 % is reported by both sides, however it is cut",
          "[simulation][R-9.5][R-19.11]") {
    const way which = GENERATE(way::a_to_b, way::b_to_a, way::both);
    const auto plan = long_talk(5s);
    simulation::world world{1, {.delay = 5ms}, plan};
    get_going(world);
    cut(world, which, true);
    const rrdp::instant since = world.now();
    REQUIRE(world.run_until([&] { return world.both_closed(); }));
    INFO(world.complaint());
    REQUIRE(world.complaint().empty());
    const auto& o = plan.options;
    CHECK(world.now() - since >= o.give_up - 1s);
    CHECK(world.now() - since <= o.give_up + 2 * o.rto_max + o.keepalive + o.fin_wait);
    CHECK((of_silence(world.a.end()->reason) || of_silence(world.b.end()->reason)));
    for (const auto* side : {&world.a, &world.b}) {
        const auto& ledger = side->end()->ledger;
        CHECK(ledger.confirmed < plan.messages);
        CHECK((ledger.confirmed <= ledger.sent && ledger.sent <= ledger.accepted));
    }
    CHECK(world.b.received() <= world.a.end()->ledger.sent);
    CHECK(world.b.received() >= world.a.end()->ledger.confirmed);
    const std::uint64_t gone = world.wire.statistics(direction::a_to_b).partitioned +
                               world.wire.statistics(direction::b_to_a).partitioned;
    CHECK(gone > 4);
}

TEST_CASE("outages: one shorter than give_up is survived, one longer is reported",
          "[simulation][R-9.5][R-19.11]") {
    const auto give_up = GENERATE(rrdp::duration{5s}, rrdp::duration{60s});
    const way which = GENERATE(way::a_to_b, way::b_to_a, way::both);
    CAPTURE(give_up.count());
    simulation::world shorter{2, {.delay = 5ms}, long_talk(give_up)};
    get_going(shorter);
    cut(shorter, which, true);
    // The next try comes up to rto_max later. 50 s are what a spanning tree may take.
    pass(shorter, give_up == 60s ? 50s : rrdp::duration{3'700ms});
    REQUIRE_FALSE(shorter.a.closed());
    REQUIRE_FALSE(shorter.b.closed());
    cut(shorter, which, false);
    REQUIRE(shorter.run_until([&] { return shorter.both_closed(); }));
    CHECK(shorter.a.received() == 2'000);
    CHECK(shorter.b.received() == 2'000);
    CHECK(shorter.a.end()->reason == rrdp::end_reason::clean);

    simulation::world longer{2, {.delay = 5ms}, long_talk(give_up)};
    get_going(longer);
    cut(longer, which, true);
    pass(longer, give_up + 10s);
    CHECK((longer.a.closed() || longer.b.closed()));
}

TEST_CASE("outages: whoever is idle finds out, too", "[simulation][R-11.1][R-19.11]") {
    simulation::plan plan;
    plan.messages = 0;
    plan.options.give_up = 5s;
    plan.options.keepalive = 1s;
    simulation::basic_world<simulation::audited> world{3, {}, plan};
    pass(world, 1ms);
    cut(world, way::both, true);
    pass(world, 20s);
    CHECK((world.a.closed() && world.b.closed()));
}

TEST_CASE("outages: whichever one or two frames of a conversation are lost, all of it arrives",
          "[simulation][R-19.8][R-19.9][R-9.6][R-9.8]") {
    simulation::plan plan;
    plan.messages = 3;
    plan.longest = 40;
    constexpr std::uint64_t most = 9;  // of a direction; there are hardly more
    std::uint64_t lost = 0;
    std::uint64_t fewest = most;
    for (std::uint64_t x = 0; x < 2 * most; ++x)
        for (std::uint64_t y = x; y < 2 * most; ++y) {
            simulation::world world{4, {}, plan};
            for (const std::uint64_t one : {x, y})
                world.wire.script(one < most ? direction::a_to_b : direction::b_to_a, one % most,
                                  {.drop = true});
            INFO("lost: " << x << " and " << y << " of " << 2 * most);
            REQUIRE(world.run_until([&] { return world.both_closed(); }));
            REQUIRE(world.complaint().empty());
            REQUIRE(world.a.received() == plan.messages);
            REQUIRE(world.b.received() == plan.messages);
            REQUIRE(world.a.end()->reason == rrdp::end_reason::clean);
            REQUIRE(world.b.end()->reason == rrdp::end_reason::clean);
            REQUIRE(world.run_until([&] { return world.forgotten(); }));
            REQUIRE(world.every_segment_is_back());
            for (const auto d : {direction::a_to_b, direction::b_to_a}) {
                lost += world.wire.statistics(d).lost;
                fewest = std::min(fewest, world.wire.statistics(d).sent);
            }
        }
    CHECK(fewest >= 4);
    CHECK(lost > 2 * most * most);
}
