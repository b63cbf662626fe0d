// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/lone.hpp"

/// Section 7.8: CLOSE-WAIT, where nothing happens but what an old peer still needs.
namespace script {
namespace {

using rrdp::drop_reason;

/// Both FINs are exchanged: the peer's was 102, the own 202; 103 is the peer's next number.
struct lingering : lone {
    explicit lingering(const setup& s = {}) : lone{s} {
        REQUIRE(open_passively());
        REQUIRE(send("a") == rrdp::errc::ok);
        REQUIRE(says() == data(201, "a").ack(100));
        hear(peer.data(101, 201, "b"));
        hear(peer.fin(102, 201));
        REQUIRE(says() == fin(202).ack(102));
        REQUIRE(told() == "readable");
        REQUIRE(own.taken() == "b");
        hear(peer.ack(103, 202));
        REQUIRE(own.all_told() == "peer_closed, closed clean 1/1/1");
        REQUIRE(own.state() == rrdp::state::close_wait);
    }
    bool lingers() {
        return own.state() == rrdp::state::close_wait && own.engine().connections() == 1;
    }
};

TEST_CASE("CLOSE-WAIT: nothing but the record is kept: every segment is back, and no window",
          "[conformance][R-7.36][R-6.1]") {
    lone fresh;
    const std::size_t all = fresh.own.engine().segments_available();
    lingering e;
    CHECK(e.own.engine().segments_available() == all);
    CHECK(e.own.engine().connections() == 1);
    CHECK(e.silent_for(1'900ms));
    CHECK(sizeof(rrdp::connection_record<bare_policy>) <= 424);
}

TEST_CASE("CLOSE-WAIT: an RST changes nothing", "[conformance][R-7.35][rfc1151:4]") {
    lingering e;
    e.hear(e.peer.rst(103, 202));
    CHECK(e.lingers());
    CHECK(e.says() == nothing());
    CHECK(e.dropped(drop_reason::connection_closed) == 1);
}

TEST_CASE("CLOSE-WAIT: an old consuming segment is acknowledged: the last ACK was lost",
          "[conformance][R-7.35][T-K2]") {
    lingering e;
    e.hear(e.peer.fin(102, 201));
    CHECK(e.says() == ack(102).seq(203));
    e.hear(e.peer.data(101, 200, "b"));
    CHECK(e.says() == ack(102).seq(203));
    CHECK(e.lingers());
}

TEST_CASE("CLOSE-WAIT: everything else is dropped", "[conformance][R-7.35]") {
    lingering e;
    e.hear(e.peer.data(103, 202, "new"));
    e.hear(e.peer.nul(104, 202));
    e.hear(e.peer.ack(103, 202));
    e.hear(e.peer.syn_ack(100, 200, e.offer()));
    e.hear(e.peer.syn(100, e.offer()));  // the SYN of this very connection
    CHECK(e.says() == nothing());
    CHECK(e.dropped(drop_reason::connection_closed) == 5);
    CHECK(e.lingers());
    CHECK(e.own.all_told().empty());
}

TEST_CASE("CLOSE-WAIT: a new SYN takes the ports over at once", "[conformance][R-7.35][T-K6]") {
    lingering e;
    e.hear(e.peer.syn(900, e.offer()));
    const seen reply = e.says();
    CHECK(reply.what.acknowledged == 900);
    CHECK(reply.what.control == "SYN");
    e.hear(e.peer.data(901, *reply.what.sequence, "a new life"));
    CHECK(e.own.all_told() == "accepted, readable");
    CHECK(e.own.taken() == "a new life");
    CHECK(e.own.engine().connections() == 1);
}

TEST_CASE("CLOSE-WAIT: a new SYN without a listener does not", "[conformance][R-7.35]") {
    lingering e;
    REQUIRE(e.own.engine().stop_listening(1'024) == rrdp::errc::ok);
    e.hear(e.peer.syn(900, e.offer()));
    CHECK(e.says() == nothing());
    CHECK(e.lingers());
}

TEST_CASE("CLOSE-WAIT: it ends after the linger, and the port is free",
          "[conformance][R-7.35][R-10.3][R-10.8]") {
    lingering e;
    CHECK(e.silent_for(1'999ms));
    CHECK(e.lingers());
    CHECK(e.silent_for(2ms));
    CHECK(e.own.engine().connections() == 0);
    CHECK(e.own.all_told().empty());
    e.hear(e.peer.fin(102, 201));
    CHECK(e.says() == rst(202, 2).ack(102));
}

TEST_CASE("CLOSE-WAIT: a stream of old segments prolongs it to four lingers and no further",
          "[conformance][R-7.35][T-K8]") {
    lingering e;
    const rrdp::instant entered = e.now;
    while (e.own.engine().connections() == 1 && e.now < entered + 60s) {
        e.jump(100ms);
        if (e.own.engine().connections() == 0) break;
        e.hear(e.peer.fin(102, 201));
        CHECK(e.says() == ack(102).seq(203));
    }
    CHECK(e.now - entered >= 8s);
    CHECK(e.now - entered <= 8'200ms);
}

TEST_CASE("CLOSE-WAIT: the linger is four times the longest time-out that was used, at least",
          "[conformance][R-10.8]") {
    setup s;
    s.options.linger = 1ms;
    s.options.rto_initial = 2ms;
    lone e{s};
    REQUIRE(e.open_passively());
    e.hear(e.peer.fin(101, 200));
    CHECK(e.says() == fin(201).ack(101));
    // The probe of the tail first, then the timer.
    for (int i = 0; i < 5; ++i) CHECK(e.says_within(1s) == fin(201).ack(101));
    CHECK(e.stats().retransmissions_rto == 4);
    const rrdp::duration longest = e.own.engine().info(e.own.id)->rto;
    CHECK(longest == 32ms);
    e.hear(e.peer.ack(102, 201));
    CHECK(e.told() == "peer_closed");
    CHECK(e.told() == "closed clean 0/0/0");
    const rrdp::instant entered = e.now;
    while (e.own.engine().connections() == 1 && e.now < entered + 60s) e.jump(1ms);
    CHECK(e.now - entered >= 4 * longest);
    CHECK(e.now - entered <= 4 * longest + 2ms);
}

}  // namespace
}  // namespace script
