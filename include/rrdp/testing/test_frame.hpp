// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include <rrdp/base/endian.hpp>
#include <rrdp/wire/mac_address.hpp>

namespace rrdp::testing {

/// From where to where a test frame goes. Without a source address it has no Ethernet header, nor
/// has a frame that is too short for one.
struct frame_ends {
    wire::mac_address source{};
    wire::mac_address destination{};
    std::uint16_t ethertype = 0x88b6;
};

namespace detail {

/// The octet at `at` of frame `number`: different in every frame and at every place near by.
[[nodiscard]] constexpr std::byte test_octet(std::size_t number, std::size_t at) noexcept {
    const std::size_t mixed = (number + 1) * 0x9e37'79b9 + at * 0x85eb'ca6b;
    return static_cast<std::byte>((mixed >> 7 ^ mixed >> 16 ^ mixed >> 24) & 0xff);
}

[[nodiscard]] constexpr std::size_t header_size(const frame_ends& ends, std::size_t size) noexcept {
    return ends.source.is_zero() || size < 14 ? 0 : 14;
}

}  // namespace detail

/// Fills `frame` with what is expected of frame `number`.
constexpr void write_test_frame(octets frame, const frame_ends& ends, std::size_t number) noexcept {
    for (std::size_t i = 0; i < frame.size(); ++i) frame[i] = detail::test_octet(number, i);
    if (detail::header_size(ends, frame.size()) == 0) return;
    wire::store_mac(frame, 0, ends.destination);
    wire::store_mac(frame, 6, ends.source);
    store_be16(frame, 12, ends.ethertype);
}

/// Whether `frame` is frame `number`, of `size` octets, as it was written. It may be padded with
/// zeros to the 60 octets of the shortest Ethernet frame.
[[nodiscard]] constexpr bool is_test_frame(octets_view frame, std::size_t size,
                                           const frame_ends& ends, std::size_t number) noexcept {
    constexpr std::size_t ethernet_min = 60;
    if (frame.size() < size || (frame.size() > size && frame.size() > ethernet_min)) return false;
    const std::size_t header = detail::header_size(ends, size);
    if (header != 0 &&
        (wire::load_mac(frame, 0) != ends.destination || wire::load_mac(frame, 6) != ends.source ||
         load_be16(frame, 12) != ends.ethertype))
        return false;
    for (std::size_t i = header; i < frame.size(); ++i) {
        const std::byte expected = i < size ? detail::test_octet(number, i) : std::byte{0};
        if (frame[i] != expected) return false;
    }
    return true;
}

}  // namespace rrdp::testing
