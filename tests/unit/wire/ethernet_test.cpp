// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <rrdp/testing/hex.hpp>
#include <rrdp/wire/ethernet.hpp>

#include "support/catch.hpp"

namespace rrdp::wire {
namespace {

using testing::hex;
using frame_octets = std::vector<std::byte>;

constexpr mac_address one{{0x02, 0, 0, 0, 0, 1}};
constexpr mac_address two{{0x02, 0, 0, 0, 0, 2}};
constexpr ethernet_framing ethernet;

TEST_CASE("ethernet: a header is destination, source and EtherType 0x88b6", "[wire][R-16.1]") {
    frame_octets frame(20, std::byte{0xee});
    ethernet.write_header(frame, one, two);
    CHECK(testing::to_hex(frame) == "0200 0000 0001 0200 0000 0002 88b6 eeee eeee eeee");
    const auto parsed = ethernet.parse(frame);
    REQUIRE(parsed.has_value());
    CHECK(parsed->destination == one);
    CHECK(parsed->source == two);
    CHECK(parsed->payload.size() == 6);
    CHECK(parsed->payload.data() == frame.data() + 14);
}

TEST_CASE("ethernet: another EtherType, or a frame without room for one, is not ours",
          "[wire][R-16.1]") {
    constexpr ethernet_framing experimental_1{.ethertype = 0x88b5};
    frame_octets frame(60);
    experimental_1.write_header(frame, one, two);
    CHECK(experimental_1.parse(frame).has_value());
    CHECK_FALSE(ethernet.parse(frame).has_value());
    for (std::size_t size = 0; size < 14; ++size)
        CHECK_FALSE(experimental_1.parse(octets_view{frame}.first(size)).has_value());
    CHECK(experimental_1.parse(octets_view{frame}.first(14)).has_value());
}

TEST_CASE("ethernet: short frames are padded with zeros to 60 octets, longer ones are not",
          "[wire][R-2.8][R-16.3]") {
    for (std::size_t segment = 0; segment <= 100; ++segment) {
        frame_octets frame(120, std::byte{0xee});
        const std::size_t size = ethernet.finish(frame, segment);
        INFO("segment of " << segment);
        CHECK(size == (segment < 46 ? 60 : 14 + segment));
        for (std::size_t i = 14 + segment; i < size; ++i) CHECK(frame[i] == std::byte{0});
        CHECK(frame[14 + segment - 1] == std::byte{0xee});
        CHECK(frame[size] == std::byte{0xee});
    }
}

TEST_CASE("ethernet: without room for the padding the driver has to pad", "[wire][R-16.3]") {
    frame_octets frame(59, std::byte{0xee});
    CHECK(ethernet.finish(frame, 20) == 34);
    CHECK(frame[34] == std::byte{0xee});
}

TEST_CASE("ethernet: groups and zero are nobody's address", "[wire][R-2.15]") {
    CHECK(ethernet_framing::is_unicast(one));
    CHECK_FALSE(ethernet_framing::is_unicast(mac_address{}));
    CHECK_FALSE(ethernet_framing::is_unicast(mac_address{{0x03, 0x52, 0x52, 0x44, 0x50, 0}}));
    CHECK_FALSE(ethernet_framing::is_unicast(mac_address{{255, 255, 255, 255, 255, 255}}));
    CHECK(mac_address{}.is_zero());
    CHECK_FALSE(one.is_zero());
    CHECK_FALSE(one.is_group());
}

TEST_CASE("ethernet: addresses are read and written octet for octet", "[wire][R-16.1]") {
    constexpr auto octets = hex("ffff 0102 0304 0506 ffff");
    constexpr mac_address read = load_mac(octets, 2);
    STATIC_REQUIRE(read == mac_address{{1, 2, 3, 4, 5, 6}});
    auto copy = hex("ffff 0000 0000 0000 ffff");
    store_mac(copy.room(), 2, read);
    CHECK(testing::equal(copy, octets));
}

TEST_CASE("framing: bare frames are segments, from anyone to anyone", "[wire][R-16.1]") {
    constexpr bare_framing bare;
    auto octets = hex("4307 1389");
    const auto parsed = bare.parse(octets);
    REQUIRE(parsed.has_value());
    CHECK(testing::equal(parsed->payload, octets));
    CHECK(parsed->source == parsed->destination);
    bare.write_header(octets.room(), {}, {});
    CHECK(bare.finish(octets.room(), 4) == 4);
    CHECK(testing::equal(octets, hex("4307 1389")));
    CHECK(bare_framing::overhead == 0);
    CHECK(bare_framing::is_unicast({}));
}

}  // namespace
}  // namespace rrdp::wire
