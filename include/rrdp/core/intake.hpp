// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/core/acceptance.hpp>
#include <rrdp/core/early_delivery.hpp>
#include <rrdp/core/ending.hpp>
#include <rrdp/core/transmit.hpp>
#include <rrdp/wire/extensions.hpp>

/// What a connection does with a segment that occupies a number: steps 8 and 9 of 7.6, the
/// assembling of messages (7.7), and when it must be acknowledged (8.3).
namespace rrdp::detail {

template <class Policy>
constexpr segment_kind kind_of(const connection_record<Policy>& c, const wire::segment_view& s,
                               const wire::extensions& e) noexcept {
    if (!s.base.control.nul()) return segment_kind::data;
    const auto code = static_cast<wire::nul_code>(e.nul_code);
    if (code == wire::nul_code::fin && c.agreed.has(wire::features::fin)) return segment_kind::fin;
    if (code == wire::nul_code::empty && c.agreed.has(wire::features::empty))
        return segment_kind::empty;
    return segment_kind::nul;
}

/// How many messages a received segment brings that ends one, or is a bundle.
[[nodiscard]] constexpr std::uint8_t messages_in(const segment_descriptor& d) noexcept {
    return d.messages > 1 ? d.messages : std::uint8_t{1};
}

/// Complete messages have come to the inbox.
template <class Policy>
constexpr void announce(connection_record<Policy>& c, context<Policy>& x, bool empty, bool several,
                        std::uint8_t messages) noexcept {
    c.raise(event_kind::readable);
    x.stats.messages_received.count(empty, several, messages);
}

/// What comes into sequence: judged, then delivered.
template <class Policy>
struct receiver {
    connection_record<Policy>& c;
    context<Policy>& x;
    wire::reset_reason fault = wire::reset_reason::protocol_error;  ///< of what was refused

    constexpr bool fits(const incoming& in) noexcept {
        if (!c.agreed.has(wire::features::frag) || c.peer_fin) return true;
        const run_limits limits{2U * x.opt.max_outstanding, x.message_limit()};
        const auto wrong = c.run.pass(in, limits);
        if (wrong) fault = *wrong;
        return !wrong;
    }

