// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/wire/ethernet.hpp>

namespace rrdp::framings {

/// Ethernet with a tag of IEEE 802.1Q in every frame: the VLAN, and a priority that switches look
/// at. What has another VLAN or no tag is refused.
///
/// For links that show tags: a capture, a driver in user space, a tunnel. AF_PACKET strips them, so
/// that frames of every VLAN look alike: open the VLAN's own interface there and do without this.
struct vlan {
    using address = wire::mac_address;  ///< how a node is addressed on the link

    static constexpr std::size_t overhead = 18;  ///< octets in front of a segment
    /// Header and data that every path is believed to carry.
    static constexpr std::uint16_t base_mtu = wire::ethernet_framing::base_mtu;
    static constexpr bool fifo = true;  ///< whether the order of frames is kept
    /// How long a frame may be late, microseconds (concept `framing`).
    static constexpr std::uint32_t msl_us = 0;
    /// Whether only AIMD may be used (section 16).
    static constexpr bool congestion_controlled = false;

    /// A switch that takes the tag off finds a frame of the minimum.
    static constexpr std::size_t frame_min = wire::ethernet_framing::frame_min + 4;
    static constexpr std::uint16_t tag_type = 0x8100;  ///< the EtherType of a tag

    std::uint16_t vlan_id = 1;                          ///< 1 to 4094
    std::uint16_t ethertype = wire::default_ethertype;  ///< of our frames
    std::uint8_t priority = 0;                          ///< PCP of ordinary connections, 0 to 7
    std::uint8_t urgent_priority = 5;                   ///< PCP of urgent ones

    /// What a frame says, or why it is not ours (concept `framing`).
    [[nodiscard]] constexpr std::optional<wire::parsed_frame<address>> parse(
        octets_view frame) const noexcept {
        if (frame.size() < overhead || load_be16(frame, 12) != tag_type) return std::nullopt;
        if (vlan_of(frame) != vlan_id || load_be16(frame, 16) != ethertype) return std::nullopt;
        return wire::parsed_frame<address>{wire::load_mac(frame, 0), wire::load_mac(frame, 6),
                                           frame.subspan(overhead)};
    }
    /// Why `parse` has refused `frame`: ours, but of another VLAN or without a tag, or foreign.
    [[nodiscard]] constexpr wire::framing_errc refusal(octets_view frame) const noexcept {
        if (frame.size() < wire::ethernet_framing::overhead)
            return wire::framing_errc::foreign_frame;
        const std::uint16_t type = load_be16(frame, 12);
        if (type == ethertype) return wire::framing_errc::foreign_vlan;
        const bool tagged = type == tag_type && frame.size() >= overhead;
        const bool ours = tagged && load_be16(frame, 16) == ethertype;
        return ours ? wire::framing_errc::foreign_vlan : wire::framing_errc::foreign_frame;
    }

    /// Writes what stands in front of a segment (concept `framing`).
    constexpr void write_header(octets frame, const address& destination,
                                const address& source) const noexcept {
        RRDP_ASSERT(frame.size() >= overhead && vlan_id < 0x1000 && priority < 8);
        wire::store_mac(frame, 0, destination);
        wire::store_mac(frame, 6, source);
        store_be16(frame, 12, tag_type);
        store_be16(frame, 14, tag(priority));
        store_be16(frame, 16, ethertype);
    }
    /// The frame is of an urgent connection.
    constexpr void mark_urgent(octets frame) const noexcept {
        store_be16(frame, 14, tag(urgent_priority));
    }

    /// The length of the whole frame; a short one is padded with zeros, if there is room.
    [[nodiscard]] constexpr std::size_t finish(octets frame,
                                               std::size_t segment_size) const noexcept {
        const std::size_t size = overhead + segment_size;
        RRDP_ASSERT(size <= frame.size());
        if (size >= frame_min || frame.size() < frame_min) return size;
        clear_octets(frame.subspan(size, frame_min - size));
        return frame_min;
    }

    /// Whether it is the address of one node.
    [[nodiscard]] static constexpr bool is_unicast(const address& a) noexcept {
        return wire::ethernet_framing::is_unicast(a);
    }
    /// A number for the index of nodes: different for different addresses.
    [[nodiscard]] static constexpr std::uint64_t key(const address& a) noexcept {
        return wire::ethernet_framing::key(a);
    }

private:
    [[nodiscard]] static constexpr std::uint16_t vlan_of(octets_view frame) noexcept {
        return static_cast<std::uint16_t>(load_be16(frame, 14) & 0x0fff);
    }
    [[nodiscard]] constexpr std::uint16_t tag(std::uint8_t pcp) const noexcept {
        return static_cast<std::uint16_t>((pcp & 7) << 13 | (vlan_id & 0x0fff));
    }
};

static_assert(wire::framing<vlan>);

}  // namespace rrdp::framings
