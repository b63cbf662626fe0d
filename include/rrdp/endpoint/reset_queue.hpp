// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include <rrdp/base/assert.hpp>
#include <rrdp/wire/parse.hpp>
#include <rrdp/wire/reset.hpp>

namespace rrdp {

/// A bare RST that waits to be sent to a node: all that is kept of the segment it answers.
struct bare_reset {
    std::uint16_t node = 0;       ///< its place in the node table
    std::uint16_t link_port = 0;  ///< of the address it came from, where addresses have one (R-7.6)
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    wire::seq16 sequence;
    wire::seq16 acknowledgement;
    wire::reset_reason reason{};
    std::optional<std::uint32_t> tag{};     ///< reflected (R-3.16)
    std::optional<std::uint64_t> cookie{};  ///< with reason 12 (R-14.2)
};

/// The answer to `s`: `<SEQ=SEG.ACK+1><ACK=SEG.SEQ>`, or SEQ 0 if it acknowledges nothing.
/// It reflects the tag that the segment says it carries, unexamined: who answers so
/// has no record in OPEN or CLOSING. An RST gets no answer: ask before.
[[nodiscard]] constexpr bare_reset answer_to(const wire::segment_view& s, std::uint16_t node,
                                             wire::reset_reason reason) noexcept {
    const wire::header& h = s.base;
    bare_reset r{.node = node,
                 .source_port = h.destination_port,
                 .destination_port = h.source_port,
                 .sequence = h.control.ack() ? h.acknowledgement + 1 : wire::seq16{},
                 .acknowledgement = h.sequence,
                 .reason = reason};
    if (h.control.syn()) {
        const auto said = wire::parse_syn(s);
        if (said) r.tag = said->tag;
    } else if (h.header_length >= wire::base_words + 2) {
        r.tag = load_be32(s.variable(), 0);
    }
    return r;
}

/// Writes `r` into `room`; its size in octets.
[[nodiscard]] constexpr std::size_t write(const bare_reset& r, octets room) noexcept {
    wire::segment_writer out{room};
    out.base(wire::flags_rst_ack, r.source_port, r.destination_port, r.sequence, r.acknowledgement);
    wire::reset_form form;
    form.form = r.tag ? wire::reset_form::kind::bare_tagged : wire::reset_form::kind::bare;
    form.reason = r.reason;
    form.tag = r.tag;
    std::array<std::byte, wire::cookie_octets> cookie{};
    if (r.cookie) {
        form.form = r.tag ? wire::reset_form::kind::cookie_tagged : wire::reset_form::kind::cookie;
        store_be32(cookie, 0, static_cast<std::uint32_t>(*r.cookie >> 32));
        store_be32(cookie, 4, static_cast<std::uint32_t>(*r.cookie));
        form.cookie = cookie;
    }
    wire::write_reset(out, form, {});
    return out.finish();
}

/// The bare RSTs on their way out. There is a place for an answer to each frame of a turn of
/// `pump`: in a flood every opener of a turn gets its cookie, and not the first few.
class reset_queue {
public:
    static constexpr std::size_t places = 64;

    [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }

    /// False when there is no place.
    [[nodiscard]] constexpr bool push(const bare_reset& r) noexcept {
        if (size_ == places) return false;
        places_[(first_ + size_++) % places] = r;
        return true;
    }

    constexpr bare_reset pop() noexcept {
        RRDP_ASSERT(!empty());
        const bare_reset r = places_[first_];
        first_ = (first_ + 1) % places;
        --size_;
        return r;
    }

private:
    std::array<bare_reset, places> places_{};
    std::size_t first_ = 0;
    std::size_t size_ = 0;
};

}  // namespace rrdp
