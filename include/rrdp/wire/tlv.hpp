// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>

#include <rrdp/base/endian.hpp>
#include <rrdp/base/result.hpp>
#include <rrdp/wire/errc.hpp>
#include <rrdp/wire/layout.hpp>

namespace rrdp::wire {

/// The kinds of TLV that a SYN may carry after word 9 (specification, 5.2). The others are skipped,
/// those reserved for SEC among them.
enum class tlv_kind : std::uint8_t {
    pad,
    features,
    node,
    boot,
    timing,
    wide,
    cookie,
    peer_tag,
    application,
    max_message,
    tag,
};

/// The values of the TLVs of a SYN, by kind: their shape is checked, their meaning is not.
class tlv_table {
public:
    /// Reads the words from word 10 on. `bad_syn`: a TLV passes the end, a pad is not 0x0000, or a
    /// known kind comes twice or with a wrong length.
    [[nodiscard]] static constexpr result<tlv_table, wire_errc> read(octets_view words) noexcept {
        tlv_table table;
        while (!words.empty()) {
            const auto kind = std::to_integer<std::uint8_t>(words[0]);
            const std::size_t length = word_octets * std::to_integer<std::size_t>(words[1]);
            words = words.subspan(word_octets);
            if (length > words.size()) return wire_errc::bad_syn;
            if (!table.take(kind, words.first(length))) return wire_errc::bad_syn;
            words = words.subspan(length);
        }
        return table;
    }

    [[nodiscard]] constexpr bool has(tlv_kind kind) const noexcept {
        return values_[static_cast<std::size_t>(kind)].has_value();
    }

    /// The value of a TLV, empty if there is none.
    [[nodiscard]] constexpr octets_view value(tlv_kind kind) const noexcept {
        return values_[static_cast<std::size_t>(kind)].value_or(octets_view{});
    }

    /// The first one or two words of a value, 0 if there is none.
    [[nodiscard]] constexpr std::uint16_t word(tlv_kind kind) const noexcept {
        return has(kind) ? load_be16(value(kind), 0) : std::uint16_t{0};
    }
    [[nodiscard]] constexpr std::uint32_t word32(tlv_kind kind) const noexcept {
        return has(kind) ? load_be32(value(kind), 0) : std::uint32_t{0};
    }

private:
    static constexpr std::size_t any_length = header_words_max + 1;

    /// How many words a value of each known kind has.
    static constexpr std::array<std::size_t, 11> lengths{
        0, 1, 2, 2, 3, 1, any_length, 2, any_length, 2, 2,
    };

    /// Keeps a TLV; false if it makes the SYN malformed.
    constexpr bool take(std::size_t kind, octets_view value) noexcept {
        if (kind == static_cast<std::size_t>(tlv_kind::pad)) return value.empty();
        if (kind >= lengths.size()) return true;
        if (values_[kind].has_value()) return false;
        if (lengths[kind] != any_length && value.size() != word_octets * lengths[kind])
            return false;
        values_[kind] = value;
        return true;
    }

    std::array<std::optional<octets_view>, lengths.size()> values_;
};

}  // namespace rrdp::wire
