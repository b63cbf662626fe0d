// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/wire/extensions.hpp>

namespace rrdp::wire {

/// Why a side resets (specification, 3.4). A peer may send a number that is not in this list.
enum class reset_reason : std::uint8_t {
    unspecified = 0,
    refused = 1,
    no_such_connection = 2,
    protocol_error = 3,
    too_long = 4,
    no_resources = 5,
    aborted = 6,
    timed_out = 7,
    wrong_node = 8,
    feature_mismatch = 9,
    peer_restarted = 10,
    shutting_down = 11,
    retry_with_cookie = 12,
};

/// The name of a reason, as it is spelled here.
[[nodiscard]] constexpr const char* name(reset_reason reason) noexcept {
    switch (reason) {
        case reset_reason::unspecified: return "unspecified";
        case reset_reason::refused: return "refused";
        case reset_reason::no_such_connection: return "no_such_connection";
        case reset_reason::protocol_error: return "protocol_error";
        case reset_reason::too_long: return "too_long";
        case reset_reason::no_resources: return "no_resources";
        case reset_reason::aborted: return "aborted";
        case reset_reason::timed_out: return "timed_out";
        case reset_reason::wrong_node: return "wrong_node";
        case reset_reason::feature_mismatch: return "feature_mismatch";
        case reset_reason::peer_restarted: return "peer_restarted";
        case reset_reason::shutting_down: return "shutting_down";
        case reset_reason::retry_with_cookie: return "retry_with_cookie";
    }
    return "unknown";
}

/// What an RST says after word 6. Who sends it has a record or has none, and the form shows which.
struct reset_form {
    /// Which form it has.
    enum class kind : std::uint8_t {
        connection,     ///< from a record: the extension block, then the reason
        bare,           ///< without a record: the reason
        bare_tagged,    ///< the same behind the tag of the segment it answers (R-3.16)
        cookie,         ///< from a listener: reason 12 and four cookie words
        cookie_tagged,  ///< the same behind the tag of the SYN it answers
    };

