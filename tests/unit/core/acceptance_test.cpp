// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <rrdp/core/acceptance.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

/// A record in OPEN: `unacknowledged` to `next - 1` are on their way, X = `peer_max` there and
/// `own_max` here, and `last` was the last in order.
struct conversation {
    std::array<segment_descriptor, 20> descriptors{};
    std::array<std::byte, 20> memory{};
    std::array<segment_handle, 32> slots{};
    segment_pool pool{descriptors, memory, 1, 0};
    ring_pool rings{slots, 32};
    statistics stats{};
    null_observer observer{};
    options opt{};
    connection_record<default_policy> record{};

    conversation(std::uint32_t first, std::uint32_t sent, std::uint16_t peer_max,
                 std::uint16_t own_max, std::uint32_t last) {
        opt.max_outstanding = own_max;
        record.at = state::open;
        record.sending.limit(peer_max, 2U * peer_max);
        record.sending.open(sequence{first});
        record.sending.opened();
        REQUIRE(record.sending.borrow(rings));
        for (std::uint32_t i = 0; i < sent; ++i)
            static_cast<void>(record.sending.push(
                pool, rings, pool.take(segment_pool::purpose::send, 0), instant{}));
        record.receiving.open(sequence{last}, own_max, static_cast<std::uint16_t>(2 * own_max));
    }

