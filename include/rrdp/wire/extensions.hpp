// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include <rrdp/base/result.hpp>
#include <rrdp/wire/bundle.hpp>
#include <rrdp/wire/crc32c.hpp>
#include <rrdp/wire/eack.hpp>
#include <rrdp/wire/errc.hpp>
#include <rrdp/wire/features.hpp>
#include <rrdp/wire/segment.hpp>

namespace rrdp::wire {

/// What a sequenced number without data means. Any other code is acknowledged and ignored.
enum class nul_code : std::uint16_t {
    keepalive = 0,  ///< keepalive or probe; also what no code word means
    fin = 1,        ///< end of my messages; needs FIN
    empty = 2,      ///< a message of length 0; needs EMPTY (R-3.14)
};

/// What the header of a segment, neither SYN nor RST, says after word 6. What is not there is 0 or
/// absent; whether it is there follows from what was agreed and never from the segment.
struct extensions {
    std::uint32_t tag = 0;                   ///< with TAG: must be the receiver's own (R-3.3)
    std::uint16_t sequence_high = 0;         ///< with WIDE (R-3.4)
    std::uint16_t acknowledgement_high = 0;  ///< with WIDE; 0 without the ACK flag (R-3.4)
    std::uint32_t crc = 0;                   ///< with CRC32C: of the data; see `crc_valid` (R-3.5)
    std::uint16_t fragments_left = 0;        ///< with FRAG: segments of the message still to come
    std::uint16_t bundled = 0;               ///< with BUNDLE: messages in it, if several (R-3.31)
    std::optional<std::uint16_t> credit{};   ///< with CREDIT: low half of the edge (R-3.9)
    eack_view eacks{};
    std::uint16_t nul_code = 0;  ///< a wire::nul_code, or one that nobody knows
};

namespace detail {

/// Reads header words one after the other.
class word_reader {
public:
    constexpr explicit word_reader(octets_view words) noexcept : rest_{words} {}
    constexpr std::uint16_t word() noexcept {
        const std::uint16_t value = load_be16(rest_, 0);
        rest_ = rest_.subspan(word_octets);
        return value;
    }
    constexpr std::uint32_t word32() noexcept {
        const std::uint32_t high = word();
        return high << 16 | word();
    }
    [[nodiscard]] constexpr std::size_t left() const noexcept { return rest_.size() / word_octets; }
    [[nodiscard]] constexpr octets_view rest() const noexcept { return rest_; }

private:
    octets_view rest_;
};

/// Reads the words that every segment of a connection carries, in their order. `Block` has
/// the members of `extensions` that these words fill.
template <class Block>
constexpr void read_block(word_reader& words, flags control, features agreed,
                          Block& block) noexcept {
    if (agreed.has(features::tag)) block.tag = words.word32();
    if (agreed.has(features::wide)) {
        block.sequence_high = words.word();
        const std::uint16_t high = words.word();
        block.acknowledgement_high = control.ack() ? high : std::uint16_t{0};
    }
    if (agreed.has(features::crc32c)) block.crc = words.word32();
}

/// The tail of an ACK or data segment: a credit word that may be left out, or with the EACK flag a
/// credit word that may not and at least one number.
constexpr bool read_ack_tail(word_reader& words, const header& base, features agreed,
                             extensions& e) noexcept {
    const bool credit = agreed.has(features::credit);
    if (base.control.eack()) {
        if (words.left() < agreed.credit_words() + 1) return false;
        if (credit) e.credit = words.word();
        e.eacks = eack_view{words.rest()};
        return true;
    }
    if (credit && words.left() == 1) e.credit = words.word();
    return words.left() == 0;
}

}  // namespace detail

/// Step 12b for a segment that is neither SYN nor RST: reads its header after word 6, which must be
/// one of the forms of table 3.2 for what was agreed; otherwise `bad_extension`.
[[nodiscard]] constexpr result<extensions, wire_errc> parse_extensions(const segment_view& segment,
                                                                       features agreed) noexcept {
    const header& base = segment.base;
    RRDP_ASSERT(!base.control.syn() && !base.control.rst());
    const bool data = base.data_length != 0;
    const std::size_t fragment_words = data ? agreed.fragment_words() : 0;
    detail::word_reader words{segment.variable()};
    if (words.left() < agreed.extension_words() + fragment_words) return wire_errc::bad_extension;

    extensions e;
    detail::read_block(words, base.control, agreed, e);
    if (base.control.nul()) {
        if (words.left() == 1) e.nul_code = words.word();
        if (words.left() != 0) return wire_errc::bad_extension;
        return e;
    }
    if (fragment_words != 0) {
        const std::uint16_t word = words.word();
        const bool plain = (word & bundle_mark) == 0;
        if (!plain && !(agreed.has(features::bundle) && counts_bundle(word)))
            return wire_errc::bad_extension;
        (plain ? e.fragments_left : e.bundled) = word & 0x7fff;
    }
    if (!detail::read_ack_tail(words, base, agreed, e)) return wire_errc::bad_extension;
    return e;
}

/// Step 12d, for a connection that agreed on CRC32C: whether the data are undamaged.
[[nodiscard]] constexpr bool crc_valid(const segment_view& segment, const extensions& e) noexcept {
    return crc32c(segment.payload()) == e.crc;
}

/// Step 12e: whether the data are the messages that are counted, where several are.
[[nodiscard]] constexpr bool bundle_valid(const segment_view& segment,
                                          const extensions& e) noexcept {
    return e.bundled == 0 || longest_of_bundle(segment.payload(), e.bundled) != 0;
}

/// Writes the words that every segment of a connection but SYN, SYN ACK and a bare RST carries, in
/// their order. `Block` has the members of `extensions` that these words show.
template <class Writer, class Block>
constexpr void write_block(Writer& out, features agreed, const Block& block) noexcept {
    if (agreed.has(features::tag)) out.word32(block.tag);
    if (agreed.has(features::wide)) {
        out.word(block.sequence_high);
        out.word(block.acknowledgement_high);
    }
    if (agreed.has(features::crc32c)) out.word32(block.crc);
}

/// Writes everything of the header between the base and the data of a segment that is neither SYN
/// nor RST. `data` tells whether data follow: only then is there a FRAG word.
template <class Writer>
constexpr void write_extensions(Writer& out, const extensions& e, flags control, features agreed,
                                bool data) noexcept {
    write_block(out, agreed, e);
    if (control.nul()) {
        if (e.nul_code != 0) out.word(e.nul_code);
        return;
    }
    if (data && agreed.has(features::frag))
        out.word(e.bundled != 0 ? bundle_mark | e.bundled : e.fragments_left);
    if (agreed.has(features::credit) && e.credit.has_value()) out.word(*e.credit);
    for (const seq16 number : e.eacks) out.word(number.value());
}

}  // namespace rrdp::wire
