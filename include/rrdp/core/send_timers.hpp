// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/core/context.hpp>

/// The timers of what is outstanding, and when they are due (section 9).
namespace rrdp::detail {

/// Starts the retransmission timer anew: something is outstanding, or there was progress.
template <class Policy>
constexpr void restart_retransmit_timer(connection_record<Policy>& c, context<Policy>& x) noexcept {
    const duration peer_delay = std::chrono::microseconds{c.peer_ack_delay_us};
    const duration timeout = c.rtt.timeout(x.opt, Policy::timer_tick, peer_delay);
    if (timeout > std::chrono::microseconds{c.rto_longest_us}) {
        const auto us = std::chrono::ceil<std::chrono::microseconds>(timeout).count();
        c.rto_longest_us = static_cast<std::uint32_t>(us);
    }
    c.timers.set(timer::retransmit, x.deadline(timeout));
}

/// Whether silence after a probe may mean anything else than a full queue: where order is not kept
/// the answer may be held back, and where losses come without a queue it may be lost.
template <class Policy>
[[nodiscard]] constexpr bool may_probe_again(const connection_record<Policy>& c) noexcept {
    return c.sending.judge().order_kept().seen() || c.rtt.calm();
}

/// When the tail of the flight is to be probed, only if that is earlier than the retransmission
/// timer; else `never`. Once until there is progress, or at intervals that double
/// (docs/decisions/0054). None while one waits to leave: a link that takes nothing is not silence.
template <class Policy>
[[nodiscard]] constexpr instant probe_time(const connection_record<Policy>& c) noexcept {
    if (c.rtt.backoff() != 0 || !c.rtt.measured() || c.sending.outstanding() == 0) return never;
    if (c.retransmit_now && c.sending.any_lost()) return never;
    const bool more = c.rtt.probes() != 0 || c.sending.any_lost();
    if (more && !may_probe_again(c)) return never;
    const duration peer_delay = std::chrono::microseconds{c.peer_ack_delay_us};
    const bool lone = c.sending.outstanding() < c.peer_ack_every;
    const duration wait = c.rtt.probe_timeout(Policy::timer_tick, peer_delay, lone);
    const instant due = after(c.sending.last_sent(), wait);
    return due < c.timers.at(timer::retransmit) ? due : never;
}

/// From when on the next number may be assigned.
template <class Policy>
[[nodiscard]] constexpr instant governor_release(const connection_record<Policy>& c,
                                                 const context<Policy>& x) noexcept {
    return x.governors->at(c.governor).permitted(c.sending.next(), lifetime_of(x));
}

/// Starts the recovery timer: at `search` losses are looked for again.
template <class Policy>
constexpr void restart_recovery_timer(connection_record<Policy>& c, context<Policy>& x,
                                      instant search) noexcept {
    const instant probe = probe_time(c);
    instant due = probe < search ? probe : search;
    if (c.held_back && governor_release(c, x) < due) due = governor_release(c, x);
    if (due == never) return c.timers.clear(timer::recover);
    c.timers.set(timer::recover, x.deadline(due > x.now ? due - x.now : duration{1}));
}

/// The same while nothing is outstanding. A deadline may stand: the next segment will want one much
/// like it, and when it fires before its time it is set anew.
template <class Policy>
constexpr void rest_recovery_timer(connection_record<Policy>& c, context<Policy>& x) noexcept {
    if (c.held_back) restart_recovery_timer(c, x, never);
}

/// A number was assigned for the first time. May the next one be (S4 of )? If not, the
/// recovery timer says when to look again.
template <class Policy>
constexpr void govern(connection_record<Policy>& c, context<Policy>& x) noexcept {
    if (c.governor == no_governor) return;
    x.governors->at(c.governor).sent(c.sending.next().previous(), x.now);
    const instant release = governor_release(c, x);
    if (release <= x.now) return;
    c.held_back = true;
    ++x.stats.governor_stalls;
    if (release < c.timers.at(timer::recover))
        c.timers.set(timer::recover, x.deadline(release - x.now));
}

/// Something was sent. Only the segment that makes the peer acknowledge at once can bring the probe
/// forward; others defer it, which is seen when the timer fires. It may still run for an earlier
/// flight, but not for longer than lets any probe wait.
template <class Policy>
constexpr void hasten_probe(connection_record<Policy>& c, context<Policy>& x) noexcept {
    const duration peer_delay = std::chrono::microseconds{c.peer_ack_delay_us};
    const bool soon = c.timers.at(timer::recover) - x.now <= c.rtt.smoothed() + peer_delay;
    if (soon && c.sending.outstanding() != c.peer_ack_every) return;
    const instant due = probe_time(c);
    if (due == never || due >= c.timers.at(timer::recover)) return;
    c.timers.set(timer::recover, x.deadline(due > x.now ? due - x.now : duration{1}));
}

/// The same timer while nothing is outstanding: when a closed window is to be probed.
template <class Policy>
constexpr void restart_persist_timer(connection_record<Policy>& c, context<Policy>& x) noexcept {
    c.timers.set(timer::retransmit, x.deadline(persist_interval(c, x)));
}

}  // namespace rrdp::detail
