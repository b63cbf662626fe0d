// SPDX-License-Identifier: Apache-2.0
#include "unit/framings/golden.hpp"

namespace rrdp::framings {
namespace {

using wire::framing_errc;

constexpr udp4 on4{};
constexpr udp6 on6{};
constexpr udp4::address here4{from4};
constexpr udp4::address there4{to4, 40'000};
constexpr udp6::address here6{from6};
constexpr udp6::address there6{to6, 40'000};

TEST_CASE("udp: a segment in UDP over IPv4 is what was computed by hand", "[framings][R-16.1]") {
    CHECK(testing::to_hex(framed(on4, there4, here4)) == testing::to_hex(udp_frame4));
    const auto p = on4.parse(udp_frame4);
    REQUIRE(p);
    CHECK(p->destination == there4);
    CHECK(p->source == here4);
    CHECK(testing::to_hex(p->payload) == testing::to_hex(segment));
}

TEST_CASE("udp: a segment in UDP over IPv6 is what was computed by hand", "[framings][R-16.1]") {
    CHECK(testing::to_hex(framed(on6, there6, here6)) == testing::to_hex(udp_frame6));
    const auto p = on6.parse(udp_frame6);
    REQUIRE(p);
    CHECK(p->destination == there6);
    CHECK(p->source == here6);
    CHECK(testing::to_hex(p->payload) == testing::to_hex(segment));
}

TEST_CASE("udp: the code point of urgent connections is in the header, and sums are right",
          "[framings][R-16.1]") {
    const auto frame = framed(on4, there4, here4, true);
    CHECK(std::to_integer<unsigned>(frame[1]) == 46 << 2);
    CHECK(on4.parse(frame));
    const auto of6 = framed(on6, there6, here6, true);
    CHECK(load_be16(of6, 0) == 0x6b80);
    CHECK(on6.parse(of6));
}

TEST_CASE("udp: what is cut short anywhere is refused", "[framings][T-L7]") {
    CHECK(refuses_every_truncation(on4, udp_frame4));
    CHECK(refuses_every_truncation(on6, udp_frame6));
}

TEST_CASE("udp: any bit of the datagram that is inverted is seen", "[framings][R-2.15]") {
    CHECK(unnoticed(on4, udp_frame4, udp_frame4.size()).empty());
    // Traffic class, flow label and hop limit of IPv6 are covered by nothing.
    const auto bits = unnoticed(on6, udp_frame6, udp_frame6.size());
    CHECK(bits.size() == 8 + 20 + 8);
    for (const std::size_t bit : bits) CHECK(((bit >= 4 && bit < 32) || bit / 8 == 7));
}

TEST_CASE("udp: each thing that is wrong has its own name", "[framings][R-2.15]") {
    CHECK(on4.refusal(frame4) == framing_errc::foreign_frame);
    CHECK(on4.refusal(udp_frame6) == framing_errc::foreign_frame);
    CHECK(on4.refusal(changed(udp_frame4, 24, 7)) == framing_errc::datagram_length);
    CHECK(on4.refusal(changed(udp_frame4, 24, 28)) == framing_errc::datagram_length);
    CHECK(on4.refusal(changed(udp_frame4, 26, 0xb3ce)) == framing_errc::datagram_checksum);
    CHECK(on4.refusal(resummed(udp_frame4, 6, 0x2000)) == framing_errc::fragment);
    CHECK(on6.refusal(changed(udp_frame6, 6, 0x2c40)) == framing_errc::fragment);
}

TEST_CASE("udp: a datagram without a checksum is refused: it stays on", "[framings][R-4.4]") {
    CHECK(on4.refusal(changed(udp_frame4, 26, 0)) == framing_errc::datagram_checksum);
    CHECK(on6.refusal(changed(udp_frame6, 46, 0)) == framing_errc::datagram_checksum);
}

TEST_CASE("udp: a checksum that comes out as zero is sent as 0xffff", "[framings][R-4.4]") {
    // Two octets of payload take the value that makes the sum 0xffff.
    std::vector<std::byte> frame(60);
    unsigned zero_like = 0;
    for (unsigned word = 0; word < 0x1'0000; ++word) {
        on4.write_header(frame, there4, here4);
        store_be16(frame, 28, static_cast<std::uint16_t>(word));
        const std::size_t size = on4.finish(frame, 2);
        REQUIRE(load_be16(frame, 26) != 0);
        if (load_be16(frame, 26) != 0xffff) continue;
        ++zero_like;
        CHECK(on4.parse(octets_view{frame}.first(size)));
    }
    CHECK(zero_like == 1);
}

TEST_CASE("udp: hostile lengths do not reach beyond the frame", "[framings][R-2.16]") {
    for (const unsigned length : {0U, 7U, 8U, 26U, 27U, 28U, 0xffffU}) {
        const auto frame = changed(udp_frame4, 24, length);
        const auto why = on4.refusal(frame);
        INFO("length " << length);
        if (length < 8 || length > 27) CHECK(why == framing_errc::datagram_length);
        if (length == 8 || length == 26) CHECK(why == framing_errc::datagram_checksum);
        CHECK(on4.parse(frame).has_value() == (length == 27));
    }
    const auto no_room = resummed(octets_view{udp_frame4}.first(27), 2, 27);
    CHECK(on4.refusal(no_room) == framing_errc::datagram_length);
}

TEST_CASE("udp: a node is its host, whatever its port", "[framings][R-16.1]") {
    constexpr udp4::address moved{to4, 1'234};
    CHECK(udp4::same_node(there4, moved));
    CHECK_FALSE(there4 == moved);
    CHECK(udp4::key(there4) == udp4::key(moved));
    CHECK_FALSE(udp4::same_node(there4, here4));
    CHECK(udp4::is_unicast(there4));
    CHECK_FALSE(udp4::is_unicast({to4, 0}));
    CHECK_FALSE(udp4::is_unicast({{{239, 1, 1, 1}}, 5}));
    STATIC_REQUIRE(udp4::base_mtu == 1'472);
    STATIC_REQUIRE(udp6::base_mtu == 1'452);
    STATIC_REQUIRE_FALSE(udp4::fifo);
    STATIC_REQUIRE(udp4::congestion_controlled);
}

}  // namespace
}  // namespace rrdp::framings
