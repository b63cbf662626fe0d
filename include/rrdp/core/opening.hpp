// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/core/acceptance.hpp>
#include <rrdp/core/ending.hpp>
#include <rrdp/core/transmit.hpp>

/// The handshake: SYN-SENT and SYN-RCVD (7.3 to 7.5).
namespace rrdp {

namespace detail {

template <class Policy>
constexpr void start_handshake(connection_record<Policy>& c, context<Policy>& x,
                               std::uint16_t first) noexcept {
    c.iss = sequence{first};
    c.sending.open(c.iss);
    c.syn_due = true;
    c.timers.set(timer::lifetime, x.deadline(x.opt.connect_timeout));
}

/// *Take the parameters* of section 6, each clamped to the own cap.
template <class Policy>
constexpr void take_parameters(connection_record<Policy>& c, context<Policy>& x,
                               const wire::syn_parameters& p, wire::seq16 first) noexcept {
    c.irs = sequence{first.value()};
    c.agreed = x.opt.offered & p.offered;
    c.receiving.open(c.irs, x.opt.max_outstanding, x.opt.receive_slots);
    const std::uint16_t peer_max = lesser(p.max_outstanding, 16'383);
    c.sending.limit(lesser(lesser(peer_max, x.opt.send_cap), Policy::max_outstanding));
    const std::size_t limit = lesser(x.mtu, p.max_segment_size);
    const std::size_t words = wire::base_words + c.agreed.extension_words() +
                              c.agreed.fragment_words() + c.agreed.credit_words();
    c.message_max = lesser(limit - wire::word_octets * words, x.segments.segment_max());
    if (p.timing) c.peer_ack_delay_us = p.timing->ack_delay_us;
}

template <class Policy>
constexpr void enter_open(connection_record<Policy>& c, context<Policy>& x, stimulus on) noexcept {
    const instant syn_sent = c.moved;
    move(c, x, on);
    if (c.syn_transmissions == 1) {  // Karn's rule holds for the SYN, too
        c.rtt.sample(x.now - syn_sent, x.opt.rto_max);
        x.observer.on_rtt(x.now, x.slot, x.now - syn_sent);
    }
    c.sending.opened();
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

/// The attempt fails because the peer's offer does not suit: the segment is answered by a bare RST
/// with `why`.
template <class Policy>
constexpr reaction refuse(connection_record<Policy>& c, context<Policy>& x,
                          wire::reset_reason why) noexcept {
    end(c, x, stimulus::refusal, end_reason::refused, why, false);
    return {verdict::reset, why};
}

template <class Policy>
[[nodiscard]] constexpr bool acknowledges_syn(const connection_record<Policy>& c,
                                              const wire::segment_view& s) noexcept {
    return s.base.control.ack() && s.base.acknowledgement == c.iss.low();
}

template <class Policy>
constexpr reaction reset_while_opening(connection_record<Policy>& c, context<Policy>& x,
                                       const wire::segment_view& s) noexcept {
    const auto form = wire::parse_reset_opening(s);
    if (!form)
        x.drop(to_drop_reason(form.error()));
    else if (!acknowledges_syn(c, s))
        x.drop(drop_reason::bad_ack);
    else
        end_by_reset(c, x, end_reason::refused, form->reason);
    return {};
}

}  // namespace detail

/// connect(): a SYN is due (RFC 908, 3.2.3). `first` is random.
template <class Policy>
constexpr void open_active(connection_record<Policy>& c, context<Policy>& x,
                           std::uint16_t first) noexcept {
    c.active = c.visible = true;
    move(c, x, stimulus::active_open);
    detail::start_handshake(c, x, first);
}

/// Whether a listener with these options takes a peer that offers `p`; else a bare RST reason 9 is
/// its answer and no record is made.
[[nodiscard]] constexpr bool suits(const options& o, const wire::syn_parameters& p) noexcept {
    return o.required.subset_of(o.offered & p.offered);
}

/// A listener takes the SYN `s`: a SYN ACK is due.
template <class Policy>
constexpr void open_passive(connection_record<Policy>& c, context<Policy>& x,
                            const wire::segment_view& s, const wire::syn_parameters& p,
                            std::uint16_t first) noexcept {
    move(c, x, stimulus::accept);
    detail::take_parameters(c, x, p, s.base.sequence);
    detail::start_handshake(c, x, first);
}

/// A segment for a record in SYN-SENT (7.4). The rules are tried in order.
template <class Policy>
constexpr reaction handle_syn_sent(connection_record<Policy>& c, context<Policy>& x,
                                   const wire::segment_view& s) noexcept {
    const wire::flags control = s.base.control;
    if (control.rst()) return detail::reset_while_opening(c, x, s);
    if (control.syn() && (!control.ack() || detail::acknowledges_syn(c, s))) {
        const auto p = *wire::parse_syn(s);  // well formed, or step 8 would have refused it
        const bool subset = !control.ack() || p.offered.subset_of(x.opt.offered);
        if (!subset || !suits(x.opt, p))
            return detail::refuse(c, x, wire::reset_reason::feature_mismatch);
        detail::take_parameters(c, x, p, s.base.sequence);
        if (control.ack()) {
            detail::enter_open(c, x, stimulus::syn_ack);
            c.acks.at_once();
        } else {  // simultaneous open: the same ISS in a SYN ACK
            move(c, x, stimulus::syn);
            c.syn_due = true;
        }
        return {};
    }
    if (control.ack() && !detail::acknowledges_syn(c, s))
        return {verdict::reset, wire::reset_reason::no_such_connection};
    x.drop(drop_reason::early_segment);
    return {};
}

namespace detail {

/// A SYN or SYN ACK again, in SYN-RCVD.
template <class Policy>
constexpr reaction syn_in_syn_received(connection_record<Policy>& c, context<Policy>& x,
                                       const wire::segment_view& s) noexcept {
    if (s.base.control.ack()) {
        const auto p = *wire::parse_syn(s);
        if (p.offered != c.agreed) return refuse(c, x, wire::reset_reason::feature_mismatch);
        if (acknowledges_syn(c, s)) {  // simultaneous open
            enter_open(c, x, stimulus::syn_ack);
            c.acks.at_once();
            return {};
        }
    }
    c.syn_due = true;
    return {};
}

}  // namespace detail

/// A SYN or SYN ACK for a record in SYN-RCVD or later. What is not the peer's own SYN once more is
/// answered by a challenge, which covers a lost third ACK and a peer that has restarted: the answer
/// to the challenge is an exact RST.
template <class Policy>
constexpr reaction handle_syn_again(connection_record<Policy>& c, context<Policy>& x,
                                    const wire::segment_view& s) noexcept {
    if (c.at == state::syn_received && s.base.sequence == c.irs.low())
        return detail::syn_in_syn_received(c, x, s);
    if (c.at == state::close_wait)
        x.drop(drop_reason::connection_closed);
    else
        challenge(c, x);
    return {};
}

/// A segment, neither SYN nor RST, for a record in SYN-RCVD. True when it has opened the
/// connection and is to be processed further, for it may carry data.
template <class Policy>
constexpr bool opens(connection_record<Policy>& c, context<Policy>& x, const wire::segment_view& s,
                     reaction& answer) noexcept {
    if (!s.base.control.ack()) {
        x.drop(drop_reason::no_ack_flag);
        return false;
    }
    if (!detail::acknowledges_syn(c, s)) {  // nothing else was sent
        answer = {verdict::reset, wire::reset_reason::no_such_connection};
        return false;
    }
    detail::enter_open(c, x, stimulus::ack);
    return true;
}

}  // namespace rrdp
