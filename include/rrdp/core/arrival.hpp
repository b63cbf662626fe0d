// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/core/intake.hpp>

/// A segment for a record in OPEN or CLOSING (7.6), and in CLOSE-WAIT (7.8). The steps are made in
/// the order of their numbers, and nothing changes before all tests are passed.
namespace rrdp {

namespace detail {

/// A recovery begins: one reaction for each flight, and the first retransmission does not wait for
/// the congestion window (docs/decisions/0020).
template <class Policy>
constexpr void react_to_loss(connection_record<Policy>& c, const context<Policy>& x) noexcept {
    c.rtt.lose(x.opt.delay_target);
    c.congestion.on_loss(path_of(c, x));
    c.retransmit_now = true;
}

/// With a peer that sends no lists, three ACKs of the same number say what a list would.
/// They say it once: the further ones are of what was sent before the retransmission.
template <class Policy>
constexpr void count_duplicate_ack(connection_record<Policy>& c, context<Policy>& x) noexcept {
    if (c.peer_lists || c.sending.outstanding() == 0) return;
    if (c.duplicate_acks == packet_threshold::segments) return;
    if (++c.duplicate_acks != packet_threshold::segments) return;
    const segment_handle oldest = c.sending.oldest(x.rings);
    if (!c.sending.lose(x.segments, oldest, loss::threshold)) return;
    if (c.sending.judge().begin_recovery(x.segments.at(oldest))) react_to_loss(c, x);
}

/// A pure ACK that is current, and brings nothing.
template <class Policy>
constexpr void learn_nothing(connection_record<Policy>& c, context<Policy>& x, bool bare) noexcept {
    c.sending.judge().answered_without_news();
    if (bare) count_duplicate_ack(c, x);
}

/// Looks for losses, and when to look again. Before reordering was ever seen the
/// time finds those that fewer than three came after (docs/decisions/0020). How late a segment may
/// be is waited for only while others can leave: a window that stands still costs more than a
/// needless copy (docs/decisions/0054).
template <class Policy>
constexpr void detect_losses(connection_record<Policy>& c, context<Policy>& x) noexcept {
    if (c.sending.outstanding() == 0) return rest_recovery_timer(c, x);
    duration round = x.opt.rto_initial;
    if (c.rtt.measured()) round = may_send_news(c) ? c.rtt.longest_round() : c.rtt.round();
    const duration allowance =
        c.sending.judge().order_kept().allowance(c.rtt.shortest(), c.rtt.smoothed());
    const loss_report report =
        c.sending.detect_losses(x.segments, x.rings, x.now, round + allowance);
    if (report.recovery) react_to_loss(c, x);
    restart_recovery_timer(c, x, report.due);
}

/// Whether what has come may be the answer to a probe: it came as soon after it as a path without a
/// queue answers. Then the time since the segments left holds our waiting (docs/decisions/0054).
template <class Policy>
[[nodiscard]] constexpr bool answers_probe(const connection_record<Policy>& c,
                                           const context<Policy>& x) noexcept {
    if (c.rtt.probes() == 0) return false;
    const duration took = x.now - c.sending.last_sent();
    const duration shortest = c.rtt.shortest();
    return 10 * took >= 9 * shortest && took <= shortest + x.opt.delay_target;
}

/// What is newly delivered feeds the estimator, the timers and the ledger.
template <class Policy>
constexpr void take_delivery(connection_record<Policy>& c, context<Policy>& x,
                             const delivery& news) noexcept {
    heard(c, x);
    follow_path(c, x, news);
    c.duplicate_acks = 0;
    c.ledger.confirmed += news.messages;
    if (news.messages != 0 && x.opt.tell_acked) c.raise(event_kind::acked);
    x.stats.messages_confirmed += news.messages;
    c.congestion.on_delivered(news.segments, path_of(c, x));
    if (news.tail_repaired && !c.sending.any_lost()) {
        c.rtt.lose(x.opt.delay_target);
        c.congestion.on_loss(path_of(c, x));
    }
    x.stats.spurious_retransmissions += news.needless;
    // Behind a retransmission by the timer waits what was sent before it: the time that the timer
    // took is not the path's, though each of these segments was sent only once.
    const bool stalled = c.rtt.backoff() != 0;
    const bool answers = answers_probe(c, x);
    c.rtt.forgive();
    if (news.sent && !stalled) {
        const duration rtt = x.now - *news.sent;
        c.rtt.sample(answers ? c.rtt.doubtful(rtt) : rtt, x.opt.rto_max, x.now);
        x.observer.on_rtt(x.now, x.slot, rtt);
    }
    c.rtt.late(news.late, x.opt.rto_max);
    if (c.sending.outstanding() == 0)
        c.timers.clear(timer::retransmit);
    else
        restart_retransmit_timer(c, x);
    if (c.wants_drained && c.queue.empty() && c.sending.empty()) {
        c.wants_drained = false;
        c.raise(event_kind::drained);
    }
}

/// Step 6: how far the peer promises to hold what we send. Absolute numbers make old news
/// harmless; a NUL says nothing of credit. Whether that is further than before.
template <class Policy>
constexpr bool take_credit(connection_record<Policy>& c, context<Policy>& x,
                           std::optional<std::uint16_t> word, sequence acknowledged) noexcept {
    if (!c.agreed.has(wire::features::credit)) return false;
    const std::int32_t width = 2 * std::int32_t{c.peer_outstanding};
    std::int32_t room = width;
    if (word) room = distance(acknowledged, expand(wire::seq16{*word}, acknowledged));
    if (room < 0 || room > width) {
        x.drop(drop_reason::bad_credit);
        return false;
    }
    const bool waited = waits_for_credit(c);
    const bool further = c.sending.extend(acknowledged + static_cast<std::uint32_t>(room));
    if (waited && !waits_for_credit(c)) {
        c.rtt.forgive();  // the waiting said nothing of the path
        c.timers.clear(timer::retransmit);
    }
    return further;
}

/// Steps 4 to 7: cumulative number, list, credit, losses, of pure ACKs as well.
template <class Policy>
constexpr void handle_acknowledgement(connection_record<Policy>& c, context<Policy>& x,
                                      const wire::segment_view& s, const wire::extensions& e,
                                      sequence number) noexcept {
    delivery news = c.sending.judge().begin_delivery(x.now, c.rtt.shortest());
    const wire::eack_view& list = e.eacks;
    const bool advances = distance(c.sending.oldest_unacknowledged(), number) >= 0;
    if (advances) c.sending.acknowledge(x.segments, x.rings, number, news);
    if (!list.empty()) {
        ++x.stats.eacks_in;
        c.peer_lists = true;
        for (const wire::seq16 entry : list) {
            const sequence n = expand(entry, number);
            if (distance(number, n) >= 2)  // the number after the acknowledged one is missing
                c.sending.acknowledge_out_of_order(x.segments, x.rings, n, news);
        }
    }
    const bool promise = !s.base.control.nul() && take_credit(c, x, e.credit, number);
    const bool pure = !s.base.control.nul() && s.base.data_length == 0;
    if (pure) ++x.stats.acks_in;
    if (pure && c.probes != 0) {  // an answer, whatever it acknowledges
        heard(c, x);
        c.path.small_passed();
    }
    if (advances || news.segments != 0)
        take_delivery(c, x, news);
    else if (pure && !promise && number == c.sending.oldest_unacknowledged().previous())
        learn_nothing(c, x, list.empty());
    detect_losses(c, x);
}

}  // namespace detail

/// Handles `s`, neither SYN nor RST, in OPEN or CLOSING. `e` is what it says after word 6.
template <class Policy>
constexpr void handle_established(connection_record<Policy>& c, context<Policy>& x,
                                  const wire::segment_view& s, const wire::extensions& e) noexcept {
    const wire::flags control = s.base.control;
    const bool consuming = control.nul() || s.base.data_length != 0;
    const segment_numbers n = numbers_of(c, s, e);
    c.addressed = true;
    if (!control.ack() && !control.nul()) return x.drop(drop_reason::no_ack_flag);
    if (control.ack()) {  // step 3
        if (!acceptable_ack(c, n.acknowledged)) {
            x.drop(drop_reason::bad_ack);
            if (consuming) challenge(c, x);
            return;
        }
        detail::handle_acknowledgement(c, x, s, e, n.acknowledged);
    }
    x.valid = true;
    if (consuming) detail::handle_consuming(c, x, s, e, n.number);
    if (c.established()) progress_close(c, x);  // step 9
}

/// Handles an RST in SYN-RCVD or later: only an exact and plausible one ends anything, one that is
/// merely in the window asks the peer to prove itself, and no answer is ever an RST (R-7.16,
/// RFC 5961 section 3).
template <class Policy>
constexpr void handle_reset(connection_record<Policy>& c, context<Policy>& x,
                            const wire::segment_view& s) noexcept {
    const auto form = wire::parse_reset(s, c.agreed);
    if (!form) return x.drop(to_drop_reason(form.error()));
    if (const auto why = refusal_of(c, *form)) return x.drop(*why);
    if (c.at == state::close_wait)
        return x.drop(drop_reason::connection_closed);  // RFC 1151, item 4
    const bool of_connection = form->form == wire::reset_form::kind::connection;
    switch (judge_reset(c, x, s, numbers_of(c, s, *form, of_connection))) {
        case reset_verdict::inexact: challenge(c, x); return;
        case reset_verdict::stray: return x.drop(drop_reason::inexact_reset);
        case reset_verdict::valid: break;
    }
    if (c.at == state::syn_received)  // a passive one ends unseen
        return end_by_reset(c, x, end_reason::refused, form->reason);
    if (lacks_only_last_word(c)) return end_by_reset(c, x, end_reason::clean, form->reason);
    if (c.suspects) ++x.stats.connections_restarted;
    end_by_reset(c, x, c.suspects ? end_reason::peer_restarted : end_reason::reset, form->reason);
}

/// Handles `s`, neither SYN nor RST, in CLOSE-WAIT; fast reuse is the endpoint's affair.
template <class Policy>
constexpr void handle_close_wait(connection_record<Policy>& c, context<Policy>& x,
                                 const wire::segment_view& s, const wire::extensions& e) noexcept {
    const wire::flags control = s.base.control;
    const bool consuming = control.nul() || s.base.data_length != 0;
    const bool old = distance(c.receiving.last_in_order(), numbers_of(c, s, e).number) <= 0;
    if (!consuming || !old) return x.drop(drop_reason::connection_closed);
    c.acks.at_once();
    const duration linger = linger_of(c, x);
    const instant last = after(c.since, 4 * linger);
    const instant later = x.deadline(linger);
    c.timers.set(timer::lifetime, later < last ? later : last);
}

}  // namespace rrdp
