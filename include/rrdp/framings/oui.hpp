// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include <rrdp/wire/ethernet.hpp>

namespace rrdp::framings {

/// Ethernet for products: the EtherType 0x88B7, behind which stand an organization's number and a
/// protocol number of that organization's choice (RFC 9542; section 16). Who has an OUI collides
/// with nobody's experiments. A segment then begins at an odd octet.
struct oui {
    using address = wire::mac_address;  ///< how a node is addressed on the link

    static constexpr std::uint16_t ethertype = 0x88b7;  ///< of our frames
    static constexpr std::size_t own_octets = 5;        ///< what follows the EtherType
    /// Octets in front of a segment.
    static constexpr std::size_t overhead = wire::ethernet_framing::overhead + own_octets;
    /// Header and data that every path is believed to carry.
    static constexpr std::uint16_t base_mtu = wire::ethernet_framing::base_mtu - own_octets;
    static constexpr bool fifo = true;  ///< whether the order of frames is kept
    /// How long a frame may be late, microseconds (concept `framing`).
    static constexpr std::uint32_t msl_us = 0;
    /// Whether only AIMD may be used (section 16).
    static constexpr bool congestion_controlled = false;

    std::array<std::uint8_t, 3> organization{};  ///< the OUI
    std::uint16_t protocol = 0;                  ///< the number under it

    /// Nothing if the frame is too short for a header, or of another protocol.
    [[nodiscard]] constexpr std::optional<wire::parsed_frame<address>> parse(
        octets_view frame) const noexcept {
        if (frame.size() < overhead || load_be16(frame, 12) != ethertype) return std::nullopt;
        for (std::size_t i = 0; i < organization.size(); ++i)
            if (frame[14 + i] != std::byte{organization[i]}) return std::nullopt;
        if (load_be16(frame, 17) != protocol) return std::nullopt;
        return wire::parsed_frame<address>{wire::load_mac(frame, 0), wire::load_mac(frame, 6),
                                           frame.subspan(overhead)};
    }

    /// Writes what stands in front of a segment (concept `framing`).
    constexpr void write_header(octets frame, const address& destination,
                                const address& source) const noexcept {
        RRDP_ASSERT(frame.size() >= overhead);
        wire::ethernet_framing{ethertype}.write_header(frame, destination, source);
        for (std::size_t i = 0; i < organization.size(); ++i)
            frame[14 + i] = std::byte{organization[i]};
        store_be16(frame, 17, protocol);
    }

    /// The length of the whole frame; a short one is padded with zeros, if there is room.
    [[nodiscard]] constexpr std::size_t finish(octets frame,
                                               std::size_t segment_size) const noexcept {
        return wire::ethernet_framing{}.finish(frame, own_octets + segment_size);
    }

    /// Whether it is the address of one node.
    [[nodiscard]] static constexpr bool is_unicast(const address& a) noexcept {
        return wire::ethernet_framing::is_unicast(a);
    }
    /// A number for the index of nodes: different for different addresses.
    [[nodiscard]] static constexpr std::uint64_t key(const address& a) noexcept {
        return wire::ethernet_framing::key(a);
    }
};

static_assert(wire::framing<oui>);

}  // namespace rrdp::framings
