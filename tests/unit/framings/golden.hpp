// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <rrdp/framings/ip.hpp>
#include <rrdp/framings/udp.hpp>
#include <rrdp/framings/vlan.hpp>
#include <rrdp/testing/hex.hpp>
#include <rrdp/wire/codec.hpp>

#include "support/catch.hpp"

/// Frames that were put together by a few lines of Python with `struct`, each sum word by word:
/// the segment is the vector v4_data_odd, "hello" from port 5001 to 1024; 192.0.2.1 sends to
/// 198.51.100.7, 2001:db8::1 to 2001:db8::dead:beef, UDP from port 50027 to 40000.
namespace rrdp::framings {

using testing::hex;

inline constexpr ipv4_address from4{{192, 0, 2, 1}};
inline constexpr ipv4_address to4{{198, 51, 100, 7}};
inline constexpr ipv6_address from6{{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
inline constexpr ipv6_address to6{
    {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xde, 0xad, 0xbe, 0xef}};

inline constexpr auto segment = hex("4307 1389 0400 0005 1001 ffff 5197 6865 6c6c 6f");
inline constexpr auto frame4 =
    hex("4500 0027 0000 4000 401b 4e80 c000 0201 c633 6407"
        "4307 1389 0400 0005 1001 ffff 652c 6865 6c6c 6f");
inline constexpr auto urgent4 =
    hex("45b8 0027 0000 4000 401b 4dc8 c000 0201 c633 6407"
        "4307 1389 0400 0005 1001 ffff 652c 6865 6c6c 6f");
inline constexpr auto frame6 =
    hex("6000 0000 0013 1b40 2001 0db8 0000 0000 0000 0000 0000 0001"
        "2001 0db8 0000 0000 0000 0000 dead beef"
        "4307 1389 0400 0005 1001 ffff 5858 6865 6c6c 6f");
inline constexpr auto urgent6 =
    hex("6b80 0000 0013 1b40 2001 0db8 0000 0000 0000 0000 0000 0001"
        "2001 0db8 0000 0000 0000 0000 dead beef"
        "4307 1389 0400 0005 1001 ffff 5858 6865 6c6c 6f");
inline constexpr auto udp_frame4 =
    hex("4500 002f 0000 4000 4011 4e82 c000 0201 c633 6407"
        "c36b 9c40 001b b3cf"
        "4307 1389 0400 0005 1001 ffff 5197 6865 6c6c 6f");
inline constexpr auto udp_frame6 =
    hex("6000 0000 001b 1140 2001 0db8 0000 0000 0000 0000 0000 0001"
        "2001 0db8 0000 0000 0000 0000 dead beef"
        "c36b 9c40 001b a6fb"
        "4307 1389 0400 0005 1001 ffff 5197 6865 6c6c 6f");

/// The golden segment in a frame of `f`; what was behind it is 0xee.
template <class Framing>
std::vector<std::byte> framed(const Framing& f, const typename Framing::address& to,
                              const typename Framing::address& from, bool urgent = false) {
    std::vector<std::byte> frame(200, std::byte{0xee});
    f.write_header(frame, to, from);
    copy_octets(segment, octets{frame}.subspan(Framing::overhead));
    if (urgent) f.mark_urgent(frame);
    frame.resize(f.finish(frame, segment.size()));
    return frame;
}

inline std::vector<std::byte> copy_of(octets_view frame) {
    return {frame.begin(), frame.end()};
}

/// Whether `f` refuses `frame` wherever it is cut short, and takes the whole.
template <class Framing>
bool refuses_every_truncation(const Framing& f, octets_view frame) {
    for (std::size_t size = 0; size < frame.size(); ++size)
        if (f.parse(copy_of(frame.first(size)))) return false;
    return f.parse(frame).has_value();
}

/// The bits of the first `octets` of `frame` which `f` does not miss when they are inverted.
template <class Framing>
std::vector<std::size_t> unnoticed(const Framing& f, octets_view frame, std::size_t octets) {
    std::vector<std::size_t> bits;
    for (std::size_t bit = 0; bit < 8 * octets; ++bit) {
        std::vector<std::byte> damaged = copy_of(frame);
        damaged[bit / 8] ^= std::byte{0x80} >> static_cast<int>(bit % 8);
        if (f.parse(damaged)) bits.push_back(bit);
    }
    return bits;
}

inline std::vector<std::byte> changed(octets_view frame, std::size_t at, unsigned word) {
    std::vector<std::byte> copy = copy_of(frame);
    store_be16(copy, at, static_cast<std::uint16_t>(word));
    return copy;
}

/// The same, with an IPv4 header checksum that is right again.
inline std::vector<std::byte> resummed(octets_view frame, std::size_t at, unsigned word) {
    std::vector<std::byte> copy = changed(frame, at, word);
    const std::size_t header = (std::to_integer<std::size_t>(copy[0]) & 0xf) * 4;
    store_be16(copy, 10, 0);
    if (header <= copy.size())
        store_be16(copy, 10, wire::checksum_of(octets_view{copy}.first(header)));
    return copy;
}

}  // namespace rrdp::framings
