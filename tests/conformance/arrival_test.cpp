// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/lone.hpp"

/// Section 7.6, steps 4 to 9: acknowledgements and consuming segments; and 7.7 as far as a message
/// is one segment.
namespace script {
namespace {

using rrdp::drop_reason;

struct open_engine : lone {
    explicit open_engine(const setup& s = {}) : lone{s} { REQUIRE(open_passively()); }
    /// Sends messages "1", "2", ... as numbers 201, 202, ...
    void send_all(int count) {
        for (int i = 1; i <= count; ++i) {
            REQUIRE(send(std::to_string(i)) == rrdp::errc::ok);
            REQUIRE(says().what.control == "Data");
        }
    }
};

TEST_CASE("ACK: everything up to the number is confirmed, and an older number takes nothing back",
          "[conformance][R-7.23][T-D10][rfc1151:1]") {
    open_engine e;
    e.send_all(5);
    e.hear(e.peer.ack(101, 203));
    CHECK(e.own.ledger() == rrdp::send_ledger{5, 5, 3});
    e.hear(e.peer.ack(101, 201));
    CHECK(e.own.ledger() == rrdp::send_ledger{5, 5, 3});
    CHECK(e.own.engine().info(e.own.id)->outstanding == 2);
    e.hear(e.peer.ack(101, 205));
    CHECK(e.own.ledger() == rrdp::send_ledger{5, 5, 5});
    CHECK(e.own.engine().segments_available() == e.own.said.capacities.segments);
}

TEST_CASE("ACK: of duplicate data it counts all the same, and stale ACKs with new data do no harm",
          "[conformance][R-7.23][R-7.26][T-D9]") {
    open_engine e;
    e.send_all(2);
    e.hear(e.peer.data(101, 200, "a"));
    e.hear(e.peer.data(101, 202, "a"));
    CHECK(e.own.ledger().confirmed == 2);
    CHECK(e.dropped(drop_reason::duplicate) == 1);
    e.hear(e.peer.data(102, 201, "b"));
    CHECK(e.own.ledger().confirmed == 2);
    CHECK(e.own.all_taken() == "a b");
}

TEST_CASE("EACK: a listed number is delivered, its memory is free, but it is not confirmed",
          "[conformance][R-7.24][R-19.7]") {
    open_engine e;
    const std::size_t all = e.own.engine().segments_available();
    e.send_all(4);
    e.hear(e.peer.eack(101, 200, {204, 202}));
    CHECK(e.own.engine().segments_available() == all - 2);
    CHECK(e.own.engine().info(e.own.id)->outstanding == 2);
    CHECK(e.own.ledger() == rrdp::send_ledger{4, 4, 0});
    e.hear(e.peer.ack(101, 202));
    CHECK(e.own.ledger() == rrdp::send_ledger{4, 4, 2});
    e.hear(e.peer.ack(101, 204));
    CHECK(e.own.ledger() == rrdp::send_ledger{4, 4, 4});
    CHECK(e.own.engine().segments_available() == all);
}

TEST_CASE("EACK: a list goes on over the wrap", "[conformance][R-7.24][R-1.1]") {
    setup s;
    s.first = 65'532;
    open_engine e{s};
    e.send_all(6);  // 65'533 to 65'535, 0 to 2
    e.hear(e.peer.eack(101, 65'532, {1, 65'534}));
    CHECK(e.own.engine().info(e.own.id)->outstanding == 4);
    e.hear(e.peer.ack(101, 1));
    CHECK(e.own.ledger() == rrdp::send_ledger{6, 6, 5});
}

TEST_CASE("EACK: numbers that cannot be are ignored, the others of the list count",
          "[conformance][R-7.24][R-3.10][T-C11][T-D10]") {
    open_engine e;
    e.send_all(4);
    // the one after ACK, what is acknowledged, what was never sent, the other half of the circle
    e.hear(e.peer.eack(101, 200, {201, 200, 205, 206, 33'000, 199, 203, 203}));
    CHECK(e.own.engine().info(e.own.id)->outstanding == 3);
    CHECK(e.stats().dropped() == 0);
    e.hear(e.peer.ack(101, 204));
    CHECK(e.own.ledger().confirmed == 4);
}

TEST_CASE("EACK: when an ACK passes only what was listed before, it confirms all the same",
          "[conformance][R-7.23][R-19.7]") {
    open_engine e;
    e.send_all(2);
    e.hear(e.peer.eack(101, 200, {202}));
    e.hear(e.peer.ack(101, 201));  // from a peer that does not step over what it holds
    CHECK(e.own.ledger() == rrdp::send_ledger{2, 2, 1});
    REQUIRE(e.own.engine().flush(e.own.id) == rrdp::errc::ok);
    e.hear(e.peer.ack(101, 202));
    CHECK(e.own.ledger() == rrdp::send_ledger{2, 2, 2});
    CHECK(e.told() == "drained");
}

TEST_CASE("EACK: it may ride on data", "[conformance][R-2.13][R-7.24]") {
    open_engine e;
    e.send_all(3);
    const auto list = e.peer.eack(101, 200, {203, 202});
    auto s = e.peer.data(101, 200, "xy");
    for (std::size_t i = 0; i < 4; ++i) s.push_back(s[i]);  // room for two words
    s[0] = std::byte{0x63};
    s[1] = std::byte{9};
    for (std::size_t i = 0; i < 4; ++i) s[14 + i] = list[14 + i];
    s[18] = std::byte{'x'};
    s[19] = std::byte{'y'};
    rrdp::testing::repair_checksum(s.room().first(s.size()));
    e.hear(s);
    CHECK(e.own.engine().info(e.own.id)->outstanding == 1);
    CHECK(e.own.taken() == "xy");
}

TEST_CASE("data: a number is old, in the window or beyond it; the right edge is outside",
          "[conformance][R-7.2][R-7.26][R-1.1][rfc1151:6]") {
    setup s;
    s.options.max_outstanding = 4;
    s.options.receive_slots = 8;
    open_engine e{s};
    e.hear(e.peer.data(108, 200, "last in the window"));
    CHECK(e.says() == ack(100).seq(201).ea({108}));
    e.hear(e.peer.data(109, 200, "right edge"));
    CHECK(e.dropped(drop_reason::beyond_window) == 1);
    CHECK(e.says() == ack(100).seq(201).ea({108}));
    CHECK(e.stats().challenges_sent == 1);
    e.hear(e.peer.data(100, 200, "old"));
    CHECK(e.dropped(drop_reason::duplicate) == 1);
    CHECK(e.says() == ack(100).seq(201).ea({108}));
    e.hear(e.peer.data(static_cast<std::uint16_t>(100 + 0x8000), 200, "half the circle: old"));
    CHECK(e.dropped(drop_reason::duplicate) == 2);
    CHECK(e.own.taken().empty());
}

TEST_CASE("data: what was received is delivered once and acknowledged every time, at once",
          "[conformance][R-7.26][R-7.28][R-3.23][T-D3][T-D4]") {
    open_engine e;
    SECTION("in order") {
        e.hear(e.peer.data(101, 200, "once"));
        CHECK(e.says_within(2ms) == ack(101).seq(201));
        for (int i = 0; i < 50; ++i) {  // more than any token bucket holds
            e.hear(e.peer.data(101, 200, "once"));
            CHECK(e.says() == ack(101).seq(201));
        }
        CHECK(e.own.all_taken() == "once");
        CHECK(e.dropped(drop_reason::duplicate) == 50);
    }
    SECTION("out of order, while it is held") {
        e.hear(e.peer.data(102, 200, "two"));
        CHECK(e.says() == ack(100).seq(201).ea({102}));
        for (int i = 0; i < 50; ++i) {
            e.hear(e.peer.data(102, 200, "two"));
            CHECK(e.says() == ack(100).seq(201).ea({102}));
        }
        e.hear(e.peer.data(101, 200, "one"));
        CHECK(e.says() == ack(102).seq(201));
        CHECK(e.own.all_taken() == "one two");
    }
}

TEST_CASE("data: a NUL that is old is acknowledged, and counts as no duplicate",
          "[conformance][R-7.26][R-8.20]") {
    open_engine e;
    e.hear(e.peer.nul(100, 200));  // the probe of a peer
    CHECK(e.says() == ack(100).seq(201));
    CHECK(e.stats().dropped() == 0);
}

TEST_CASE("data: longer than announced, it ends the connection; only if it is new and acceptable",
          "[conformance][R-7.27][R-7.32][T-D12][R-19.14]") {
    setup s;
    s.capacities.segment_max = 100;
    open_engine e{s};
    const std::string fits(100, 'x');
    const std::string too_long(101, 'x');
    e.hear(e.peer.data(101, 200, fits));
    CHECK(e.own.taken() == fits);
    e.hear(e.peer.data(101, 200, too_long));        // old
    e.hear(e.peer.data(101 + 129, 200, too_long));  // beyond
    e.hear(e.peer.data(102, 201, too_long));        // acknowledges what was never sent
    CHECK(e.own.state() == rrdp::state::open);
    static_cast<void>(e.says());
    SECTION("in order") {
        e.hear(e.peer.data(102, 200, too_long));
    }
    SECTION("out of order") {
        e.hear(e.peer.data(110, 200, too_long));
    }
    CHECK(e.says() == rst(201, 4).ack(101));
    CHECK(e.own.all_told() == "readable, closed protocol_error(4) 0/0/0");
    // A tombstone answers for the linger time.
    e.hear(e.peer.data(102, 200, "more"));
    CHECK(e.says() == rst(201, 2).ack(102));
    e.jump(2'001ms);
    CHECK(e.own.engine().connections() == 0);
}

TEST_CASE("data: held segments are passed as soon as the gap before them is filled",
          "[conformance][R-7.28][D3][T-D7]") {
    open_engine e;
    for (const auto number : numbers{105, 103, 102}) {
        e.hear(e.peer.data(number, 200, std::to_string(number)));
        static_cast<void>(e.says());
    }
    CHECK(e.own.taken().empty());
    e.hear(e.peer.data(101, 200, "101"));
    CHECK(e.says() == ack(103).seq(201).ea({105}));
    CHECK(e.own.all_taken() == "101 102 103");
    e.hear(e.peer.data(104, 200, "104"));
    CHECK(e.says() == ack(105).seq(201));
    CHECK(e.own.all_taken() == "104 105");
}

TEST_CASE("data: delivery by kind: NULs of any code take a number and deliver nothing",
          "[conformance][R-7.29][R-3.12][R-3.13][T-E4]") {
    open_engine e;
    e.hear(e.peer.nul(101, 200));
    CHECK(e.says() == ack(101).seq(201));
    e.hear(e.peer.nul(102, 200, rrdp::wire::nul_code::empty));  // EMPTY is not agreed
    CHECK(e.says() == ack(102).seq(201));
    e.hear(e.peer.nul(103, 200, rrdp::wire::nul_code{77}));
    CHECK(e.says() == ack(103).seq(201));
    CHECK(e.told().empty());
    e.hear(e.peer.data(104, 200, "x"));
    CHECK(e.own.taken() == "x");
}

TEST_CASE("data: after a FIN, numbers are acknowledged and ignored",
          "[conformance][R-7.29][R-10.2]") {
    setup s;
    s.options.auto_close = false;
    open_engine e{s};
    e.hear(e.peer.data(101, 200, "last"));
    e.hear(e.peer.fin(102, 200));
    CHECK(e.says() == ack(102).seq(201));
    e.hear(e.peer.data(103, 200, "too late"));
    e.hear(e.peer.fin(104, 200));
    CHECK(e.says() == ack(104).seq(201));
    CHECK(e.told() == "readable");
    CHECK(e.own.all_taken() == "last");
    CHECK(e.told() == "peer_closed");
    CHECK(e.told().empty());
    CHECK(e.own.engine().segments_available() == e.own.said.capacities.segments);
}

TEST_CASE("data: a FIN that is not agreed is a NUL like any other", "[conformance][R-3.12]") {
    lone e;
    REQUIRE(e.open_passively(rrdp::testing::segments::plain()));
    e.hear(e.peer.fin(101, 200));
    CHECK(e.says() == ack(101).seq(201));
    e.hear(e.peer.data(102, 200, "goes on"));
    CHECK(e.own.all_told() == "readable");
    CHECK(e.own.taken() == "goes on");
}

}  // namespace
}  // namespace script
