// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <rrdp/base/octets.hpp>

namespace rrdp::framings {

/// An address of `Octets` octets, as it stands in an IP header.
template <std::size_t Octets>
struct ip_address {
    std::array<std::uint8_t, Octets> octets{};  ///< in the order of the wire

    /// Whether all members are equal.
    friend constexpr bool operator==(const ip_address&, const ip_address&) noexcept = default;
};

/// 192.0.2.1 is `ipv4_address{{192, 0, 2, 1}}`.
using ipv4_address = ip_address<4>;
using ipv6_address = ip_address<16>;  ///< 16 octets

/// The UDP port on both sides unless configured: there is none of IANA's (section 16).
inline constexpr std::uint16_t default_udp_port = 50'027;

/// Where a node is reached through UDP.
template <class Host>
struct udp_address {
    Host host{};                            ///< of the node
    std::uint16_t port = default_udp_port;  ///< of the node

    /// Whether all members are equal.
    friend constexpr bool operator==(const udp_address&, const udp_address&) noexcept = default;
};

/// Whether an address can be one host's: no group, not the broadcast address, not zero.
[[nodiscard]] constexpr bool is_one_host(const ipv4_address& a) noexcept {
    const unsigned first = a.octets[0];
    return first != 0 && first < 224;  // 224/4 is multicast, 240/4 reserved and broadcast
}
/// Whether it is the address of one host.
[[nodiscard]] constexpr bool is_one_host(const ipv6_address& a) noexcept {
    return a.octets[0] != 0xff && a != ipv6_address{};
}

/// A number to search tables by. Two IPv6 addresses may share one, so the addresses decide.
template <std::size_t Octets>
[[nodiscard]] constexpr std::uint64_t digest(const ip_address<Octets>& a) noexcept {
    std::uint64_t number = 0;
    for (const std::uint8_t octet : a.octets) {
        if constexpr (Octets > 8) number *= 0x9e37'79b9'7f4a'7c15;
        number = (number << 8 | number >> 56) ^ octet;
    }
    return number;
}

/// Reads the address at `at`, which must be there.
template <class Address>
[[nodiscard]] constexpr Address load_ip(octets_view from, std::size_t at) noexcept {
    Address a;
    for (std::size_t i = 0; i < a.octets.size(); ++i)
        a.octets[i] = std::to_integer<std::uint8_t>(from[at + i]);
    return a;
}

/// Writes an address at `at`.
template <std::size_t Octets>
constexpr void store_ip(octets to, std::size_t at, const ip_address<Octets>& a) noexcept {
    for (std::size_t i = 0; i < Octets; ++i) to[at + i] = std::byte{a.octets[i]};
}

/// The words of an address added up, for a pseudo-header.
template <std::size_t Octets>
[[nodiscard]] constexpr std::uint32_t words_of(const ip_address<Octets>& a) noexcept {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < Octets; i += 2) {
        const unsigned high = a.octets[i];
        const unsigned low = a.octets[i + 1];
        sum += high << 8 | low;
    }
    return sum;
}

}  // namespace rrdp::framings
