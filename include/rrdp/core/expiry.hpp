// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/core/arrival.hpp>
#include <rrdp/core/ending.hpp>
#include <rrdp/core/transmit.hpp>

/// What the timers of a connection do when they fire (section 9, 11).
namespace rrdp {

namespace detail {

/// Whether the oldest outstanding segment has been tried for long enough.
template <class Policy>
[[nodiscard]] constexpr bool given_up(const segment_descriptor& oldest,
                                      const context<Policy>& x) noexcept {
    constexpr int transmissions_min = 4;
    return oldest.transmissions >= transmissions_min &&
           x.now > after(oldest.first_sent, x.opt.give_up);
}

/// A closed window is probed until it opens; while the peer answers, it may stay closed.
template <class Policy>
constexpr void persist(connection_record<Policy>& c, context<Policy>& x) noexcept {
    if (!waits_for_credit(c)) return;
    constexpr int probes_min = 4;
    if (c.probes >= probes_min && x.now - c.since >= x.opt.give_up)
        return end_by_time(c, x, end_reason::timed_out_persist, true);
    c.probe_due = true;
    ++x.stats.persist_probes;
    x.stats.zero_window_time += persist_interval(c, x);
    c.rtt.back_off();
    restart_persist_timer(c, x);
}

/// The waiting for credit that a connection is in the midst of.
struct credit_wait {
    instant probe = never;  ///< when the window is probed next; `never` where none is waited for
    duration interval{};    ///< since the last probe until then
};

template <class Policy>
[[nodiscard]] constexpr credit_wait waiting(const connection_record<Policy>& c,
                                            const context<Policy>& x) noexcept {
    if (!waits_for_credit(c)) return {};
    return {c.timers.at(timer::retransmit), persist_interval(c, x)};
}

/// Counts the waiting since the last probe, if `before` has ended ahead of the next one.
template <class Policy>
constexpr void count_waiting(const connection_record<Policy>& c, context<Policy>& x,
                             const credit_wait& before) noexcept {
    if (before.probe == never || waits_for_credit(c)) return;
    const duration rest = before.probe - x.now;
    const duration whole = before.interval;
    if (rest >= duration::zero() && rest < whole) x.stats.zero_window_time += whole - rest;
}

/// The oldest outstanding segment, and it only, is sent again.
template <class Policy>
constexpr void retransmission_due(connection_record<Policy>& c, context<Policy>& x) noexcept {
    if (c.at == state::syn_sent || c.at == state::syn_received) {
        c.rtt.back_off();
        c.syn_due = true;  // connect_timeout takes the place of giving up
        return;
    }
    const segment_handle h = c.sending.oldest(x.rings);
    if (h == no_segment) return persist(c, x);
    const segment_descriptor& oldest = x.segments.at(h);
    if (given_up(oldest, x)) {
        if (lacks_only_last_word(c)) return end_without_last_word(c, x);
        const bool alone = c.sending.outstanding() == 1;
        const bool keepalive = oldest.kind == segment_kind::keepalive && alone;
        return end_by_time(
            c, x, keepalive ? end_reason::timed_out_keepalive : end_reason::timed_out_data, true);
    }
    if (falls_into_black_hole(c, oldest)) return end_in_black_hole(c, x);
    c.sending.lose(x.segments, h, loss::timeout);
    c.sending.judge().begin_recovery(oldest);
    c.retransmit_now = true;
    c.congestion.on_timeout();
    c.rtt.back_off();
    restart_retransmit_timer(c, x);
}

/// Either the time of a segment that was overtaken is over, or nothing at all has come back for so
/// long that the tail of the flight may be lost: its last segment is sent again, and
/// if that brings nothing either, its oldest (docs/decisions/0054).
template <class Policy>
constexpr void recovery_due(connection_record<Policy>& c, context<Policy>& x) noexcept {
    if (!c.established()) return;
    if (c.held_back && governor_release(c, x) <= x.now) c.held_back = false;
    detect_losses(c, x);
    if (probe_time(c) > x.now) return;
    const bool first = c.rtt.probes() == 0;
    c.rtt.probe();
    c.retransmit_now = true;
    if (!c.sending.any_lost()) {  // else one of those is the probe, whatever the window says
        const segment_handle h = first ? c.sending.newest(x.rings) : c.sending.oldest(x.rings);
        c.sending.lose(x.segments, h, loss::probe);
    }
    if (first) restart_retransmit_timer(c, x);  // the answer to the probe comes first
}

/// The peer has been silent: ask it, unless something outstanding asks already. The timer
/// is not moved by every arrival; it looks when it fires and goes on for the rest of the time.
template <class Policy>
constexpr void keepalive_due(connection_record<Policy>& c, context<Policy>& x) noexcept {
    if (c.ask_peer) {  // news of the peer's node came
        c.ask_peer = false;
        c.probe_due = true;
        if (x.opt.keepalive == duration::zero()) return;
    }
    const duration silent = x.now - c.since;
    // What waits for credit is asked about by the persist timer, which gives up by itself.
    const bool asks = may_send_news(c) || waits_for_credit(c);
    const bool idle = c.sending.outstanding() == 0 && !asks;
    if (silent >= x.opt.keepalive && idle) {
        constexpr int probes_min = 4;
        if (c.probes >= probes_min && silent >= x.opt.give_up)
            return end_by_time(c, x, end_reason::timed_out_keepalive, true);
        // Nothing is numbered after the FIN, nor beyond what a peer has listed but will
        // not acknowledge, nor without credit (S2, S3 of ).
        c.keepalive_due = !c.fin_sent && !c.held_back && c.sending.admits() && has_credit(c);
        c.probe_due = !c.keepalive_due;
    }
    const duration rest = silent < x.opt.keepalive ? x.opt.keepalive - silent : x.opt.keepalive;
    c.timers.set(timer::keepalive, x.deadline(rest));
}

/// The time of a state is over.
template <class Policy>
constexpr void lifetime_over(connection_record<Policy>& c, context<Policy>& x) noexcept {
    switch (c.at) {
        case state::syn_sent: return end_by_time(c, x, end_reason::timed_out_connect, false);
        case state::syn_received:  // one that a listener made ends without a word
            return end_by_time(c, x, end_reason::timed_out_connect, c.active);
        case state::closing: return end_unanswered(c, x);
        case state::close_wait: move(c, x, stimulus::linger_over); break;
        case state::open:  // never run: being open ends by no timer of its own
        case state::closed: c.reset_due = false; break;  // a tombstone: the endpoint frees it
    }
}

}  // namespace detail

/// Fires what is due at `x.now`, each timer at most once.
template <class Policy>
constexpr void handle_timeout(connection_record<Policy>& c, context<Policy>& x) noexcept {
    if (c.timers.expire(timer::lifetime, x.now)) detail::lifetime_over(c, x);
    if (c.timers.expire(timer::retransmit, x.now)) detail::retransmission_due(c, x);
    if (c.timers.expire(timer::recover, x.now)) detail::recovery_due(c, x);
    if (c.timers.expire(timer::acknowledge, x.now)) c.acks.at_once();
    if (c.timers.expire(timer::keepalive, x.now)) detail::keepalive_due(c, x);
}

}  // namespace rrdp
