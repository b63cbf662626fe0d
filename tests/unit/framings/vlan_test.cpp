// SPDX-License-Identifier: Apache-2.0
#include "unit/framings/golden.hpp"

namespace rrdp::framings {
namespace {

using wire::framing_errc;

constexpr wire::mac_address one{{0x02, 0, 0, 0, 0, 1}};
constexpr wire::mac_address two{{0x02, 0, 0, 0, 0, 2}};
constexpr vlan tagged{.vlan_id = 0x123};

TEST_CASE("vlan: the tag stands between the addresses and the EtherType", "[framings][R-16.1]") {
    const auto frame = framed(tagged, one, two);
    CHECK(testing::to_hex(octets_view{frame}.first(20)) ==
          "0200 0000 0001 0200 0000 0002 8100 0123 88b6 4307");
    CHECK(frame.size() == 64);
    for (std::size_t i = 18 + segment.size(); i < 64; ++i) CHECK(frame[i] == std::byte{0});
    const auto p = tagged.parse(frame);
    REQUIRE(p);
    CHECK(p->destination == one);
    CHECK(p->source == two);
    CHECK(testing::to_hex(p->payload.first(segment.size())) == testing::to_hex(segment));
}

TEST_CASE("vlan: an urgent connection has a priority of its own", "[framings][R-16.1]") {
    constexpr vlan pages{.vlan_id = 5, .priority = 1, .urgent_priority = 6};
    CHECK(load_be16(framed(pages, one, two), 14) == 0x2005);
    CHECK(load_be16(framed(pages, one, two, true), 14) == 0xc005);
    CHECK(pages.parse(framed(pages, one, two, true)));
}

TEST_CASE("vlan: other VLANs and untagged frames are ours and unwanted, the rest is foreign",
          "[framings][T-L2][R-16.2]") {
    const auto frame = framed(tagged, one, two);
    for (unsigned id = 0; id < 0x1000; ++id) {
        const auto other = changed(frame, 14, 0xf000 | id);
        REQUIRE(tagged.parse(other).has_value() == (id == 0x123));
        if (id != 0x123) REQUIRE(tagged.refusal(other) == framing_errc::foreign_vlan);
    }
    const auto other_type = framed(vlan{.vlan_id = 0x123, .ethertype = 0x88b5}, one, two);
    CHECK_FALSE(tagged.parse(other_type));
    CHECK(tagged.refusal(other_type) == framing_errc::foreign_frame);
    std::vector<std::byte> untagged(60);
    wire::ethernet_framing{}.write_header(untagged, one, two);
    CHECK_FALSE(tagged.parse(untagged));
    CHECK(tagged.refusal(untagged) == framing_errc::foreign_vlan);  // perhaps a tag was stripped
    CHECK(tagged.refusal(std::vector<std::byte>(60)) == framing_errc::foreign_frame);
    CHECK_FALSE(wire::ethernet_framing{}.parse(frame));  // nor does a link without tags take it
}

TEST_CASE("vlan: a frame without room for the header is refused", "[framings][T-L7]") {
    const auto frame = framed(tagged, one, two);
    for (std::size_t size = 0; size < 18; ++size) {
        const auto cut = octets_view{frame}.first(size);
        CHECK_FALSE(tagged.parse(cut));
        CHECK(tagged.refusal(cut) == framing_errc::foreign_frame);
    }
    CHECK(tagged.parse(octets_view{frame}.first(18)));
}

TEST_CASE("vlan: without room for the padding the driver has to pad", "[framings][R-16.3]") {
    std::vector<std::byte> frame(63, std::byte{0xee});
    CHECK(tagged.finish(frame, 20) == 38);
    CHECK(frame[38] == std::byte{0xee});
    std::vector<std::byte> large(200);
    CHECK(tagged.finish(large, 46) == 64);
    CHECK(tagged.finish(large, 47) == 65);
}

}  // namespace
}  // namespace rrdp::framings
