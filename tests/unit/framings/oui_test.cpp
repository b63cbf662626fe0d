// SPDX-License-Identifier: Apache-2.0
#include <rrdp/framings/oui.hpp>

#include "unit/framings/golden.hpp"

namespace rrdp::framings {
namespace {

constexpr wire::mac_address one{{0x02, 0, 0, 0, 0, 1}};
constexpr wire::mac_address two{{0x02, 0, 0, 0, 0, 2}};
constexpr oui product{.organization = {0xac, 0xde, 0x48}, .protocol = 0x1234};

/// As `framed`, for a framing that marks nothing.
std::vector<std::byte> frame_of(const oui& f) {
    std::vector<std::byte> frame(200, std::byte{0xee});
    f.write_header(frame, one, two);
    copy_octets(segment, octets{frame}.subspan(oui::overhead));
    frame.resize(f.finish(frame, segment.size()));
    return frame;
}

TEST_CASE("oui: organization and protocol stand behind EtherType 0x88b7", "[framings][R-16.1]") {
    const auto frame = frame_of(product);
    CHECK(testing::to_hex(octets_view{frame}.first(24)) ==
          "0200 0000 0001 0200 0000 0002 88b7 acde 4812 3443 0713 8904");
    CHECK(frame.size() == 60);
    const auto p = product.parse(frame);
    REQUIRE(p);
    CHECK(p->destination == one);
    CHECK(p->source == two);
    CHECK(testing::to_hex(p->payload.first(segment.size())) == testing::to_hex(segment));
    const auto s = wire::parse(p->payload);  // at an odd octet
    REQUIRE(s);
    CHECK(wire::checksum_valid(*s, wire::coverage::header_and_data));
}

TEST_CASE("oui: everything that is inverted in the five octets makes it another's",
          "[framings][R-16.1]") {
    const auto frame = frame_of(product);
    for (std::size_t bit = 8 * 12; bit < 8 * 19; ++bit) {
        auto other = frame;
        other[bit / 8] ^= std::byte{0x80} >> static_cast<int>(bit % 8);
        CHECK_FALSE(product.parse(other));
    }
    CHECK_FALSE(wire::ethernet_framing{}.parse(frame));
}

TEST_CASE("oui: a frame without room for the header is refused", "[framings][T-L7]") {
    const auto frame = frame_of(product);
    for (std::size_t size = 0; size < 19; ++size)
        CHECK_FALSE(product.parse(octets_view{frame}.first(size)));
    CHECK(product.parse(octets_view{frame}.first(19)));
}

TEST_CASE("oui: a frame of the base size is as long as Ethernet carries", "[framings][R-2.10]") {
    std::vector<std::byte> frame(1'600);
    CHECK(product.finish(frame, oui::base_mtu) == 1'514);
    CHECK(product.finish(frame, 41) == 60);
    CHECK(product.finish(frame, 42) == 61);
}

}  // namespace
}  // namespace rrdp::framings