    context<default_policy> now() {
        return {pool, rings, stats, observer, opt, instant{std::chrono::seconds{1}}, 0, 1'500};
    }
};

wire::segment_view segment(wire::flags control, std::uint32_t number, std::uint32_t acknowledged) {
    static constexpr std::array<std::byte, wire::base_octets> header{};
    wire::segment_view s{};
    s.octets = header;
    s.base.header_length = wire::base_words;
    s.base.control = control;
    s.base.sequence = wire::seq16{static_cast<std::uint16_t>(number)};
    s.base.acknowledgement = wire::seq16{static_cast<std::uint16_t>(acknowledged)};
    return s;
}

/// The whole numbers of a segment, without WIDE.
segment_numbers numbers(const conversation& c, const wire::segment_view& s) {
    return numbers_of(c.record, s, wire::extensions{});
}

reset_verdict judge(const conversation& c, const context<default_policy>& x,
                    const wire::segment_view& s) {
    return judge_reset(c.record, x, s, numbers(c, s));
}

/// d(a, b) of the specification.
std::int32_t d(std::uint32_t a, std::uint32_t b) {
    const auto steps = static_cast<std::int32_t>((a - b) & 0xffff);
    return steps < 0x8000 ? steps : steps - 0x1'0000;
}

TEST_CASE("acceptance: of all 65 536 acknowledgement numbers exactly those of A(SEG) pass",
          "[core][R-7.1][R-1.3][T-D10]") {
    const auto first = GENERATE(as<std::uint32_t>{}, 0, 0x7ffc, 0xfffc, 0xffff'fffc);
    const auto sent = GENERATE(as<std::uint32_t>{}, 0, 1, 5);
    const auto peer_max = GENERATE(as<std::uint16_t>{}, 5, 64);
    conversation c{first, sent, peer_max, 8, 500};
    const std::uint32_t una = first + 1;
    const std::uint32_t next = una + sent;
    std::uint32_t wrong = 0;
    std::uint32_t accepted = 0;
    for (std::uint32_t ack = 0; ack <= 0xffff; ++ack) {
        const std::int32_t k = d(ack, una - 1);
        const bool plausible = -(2 * peer_max + 1) <= k && k <= d(next - 1, una - 1);
        const bool passed =
            acceptable_ack(c.record, numbers(c, segment(wire::flags_ack, 0, ack)).acknowledged);
        wrong += passed != plausible;
        accepted += passed ? 1U : 0U;
    }
    CHECK(wrong == 0);
    CHECK(accepted == 2U * peer_max + 2 + sent);
}

TEST_CASE("acceptance: a blind RST meets the one exact number in 65 536 tries",
          "[core][R-7.20][R-7.2][T-G8]") {
    const auto last = GENERATE(as<std::uint32_t>{}, 0, 0x7fff, 0xfffe, 0xffff, 0xffff'ffff);
    const auto own_max = GENERATE(as<std::uint16_t>{}, 1, 8, 64);
    conversation c{100, 2, 8, own_max, last};
    auto x = c.now();
    std::uint32_t counts[3]{};
    for (std::uint32_t n = 0; n <= 0xffff; ++n) {
        const auto verdict = judge(c, x, segment(wire::flags_rst_ack, n, 100));
        ++counts[static_cast<std::size_t>(verdict)];
        if (verdict == reset_verdict::valid) CHECK(n == ((last + 1) & 0xffff));
    }
    CHECK(counts[static_cast<std::size_t>(reset_verdict::valid)] == 1);
    CHECK(counts[static_cast<std::size_t>(reset_verdict::inexact)] == 2U * own_max - 1);
}

TEST_CASE("acceptance: an RST may acknowledge up to SND.NXT, or nothing at all",
          "[core][R-7.20][R-3.22]") {
    const auto first = GENERATE(as<std::uint32_t>{}, 0, 0xfffd, 0xffff'fffd);
    conversation c{first, 3, 8, 8, 77};
    auto x = c.now();
    const std::uint32_t una = first + 1;
    std::uint32_t wrong = 0;
    for (std::uint32_t ack = 0; ack <= 0xffff; ++ack) {
        const std::int32_t k = d(ack, una - 1);
        const bool plausible = -(2 * 8 + 1) <= k && k <= d(una + 3, una - 1);
        const auto verdict = judge(c, x, segment(wire::flags_rst_ack, 78, ack));
        wrong += (verdict == reset_verdict::valid) != plausible;
        wrong += (verdict == reset_verdict::stray) == plausible;
    }
    CHECK(wrong == 0);
    CHECK(judge(c, x, segment(wire::flags_rst, 78, 0x7777)) == reset_verdict::valid);
}

TEST_CASE("acceptance: challenges go through the bucket of the connection", "[core][R-7.4]") {
    conversation c{100, 0, 8, 8, 5};
    auto x = c.now();
    for (int i = 0; i < 40; ++i) {
        challenge(c.record, x);
        c.record.acks.acknowledged();
    }
    CHECK(c.stats.challenges_sent == token_bucket::burst);
    CHECK(c.stats.challenges_suppressed == 40 - token_bucket::burst);
    challenge(c.record, x);
    CHECK_FALSE(c.record.acks.due());
    x.now += std::chrono::milliseconds{10};
    challenge(c.record, x);
    CHECK(c.record.acks.due());
}

TEST_CASE("acceptance: without WIDE numbers are those nearest to ours", "[core][R-1.1][R-3.4]") {
    const conversation c{0x7'0003, 2, 8, 8, 0x5'ffff};
    wire::extensions words;
    words.sequence_high = words.acknowledgement_high = 0xdead;
    const auto n = numbers_of(c.record, segment(wire::flags_ack, 0x0001, 0x0004), words);
    CHECK(n.number == sequence{0x6'0001});
    CHECK(n.acknowledged == sequence{0x7'0004});
}

TEST_CASE("acceptance: with WIDE numbers are what the segment says, but for a bare RST",
          "[core][R-3.4][R-3.21][T-G12]") {
    conversation c{0x7'0003, 2, 8, 8, 0x5'ffff};
    c.record.agreed = wire::features::wide;
    auto x = c.now();
    wire::extensions words;
    words.sequence_high = 0x0006;
    words.acknowledgement_high = 0x0007;
    const auto exact = segment(wire::flags_rst_ack, 0x0000, 0x0004);
    CHECK(numbers_of(c.record, exact, words).number == sequence{0x6'0000});
    CHECK(numbers_of(c.record, exact, words).acknowledged == sequence{0x7'0004});
    CHECK(judge_reset(c.record, x, exact, numbers_of(c.record, exact, words)) ==
          reset_verdict::valid);
    words.sequence_high = 0x0106;  // 2^24 ahead: only 32 bits tell
    CHECK(judge_reset(c.record, x, exact, numbers_of(c.record, exact, words)) ==
          reset_verdict::stray);
    CHECK(judge_reset(c.record, x, exact, numbers_of(c.record, exact, words, false)) ==
          reset_verdict::valid);
}

TEST_CASE("acceptance: with TAG a segment must carry our own tag, without it none is looked at",
          "[core][R-3.3][T-G2]") {
    conversation c{100, 0, 8, 8, 5};
    c.record.own_tag = 0x1111'2222;
    c.record.peer_tag = 0x3333'4444;
    const auto s = segment(wire::flags_ack, 6, 100);
    wire::extensions e;
    e.tag = 0x1111'2223;
    CHECK_FALSE(refusal_of(c.record, s, e).has_value());
    c.record.agreed = wire::features::tag;
    CHECK(refusal_of(c.record, s, e) == drop_reason::bad_tag);
    e.tag = c.record.peer_tag;
    CHECK(refusal_of(c.record, s, e) == drop_reason::bad_tag);
    e.tag = c.record.own_tag;
    CHECK_FALSE(refusal_of(c.record, s, e).has_value());
}

TEST_CASE("acceptance: the tag is looked at before the CRC", "[core][R-2.15][R-3.5]") {
    conversation c{100, 0, 8, 8, 5};
    c.record.own_tag = 7;
    c.record.agreed = wire::features::tag | wire::features::crc32c;
    const auto s = segment(wire::flags_ack, 6, 100);
    wire::extensions e;
    e.crc = 1;  // of no data it is 0
    CHECK(refusal_of(c.record, s, e) == drop_reason::bad_tag);
    e.tag = 7;
    CHECK(refusal_of(c.record, s, e) == drop_reason::bad_crc);
    e.crc = 0;
    CHECK_FALSE(refusal_of(c.record, s, e).has_value());
}

TEST_CASE("acceptance: with TAG an RST needs our tag, or reflects either when it is bare",
          "[core][R-3.20][T-G6]") {
    using kind = wire::reset_form::kind;
    conversation c{100, 0, 8, 8, 5};
    c.record.own_tag = 0x1111'2222;
    c.record.peer_tag = 0x3333'4444;
    const auto refused = [&c](kind form, std::optional<std::uint32_t> tag) {
        wire::reset_form r;
        r.form = form;
        r.tag = tag;
        return refusal_of(c.record, r) == drop_reason::bad_tag;
    };
    for (const kind form : {kind::connection, kind::bare, kind::bare_tagged})
        CHECK_FALSE(refused(form, 0x5555'6666));  // without TAG agreed tags are ignored
    c.record.agreed = wire::features::tag;
    CHECK_FALSE(refused(kind::connection, c.record.own_tag));
    CHECK(refused(kind::connection, c.record.peer_tag));
    CHECK_FALSE(refused(kind::bare_tagged, c.record.own_tag));
    CHECK_FALSE(refused(kind::bare_tagged, c.record.peer_tag));
    CHECK(refused(kind::bare_tagged, 0x5555'6666));
    CHECK(refused(kind::bare, std::nullopt));
}

TEST_CASE("acceptance: the CRC of an RST is looked at in the connection form only",
          "[core][R-3.5][R-2.15]") {
    using kind = wire::reset_form::kind;
    conversation c{100, 0, 8, 8, 5};
    c.record.agreed = wire::features::crc32c;
    wire::reset_form r;
    r.crc = 1;
    r.form = kind::bare;
    CHECK_FALSE(refusal_of(c.record, r).has_value());
    r.form = kind::connection;
    CHECK(refusal_of(c.record, r) == drop_reason::bad_crc);
    r.crc = 0;
    CHECK_FALSE(refusal_of(c.record, r).has_value());
}

}  // namespace
}  // namespace rrdp
