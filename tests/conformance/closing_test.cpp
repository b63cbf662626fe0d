// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/lone.hpp"

/// Section 10: closing, both directions, one of them, or none in time.
namespace script {
namespace {

using rrdp::errc;

struct closer : lone {
    explicit closer(const setup& s = {}) : lone{s} { REQUIRE(open_passively()); }
    static setup by_hand() {
        setup s;
        s.options.auto_close = false;
        return s;
    }
};

TEST_CASE("close: sends what is queued, then the FIN; receiving goes on",
          "[conformance][R-10.1][R-10.3]") {
    closer e{closer::by_hand()};
    CHECK(e.send("one") == errc::ok);
    CHECK(e.send("two") == errc::ok);
    CHECK(e.close() == errc::ok);
    CHECK(e.own.state() == rrdp::state::closing);
    CHECK(e.says() == data(201, "one").ack(100));
    CHECK(e.says() == data(202, "two").ack(100));
    CHECK(e.says() == fin(203).ack(100));
    CHECK(e.last().size() == 16);
    CHECK(e.says() == nothing());
    e.hear(e.peer.data(101, 203, "still received"));
    CHECK(e.told() == "readable");
    CHECK(e.own.taken() == "still received");
    e.hear(e.peer.fin(102, 203));
    CHECK(e.says() == ack(102).seq(204));
    CHECK(e.own.all_told() == "peer_closed, closed clean 2/2/2");
    CHECK(e.own.state() == rrdp::state::close_wait);
}

TEST_CASE("close: a FIN that is lost is sent again like data", "[conformance][R-10.1][T-K2]") {
    closer e;
    CHECK(e.close() == errc::ok);
    CHECK(e.says() == fin(201).ack(100));
    CHECK(e.says_within(10ms) == fin(201).ack(100));
    CHECK(e.says_within(10ms) == fin(201).ack(100));
    e.hear(e.peer.fin(101, 201));
    CHECK(e.says() == ack(101).seq(202));
    CHECK(e.own.all_told() == "peer_closed, closed clean 0/0/0");
}

TEST_CASE("close: the peer's FIN is followed by the own one, once the queue is empty",
          "[conformance][R-10.2][T-K2]") {
    lone e;
    auto p = e.offer();
    p.max_outstanding = 1;
    REQUIRE(e.open_passively(p));
    CHECK(e.send("one") == errc::ok);
    CHECK(e.send("two") == errc::ok);
    CHECK(e.says() == data(201, "one").ack(100));
    e.hear(e.peer.fin(101, 200));
    CHECK(e.told() == "peer_closed");
    CHECK(e.own.state() == rrdp::state::open);
    CHECK(e.says() == ack(101).seq(202));
    e.hear(e.peer.ack(102, 201));
    CHECK(e.says() == data(202, "two").ack(101));
    CHECK(e.own.state() == rrdp::state::closing);
    CHECK(e.send("too late") == errc::not_open);
    e.hear(e.peer.ack(102, 202));
    CHECK(e.says() == fin(203).ack(101));
    e.hear(e.peer.ack(102, 203));
    CHECK(e.told() == "closed clean 2/2/2");
}

TEST_CASE("close: without auto_close the connection stays open for the other direction",
          "[conformance][R-10.2][T-K2]") {
    closer e{closer::by_hand()};
    e.hear(e.peer.fin(101, 200));
    CHECK(e.told() == "peer_closed");
    CHECK(e.says() == ack(101).seq(201));
    CHECK(e.send("an answer, long after") == errc::ok);
    CHECK(e.says() == data(201, "an answer, long after").ack(101));
    e.hear(e.peer.ack(102, 201));
    CHECK(e.own.state() == rrdp::state::open);
    CHECK(e.close() == errc::ok);
    CHECK(e.says() == fin(202).ack(101));
    e.hear(e.peer.ack(102, 202));
    CHECK(e.told() == "closed clean 1/1/1");
}

TEST_CASE("close: at the same time at both sides needs no rule of its own",
          "[conformance][R-10.3][T-K2]") {
    closer e;
    CHECK(e.close() == errc::ok);
    CHECK(e.says() == fin(201).ack(100));
    e.hear(e.peer.fin(101, 200));
    CHECK(e.says() == ack(101).seq(202));
    CHECK(e.told() == "peer_closed");
    CHECK(e.told().empty());
    e.hear(e.peer.ack(102, 201));
    CHECK(e.told() == "closed clean 0/0/0");
    CHECK(e.own.state() == rrdp::state::close_wait);
}

TEST_CASE("close: the peer's FIN may arrive with the ACK of the own one, and is acknowledged",
          "[conformance][R-10.3][R-8.11]") {
    closer e;
    CHECK(e.close() == errc::ok);
    CHECK(e.says() == fin(201).ack(100));
    e.hear(e.peer.fin(101, 201));
    CHECK(e.own.state() == rrdp::state::close_wait);
    CHECK(e.says() == ack(101).seq(202));
    CHECK(e.says() == nothing());
}

TEST_CASE("fin_wait: the peer stays silent: RST 6, closed(unanswered), all Confirmed, a tombstone",
          "[conformance][R-10.4][R-10.7][R-19.14][T-K9][T-O1]") {
    setup s;
    s.options.keepalive = 0ms;
    closer e{s};
    CHECK(e.send("all of it") == errc::ok);
    CHECK(e.close() == errc::ok);
    CHECK(e.says() == data(201, "all of it").ack(100));
    CHECK(e.says() == fin(202).ack(100));
    e.hear(e.peer.ack(101, 202));
    CHECK(e.silent_for(4'999ms));
    CHECK(e.says_within(2ms) == rst(203, 6).ack(100));
    CHECK(e.told() == "closed unanswered 1/1/1");
    e.hear(e.peer.data(101, 202, "late"));
    CHECK(e.says() == rst(203, 2).ack(101));
    CHECK(e.own.engine().connections() == 1);
    CHECK(e.silent_for(2'001ms));
    CHECK(e.own.engine().connections() == 0);
}

TEST_CASE("fin_wait: every new segment of the peer starts it again; nothing is cut",
          "[conformance][R-10.4][T-K9]") {
    closer e;
    CHECK(e.close() == errc::ok);
    CHECK(e.says() == fin(201).ack(100));
    e.hear(e.peer.ack(101, 201));
    for (std::uint16_t i = 0; i < 10; ++i) {
        for (const shown& said : e.listen_to(4s)) CHECK(said.control != "RST");
        e.hear(e.peer.data(static_cast<std::uint16_t>(101 + i), 201, "goes on"));
        CHECK(e.own.taken() == "goes on");
    }
    e.hear(e.peer.fin(111, 201));
    CHECK(e.own.all_told() == "readable, peer_closed, closed clean 0/0/0");
}

TEST_CASE("half close: shutdown_send() waits for the peer as long as it lives",
          "[conformance][R-10.2][R-10.4][R-11.1][T-K2][T-K9]") {
    closer e;
    CHECK(e.own.engine().shutdown_send(e.now, e.own.id) == errc::ok);
    CHECK(e.send("x") == errc::not_open);
    CHECK(e.says() == fin(201).ack(100));
    e.hear(e.peer.ack(101, 201));
    for (int i = 0; i < 60; ++i) {  // a minute: it only asks whether the peer lives
        const seen probe = e.says_within(1'100ms);
        CHECK(probe == nul(201).ack(100));
        e.hear(e.peer.ack(101, 201));
    }
    e.hear(e.peer.data(101, 201, "the answer"));
    CHECK(e.told() == "readable");
    CHECK(e.own.taken() == "the answer");
    SECTION("the peer closes") {
        e.hear(e.peer.fin(102, 201));
        CHECK(e.own.all_told() == "peer_closed, closed clean 0/0/0");
    }
    SECTION("close() ends the patience") {
        CHECK(e.close() == errc::ok);
        const rrdp::instant asked = e.now;
        while (e.own.state() == rrdp::state::closing && e.now < asked + 10s)
            static_cast<void>(e.says_within(100ms));
        CHECK(e.now - asked >= 5s);
        CHECK(e.told() == "closed unanswered 0/0/0");
    }
    SECTION("the peer dies") {
        const rrdp::instant died = e.now;
        while (e.own.state() == rrdp::state::closing && e.now < died + 20s)
            static_cast<void>(e.says_within(100ms));
        CHECK(e.now - died <= 7s);
        CHECK(e.told() == "closed timed_out_keepalive 0/0/0");
    }
}

TEST_CASE("abort: RST 6 at once, unread and unsent are dropped, a tombstone",
          "[conformance][R-10.6][R-10.7][R-3.15][R-19.14][T-K4][T-O1]") {
    closer e;
    CHECK(e.send("in flight") == errc::ok);
    CHECK(e.says() == data(201, "in flight").ack(100));
    CHECK(e.send("queued") == errc::ok);
    e.hear(e.peer.data(101, 200, "unread"));
    CHECK(e.abort() == errc::ok);
    CHECK(e.says() == rst(202, 6).ack(101));
    CHECK(e.told() == "closed aborted 2/1/0");
    CHECK(e.own.taken().empty());
    CHECK(e.own.engine().segments_available() == e.own.said.capacities.segments);
    // A challenge by the peer, for which the RST was not exact, gets an exact one.
    e.hear(e.peer.ack(102, 200));
    CHECK(e.says() == rst(201, 2).ack(102));
    CHECK(e.silent_for(2'001ms));
    CHECK(e.own.engine().connections() == 0);
}

TEST_CASE("abort: after the peer's reset it discards what was not read, and nothing stays",
          "[conformance][R-10.6][R-19.4][T-K4]") {
    closer e;
    e.hear(e.peer.data(101, 200, "unread"));
    e.hear(e.peer.rst(102, 200));
    const bool readable_told = GENERATE(false, true);
    if (readable_told) {
        CHECK(e.told() == "readable");
        CHECK(e.told().empty());  // the end waits for the reader
    }
    CHECK(e.own.engine().connections() == 1);
    CHECK(e.own.engine().segments_available() == e.own.said.capacities.segments - 1);
    CHECK(e.abort() == errc::ok);
    CHECK(e.own.engine().segments_available() == e.own.said.capacities.segments);
    CHECK(e.own.all_told() == "closed reset(0) 0/0/0");
    CHECK(e.own.taken().empty());
    CHECK(e.says() == nothing());
    CHECK(e.own.engine().connections() == 0);
    CHECK(e.abort() == errc::no_such_connection);
}

TEST_CASE("tombstone: a SYN for which there is a listener replaces it",
          "[conformance][R-10.7][T-K6]") {
    closer e;
    CHECK(e.abort() == errc::ok);
    CHECK(e.says().what.control == "RST");
    CHECK(e.told() == "closed aborted 0/0/0");
    SECTION("even before its RST has left, and before the end was told") {}
    e.hear(e.peer.syn(700, e.offer()));
    const seen reply = e.says();
    CHECK(reply.what.acknowledged == 700);
    e.hear(e.peer.ack(701, *reply.what.sequence));
    CHECK(e.told() == "accepted");
    CHECK(e.own.engine().connections() == 1);
}

TEST_CASE("tombstone: an RST gets no answer, and under `ignore` it counts as a record",
          "[conformance][R-10.7][R-7.7][R-3.18][T-S5][T-K5]") {
    setup s;
    s.node.unknown_ports = rrdp::unknown_port_policy::ignore;
    closer e{s};
    REQUIRE(e.own.engine().stop_listening(1'024) == errc::ok);
    CHECK(e.abort() == errc::ok);
    CHECK(e.says() == rst(201, 6).ack(100));
    e.hear(e.peer.rst(101, 201));
    CHECK(e.says() == nothing());
    e.hear(e.peer.data(101, 200, "x"));
    CHECK(e.says() == rst(201, 2).ack(101));
    static_cast<void>(e.told());
    e.jump(2'001ms);
    e.hear(e.peer.data(101, 200, "x"));
    CHECK(e.says() == nothing());
    CHECK(e.dropped(rrdp::drop_reason::foreign_port) == 1);
}

TEST_CASE("abort: nothing waits any more, neither queued nor outstanding",
          "[conformance][R-10.6]") {
    closer e;
    for (const char* text : {"a", "b", "c"}) REQUIRE(e.send(text) == errc::ok);
    CHECK(e.says() == data(201, "a").ack(100));
    CHECK(e.own.engine().info(e.own.id)->queued == 2);
    CHECK(e.abort() == errc::ok);
    const auto after = e.own.engine().info(e.own.id);
    REQUIRE(after);
    CHECK(after->queued == 0);
    CHECK(after->outstanding == 0);
    CHECK(e.told() == "closed aborted 3/1/0");
}

TEST_CASE("abort: an RST that found no way out in time is not sent any more",
          "[conformance][R-10.6][R-10.7]") {
    closer e;
    CHECK(e.abort() == errc::ok);
    CHECK(e.told() == "closed aborted 0/0/0");
    CHECK(e.own.engine().connections() == 1);
    e.jump(60s);  // the link takes nothing all the while
    CHECK(e.own.engine().connections() == 0);
    CHECK(e.says() == nothing());
}

TEST_CASE("close: a keepalive that was about to leave does not follow the FIN",
          "[conformance][R-10.1][R-11.1]") {
    closer e;
    e.jump(1'001ms);  // it is due, and the link takes nothing just now
    CHECK(e.close() == errc::ok);
    CHECK(e.says() == fin(201).ack(100));
    CHECK(e.says() == nothing());
    CHECK(e.stats().keepalives_out == 0);
}

TEST_CASE("flush: `drained` comes also with an acknowledgement that data carry",
          "[conformance][R-10.9]") {
    lone e;
    REQUIRE(e.open_passively());
    REQUIRE(e.send("a") == errc::ok);
    REQUIRE(e.own.engine().flush(e.own.id) == errc::ok);
    CHECK(e.says() == data(201, "a").ack(100));
    e.hear(e.peer.data(101, 201, "b"));
    CHECK(e.own.all_told() == "readable, drained");
}

TEST_CASE("flush: `drained` comes once, when everything accepted is acknowledged",
          "[conformance][R-10.9]") {
    closer e;
    CHECK(e.own.engine().flush(e.own.id) == errc::ok);
    CHECK(e.told() == "drained");
    CHECK(e.send("a") == errc::ok);
    CHECK(e.send("b") == errc::ok);
    CHECK(e.own.engine().flush(e.own.id) == errc::ok);
    CHECK(e.told().empty());
    CHECK(e.says() == data(201, "a").ack(100));
    e.hear(e.peer.ack(101, 201));
    CHECK(e.told().empty());
    CHECK(e.says() == data(202, "b").ack(100));
    e.hear(e.peer.ack(101, 202));
    CHECK(e.told() == "drained");
    CHECK(e.told().empty());
}

TEST_CASE("RST in CLOSING: clean when both FINs have arrived and only the own one is unconfirmed",
          "[conformance][R-7.20]") {
    closer e;
    CHECK(e.send("x") == errc::ok);
    CHECK(e.close() == errc::ok);
    CHECK(e.says() == data(201, "x").ack(100));
    CHECK(e.says() == fin(202).ack(100));
    SECTION("the peer's FIN has arrived, only the own is outstanding") {
        e.hear(e.peer.fin(101, 201));
        e.hear(e.peer.rst(102, 202));
        CHECK(e.own.all_told() == "peer_closed, closed clean 1/1/1");
    }
    SECTION("data are outstanding") {
        e.hear(e.peer.fin(101, 200));
        e.hear(e.peer.rst(102, 202));
        CHECK(e.own.all_told() == "peer_closed, closed reset(0) 1/1/0");
    }
    SECTION("the peer's FIN has not arrived") {
        e.hear(e.peer.ack(101, 201));
        e.hear(e.peer.rst(101, 202));
        CHECK(e.own.all_told() == "closed reset(0) 1/1/1");
    }
}

TEST_CASE("giving up in CLOSING: clean when only the acknowledgement of the own FIN is missing",
          "[conformance][R-10.3][R-9.5]") {
    closer e;
    CHECK(e.send("x") == errc::ok);
    CHECK(e.close() == errc::ok);
    CHECK(e.says() == data(201, "x").ack(100));
    CHECK(e.says() == fin(202).ack(100));
    const auto last_words = [&] {
        seen last = e.says();
        const rrdp::instant end = e.now + 20s;
        while (last.what.control != "RST" && e.now < end) last = e.says_within(5s);
        return last;
    };
    SECTION("the peer has ended, and has everything") {
        e.hear(e.peer.fin(101, 201));
        CHECK(last_words() == rst(203, 7).ack(101));
        CHECK(e.own.all_told() == "peer_closed, closed clean 1/1/1");
        CHECK(e.stats().connections_timed_out == 0);
    }
    SECTION("data are outstanding") {
        e.hear(e.peer.fin(101, 200));
        CHECK(last_words() == rst(203, 7).ack(101));
        CHECK(e.own.all_told() == "peer_closed, closed timed_out_data 1/1/0");
        CHECK(e.stats().connections_timed_out == 1);
    }
    SECTION("the peer has not ended") {
        e.hear(e.peer.ack(101, 201));
        CHECK(last_words() == rst(203, 7).ack(100));
        CHECK(e.own.all_told() == "closed timed_out_data 1/1/1");
    }
}

}  // namespace
}  // namespace script
