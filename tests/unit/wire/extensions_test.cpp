// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <rrdp/testing/segments.hpp>

#include "support/catch.hpp"
#include "unit/wire/reference.hpp"

namespace rrdp::wire {
namespace {

using reference::agreement;
using reference::row;

/// Octet 0 of the segments that are judged by a row of table 3.2, and whether they have data.
struct kind {
    row judged_by;
    unsigned octet0;
    bool data;
};
constexpr kind kinds[] = {
    {row::pure_ack, 0x43, false}, {row::data, 0x43, true},   {row::eack, 0x63, false},
    {row::eack_data, 0x63, true}, {row::nul, 0x4b, false},   {row::nul, 0x0b, false},
    {row::reset, 0x53, false},    {row::reset, 0x13, false},
};

/// Whether step 12b passes.
bool fits(octets_view frame, features agreed) {
    const auto segment = parse(frame);
    if (!segment) return false;
    if (!segment->base.control.rst()) return parse_extensions(*segment, agreed).has_value();
    return parse_reset(*segment, agreed).has_value();
}

TEST_CASE(
    "extensions: every header length of every kind, for each of the 128 feature sets, is "
    "judged by table 3.2",
    "[wire][R-3.1][R-3.2][R-3.8][R-3.19][T-C3]") {
    std::size_t judged = 0;
    for (const kind& k : kinds)
        for (const bool reflected : {false, true}) {
            reference::plan p;
            p.octet0 = k.octet0;
            if (k.data) p.data.assign(5, std::byte{0x5a});
            p.words.assign(header_words_max - base_words, reflected ? 0x8000 : 0x0000);
            if (k.judged_by != row::reset && reflected) continue;  // the bit means another thing
            auto frame = reference::encode(p);
            for (unsigned length = 7; length <= 255; ++length) {
                frame[1] = static_cast<std::byte>(length);
                for (unsigned n = 0; n < 128; ++n, ++judged) {
                    const agreement a = agreement::of(n);
                    // A bare RST of seven words has no reason word, hence no bit in it.
                    const bool bit = reflected && length != 7 && length != 7 + a.e();
                    if (fits(frame, features{a.bits()}) !=
                        reference::length_fits(k.judged_by, a, length, bit))
                        FAIL_CHECK("octet 0 " << k.octet0 << ", HL " << length << ", set " << n);
                }
            }
        }
    CHECK(judged == 10 * 249 * 128);
}

TEST_CASE(
    "extensions: the words of the features stand in the order TAG, WIDE, CRC32C, FRAG, credit",
    "[wire][R-3.1][R-3.3][R-3.4][R-3.5][R-3.6][R-3.9][T-C4]") {
    for (unsigned n = 0; n < 128; ++n) {
        const agreement a = agreement::of(n);
        reference::plan p;
        p.data.assign(3, std::byte{0x11});
        const std::uint32_t crc = reference::crc32c(p.data);
        const auto append = [&p](bool agreed, std::initializer_list<unsigned> words) {
            if (agreed) p.words.insert(p.words.end(), words);
        };
        append(a.tag, {0x0102, 0x0304});
        append(a.wide, {0x0506, 0x0708});
        append(a.crc32c, {crc >> 16, crc & 0xffff});
        append(a.frag, {0x090a});
        append(a.credit, {0x0b0c});
        p.header_only = a.crc32c;

        const auto s = decode(reference::encode(p), features{a.bits()});
        INFO("set " << n);
        REQUIRE(s.has_value());
        CHECK(s->words.tag == (a.tag ? 0x0102'0304U : 0U));
        CHECK(s->words.sequence_high == (a.wide ? 0x0506 : 0));
        CHECK(s->words.acknowledgement_high == (a.wide ? 0x0708 : 0));
        CHECK(s->words.crc == (a.crc32c ? crc : 0U));
        CHECK(s->words.fragments_left == (a.frag ? 0x090a : 0));
        CHECK(s->words.credit.has_value() == a.credit);
        CHECK(s->words.credit.value_or(0) == (a.credit ? 0x0b0c : 0));
    }
}

TEST_CASE("extensions: the credit word comes before the list, and with the list it may not miss",
          "[wire][R-3.9][R-3.10][T-C4]") {
    reference::plan p;
    p.octet0 = 0x63;
    p.words = {0x1041, 0x1003};
    const auto frame = reference::encode(p);
    const auto with_credit = decode(frame, features::credit);
    REQUIRE(with_credit.has_value());
    CHECK(with_credit->words.credit == 0x1041);
    REQUIRE(with_credit->words.eacks.size() == 1);
    CHECK(with_credit->words.eacks[0] == seq16{0x1003});
    p.words = {0x1003};  // one word: it is the credit, so that the list has no number
    CHECK(decode(reference::encode(p), features::credit).error() == wire_errc::bad_extension);
}

TEST_CASE("extensions: the FRAG word is on data segments only", "[wire][R-3.6][T-C4]") {
    reference::plan p;
    CHECK(decode(reference::encode(p), features::frag).has_value());
    p.words = {0};
    CHECK(decode(reference::encode(p), features::frag).error() == wire_errc::bad_extension);
    p.data.assign(1, std::byte{1});
    CHECK(decode(reference::encode(p), features::frag).has_value());
    p.words.clear();
    CHECK(decode(reference::encode(p), features::frag).error() == wire_errc::bad_extension);
}

TEST_CASE("extensions: a FRAG word with its top bit set is refused", "[wire][R-3.6]") {
    reference::plan p;
    p.data.assign(1, std::byte{1});
    p.words = {0x7fff};
    CHECK(decode(reference::encode(p), features::frag)->words.fragments_left == 0x7fff);
    p.words = {0x8000};
    CHECK(decode(reference::encode(p), features::frag).error() == wire_errc::bad_extension);
}

TEST_CASE("extensions: the high half of an acknowledgement means nothing without the flag",
          "[wire][R-2.7][R-3.4]") {
    reference::plan p;
    p.words = {0x0001, 0xbeef};
    p.octet0 = 0x0b;
    CHECK(decode(reference::encode(p), features::wide)->words.acknowledgement_high == 0);
    p.octet0 = 0x4b;
    CHECK(decode(reference::encode(p), features::wide)->words.acknowledgement_high == 0xbeef);
}

TEST_CASE("extensions: a NUL has a code or none, and unknown codes are not judged here",
          "[wire][R-3.12][R-3.13]") {
    reference::plan p;
    p.octet0 = 0x4b;
    CHECK(decode(reference::encode(p))->words.nul_code == 0);
    const auto code = GENERATE(as<unsigned>{}, 0, 1, 2, 3, 0xffff);
    p.words = {code};
    CHECK(decode(reference::encode(p))->words.nul_code == code);
    p.data.assign(1, std::byte{1});
    CHECK(decode(reference::encode(p)).error() == wire_errc::bad_flags);
}

TEST_CASE("extensions: damaged data are seen where CRC32C is agreed, and nothing else is",
          "[wire][R-3.5][R-4.3]") {
    auto frame = testing::segments{.agreed = features::crc32c}.data(1, 2, "some octets of data");
    const octets_view before = frame;
    CHECK(decode(frame, features::crc32c).has_value());
    for (std::size_t bit = 0; bit < 8 * 19; ++bit) {
        auto damaged = frame;
        damaged[before.size() - 1 - bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
        CHECK(decode(damaged, features::crc32c).error() == wire_errc::bad_crc);
    }
}

TEST_CASE("extensions: no bit of the segment switches the CRC, the tag or the width off",
          "[wire][R-3.2][T-C9]") {
    // The CRC is wrong. Whatever bits of the flags are changed, and the checksum made right again,
    // nobody who agreed on CRC32C accepts the data.
    const features agreed = features::tag | features::wide | features::crc32c;
    auto frame = testing::segments{.agreed = agreed}.data(1, 2, "data");
    frame[frame.size() - 1] ^= std::byte{1};
    for (unsigned octet = 0; octet <= 0xff; ++octet) {
        frame[0] = static_cast<std::byte>(octet);
        testing::repair_checksum(frame.room().first(frame.size()), coverage::header_only);
        INFO("octet " << octet);
        CHECK_FALSE(decode(frame, agreed).has_value());
    }
}

TEST_CASE("extensions: each legal flag set carries the same block for the same record",
          "[wire][R-3.1][R-3.2][T-C9]") {
    const auto octet0 = GENERATE(as<unsigned>{}, 0x43, 0x63, 0x4b, 0x0b);
    reference::plan p;
    p.octet0 = octet0;
    p.words = {0xcafe, 0x0001, 0x0002, 0x0003, 0, 0};
    if (octet0 == 0x63) p.words.push_back(9);
    const auto s = decode(reference::encode(p), features::tag | features::wide | features::crc32c);
    REQUIRE(s.has_value());
    CHECK(s->words.tag == 0xcafe'0001);
    CHECK(s->words.sequence_high == 2);
    CHECK(s->words.acknowledgement_high == (octet0 == 0x0b ? 0 : 3));
}

}  // namespace
}  // namespace rrdp::wire
