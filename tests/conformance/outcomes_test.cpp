// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/lone.hpp"

/// Section 19: events, their order, and how messages end.
namespace script {
namespace {

using rrdp::end_reason;
using rrdp::errc;

struct open_engine : lone {
    explicit open_engine(const setup& s = {}) : lone{s} { REQUIRE(open_passively()); }
    /// Messages: 201 confirmed, 202 EACKed, 203 outstanding, two not sent; the peer allows three.
    void three_outcomes() {
        for (const char* text : {"confirmed", "listed", "in flight"}) {
            REQUIRE(send(text) == errc::ok);
            REQUIRE(says().what.control == "Data");
        }
        hear(peer.ack(101, 201));
        hear(peer.eack(101, 201, {203}));
        REQUIRE(send("queued") == errc::ok);
        REQUIRE(send("queued, too") == errc::ok);
        REQUIRE(own.ledger() == rrdp::send_ledger{5, 3, 1});
    }
};

TEST_CASE("outcome: sent when the last segment has left, confirmed when UNA has passed it",
          "[conformance][R-19.7][R-7.24][T-O5]") {
    open_engine e;
    CHECK(e.own.ledger() == rrdp::send_ledger{});
    CHECK(e.send("a") == errc::ok);
    CHECK(e.send("b") == errc::ok);
    CHECK(e.own.ledger() == rrdp::send_ledger{2, 0, 0});
    static_cast<void>(e.says());
    CHECK(e.own.ledger() == rrdp::send_ledger{2, 1, 0});
    static_cast<void>(e.says());
    CHECK(e.own.ledger() == rrdp::send_ledger{2, 2, 0});
    e.hear(e.peer.eack(101, 200, {202}));
    CHECK(e.own.ledger() == rrdp::send_ledger{2, 2, 0});
    SECTION("EACKed at the end: InDoubt") {
        e.hear(e.peer.rst(101, 202));
        CHECK(e.told() == "closed reset(0) 2/2/0");
        CHECK(outcome_of(e.own.end->ledger, 1) == rrdp::outcome::in_doubt);
    }
    SECTION("acknowledged: Confirmed") {
        e.hear(e.peer.ack(101, 202));
        CHECK(e.own.ledger() == rrdp::send_ledger{2, 2, 2});
    }
}

TEST_CASE("outcome: each end names three contiguous ranges that add up",
          "[conformance][R-19.6][R-19.11][R-19.13][R-19.14][T-O1]") {
    setup s;
    s.capacities.segment_max = 100;
    open_engine e{s};
    e.three_outcomes();
    std::string told = "closed ";
    SECTION("reset") {
        e.hear(e.peer.rst(101, 203, {.reason = rrdp::wire::reset_reason::shutting_down}));
        told += "reset(11)";
    }
    SECTION("aborted") {
        CHECK(e.abort() == errc::ok);
        CHECK(e.says() == rst(204, 6).ack(100));
        told += "aborted";
    }
    SECTION("protocol error") {
        e.hear(e.peer.data(101, 201, std::string(101, 'x')));
        CHECK(e.says() == rst(204, 4).ack(100));
        told += "protocol_error(4)";
    }
    SECTION("link lost") {
        e.own.engine().handle_link(e.now, rrdp::link_state::removed);
        CHECK(e.told() == "link_down");
        e.jump(10'001ms);
        told += "link_lost";
        CHECK(e.stats().resets_out.total() == 0);
    }
    CHECK(e.told() == told + " 5/3/1");
    REQUIRE(e.own.end);
    const auto& ledger = e.own.end->ledger;
    CHECK(outcome_of(ledger, 0) == rrdp::outcome::confirmed);
    CHECK(outcome_of(ledger, 1) == rrdp::outcome::in_doubt);
    CHECK(outcome_of(ledger, 2) == rrdp::outcome::in_doubt);
    CHECK(outcome_of(ledger, 3) == rrdp::outcome::not_sent);
    CHECK(outcome_of(ledger, 4) == rrdp::outcome::not_sent);
    CHECK(e.stats().messages_confirmed == 1);
    CHECK(e.stats().messages_in_doubt == 2);
    CHECK(e.stats().messages_not_sent == 2);
    CHECK(e.own.engine().segments_available() == e.own.said.capacities.segments);
}

TEST_CASE("outcome: timed_out(data) names the ranges, too", "[conformance][R-19.14][R-9.5]") {
    lone e;
    auto p = e.offer();
    p.max_outstanding = 2;
    REQUIRE(e.open_passively(p));
    for (int i = 0; i < 4; ++i) CHECK(e.send("x") == errc::ok);
    static_cast<void>(e.says());
    static_cast<void>(e.says());
    e.hear(e.peer.ack(101, 201));
    const auto said = e.listen_to(7s);
    CHECK(said.back() == rst(204, 7).ack(100));
    CHECK(e.told() == "closed timed_out_data 4/3/1");
}

TEST_CASE("events: complete messages come before the terminal event, which comes last and once",
          "[conformance][R-19.4][R-19.3][T-K7][T-O6]") {
    open_engine e;
    e.hear(e.peer.data(101, 200, "one"));
    e.hear(e.peer.data(102, 200, "two"));
    e.hear(e.peer.data(104, 200, "beyond a gap"));
    SECTION("an RST right behind the data") {
        e.hear(e.peer.rst(103, 200));
        CHECK(e.told() == "readable");
        CHECK(e.told().empty());
        CHECK(e.own.taken() == "one");
        CHECK(e.told().empty());
        CHECK(e.own.taken() == "two");
        CHECK(e.told() == "closed reset(0) 0/0/0");
    }
    SECTION("the peer dies") {
        CHECK(e.send("x") == errc::ok);
        static_cast<void>(e.listen_to(8s));
        CHECK(e.told() == "readable");
        CHECK(e.own.all_taken() == "one two");
        CHECK(e.told() == "closed timed_out_data 1/1/0");
    }
    CHECK(e.told().empty());
    CHECK(e.own.taken().empty());
    e.jump(20s);
    CHECK(e.own.engine().connections() == 0);
    CHECK(e.told().empty());
    CHECK(e.own.engine().segments_available() == e.own.said.capacities.segments);
}

TEST_CASE("messages: one that is borrowed keeps its octets when its connection has ended",
          "[conformance][R-6.3][R-7.28]") {
    open_engine e;
    e.hear(e.peer.data(101, 200, "borrowed"));
    e.hear(e.peer.data(102, 200, "unread"));
    const std::size_t all = e.own.said.capacities.segments;
    {
        auto message = e.own.engine().receive(e.own.id);
        REQUIRE(message);
        CHECK(e.abort() == errc::ok);
        CHECK(e.own.all_told() == "closed aborted 0/0/0");
        static_cast<void>(e.listen_to(3s));
        CHECK(e.own.engine().connections() == 0);
        CHECK(e.own.engine().segments_available() == all - 1);
        e.hear(e.peer.syn(700, e.offer()));  // the slot has another connection by now
        static_cast<void>(e.says());
        CHECK(rrdp::testing::equal(message->bytes(), octets_of("borrowed")));
        auto moved = std::move(*message);
        CHECK(moved.size() == 8);
        CHECK(message->bytes().empty());
    }
    CHECK(e.own.engine().segments_available() == all);
}

TEST_CASE("events: the first is `accepted` or `connected`, also when the end is there already",
          "[conformance][R-19.3][R-19.4][T-O6]") {
    lone e;
    REQUIRE(e.own.listen(1'024) == errc::ok);
    e.hear(e.peer.syn(100, e.offer()));
    static_cast<void>(e.says());
    e.hear(e.peer.data(101, 200, "x"));
    e.hear(e.peer.rst(102, 200));
    CHECK(e.told() == "accepted");
    CHECK(e.told() == "readable");
    CHECK(e.own.taken() == "x");
    CHECK(e.told() == "closed reset(0) 0/0/0");
    CHECK(e.told().empty());
    CHECK(e.own.engine().connections() == 0);
}

TEST_CASE("events: a connection that nobody heard of ends without a word",
          "[conformance][R-19.4][R-7.16]") {
    lone e;
    REQUIRE(e.own.listen(1'024) == errc::ok);
    e.hear(e.peer.syn(100, e.offer()));
    static_cast<void>(e.says());
    e.hear(e.peer.rst(101, 200));
    CHECK(e.told().empty());
    CHECK(e.own.engine().connections() == 0);
}

TEST_CASE("events: an event says whom it is about", "[conformance][R-19.3]") {
    lone e;
    REQUIRE(e.own.listen(1'024) == errc::ok);
    e.hear(e.peer.syn(100, e.offer()));
    static_cast<void>(e.says());
    e.hear(e.peer.ack(101, 200));
    const auto accepted = e.own.engine().poll_event();
    REQUIRE(accepted);
    CHECK(accepted->kind == rrdp::event_kind::accepted);
    CHECK(accepted->remote.node == rrdp::node_id{2});
    CHECK(accepted->remote.port == 5'001);
    CHECK(accepted->remote.local_port == 1'024);
    e.hear(e.peer.rst(101, 200));
    const auto closed = e.own.engine().poll_event();
    REQUIRE(closed);
    CHECK(closed->connection == accepted->connection);
    CHECK(closed->remote == accepted->remote);
    CHECK(closed->reason == end_reason::reset);
}

TEST_CASE("link: down and up are events of the link, and timers go on",
          "[conformance][R-19.5][R-19.14][T-L6]") {
    open_engine e;
    CHECK(e.send("x") == errc::ok);
    static_cast<void>(e.says());
    e.own.engine().handle_link(e.now, rrdp::link_state::down);
    CHECK(e.told() == "link_down");
    CHECK(e.says_within(10ms) == data(201, "x").ack(100));
    e.own.engine().handle_link(e.now, rrdp::link_state::up);
    CHECK(e.told() == "link_up");
    e.hear(e.peer.ack(101, 201));
    CHECK(e.own.ledger().confirmed == 1);
}

TEST_CASE("link: removed and back within link_grace harms nobody",
          "[conformance][R-19.5][R-19.14][T-L6]") {
    setup s;
    s.options.keepalive = 0ms;
    open_engine e{s};
    e.own.engine().handle_link(e.now, rrdp::link_state::removed);
    e.jump(9'900ms);
    e.own.engine().handle_link(e.now, rrdp::link_state::up);
    e.jump(1h);
    CHECK(e.own.all_told() == "link_down, link_up");
    CHECK(e.own.state() == rrdp::state::open);
}

TEST_CASE("link: refusals to send are losses on the link and nothing else",
          "[conformance][R-16.4][T-L5]") {
    open_engine e;
    CHECK(e.send("x") == errc::ok);
    CHECK(e.says() == data(201, "x").ack(100));  // the link refuses it: nobody tells the engine
    CHECK(e.says_within(10ms) == data(201, "x").ack(100));
    e.hear(e.peer.ack(101, 201));
    CHECK(e.told().empty());
    CHECK(e.own.ledger() == rrdp::send_ledger{1, 1, 1});
}

TEST_CASE("link: one that is lost ends also what is being opened, without an RST",
          "[conformance][R-19.14][T-L6]") {
    setup s;
    s.node.link_grace = 500ms;
    lone e{s};
    REQUIRE(e.own.connect(e.now, 5'001, 1'024) == errc::ok);
    CHECK(e.says() == syn(200));
    e.own.engine().handle_link(e.now, rrdp::link_state::removed);
    e.jump(501ms);
    CHECK(e.own.all_told() == "link_down, closed link_lost 0/0/0");
    CHECK(e.stats().resets_out.total() == 0);
    CHECK(e.own.engine().connections() == 0);
}

TEST_CASE("link: one that is lost while an ended connection lingers has ended nothing more",
          "[conformance][R-19.4][R-19.5][R-10.7]") {
    setup s;
    s.options.linger = 20s;
    open_engine e{s};
    CHECK(e.abort() == errc::ok);
    CHECK(e.says() == rst(201, 6).ack(100));
    CHECK(e.told() == "closed aborted 0/0/0");
    e.own.engine().handle_link(e.now, rrdp::link_state::removed);
    e.jump(10'001ms);
    CHECK(e.own.all_told() == "link_down");
    CHECK(e.own.engine().connections() == 1);
    e.jump(10s);
    CHECK(e.own.engine().connections() == 0);
}

}  // namespace
}  // namespace script
