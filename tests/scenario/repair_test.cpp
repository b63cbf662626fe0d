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

TEST_CASE("what_waited_behind_a_time_out_does_not_make_the_path_look_long", "[scenario][R-9.1]") {
    near p;
    REQUIRE(p.meet());
    const rrdp::instant again = p.now + 1s;
    p.decide = [&p, again](bool from_a, std::size_t, const shown& s) {
        if (p.now >= again) return fate::arrives;
        return !from_a || s.data == "one" ? fate::is_lost : fate::arrives;
    };
    REQUIRE(p.a.send(p.now, "one") == errc::ok);
    REQUIRE(p.a.send(p.now, "two") == errc::ok);
    CHECK(p.run_until([&] { return p.b.taken() == "one"; }, 5s));
    CHECK(p.now >= again);
    CHECK(p.b.taken() == "two");
    p.run_for(50ms);
    CHECK(p.a.engine().stats().retransmissions_rto > 0);
    CHECK(p.repair("short") < 50ms);
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
