// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <rrdp/testing/hex.hpp>

#include "support/catch.hpp"

namespace rrdp::testing {
namespace {

static_assert(hex("").size() == 0);
static_assert(hex("0aFf 10").size() == 3);
static_assert(hex("0aFf 10")[1] == std::byte{0xff});
static_assert(equal(hex("0102 03"), hex("01 02 03")));
static_assert(!equal(hex("0102"), hex("0103")) && !equal(hex("01"), hex("0101")));

TEST_CASE("hex: text that is not pairs of digits is refused", "[testing]") {
    std::vector<std::byte> octets;
    CHECK(append_hex(" 01\t02\n03\r\n", octets));
    CHECK(octets.size() == 3);
    CHECK(append_hex("0aFA", octets));
    CHECK(octets.back() == std::byte{0xfa});
    CHECK_FALSE(append_hex("0G", octets));
    CHECK_FALSE(append_hex("0", octets));
    CHECK_FALSE(append_hex("0 1", octets));
    CHECK_FALSE(append_hex("0g", octets));
    CHECK_FALSE(append_hex("01:02", octets));
}

TEST_CASE("hex: what is printed is what was read", "[testing]") {
    CHECK(to_hex(hex("4307 1389 6f")) == "4307 1389 6f");
    CHECK(to_hex({}).empty());
}

TEST_CASE("hex: a buffer copies what it is given and may be cut", "[testing]") {
    octet_buffer<4> buffer{hex("0102 0304")};
    buffer.resize(2);
    CHECK(equal(buffer, hex("0102")));
    buffer[1] = std::byte{9};
    buffer.push_back(std::byte{8});
    CHECK(equal(buffer, hex("0109 08")));
    CHECK(buffer.room().size() == 4);
}

}  // namespace
}  // namespace rrdp::testing
