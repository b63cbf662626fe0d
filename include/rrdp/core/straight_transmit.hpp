// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/core/transmit.hpp>

/// What an open connection sends nearly always: the next segment of its queue, for the first time.
/// `transmit` would send the same; here it is a straight line.
namespace rrdp::detail {

/// Whether the next segment of the queue may leave, and nothing else is more urgent or special.
template <class Policy>
[[nodiscard]] constexpr bool sends_straight(const connection_record<Policy>& c,
                                            const ring_pool& rings) noexcept {
    constexpr wire::features long_words = wire::features::wide | wire::features::crc32c;
    const bool plain = c.at == state::open && (c.agreed & long_words).none() && !c.queue.empty();
    const bool first = c.reset_due || c.syn_due || c.probe_due || c.acks.list_due();
    const bool ending = c.fin_wanted || c.peer_fin;
    const bool special = c.sending.any_lost() || c.governor != no_governor || c.path.busy();
    return plain && !first && !ending && !special && !c.held_back && c.sending.admits() &&
           has_credit(c) && c.sending.outstanding() < c.congestion.window() &&
           (c.sending.has_ring() || rings.available() > 0);
}

/// Writes that segment into `room`; its size.
template <class Policy>
[[nodiscard]] constexpr std::size_t transmit_straight(connection_record<Policy>& c,
                                                      context<Policy>& x, octets room) noexcept {
    const bool borrowed = c.sending.borrow(x.rings);
    RRDP_ASSERT(borrowed);
    c.keepalive_due = false;  // data prove the same
    const segment_handle h = c.queue.pop(x.segments);
    const segment_descriptor& d = x.segments.at(h);
    if (d.following == 0) {  // the message has left
        --c.queued;
        ++c.ledger.sent;
        x.stats.messages_sent.count(d.kind == segment_kind::empty, c.mid_run);
    }
    c.mid_run = d.following != 0;
    const sequence number = c.sending.push(x.segments, x.rings, h, x.now);
    const bool data = d.kind == segment_kind::data;
    wire::segment_writer out{room};
    begin(out, c, data ? wire::flags_ack : wire::flags_nul_ack, number);
    if (data) {
        if (c.agreed.has(wire::features::frag)) out.word(d.following);
        tell_credit(out, c, false);
    } else {
        out.word(static_cast<std::uint16_t>(wire::nul_code::empty));
    }
    ride_along(c, data);
    if (!c.timers.running(timer::retransmit)) restart_retransmit_timer(c, x);
    hasten_probe(c, x);
    return out.finish(x.segments.data(h));
}

}  // namespace rrdp::detail
