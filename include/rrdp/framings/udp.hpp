// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/framings/ip_header.hpp>

namespace rrdp::framings {

/// A segment as the payload of UDP over IP (section 16): a frame is the whole IP datagram. UDP's
/// own checksum stays on and covers the pseudo-header; that of the segment does not.
///
/// A node is its host: the port may change, because a translator of addresses gave it another, and
/// follows the last valid segment (RFC 6951). So there is one node at an IP address.
template <class Header>
struct udp : routed_link {
    using address = udp_address<typename Header::address>;  ///< how a node is addressed on the link

    static constexpr std::size_t udp_octets = 8;  ///< length of the header of UDP
    /// Octets in front of a segment.
    static constexpr std::size_t overhead = Header::octets_written + udp_octets;
    /// Header and data that every path is believed to carry.
    static constexpr std::uint16_t base_mtu = 1'500 - overhead;

    std::uint8_t dscp = 0;          ///< code point of ordinary connections
    std::uint8_t urgent_dscp = 46;  ///< of urgent ones: expedited forwarding (RFC 3246)

    /// What a frame says, or why it is not ours (concept `framing`).
    [[nodiscard]] constexpr std::optional<wire::parsed_frame<address>> parse(
        octets_view frame) const noexcept {
        const auto d = examine(frame);
        if (!d) return std::nullopt;
        return *d;
    }
    /// Why `parse` has refused `frame`.
    [[nodiscard]] constexpr wire::framing_errc refusal(octets_view frame) const noexcept {
        return examine(frame).error();
    }

    /// Writes what stands in front of a segment (concept `framing`).
    constexpr void write_header(octets frame, const address& destination,
                                const address& source) const noexcept {
        RRDP_ASSERT(frame.size() >= overhead);
        Header::write(frame, destination.host, source.host, ip_protocol_udp, dscp);
        store_be16(frame, udp_at, source.port);
        store_be16(frame, udp_at + 2, destination.port);
    }
    /// The frame is of an urgent connection.
    constexpr void mark_urgent(octets frame) const noexcept {
        Header::set_dscp(frame, urgent_dscp);
    }

    /// The length of the whole datagram, whose lengths and checksums are filled in.
    [[nodiscard]] constexpr std::size_t finish(octets frame,
                                               std::size_t segment_size) const noexcept {
        const std::size_t carried = udp_octets + segment_size;
        RRDP_ASSERT(overhead + segment_size <= frame.size() && overhead + segment_size <= 0xffff);
        Header::finish(frame, carried);
        store_be16(frame, udp_at + 4, static_cast<std::uint16_t>(carried));
        store_be16(frame, udp_at + 6, 0);
        wire::ones_complement_sum sum;
        sum.add(Header::pseudo(frame, ip_protocol_udp, carried));
        sum.add(frame.subspan(udp_at, carried));
        const auto field = static_cast<std::uint16_t>(~sum.value());
        store_be16(frame, udp_at + 6, field != 0 ? field : std::uint16_t{0xffff});  // 0 is "none"
        return overhead + segment_size;
    }

    /// Whether it is the address of one node.
    [[nodiscard]] static constexpr bool is_unicast(const address& a) noexcept {
        return is_one_host(a.host) && a.port != 0;
    }
    /// A number for the index of nodes: different for different addresses.
    [[nodiscard]] static constexpr std::uint64_t key(const address& a) noexcept {
        return digest(a.host);
    }
    /// Whether `a` and `b` are one node, perhaps behind another port.
    [[nodiscard]] static constexpr bool same_node(const address& a, const address& b) noexcept {
        return a.host == b.host;
    }

private:
    static constexpr std::size_t udp_at = Header::octets_written;

    /// A datagram may be longer than what UDP says it carries; the rest is not ours.
    [[nodiscard]] static constexpr result<wire::parsed_frame<address>, wire::framing_errc> examine(
        octets_view frame) noexcept {
        const auto d = Header::parse(frame, ip_protocol_udp);
        if (!d) return d.error();
        const octets_view udp = d->payload;
        if (udp.size() < udp_octets) return wire::framing_errc::datagram_length;
        const std::size_t length = load_be16(udp, 4);
        if (length < udp_octets || length > udp.size()) return wire::framing_errc::datagram_length;
        wire::ones_complement_sum sum;
        sum.add(pseudo_header(d->destination, d->source, ip_protocol_udp, length));
        sum.add(udp.first(length));
        if (load_be16(udp, 6) == 0 || sum.value() != 0xffff)
            return wire::framing_errc::datagram_checksum;
        return wire::parsed_frame<address>{{d->destination, load_be16(udp, 2)},
                                           {d->source, load_be16(udp, 0)},
                                           udp.subspan(udp_octets, length - udp_octets)};
    }
};

using udp4 = udp<ipv4_header>;  ///< rRDP over UDP and IPv4
using udp6 = udp<ipv6_header>;  ///< rRDP over UDP and IPv6

static_assert(wire::framing<udp4> && wire::framing<udp6>);
static_assert(udp4::base_mtu == 1'472 && udp6::base_mtu == 1'452);

}  // namespace rrdp::framings
