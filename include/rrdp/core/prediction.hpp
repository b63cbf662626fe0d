// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/core/arrival.hpp>

/// Header prediction (Van Jacobson): nearly every segment of an open connection is the one that is
/// expected next, a whole message in order. What the rules of 2.2 and 7.6 do with such a one is a
/// straight line, and is written here as one. Whatever is not as predicted changes nothing and goes
/// the general way, which gives the same answers for these segments too.
namespace rrdp::detail {

/// Whether a connection is in the state of which the straight line is true: open in both
/// directions, nothing held, nothing in pieces, nothing waited for but acknowledgements.
template <class Policy>
[[nodiscard]] constexpr bool runs_smoothly(const connection_record<Policy>& c,
                                           const context<Policy>& x) noexcept {
    constexpr wire::features long_words = wire::features::wide | wire::features::crc32c;
    const bool plain = c.at == state::open && c.addressed && (c.agreed & long_words).none();
    const bool ending = c.fin_wanted || c.peer_fin;
    const bool waiting = c.held_back || c.room_wanted != 0 || !has_credit(c);
    const bool in_pieces = c.receiving.has_gap() || !c.partial.empty();
    return plain && !ending && !waiting && !in_pieces && c.said == no_segment &&
           c.governor == no_governor && c.receiving.room() > 0 && intact(c) &&
           x.segments.available() > x.segments.reserve();
}

/// The length of the header if `octets` begin with the one that is expected next and has data
/// behind it, else 0. `size` is set to that of the whole segment.
template <class Policy>
[[nodiscard]] constexpr std::size_t predicted_header(const connection_record<Policy>& c,
                                                     const context<Policy>& x, octets_view octets,
                                                     std::size_t& size) noexcept {
    const bool tagged = c.agreed.has(wire::features::tag);
    const bool cut = c.agreed.has(wire::features::frag);
    const std::size_t words =
        wire::base_words + (tagged ? std::size_t{2} : 0) + (cut ? std::size_t{1} : 0);
    const std::size_t header = wire::word_octets * words;
    if (octets.size() <= header) return 0;
    if (load_be16(octets, 0) != (std::size_t{wire::flags_ack.octet()} << 8 | words)) return 0;
    const std::size_t length = load_be16(octets, wire::layout::data_length.offset);
    size = header + length;
    if (length == 0 || size > octets.size() || size > x.receive_limit()) return 0;
    const sequence expected = c.receiving.last_in_order() + 1;
    const std::uint16_t number = load_be16(octets, wire::layout::sequence.offset);
    if (number != expected.low().value()) return 0;
    if (tagged && load_be32(octets, wire::base_octets) != c.own_tag) return 0;
    if (cut && load_be16(octets, header - wire::word_octets) != 0) return 0;
    return cut && length > x.message_limit() ? 0 : header;
}

/// Steps 4 to 7 of 7.6 for an acknowledgement that rides on data without a list or a credit word.
template <class Policy>
constexpr void take_ridden_acknowledgement(connection_record<Policy>& c, context<Policy>& x,
                                           sequence number, bool advances) noexcept {
    delivery news = c.sending.judge().begin_delivery(x.now, c.rtt.shortest());
    if (advances) c.sending.acknowledge(x.segments, x.rings, number, news);
    if (c.agreed.has(wire::features::credit)) c.sending.extend(number + 2U * c.peer_outstanding);
    if (advances) take_delivery(c, x, news);
    if (c.sending.outstanding() == 0)
        c.timers.clear(timer::recover);
    else
        detect_losses(c, x);
}

/// Steps 8 and 9 for a whole message in order.
template <class Policy>
constexpr void take_message(connection_record<Policy>& c, context<Policy>& x,
                            octets_view data) noexcept {
    heard(c, x);
    const segment_handle h = x.segments.take(segment_pool::purpose::in_order, x.slot);
    x.segments.store(h, data);
    c.receiving.pass_message();
    c.inbox.push(x.segments, h);
    announce(c, x, false, false);
    place(x, data, 0);
    owe_acknowledgement(c, x, placement::in_order, segment_kind::data, false);
}

/// Handles the segment at the start of `octets`, what the link carried, if it is as predicted; else
/// false, and nothing has changed.
template <class Policy>
[[nodiscard]] constexpr bool take_predicted(connection_record<Policy>& c, context<Policy>& x,
                                            octets_view octets) noexcept {
    std::size_t size = 0;
    if (!runs_smoothly(c, x)) return false;
    const std::size_t header = predicted_header(c, x, octets, size);
    if (header == 0) return false;
    const sequence base = c.sending.oldest_unacknowledged().previous();
    const wire::seq16 low{load_be16(octets, wire::layout::acknowledgement.offset)};
    const sequence number = expand(low, base);
    const std::int32_t ahead = distance(base, number);
    if (ahead < 0 || ahead > distance(base, c.sending.next().previous())) return false;
    if constexpr (Policy::checksum::verifies) {
        wire::ones_complement_sum sum;
        sum.add(octets.first(size));
        if (sum.value() != 0xffff) return false;
    }
    take_ridden_acknowledgement(c, x, number, ahead > 0);
    take_message(c, x, octets.subspan(header, size - header));
    return true;
}

}  // namespace rrdp::detail
