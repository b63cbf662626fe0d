// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>

#include <rrdp/base/octets.hpp>

namespace rrdp::wire {

/// An Ethernet address.
struct mac_address {
    std::array<std::uint8_t, 6> octets{};  ///< in the order of the wire

    /// A multicast address or the broadcast address.
    [[nodiscard]] constexpr bool is_group() const noexcept { return (octets[0] & 1) != 0; }
    /// Whether there is none.
    [[nodiscard]] constexpr bool is_zero() const noexcept { return *this == mac_address{}; }

    /// Whether all members are equal.
    friend constexpr bool operator==(const mac_address&, const mac_address&) noexcept = default;
};

/// Reads the six octets at `at`, which must be there.
[[nodiscard]] constexpr mac_address load_mac(octets_view from, std::size_t at) noexcept {
    std::array<std::byte, 6> raw{};
    copy_octets(from.subspan(at, raw.size()), raw);
    return std::bit_cast<mac_address>(raw);
}

/// Writes six octets at `at`.
constexpr void store_mac(octets to, std::size_t at, const mac_address& address) noexcept {
    const auto raw = std::bit_cast<std::array<std::byte, 6>>(address);
    copy_octets(raw, to.subspan(at, raw.size()));
}

}  // namespace rrdp::wire
