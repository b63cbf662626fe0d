// SPDX-License-Identifier: Apache-2.0
#include <rrdp/testing/segments.hpp>

#include "support/catch.hpp"
#include "support/pair.hpp"

/// Openings that go wrong in one place, and come right.
namespace script {
namespace {

using rrdp::errc;
using rrdp::state;

/// Loses the first frame of one side that is `lost`.
auto loses(bool of_a, shown lost) {
    return [=, done = false](bool from_a, std::size_t, const shown& s) mutable {
        if (done || from_a != of_a || !(s == lost)) return fate::arrives;
        done = true;
        return fate::is_lost;
    };
}

TEST_CASE("a_lost_syn_costs_one_retransmission", "[scenario][T-H1][R-9.4]") {
    pair p;
    p.decide = loses(true, syn(100));
    REQUIRE(p.b.listen(7) == errc::ok);
    REQUIRE(p.a.connect(p.now, 7, 5'001) == errc::ok);
    CHECK(p.run_until([&] { return p.a.told() == "connected"; }, 100ms));
    CHECK(p.run_until([&] { return p.b.told() == "accepted"; }, 1ms));
    CHECK(p.a.engine().stats().retransmissions_open == 1);
}

TEST_CASE("a_lost_syn_ack_is_repaired_by_the_syn_or_by_its_own_timer",
          "[scenario][T-H1][R-7.17][R-7.19]") {
    pair p;
    p.decide = loses(false, syn(200).ack(100));
    REQUIRE(p.b.listen(7) == errc::ok);
    REQUIRE(p.a.connect(p.now, 7, 5'001) == errc::ok);
    CHECK(p.run_until([&] { return p.a.told() == "connected"; }, 100ms));
    CHECK(p.run_until([&] { return p.b.told() == "accepted"; }, 1ms));
    CHECK(p.b.engine().connections() == 1);
}

TEST_CASE("a_lost_third_ack_is_repaired_by_data_or_by_the_syn_ack_again",
          "[scenario][T-H1][R-7.18][R-7.21]") {
    pair p;
    p.decide = loses(true, ack(200).seq(101));
    REQUIRE(p.b.listen(7) == errc::ok);
    REQUIRE(p.a.connect(p.now, 7, 5'001) == errc::ok);
    CHECK(p.run_until([&] { return p.a.told() == "connected"; }, 1ms));
    CHECK(p.b.told().empty());
    SECTION("data") {
        CHECK(p.a.send(p.now, "first") == errc::ok);
        CHECK(p.run_until([&] { return p.b.all_told() == "accepted, readable"; }, 1ms));
        CHECK(p.b.taken() == "first");
    }
    SECTION("nothing to send: the SYN ACK again, which is challenged") {
        CHECK(p.run_until([&] { return p.b.told() == "accepted"; }, 100ms));
        CHECK(p.a.engine().stats().challenges_sent == 1);
        CHECK(p.b.engine().stats().retransmissions_open == 1);
    }
}

TEST_CASE("a_simultaneous_open_survives_the_loss_of_any_frame_or_two",
          "[scenario][T-H3][R-7.14][R-7.17][R-7.18][R-7.21]") {
    const bool tagged = GENERATE(false, true);
    setup of_a{.first = 100};
    setup of_b{.first = 200};
    using rrdp::wire::features;
    if (tagged) of_a.options.offered = of_b.options.offered = features::fin | features::tag;
    for (std::size_t first = 0; first <= 8; ++first) {
        for (std::size_t second = first; second <= 8; ++second) {
            CAPTURE(first, second, tagged);
            pair p{of_a, of_b};
            p.delay = 100us;
            std::size_t frames = 0;
            p.decide = [&](bool, std::size_t, const shown&) {
                ++frames;
                return frames == first || frames == second ? fate::is_lost : fate::arrives;
            };
            REQUIRE(p.a.connect(p.now, 7, 5'001) == errc::ok);
            REQUIRE(p.b.connect(p.now, 5'001, 7) == errc::ok);
            CHECK(p.run_until(
                [&] { return p.a.state() == state::open && p.b.state() == state::open; }, 300ms));
            CHECK(p.a.told() == "connected");
            CHECK(p.b.told() == "connected");
            p.run_for(500ms);  // no endless exchange of SYN ACKs
            CHECK(p.sent_by_a() + p.sent_by_b() <= 14);
            CHECK(p.a.send(p.now, "to b") == errc::ok);
            CHECK(p.b.send(p.now, "to a") == errc::ok);
            p.run_for(200ms);
            CHECK(p.a.taken() == "to a");
            CHECK(p.b.taken() == "to b");
        }
    }
}

TEST_CASE("numbers_may_begin_anywhere_and_wrap", "[scenario][T-D2][R-1.1][R-1.3]") {
    const std::uint16_t of_a = GENERATE(as<std::uint16_t>{}, 0, 1, 0x7fff, 0x8000, 0xfffe, 0xffff);
    const std::uint16_t of_b = GENERATE(as<std::uint16_t>{}, 0, 1, 0x7ff0, 0x8000, 0xfff0, 0xffff);
    CAPTURE(of_a, of_b);
    pair p{{.first = of_a}, {.first = of_b}};
    REQUIRE(p.open());
    p.decide = [](bool, std::size_t number, const shown&) {
        return number % 6 == 5 ? fate::is_lost : fate::arrives;
    };
    std::string expected;
    for (int i = 0; i < 40; ++i) {
        CHECK(p.a.send(p.now, std::to_string(i)) == errc::ok);
        CHECK(p.b.send(p.now, std::to_string(i)) == errc::ok);
        expected += (i == 0 ? "" : " ") + std::to_string(i);
    }
    CHECK(p.run_until([&] { return p.a.ledger().confirmed + p.b.ledger().confirmed == 80; }, 5s));
    CHECK(p.a.all_taken() == expected);
    CHECK(p.b.all_taken() == expected);
}

TEST_CASE("nobody_listens_and_the_opener_hears_it_at_once", "[scenario][T-H4][R-7.5][R-7.12]") {
    pair p;
    REQUIRE(p.a.connect(p.now, 7, 5'001) == errc::ok);
    CHECK(p.carry_a_to_b() == syn(100));
    CHECK(p.carry_b_to_a() == rst(0, 1).ack(100));
    CHECK(p.a.told() == "closed refused(1) 0/0/0");
    CHECK(p.a.engine().connections() == 0);
    CHECK(p.b.engine().connections() == 0);
}

TEST_CASE("two_openers_of_one_listener_have_two_conversations", "[scenario][T-H5][R-7.9]") {
    pair p;
    REQUIRE(p.b.listen(7) == errc::ok);
    REQUIRE(p.a.connect(p.now, 7, 5'001) == errc::ok);
    const auto first = p.a.id;
    REQUIRE(p.a.connect(p.now, 7, 5'002) == errc::ok);
    const auto second = p.a.id;
    CHECK(p.settle());
    CHECK(p.a.all_told() == "connected, connected");
    p.a.id = first;
    CHECK(p.a.send(p.now, "one") == errc::ok);
    p.a.id = second;
    CHECK(p.a.send(p.now, "two") == errc::ok);
    CHECK(p.settle());
    CHECK(p.b.all_told() == "accepted, accepted, readable, readable");
    CHECK(p.b.taken() == "two");
    CHECK(p.a.engine().abort(p.now, first) == errc::ok);
    p.run_for(10ms);
    CHECK(p.b.told().empty());  // "one" is unread
    CHECK(p.b.engine().connections() == 2);
}

TEST_CASE("a_reboot_is_found_whoever_speaks_first", "[scenario][T-P3][R-7.15][R-7.20][R-7.21]") {
    pair p;
    REQUIRE(p.open());
    CHECK(p.a.send(p.now, "confirmed") == errc::ok);
    p.run_for(5ms);
    p.b.crash(700);
    CHECK(p.b.listen(7) == errc::ok);
    SECTION("the survivor sends data: an exact RST") {
        CHECK(p.a.send(p.now, "into the void") == errc::ok);
        CHECK(p.run_until([&] { return p.a.end.has_value() || !p.a.told().empty(); }, 1ms));
    }
    SECTION("the survivor is idle: its keepalive finds out") {
        CHECK(p.run_until([&] { return !p.a.told().empty(); }, 1'100ms));
    }
    SECTION("the rebooted one opens to the survivor, who listens, too") {
        CHECK(p.a.listen(5'001) == errc::ok);
        CHECK(p.b.connect(p.now, 5'001, 7) == errc::ok);
        CHECK(p.run_until([&] { return p.b.told() == "connected"; }, 200ms));
        p.run_for(1ms);
        CHECK(p.a.all_told() == "closed peer_restarted 1/1/1, accepted");
        return;
    }
    REQUIRE(p.a.end);
    CHECK(p.a.end->reason == rrdp::end_reason::reset);
    CHECK(p.a.end->reset == rrdp::wire::reset_reason::no_such_connection);
    CHECK(p.a.end->ledger.confirmed == 1);
}

TEST_CASE("a_flood_of_syns_leaves_bounded_memory_and_no_stranger_gets_more_than_he_sent",
          "[scenario][T-H10][R-14.1][R-20.2]") {
    setup s;
    s.first = 200;
    s.node.backlog = 4;
    pair p{{.first = 100}, s};
    REQUIRE(p.b.listen(7) == errc::ok);
    for (std::uint16_t port = 6'000; port < 6'100; ++port) {
        const rrdp::testing::segments from{.source_port = port, .destination_port = 7};
        p.b.engine().handle_frame(p.now, from.syn(1));
    }
    std::size_t replies = 0;
    while (p.from_b()) ++replies;
    CHECK(replies == 4);
    CHECK(p.b.engine().connections() == 4);
    // an honest opener gets in as soon as the half-open ones are gone
    REQUIRE(p.a.connect(p.now, 7, 5'001) == errc::ok);
    CHECK(p.run_until([&] { return p.a.told() == "connected" || p.a.end; }, 4s));
}

}  // namespace
}  // namespace script
