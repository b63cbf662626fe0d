// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <rrdp/wire/parse.hpp>
#include <rrdp/wire/resolution.hpp>

#include "support/catch.hpp"
#include "unit/wire/reference.hpp"
#include "vectors/golden.hpp"

namespace rrdp::wire {
namespace {

using frame_octets = std::vector<std::byte>;

constexpr std::uint32_t cluster = 0x5252'5244;
constexpr mac_address sender{{0x02, 0, 0, 0, 0, 1}};
constexpr resolution_frame hello{
    .op = resolution_op::hello,
    .cluster = cluster,
    .sender_node = 1,
    .target_node = 0,
    .boot_id = 0xb007'b007,
    .sender_mac = sender,
    .sender_mtu = 1500,
};

constexpr testing::octet_buffer<resolution_octets> octets_of(const resolution_frame& r) {
    testing::octet_buffer<resolution_octets> out;
    out.resize(write_resolution(out.room(), r));
    return out;
}

static_assert(testing::equal(octets_of(hello), vectors::nr_hello.octets));
static_assert(*parse_resolution(vectors::nr_hello.octets, cluster, sender) == hello);
static_assert(is_resolution(vectors::nr_hello.octets));

/// The golden frame, to be changed.
frame_octets golden() {
    const octets_view octets = vectors::nr_hello.octets;
    return {octets.begin(), octets.end()};
}

/// Makes the checksum right again.
void repair(frame_octets& frame) {
    store_be16(frame, 26, 0);
    frame_octets summed{frame.begin(), frame.begin() + 32};
    store_be16(frame, 26, static_cast<std::uint16_t>(reference::checksum(summed)));
}

bool fails_with(const frame_octets& frame, wire_errc reason) {
    const auto read = parse_resolution(frame, cluster, sender);
    return !read.has_value() && read.error() == reason;
}

TEST_CASE("resolution: every field stands where section 15 has it", "[wire][R-15.1]") {
    resolution_frame r;
    r.op = resolution_op::conflict;
    r.cluster = 0x0102'0304;
    r.sender_node = 0x0506;
    r.target_node = 0x0708;
    r.boot_id = 0x090a'0b0c;
    r.sender_mac = mac_address{{0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12}};
    r.sender_mtu = 0x1314;
    r.versions = 0x1516;
    const auto octets = octets_of(r);
    auto expected = testing::hex(
        "0010 0400 0102 0304 0506 0708 090a 0b0c 0d0e 0f10 1112 1314 1516 "
        "0000 0000 0000");
    expected[26] = octets[26];
    expected[27] = octets[27];
    CHECK(testing::to_hex(octets) == testing::to_hex(expected));
    CHECK(checksum_of(octets) == 0);
    CHECK(*parse_resolution(octets, r.cluster, r.sender_mac) == r);
}

TEST_CASE("resolution: each of the five operations comes through, and no other", "[wire][R-15.2]") {
    for (unsigned op = 0; op <= 0xff; ++op) {
        frame_octets frame = golden();
        frame[2] = static_cast<std::byte>(op);
        repair(frame);
        const auto read = parse_resolution(frame, cluster, sender);
        INFO("op " << op);
        REQUIRE(read.has_value() == (op >= 1 && op <= 5));
        if (read.has_value()) CHECK(read->op == static_cast<resolution_op>(op));
    }
}

TEST_CASE("resolution: a frame cut short at any length is malformed", "[wire][R-15.2]") {
    for (std::size_t size = 0; size < resolution_octets; ++size) {
        frame_octets frame = golden();
        frame.resize(size);
        frame.shrink_to_fit();
        CHECK(fails_with(frame, wire_errc::nr_malformed));
    }
}

TEST_CASE("resolution: padding of any kind is ignored", "[wire][R-2.8][R-15.1]") {
    frame_octets frame = golden();
    for (unsigned octet = 1; octet <= 46; ++octet) {
        frame.push_back(static_cast<std::byte>(octet * 37));
        CHECK(parse_resolution(frame, cluster, sender).has_value());
    }
}

TEST_CASE("resolution: any single bit flipped makes the frame malformed", "[wire][R-15.2]") {
    for (std::size_t bit = 0; bit < 8 * resolution_octets; ++bit) {
        frame_octets frame = golden();
        frame[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
        INFO("bit " << bit);
        CHECK(fails_with(frame, wire_errc::nr_malformed));
    }
}

TEST_CASE("resolution: a wrong length field or flags beside the version are malformed",
          "[wire][R-15.2]") {
    for (const unsigned word : {0x000fU, 0x0011U, 0x0000U, 0x8010U, 0x0410U}) {
        frame_octets frame = golden();
        store_be16(frame, 0, static_cast<std::uint16_t>(word));
        repair(frame);
        CHECK(fails_with(frame, wire_errc::nr_malformed));
    }
}

TEST_CASE("resolution: fields called zero are ignored", "[wire][R-15.1]") {
    for (const std::size_t at : {std::size_t{3}, std::size_t{28}, std::size_t{31}}) {
        frame_octets frame = golden();
        frame[at] = std::byte{0xff};
        repair(frame);
        CHECK(parse_resolution(frame, cluster, sender).has_value());
    }
}

TEST_CASE("resolution: another cluster, or a sender that is not the source, is foreign",
          "[wire][R-15.2]") {
    const auto other_cluster = parse_resolution(golden(), cluster + 1, sender);
    CHECK(other_cluster.error() == wire_errc::nr_foreign);
    const auto other_source = parse_resolution(golden(), cluster, mac_address{{2, 0, 0, 0, 0, 2}});
    CHECK(other_source.error() == wire_errc::nr_foreign);
    frame_octets damaged = golden();  // malformed comes first
    damaged[31] ^= std::byte{1};
    CHECK(parse_resolution(damaged, cluster + 1, sender).error() == wire_errc::nr_malformed);
}

TEST_CASE("resolution: version 0 tells its frames from segments", "[wire][R-2.2]") {
    CHECK(parse(vectors::nr_hello.octets).error() == wire_errc::bad_version);
    CHECK_FALSE(is_resolution(vectors::v1.octets));
    CHECK_FALSE(is_resolution(octets_view{vectors::nr_hello.octets}.first(13)));
    CHECK(is_resolution(octets_view{vectors::nr_hello.octets}.first(14)));
}

}  // namespace
}  // namespace rrdp::wire
