// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/pair.hpp"

/// Losses that are repaired as soon as the path allows, whatever went before.
namespace script {
namespace {

using rrdp::errc;
using rrdp::wire::features;

/// Two at 1 ms from each other; `a` begins with a time-out of half a second.
struct near : pair {
    static setup patient() {
        setup s{.first = 100};
        s.options.rto_initial = 500ms;
        return s;
    }
    near() : pair{patient(), {.first = 200}} { delay = 1ms; }

    bool meet() {
        if (b.listen(7) != errc::ok || a.connect(now, 7, 5'001) != errc::ok) return false;
        return run_until([&] { return a.told() == "connected"; }, 2s) &&
               run_until([&] { return b.told() == "accepted"; }, 1s);
    }
    /// What `a` takes the path for.
    rrdp::duration round_trip() { return a.engine().info(a.id)->srtt; }

    /// How long a message takes whose first copy is lost.
    rrdp::duration repair(const std::string& text) {
        decide = [&text, done = false](bool from_a, std::size_t, const shown& s) mutable {
            if (done || !from_a || s.data != text) return fate::arrives;
            done = true;
            return fate::is_lost;
        };
        const rrdp::instant sent = now;
        REQUIRE(a.send(now, text) == errc::ok);
        CHECK(run_until([&] { return b.taken() == text; }, 5s));
        return now - sent;
    }
};

TEST_CASE("a_lost_syn_does_not_make_the_path_look_long", "[scenario][R-9.1]") {
    near p;
    p.decide = [&p](bool from_a, std::size_t number, const shown&) {
        return from_a && number == 1 && p.sent_by_b() == 0 ? fate::is_lost : fate::arrives;
    };
    REQUIRE(p.meet());
    CHECK(p.a.engine().stats().retransmissions_open == 1);
    REQUIRE(p.a.send(p.now, "a sample") == errc::ok);
    p.run_for(50ms);
    CHECK(p.b.taken() == "a sample");
    CHECK(p.repair("short") < 50ms);
}

TEST_CASE("the_answer_to_the_first_of_two_syns_does_not_make_the_path_look_short",
          "[scenario][R-9.1]") {
    near p;
    p.delay = 255ms;  // the second SYN has left when the answer to the first arrives
    REQUIRE(p.meet());
    CHECK(p.a.engine().stats().retransmissions_open == 1);
    p.run_for(2s);
    p.delay = 20ms;
    REQUIRE(p.a.send(p.now, "a sample") == errc::ok);
    p.run_for(300ms);
    CHECK(p.b.taken() == "a sample");
    CHECK(p.round_trip() >= 40ms);
}

TEST_CASE("what_waited_behind_a_time_out_does_not_make_the_path_look_long", "[scenario][R-9.1]") {
    near p;
    REQUIRE(p.meet());
    for (int i = 0; i < 40; ++i) {  // a path so steady that the timer is due before a probe
        REQUIRE(p.a.send(p.now, "steady") == errc::ok);
        p.run_for(50ms);
        CHECK(p.b.taken() == "steady");
    }
    const auto before = p.round_trip();
    const auto timed_out = [&] { return p.a.engine().stats().retransmissions_rto != 0; };
    p.decide = [&](bool from_a, std::size_t, const shown& s) {
        if (timed_out()) return fate::arrives;
        return !from_a || s.data == "one" ? fate::is_lost : fate::arrives;
    };
    REQUIRE(p.a.send(p.now, "one") == errc::ok);
    REQUIRE(p.a.send(p.now, "two") == errc::ok);
    CHECK(p.run_until([&] { return p.b.taken() == "one"; }, 5s));
    CHECK(timed_out());
    CHECK(p.b.taken() == "two");
    p.run_for(50ms);
    CHECK(p.round_trip() == before);
}

TEST_CASE("a_window_that_opens_again_is_used_at_once", "[scenario][R-8.21]") {
    setup s{.first = 100};
    s.options.offered = features::fin | features::credit;
    s.options.max_outstanding = 4;
    s.options.receive_slots = 8;
    pair p{s, [&] { return s.first = 200, s; }()};
    p.delay = 1ms;
    REQUIRE(p.open());
    for (int i = 0; i < 12; ++i) REQUIRE(p.a.send(p.now, std::to_string(i)) == errc::ok);
    p.run_for(3s);
    CHECK(p.a.engine().stats().persist_probes > 3);
    for (int i = 0; i < 8; ++i) CHECK(p.b.taken() == std::to_string(i));
    CHECK(p.b.taken().empty());
    const rrdp::instant read = p.now;
    CHECK(p.run_until([&] { return p.b.taken() == "8"; }, 5s));
    CHECK(p.now - read < 10ms);
}

TEST_CASE("over_a_good_wire_a_lone_message_is_sent_once", "[scenario][R-8.11][R-9.8]") {
    near p;
    REQUIRE(p.meet());
    for (int i = 0; i < 5; ++i) {
        REQUIRE(p.a.send(p.now, "lone") == errc::ok);
        p.run_for(300ms);
        CHECK(p.b.taken() == "lone");
    }
    const rrdp::statistics& s = p.a.engine().stats();
    CHECK(s.messages_confirmed == 5);
    CHECK(s.retransmissions_rto + s.retransmissions_tlp + s.retransmissions_fast == 0);
}

}  // namespace
}  // namespace script
