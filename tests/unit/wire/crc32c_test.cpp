// SPDX-License-Identifier: Apache-2.0
#include <rrdp/testing/hex.hpp>
#include <rrdp/wire/crc32c.hpp>

#include "support/catch.hpp"
#include "unit/wire/reference.hpp"

namespace rrdp::wire {
namespace {

using testing::hex;

constexpr auto digits = hex("31 32 33 34 35 36 37 38 39");

static_assert(crc32c(digits) == 0xe306'9283, "the check value of the specification");
static_assert(crc32c({}) == 0, "the CRC of no octets");

/// `size` octets, each `first` plus `step` times its place.
std::vector<std::byte> series(std::size_t size, unsigned first, unsigned step) {
    std::vector<std::byte> octets(size);
    for (std::size_t i = 0; i < size; ++i)
        octets[i] = static_cast<std::byte>((first + step * i) & 0xff);
    return octets;
}

TEST_CASE("crc32c: the vectors of RFC 3720, appendix B.4", "[wire][R-3.5]") {
    CHECK(crc32c(digits) == 0xe306'9283);
    CHECK(crc32c(series(32, 0x00, 0)) == 0x8a91'36aa);
    CHECK(crc32c(series(32, 0xff, 0)) == 0x62a8'ab43);
    CHECK(crc32c(series(32, 0x00, 1)) == 0x46dd'794e);
    CHECK(crc32c(series(32, 0x1f, 0xff)) == 0x113f'db5c);
}

TEST_CASE("crc32c: every length from 0 to 200 is the division bit by bit", "[wire][R-3.5]") {
    const auto octets = series(210, 7, 37);
    for (std::size_t size = 0; size <= 200; ++size)
        for (std::size_t at = 0; at < 9; ++at) {
            const octets_view piece = octets_view{octets}.subspan(at, size);
            INFO("size " << size << " at " << at);
            CHECK(crc32c(piece) == reference::crc32c({piece.begin(), piece.end()}));
        }
}

TEST_CASE("crc32c: sees two words exchanged, which the sum of RFC 1071 does not", "[wire][R-4.6]") {
    CHECK(crc32c(hex("6865 6c6c 6f21")) != crc32c(hex("6c6c 6865 6f21")));
}

TEST_CASE("crc32c: tables made when the program runs are those that the compiler made",
          "[wire][R-3.5]") {
    const detail::crc32c_tables made;
    CHECK(made.step == detail::crc32c_table.step);
}

}  // namespace
}  // namespace rrdp::wire
