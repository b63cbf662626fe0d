// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/base/assert.hpp>
#include <rrdp/base/endian.hpp>
#include <rrdp/wire/framing.hpp>
#include <rrdp/wire/mac_address.hpp>

namespace rrdp::wire {

/// Local Experimental EtherType 2 (RFC 9542): for private networks, like every number of its kind.
inline constexpr std::uint16_t default_ethertype = 0x88b6;

/// Ethernet II: destination, source, EtherType, segment, zeros up to the minimum frame.
struct ethernet_framing {
    using address = mac_address;  ///< how a node is addressed on the link

    /// Octets in front of the segment.
    static constexpr std::size_t overhead = 14;

    /// Header plus data that every path carries (section 12).
    static constexpr std::uint16_t base_mtu = 1'500;

    /// Frames keep their order, so that no old copy outlives a window; the policy may do
    /// without congestion control (section 16).
    static constexpr bool fifo = true;
    /// How long a frame may be late, microseconds (concept `framing`).
    static constexpr std::uint32_t msl_us = 0;
    /// Whether only AIMD may be used (section 16).
    static constexpr bool congestion_controlled = false;

    /// The shortest frame without its check sequence; a longer one needs no padding.
    static constexpr std::size_t frame_min = 60;

    std::uint16_t ethertype = default_ethertype;  ///< of our frames

    /// Nothing if the frame is too short for a header or has another EtherType.
    [[nodiscard]] constexpr std::optional<parsed_frame<address>> parse(
        octets_view frame) const noexcept {
        if (frame.size() < overhead || load_be16(frame, 12) != ethertype) return std::nullopt;
        return parsed_frame<address>{load_mac(frame, 0), load_mac(frame, 6),
                                     frame.subspan(overhead)};
    }

    /// Writes the first `overhead` octets of `frame`.
    constexpr void write_header(octets frame, const address& destination,
                                const address& source) const noexcept {
        RRDP_ASSERT(frame.size() >= overhead);
        store_mac(frame, 0, destination);
        store_mac(frame, 6, source);
        store_be16(frame, 12, ethertype);
    }

    /// Every frame from `source` to `destination` begins with the same octets: whether `frame`,
    /// which holds a header at least, does.
    static constexpr bool constant_header = true;
    /// Whether the frame begins with that header.
    [[nodiscard]] constexpr bool has_header(octets_view frame, const address& destination,
                                            const address& source) const noexcept {
        return load_mac(frame, 0) == destination && load_mac(frame, 6) == source &&
               load_be16(frame, 12) == ethertype;
    }

    /// The length of the whole frame whose segment has `segment_size` octets. A short one is padded
    /// with zeros, if `frame` has the room: the driver pads otherwise.
    [[nodiscard]] constexpr std::size_t finish(octets frame,
                                               std::size_t segment_size) const noexcept {
        const std::size_t size = overhead + segment_size;
        RRDP_ASSERT(size <= frame.size());
        if (size >= frame_min || frame.size() < frame_min) return size;
        clear_octets(frame.subspan(size, frame_min - size));
        return frame_min;
    }

    /// Whether an address can be one node's: neither a group's nor all zeros (R-2.15, step 9).
    [[nodiscard]] static constexpr bool is_unicast(const address& a) noexcept {
        return !a.is_group() && !a.is_zero();
    }

    /// A number that no other address has: what tables are searched by.
    [[nodiscard]] static constexpr std::uint64_t key(const address& a) noexcept {
        std::uint64_t number = 0;
        for (const std::uint8_t octet : a.octets) number = number << 8 | octet;
        return number;
    }
};

static_assert(framing<ethernet_framing>);

}  // namespace rrdp::wire
