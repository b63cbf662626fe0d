// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/lone.hpp"

/// Section 9: losses that are found before the timer expires.
namespace script {
namespace {

/// OPEN, with messages "1", "2", ... sent as 201, 202, ...
struct sender : lone {
    explicit sender(int count) {
        REQUIRE(open_passively());
        more(count);
    }
    void more(int count) {
        for (int i = 0; i < count; ++i) {
            REQUIRE(send(std::to_string(++sent_)) == rrdp::errc::ok);
            REQUIRE(says().what.control == "Data");
        }
    }

private:
    int sent_ = 0;
};

TEST_CASE("threshold: lost when three that were sent later are delivered, and not before",
          "[conformance][R-9.6][R-7.25][T-D16]") {
    sender e{6};
    e.hear(e.peer.eack(101, 200, {202}));
    CHECK(e.says() == nothing());
    e.hear(e.peer.eack(101, 200, {203, 202}));
    CHECK(e.says() == nothing());
    e.hear(e.peer.eack(101, 200, {204, 203, 202}));
    CHECK(e.says() == data(201, "1").ack(100));
    CHECK(e.says() == nothing());
    CHECK(e.stats().retransmissions_fast == 1);
    CHECK(e.stats().retransmissions_rto == 0);
}

TEST_CASE("threshold: a retransmission is judged by what was sent after it",
          "[conformance][R-9.6][T-D16]") {
    sender e{6};
    e.hear(e.peer.eack(101, 200, {204, 203, 202}));
    CHECK(e.says() == data(201, "1").ack(100));
    e.hear(e.peer.eack(101, 200, {206, 205, 204, 203, 202}));  // sent before it
    CHECK(e.says() == nothing());
    e.more(3);
    e.hear(e.peer.eack(101, 200, {209, 208, 207, 206, 205, 204, 203, 202}));
    CHECK(e.says() == data(201, "1").ack(100));
    CHECK(e.stats().retransmissions_fast == 2);
}

TEST_CASE("threshold: several losses in one window are found and sent again in order",
          "[conformance][R-9.6][T-D16]") {
    sender e{10};
    e.hear(e.peer.eack(101, 200, {209, 207, 205, 202}));
    CHECK(e.says() == data(201, "1").ack(100));
    CHECK(e.says() == data(203, "3").ack(100));
    CHECK(e.says() == data(204, "4").ack(100));
    CHECK(e.says() == nothing());  // 206 and 208 have two and one behind them
    e.hear(e.peer.ack(101, 210));
    CHECK(e.own.ledger().confirmed == 10);
    CHECK(e.says() == nothing());
}

TEST_CASE("threshold: what is acknowledged while it waits to be sent again is not sent again",
          "[conformance][R-9.6][R-7.23]") {
    sender e{6};
    e.hear(e.peer.eack(101, 200, {204, 203, 202}));
    e.hear(e.peer.ack(101, 204));
    CHECK(e.says() == nothing());
    CHECK(e.stats().retransmissions_fast == 0);
}

TEST_CASE("threshold: a cumulative ACK counts what it delivers, too", "[conformance][R-9.6]") {
    sender e{8};
    e.hear(e.peer.eack(101, 202, {204}));
    CHECK(e.says() == nothing());
    e.hear(e.peer.eack(101, 202, {206, 205, 204}));
    CHECK(e.says() == data(203, "3").ack(100));
}

TEST_CASE("duplicate ACKs: three of a peer that sends no lists act as the threshold",
          "[conformance][R-9.9][T-D16]") {
    sender e{6};
    e.hear(e.peer.ack(101, 201));
    e.hear(e.peer.ack(101, 201));
    e.hear(e.peer.ack(101, 201));
    CHECK(e.says() == nothing());
    e.hear(e.peer.ack(101, 201));
    CHECK(e.says() == data(202, "2").ack(100));
    CHECK(e.says() == nothing());
    CHECK(e.stats().retransmissions_fast == 1);
}

TEST_CASE(
    "duplicate ACKs: more of them do not send it again, a loss behind it is found by new ones",
    "[conformance][R-9.9][R-9.6][T-D16]") {
    sender e{12};
    for (int i = 0; i < 11; ++i) e.hear(e.peer.ack(101, 200));
    CHECK(e.says() == data(201, "1").ack(100));
    CHECK(e.says() == nothing());
    e.hear(e.peer.ack(101, 202));
    for (int i = 0; i < 11; ++i) e.hear(e.peer.ack(101, 202));
    CHECK(e.says() == data(203, "3").ack(100));
    CHECK(e.says() == nothing());
    CHECK(e.stats().retransmissions_fast == 2);
}

TEST_CASE("duplicate ACKs: of another number, with data, or from a peer with lists, they are none",
          "[conformance][R-9.9][T-D16]") {
    sender e{6};
    SECTION("older numbers") {
        e.hear(e.peer.ack(101, 202));
        for (int i = 0; i < 5; ++i) e.hear(e.peer.ack(101, 201));
    }
    SECTION("with data") {
        for (std::uint16_t i = 0; i < 6; ++i)
            e.hear(e.peer.data(static_cast<std::uint16_t>(101 + i), 200, "y"));
        static_cast<void>(e.says());
    }
    SECTION("NULs") {
        for (int i = 0; i < 6; ++i) e.hear(e.peer.nul(100, 200));
        static_cast<void>(e.says());
    }
    SECTION("of a peer that has sent a list") {
        e.hear(e.peer.eack(101, 200, {203}));
        for (int i = 0; i < 6; ++i) e.hear(e.peer.ack(101, 200));
    }
    SECTION("interrupted by progress") {
        e.hear(e.peer.ack(101, 200));
        e.hear(e.peer.ack(101, 200));
        e.hear(e.peer.ack(101, 201));
        e.hear(e.peer.ack(101, 201));
        e.hear(e.peer.ack(101, 201));
    }
    CHECK(e.says() == nothing());
    CHECK(e.stats().retransmissions_fast == 0);
}

TEST_CASE("duplicate ACKs: with nothing outstanding they mean nothing", "[conformance][R-9.9]") {
    sender e{0};
    for (int i = 0; i < 10; ++i) e.hear(e.peer.ack(101, 200));
    CHECK(e.says() == nothing());
    CHECK(e.silent_for(500ms));
}

}  // namespace
}  // namespace script