    kind form = kind::bare;                           ///< which it is
    reset_reason reason = reset_reason::unspecified;  ///< what it says
    std::optional<std::uint32_t> tag{};      ///< the tag words, where the form has some (R-3.20)
    std::uint16_t sequence_high = 0;         ///< connection form with WIDE (R-3.21)
    std::uint16_t acknowledgement_high = 0;  ///< connection form with WIDE; 0 without ACK
    std::uint32_t crc = 0;                   ///< connection form with CRC32C: 0 is right
    octets_view cookie{};                    ///< the four words of the cookie forms
};

/// How long a cookie is (specification, 14).
inline constexpr std::size_t cookie_octets = 8;

namespace detail {

/// Bit 15 of the reason word: the two words before it are a reflected tag (specification, 3.4).
inline constexpr std::uint16_t reflected_tag_bit = 0x8000;

inline constexpr std::size_t cookie_words = cookie_octets / word_octets;

constexpr reset_reason reason_in(std::uint16_t word) noexcept {
    return static_cast<reset_reason>(word & 0xff);
}

/// A form with a reflected tag: the tag, a reason word with the bit, then the cookie if there is
/// one. Nothing where the bit is not set.
constexpr std::optional<reset_form> reflected_form(const segment_view& segment,
                                                   reset_form::kind kind) noexcept {
    const octets_view words = segment.variable();
    const std::uint16_t reason = load_be16(words, 4);
    if ((reason & reflected_tag_bit) == 0) return std::nullopt;
    reset_form r;
    r.form = kind;
    r.tag = load_be32(words, 0);
    r.reason = reason_in(reason);
    r.cookie = words.subspan(6);
    return r;
}

/// A form without a tag: a reason word without the bit and the cookie if there is one, or no word
/// at all. Nothing where the bit is set.
constexpr std::optional<reset_form> plain_form(const segment_view& segment,
                                               reset_form::kind kind) noexcept {
    const octets_view words = segment.variable();
    reset_form r;
    r.form = kind;
    if (words.empty()) return r;
    const std::uint16_t reason = load_be16(words, 0);
    if ((reason & reflected_tag_bit) != 0) return std::nullopt;
    r.reason = reason_in(reason);
    r.cookie = words.subspan(2);
    return r;
}

/// The connection form: the extension block, then a reason word without the bit, or none.
constexpr std::optional<reset_form> connection_form(const segment_view& segment,
                                                    features agreed) noexcept {
    word_reader words{segment.variable()};
    extensions block;
    read_block(words, segment.base.control, agreed, block);
    reset_form r;
    r.form = reset_form::kind::connection;
    if (agreed.has(features::tag)) r.tag = block.tag;
    r.sequence_high = block.sequence_high;
    r.acknowledgement_high = block.acknowledgement_high;
    r.crc = block.crc;
    if (words.left() == 0) return r;
    const std::uint16_t reason = words.word();
    if ((reason & reflected_tag_bit) != 0) return std::nullopt;
    r.reason = reason_in(reason);
    return r;
}

constexpr result<reset_form, wire_errc> or_bad_extension(std::optional<reset_form> r) noexcept {
    if (!r.has_value()) return wire_errc::bad_extension;
    return *r;
}

}  // namespace detail

/// Step 12b for an RST to a record in SYN-RCVD, OPEN or CLOSING: the connection form, or one of the
/// two bare forms; otherwise `bad_extension`. With two extension words agreed ten words
/// can be either, and the bit in the reason word decides. With none the connection form and the
/// bare form are the same, and count as the connection form.
[[nodiscard]] constexpr result<reset_form, wire_errc> parse_reset(const segment_view& segment,
                                                                  features agreed) noexcept {
    using kind = reset_form::kind;
    const std::size_t length = segment.base.header_length;
    const std::size_t shortest = base_words + agreed.extension_words();
    if (length == base_words + 3) {
        const auto reflected = detail::reflected_form(segment, kind::bare_tagged);
        if (reflected.has_value()) return *reflected;
    }
    if (length == shortest || length == shortest + 1)
        return detail::or_bad_extension(detail::connection_form(segment, agreed));
    if (length == base_words || length == base_words + 1)
        return detail::or_bad_extension(detail::plain_form(segment, kind::bare));
    return wire_errc::bad_extension;
}

/// The same for SYN-SENT, which expects an answer from a peer without a record: the bare forms, and
/// those with a cookie, in which alone reason 12 has a meaning. Neither depends on what
/// this side offers.
[[nodiscard]] constexpr result<reset_form, wire_errc> parse_reset_opening(
    const segment_view& segment) noexcept {
    using kind = reset_form::kind;
    std::optional<reset_form> r;
    switch (segment.base.header_length) {
        case base_words:
        case base_words + 1: r = detail::plain_form(segment, kind::bare); break;
        case base_words + 3: r = detail::reflected_form(segment, kind::bare_tagged); break;
        case base_words + 1 + detail::cookie_words:
            r = detail::plain_form(segment, kind::cookie);
            break;
        case base_words + 3 + detail::cookie_words:
            r = detail::reflected_form(segment, kind::cookie_tagged);
            break;
        default: break;
    }
    if (r.has_value()) {
        const bool retry = r->reason == reset_reason::retry_with_cookie;
        if (retry != !r->cookie.empty()) return wire_errc::bad_extension;
    }
    return detail::or_bad_extension(r);
}

/// Writes everything of an RST after its base header. With `agreed` the connection form gets its
/// extension block; the other forms do not depend on it.
template <class Writer>
constexpr void write_reset(Writer& out, const reset_form& r, features agreed) noexcept {
    auto reason = static_cast<std::uint16_t>(r.reason);
    if (r.form == reset_form::kind::connection) {
        extensions block;
        block.tag = r.tag.value_or(0);
        block.sequence_high = r.sequence_high;
        block.acknowledgement_high = r.acknowledgement_high;
        block.crc = r.crc;
        write_block(out, agreed, block);
    } else if (r.tag.has_value()) {
        out.word32(*r.tag);
        reason |= detail::reflected_tag_bit;
    }
    out.word(reason);
    out.words(r.cookie);
}

}  // namespace rrdp::wire