    constexpr void pass(segment_kind kind, segment_handle h) noexcept {
        if (h != no_segment && c.receiving.settle_early(x.segments, h)) return;
        if (is_message(kind) && !c.peer_fin) return take(h);
        if (h != no_segment) x.segments.give_back(h);
        if (kind != segment_kind::fin || c.peer_fin) return;  // behind a FIN all is ignored
        c.peer_fin = true;
        c.raise(event_kind::peer_closed);
    }

private:
    /// A segment waits until its message is complete.
    constexpr void take(segment_handle h) noexcept {
        const segment_descriptor& d = x.segments.at(h);
        const bool several = !c.partial.empty();
        c.receiving.occupy();
        c.partial.push(x.segments, h);
        if (d.following != 0) return;
        c.inbox.append(x.segments, c.partial);
        x.segments.repay(x.slot);
        announce(c, x, d.kind == segment_kind::empty, several, messages_in(d));
    }
};

/// Without order, what is complete beyond a gap does not wait for it.
template <class Policy>
constexpr void deliver_early(connection_record<Policy>& c, context<Policy>& x,
                             sequence number) noexcept {
    if (c.ordered || c.peer_fin) return;
    const bool runs = c.agreed.has(wire::features::frag);
    held_messages held{x.segments, x.rings, c.receiving, runs, x.message_limit()};
    segment_queue complete;
    held.deliver(number, complete);
    for (segment_handle h = complete.front(); h != no_segment;) {
        const segment_descriptor& first = x.segments.at(h);
        announce(c, x, first.kind == segment_kind::empty, first.following != 0, messages_in(first));
        for (auto n = first.following; n > 0; --n) h = x.segments.at(h).next;
        h = x.segments.at(h).next;
    }
    c.inbox.append(x.segments, complete);
}

/// When what has just been taken in must be acknowledged.
template <class Policy>
constexpr void owe_acknowledgement(connection_record<Policy>& c, context<Policy>& x,
                                   placement where, segment_kind kind, bool had_gap) noexcept {
    const std::uint16_t half = lesser(std::size_t{x.opt.max_outstanding} / 2, x.opt.ack_every);
    const std::uint16_t every = half > 0 ? half : std::uint16_t{1};
    const bool held = where == placement::out_of_order;
    if (held) ++x.stats.segments_out_of_order;
    const bool waits = held ? c.acks.out_of_order(every) : c.acks.in_order(every);
    const bool now = !is_message(kind) || x.opt.ack_delay == duration::zero();
    if (waits && !now && !c.timers.running(timer::acknowledge))
        c.timers.set(timer::acknowledge, x.deadline(x.opt.ack_delay));
    if (had_gap && !c.receiving.has_gap()) c.acks.gap_filled();
    if (had_gap && !held) c.acks.at_once();
    if (now) c.acks.at_once();
}

/// An observer that has `rx_place`.
template <class Observer>
concept placing_observer = requires(Observer& o, std::uint32_t slot, std::uint16_t following) {
    o.rx_place(slot, std::size_t{}, following);
};

/// Direct placement: such an observer names room for the data of a segment which is held now, past
/// every check and once for each; its offset in a message is not known.
template <class Policy>
constexpr void place(context<Policy>& x, octets_view data, std::uint16_t following) noexcept {
    if constexpr (placing_observer<typename Policy::observer>) {
        const octets there = x.observer.rx_place(x.slot, data.size(), following);
        if (there.size() >= data.size()) copy_octets(data, there);
    }
}

/// The same for each message of a bundle.
template <class Policy>
constexpr void place(context<Policy>& x, const incoming& in) noexcept {
    if constexpr (!placing_observer<typename Policy::observer>) return;
    if (in.bundled == 0) return place(x, in.data, in.following);
    for (std::size_t at = 0; at < in.data.size();) {
        const octets_view message = wire::bundled(in.data, at);
        place(x, message, 0);
        at += wire::bundle_prefix + message.size();
    }
}

/// Step 8 for a number that is new and in the window.
template <class Policy>
constexpr void take_in(connection_record<Policy>& c, context<Policy>& x,
                       const wire::segment_view& s, const wire::extensions& e,
                       sequence number) noexcept {
    const segment_kind kind = kind_of(c, s, e);
    const bool had_gap = c.receiving.has_gap();
    receiver<Policy> sink{c, x};
    const auto bundled = static_cast<std::uint8_t>(e.bundled);
    const incoming in{number, kind, e.fragments_left, bundled, s.payload()};
    const placement where = c.receiving.accept(x.segments, x.rings, x.slot, in, sink);
    if (where == placement::no_slot) return x.drop(drop_reason::pool_exhausted);
    if (where == placement::refused) return end_by_error(c, x, sink.fault);
    if (kind == segment_kind::data) place(x, in);
    if (where == placement::out_of_order) deliver_early(c, x, number);
    owe_acknowledgement(c, x, where, kind, had_gap);
    if (c.at == state::closing && c.timers.running(timer::lifetime)) wait_for_fin(c, x);
}

/// Step 8.
template <class Policy>
constexpr void handle_consuming(connection_record<Policy>& c, context<Policy>& x,
                                const wire::segment_view& s, const wire::extensions& e,
                                sequence number) noexcept {
    heard(c, x);
    const placement where = c.receiving.classify(x.rings, number);
    if (where == placement::old || where == placement::duplicate) {
        const bool again = where == placement::duplicate || !s.base.control.nul();
        if (again) x.drop(drop_reason::duplicate);
        return c.acks.at_once(where == placement::duplicate);
    }
    if (where == placement::beyond) {
        x.drop(drop_reason::beyond_window);
        challenge(c, x);
        return;
    }
    if (s.octets.size() > x.receive_limit())  // RFC 908, 3.3
        return end_by_error(c, x, wire::reset_reason::too_long);
    if (where == placement::no_slot) return x.drop(drop_reason::no_slot);
    take_in(c, x, s, e, number);
}

}  // namespace rrdp::detail
