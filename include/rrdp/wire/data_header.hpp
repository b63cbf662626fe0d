// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/base/endian.hpp>
#include <rrdp/wire/checksum.hpp>
#include <rrdp/wire/features.hpp>
#include <rrdp/wire/flags.hpp>
#include <rrdp/wire/layout.hpp>

namespace rrdp::wire {

/// The numbers of a segment, whole; without WIDE only their low halves are shown.
struct whole_numbers {
    std::uint32_t sequence = 0;
    std::uint32_t acknowledgement = 0;
};

/// Whether the words of WIDE or CRC32C are among what is agreed; on most networks they are not.
[[nodiscard]] constexpr bool has_long_words(features agreed) noexcept {
    return !(agreed & (features::wide | features::crc32c)).none();
}

/// The header of a segment with data that says nothing of credit: what an open connection sends and
/// receives nearly always. It is written and compared in words of 32 bits; what the general writer
/// and parser make of such a segment is the same. `LongWords` may be false where `agreed` has none.
template <bool LongWords = true>
struct data_header {
    std::uint16_t source = 0;  ///< ports
    std::uint16_t destination = 0;
    std::uint32_t tag = 0;  ///< where TAG is agreed
    features agreed{};
    std::uint16_t frag_word = 0;  ///< where FRAG is agreed (R-3.6)

    /// Octets of it, by what is agreed.
    [[nodiscard]] constexpr std::size_t size() const noexcept {
        const std::size_t words = base_words + 2 * std::size_t{agreed.has(features::tag)} +
                                  std::size_t{agreed.has(features::frag)};
        return word_octets * (LongWords ? words + long_words() : words);
    }

    /// Writes it for `length` octets of data, but for the checksum, and adds it to `sum`. `crc` is
    /// that of the data, where CRC32C is agreed.
    constexpr void write(octets to, const whole_numbers& n, std::uint16_t length, std::uint32_t crc,
                         ones_complement_sum& sum) const noexcept {
        const auto put = [&to, &sum](std::size_t at, std::uint32_t word) {
            sum.add_raw(store_word(to, at, word));
        };
        put(0, first());
        put(4, std::uint32_t{destination} << 16 | length);
        put(8, n.sequence << 16 | (n.acknowledgement & 0xffff));
        std::size_t end = base_octets;
        const auto append = [&](std::uint32_t words) {
            put(end, words);
            end += 2 * word_octets;
        };
        if (agreed.has(features::tag)) append(tag);
        if (LongWords && agreed.has(features::wide))
            append((n.sequence & 0xffff'0000) | n.acknowledgement >> 16);
        if (LongWords && agreed.has(features::crc32c)) append(crc);
        if (agreed.has(features::frag)) sum.add_raw(store_word(to, end, frag_word));
    }

    /// Whether `from`, longer than such a header, begins with one, whatever its length, numbers,
    /// checksum and CRC are.
    [[nodiscard]] constexpr bool begins(octets_view from) const noexcept {
        if (load_be32(from, 0) != first()) return false;
        if (load_be16(from, layout::destination_port.offset) != destination) return false;
        if (agreed.has(features::tag) && load_be32(from, base_octets) != tag) return false;
        return !agreed.has(features::frag) || load_be16(from, size() - word_octets) == frag_word;
    }

    /// The numbers that it shows; `from` begins with it. Without WIDE the upper halves are 0.
    [[nodiscard]] constexpr whole_numbers numbers(octets_view from) const noexcept {
        whole_numbers n{load_be16(from, layout::sequence.offset),
                        load_be16(from, layout::acknowledgement.offset)};
        if (!LongWords || !agreed.has(features::wide)) return n;
        const std::size_t at =
            base_octets + 2 * word_octets * std::size_t{agreed.has(features::tag)};
        n.sequence |= std::uint32_t{load_be16(from, at)} << 16;
        n.acknowledgement |= std::uint32_t{load_be16(from, at + word_octets)} << 16;
        return n;
    }

    /// The CRC of the data that it shows, where CRC32C is agreed; `from` begins with it.
    [[nodiscard]] constexpr std::uint32_t crc(octets_view from) const noexcept {
        return load_be32(from, base_octets + word_octets * (agreed.extension_words() - 2));
    }

private:
    [[nodiscard]] constexpr std::size_t long_words() const noexcept {
        return 2 * (std::size_t{agreed.has(features::wide)} +
                    std::size_t{agreed.has(features::crc32c)});
    }
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
