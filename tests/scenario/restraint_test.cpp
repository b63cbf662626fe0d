// SPDX-License-Identifier: Apache-2.0
// What is not sent, not sent again and not given up, between two engines.
#include <map>
#include <optional>
#include <vector>

#include "support/catch.hpp"
#include "support/pair.hpp"

namespace script {
namespace {

using rrdp::errc;
using rrdp::wire::features;

/// Opened over the wire as it is, so that each knows how far it is.
bool meet(pair& p) {
    return p.b.listen(7) == errc::ok && p.a.connect(p.now, 7, 5'001) == errc::ok &&
           p.run_until([&] { return p.a.told() == "connected"; }, 5s) &&
           p.run_until([&] { return p.b.told() == "accepted"; }, 1s);
}

setup first_of(std::uint16_t first, setup s) {
    s.first = first;
    return s;
}

TEST_CASE("what_the_peer_has_not_promised_to_hold_is_not_sent", "[scenario][R-8.1][R-8.19]") {
    setup s;
    s.options.offered = features::fin | features::credit;
    s.options.max_outstanding = 4;
    s.options.receive_slots = 8;
    pair p{first_of(100, s), first_of(200, s)};
    p.delay = 1ms;
    std::uint16_t furthest = 0;
    p.decide = [&](bool from_a, std::size_t, const shown& shows) {
        if (from_a && !shows.data.empty()) furthest = std::max(furthest, *shows.sequence);
        return fate::arrives;
    };
    REQUIRE(meet(p));
    for (int i = 0; i < 12; ++i) REQUIRE(p.a.send(p.now, std::to_string(i)) == errc::ok);
    p.run_for(3s);
    CHECK(p.a.engine().stats().persist_probes > 3);
    CHECK(furthest == 100 + 8);
}

TEST_CASE("a_peer_that_was_seldom_asked_is_not_given_up_however_long_it_is_silent",
          "[scenario][R-9.5]") {
    setup s;
    s.options.rto_initial = s.options.rto_min = 400ms;
    s.options.rto_max = 2s;
    s.options.give_up = 600ms;
    pair p{first_of(100, s), first_of(200, s)};
    p.delay = 150ms;
    REQUIRE(meet(p));
    const rrdp::instant healed = p.now + 1'700ms;
    std::size_t lost = 0;
    p.decide = [&](bool, std::size_t, const shown&) {
        lost += p.now < healed;
        return p.now < healed ? fate::is_lost : fate::arrives;
    };
    REQUIRE(p.a.send(p.now, "into the dark") == errc::ok);
    CHECK(p.run_until([&] { return p.b.taken() == "into the dark"; }, 10s));
    CHECK(lost > 0);
}

TEST_CASE("numbers_come_round_no_sooner_than_their_copies_have_died",
          "[scenario][R-13.2][R-13.3]") {
    setup s;
    s.node.fifo = false;
    s.options.msl = 1ms;
    s.node.msl = 20ms;  // the link knows better than the options
    s.capacities.governors = 2;
    s.options.keepalive = 0ms;
    s.options.congestion = rrdp::congestion_kind::fixed;
    s.options.ack_every = 1;
    pair p{first_of(100, s), first_of(200, s)};
    REQUIRE(meet(p));
    std::vector<std::optional<rrdp::instant>> left(0x1'0000);
    std::size_t again = 0;
    std::size_t too_soon = 0;
    p.decide = [&](bool from_a, std::size_t, const shown& shows) {
        if (!from_a || shows.data.empty()) return fate::arrives;
        auto& before = left[*shows.sequence];
        again += before.has_value();
        too_soon += before && p.now - *before < 20ms;
        before = p.now;
        return fate::arrives;
    };
    for (int i = 0; i < 70'000; ++i) {
        for (int tries = 0; p.a.send(p.now, "x") != errc::ok; ++tries)
            p.run_for(tries < 4 ? 0us : 20us);
        if (i % 16 == 0) p.run_for(0ns);
        while (!p.b.taken().empty()) {}
    }
    CHECK(again > 1'000);
    CHECK(too_soon == 0);
    CHECK(p.a.engine().stats().governor_stalls > 1);
}

TEST_CASE("while_there_is_progress_nothing_times_out", "[scenario][R-9.3]") {
    pair p;
    p.delay = 10ms;
    REQUIRE(meet(p));
    std::size_t taken = 0;
    for (int i = 0; i < 400; ++i) {
        REQUIRE(p.a.send(p.now, "onward") == errc::ok);
        p.run_for(5ms);
        while (p.b.taken() == "onward") ++taken;
        if (i > 4) CHECK(p.a.engine().info(p.a.id)->outstanding > 0);
    }
    CHECK(taken > 390);
    CHECK(p.a.engine().stats().retransmissions_rto == 0);
}

TEST_CASE("one_loss_is_repaired_once_however_often_the_peer_repeats_itself",
          "[scenario][R-9.6][R-9.9]") {
    setup s;
    s.options.eack_entries = 0;
    s.options.congestion = rrdp::congestion_kind::fixed;
    pair p{first_of(100, s), first_of(200, s)};
    p.delay = 10ms;
    REQUIRE(meet(p));
    std::size_t lost = 0;
    p.decide = [&](bool from_a, std::size_t, const shown& shows) {
        if (!from_a || shows.data != "0" || lost != 0) return fate::arrives;
        ++lost;
        return fate::is_lost;
    };
    for (int i = 0; i < 20; ++i) REQUIRE(p.a.send(p.now, std::to_string(i)) == errc::ok);
    for (int i = 0; i < 20; ++i)
        CHECK(p.run_until([&] { return p.b.taken() == std::to_string(i); }, 5s));
    p.run_for(1s);
    CHECK(lost == 1);
    const rrdp::statistics& told = p.a.engine().stats();
    CHECK(told.retransmissions_fast + told.retransmissions_rto == 1);
}

/// Sends long messages over a path whose round trip has grown from 2 ms to 10 ms: what is lost
/// there tells of a queue.
struct queued : pair {
    std::size_t sent = 0;
    std::size_t taken = 0;
    std::uint32_t least = 0;  ///< congestion window

    static setup side(std::uint16_t first) {
        setup s{.first = first};
        s.options.congestion = rrdp::congestion_kind::aimd;
        s.options.initial_window = 64;
        s.options.max_outstanding = 64;
        s.options.ack_every = 1;
        s.options.rto_initial = s.options.rto_min = 200ms;
        return s;
    }
    queued() : pair{side(100), side(200)} {
        delay = 1ms;
        REQUIRE(meet(*this));
        REQUIRE(cross(40));
        delay = 5ms;
        for (int round = 0; round < 5; ++round) REQUIRE(cross(40));
    }
    std::uint32_t window() { return a.engine().info(a.id)->cwnd; }

    /// That many messages arrive, sent at once; each is its number and many x.
    verdict cross(int messages) {
        for (int i = 0; i < messages; ++i, ++sent)
            REQUIRE(a.send(now, std::to_string(i) + std::string(1'000, 'x')) == errc::ok);
        least = window();
        const auto all = [&] {
            while (!b.taken().empty()) ++taken;
            least = std::min(least, window());
            return taken == sent && a.engine().info(a.id)->outstanding == 0;
        };
        return run_until(all, 5s);
    }
};

TEST_CASE("what_one_flight_loses_shrinks_the_window_once", "[scenario][R-8.1][R-9.6]") {
    queued p;
    std::size_t lost = 0;
    p.decide = [&](bool from_a, std::size_t, const shown& shows) {
        const bool chosen = shows.data.starts_with("3x") || shows.data.starts_with("10x") ||
                            shows.data.starts_with("17x");
        if (!from_a || !chosen || lost == 3) return fate::arrives;
        ++lost;
        return fate::is_lost;
    };
    const std::uint32_t before = p.window();
    REQUIRE(before >= 32);
    CHECK(p.cross(40));
    CHECK(lost == 3);
    CHECK(p.a.engine().stats().retransmissions_rto == 0);
    CHECK(p.least < before);
    CHECK(p.least >= before / 2);
}

TEST_CASE("a_lost_tail_shrinks_the_window_although_a_probe_repairs_it", "[scenario][R-9.8]") {
    queued p;
    std::size_t lost = 0;
    p.decide = [&](bool from_a, std::size_t, const shown& shows) {
        const bool chosen = from_a && shows.data.starts_with("39x") && lost == 0;
        lost += chosen;
        return chosen ? fate::is_lost : fate::arrives;
    };
    const std::uint64_t probes = p.a.engine().stats().retransmissions_tlp;
    const std::uint32_t before = p.window();
    CHECK(p.cross(40));
    CHECK(lost == 1);
    CHECK(p.a.engine().stats().retransmissions_tlp == probes + 1);
    CHECK(p.a.engine().stats().retransmissions_rto == 0);
    CHECK(p.least < before);
}

TEST_CASE("a_time_out_sends_one_segment_again_and_not_the_flight", "[scenario][R-9.4][R-8.1]") {
    queued p;
    const rrdp::instant began = p.now;
    std::map<rrdp::instant, std::size_t> left;
    p.decide = [&](bool from_a, std::size_t, const shown&) {
        if (from_a && p.now > began) ++left[p.now];
        return fate::is_lost;
    };
    for (int i = 0; i < 40; ++i) REQUIRE(p.a.send(p.now, std::string(1'000, 'x')) == errc::ok);
    p.run_for(2s);
    CHECK(p.a.engine().stats().retransmissions_rto >= 3);
    CHECK(left.size() >= 3);
    for (const auto& [when, frames] : left) CHECK(frames == 1);
}

TEST_CASE("only_the_first_of_several_losses_is_sent_again_before_the_window_has_room",
          "[scenario][R-8.1][R-9.6]") {
    queued p;
    REQUIRE(p.window() >= 60);
    std::map<std::string, std::vector<rrdp::instant>> left;
    p.decide = [&](bool from_a, std::size_t, const shown& shows) {
        const std::string name = shows.data.substr(0, shows.data.find('x'));
        const bool chosen = from_a && (name == "3" || name == "5" || name == "7");
        if (!chosen) return fate::arrives;
        left[name].push_back(p.now);
        return left[name].size() == 1 ? fate::is_lost : fate::arrives;
    };
    for (int i = 0; i < 60; ++i) {
        REQUIRE(p.a.send(p.now, std::to_string(i) + std::string(1'000, 'x')) == errc::ok);
        p.run_for(100us);
    }
    p.run_for(100ms);
    for (const char* name : {"3", "5", "7"}) REQUIRE(left[name].size() == 2);
    CHECK(left["3"][1] - left["3"][0] < 11ms);  // three more have come after it
    CHECK(left["7"][1] - left["7"][0] > 12ms);  // half the flight has
    CHECK(p.a.engine().stats().retransmissions_rto == 0);
}

}  // namespace
}  // namespace script
