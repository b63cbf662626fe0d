// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include <rrdp/base/result.hpp>
#include <rrdp/framings/ip_address.hpp>
#include <rrdp/wire/checksum.hpp>
#include <rrdp/wire/framing.hpp>

/// The headers of IPv4 and IPv6, as far as a framing needs them: written without options, read with
/// them, and nothing believed that was not checked.
namespace rrdp::framings {

/// The protocol number of RDP, which VerNo 3 tells from RDP 1 and 2 (section 16).
inline constexpr std::uint8_t ip_protocol_rrdp = 27;
inline constexpr std::uint8_t ip_protocol_udp = 17;  ///< the number of UDP in an IP header

/// The sum of the pseudo-header: as TCP has it, and in a word of its own the length of what IP
/// carries, padding included (RFC 9293, 3.1; RFC 8200, 8.1).
template <class Address>
[[nodiscard]] constexpr std::uint32_t pseudo_header(const Address& destination,
                                                    const Address& source, std::uint8_t protocol,
                                                    std::size_t length) noexcept {
    return words_of(destination) + words_of(source) + protocol + static_cast<std::uint32_t>(length);
}

/// IPv4: 20 octets and options.
struct ipv4_header {
    using address = ipv4_address;  ///< how a node is addressed on the link
    /// What a header says.
    using datagram = result<wire::parsed_frame<address>, wire::framing_errc>;

    static constexpr std::size_t octets_written = 20;  ///< its length

    /// The datagram in `frame` if it carries `protocol`, or why it cannot be used. Options are
    /// passed over; a fragment is refused, for our datagrams must not be fragmented.
    [[nodiscard]] static constexpr datagram parse(octets_view frame,
                                                  std::uint8_t protocol) noexcept {
        if (frame.size() < octets_written) return wire::framing_errc::foreign_frame;
        const unsigned first = std::to_integer<unsigned>(frame[0]);
        if (first >> 4 != 4) return wire::framing_errc::foreign_frame;
        if (std::to_integer<std::uint8_t>(frame[9]) != protocol)
            return wire::framing_errc::foreign_frame;
        const std::size_t header = std::size_t{first & 0xf} * 4;
        const std::size_t total = load_be16(frame, 2);
        if (header < octets_written || header > total || total > frame.size())
            return wire::framing_errc::datagram_length;
        wire::ones_complement_sum sum;
        sum.add(frame.first(header));
        if (sum.value() != 0xffff) return wire::framing_errc::datagram_checksum;
        if ((load_be16(frame, 6) & 0x3fff) != 0) return wire::framing_errc::fragment;
        return wire::parsed_frame<address>{load_ip<address>(frame, 16), load_ip<address>(frame, 12),
                                           frame.subspan(header, total - header)};
    }

    /// The header but for length and checksum. Nobody may fragment it (DF), which is why its
    /// identification may be 0 (RFC 6864).
    static constexpr void write(octets frame, const address& destination, const address& source,
                                std::uint8_t protocol, std::uint8_t dscp) noexcept {
        RRDP_ASSERT(frame.size() >= octets_written);
        store_be16(frame, 0, static_cast<std::uint16_t>(0x4500 | dscp << 2));
        store_be16(frame, 4, 0);
        store_be16(frame, 6, 0x4000);
        store_be16(frame, 8, static_cast<std::uint16_t>(hop_limit << 8 | protocol));
        store_ip(frame, 12, source);
        store_ip(frame, 16, destination);
    }
    /// Sets the code point of a frame.
    static constexpr void set_dscp(octets frame, std::uint8_t dscp) noexcept {
        frame[1] = static_cast<std::byte>(dscp << 2);
    }

    /// Length and checksum, now that what follows has `carried` octets.
    static constexpr void finish(octets frame, std::size_t carried) noexcept {
        store_be16(frame, 2, static_cast<std::uint16_t>(octets_written + carried));
        store_be16(frame, 10, 0);
        store_be16(frame, 10, wire::checksum_of(frame.first(octets_written)));
    }

    /// The pseudo-header of the datagram in `frame`, which is one of our own making.
    [[nodiscard]] static constexpr std::uint32_t pseudo(octets_view frame, std::uint8_t protocol,
                                                        std::size_t carried) noexcept {
        return pseudo_header(load_ip<address>(frame, 16), load_ip<address>(frame, 12), protocol,
                             carried);
    }

    static constexpr int hop_limit = 64;  ///< of what is sent
};

/// IPv6: 40 octets. No extension header is passed over: what has one is not from one of us.
struct ipv6_header {
    using address = ipv6_address;  ///< how a node is addressed on the link
    /// What a header says.
    using datagram = result<wire::parsed_frame<address>, wire::framing_errc>;

    static constexpr std::size_t octets_written = 40;  ///< its length

    /// The datagram in `frame` if it carries `protocol`, or why it cannot be used.
    [[nodiscard]] static constexpr datagram parse(octets_view frame,
                                                  std::uint8_t protocol) noexcept {
        if (frame.size() < octets_written) return wire::framing_errc::foreign_frame;
        if (std::to_integer<unsigned>(frame[0]) >> 4 != 6) return wire::framing_errc::foreign_frame;
        const auto next = std::to_integer<std::uint8_t>(frame[6]);
        if (next == fragment_header) return wire::framing_errc::fragment;
        if (next != protocol) return wire::framing_errc::foreign_frame;
        const std::size_t carried = load_be16(frame, 4);
        if (octets_written + carried > frame.size()) return wire::framing_errc::datagram_length;
        return wire::parsed_frame<address>{load_ip<address>(frame, 24), load_ip<address>(frame, 8),
                                           frame.subspan(octets_written, carried)};
    }

    /// Writes the header of a datagram.
    static constexpr void write(octets frame, const address& destination, const address& source,
                                std::uint8_t protocol, std::uint8_t dscp) noexcept {
        RRDP_ASSERT(frame.size() >= octets_written);
        store_be16(frame, 2, 0);
        set_dscp(frame, dscp);
        store_be16(frame, 6, static_cast<std::uint16_t>(protocol << 8 | hop_limit));
        store_ip(frame, 8, source);
        store_ip(frame, 24, destination);
    }
    /// Sets the code point of a frame.
    static constexpr void set_dscp(octets frame, std::uint8_t dscp) noexcept {
        store_be16(frame, 0, static_cast<std::uint16_t>(0x6000 | dscp << 6));
    }

    /// Fills in the length.
    static constexpr void finish(octets frame, std::size_t carried) noexcept {
        store_be16(frame, 4, static_cast<std::uint16_t>(carried));
    }

    /// The sum of the pseudo-header.
    [[nodiscard]] static constexpr std::uint32_t pseudo(octets_view frame, std::uint8_t protocol,
                                                        std::size_t carried) noexcept {
        return pseudo_header(load_ip<address>(frame, 24), load_ip<address>(frame, 8), protocol,
                             carried);
    }

    static constexpr int hop_limit = 64;                 ///< of what is sent
    static constexpr std::uint8_t fragment_header = 44;  ///< the number of that extension
};

/// What links that carry IP have in common (section 16): order is not kept, a copy may live for two
/// seconds, and a congested router drops.
struct routed_link {
    static constexpr bool fifo = false;  ///< whether the order of frames is kept
    /// How long a frame may be late, microseconds (concept `framing`).
    static constexpr std::uint32_t msl_us = 2'000'000;
    /// Whether only AIMD may be used (section 16).
    static constexpr bool congestion_controlled = true;
};

}  // namespace rrdp::framings
