// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/base/result.hpp>
#include <rrdp/wire/errc.hpp>
#include <rrdp/wire/segment.hpp>
#include <rrdp/wire/syn_parameters.hpp>
#include <rrdp/wire/tlv.hpp>
#include <rrdp/wire/writer.hpp>

namespace rrdp::wire {

/// The header of a SYN without TLVs, in words; the least it may have.
inline constexpr std::size_t syn_words_min = base_words + 3;

/// The least that a side may announce as Max Segment Size.
inline constexpr std::uint16_t max_segment_size_min = 64;

namespace detail {

inline constexpr std::uint16_t option_sequenced = 0x8000;
inline constexpr std::uint16_t option_extended = 0x4000;

/// Takes what the TLVs say into `p`; false if the features lack something they need. What
/// belongs to a feature that is not set is ignored, whatever it says.
constexpr bool interpret(const tlv_table& tlvs, bool reply, syn_parameters& p) noexcept {
    p.offered = features{tlvs.word(tlv_kind::features)};
    if (tlvs.has(tlv_kind::node)) {
        const octets_view pair = tlvs.value(tlv_kind::node);
        p.node = node_pair{load_be16(pair, 0), load_be16(pair, 2)};
    }
    if (tlvs.has(tlv_kind::boot)) p.boot = tlvs.word32(tlv_kind::boot);
    if (tlvs.has(tlv_kind::timing)) {
        const octets_view t = tlvs.value(tlv_kind::timing);
        p.timing = syn_timing{load_be16(t, 0), load_be16(t, 2), load_be16(t, 4)};
    }
    p.application = tlvs.value(tlv_kind::application);
    if (p.offered.has(features::wide)) {
        if (!tlvs.has(tlv_kind::wide)) return false;
        p.sequence_high = tlvs.word(tlv_kind::wide);
    }
    if (p.offered.has(features::cookie) && !reply) {
        p.has_cookie = tlvs.has(tlv_kind::cookie);
        p.cookie = tlvs.value(tlv_kind::cookie);
    }
    if (p.offered.has(features::frag)) {
        p.max_message = tlvs.word32(tlv_kind::max_message);
        if (p.max_message == 0U) return false;  // absent or 0: both are malformed
    }
    if (p.offered.has(features::tag)) {
        p.tag = tlvs.word32(tlv_kind::tag);
        if (p.tag == 0U) return false;
        if (reply && !tlvs.has(tlv_kind::peer_tag)) return false;
        if (reply) p.peer_tag = tlvs.word32(tlv_kind::peer_tag);
    }
    return true;
}

/// Opens a TLV whose value has `words` words.
template <class Writer>
constexpr void open_tlv(Writer& out, tlv_kind kind, std::size_t words) noexcept {
    out.word(static_cast<std::uint16_t>(static_cast<std::size_t>(kind) << 8 | words));
}

template <class Writer>
constexpr void write_tlv32(Writer& out, tlv_kind kind, std::uint32_t value) noexcept {
    open_tlv(out, kind, 2);
    out.word32(value);
}

template <class Writer>
constexpr void write_tlv(Writer& out, tlv_kind kind, octets_view value) noexcept {
    RRDP_ASSERT(value.size() % word_octets == 0);
    open_tlv(out, kind, value.size() / word_octets);
    out.words(value);
}

/// The TLVs in the order of their kinds, without pads: the canonical form.
template <class Writer>
constexpr void write_tlvs(Writer& out, const syn_parameters& p) noexcept {
    if (!p.offered.none()) {
        open_tlv(out, tlv_kind::features, 1);
        out.word(p.offered.bits());
    }
    if (p.node.has_value()) {
        open_tlv(out, tlv_kind::node, 2);
        out.word(p.node->source);
        out.word(p.node->destination);
    }
    if (p.boot.has_value()) write_tlv32(out, tlv_kind::boot, *p.boot);
    if (p.timing.has_value()) {
        open_tlv(out, tlv_kind::timing, 3);
        out.word(p.timing->ack_delay_us);
        out.word(p.timing->ack_every);
        out.word(p.timing->keepalive_ms);
    }
    if (p.offered.has(features::wide)) {
        open_tlv(out, tlv_kind::wide, 1);
        out.word(p.sequence_high);
    }
    if (p.has_cookie) write_tlv(out, tlv_kind::cookie, p.cookie);
    if (p.peer_tag.has_value()) write_tlv32(out, tlv_kind::peer_tag, *p.peer_tag);
    if (!p.application.empty()) write_tlv(out, tlv_kind::application, p.application);
    if (p.max_message.has_value()) write_tlv32(out, tlv_kind::max_message, *p.max_message);
    if (p.tag.has_value()) write_tlv32(out, tlv_kind::tag, *p.tag);
}

template <class Writer>
constexpr void write_syn_words(Writer& out, const syn_parameters& p) noexcept {
    out.word(p.max_outstanding);
    out.word(p.max_segment_size);
    out.word(static_cast<std::uint16_t>((p.sequenced ? option_sequenced : 0) |
                                        (p.extended ? option_extended : 0)));
    if (p.extended) write_tlvs(out, p);
}

/// Reads the header of a SYN after word 6. Takes values, not a segment, so that `parse()` can keep
/// the segment it makes in registers.
constexpr result<syn_parameters, wire_errc> parse_syn_words(octets_view words,
                                                            bool reply) noexcept {
    if (words.size() < word_octets * (syn_words_min - base_words)) return wire_errc::bad_syn;
    const std::uint16_t options = load_be16(words, 4);
    syn_parameters p;
    p.max_outstanding = load_be16(words, 0);
    p.max_segment_size = load_be16(words, 2);
    p.sequenced = (options & option_sequenced) != 0;
    p.extended = (options & option_extended) != 0;
    if (p.max_outstanding == 0 || p.max_segment_size < max_segment_size_min)
        return wire_errc::bad_syn;
    if (!p.extended) return p;  // whatever follows is ignored

    const auto tlvs = tlv_table::read(words.subspan(6));
    if (!tlvs) return tlvs.error();
    if (!interpret(*tlvs, reply, p)) return wire_errc::bad_syn;
    return p;
}

}  // namespace detail

/// Reads the variable header of a SYN or SYN ACK; `bad_syn` if it is malformed.
[[nodiscard]] constexpr result<syn_parameters, wire_errc> parse_syn(
    const segment_view& segment) noexcept {
    return detail::parse_syn_words(segment.variable(), segment.base.control.ack());
}

/// The header length that `write_syn` makes, in words; more than 255 cannot be sent.
[[nodiscard]] constexpr std::size_t syn_words(const syn_parameters& parameters) noexcept {
    word_counter counter;
    detail::write_syn_words(counter, parameters);
    return counter.count;
}

/// Writes the variable header of a SYN or SYN ACK behind its base header. Without `extended`
/// nothing but the three words of RFC 908 is written.
constexpr void write_syn(segment_writer& out, const syn_parameters& parameters) noexcept {
    detail::write_syn_words(out, parameters);
}

}  // namespace rrdp::wire
