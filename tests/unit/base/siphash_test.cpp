// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <rrdp/base/entropy.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

TEST_CASE("siphash: the test vectors of its authors, for whole words", "[base][R-14.2]") {
    // Key 00 01 .. 0f, input 00 01 .. of the given length.
    const siphash hash{0x0706'0504'0302'0100, 0x0f0e'0d0c'0b0a'0908};
    constexpr std::array<std::uint64_t, 2> words{0x0706'0504'0302'0100, 0x0f0e'0d0c'0b0a'0908};
    CHECK(hash(std::span{words}.first(0)) == 0x726f'db47'dd0e'0e31);
    CHECK(hash(words[0]) == 0x93f5'f579'9a93'2462);
    CHECK(hash(std::span{words}.first(1)) == hash(words[0]));
    CHECK(hash(words) == 0x3f2a'cc7f'57c2'9bdb);
}

TEST_CASE("entropy: what is set apart does not depend on what was drawn, nor move it",
          "[base][R-15.11]") {
    entropy drawn{1, 2};
    const entropy fresh{1, 2};
    CHECK(drawn.apart(0) == fresh.apart(0));
    const auto first = drawn.next64();
    CHECK(drawn.apart(0) == fresh.apart(0));
    CHECK(drawn.apart(0) != drawn.apart(1));
    CHECK(drawn.apart(0) != first);
    entropy again{1, 2};
    static_cast<void>(again.apart(7));
    CHECK(again.next64() == first);
    CHECK(entropy{1, 3}.apart(0) != fresh.apart(0));
}

}  // namespace
}  // namespace rrdp
