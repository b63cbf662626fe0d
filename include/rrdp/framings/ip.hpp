// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/framings/ip_header.hpp>
#include <rrdp/wire/layout.hpp>

namespace rrdp::framings {

/// A segment as the payload of IP, protocol or next header 27 (section 16): a frame is the whole
/// datagram, as a tunnel device, a raw socket or a capture of type RAW has it. The checksum of the
/// segment covers a pseudo-header, too.
template <class Header>
struct ip : routed_link {
    using address = typename Header::address;  ///< how a node is addressed on the link

    /// Octets in front of a segment.
    static constexpr std::size_t overhead = Header::octets_written;
    /// Header and data that every path is believed to carry.
    static constexpr std::uint16_t base_mtu = 1'500 - Header::octets_written;

    std::uint8_t dscp = 0;          ///< code point of ordinary connections
    std::uint8_t urgent_dscp = 46;  ///< of urgent ones: expedited forwarding (RFC 3246)

    /// What a frame says, or why it is not ours (concept `framing`).
    [[nodiscard]] constexpr std::optional<wire::parsed_frame<address>> parse(
        octets_view frame) const noexcept {
        const auto d = Header::parse(frame, ip_protocol_rrdp);
        if (!d) return std::nullopt;
        return *d;
    }
    /// Why `parse` has refused `frame`.
    [[nodiscard]] constexpr wire::framing_errc refusal(octets_view frame) const noexcept {
        return Header::parse(frame, ip_protocol_rrdp).error();
    }

    /// What the checksum of a segment from this frame covers besides the segment.
    [[nodiscard]] constexpr std::uint32_t pseudo_sum(
        const wire::parsed_frame<address>& frame) const noexcept {
        return pseudo_header(frame.destination, frame.source, ip_protocol_rrdp,
                             frame.payload.size());
    }

    /// Writes what stands in front of a segment (concept `framing`).
    constexpr void write_header(octets frame, const address& destination,
                                const address& source) const noexcept {
        Header::write(frame, destination, source, ip_protocol_rrdp, dscp);
    }
    /// The frame is of an urgent connection.
    constexpr void mark_urgent(octets frame) const noexcept {
        Header::set_dscp(frame, urgent_dscp);
    }

    /// The length of the whole datagram. Its own lengths and sums are filled in, and the checksum
    /// of the segment, which was written without knowing addresses, takes in the pseudo-header.
    [[nodiscard]] constexpr std::size_t finish(octets frame,
                                               std::size_t segment_size) const noexcept {
        const std::size_t size = overhead + segment_size;
        RRDP_ASSERT(size <= frame.size() && size <= 0xffff && segment_size >= wire::base_octets);
        Header::finish(frame, segment_size);
        const std::size_t field = overhead + wire::layout::checksum.offset;
        wire::ones_complement_sum sum;
        sum.add(std::uint32_t{static_cast<std::uint16_t>(~load_be16(frame, field))});
        sum.add(Header::pseudo(frame, ip_protocol_rrdp, segment_size));
        store_be16(frame, field, static_cast<std::uint16_t>(~sum.value()));
        return size;
    }

    /// Whether it is the address of one node.
    [[nodiscard]] static constexpr bool is_unicast(const address& a) noexcept {
        return is_one_host(a);
    }
    /// A number for the index of nodes: different for different addresses.
    [[nodiscard]] static constexpr std::uint64_t key(const address& a) noexcept {
        return digest(a);
    }
    /// Two addresses may share a key.
    [[nodiscard]] static constexpr bool same_node(const address& a, const address& b) noexcept {
        return a == b;
    }
};

using ipv4 = ip<ipv4_header>;  ///< rRDP over IPv4, protocol 27
using ipv6 = ip<ipv6_header>;  ///< rRDP over IPv6, protocol 27

static_assert(wire::framing<ipv4> && wire::framing<ipv6>);
static_assert(ipv4::base_mtu == 1'480 && ipv6::base_mtu == 1'460);

}  // namespace rrdp::framings
