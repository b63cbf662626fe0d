// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>

#include <rrdp/base/octets.hpp>

namespace rrdp::wire {

/// A frame taken apart: who sent it to whom, and what the link carried for us, padding included.
template <class Address>
struct parsed_frame {
    Address destination;  ///< of the frame
    Address source;       ///< of the frame
    octets_view payload;  ///< the segment
};

/// Why a framing cannot use a frame. A counter each.
enum class framing_errc : std::uint8_t {
    foreign_frame,      ///< of another protocol, or too short to tell
    foreign_vlan,       ///< ours, but of another VLAN, or without a tag where one is due
    fragment,           ///< a piece of an IP datagram: ours must not be fragmented
    datagram_length,    ///< a length of IP or UDP does not fit the frame
    datagram_checksum,  ///< the IPv4 header or the UDP datagram is damaged, or not summed
};

/// How a segment is wrapped for a link: where the addresses of peers stand, what marks a frame as
/// ours, and how short frames are padded. A framing is a small value; the endpoint holds one.
///
/// A framing may have four members more, each asked for only where it exists: `refusal(frame)`, why
/// `parse` refused it; `pseudo_sum(parsed_frame)`, what the checksum of a segment covers besides it
/// `mark_urgent(frame)`, between `write_header` and `finish`, for connections that are;
/// `same_node(address, address)`, where a node is more than one address.
template <class F>
concept framing = std::default_initializable<F> && std::copyable<F> &&
    std::regular<typename F::address> && requires(const F& f, octets frame, octets_view received,
                                                  typename F::address address, std::size_t size) {
    { F::overhead } -> std::convertible_to<std::size_t>;
    { F::base_mtu } -> std::convertible_to<std::uint16_t>;
    { f.parse(received) } -> std::same_as<std::optional<parsed_frame<typename F::address>>>;
    f.write_header(frame, address, address);
    { f.finish(frame, size) } -> std::same_as<std::size_t>;
    { F::is_unicast(address) } -> std::same_as<bool>;
    { F::key(address) } -> std::same_as<std::uint64_t>;
};

/// A framing that can tell why it refused a frame.
template <class F>
concept refusing = requires(const F& f, octets_view frame) {
    { f.refusal(frame) } -> std::same_as<framing_errc>;
};

/// A framing whose addresses are covered by the checksum of a segment.
template <class F>
concept summing = requires(const F& f, const parsed_frame<typename F::address>& frame) {
    { f.pseudo_sum(frame) } -> std::same_as<std::uint32_t>;
};

/// A framing that can mark the frames of urgent connections.
template <class F>
concept marking = requires(const F& f, octets frame) {
    f.mark_urgent(frame);
};

/// The address on a link that has no addresses.
struct no_address {
    /// Whether all members are equal.
    friend constexpr bool operator==(no_address, no_address) noexcept = default;
};

/// No wrapping at all: a frame is a segment. For links between two ends.
struct bare_framing {
    using address = no_address;  ///< how a node is addressed on the link

    /// Octets in front of the segment.
    static constexpr std::size_t overhead = 0;

    /// Header plus data that every path carries (section 12): between two ends, whatever the link
    /// says.
    static constexpr std::uint16_t base_mtu = 65'535;

    /// Frames keep their order, so that no old copy outlives a window; the policy may do
    /// without congestion control (section 16).
    static constexpr bool fifo = true;
    /// How long a frame may be late, microseconds (concept `framing`).
    static constexpr std::uint32_t msl_us = 0;
    /// Whether only AIMD may be used (section 16).
    static constexpr bool congestion_controlled = false;

    /// What a frame says, or why it is not ours (concept `framing`).
    [[nodiscard]] constexpr std::optional<parsed_frame<address>> parse(
        octets_view frame) const noexcept {
        return parsed_frame<address>{{}, {}, frame};
    }
    /// Writes what stands in front of a segment (concept `framing`).
    constexpr void write_header(octets, address, address) const noexcept {}
    static constexpr bool constant_header = true;  ///< whether the header may be written once
    /// There is none: always.
    [[nodiscard]] constexpr bool has_header(octets_view, address, address) const noexcept {
        return true;
    }
    /// Nothing is to be done.
    [[nodiscard]] constexpr std::size_t finish(octets, std::size_t segment_size) const noexcept {
        return segment_size;
    }
    /// Whether it is the address of one node.
    [[nodiscard]] static constexpr bool is_unicast(address) noexcept { return true; }
    /// A number that no other address has: what tables are searched by.
    [[nodiscard]] static constexpr std::uint64_t key(address) noexcept { return 0; }
};

static_assert(framing<bare_framing>);

}  // namespace rrdp::wire
