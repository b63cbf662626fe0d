// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/base/assert.hpp>
#include <rrdp/base/endian.hpp>
#include <rrdp/wire/flags.hpp>
#include <rrdp/wire/layout.hpp>
#include <rrdp/wire/seq16.hpp>

namespace rrdp::wire {

/// The seven words of the base header as values. Nothing is judged here.
struct header {
    flags control{};                          ///< flags and version
    std::uint8_t header_length = base_words;  ///< of the whole header, in words of two octets
    std::uint16_t source_port = 0;            ///< of the sender
    std::uint16_t destination_port = 0;       ///< of the receiver
    std::uint16_t data_length = 0;            ///< in octets, of the data only (R-2.6)
    seq16 sequence{};                         ///< number of the segment
    seq16 acknowledgement{};                  ///< means nothing without the ACK flag (R-2.7)
    std::uint16_t checksum = 0;               ///< of the segment

    /// The length of the whole header in octets.
    [[nodiscard]] constexpr std::size_t header_octets() const noexcept {
        return word_octets * header_length;
    }

    /// Whether all members are equal.
    friend constexpr bool operator==(const header&, const header&) noexcept = default;
};

/// Reads the base header from the first 14 octets of `from`, which must be there.
[[nodiscard]] constexpr header load_header(octets_view from) noexcept {
    RRDP_ASSERT(from.size() >= base_octets);
    const auto word = [from](const field& f) { return load_be16(from, f.offset); };
    const auto octet = [from](const field& f) {
        return std::to_integer<std::uint8_t>(from[f.offset]);
    };
    return {
        .control = flags{octet(layout::control)},
        .header_length = octet(layout::header_length),
        .source_port = word(layout::source_port),
        .destination_port = word(layout::destination_port),
        .data_length = word(layout::data_length),
        .sequence = seq16{word(layout::sequence)},
        .acknowledgement = seq16{word(layout::acknowledgement)},
        .checksum = word(layout::checksum),
    };
}

}  // namespace rrdp::wire
