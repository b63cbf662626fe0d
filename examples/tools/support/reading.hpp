// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include <rrdp/wire/codec.hpp>
#include <rrdp/wire/resolution.hpp>

/// What an observer makes of one frame, given what he knows of its conversation.
namespace tools {

/// A SYN that waits for its answer: RSTs to its sender have the forms of.
struct pending_opening {
    std::optional<std::uint32_t> tag;
};

/// What is known before the frame is looked at.
struct frame_context {
    std::optional<rrdp::wire::features> agreed;  ///< nothing: the opening was not seen
    std::optional<std::uint32_t> tag_of_sender{}, tag_of_receiver{};
    std::optional<pending_opening> opening{};                        ///< of the receiver
    std::optional<rrdp::wire::mac_address> source{}, destination{};  ///< on Ethernet
    rrdp::wire::ones_complement_sum pseudo_header{};
    bool may_resolve = true;  ///< node resolution is for Ethernet
};

/// The verdict, and what could be read. Only what is `ok` has fields.
struct reading {
    const char* verdict = "ok";
    rrdp::wire::segment segment{};
    rrdp::octets_view variable{};  ///< the header after word 6, as it stands
    rrdp::octets_view unknown{};   ///< of it, the words whose meaning only the opening would tell
    std::optional<rrdp::wire::resolution_frame> resolution{};
    std::optional<rrdp::wire::coverage> covered{};  ///< by the checksum; where there are data
    std::size_t padding = 0;

    [[nodiscard]] bool ok() const noexcept { return verdict[0] == 'o' && verdict[1] == 'k'; }
};

namespace detail {

using rrdp::wire::features;
using rrdp::wire::wire_errc;

inline void read_resolution(rrdp::octets_view payload, const frame_context& context, reading& r) {
    using namespace rrdp::wire;
    if (payload.size() < resolution_octets) {
        r.verdict = name(wire_errc::nr_malformed);
        return;
    }
    const auto frame = parse_resolution(payload, rrdp::load_be32(payload, 4),
                                        context.source.value_or(load_mac(payload, 16)));
    r.padding = payload.size() - resolution_octets;
    r.segment.base.checksum = rrdp::load_be16(payload, 26);
    if (frame)
        r.resolution = *frame;
    else
        r.verdict = name(frame.error());
}

/// Step 9, as far as one frame shows it.
inline const char* address_failure(const frame_context& context) {
    if (!context.source || !context.destination) return nullptr;
    if (context.destination->is_group()) return "group_destination";
    const bool nowhere = context.source->is_group() || context.source->is_zero() ||
                         *context.source == *context.destination;
    return nowhere ? "bad_source" : nullptr;
}

/// Step 11. Where the rule is not known either coverage will do.
inline bool checksum_right(const rrdp::wire::segment_view& view, const frame_context& context,
                           reading& r) {
    using rrdp::wire::coverage;
    rrdp::wire::ones_complement_sum sum = context.pseudo_header;
    sum.add(view.octets.first(view.base.header_octets()));
    const bool header = sum.value() == 0xffff;
    sum.add(view.payload());
    const bool whole = sum.value() == 0xffff;
    const bool by_rule =
        context.agreed && coverage_of(view.base.control, *context.agreed) == coverage::header_only;
    const bool by_guess = !context.agreed && !whole && header;
    if (!view.payload().empty())
        r.covered = by_rule || by_guess ? coverage::header_only : coverage::header_and_data;
    return by_rule ? header : whole || by_guess;
}

/// Step 12b for an RST: forms of a record, or of an opener.
inline std::optional<wire_errc> read_reset(const rrdp::wire::segment_view& view,
                                           const frame_context& context, reading& r) {
    using namespace rrdp::wire;
    if (context.opening || !context.agreed) {
        const auto reset = parse_reset_opening(view);
        if (reset) r.segment.reset = *reset;
        if (reset) return std::nullopt;
    }
    if (!context.agreed) {
        r.unknown = view.variable();
        return std::nullopt;
    }
    const auto reset = rrdp::wire::detail::decode_reset(view, *context.agreed);
    if (!reset) return reset.error();
    r.segment.reset = *reset;
    return std::nullopt;
}

inline std::optional<wire_errc> read_words(const rrdp::wire::segment_view& view,
                                           const frame_context& context, reading& r) {
    if (view.base.control.rst()) return read_reset(view, context, r);
    if (!context.agreed) {
        r.unknown = view.variable();
        return std::nullopt;
    }
    const auto words = parse_extensions(view, *context.agreed);
    if (!words) return words.error();
    r.segment.words = *words;
    return std::nullopt;
}

/// Step 12c, as far as both tags are known.
inline bool tag_right(const frame_context& context, const reading& r) {
    using kind = rrdp::wire::reset_form::kind;
    const auto& reset = r.segment.reset;
    if (reset && context.opening && reset->form != kind::connection)
        return !context.opening->tag || !reset->tag || *reset->tag == *context.opening->tag;
    if (!context.agreed || !context.agreed->has(features::tag) || !context.tag_of_receiver)
        return true;
    if (!reset) return r.segment.words.tag == *context.tag_of_receiver;
    if (!reset->tag) return false;
    return *reset->tag == *context.tag_of_receiver ||
           (reset->form == kind::bare_tagged && reset->tag == context.tag_of_sender);
}

/// Step 12d.
inline bool crc_right(const frame_context& context, const reading& r) {
    if (!context.agreed || !context.agreed->has(features::crc32c)) return true;
    const auto& s = r.segment;
    return (s.reset ? s.reset->crc : s.words.crc) == rrdp::wire::crc32c(s.payload);
}

}  // namespace detail

/// Reads a frame's payload: the checks of 2.2 in their order, the first failure counts.
inline reading read_frame(rrdp::octets_view payload, const frame_context& context) {
    using namespace rrdp::wire;
    reading r;
    const auto failed = [&r](const char* verdict) {
        r.verdict = verdict;
        return r;
    };
    if (context.may_resolve && is_resolution(payload)) {
        detail::read_resolution(payload, context, r);
        return r;
    }
    const auto view = parse(payload);
    if (!view) return failed(name(view.error()));
    r.segment.base = view->base;
    r.segment.payload = view->payload();
    r.variable = view->variable();
    r.padding = payload.size() - view->octets.size();
    if (const char* wrong = detail::address_failure(context)) return failed(wrong);
    if (!detail::checksum_right(*view, context, r)) return failed(name(wire_errc::bad_checksum));
    if (view->base.control.syn()) {
        r.segment.syn = *parse_syn(*view);
        return r;
    }
    if (const auto wrong = detail::read_words(*view, context, r)) return failed(name(*wrong));
    if (!detail::tag_right(context, r)) return failed(name(wire_errc::bad_tag));
    if (!detail::crc_right(context, r)) return failed(name(wire_errc::bad_crc));
    if (!bundle_valid(*view, r.segment.words)) return failed(name(wire_errc::bad_bundle));
    return r;
}

}  // namespace tools
