// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <rrdp/testing/hex.hpp>
#include <rrdp/wire/checksum.hpp>

#include "support/catch.hpp"
#include "unit/wire/reference.hpp"

namespace rrdp::wire {
namespace {

using testing::hex;

/// Octets that differ from each other and from place to place.
std::vector<std::byte> noise(std::size_t size, std::uint32_t seed = 1) {
    std::vector<std::byte> octets(size);
    for (std::byte& octet : octets) {
        seed = seed * 1'664'525 + 1'013'904'223;
        octet = static_cast<std::byte>(seed >> 24);
    }
    return octets;
}

// RFC 1071, section 3: the words 0001 f203 f4f5 f6f7 add up to ddf2.
static_assert(checksum_of(hex("0001 f203 f4f5 f6f7")) == 0xffff - 0xddf2);
static_assert(checksum_of({}) == 0xffff);
static_assert(checksum_of(hex("6f")) == 0xffff - 0x6f00, "an odd octet is the high one");
static_assert(checksum_of(hex("ffff")) == 0x0000);
static_assert(checksum_of(hex("0000 0000")) == 0xffff);
static_assert(checksum_of(hex("ffff ffff ffff ffff ffff")) == 0x0000);
static_assert(checksum_of(hex("8000 8000")) == 0xfffe, "the carry comes round");

TEST_CASE("checksum: every length from 0 to 300, at every alignment, is the sum octet by octet",
          "[wire][R-4.1][T-C10]") {
    const auto octets = noise(320);
    for (std::size_t size = 0; size <= 300; ++size)
        for (std::size_t at = 0; at <= 8; ++at) {
            const octets_view piece = octets_view{octets}.subspan(at, size);
            const unsigned expected = reference::checksum({piece.begin(), piece.end()});
            if (checksum_of(piece) != expected) FAIL_CHECK("size " << size << " at " << at);
        }
    CHECK(checksum_of(octets) == reference::checksum(octets));
}

TEST_CASE("checksum: the longest segment, of zeros, ones and noise", "[wire][R-4.1][T-C10]") {
    constexpr std::size_t longest = 510 + 65'535;
    const auto fill = GENERATE(std::byte{0}, std::byte{0xff}, std::byte{0x5a});
    const std::vector<std::byte> even(longest - 1, fill);
    const std::vector<std::byte> odd(longest, fill);
    CHECK(checksum_of(even) == reference::checksum(even));
    CHECK(checksum_of(odd) == reference::checksum(odd));
    const auto octets = noise(longest);
    CHECK(checksum_of(octets) == reference::checksum(octets));
}

TEST_CASE("checksum: in pieces, cut at any even place, it is the same", "[wire][R-4.1]") {
    const auto octets = noise(131);
    const octets_view all{octets};
    for (std::size_t cut = 0; cut <= all.size(); cut += 2) {
        ones_complement_sum sum;
        sum.add(all.first(cut));
        sum.add(all.subspan(cut));
        INFO("cut at " << cut);
        CHECK(sum.value() == 0xffff - reference::checksum(octets));
    }
}

TEST_CASE("checksum: words given as values count like words in memory", "[wire][R-4.1]") {
    const auto octets = noise(1'000);
    ones_complement_sum one_by_one;
    std::uint32_t total = 0;
    for (std::size_t at = 0; at < octets.size(); at += 2) {
        one_by_one.add(load_be16(octets, at));
        total += load_be16(octets, at);
    }
    ones_complement_sum at_once;
    at_once.add(total);
    CHECK(one_by_one.value() == 0xffff - reference::checksum(octets));
    CHECK(at_once.value() == one_by_one.value());
}

TEST_CASE("checksum: copying while summing copies every octet and no other", "[wire][R-4.1]") {
    const auto octets = noise(340);
    for (std::size_t size = 0; size <= 330; ++size)  // blocks of 64 from 128 on, and their rests
        for (std::size_t at = 0; at <= 8; ++at) {
            const octets_view from = octets_view{octets}.subspan(at, size);
            std::vector<std::byte> to(size + 16, std::byte{0xa5});
            ones_complement_sum sum;
            sum.copy_and_add(from, rrdp::octets{to}.subspan(8 - at, size));
            std::vector<std::byte> expected(size + 16, std::byte{0xa5});
            copy_octets(from, rrdp::octets{expected}.subspan(8 - at));
            const bool right = sum.value() == 0xffff - checksum_of(from) && to == expected;
            if (!right) FAIL_CHECK("size " << size << " at " << at);
        }
    CHECK(octets == noise(340));
}

TEST_CASE("checksum: constant evaluation and run time agree", "[wire][R-4.1]") {
    constexpr auto octets =
        hex("00 01 02 03 f4 f5 f6 f7 08 09 0a 0b 0c 0d 0e 0f 10 11 12 13 14 15 "
            "16 17 18 19 1a 1b 1c 1d 1e 1f 20 21 22 23 24 25 26 27 28 29 2a");
    constexpr std::uint16_t constant = checksum_of(octets);
    const volatile std::byte first = octets[0];
    auto copy = octets;
    copy[0] = first;
    CHECK(checksum_of(copy) == constant);
}

TEST_CASE("checksum: 0x0000 and 0xffff are values like any other", "[wire][R-4.2][T-C10]") {
    // Whatever the field holds, the sum over all of it is ffff exactly when the field is the
    // complement of the sum of the rest, or its other name: 0000 and ffff are the same zero.
    const auto octets = noise(14);
    std::vector<std::byte> frame = octets;
    for (unsigned word = 0; word <= 0xffff; ++word) {
        store_be16(frame, 2, static_cast<std::uint16_t>(word));
        store_be16(frame, 12, 0);
        const std::uint16_t right = checksum_of(frame);
        store_be16(frame, 12, right);
        const bool accepted = checksum_of(frame) == 0;
        store_be16(frame, 12, static_cast<std::uint16_t>(right ^ 1));
        const bool refused = checksum_of(frame) != 0;
        if (!accepted || !refused) FAIL_CHECK("word " << word);
    }
    CHECK(checksum_of(hex("fffe 0001")) == 0);
}

}  // namespace
}  // namespace rrdp::wire
