// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/base/endian.hpp>
#include <rrdp/wire/checksum.hpp>
#include <rrdp/wire/features.hpp>
#include <rrdp/wire/flags.hpp>
#include <rrdp/wire/layout.hpp>

namespace rrdp::wire {

/// The header of a segment with data, neither WIDE nor CRC32C agreed, that says nothing of credit:
/// what an open connection sends and receives nearly always. It is written and compared in words of
/// 32 bits; what the general writer and parser make of such a segment is the same.
struct data_header {
    std::uint16_t source = 0;  ///< ports
    std::uint16_t destination = 0;
    std::uint32_t tag = 0;  ///< where TAG is agreed
    features agreed{};
    std::uint16_t frag_word = 0;  ///< where FRAG is agreed (R-3.6)

    /// Octets of it, by what is agreed.
    [[nodiscard]] constexpr std::size_t size() const noexcept {
        return word_octets * (base_words + 2 * std::size_t{agreed.has(features::tag)} +
                              std::size_t{agreed.has(features::frag)});
    }

    /// Writes it for `length` octets of data, but for the checksum, and adds it to `sum`.
    constexpr void write(octets to, std::uint16_t sequence, std::uint16_t acknowledgement,
                         std::uint16_t length, ones_complement_sum& sum) const noexcept {
        const auto put = [&to, &sum](std::size_t at, std::uint32_t word) {
            sum.add_raw(store_word(to, at, word));
        };
        put(0, first());
        put(4, std::uint32_t{destination} << 16 | length);
        put(8, std::uint32_t{sequence} << 16 | acknowledgement);
        std::size_t end = base_octets;
        if (agreed.has(features::tag)) {
            put(end, tag);
            end += 2 * word_octets;
        }
        if (agreed.has(features::frag)) sum.add_raw(store_word(to, end, frag_word));
    }

    /// Whether `from`, longer than such a header, begins with one, whatever its length, numbers and
    /// checksum are.
    [[nodiscard]] constexpr bool begins(octets_view from) const noexcept {
        if (load_be32(from, 0) != first()) return false;
        if (load_be16(from, layout::destination_port.offset) != destination) return false;
        std::size_t end = base_octets;
        if (agreed.has(features::tag)) {
            if (load_be32(from, end) != tag) return false;
            end += 2 * word_octets;
        }
        return !agreed.has(features::frag) || load_be16(from, end) == frag_word;
    }

private:
    /// The word as it then lies in memory.
    template <class Word>
    static constexpr Word store_word(octets to, std::size_t at, Word word) noexcept {
        const Word raw = network_order(word);
        store_raw(to, at, raw);
        return raw;
    }

    [[nodiscard]] constexpr std::uint32_t first() const noexcept {
        return std::uint32_t{flags_ack.octet()} << 24 |
               static_cast<std::uint32_t>(size() / word_octets) << 16 | source;
    }
};

}  // namespace rrdp::wire
