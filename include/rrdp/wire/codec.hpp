// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/wire/parse.hpp>
#include <rrdp/wire/reset.hpp>

namespace rrdp::wire {

/// A whole segment as one value: for tests, tools and whoever wants to read frames. The engine
/// itself uses `parse()` and `segment_writer`, which copy less.
///
/// Which parts are there follows from the flags: `syn` in a SYN and SYN ACK, `reset` in an RST, and
/// `words` in every other. The views borrow the frame.
struct segment {
    header base{};                        ///< the fixed header
    std::optional<syn_parameters> syn{};  ///< the opening parameters of a SYN
    extensions words{};                   ///< those of what was agreed on
    std::optional<reset_form> reset{};    ///< what an RST says
    octets_view payload{};                ///< the data
};

namespace detail {

/// Step 12b for an RST. Where nothing is agreed there may be no record yet, so that the forms which
/// only an opener accepts are right as well (specification, table 2.1).
constexpr result<reset_form, wire_errc> decode_reset(const segment_view& view,
                                                     features agreed) noexcept {
    const auto reset = parse_reset(view, agreed);
    if (reset.has_value() || !agreed.none()) return reset;
    return parse_reset_opening(view);
}

/// Steps 12b and 12d for a segment without the SYN flag.
constexpr std::optional<wire_errc> decode_words(const segment_view& view, features agreed,
                                                segment& s) noexcept {
    std::uint32_t crc = 0;
    if (view.base.control.rst()) {
        const auto reset = decode_reset(view, agreed);
        if (!reset) return reset.error();
        s.reset = *reset;
        crc = reset->crc;
    } else {
        const auto words = parse_extensions(view, agreed);
        if (!words) return words.error();
        s.words = *words;
        crc = words->crc;
    }
    if (agreed.has(features::crc32c) && crc != crc32c(view.payload())) return wire_errc::bad_crc;
    if (!bundle_valid(view, s.words)) return wire_errc::bad_bundle;
    return std::nullopt;
}

/// The length of the header that `encode` makes, in words.
constexpr std::size_t header_words(const segment& s, features agreed) noexcept {
    if (s.syn.has_value()) return syn_words(*s.syn);
    word_counter counter;
    if (s.reset.has_value())
        write_reset(counter, *s.reset, agreed);
    else
        write_extensions(counter, s.words, s.base.control, agreed, !s.payload.empty());
    return counter.count;
}

/// Whether the parts of a segment are those that its flags ask for.
constexpr bool parts_fit(const segment& s) noexcept {
    return s.syn.has_value() == s.base.control.syn() && s.reset.has_value() == s.base.control.rst();
}

/// Whether the octets that go into the header fill whole words.
constexpr bool in_whole_words(const segment& s) noexcept {
    std::size_t odd = 0;
    if (s.syn.has_value()) odd |= s.syn->cookie.size() | s.syn->application.size();
    if (s.reset.has_value()) odd |= s.reset->cookie.size();
    return odd % word_octets == 0;
}

}  // namespace detail

/// Reads a whole segment of a connection on which `agreed` holds: steps 1 to 8, 11, 12b, 12d and
/// 12e of the validation in their order, with the first failure as the reason. Whether the
/// tag is right (12c) only the connection knows.
[[nodiscard]] constexpr result<segment, wire_errc> decode(octets_view l2_payload,
                                                          features agreed = {}) noexcept {
    const auto view = parse(l2_payload);
    if (!view) return view.error();
    if (!checksum_valid(*view, coverage_of(view->base.control, agreed)))
        return wire_errc::bad_checksum;

    segment s;
    s.base = view->base;
    s.payload = view->payload();
    if (view->base.control.syn()) {
        s.syn = *parse_syn(*view);
        return s;
    }
    const auto failure = detail::decode_words(*view, agreed, s);
    if (failure.has_value()) return *failure;
    return s;
}

/// Writes a whole segment to the start of `out`; its size in octets. Header length, data length and
/// checksum are computed, whatever `s.base` says; the CRC is taken as it is. What `decode` would
/// not accept is refused with decode's reason, a lack of room with `short_frame`.
[[nodiscard]] constexpr result<std::size_t, wire_errc> encode(const segment& s, features agreed,
                                                              octets out) noexcept {
    const header& base = s.base;
    if (!detail::parts_fit(s)) return wire_errc::bad_flags;
    if (!detail::in_whole_words(s))
        return s.syn.has_value() ? wire_errc::bad_syn : wire_errc::bad_extension;
    if (s.payload.size() > data_length_max) return wire_errc::bad_data_length;
    const std::size_t words = detail::header_words(s, agreed);
    if (words > header_words_max) return wire_errc::bad_header_length;
    if (word_octets * words + s.payload.size() > out.size()) return wire_errc::short_frame;

    segment_writer writer{out};
    writer.base(base.control, base.source_port, base.destination_port, base.sequence,
                base.control.ack() ? base.acknowledgement : seq16{});
    if (s.syn.has_value())
        write_syn(writer, *s.syn);
    else if (s.reset.has_value())
        write_reset(writer, *s.reset, agreed);
    else
        write_extensions(writer, s.words, base.control, agreed, !s.payload.empty());
    const std::size_t size = writer.finish(s.payload, coverage_of(base.control, agreed));
    const auto check = decode(out.first(size), agreed);
    if (!check) return check.error();
    return size;
}

}  // namespace rrdp::wire
