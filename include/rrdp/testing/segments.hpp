// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <string_view>

#include <rrdp/testing/hex.hpp>
#include <rrdp/wire/codec.hpp>

namespace rrdp::testing {

/// One segment as octets, as large as a standard frame lets it be.
using segment_octets = octet_buffer<1'500>;

/// Builds the segments of one direction of a connection, valid and with a right checksum, as a peer
/// would send them. What they are worth to a receiver is another question; that is what tests ask.
///
///     constexpr segments opener{.source_port = 5001, .destination_port = 1024};
///     engine.handle_frame(now, opener.data(0x1001, 0xffff, "hello"));
struct segments {
    std::uint16_t source_port = 5001;
    std::uint16_t destination_port = 1024;
    wire::features agreed{};   ///< decides which extension words there are, as on a connection
    wire::extensions words{};  ///< the values of TAG and WIDE; FRAG, credit and CRC are the call's

    /// The other direction of the same connection.
    [[nodiscard]] constexpr segments reversed() const noexcept {
        segments other = *this;
        other.source_port = destination_port;
        other.destination_port = source_port;
        return other;
    }

    [[nodiscard]] constexpr segment_octets syn(
        std::uint16_t sequence, const wire::syn_parameters& p = plain()) const noexcept {
        auto s = start(wire::flags_syn, sequence, 0);
        s.syn = p;
        return built(s);
    }
    [[nodiscard]] constexpr segment_octets syn_ack(
        std::uint16_t sequence, std::uint16_t acknowledged,
        const wire::syn_parameters& p = plain()) const noexcept {
        auto s = start(wire::flags_syn_ack, sequence, acknowledged);
        s.syn = p;
        return built(s);
    }
    [[nodiscard]] constexpr segment_octets ack(std::uint16_t sequence,
                                               std::uint16_t acknowledged) const noexcept {
        return built(start(wire::flags_ack, sequence, acknowledged));
    }
    /// An acknowledgement that names what was received out of order: numbers, as many as fit.
    [[nodiscard]] constexpr segment_octets eack(
        std::uint16_t sequence, std::uint16_t acknowledged,
        std::initializer_list<std::uint16_t> numbers) const noexcept {
        octet_buffer<wire::word_octets * wire::eack_entries_max> list;
        for (const std::uint16_t number : numbers) {
            list.push_back(static_cast<std::byte>(number >> 8));
            list.push_back(static_cast<std::byte>(number & 0xff));
        }
        auto s = start(wire::flags_ack_eack, sequence, acknowledged);
        s.words.eacks = wire::eack_view{list};
        if (agreed.has(wire::features::credit) && !s.words.credit) s.words.credit = acknowledged;
        return built(s);
    }
    /// A data segment; with FRAG, `fragments_left` more of the same message follow.
    [[nodiscard]] constexpr segment_octets data(std::uint16_t sequence, std::uint16_t acknowledged,
                                                std::string_view text,
                                                std::uint16_t fragments_left = 0) const noexcept {
        segment_octets payload;
        for (const char c : text) payload.push_back(static_cast<std::byte>(c));
        auto s = start(wire::flags_ack, sequence, acknowledged);
        s.words.fragments_left = fragments_left;
        s.payload = payload;
        return built(s);
    }
    /// A bundle of these messages (BUNDLE).
    [[nodiscard]] constexpr segment_octets bundle(
        std::uint16_t sequence, std::uint16_t acknowledged,
        std::initializer_list<std::string_view> messages) const noexcept {
        segment_octets payload;
        for (const std::string_view text : messages) {
            payload.push_back(static_cast<std::byte>(text.size() >> 8));
            payload.push_back(static_cast<std::byte>(text.size() & 0xff));
            for (const char c : text) payload.push_back(static_cast<std::byte>(c));
        }
        auto s = start(wire::flags_ack, sequence, acknowledged);
        s.words.bundled = static_cast<std::uint16_t>(messages.size());
        s.payload = payload;
        return built(s);
    }
    [[nodiscard]] constexpr segment_octets nul(std::uint16_t sequence, std::uint16_t acknowledged,
                                               wire::nul_code code = {}) const noexcept {
        auto s = start(wire::flags_nul_ack, sequence, acknowledged);
        s.words.nul_code = static_cast<std::uint16_t>(code);
        return built(s);
    }
    [[nodiscard]] constexpr segment_octets fin(std::uint16_t sequence,
                                               std::uint16_t acknowledged) const noexcept {
        return nul(sequence, acknowledged, wire::nul_code::fin);
    }
    /// An RST of the given form; the tag of a connection form comes from `words`.
    [[nodiscard]] constexpr segment_octets rst(std::uint16_t sequence, std::uint16_t acknowledged,
                                               wire::reset_form form = {}) const noexcept {
        auto s = start(wire::flags_rst_ack, sequence, acknowledged);
        if (form.form == wire::reset_form::kind::connection) {
            form.tag = words.tag;
            form.sequence_high = words.sequence_high;
            form.acknowledgement_high = words.acknowledgement_high;
        }
        s.reset = form;
        return built(s);
    }

