// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/base/endian.hpp>
#include <rrdp/base/result.hpp>
#include <rrdp/wire/checksum.hpp>
#include <rrdp/wire/errc.hpp>
#include <rrdp/wire/flags.hpp>
#include <rrdp/wire/header.hpp>
#include <rrdp/wire/mac_address.hpp>

namespace rrdp::wire {

/// What a frame of node resolution wants (specification, section 15).
enum class resolution_op : std::uint8_t {
    hello = 1,        ///< here I am; with a target: who is it?
    hello_reply = 2,  ///< the answer of a node that was named
    probe = 3,        ///< may I have this number?
    conflict = 4,     ///< no, or: we both have it
    bye = 5,          ///< this node leaves
};

/// A frame that says which node has which address, version 0, always of 32 octets.
///
///      0               2               4                               8
///     +---------------+-------+-------+-------------------------------+---------------+
///     |  0  |   16    |  op   |   0   |          cluster id           |  sender node  |
///     +---------------+---------------+---------------+---------------+---------------+
///     |  target node  |        boot id                |          sender MAC           :
///     +---------------+-------------------------------+---------------+---------------+
///     :               |  sender MTU   |   versions    |   checksum    |       0       :
///     +---------------+---------------+---------------+---------------+---------------+
struct resolution_frame {
    resolution_op op = resolution_op::hello;          ///< what is asked or said
    std::uint32_t cluster = 0;                        ///< of the sender
    std::uint16_t sender_node = 0;                    ///< 0 in a PROBE: not claimed yet
    std::uint16_t target_node = 0;                    ///< 0 in a HELLO: everyone
    std::uint32_t boot_id = 0;                        ///< of the sender
    mac_address sender_mac{};                         ///< where it is
    std::uint16_t sender_mtu = 0;                     ///< header plus data (R-2.10)
    std::uint16_t versions = 1U << protocol_version;  ///< bit v: version v is spoken

    /// Whether all members are equal.
    friend constexpr bool operator==(const resolution_frame&,
                                     const resolution_frame&) noexcept = default;
};

/// Where frames for every node of the link go: the group of this protocol, and that of everybody.
inline constexpr mac_address resolution_group{{0x03, 0x52, 0x52, 0x44, 0x50, 0x00}};
inline constexpr mac_address broadcast_address{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

/// The length of such a frame before padding, in octets.
inline constexpr std::size_t resolution_octets = 32;

/// Whether a payload that is long enough for a header is one of these and no segment.
[[nodiscard]] constexpr bool is_resolution(octets_view l2_payload) noexcept {
    return l2_payload.size() >= base_octets &&
           flags{std::to_integer<std::uint8_t>(l2_payload[0])}.version() == 0;
}

/// Reads a frame. `nr_malformed`: too short, or not of the format, or a wrong checksum, or an
/// operation that nobody knows. `nr_foreign`: of a cluster other than `cluster`, or its sender is
/// not `source`, the Ethernet address it came from.
[[nodiscard]] constexpr result<resolution_frame, wire_errc> parse_resolution(
    octets_view l2_payload, std::uint32_t cluster, const mac_address& source) noexcept {
    if (l2_payload.size() < resolution_octets) return wire_errc::nr_malformed;
    const octets_view frame = l2_payload.first(resolution_octets);
    if (load_be16(frame, 0) != resolution_octets / word_octets) return wire_errc::nr_malformed;
    ones_complement_sum sum;
    sum.add(frame);
    if (sum.value() != 0xffff) return wire_errc::nr_malformed;
    const auto op = static_cast<resolution_op>(frame[2]);
    if (op < resolution_op::hello || op > resolution_op::bye) return wire_errc::nr_malformed;

    const resolution_frame r{
        .op = op,
        .cluster = load_be32(frame, 4),
        .sender_node = load_be16(frame, 8),
        .target_node = load_be16(frame, 10),
        .boot_id = load_be32(frame, 12),
        .sender_mac = load_mac(frame, 16),
        .sender_mtu = load_be16(frame, 22),
        .versions = load_be16(frame, 24),
    };
    if (r.cluster != cluster || r.sender_mac != source) return wire_errc::nr_foreign;
    return r;
}

/// Writes the 32 octets of a frame to the start of `out`, checksum included, and returns how many
/// they are.
constexpr std::size_t write_resolution(octets out, const resolution_frame& r) noexcept {
    RRDP_ASSERT(out.size() >= resolution_octets);
    const octets frame = out.first(resolution_octets);
    clear_octets(frame);
    store_be16(frame, 0, resolution_octets / word_octets);
    frame[2] = static_cast<std::byte>(r.op);
    store_be32(frame, 4, r.cluster);
    store_be16(frame, 8, r.sender_node);
    store_be16(frame, 10, r.target_node);
    store_be32(frame, 12, r.boot_id);
    store_mac(frame, 16, r.sender_mac);
    store_be16(frame, 22, r.sender_mtu);
    store_be16(frame, 24, r.versions);
    store_be16(frame, 26, checksum_of(frame));
    return resolution_octets;
}

}  // namespace rrdp::wire
