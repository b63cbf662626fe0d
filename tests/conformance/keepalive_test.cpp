// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/lone.hpp"

/// Section 11: an idle peer is asked, and a dead one is noticed.
namespace script {
namespace {

/// Keepalive after 1 s, give up after 5 s (profile lan).
struct idle : lone {
    explicit idle(const setup& s = {}) : lone{s} { REQUIRE(open_passively()); }
};

bool about(rrdp::duration seen, rrdp::duration wanted) {
    return seen >= wanted && seen < wanted + 100us;
}

TEST_CASE("keepalive: after a second of silence one sequenced NUL, which needs a number",
          "[conformance][R-11.1]") {
    idle e;
    const rrdp::instant opened = e.now;
    CHECK(e.says_within(2s) == nul(201).ack(100));
    CHECK(about(e.now - opened, 1s));
    CHECK(e.stats().keepalives_out == 1);
    CHECK(e.last().size() == 14);
    e.hear(e.peer.ack(101, 201));
    const rrdp::instant answered = e.now;
    CHECK(e.says_within(2s) == nul(202).ack(100));
    CHECK(about(e.now - answered, 1s));
    CHECK(e.own.ledger() == rrdp::send_ledger{});  // no message
}

TEST_CASE("keepalive: a lost one is sent again like data", "[conformance][R-11.1][R-9.4]") {
    idle e;
    CHECK(e.says_within(2s) == nul(201).ack(100));
    CHECK(e.says_within(10ms) == nul(201).ack(100));
    CHECK(e.stats().keepalives_out == 1);
    CHECK(e.stats().retransmissions_tlp == 1);
    e.hear(e.peer.ack(101, 201));
    CHECK(e.silent_for(900ms));
}

TEST_CASE("keepalive: nobody answers: timed_out(keepalive), RST 7",
          "[conformance][R-11.1][R-9.5][R-19.14][T-P2][T-O1]") {
    idle e;
    const rrdp::instant died = e.now;
    seen last = e.says_within(2s);
    while (last.what.control == "NUL" && e.now < died + 20s) {
        CHECK(last == nul(201).ack(100));
        last = e.says_within(5s);
    }
    CHECK(last == rst(202, 7).ack(100));
    CHECK(e.told() == "closed timed_out_keepalive 0/0/0");
    CHECK(e.now - died >= 6s);
    CHECK(e.now - died <= 7'100ms);
}

TEST_CASE("keepalive: whatever proves the peer alive puts it off", "[conformance][R-11.2]") {
    idle e;
    const auto put_off_by = [&](auto&& act) {
        e.now += 900ms;
        e.own.engine().handle_timeout(e.now);
        CHECK(e.says() == nothing());
        act();
        const rrdp::instant heard = e.now;
        seen s = e.says_within(2s);
        while (s.what.control != "NUL" && !(s == nothing())) s = e.says_within(2s);
        CHECK(about(e.now - heard, 1s));
        e.hear(e.peer.ack(101, *s.what.sequence));
    };
    SECTION("data") {
        put_off_by([&] { e.hear(e.peer.data(101, 200, "x")); });
    }
    SECTION("old data") {
        put_off_by([&] { e.hear(e.peer.data(100, 200, "x")); });
    }
    SECTION("a NUL") {
        put_off_by([&] { e.hear(e.peer.nul(101, 200)); });
    }
    SECTION("an ACK of something") {
        put_off_by([&] {
            CHECK(e.send("x") == rrdp::errc::ok);
            CHECK(e.says().what.control == "Data");
            e.hear(e.peer.ack(101, 201));
        });
    }
}

TEST_CASE("keepalive: a pure ACK of nothing new proves nothing, nor does what is not valid",
          "[conformance][R-11.2]") {
    idle e;
    const rrdp::instant opened = e.now;
    e.now += 900ms;
    e.hear(e.peer.ack(101, 200));
    e.hear(e.peer.ack(101, 250));        // acknowledges what was never sent
    e.hear(e.peer.data(101, 250, "x"));  // and so does this
    e.hear(e.peer.syn(100, e.offer()));
    e.hear(e.peer.rst(150, 200));
    while (e.says() == ack(100).seq(201)) {}
    CHECK(e.says_within(1s) == nul(201).ack(100));
    CHECK(about(e.now - opened, 1s));
}

TEST_CASE("keepalive: not while something is outstanding or queued: that asks already",
          "[conformance][R-11.1]") {
    lone e;
    auto p = e.offer();
    p.max_outstanding = 1;
    REQUIRE(e.open_passively(p));
    CHECK(e.send("one") == rrdp::errc::ok);
    CHECK(e.send("two") == rrdp::errc::ok);
    for (const shown& said : e.listen_to(4s)) CHECK(said == data(201, "one").ack(100));
    CHECK(e.stats().keepalives_out == 0);
}

TEST_CASE("keepalive: data that are sent meanwhile take its place", "[conformance][R-11.1]") {
    idle e;
    e.jump(1'001ms);
    CHECK(e.send("x") == rrdp::errc::ok);
    CHECK(e.says() == data(201, "x").ack(100));
    CHECK(e.says() == nothing());
}

TEST_CASE("keepalive: off means silence", "[conformance][R-11.1][R-18.1]") {
    setup s;
    s.options = rrdp::profiles::paper_exact;
    idle e{s};
    CHECK(e.silent_for(1h));
    CHECK_FALSE(e.own.engine().next_timeout());
    CHECK(e.own.state() == rrdp::state::open);
}

TEST_CASE(
    "keepalive: after the own FIN a probe without a number asks; its answer is a sign of life",
    "[conformance][R-11.1][R-11.2][R-8.20][R-8.4]") {
    setup s;
    s.options.fin_wait = 1h;
    idle e{s};
    CHECK(e.close() == rrdp::errc::ok);
    CHECK(e.says() == fin(201).ack(100));
    e.hear(e.peer.ack(101, 201));
    for (int i = 0; i < 30; ++i) {
        CHECK(e.says_within(1'100ms) == nul(201).ack(100));  // SND.UNA - 1
        CHECK(e.says() == nothing());
        e.hear(e.peer.ack(101, 201));
    }
    const rrdp::instant died = e.now;
    seen last = e.says_within(2s);
    int probes = 0;
    while (last == nul(201).ack(100) && ++probes < 20) last = e.says_within(2s);
    CHECK(probes >= 4);
    CHECK(last == rst(202, 7).ack(100));
    CHECK(e.now - died >= 5s);
    CHECK(e.now - died <= 7s);
    CHECK(e.told() == "closed timed_out_keepalive 0/0/0");
}

TEST_CASE(
    "keepalive: a peer that lists everything and acknowledges nothing is noticed when it dies",
    "[conformance][R-11.1][R-19.11]") {
    lone e;
    auto p = e.offer();
    p.max_outstanding = 1;
    REQUIRE(e.open_passively(p));
    for (const char* text : {"one", "two", "three"}) CHECK(e.send(text) == rrdp::errc::ok);
    // An old number lets the list name 201, which no honest receiver holds but does not pass.
    CHECK(e.says() == data(201, "one").ack(100));
    e.hear(e.peer.eack(101, 199, {201}));
    CHECK(e.says() == data(202, "two").ack(100));
    e.hear(e.peer.eack(101, 199, {202, 201}));
    CHECK(e.own.engine().info(e.own.id)->outstanding == 0);
    const rrdp::instant died = e.now;
    while (e.told().empty() && e.now < died + 20s) static_cast<void>(e.says_within(100ms));
    REQUIRE(e.own.end);
    CHECK(to_string(*e.own.end) == "closed timed_out_keepalive 3/2/0");
    CHECK(e.now - died <= 8s);
}

}  // namespace
}  // namespace script