    /// Three words of SYN parameters and no TLV: 64 outstanding, 1500 octets, ordered delivery.
    [[nodiscard]] static constexpr wire::syn_parameters plain() noexcept {
        wire::syn_parameters p;
        p.max_outstanding = 64;
        p.max_segment_size = 1500;
        return p;
    }

private:
    [[nodiscard]] constexpr wire::segment start(wire::flags control, std::uint16_t sequence,
                                                std::uint16_t acknowledged) const noexcept {
        wire::segment s;
        s.base.control = control;
        s.base.source_port = source_port;
        s.base.destination_port = destination_port;
        s.base.sequence = wire::seq16{sequence};
        s.base.acknowledgement = wire::seq16{acknowledged};
        s.words = words;
        return s;
    }

    [[nodiscard]] constexpr segment_octets built(wire::segment s) const noexcept {
        s.words.crc = wire::crc32c(s.payload);
        segment_octets out;
        const auto size = wire::encode(s, agreed, out.room());
        RRDP_ASSERT(size.has_value());
        out.resize(*size);
        return out;
    }
};

/// Whether two SYNs say the same.
[[nodiscard]] constexpr bool equal(const wire::syn_parameters& a,
                                   const wire::syn_parameters& b) noexcept {
    return a.max_outstanding == b.max_outstanding && a.max_segment_size == b.max_segment_size &&
           a.sequenced == b.sequenced && a.extended == b.extended && a.offered == b.offered &&
           a.node == b.node && a.boot == b.boot && a.timing == b.timing &&
           a.sequence_high == b.sequence_high && a.has_cookie == b.has_cookie &&
           equal(a.cookie, b.cookie) && a.peer_tag == b.peer_tag &&
           equal(a.application, b.application) && a.max_message == b.max_message && a.tag == b.tag;
}

/// Whether the words after word 6 say the same.
[[nodiscard]] constexpr bool equal(const wire::extensions& a, const wire::extensions& b) noexcept {
    if (a.eacks.size() != b.eacks.size()) return false;
    for (std::size_t i = 0; i < a.eacks.size(); ++i)
        if (a.eacks[i] != b.eacks[i]) return false;
    return a.tag == b.tag && a.sequence_high == b.sequence_high &&
           a.acknowledgement_high == b.acknowledgement_high && a.crc == b.crc &&
           a.fragments_left == b.fragments_left && a.bundled == b.bundled && a.credit == b.credit &&
           a.nul_code == b.nul_code;
}

/// Whether two RSTs say the same.
[[nodiscard]] constexpr bool equal(const wire::reset_form& a, const wire::reset_form& b) noexcept {
    return a.form == b.form && a.reason == b.reason && a.tag == b.tag &&
           a.sequence_high == b.sequence_high && a.acknowledgement_high == b.acknowledgement_high &&
           a.crc == b.crc && equal(a.cookie, b.cookie);
}

/// Whether two segments are the same, but for the header length and the checksum: two encodings
/// may say the same.
[[nodiscard]] constexpr bool equal(const wire::segment& a, const wire::segment& b) noexcept {
    const auto optional_equal = [](const auto& x, const auto& y) {
        return x.has_value() == y.has_value() && (!x.has_value() || equal(*x, *y));
    };
    return a.base.control == b.base.control && a.base.source_port == b.base.source_port &&
           a.base.destination_port == b.base.destination_port &&
           a.base.sequence == b.base.sequence &&
           (!a.base.control.ack() || a.base.acknowledgement == b.base.acknowledgement) &&
           optional_equal(a.syn, b.syn) && equal(a.words, b.words) &&
           optional_equal(a.reset, b.reset) && equal(a.payload, b.payload);
}

/// Gives a segment the checksum that it should have: for tests that change other octets. Nothing
/// happens where the lengths in the header do not fit the octets.
constexpr void repair_checksum(octets l2_payload,
                               wire::coverage covered = wire::coverage::header_and_data) noexcept {
    if (l2_payload.size() < wire::base_octets) return;
    const wire::header base = wire::load_header(l2_payload);
    const std::size_t data =
        covered == wire::coverage::header_and_data ? base.data_length : std::size_t{0};
    const std::size_t size = base.header_octets() + data;
    if (size > l2_payload.size() || base.header_length < wire::base_words) return;
    store_be16(l2_payload, wire::layout::checksum.offset, 0);
    store_be16(l2_payload, wire::layout::checksum.offset,
               wire::checksum_of(l2_payload.first(size)));
}

}  // namespace rrdp::testing
