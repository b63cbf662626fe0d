// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <rrdp/base/endian.hpp>
#include <rrdp/base/octets.hpp>
#include <rrdp/wire/layout.hpp>

/// Several whole messages in one data segment (BUNDLE, docs/protocol/segments.md, 3.7).
///
///     length  message   length  message   ...            as many as the FRAG word says
///     2       length    2       length
namespace rrdp::wire {

/// The top bit of a FRAG word: the others count the messages of a bundle.
inline constexpr std::uint16_t bundle_mark = 0x8000;

/// The most messages of a bundle.
inline constexpr std::size_t bundled_max = 255;

/// Octets before each message of a bundle: its length.
inline constexpr std::size_t bundle_prefix = word_octets;

/// Whether the FRAG word `word` marks a bundle of a number of messages that may be.
[[nodiscard]] constexpr bool counts_bundle(std::uint16_t word) noexcept {
    const std::uint16_t count = word & 0x7fff;
    return (word & bundle_mark) != 0 && count >= 2 && count <= bundled_max;
}

/// The message that begins behind its length at offset `at` of the data of a bundle; nothing if it
/// is not all there, or is empty.
[[nodiscard]] constexpr octets_view bundled(octets_view data, std::size_t at) noexcept {
    if (data.size() < bundle_prefix || at > data.size() - bundle_prefix) return {};
    const octets_view rest = data.subspan(at + bundle_prefix);
    const std::size_t length = load_be16(data, at);
    return length > rest.size() ? octets_view{} : rest.first(length);
}

/// The octets of the longest of `count` messages in `data`; 0 if they are not a bundle of so many
/// and nothing else.
[[nodiscard]] constexpr std::size_t longest_of_bundle(octets_view data,
                                                      std::size_t count) noexcept {
    std::size_t longest = 0;
    std::size_t at = 0;
    for (; count > 0; --count) {
        const std::size_t length = bundled(data, at).size();
        if (length == 0) return 0;
        if (length > longest) longest = length;
        at += bundle_prefix + length;
    }
    return at == data.size() ? longest : 0;
}

}  // namespace rrdp::wire
