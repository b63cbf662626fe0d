// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>

#include <rrdp/base/octets.hpp>

namespace rrdp {

/// `value` with its octets in the network's order, or back from it.
[[nodiscard]] constexpr std::uint16_t network_order(std::uint16_t value) noexcept {
    return std::endian::native == std::endian::big ? value : __builtin_bswap16(value);
}
/// The octets of a number as the wire has them.
[[nodiscard]] constexpr std::uint32_t network_order(std::uint32_t value) noexcept {
    return std::endian::native == std::endian::big ? value : __builtin_bswap32(value);
}

/// The octets at `at` as they lie in memory, as a number.
template <class Word>
[[nodiscard]] constexpr Word load_raw(octets_view from, std::size_t at) noexcept {
    std::array<std::byte, sizeof(Word)> raw{};
    copy_octets(from.subspan(at, sizeof(Word)), raw);
    return std::bit_cast<Word>(raw);
}

/// Writes the octets of `value` at `at` as they lie in memory.
template <class Word>
constexpr void store_raw(octets to, std::size_t at, Word value) noexcept {
    const auto raw = std::bit_cast<std::array<std::byte, sizeof(Word)>>(value);
    copy_octets(raw, to.subspan(at, sizeof(Word)));
}

/// The 16-bit number at octet `at`, most significant octet first.
[[nodiscard]] constexpr std::uint16_t load_be16(octets_view from, std::size_t at) noexcept {
    return network_order(load_raw<std::uint16_t>(from, at));
}

/// The 32-bit number at octet `at`, high word first.
[[nodiscard]] constexpr std::uint32_t load_be32(octets_view from, std::size_t at) noexcept {
    return network_order(load_raw<std::uint32_t>(from, at));
}

/// Writes `value` at octet `at`, most significant octet first.
constexpr void store_be16(octets to, std::size_t at, std::uint16_t value) noexcept {
    store_raw(to, at, network_order(value));
}

/// Writes `value` at octet `at`, high word first.
constexpr void store_be32(octets to, std::size_t at, std::uint32_t value) noexcept {
    store_raw(to, at, network_order(value));
}

}  // namespace rrdp
