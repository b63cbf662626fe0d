// SPDX-License-Identifier: Apache-2.0
#include "support/agreed.hpp"
#include "support/catch.hpp"
#include "support/pair.hpp"

/// WIDE: numbers of 32 bits, of which the base header shows the low halves (3.1, R-3.4, R-3.21).
namespace script {
namespace {

using rrdp::drop_reason;
using rrdp::errc;
using kind = rrdp::wire::reset_form::kind;

constexpr features wide = features::fin | features::wide;

/// Opened by a peer whose SYN has the 32-bit number `irs`.
struct wide_open : agreed_lone {
    std::uint32_t own_first = 0;

    explicit wide_open(std::uint32_t irs, features f = wide, const setup& s = {})
        : agreed_lone{f, s} {
        REQUIRE(own.listen(1'024) == errc::ok);
        auto p = offer();
        p.sequence_high = static_cast<std::uint16_t>(irs >> 16);
        hear(peer.syn(low(irs), p));
        REQUIRE(says() == syn(s.first).ack(low(irs)));
        learn();
        own_first = std::uint32_t{own_high} << 16 | s.first;
        hear_ack(irs + 1, own_first);
        REQUIRE(told() == "accepted");
    }
    static std::uint16_t low(std::uint32_t number) { return static_cast<std::uint16_t>(number); }
    /// The peer that writes these numbers into the next segment.
    rrdp::testing::segments& numbered(std::uint32_t number, std::uint32_t acknowledged) {
        peer.words.sequence_high = static_cast<std::uint16_t>(number >> 16);
        peer.words.acknowledgement_high = static_cast<std::uint16_t>(acknowledged >> 16);
        return peer;
    }
    void hear_ack(std::uint32_t number, std::uint32_t acknowledged) {
        hear(numbered(number, acknowledged).ack(low(number), low(acknowledged)));
    }
    void hear_data(std::uint32_t number, std::string_view text) {
        hear(numbered(number, own_first).data(low(number), low(own_first), text));
    }
    /// The whole numbers of what was said last: SEQ, ACK.
    [[nodiscard]] std::pair<std::uint32_t, std::uint32_t> said() const {
        const auto s = rrdp::wire::decode(last(), peer.agreed);
        return {
            std::uint32_t{s->words.sequence_high} << 16 | s->base.sequence.value(),
            std::uint32_t{s->words.acknowledgement_high} << 16 | s->base.acknowledgement.value()};
    }
};

TEST_CASE("WIDE: the SYN says the high half of the number, every other segment both high halves",
          "[conformance][R-3.1][R-3.4][R-5.6][R-5.12]") {
    wide_open e{0x0007'0064};
    CHECK(e.own_high != 0);  // 16 random bits: the key makes this one so
    CHECK(e.send("wide") == errc::ok);
    CHECK(e.says() == data(201, "wide").ack(100));
    CHECK(e.said() == std::pair{e.own_first + 1, 0x0007'0064U});
    e.hear_ack(0x0007'0065, e.own_first + 1);
    CHECK(e.own.ledger().confirmed == 1);
    CHECK(e.says_within(1'100ms) == nul(202).ack(100));
    CHECK(e.said() == std::pair{e.own_first + 2, 0x0007'0064U});
    CHECK(e.abort() == errc::ok);
    CHECK(e.says() == rst(203, 6).ack(100));
    CHECK(e.reset().sequence_high == e.own_high);
    CHECK(e.reset().acknowledgement_high == 7);
}

TEST_CASE("WIDE: the peer's numbers pass 2^16 and 2^32, with a gap on the border",
          "[conformance][R-1.1][R-3.4][R-3.10][T-W4]") {
    const std::uint32_t border = GENERATE(as<std::uint32_t>{}, 0x0001'0000, 0x8000'0000, 0);
    wide_open e{border - 3};
    e.hear_data(border - 2, "a");
    e.hear_data(border, "c");
    CHECK(e.says().what.eacks == numbers{0});
    CHECK(e.said().second == border - 2);
    e.hear_data(border + 1, "d");
    e.hear_data(border - 1, "b");
    CHECK(e.says().what.eacks.empty());
    CHECK(e.said().second == border + 1);
    CHECK(e.own.all_taken() == "a b c d");
    CHECK(e.stats().dropped() == 0);
}

TEST_CASE("WIDE: a number with the right low half and another high half is another number",
          "[conformance][R-3.4][R-1.1][R-7.1][R-7.2]") {
    wide_open e{0x0007'0064};
    CHECK(e.send("out") == errc::ok);
    CHECK(e.says() == data(201, "out").ack(100));
    e.hear_data(0x0008'0065, "a wrap too late");
    CHECK(e.dropped(drop_reason::beyond_window) == 1);
    CHECK(e.says() == ack(100).seq(202));  // the challenge
    e.hear_data(0x0006'0065, "a wrap too early");
    CHECK(e.dropped(drop_reason::duplicate) == 1);
    CHECK(e.says() == ack(100).seq(202));
    CHECK(e.own.taken().empty());
    e.hear_ack(0x0007'0065, e.own_first + 1 + 0x1'0000);
    e.hear_ack(0x0007'0065, e.own_first + 1 - 0x1'0000);
    CHECK(e.dropped(drop_reason::bad_ack) == 2);
    CHECK(e.own.ledger().confirmed == 0);
    e.hear_data(0x0007'0065, "right");
    CHECK(e.own.taken() == "right");
}

TEST_CASE("WIDE: without the ACK flag the high half of ACK means nothing",
          "[conformance][R-3.4][R-2.7]") {
    wide_open e{0x0007'0064};
    auto s = e.numbered(0x0007'0065, 0).nul(101, 0);
    s[0] = std::byte{0x0b};
    s[16] = std::byte{0x5a};  // ACK high
    rrdp::testing::repair_checksum(s.room().first(s.size()));
    e.hear(s);
    CHECK(e.says() == ack(101).seq(201));
    CHECK(e.stats().dropped() == 0);
}

TEST_CASE("WIDE: a bare RST is judged by 16 bits, the connection form by 32",
          "[conformance][R-3.21][R-7.20][T-G12]") {
    wide_open e{0x0007'0064};
    const rrdp::wire::reset_form connection{.form = kind::connection};
    e.hear(e.numbered(0x0008'0065, e.own_first).rst(101, 200, connection));
    e.hear(e.numbered(0x0007'0065, e.own_first + 0x1'0000).rst(101, 200, connection));
    CHECK(e.dropped(drop_reason::inexact_reset) == 2);
    CHECK(e.says() == nothing());
    CHECK(e.at() == rrdp::state::open);
    SECTION("32 bits are right") {
        e.hear(e.numbered(0x0007'0065, e.own_first).rst(101, 200, connection));
    }
    SECTION("16 bits are right, and there are no more") {
        e.hear(e.peer.rst(101, 200, {.form = kind::bare}));
    }
    CHECK(e.told() == "closed reset(0) 0/0/0");
}

TEST_CASE("WIDE: lists and credit words of the peer are right across the 16-bit border",
          "[conformance][R-3.10][R-8.19][R-7.24][T-W4]") {
    setup s;
    s.first = 65'530;
    wide_open e{0x0007'0064, wide | features::credit, s};
    for (int i = 0; i < 10; ++i) CHECK(e.send("x") == errc::ok);
    for (std::uint32_t i = 1; i <= 10; ++i) {
        CHECK(e.says() == data(wide_open::low(e.own_first + i), "x").ack(100));
        CHECK(e.said().first == e.own_first + i);
    }
    // 65 532 is acknowledged; of the others 65 534, 0, 1 and 4 have arrived.
    e.peer.words.credit = std::uint16_t{70};
    e.hear(e.numbered(0x0007'0065, e.own_first + 2).eack(101, 65'532, {65'534, 0, 1, 4}));
    CHECK(e.own.engine().info(e.own.id)->outstanding == 4);
    CHECK(e.own.ledger().confirmed == 2);
    e.peer.words.credit.reset();
    // The three that are missing before three later ones are lost.
    CHECK(e.says() == data(65'533, "x").ack(100));
    CHECK(e.said().first == e.own_first + 3);
    e.hear_ack(0x0007'0065, e.own_first + 10);
    CHECK(e.own.ledger().confirmed == 10);
    CHECK(e.dropped(drop_reason::bad_credit) == 0);
    e.peer.words.credit = std::uint16_t{4 + 129};  // one more than 2X behind the ACK
    e.hear_ack(0x0007'0065, e.own_first + 10);
    CHECK(e.dropped(drop_reason::bad_credit) == 1);
}

/// A key whose first number begins with the half 0xffff, so that 65 536 messages pass 2^32.
rrdp::entropy key_before_the_end(std::uint64_t variant) {
    for (std::uint64_t key = 0;; ++key) {
        rrdp::entropy candidate{key, variant};
        for (int i = 0; i < 2; ++i) static_cast<void>(candidate.next64());
        if (candidate.next32() >> 16 == 0xffff) return {key, variant};
    }
}

TEST_CASE("WIDE: 66 000 messages pass 2^16 and 2^32 over a wire that loses and doubles",
          "[conformance][R-3.4][R-1.1][R-1.3][T-W4]") {
    pair p{offering(wide), offering(wide)};
    p.a.crash_into(key_before_the_end(1));
    p.b.crash_into(key_before_the_end(2));
    REQUIRE(p.open());
    std::uint64_t frames = 0;
    p.decide = [&](bool, std::size_t, const shown&) {
        ++frames;
        return frames % 997 == 0   ? fate::is_lost
               : frames % 991 == 0 ? fate::arrives_twice
                                   : fate::arrives;
    };
    constexpr std::uint64_t goal = 66'000;
    std::uint64_t taken = 0;
    std::uint64_t wrong = 0;
    const auto turn = [&] {
        for (std::uint64_t n = p.a.ledger().accepted; n < goal; ++n)
            if (p.a.send(p.now, std::to_string(n)) != errc::ok) break;
        for (std::string one = p.b.taken(); !one.empty(); one = p.b.taken())
            wrong += one != std::to_string(taken++);
        return taken == goal;
    };
    for (int slice = 0; slice < 60 && taken < goal; ++slice) p.run_until(turn, 60s);
    CHECK(taken == goal);
    CHECK(wrong == 0);
    CHECK(p.a.engine().stats().dropped(drop_reason::bad_ack) == 0);
}

TEST_CASE("WIDE: in CLOSE-WAIT a SYN of which only the high half is another takes over the ports",
          "[conformance][R-7.35][R-3.4]") {
    wide_open e{0x0007'0064};
    CHECK(e.close() == errc::ok);
    CHECK(e.says() == fin(201).ack(100));
    e.hear(e.numbered(0x0007'0065, e.own_first + 1).fin(101, 201));
    CHECK(e.says() == ack(101).seq(202));
    CHECK(e.own.all_told() == "peer_closed, closed clean 0/0/0");
    CHECK(e.own.state() == rrdp::state::close_wait);
    auto again = e.offer();
    again.sequence_high = 7;
    e.hear(
        rrdp::testing::segments{.source_port = 5'001, .destination_port = 1'024}.syn(100, again));
    CHECK(e.says() == nothing());
    CHECK(e.dropped(drop_reason::connection_closed) == 1);
    again.sequence_high = 8;
    e.hear(
        rrdp::testing::segments{.source_port = 5'001, .destination_port = 1'024}.syn(100, again));
    const seen reply = e.says();
    CHECK(reply.what.control == "SYN");
    CHECK(reply.what.acknowledged == 100);
    CHECK(e.own.engine().connections() == 1);
}

}  // namespace
}  // namespace script
