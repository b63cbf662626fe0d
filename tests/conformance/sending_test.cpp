// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/lone.hpp"

/// Sections 8.1 and 8.2: permission to send, and what send() answers.
namespace script {
namespace {

using rrdp::errc;

/// OPEN, to a peer that allows `x` outstanding segments.
struct towards : lone {
    explicit towards(std::uint16_t x, const setup& s = {}) : lone{s} {
        auto p = offer();
        p.max_outstanding = x;
        REQUIRE(open_passively(p));
    }
    int say_all() {
        int segments = 0;
        while (!(says() == nothing())) ++segments;
        return segments;
    }
};

TEST_CASE("sending: at most X segments are outstanding; what is EACKed does not count, up to 2X",
          "[conformance][R-8.1][D7][T-D5]") {
    towards e{4};
    for (int i = 0; i < 20; ++i) CHECK(e.send("x") == errc::ok);
    CHECK(e.say_all() == 4);  // 201 to 204
    e.hear(e.peer.eack(101, 200, {204, 203, 202}));
    // 201 is lost, says the threshold; three new ones fill the window: 205, 206, 207
    CHECK(e.says() == data(201, "x").ack(100));
    CHECK(e.says() == data(205, "x").ack(100));
    CHECK(e.say_all() == 2);
    e.hear(e.peer.eack(101, 200, {207, 206, 205, 204, 203, 202}));
    CHECK(e.says() == data(201, "x").ack(100));
    // the span ends at 2X, though only 201 and 208 are outstanding
    CHECK(e.says() == data(208, "x").ack(100));
    CHECK(e.says() == nothing());
    CHECK(e.own.engine().info(e.own.id)->outstanding == 2);
    e.hear(e.peer.ack(101, 207));
    CHECK(e.say_all() == 3);
}

TEST_CASE("sending: NULs and the FIN need permission like data", "[conformance][R-8.1][R-10.1]") {
    towards e{1};
    CHECK(e.send("one") == errc::ok);
    CHECK(e.close() == errc::ok);
    CHECK(e.says() == data(201, "one").ack(100));
    CHECK(e.says() == nothing());
    e.hear(e.peer.ack(101, 201));
    CHECK(e.says() == fin(202).ack(100));
}

TEST_CASE("sending: every segment carries the current ACK, also one that is sent again",
          "[conformance][R-8.2][R-8.3][R-4.5][T-D14]") {
    towards e{8};
    CHECK(e.send("first") == errc::ok);
    CHECK(e.says() == data(201, "first").ack(100));
    e.hear(e.peer.data(101, 200, "a"));
    e.hear(e.peer.data(102, 200, "b"));
    CHECK(e.says() == ack(102).seq(202));
    CHECK(e.says_within(60ms) == data(201, "first").ack(102));  // by the probe
    CHECK(e.says_within(60ms) == data(201, "first").ack(102));  // by the timer
    CHECK(e.stats().retransmissions_tlp == 1);
    CHECK(e.stats().retransmissions_rto == 1);
}

TEST_CASE("sending: a FIN and a keepalive are repeated as what they were",
          "[conformance][R-8.3][R-10.1][T-D14]") {
    towards e{8};
    CHECK(e.says_within(1'100ms) == nul(201).ack(100));
    CHECK(e.says_within(60ms) == nul(201).ack(100));
    CHECK(e.close() == errc::ok);
    CHECK(e.says() == fin(202).ack(100));
    e.hear(e.peer.ack(101, 201));
    CHECK(e.says_within(60ms) == fin(202).ack(100));
}

TEST_CASE("send(): it answers the index, and messages leave in that order",
          "[conformance][R-8.5][R-8.8][R-19.7]") {
    towards e{64};
    for (std::uint64_t i = 0; i < 10; ++i) {
        const auto index = e.own.engine().send(e.now, e.own.id, octets_of(std::to_string(i)));
        REQUIRE(index);
        CHECK(*index == i);
    }
    for (std::uint16_t i = 0; i < 10; ++i)
        CHECK(e.says() == data(static_cast<std::uint16_t>(201 + i), std::to_string(i)).ack(100));
}

TEST_CASE("send(): the queue is bounded; `writable` comes when half of it is free",
          "[conformance][R-8.5][R-6.1]") {
    setup s;
    s.options.send_queue = 8;
    towards e{4, s};
    for (int i = 0; i < 8; ++i) CHECK(e.send("x") == errc::ok);
    CHECK(e.send("x") == errc::would_block);
    CHECK(e.own.ledger().accepted == 8);
    CHECK(e.told().empty());
    CHECK(e.says().what.control == "Data");
    CHECK(e.says().what.control == "Data");
    CHECK(e.says().what.control == "Data");
    CHECK(e.told().empty());
    CHECK(e.says().what.control == "Data");
    CHECK(e.told() == "writable");
    CHECK(e.told().empty());
    for (int i = 0; i < 4; ++i) CHECK(e.send("x") == errc::ok);
    CHECK(e.send("x") == errc::would_block);
}

TEST_CASE("send(): the longest message passes, one octet more is message_too_long",
          "[conformance][R-3.27][R-3.28][R-8.5][T-D1]") {
    towards e{8};
    const std::size_t longest = e.own.engine().info(e.own.id)->message_max;
    CHECK(longest == 1'486);
    CHECK(e.send(std::string(longest + 1, 'x')) == errc::message_too_long);
    CHECK(e.own.ledger().accepted == 0);
    CHECK(e.send(std::string(longest, 'x')) == errc::ok);
    CHECK(e.says() == data(201, std::string(longest, 'x')).ack(100));
    CHECK(e.last().size() == 1'500);
}

TEST_CASE("send(): an empty message needs EMPTY: refused, no index, nothing on the wire",
          "[conformance][R-8.6][R-2.9][R-19.7][T-E1][T-O7]") {
    towards e{8};
    CHECK(e.send("") == errc::empty_not_agreed);
    CHECK(e.says() == nothing());
    const auto index = e.own.engine().send(e.now, e.own.id, octets_of("x"));
    REQUIRE(index);
    CHECK(*index == 0);
}

TEST_CASE("send(): not after close(), and not after the end",
          "[conformance][R-8.7][R-8.5][R-10.1][T-O7]") {
    towards e{8};
    CHECK(e.close() == errc::ok);
    CHECK(e.send("x") == errc::not_open);
    CHECK(e.says() == fin(201).ack(100));
    e.hear(e.peer.rst(101, 200));
    CHECK(e.own.state() == rrdp::state::closed);
    CHECK(e.send("x") == errc::not_open);
    CHECK(e.told() == "closed reset(0) 0/0/0");
    CHECK(e.send("x") == errc::no_such_connection);
}

TEST_CASE("send(): X = 1 is a conversation in turns", "[conformance][R-8.1][T-D11]") {
    setup s;
    s.options.max_outstanding = 1;
    s.options.receive_slots = 2;
    towards e{1, s};
    for (std::uint16_t i = 0; i < 300; ++i) {
        const auto number = static_cast<std::uint16_t>(201 + i);
        REQUIRE(e.send("x") == errc::ok);
        REQUIRE(e.says() == data(number, "x").ack(static_cast<std::uint16_t>(100 + i)));
        REQUIRE(e.says() == nothing());
        e.hear(e.peer.data(static_cast<std::uint16_t>(101 + i), number, "y"));
        REQUIRE(e.own.taken() == "y");
        if (i % 2 == 0)
            REQUIRE(e.says() == ack(static_cast<std::uint16_t>(101 + i))
                                    .seq(static_cast<std::uint16_t>(number + 1)));
    }
    CHECK(e.own.ledger() == rrdp::send_ledger{300, 300, 300});
}

struct wide_window : rrdp::default_policy {
    using framing = rrdp::wire::bare_framing;
    using observer = watcher;
    static constexpr std::uint16_t max_outstanding = 16'383;
};

TEST_CASE("sending: X = 16 383 fills half the circle and is acknowledged at once",
          "[conformance][R-8.1][R-7.2][R-1.2][T-D11]") {
    setup s;
    s.first = 65'000;
    s.options.max_outstanding = 16'383;
    s.options.receive_slots = 2 * 16'383;
    s.options.send_queue = 40'000;
    s.capacities.segments = 60'000;
    s.capacities.segment_max = 50;
    basic_lone<wide_window> e{s};
    auto p = e.offer();
    p.max_outstanding = 16'383;
    REQUIRE(e.open_passively(p));
    for (int i = 0; i < 40'000; ++i) REQUIRE(e.send("x") == errc::ok);
    const auto say_all = [&e] {
        int segments = 0;
        std::array<std::byte, 1'500> room{};
        while (e.own.engine().poll_transmit(e.now, room)) ++segments;
        return segments;
    };
    CHECK(say_all() == 16'383);
    e.hear(e.peer.ack(101, static_cast<std::uint16_t>(65'000 + 16'383)));
    CHECK(e.own.ledger().confirmed == 16'383);
    CHECK(say_all() == 16'383);
    // the farthest number in the window, and the first one outside
    e.hear(e.peer.data(static_cast<std::uint16_t>(100 + 2 * 16'383), 65'000, "far"));
    CHECK(e.dropped(rrdp::drop_reason::beyond_window) == 0);
    e.hear(e.peer.data(static_cast<std::uint16_t>(101 + 2 * 16'383), 65'000, "too far"));
    CHECK(e.dropped(rrdp::drop_reason::beyond_window) == 1);
}

TEST_CASE("events: messages that come are told also while send() waits for room",
          "[conformance][R-8.5][R-19.4]") {
    setup s;
    s.options.send_queue = 4;
    lone e{s};
    auto p = e.offer();
    p.max_outstanding = 1;
    REQUIRE(e.open_passively(p));
    for (int i = 0; i < 4; ++i) CHECK(e.send("x") == errc::ok);
    CHECK(e.send("x") == errc::would_block);
    CHECK(e.says() == data(201, "x").ack(100));
    e.hear(e.peer.data(101, 200, "from the peer"));
    CHECK(e.own.all_told() == "readable");
    CHECK(e.own.taken() == "from the peer");
    e.hear(e.peer.ack(102, 201));
    CHECK(e.says().what.sequence == 202);
    CHECK(e.own.all_told() == "writable");
}

TEST_CASE("rings: when more come free than are waited for, all who wait may send",
          "[conformance][R-6.3]") {
    setup s;
    s.capacities.rings = 2;
    lone e{s};
    REQUIRE(e.own.listen(1'024) == errc::ok);
    std::array<rrdp::connection_id, 3> ids{};
    std::array<rrdp::testing::segments, 3> peers{};
    std::array<std::uint16_t, 3> first{};
    for (std::uint16_t i = 0; i < 3; ++i) {
        peers[i] = e.peer;
        peers[i].source_port = static_cast<std::uint16_t>(5'001 + i);
        e.hear(peers[i].syn(100, e.offer()));
        first[i] = e.says().what.sequence.value();
        e.hear(peers[i].ack(101, first[i]));
        REQUIRE(e.told() == "accepted");
        ids[i] = e.own.id;
    }
    const auto number = [&](std::size_t i) { return static_cast<std::uint16_t>(first[i] + 1); };
    for (const auto id : ids) REQUIRE(e.own.engine().send(e.now, id, octets_of("x")));
    CHECK(e.says() == data(number(0), "x").ack(100));
    CHECK(e.says() == data(number(1), "x").ack(100));
    CHECK(e.says() == nothing());
    e.hear(peers[0].ack(101, number(0)));
    e.hear(peers[1].ack(101, number(1)));
    CHECK(e.says() == data(number(2), "x").ack(100));
    CHECK(e.says() == nothing());
}

}  // namespace
}  // namespace script
