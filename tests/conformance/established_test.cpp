// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/lone.hpp"

/// Section 7.6: what arrives in OPEN, step by step: RST, SYN, the tests of ACK and SEQ.
namespace script {
namespace {

using rrdp::drop_reason;

/// OPEN: the peer's next number is 101, the own next one 201; nothing is outstanding.
struct open_engine : lone {
    explicit open_engine(const setup& s = {}) : lone{s} { REQUIRE(open_passively()); }
    [[nodiscard]] bool still_open() { return own.state() == rrdp::state::open && told().empty(); }
};

TEST_CASE("OPEN: of all 65 536 numbers an RST may have, one ends the connection",
          "[conformance][R-7.20][T-G8]") {
    setup s;
    s.options.max_outstanding = 8;
    s.options.receive_slots = 16;
    open_engine e{s};
    std::size_t stray = 0;
    for (std::uint32_t number = 0; number <= 0xffff; ++number) {
        if (number == 101) continue;
        e.own.engine().handle_frame(e.now, e.peer.rst(static_cast<std::uint16_t>(number), 200));
        stray += e.own.engine().info(e.own.id)->at == rrdp::state::open;
    }
    CHECK(stray == 65'535);
    CHECK(e.stats().challenges_sent + e.stats().challenges_suppressed == 15);
    CHECK(e.dropped(drop_reason::inexact_reset) == 65'535 - 15);
    CHECK(e.says() == ack(100).seq(201));
    CHECK(e.says() == nothing());
    e.hear(e.peer.rst(101, 200, {.reason = rrdp::wire::reset_reason::aborted}));
    CHECK(e.told() == "closed reset(6) 0/0/0");
    CHECK(e.says() == nothing());
    CHECK(e.stats().resets_in.total() == 1);
    CHECK(e.stats().resets_out.total() == 0);
}

TEST_CASE("OPEN: an exact RST needs a plausible ACK, up to SND.NXT, or none",
          "[conformance][R-7.20][R-3.22][T-G10]") {
    open_engine e;
    CHECK(e.send("in flight") == rrdp::errc::ok);
    CHECK(e.says() == data(201, "in flight").ack(100));
    SECTION("too new") {
        e.hear(e.peer.rst(101, 203));
        CHECK(e.still_open());
    }
    SECTION("too old: more than two windows") {
        e.hear(e.peer.rst(101, 200 - 130));
        CHECK(e.still_open());
    }
    SECTION("SND.NXT, which a pure ACK has shown: it confirms nothing") {
        e.hear(e.peer.rst(101, 202));
        CHECK(e.told() == "closed reset(0) 1/1/0");
    }
    SECTION("the oldest that is plausible") {
        e.hear(e.peer.rst(101, 200 - 129));
        CHECK(e.told() == "closed reset(0) 1/1/0");
    }
    SECTION("no ACK flag") {
        auto s = e.peer.rst(101, 0);
        s[0] = std::byte{0x13};
        rrdp::testing::repair_checksum(s.room().first(s.size()));
        e.hear(s);
        CHECK(e.told() == "closed reset(0) 1/1/0");
    }
    CHECK(e.says() == nothing());
}

TEST_CASE("OPEN: the forms of an RST that a record takes, and no other",
          "[conformance][R-3.19][R-3.20]") {
    open_engine e;
    using kind = rrdp::wire::reset_form::kind;
    const auto with_length = [&](std::uint16_t words) {
        auto s = e.peer.rst(101, 200);
        s.resize(std::size_t{2} * words);
        s[1] = static_cast<std::byte>(words);
        for (std::size_t i = 14; i < s.size(); ++i) s[i] = std::byte{0};
        rrdp::testing::repair_checksum(s.room().first(s.size()));
        return s;
    };
    for (const std::uint16_t words : numbers{9, 10, 11, 12, 13, 14, 255})
        e.hear(with_length(words));
    CHECK(e.dropped(drop_reason::bad_extension) == 7);
    CHECK(e.still_open());
    SECTION("seven words") {
        e.hear(with_length(7));
    }
    SECTION("eight words") {
        e.hear(with_length(8));
    }
    SECTION("bare and tagged: without TAG agreed the tag means nothing") {
        e.hear(e.peer.rst(101, 200, {.form = kind::bare_tagged, .tag = 0x1234'5678}));
    }
    CHECK(e.told() == "closed reset(0) 0/0/0");
}

TEST_CASE("OPEN: a SYN or SYN ACK, whatever its number, is challenged and changes nothing",
          "[conformance][R-7.21][T-H2][T-H8]") {
    open_engine e;
    e.hear(e.peer.syn(100, e.offer()));
    CHECK(e.says() == ack(100).seq(201));
    e.hear(e.peer.syn(101, e.offer()));
    CHECK(e.says() == ack(100).seq(201));
    e.hear(e.peer.syn(40'000));
    CHECK(e.says() == ack(100).seq(201));
    e.hear(e.peer.syn_ack(100, 200, e.offer()));
    CHECK(e.says() == ack(100).seq(201));
    CHECK(e.still_open());
    CHECK(e.stats().challenges_sent == 4);
}

TEST_CASE("OPEN: challenges are limited for each connection", "[conformance][R-7.4]") {
    open_engine e;
    auto other = e.peer;
    other.source_port = 5'002;
    e.hear(other.syn(700, e.offer()));
    const auto first = *e.says().what.sequence;
    e.hear(other.ack(701, first));
    CHECK(e.told() == "accepted");
    std::size_t answers = 0;
    for (int i = 0; i < 1'000; ++i) {
        e.hear(e.peer.syn(40'000));
        answers += e.says() == ack(100).seq(201);
    }
    CHECK(answers == 16);
    CHECK(e.stats().challenges_suppressed == 984);
    // The bucket is the connection's own: the other one still has all of its challenges.
    e.hear(other.syn(40'000));
    CHECK(e.says() == ack(700).seq(static_cast<std::uint16_t>(first + 1)));
    answers = 0;
    for (int ms = 0; ms < 500; ++ms) {
        e.now += 1ms;
        e.hear(e.peer.syn(40'000));
        answers += e.says() == ack(100).seq(201);
    }
    CHECK(answers >= 45);
    CHECK(answers <= 55);
}

TEST_CASE("OPEN: an ACK of what was never sent is dropped, and challenged if it consumes a number",
          "[conformance][R-7.1][R-7.22][T-D10]") {
    open_engine e;
    e.hear(e.peer.ack(101, 201));
    CHECK(e.says() == nothing());
    CHECK(e.dropped(drop_reason::bad_ack) == 1);
    e.hear(e.peer.data(101, 201, "x"));
    CHECK(e.says() == ack(100).seq(201));
    CHECK(e.dropped(drop_reason::bad_ack) == 2);
    e.hear(e.peer.ack(101, 200 - 129 - 1));  // older than two windows
    CHECK(e.says() == nothing());
    CHECK(e.dropped(drop_reason::bad_ack) == 3);
    CHECK(e.still_open());
    CHECK(e.own.taken().empty());
    e.hear(e.peer.data(101, 200 - 129, "old ACK, new data"));
    CHECK(e.own.taken() == "old ACK, new data");
}

TEST_CASE("OPEN: every ACK number is judged alike, exhaustively", "[conformance][R-7.1][R-1.2]") {
    setup s;
    s.first = 65'530;
    open_engine e{s};
    for (int i = 0; i < 10; ++i) CHECK(e.send("x") == rrdp::errc::ok);
    while (!(e.says() == nothing())) {}
    for (std::uint32_t number = 0; number <= 0xffff; ++number) {
        // The last test is made with the ACK of nothing, so that no test changes the next one.
        const auto ahead = static_cast<std::int16_t>(number - 65'530);
        if (ahead >= 1 && ahead <= 10) continue;
        const auto before = e.dropped(drop_reason::bad_ack);
        e.own.engine().handle_frame(e.now, e.peer.ack(101, static_cast<std::uint16_t>(number)));
        const bool acceptable = ahead <= 0 && ahead >= -129;
        if ((e.dropped(drop_reason::bad_ack) == before) != acceptable) {
            CAPTURE(number);
            REQUIRE((e.dropped(drop_reason::bad_ack) == before) == acceptable);
        }
    }
    CHECK(e.own.ledger().confirmed == 0);
    e.hear(e.peer.ack(101, 4));  // 65 530 + 10
    CHECK(e.own.ledger().confirmed == 10);
}

TEST_CASE("OPEN: a NUL without ACK is taken, though never sent", "[conformance][R-2.14][R-7.22]") {
    open_engine e;
    auto s = e.peer.nul(101, 0);
    s[0] = std::byte{0x0b};
    rrdp::testing::repair_checksum(s.room().first(s.size()));
    e.hear(s);
    CHECK(e.says() == ack(101).seq(201));
    CHECK(e.stats().dropped() == 0);
}

TEST_CASE("OPEN: the number of a pure ACK is not looked at, and it is never answered",
          "[conformance][R-7.30][D1]") {
    open_engine e;
    for (const auto number : numbers{0, 100, 101, 102, 228, 229, 40'000, 65'535})
        e.hear(e.peer.ack(number, 200));
    CHECK(e.says() == nothing());
    CHECK(e.stats().dropped() == 0);
    CHECK(e.silent_for(900ms));
}

}  // namespace
}  // namespace script
