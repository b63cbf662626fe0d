// SPDX-License-Identifier: Apache-2.0
#include <rrdp/testing/segments.hpp>

#include "support/catch.hpp"
#include "support/pair.hpp"

/// How conversations end on a wire that loses what it should not.
namespace script {
namespace {

using rrdp::errc;
using rrdp::state;

bool ended(pair& p) {
    static_cast<void>(p.a.all_told());
    static_cast<void>(p.b.all_told());
    return p.a.end && p.b.end;
}

TEST_CASE("close_with_a_full_queue_at_30_percent_loss_delivers_everything",
          "[scenario][T-K1][R-10.1][R-10.3]") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        pair p;
        REQUIRE(p.open());
        rrdp::entropy dice{seed, 30};
        p.decide = [&](bool, std::size_t, const shown&) {
            return dice.next16() % 10 < 3 ? fate::is_lost : fate::arrives;
        };
        std::string expected;
        for (int i = 0; p.a.send(p.now, std::to_string(i)) == errc::ok; ++i)
            expected += (i == 0 ? "" : " ") + std::to_string(i);
        CHECK(p.a.engine().close(p.now, p.a.id) == errc::ok);
        std::string got;
        CHECK(p.run_until([&] {
            const std::string more = p.b.all_taken();
            got += (got.empty() || more.empty() ? "" : " ") + more;
            return ended(p);
        }));
        CHECK(got == expected);
        CHECK(to_string(*p.a.end) == "closed clean 128/128/128");
        CHECK(p.b.end->reason == rrdp::end_reason::clean);
        CHECK(p.run_until(
            [&] { return p.a.engine().connections() + p.b.engine().connections() == 0; }));
    }
}

TEST_CASE("closing_survives_the_loss_of_any_frame_or_two", "[scenario][T-K2][R-10.3][R-7.35]") {
    const bool both = GENERATE(false, true);
    for (std::size_t first = 0; first <= 6; ++first) {
        for (std::size_t second = first; second <= 6; ++second) {
            CAPTURE(both, first, second);
            pair p;
            REQUIRE(p.open());
            p.delay = 100us;
            std::size_t frames = 0;
            p.decide = [&](bool, std::size_t, const shown&) {
                ++frames;
                return frames == first || frames == second ? fate::is_lost : fate::arrives;
            };
            CHECK(p.a.send(p.now, "last words") == errc::ok);
            CHECK(p.a.engine().close(p.now, p.a.id) == errc::ok);
            if (both) CHECK(p.b.engine().close(p.now, p.b.id) == errc::ok);
            std::string got;
            CHECK(p.run_until([&] { return got += p.b.all_taken(), ended(p); }, 1s));
            CHECK(got == "last words");
            CHECK(to_string(*p.a.end) == "closed clean 1/1/1");
            CHECK(to_string(*p.b.end) == "closed clean 0/0/0");
            CHECK(p.run_until(
                [&] { return p.a.engine().connections() + p.b.engine().connections() == 0; }));
            CHECK(p.a.engine().stats().resets_out.total() +
                      p.b.engine().stats().resets_out.total() ==
                  0);
        }
    }
}

TEST_CASE("half_close_request_then_a_long_answer", "[scenario][T-K2][R-10.2][R-10.4]") {
    setup s;
    s.options.auto_close = false;
    s.first = 200;
    pair p{{.first = 100}, s};
    REQUIRE(p.open());
    CHECK(p.a.send(p.now, "question") == errc::ok);
    CHECK(p.a.engine().shutdown_send(p.now, p.a.id) == errc::ok);
    p.run_for(10ms);
    CHECK(p.b.told() == "readable");
    CHECK(p.b.taken() == "question");
    CHECK(p.b.told() == "peer_closed");
    for (int second = 0; second < 20; ++second) {  // longer than fin_wait and give_up
        p.run_for(1s);
        CHECK(p.b.send(p.now, "part " + std::to_string(second)) == errc::ok);
    }
    CHECK(p.b.engine().close(p.now, p.b.id) == errc::ok);
    std::string got;
    CHECK(p.run_until([&] { return got += p.a.all_taken(), ended(p); }, 1s));
    CHECK(got.find("part 19") != std::string::npos);
    CHECK(p.a.end->reason == rrdp::end_reason::clean);
    CHECK(to_string(*p.b.end) == "closed clean 20/20/20");
}

