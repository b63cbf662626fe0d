// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/lone.hpp"

/// Section 9: the estimator, the retransmission timer, backing off and giving up.
namespace script {
namespace {

struct sender : lone {
    explicit sender(const setup& s = {}) : lone{s} { REQUIRE(open_passively()); }
    [[nodiscard]] rrdp::connection_info info() { return *own.engine().info(own.id); }
};

/// One that has measured nothing, for its SYN ACK left twice: its time-out is `rto_initial`, and it
/// does not probe the tail of a flight, which would come before the time-out.
struct unmeasured : lone {
    explicit unmeasured(setup s = {}) : lone{initially(s)} {
        REQUIRE(own.listen(1'024) == rrdp::errc::ok);
        for (int i = 0; i < 2; ++i) {
            hear(peer.syn(100, offer()));
            REQUIRE(says() == syn(200).ack(100));
        }
        hear(peer.ack(101, 200));
        REQUIRE(own.told() == "accepted");
        REQUIRE(info().srtt == 0ms);
    }
    [[nodiscard]] rrdp::connection_info info() { return *own.engine().info(own.id); }

private:
    static setup initially(setup s) {
        s.options.rto_initial = 2ms;
        return s;
    }
};

/// `seen - wanted` is what rounding up to a tick of the timers may add.
bool about(rrdp::duration seen, rrdp::duration wanted) {
    return seen >= wanted && seen < wanted + 100us;
}

TEST_CASE("estimator: the first round trip, and how further ones are smoothed (RFC 6298)",
          "[conformance][R-9.1][R-9.2]") {
    lone e;
    REQUIRE(e.own.listen(1'024) == rrdp::errc::ok);
    e.hear(e.peer.syn(100, e.offer()));
    CHECK(e.says() == syn(200).ack(100));
    e.now += 8ms;
    e.hear(e.peer.ack(101, 200));
    CHECK(e.told() == "accepted");
    auto info = *e.own.engine().info(e.own.id);
    CHECK(info.srtt == 8ms);
    CHECK(info.rttvar == 4ms);
    CHECK(info.rto == 8ms + 16ms + 1ms);  // the peer's delay is assumed to be 1 ms

    CHECK(e.send("x") == rrdp::errc::ok);
    CHECK(e.says() == data(201, "x").ack(100));
    e.now += 16ms;
    e.hear(e.peer.ack(101, 201));
    info = *e.own.engine().info(e.own.id);
    CHECK(info.rttvar == 5ms);  // 3/4 * 4 + 1/4 * |8 - 16|
    CHECK(info.srtt == 9ms);    // 7/8 * 8 + 1/8 * 16
    CHECK(info.rto == 30ms);
}

TEST_CASE("estimator: the time-out keeps within its bounds, whatever was measured",
          "[conformance][R-9.2]") {
    setup s;
    s.options.rto_max = 60ms;
    sender e{s};
    CHECK(e.info().rto == 2ms);  // a round trip of no time: rto_min
    for (std::uint16_t i = 1; i <= 20; ++i) {
        CHECK(e.send("x") == rrdp::errc::ok);
        static_cast<void>(e.says());
        e.now += 50ms;
        e.hear(e.peer.ack(101, static_cast<std::uint16_t>(200 + i)));
    }
    CHECK(e.info().rto == 60ms);
}

TEST_CASE("estimator: what was sent twice is no sample, the newest that was sent once is",
          "[conformance][R-9.1]") {
    sender e;
    CHECK(e.send("a") == rrdp::errc::ok);
    CHECK(e.says() == data(201, "a").ack(100));
    const auto before = e.info().srtt;
    CHECK(e.says_within(10ms) == data(201, "a").ack(100));
    e.now += 5ms;
    e.hear(e.peer.ack(101, 201));
    CHECK(e.info().srtt == before);

    CHECK(e.send("b") == rrdp::errc::ok);
    CHECK(e.says() == data(202, "b").ack(100));
    e.now += 1ms;
    CHECK(e.send("c") == rrdp::errc::ok);
    CHECK(e.says() == data(203, "c").ack(100));
    e.now += 1ms;
    e.hear(e.peer.ack(101, 203));  // newest: 1 ms ago, not 2
    CHECK(e.info().srtt == before + (1ms - before) / 8);
}

TEST_CASE("estimator: what waited behind a retransmission by the timer is no sample, either",
          "[conformance][R-9.1]") {
    sender e;
    const auto before = e.info().srtt;
    CHECK(e.send("a") == rrdp::errc::ok);
    CHECK(e.send("b") == rrdp::errc::ok);
    CHECK(e.says() == data(201, "a").ack(100));
    CHECK(e.says() == data(202, "b").ack(100));
    e.jump(3ms);
    CHECK(e.says() == data(201, "a").ack(100));
    CHECK(e.stats().retransmissions_rto == 1);
    e.hear(e.peer.ack(101, 202));  // b was sent once, and waited at the peer
    CHECK(e.info().srtt == before);
}

TEST_CASE("estimator: an EACK is a sample", "[conformance][R-9.1]") {
    sender e;
    const auto before = e.info().srtt;
    for (const char* text : {"a", "b", "c"}) CHECK(e.send(text) == rrdp::errc::ok);
    for (int i = 0; i < 3; ++i) static_cast<void>(e.says());
    e.now += 1ms;
    e.hear(e.peer.eack(101, 200, {202}));
    CHECK(e.info().srtt == before + (1ms - before) / 8);
}

TEST_CASE("estimator: where a probe brought the answer, most of the wait was our own",
          "[conformance][R-9.1][R-9.8]") {
    unmeasured e;
    for (std::uint16_t number = 201; number < 221; ++number) {
        REQUIRE(e.send("a") == rrdp::errc::ok);
        static_cast<void>(e.says());
        e.now += 1ms;
        e.hear(e.peer.ack(101, number));
    }
    REQUIRE(e.info().srtt < 1'010us);
    for (const char* text : {"b", "c"}) REQUIRE(e.send(text) == rrdp::errc::ok);
    for (int i = 0; i < 2; ++i) static_cast<void>(e.says());
    const rrdp::instant sent = e.now;
    CHECK(e.says_within(1s) == data(222, "c").ack(100));  // the probe
    REQUIRE(e.stats().retransmissions_tlp == 1);
    e.now += 1ms;
    e.hear(e.peer.ack(101, 222));
    CHECK(e.now - sent > 2'800us);
    CHECK(e.info().srtt > 1'010us);  // a quarter more than expected counts
    CHECK(e.info().srtt < 1'050us);
}

TEST_CASE("timer: it runs for the oldest outstanding segment, from the first one on",
          "[conformance][R-9.3][R-9.4][R-17.3]") {
    unmeasured e;
    CHECK(e.send("a") == rrdp::errc::ok);
    CHECK(e.says() == data(201, "a").ack(100));
    const rrdp::instant sent = e.now;
    e.now += 1ms;
    CHECK(e.send("b") == rrdp::errc::ok);
    CHECK(e.says() == data(202, "b").ack(100));
    CHECK(e.says_within(5ms) == data(201, "a").ack(100));  // the oldest, and it only
    CHECK(about(e.now - sent, 2ms));
    CHECK(e.says() == nothing());
}

TEST_CASE("timer: it fires with the first tick that is not before its deadline",
          "[conformance][R-17.3][R-9.3]") {
    lone e;
    REQUIRE(e.own.connect(e.now, 5'001, 1'024) == rrdp::errc::ok);
    REQUIRE(e.says() == syn(200));
    const rrdp::instant due = e.now + e.own.said.options.rto_initial;
    CHECK(e.says_within(10s) == syn(200));
    CHECK(e.now >= due);
    CHECK(e.now < due + bare_policy::timer_tick);
}

TEST_CASE("timer: progress restarts it, and nothing outstanding stops it", "[conformance][R-9.3]") {
    setup s;
    s.options.keepalive = 0ms;
    unmeasured e{s};
    CHECK(e.send("a") == rrdp::errc::ok);
    CHECK(e.send("b") == rrdp::errc::ok);
    static_cast<void>(e.says());
    static_cast<void>(e.says());
    CHECK(e.says_within(5ms) == data(201, "a").ack(100));
    CHECK(e.send("c") == rrdp::errc::ok);
    CHECK(e.says() == data(203, "c").ack(100));
    e.now += 1'500us;
    e.hear(e.peer.ack(101, 202));
    const rrdp::duration rto = e.info().rto;
    const rrdp::instant progress = e.now;
    CHECK(e.says_within(20ms) == data(203, "c").ack(100));
    CHECK(about(e.now - progress, rto));
    e.hear(e.peer.ack(101, 203));
    CHECK(e.silent_for(60s));
    CHECK_FALSE(e.own.engine().next_timeout());
}

TEST_CASE("timer: it doubles up to rto_max and is as it was after any progress",
          "[conformance][R-9.2][R-9.4][T-D17]") {
    setup s;
    s.options.rto_max = 20ms;
    s.options.give_up = 10s;
    unmeasured e{s};
    CHECK(e.send("a") == rrdp::errc::ok);
    CHECK(e.send("b") == rrdp::errc::ok);
    static_cast<void>(e.says());
    static_cast<void>(e.says());
    for (const rrdp::duration wait : {2ms, 4ms, 8ms, 16ms, 20ms, 20ms}) {
        const rrdp::instant last = e.now;
        CHECK(e.says_within(1s) == data(201, "a").ack(100));
        CHECK(about(e.now - last, wait));
    }
    CHECK(e.info().rto == 20ms);
    CHECK(e.send("c") == rrdp::errc::ok);
    CHECK(e.says() == data(203, "c").ack(100));
    SECTION("an ACK") {
        e.hear(e.peer.ack(101, 202));
    }
    SECTION("an EACK of something later") {
        e.hear(e.peer.eack(101, 200, {202}));
    }
    CHECK(e.info().rto < 20ms);
    const rrdp::instant last = e.now;
    const rrdp::duration rto = e.info().rto;
    CHECK(e.says_within(1s).what.control == "Data");
    CHECK(about(e.now - last, rto));
}

TEST_CASE("timer: a probe of the tail starts it anew, for its answer comes first",
          "[conformance][R-9.3][R-9.8]") {
    setup s;
    s.options.rto_min = 20ms;
    sender e{s};
    for (const char* text : {"a", "b"}) REQUIRE(e.send(text) == rrdp::errc::ok);
    for (int i = 0; i < 2; ++i) static_cast<void>(e.says());
    e.now += 1ms;
    e.hear(e.peer.ack(101, 202));
    for (const char* text : {"c", "d"}) REQUIRE(e.send(text) == rrdp::errc::ok);
    for (int i = 0; i < 2; ++i) static_cast<void>(e.says());
    const rrdp::instant sent = e.now;
    CHECK(e.says_within(1s) == data(204, "d").ack(100));
    CHECK(e.stats().retransmissions_tlp == 1);
    const rrdp::instant probed = e.now;
    REQUIRE(probed > sent);
    const rrdp::duration rto = e.info().rto;
    CHECK(e.says_within(1s) == data(203, "c").ack(100));
    CHECK(e.stats().retransmissions_rto == 1);
    CHECK(about(e.now - probed, rto));
}

TEST_CASE("give-up: no sooner than give_up and the fourth transmission, and soon after",
          "[conformance][R-9.5][R-19.14][T-D17][T-P1][T-O1]") {
    setup s;
    sender e{s};
    CHECK(e.send("lost") == rrdp::errc::ok);
    CHECK(e.send("sent, too") == rrdp::errc::ok);
    CHECK(e.says() == data(201, "lost").ack(100));
    const rrdp::instant first = e.now;
    seen last = e.says();
    while (last.what.control != "RST" && e.now < first + 20s) last = e.says_within(5s);
    CHECK(last == rst(203, 7).ack(100));
    CHECK(e.now - first >= 5s);
    CHECK(e.now - first <= 5s + s.options.rto_max + 1ms);
    CHECK(e.told() == "closed timed_out_data 2/2/0");
    CHECK(e.stats().connections_timed_out == 1);
    // the tombstone
    e.hear(e.peer.ack(101, 200));
    CHECK(e.says() == rst(201, 2).ack(101));
}

TEST_CASE("give-up: behind its moment, and not at it", "[conformance][R-9.5]") {
    setup s;
    sender e{s};
    CHECK(e.send("x") == rrdp::errc::ok);
    CHECK(e.says() == data(201, "x").ack(100));
    const rrdp::instant first = e.now;
    for (int i = 0; i < 3; ++i) CHECK(e.says_within(2s) == data(201, "x").ack(100));
    const bool behind = GENERATE(false, true);
    e.jump(first + s.options.give_up - e.now + (behind ? 1ns : 0ns));
    CHECK(e.says() == (behind ? rst(202, 7).ack(100) : data(201, "x").ack(100)));
}

TEST_CASE("give-up: four transmissions, even when the time-out is long", "[conformance][R-9.5]") {
    setup s;
    s.options.rto_initial = s.options.rto_min = s.options.rto_max = 4s;
    s.options.give_up = 5s;
    s.options.keepalive = 0ms;
    sender e{s};
    CHECK(e.send("x") == rrdp::errc::ok);
    CHECK(e.says() == data(201, "x").ack(100));
    for (int i = 0; i < 3; ++i) CHECK(e.says_within(5s) == data(201, "x").ack(100));
    CHECK(e.says_within(5s) == rst(202, 7).ack(100));
}

TEST_CASE("give-up: a connection that makes progress is not given up, however slow",
          "[conformance][R-9.5][R-9.4]") {
    sender e;
    for (std::uint16_t i = 1; i <= 20; ++i) {
        CHECK(e.send("x") == rrdp::errc::ok);
        const rrdp::instant until = e.now + 4s;
        while (e.now < until) static_cast<void>(e.says_within(until - e.now));
        e.hear(e.peer.ack(101, static_cast<std::uint16_t>(200 + i)));
    }
    CHECK(e.own.ledger().confirmed == 20);
    CHECK(e.own.state() == rrdp::state::open);
}

TEST_CASE("jump: of the clock fires each timer once, and is no sample",
          "[conformance][R-9.10][R-1.4][T-D17]") {
    sender e;
    CHECK(e.send("x") == rrdp::errc::ok);
    CHECK(e.says() == data(201, "x").ack(100));
    const auto before = e.info().srtt;
    e.jump(1h);
    CHECK(e.says() == data(201, "x").ack(100));  // once; and not given up after one transmission
    CHECK(e.says() == nothing());
    CHECK(e.stats().retransmissions_rto == 1);
    CHECK(e.own.state() == rrdp::state::open);
    e.hear(e.peer.ack(101, 201));
    CHECK(e.send("y") == rrdp::errc::ok);
    CHECK(e.says() == data(202, "y").ack(100));
    e.now += 1h;
    e.hear(e.peer.ack(101, 202));
    CHECK(e.info().srtt == before);
    CHECK(e.own.state() == rrdp::state::open);
}

TEST_CASE("jump: a moment older than one seen counts as the newest",
          "[conformance][R-1.4][T-D17]") {
    sender e;
    e.now += 10s;
    e.own.engine().handle_timeout(e.now);
    static_cast<void>(e.listen_to(5ms));
    e.hear(e.peer.ack(101, 201));
    const rrdp::instant newest = e.now;
    e.now -= 9s;
    CHECK(e.send("x") == rrdp::errc::ok);
    CHECK(e.says() == data(202, "x").ack(100));
    REQUIRE(e.own.engine().next_timeout());
    CHECK(*e.own.engine().next_timeout() > newest);
    e.now = newest + 1ms;
    e.hear(e.peer.ack(101, 202));
    CHECK(e.info().srtt <= 1ms);
}

}  // namespace
}  // namespace script
