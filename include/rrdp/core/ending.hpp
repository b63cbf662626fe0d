// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/core/context.hpp>

/// How a connection ends, by whatever cause, and the rules of closing (section 10).
namespace rrdp {

/// How long an ended connection is remembered: at least four times the longest retransmission
/// time-out it has seen.
template <class Policy>
[[nodiscard]] constexpr duration linger_of(const connection_record<Policy>& c,
                                           const context<Policy>& x) noexcept {
    const duration least = 4 * std::chrono::microseconds{c.rto_longest_us};
    return x.opt.linger > least ? x.opt.linger : least;
}

/// Everything that waits to be sent, confirmed or completed is given back; the messages that are
/// complete stay for the application. What lingers afterwards keeps its place in the table and no
/// other memory (R-7.36, docs/decisions/0038).
template <class Policy>
constexpr void release_windows(connection_record<Policy>& c, context<Policy>& x) noexcept {
    c.sending.clear(x.segments, x.rings);
    if (c.governor != no_governor) x.governors->give_back(c.governor);
    c.governor = no_governor;
    c.held_back = false;
    while (!c.queue.empty()) x.segments.give_back(c.queue.pop(x.segments));
    c.queued = 0;
    c.receiving.clear(x.segments, x.rings);
    if (!c.partial.empty()) ++x.stats.messages_cut_off;  // never delivered
    while (!c.partial.empty()) {
        x.segments.give_back(c.partial.pop(x.segments));
        c.receiving.vacate();
    }
    x.segments.repay(x.slot);
    c.acks.acknowledged();
    c.keepalive_due = c.probe_due = c.syn_due = c.wants_drained = false;
    c.room_wanted = 0;
}

/// The application shall hear the end, once: `closed` with the ledger as it stands.
template <class Policy>
constexpr void report_end(connection_record<Policy>& c, context<Policy>& x, end_reason why,
                          wire::reset_reason said) noexcept {
    c.reason = why;
    c.reset = said;
    x.stats.messages_in_doubt += c.ledger.sent - c.ledger.confirmed;
    x.stats.messages_not_sent += c.ledger.accepted - c.ledger.sent;
    if (c.visible) c.raise(event_kind::closed);
}

/// Ends `c` for good. With `reset` an RST goes out, and a tombstone stays to answer what the peer
/// may still send.
template <class Policy>
constexpr void end(connection_record<Policy>& c, context<Policy>& x, stimulus on, end_reason why,
                   wire::reset_reason said, bool reset) noexcept {
    c.reset_bare = !c.established();
    move(c, x, on);
    c.timers.clear_all();
    release_windows(c, x);
    report_end(c, x, why, said);
    c.reset_due = reset;
    if (reset) c.timers.set(timer::lifetime, x.deadline(linger_of(c, x)));
}

/// Whether nothing is left of `c` but to hear that its FIN has arrived: the peer has ended before,
/// and has everything else.
template <class Policy>
[[nodiscard]] constexpr bool lacks_only_last_word(const connection_record<Policy>& c) noexcept {
    const std::int32_t open = distance(c.sending.oldest_unacknowledged(), c.sending.next());
    return c.at == state::closing && c.peer_fin && c.fin_sent && open <= 1;
}

/// A valid RST has arrived.
template <class Policy>
constexpr void end_by_reset(connection_record<Policy>& c, context<Policy>& x, end_reason why,
                            wire::reset_reason said) noexcept {
    x.stats.resets_in.count(said);
    end(c, x, stimulus::rst, why, said, false);
}

template <class Policy>
constexpr void end_by_time(connection_record<Policy>& c, context<Policy>& x, end_reason why,
                           bool reset) noexcept {
    ++x.stats.connections_timed_out;
    end(c, x, stimulus::timed_out, why, wire::reset_reason::timed_out, reset);
}

/// The peer has ended and has everything, but its acknowledgement of the own FIN does not come: it
/// lingers no more. Nothing has failed (docs/decisions/0071).
template <class Policy>
constexpr void end_without_last_word(connection_record<Policy>& c, context<Policy>& x) noexcept {
    end(c, x, stimulus::timed_out, end_reason::clean, wire::reset_reason::timed_out, true);
}

/// The peer broke the protocol.
template <class Policy>
constexpr void end_by_error(connection_record<Policy>& c, context<Policy>& x,
                            wire::reset_reason why) noexcept {
    x.stats.protocol_errors.count(why);
    end(c, x, stimulus::protocol_error, end_reason::protocol_error, why, true);
}

/// Whether the numbers of an established record can be those of a connection: what must hold before
/// any of them is used.
template <class Policy>
[[nodiscard]] constexpr bool intact(const connection_record<Policy>& c) noexcept {
    const std::int32_t span = distance(c.sending.oldest_unacknowledged(), c.sending.next());
    const std::int32_t room = c.receiving.room();
    return span >= c.sending.outstanding() &&
           span <= 2 * std::int32_t{c.sending.outstanding_max()} && room >= 0 &&
           room <= c.receiving.width();
}

/// Our own bug, met where no assertion stops the program: this connection ends, and no other is
/// touched. A window that cannot be walked is left as it is.
template <class Policy>
constexpr void end_by_bug(connection_record<Policy>& c, context<Policy>& x) noexcept {
    ++x.stats.internal_errors;
    const std::int32_t span = distance(c.sending.oldest_unacknowledged(), c.sending.next());
    if (span < 0 || span > 2 * std::int32_t{Policy::max_outstanding}) c.sending = send_window{};
    end(c, x, stimulus::protocol_error, end_reason::internal_error, wire::reset_reason::unspecified,
        true);
}

/// The own side has finished and all of it is confirmed, but the peer's FIN will not come (R-10.4,
///
template <class Policy>
constexpr void end_unanswered(connection_record<Policy>& c, context<Policy>& x) noexcept {
    ++x.stats.connections_unanswered;
    end(c, x, stimulus::unanswered, end_reason::unanswered, wire::reset_reason::aborted, true);
}

/// Refuses further sends; the FIN follows what is queued.
template <class Policy>
constexpr void begin_close(connection_record<Policy>& c, context<Policy>& x) noexcept {
    move(c, x, stimulus::close);
    c.fin_wanted = true;
    c.room_wanted = 0;
}

/// Waits for the peer's FIN, anew after everything new from the peer.
template <class Policy>
constexpr void wait_for_fin(connection_record<Policy>& c, context<Policy>& x) noexcept {
    c.timers.set(timer::lifetime, x.deadline(x.opt.fin_wait));
}

/// Both directions have ended and everything is confirmed.
template <class Policy>
constexpr void enter_close_wait(connection_record<Policy>& c, context<Policy>& x) noexcept {
    move(c, x, stimulus::finished);
    const bool acknowledge = c.acks.due();
    c.timers.clear_all();
    release_windows(c, x);
    if (acknowledge) c.acks.at_once();  // the peer still waits for the number of its FIN
    report_end(c, x, end_reason::clean, {});
    c.timers.set(timer::lifetime, x.deadline(linger_of(c, x)));
}

/// What the closing rules ask for after a change on either side (R-7.30, step 9).
template <class Policy>
constexpr void progress_close(connection_record<Policy>& c, context<Policy>& x) noexcept {
    if (c.at == state::open && c.peer_fin && x.opt.auto_close && c.queue.empty()) begin_close(c, x);
    if (c.at != state::closing || !c.fin_acknowledged()) return;
    if (c.peer_fin) {
        enter_close_wait(c, x);
    } else if (!c.agreed.has(wire::features::fin)) {
        // The peer knows no FIN, but its acknowledgement proves that all arrived.
        end_unanswered(c, x);
    } else if (!c.half_closed && !c.timers.running(timer::lifetime)) {
        wait_for_fin(c, x);
    }
}

}  // namespace rrdp
