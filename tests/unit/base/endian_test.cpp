// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <rrdp/base/endian.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

constexpr std::array<std::byte, 8> written_by_both() {
    std::array<std::byte, 8> octets{};
    store_be16(octets, 1, 0x1234);
    store_be32(octets, 3, 0x89ab'cdef);
    return octets;
}
static_assert(load_be16(written_by_both(), 1) == 0x1234);
static_assert(load_be32(written_by_both(), 3) == 0x89ab'cdef);

TEST_CASE("endian: the most significant octet comes first", "[base][R-2.1]") {
    const auto octets = written_by_both();
    const std::array<std::byte, 8> expected{std::byte{0x00}, std::byte{0x12}, std::byte{0x34},
                                            std::byte{0x89}, std::byte{0xab}, std::byte{0xcd},
                                            std::byte{0xef}, std::byte{0x00}};
    CHECK(octets == expected);
}

TEST_CASE("endian: all 65 536 numbers come back, at odd and even places", "[base][R-2.1]") {
    std::uint32_t wrong = 0;
    std::array<std::byte, 3> octets{};
    for (std::uint32_t n = 0; n <= 0xffff; ++n) {
        store_be16(octets, n & 1, static_cast<std::uint16_t>(n));
        wrong += load_be16(octets, n & 1) != n;
    }
    CHECK(wrong == 0);
}

TEST_CASE("endian: every bit of a 32-bit number has its own place", "[base][R-5.13]") {
    for (unsigned bit = 0; bit < 32; ++bit) {
        std::array<std::byte, 6> octets{};
        store_be32(octets, 1, 1U << bit);
        CHECK(load_be32(octets, 1) == 1U << bit);
        CHECK(octets[4 - bit / 8] == static_cast<std::byte>(1U << bit % 8));
    }
}

TEST_CASE("endian: only the octets of the number are written", "[base]") {
    std::array<std::byte, 8> octets{};
    octets.fill(std::byte{0xee});
    store_be16(octets, 3, 0);
    store_be16(octets, 3, 0xffff);
    for (const std::size_t i : {0U, 1U, 2U, 5U, 6U, 7U}) CHECK(octets[i] == std::byte{0xee});
    octets.fill(std::byte{0xee});
    store_be32(octets, 2, 0x0102'0304);
    for (const std::size_t i : {0U, 1U, 6U, 7U}) CHECK(octets[i] == std::byte{0xee});
}

}  // namespace
}  // namespace rrdp
