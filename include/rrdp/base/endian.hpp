// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/base/octets.hpp>

namespace rrdp {

/// The 16-bit number at octet `at`, most significant octet first.
[[nodiscard]] constexpr std::uint16_t load_be16(octets_view from, std::size_t at) noexcept {
    const auto high = std::to_integer<unsigned>(from[at]);
    const auto low = std::to_integer<unsigned>(from[at + 1]);
    return static_cast<std::uint16_t>(high << 8 | low);
}

/// The 32-bit number at octet `at`, high word first.
[[nodiscard]] constexpr std::uint32_t load_be32(octets_view from, std::size_t at) noexcept {
    return std::uint32_t{load_be16(from, at)} << 16 | load_be16(from, at + 2);
}

/// Writes `value` at octet `at`, most significant octet first.
constexpr void store_be16(octets to, std::size_t at, std::uint16_t value) noexcept {
    to[at] = static_cast<std::byte>(value >> 8);
    to[at + 1] = static_cast<std::byte>(value & 0xff);
}

/// Writes `value` at octet `at`, high word first.
constexpr void store_be32(octets to, std::size_t at, std::uint32_t value) noexcept {
    store_be16(to, at, static_cast<std::uint16_t>(value >> 16));
    store_be16(to, at + 2, static_cast<std::uint16_t>(value & 0xffff));
}

}  // namespace rrdp
