// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include <rrdp/base/octets.hpp>

namespace rrdp::wire {

/// An Ethernet address.
struct mac_address {
    std::array<std::uint8_t, 6> octets{};

    /// A multicast address or the broadcast address.
    [[nodiscard]] constexpr bool is_group() const noexcept { return (octets[0] & 1) != 0; }
    [[nodiscard]] constexpr bool is_zero() const noexcept { return *this == mac_address{}; }

    friend constexpr bool operator==(const mac_address&, const mac_address&) noexcept = default;
};

/// Reads the six octets at `at`, which must be there.
[[nodiscard]] constexpr mac_address load_mac(octets_view from, std::size_t at) noexcept {
    mac_address address;
    for (std::size_t i = 0; i < address.octets.size(); ++i)
        address.octets[i] = std::to_integer<std::uint8_t>(from[at + i]);
    return address;
}

/// Writes six octets at `at`.
constexpr void store_mac(octets to, std::size_t at, const mac_address& address) noexcept {
    for (std::size_t i = 0; i < address.octets.size(); ++i)
        to[at + i] = std::byte{address.octets[i]};
}

}  // namespace rrdp::wire