TEST_CASE("a_plain_peer_ends_by_an_rst_and_a_lost_one_is_repeated_by_the_tombstone",
          "[scenario][T-K3][R-10.5][R-10.7]") {
    setup plain;
    plain.options = rrdp::profiles::paper_exact;
    plain.first = 200;
    pair p{{.first = 100}, plain};
    REQUIRE(p.open());
    CHECK(p.a.send(p.now, "all of it") == errc::ok);
    CHECK(p.a.engine().close(p.now, p.a.id) == errc::ok);
    bool lost = false;
    p.decide = [&](bool from_a, std::size_t, const shown& s) {
        if (!from_a || s.control != "RST" || lost) return fate::arrives;
        lost = true;
        return fate::is_lost;
    };
    p.run_for(50ms);
    CHECK(p.a.all_told() == "closed unanswered 1/1/1");
    CHECK(lost);
    CHECK(p.b.told() == "readable");
    CHECK(p.b.taken() == "all of it");
    CHECK(p.b.state() == state::open);
    CHECK(p.b.send(p.now, "are you there?") == errc::ok);
    p.run_for(1ms);
    CHECK(p.b.told() == "closed reset(2) 1/1/0");
}

TEST_CASE("abort_with_data_in_flight_costs_one_challenge_and_one_exact_rst",
          "[scenario][T-K4][R-10.6][R-10.7][R-7.20]") {
    pair p;
    REQUIRE(p.open());
    for (const char* text : {"lost", "arrives"}) CHECK(p.a.send(p.now, text) == errc::ok);
    static_cast<void>(p.from_a());
    CHECK(p.carry_a_to_b() == data(102, "arrives").ack(200));
    const frame on_the_way = p.from_b();
    CHECK(on_the_way == ack(100).seq(201).ea({102}));
    CHECK(p.a.engine().abort(p.now, p.a.id) == errc::ok);
    CHECK(p.carry_a_to_b() == rst(103, 6).ack(200));  // to b the exact number would be 101
    CHECK(p.b.state() == state::open);
    CHECK(p.carry_b_to_a() == ack(100).seq(201).ea({102}));  // the challenge
    CHECK(p.carry_a_to_b() == rst(101, 2).ack(201));
    CHECK(p.b.told() == "closed reset(2) 0/0/0");
    CHECK(p.settle());
    CHECK(p.b.engine().stats().challenges_sent == 1);
    p.to_a(on_the_way);
    CHECK(p.carry_a_to_b() == rst(101, 2).ack(201));
    CHECK(p.from_b() == nothing());
}

TEST_CASE("no_two_ends_exchange_rsts_for_ever_whatever_they_remember",
          "[scenario][T-K5][R-3.18][R-7.5]") {
    for (int of_a = 0; of_a < 4; ++of_a) {
        for (int of_b = 0; of_b < 4; ++of_b) {
            CAPTURE(of_a, of_b);
            pair p;
            REQUIRE(p.open());
            const auto bring = [&p](side& s, int what) {
                if (what == 1) s.crash();
                if (what == 2) CHECK(s.engine().abort(p.now, s.id) == errc::ok);
                if (what == 3) CHECK(s.send(p.now, "data") == errc::ok);
            };
            bring(p.a, of_a);
            bring(p.b, of_b);
            const rrdp::testing::segments from_a{.source_port = 5'001, .destination_port = 7};
            p.b.engine().handle_frame(p.now, from_a.data(101, 200, "stray"));
            p.a.engine().handle_frame(p.now, from_a.reversed().ack(201, 100));
            CHECK(p.settle());
            CHECK(p.sent_by_a() + p.sent_by_b() <= 10);
        }
    }
}

TEST_CASE("the_same_ports_again_while_the_other_side_lingers", "[scenario][T-K6][R-7.35][R-10.7]") {
    pair p;
    REQUIRE(p.open());
    SECTION("in CLOSE-WAIT") {
        CHECK(p.a.engine().close(p.now, p.a.id) == errc::ok);
        CHECK(p.settle());
        CHECK(p.b.state() == state::close_wait);
    }
    SECTION("over a tombstone") {
        CHECK(p.b.engine().abort(p.now, p.b.id) == errc::ok);
        CHECK(p.settle());
    }
    CHECK(ended(p));
    p.a.crash(700);
    REQUIRE(p.a.connect(p.now, 7, 5'001) == errc::ok);
    CHECK(p.settle());
    CHECK(p.a.told() == "connected");
    CHECK(p.b.told() == "accepted");
    CHECK(p.a.send(p.now, "again") == errc::ok);
    CHECK(p.settle());
    CHECK(p.b.taken() == "again");
    CHECK(p.b.engine().connections() == 1);
}

TEST_CASE("the_last_datum_before_an_rst_is_not_lost", "[scenario][T-K7][R-19.4][R-7.20]") {
    pair p;
    REQUIRE(p.open());
    CHECK(p.a.send(p.now, "last") == errc::ok);
    const frame last = p.from_a();
    CHECK(p.a.engine().abort(p.now, p.a.id) == errc::ok);
    const frame reset = p.from_a();
    p.to_b(last);
    p.to_b(reset);
    CHECK(p.b.told() == "readable");
    CHECK(p.b.told().empty());
    CHECK(p.b.taken() == "last");
    CHECK(p.b.told() == "closed reset(6) 0/0/0");
}

}  // namespace
}  // namespace script
