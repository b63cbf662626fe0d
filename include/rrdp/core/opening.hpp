// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/core/acceptance.hpp>
#include <rrdp/core/agreement.hpp>
#include <rrdp/core/ending.hpp>
#include <rrdp/core/path_limit.hpp>
#include <rrdp/core/restart.hpp>
#include <rrdp/core/transmit.hpp>

/// The handshake: SYN-SENT and SYN-RCVD (7.3 to 7.5).
namespace rrdp {

/// What a connection draws when it is made: the initial number, of which a frame without WIDE shows
/// the low half, and a tag that is not zero.
struct fresh_numbers {
    std::uint32_t first = 0;
    std::uint32_t tag = 1;
};

namespace detail {

template <class Policy>
constexpr void start_handshake(connection_record<Policy>& c, context<Policy>& x,
                               const fresh_numbers& fresh) noexcept {
    c.iss = sequence{fresh.first};
    c.own_tag = fresh.tag;
    c.sending.open(c.iss);
    c.path.open(x.mtu, x.peer_mtu, base_mtu<Policy>, x.opt.verify_mtu);
    c.syn_due = true;
    c.timers.set(timer::lifetime, x.deadline(x.opt.connect_timeout));
}

template <class Policy>
constexpr void enter_open(connection_record<Policy>& c, context<Policy>& x, stimulus on) noexcept {
    const instant syn_sent = c.since;
    move(c, x, on);
    if (c.syn_transmissions == 1) {  // Karn's rule holds for the SYN, too
        c.rtt.sample(x.now - syn_sent, x.opt.rto_max, x.now);
        x.observer.on_rtt(x.now, x.slot, x.now - syn_sent);
    }
    c.sending.opened();
    x.valid = true;
    c.path.answered(c.syn_transmissions);
    limit_sizes(c, x, c.path.segment_max());
    search_path(c, x);
    c.syn_due = false;
    c.rtt.forgive();
    c.timers.clear(timer::retransmit);
    c.timers.clear(timer::lifetime);
    heard(c, x);
    if (x.opt.keepalive > duration::zero())
        c.timers.set(timer::keepalive, x.deadline(x.opt.keepalive));
    c.visible = true;
    c.raise(c.active ? event_kind::connected : event_kind::accepted);
    ++x.stats.connections_opened;
}

/// The attempt fails because the peer does not suit: the segment is answered by a bare RST with
/// `why`, and a tombstone stays to answer the next one.
template <class Policy>
constexpr reaction refuse(connection_record<Policy>& c, context<Policy>& x,
                          wire::reset_reason why) noexcept {
    end(c, x, stimulus::refusal, end_reason::refused, why, false);
    c.timers.set(timer::lifetime, x.deadline(linger_of(c, x)));
    return {verdict::reset, why};
}

/// The listener cannot keep anything about us before we have shown that its answer reaches us: the
/// same SYN goes out again, with the cookie.
template <class Policy>
constexpr void take_cookie(connection_record<Policy>& c, octets_view cookie) noexcept {
    c.peer_boot = load_be32(cookie, 0);
    c.suspect_boot = load_be32(cookie, 4);
    c.has_cookie = c.syn_due = true;
}

template <class Policy>
[[nodiscard]] constexpr bool acknowledges_syn(const connection_record<Policy>& c,
                                              const wire::segment_view& s) noexcept {
    return s.base.control.ack() && s.base.acknowledgement == c.iss.low();
}

/// A reflected tag must be ours. A peer that knows no tags cannot reflect one, which is believed
/// unless tags are required.
template <class Policy>
[[nodiscard]] constexpr bool believable(const connection_record<Policy>& c,
                                        const context<Policy>& x,
                                        const wire::reset_form& form) noexcept {
    if (!offer<Policy>(x.opt).has(wire::features::tag)) return true;
    return form.tag ? form.tag == c.own_tag : !x.opt.required.has(wire::features::tag);
}

/// Whether a segment without SYN names another incarnation than the one being opened.
template <class Policy>
[[nodiscard]] constexpr bool names_another(const connection_record<Policy>& c,
                                           const context<Policy>& x,
                                           const wire::segment_view& s) noexcept {
    return offer<Policy>(x.opt).has(wire::features::tag) &&
           s.base.header_length >= wire::base_words + 2 && load_be32(s.variable(), 0) != c.own_tag;
}

template <class Policy>
constexpr reaction reset_while_opening(connection_record<Policy>& c, context<Policy>& x,
                                       const wire::segment_view& s) noexcept {
    const auto form = wire::parse_reset_opening(s);
    const bool retries = !c.has_cookie && offer<Policy>(x.opt).has(wire::features::cookie);
    if (!form)
        x.drop(to_drop_reason(form.error()));
    else if (!believable(c, x, *form))
        x.drop(drop_reason::bad_tag);
    else if (!acknowledges_syn(c, s))
        x.drop(drop_reason::bad_ack);
    else if (form->reason == wire::reset_reason::retry_with_cookie && retries)
        take_cookie(c, form->cookie);
    else
        end_by_reset(c, x, end_reason::refused, form->reason);
    return {};
}

}  // namespace detail

/// connect(): a SYN is due (RFC 908, 3.2.3). `first` is random.
template <class Policy>
constexpr void open_active(connection_record<Policy>& c, context<Policy>& x,
                           const fresh_numbers& fresh) noexcept {
    c.active = c.visible = true;
    move(c, x, stimulus::active_open);
    detail::start_handshake(c, x, fresh);
}

/// A listener takes the SYN `s`: a SYN ACK is due.
template <class Policy>
constexpr void open_passive(connection_record<Policy>& c, context<Policy>& x,
                            const wire::segment_view& s, const wire::syn_parameters& p,
                            const fresh_numbers& fresh) noexcept {
    move(c, x, stimulus::accept);
    detail::start_handshake(c, x, fresh);
    c.path.answer_to(x.received);
    detail::take_parameters(c, x, p, s.base.sequence);
    detail::keep_application(c, x, p.application);
}

namespace detail {

/// A SYN, or a SYN ACK that acknowledges ours, in SYN-SENT.
template <class Policy>
constexpr reaction syn_in_syn_sent(connection_record<Policy>& c, context<Policy>& x,
                                   const wire::segment_view& s) noexcept {
    const bool reply = s.base.control.ack();
    const auto p = *wire::parse_syn(s);           // well formed, or step 8 would have refused it
    if (p.peer_tag && p.peer_tag != c.own_tag) {  // an old SYN ACK
        x.drop(drop_reason::bad_tag);
        return {};
    }
    if (reply && !p.offered.subset_of(offer<Policy>(x.opt)))
        return refuse(c, x, wire::reset_reason::feature_mismatch);
    if (const auto why = objection<Policy>(x.opt, x.who, p)) return refuse(c, x, *why);
    if (const auto why = link_objection<Policy>(x.opt, p, x.governors)) return refuse(c, x, *why);
    const keeping free = room_for(x.segments, p);
    if (free == keeping::impossible) return refuse(c, x, wire::reset_reason::too_long);
    if (free == keeping::later) {  // the peer will say it again
        x.drop(drop_reason::pool_exhausted);
        return {};
    }
    if (!reply) c.path.answer_to(x.received);
    take_parameters(c, x, p, s.base.sequence);
    keep_application(c, x, p.application);
    if (reply) {
        enter_open(c, x, stimulus::syn_ack);
        c.acks.at_once();
    } else {  // simultaneous open: the same ISS in a SYN ACK
        move(c, x, stimulus::syn);
        c.syn_due = true;
    }
    return {};
}

}  // namespace detail

/// A segment for a record in SYN-SENT (7.4). The rules are tried in order.
template <class Policy>
constexpr reaction handle_syn_sent(connection_record<Policy>& c, context<Policy>& x,
                                   const wire::segment_view& s) noexcept {
    const wire::flags control = s.base.control;
    if (control.rst()) return detail::reset_while_opening(c, x, s);
    if (control.syn() && (!control.ack() || detail::acknowledges_syn(c, s)))
        return detail::syn_in_syn_sent(c, x, s);
    // What is left of the SYNs acknowledges another one than ours.
    const bool stale = !detail::acknowledges_syn(c, s) || detail::names_another(c, x, s);
    if (control.ack() && stale) {
        x.drop(drop_reason::stale_ack);
        return {verdict::reset, wire::reset_reason::no_such_connection};
    }
    x.drop(drop_reason::early_segment);
    return {};
}

namespace detail {

/// A SYN or SYN ACK of the incarnation we know, again, in SYN-RCVD.
template <class Policy>
constexpr reaction syn_in_syn_received(connection_record<Policy>& c, context<Policy>& x,
                                       const wire::segment_view& s,
                                       const wire::syn_parameters& p) noexcept {
    if (s.base.control.ack()) {
        if (p.peer_tag && p.peer_tag != c.own_tag) {
            x.drop(drop_reason::bad_tag);
            return {};
        }
        if (p.offered != c.agreed) return refuse(c, x, wire::reset_reason::feature_mismatch);
        if (acknowledges_syn(c, s)) {  // simultaneous open
            enter_open(c, x, stimulus::syn_ack);
            c.acks.at_once();
            return {};
        }
    }
    x.valid = true;
    c.path.answer_to(x.received);
    c.syn_due = true;
    return {};
}

}  // namespace detail

/// A SYN or SYN ACK for a record in SYN-RCVD or later. What is not the peer's own SYN once more is
/// answered by a challenge, which covers a lost third ACK and a peer that has restarted: the answer
/// to the challenge is an exact RST. With boot ids a restart shows at once.
template <class Policy>
constexpr reaction handle_syn_again(connection_record<Policy>& c, context<Policy>& x,
                                    const wire::segment_view& s) noexcept {
    const auto p = *wire::parse_syn(s);  // well formed, or step 8 would have refused it
    const bool tagged = c.agreed.has(wire::features::tag);
    const bool known = s.base.sequence == c.irs.low() && (!tagged || p.tag == c.peer_tag);
    if (c.at == state::syn_received && known) return detail::syn_in_syn_received(c, x, s, p);
    if (c.at == state::close_wait) {
        x.drop(drop_reason::connection_closed);
        return {};
    }
    if (p.boot && c.knows_boot && p.boot != c.peer_boot) {
        if (believes_news(c, x)) {
            end_restarted(c, x, *p.boot);
            return {verdict::restarted, {}};
        }
        c.suspect_boot = *p.boot;
        c.suspects = true;
    }
    const bool challenged = challenge(c, x);
    // A peer in simultaneous open with tags still waits for a SYN ACK and takes nothing else. This
    // side is open then: where the SYN is known, every other state has been handled above.
    const bool waits = known && tagged && c.active && !c.addressed && p.peer_tag == c.own_tag;
    if (challenged && waits) c.syn_due = true;
    return {};
}

/// A segment, neither SYN nor RST, for a record in SYN-RCVD. True when it has opened the
/// connection and is to be processed further, for it may carry data.
template <class Policy>
constexpr bool opens(connection_record<Policy>& c, context<Policy>& x, const wire::segment_view& s,
                     const wire::extensions& e, reaction& answer) noexcept {
    if (!s.base.control.ack()) {
        x.drop(drop_reason::no_ack_flag);
        return false;
    }
    if (numbers_of(c, s, e).acknowledged != c.iss) {  // nothing else was sent
        x.drop(drop_reason::stale_ack);
        answer = {verdict::reset, wire::reset_reason::no_such_connection};
        return false;
    }
    // An active side has shown its tag in its SYN, perhaps to another incarnation, so that a tag
    // alone does not prove that the peer is the one of the SYN: its SYN ACK does.
    if (c.active && c.agreed.has(wire::features::tag)) {
        x.drop(drop_reason::early_segment);
        return false;
    }
    detail::enter_open(c, x, stimulus::ack);
    return true;
}

}  // namespace rrdp
