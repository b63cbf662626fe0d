// SPDX-License-Identifier: Apache-2.0
#include "unit/framings/golden.hpp"

namespace rrdp::framings {
namespace {

using wire::framing_errc;

constexpr ipv4 on4{};
constexpr ipv6 on6{};

template <class Framing>
bool checksum_right(const Framing& f, octets_view frame) {
    const auto p = f.parse(frame);
    const auto s = wire::parse(p->payload);
    return s && wire::checksum_valid(*s, wire::coverage::header_and_data, f.pseudo_sum(*p));
}

TEST_CASE("ip: a segment in IPv4 is what was computed by hand", "[framings][R-16.1][R-4.4]") {
    CHECK(testing::to_hex(framed(on4, to4, from4)) == testing::to_hex(frame4));
    CHECK(testing::to_hex(framed(on4, to4, from4, true)) == testing::to_hex(urgent4));
    const auto p = on4.parse(frame4);
    REQUIRE(p);
    CHECK(p->destination == to4);
    CHECK(p->source == from4);
    CHECK(p->payload.size() == segment.size());
    CHECK(checksum_right(on4, frame4));
}

TEST_CASE("ip: a segment in IPv6 is what was computed by hand", "[framings][R-16.1][R-4.4]") {
    CHECK(testing::to_hex(framed(on6, to6, from6)) == testing::to_hex(frame6));
    CHECK(testing::to_hex(framed(on6, to6, from6, true)) == testing::to_hex(urgent6));
    const auto p = on6.parse(frame6);
    REQUIRE(p);
    CHECK(p->destination == to6);
    CHECK(p->source == from6);
    CHECK(p->payload.size() == segment.size());
    CHECK(checksum_right(on6, frame6));
}

TEST_CASE("ip: a frame is made and read in a constant expression", "[framings]") {
    constexpr bool same = [] {
        std::array<std::byte, 39> frame{};
        on4.write_header(frame, to4, from4);
        copy_octets(segment, octets{frame}.subspan(20));
        static_cast<void>(on4.finish(frame, segment.size()));
        return on4.parse(frame)->source == from4 && load_be16(frame, 32) == 0x652c;
    }();
    STATIC_REQUIRE(same);
}

TEST_CASE("ip: the checksum of a segment knows its addresses", "[framings][R-4.4]") {
    // The same segment, sent to or from another: the IPv4 header is right, the segment is not.
    CHECK_FALSE(checksum_right(on4, resummed(frame4, 18, 0x6408)));
    CHECK_FALSE(checksum_right(on4, resummed(frame4, 14, 0x0202)));
    CHECK_FALSE(checksum_right(on6, changed(frame6, 38, 0xbeee)));
    CHECK_FALSE(checksum_right(on6, changed(frame6, 22, 0x0002)));
    // Nor does a segment pass that was summed without them.
    CHECK_FALSE(checksum_right(on4, changed(frame4, 32, 0x5197)));
}

TEST_CASE("ip: what is cut short anywhere is refused", "[framings][T-L7]") {
    CHECK(refuses_every_truncation(on4, frame4));
    CHECK(refuses_every_truncation(on6, frame6));
}

TEST_CASE("ip: octets behind the datagram are not part of it", "[framings][R-2.8]") {
    std::vector<std::byte> longer = copy_of(frame4);
    longer.resize(60, std::byte{0xee});
    REQUIRE(on4.parse(longer));
    CHECK(on4.parse(longer)->payload.size() == segment.size());
    CHECK(checksum_right(on4, longer));
}

TEST_CASE("ip: any bit of an IPv4 header that is inverted is seen", "[framings][R-2.15]") {
    CHECK(unnoticed(on4, frame4, 20).empty());
}

TEST_CASE("ip: each thing that is wrong has its own name", "[framings][R-2.15]") {
    CHECK(on4.refusal(frame6) == framing_errc::foreign_frame);
    CHECK(on6.refusal(frame4) == framing_errc::foreign_frame);
    CHECK(on4.refusal(udp_frame4) == framing_errc::foreign_frame);
    CHECK(on6.refusal(udp_frame6) == framing_errc::foreign_frame);
    CHECK(on4.refusal(octets_view{frame4}.first(19)) == framing_errc::foreign_frame);
    CHECK(on4.refusal(octets_view{frame4}.first(38)) == framing_errc::datagram_length);
    CHECK(on6.refusal(octets_view{frame6}.first(58)) == framing_errc::datagram_length);
    CHECK(on4.refusal(changed(frame4, 10, 0x4e81)) == framing_errc::datagram_checksum);
    CHECK(on4.refusal(resummed(frame4, 6, 0x2000)) == framing_errc::fragment);  // more follow
    CHECK(on4.refusal(resummed(frame4, 6, 0x0001)) == framing_errc::fragment);  // a later one
    CHECK(on6.refusal(changed(frame6, 6, 0x2c40)) == framing_errc::fragment);
    CHECK(on6.refusal(changed(frame6, 6, 0x0040)) == framing_errc::foreign_frame);
    CHECK(on4.parse(resummed(frame4, 6, 0x0000)));  // DF is the sender's affair
}

TEST_CASE("ip: hostile lengths do not reach beyond the frame", "[framings][R-2.16]") {
    for (unsigned words = 0; words < 16; ++words) {
        const auto frame = resummed(frame4, 0, 0x4000 | words << 8);
        const auto p = on4.parse(frame);
        INFO("header of " << words << " words");
        CHECK(p.has_value() == (words >= 5 && words <= 9));  // ten would pass the end
        if (p) CHECK(p->payload.size() == 39 - 4 * words);
    }
    for (const unsigned total : {0U, 1U, 19U, 20U, 38U, 39U, 40U, 0xffffU}) {
        const auto frame = resummed(frame4, 2, total);
        const auto p = on4.parse(frame);
        INFO("total length " << total);
        CHECK(p.has_value() == (total >= 20 && total <= 39));
        if (p) CHECK(p->payload.size() == total - 20);
    }
    for (const unsigned length : {0U, 18U, 19U, 20U, 0xffffU}) {
        const auto frame = changed(frame6, 4, length);
        const auto p = on6.parse(frame);
        CHECK(p.has_value() == (length <= 19));
        if (p) CHECK(p->payload.size() == length);
    }
}

TEST_CASE("ip: IPv4 options are passed over", "[framings][R-16.1]") {
    std::vector<std::byte> frame = copy_of(frame4);
    frame.insert(frame.begin() + 20, 4, std::byte{1});  // four times "no operation"
    frame = resummed(resummed(frame, 0, 0x4600), 2, 43);
    const auto p = on4.parse(frame);
    REQUIRE(p);
    CHECK(p->payload.size() == segment.size());
    CHECK(checksum_right(on4, frame));
}

TEST_CASE("ip: only one host's address is a node's", "[framings][R-2.15]") {
    CHECK(ipv4::is_unicast(from4));
    CHECK(ipv4::is_unicast({{223, 255, 255, 255}}));
    CHECK_FALSE(ipv4::is_unicast({{224, 0, 0, 1}}));
    CHECK_FALSE(ipv4::is_unicast({{255, 255, 255, 255}}));
    CHECK_FALSE(ipv4::is_unicast({}));
    CHECK(ipv6::is_unicast(from6));
    CHECK_FALSE(ipv6::is_unicast({}));
    CHECK_FALSE(ipv6::is_unicast({{0xff, 2}}));
    CHECK(ipv4::key(from4) != ipv4::key(to4));
    CHECK(ipv6::key(from6) != ipv6::key(to6));
}

TEST_CASE("ip: the traits are those of a routed network", "[framings][R-13.1][R-16.1]") {
    STATIC_REQUIRE_FALSE(ipv4::fifo);
    STATIC_REQUIRE(ipv4::msl_us == 2'000'000);
    STATIC_REQUIRE(ipv4::congestion_controlled);
    STATIC_REQUIRE(ipv4::base_mtu == 1'480);
    STATIC_REQUIRE(ipv6::base_mtu == 1'460);
}

}  // namespace
}  // namespace rrdp::framings
