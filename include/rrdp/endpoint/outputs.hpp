// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <utility>

#include <rrdp/endpoint/news.hpp>
#include <rrdp/endpoint/straight_frames.hpp>

/// What an endpoint wants to be sent, told and woken for.
namespace rrdp {

/// What is known of a connection.
struct connection_info {
    state at = state::closed;       ///< the state it is in
    peer remote{};                  ///< with the own port as local_port
    wire::features agreed{};        ///< the features that both sides use
    std::uint32_t message_max = 0;  ///< octets; 0 before it is open
    std::uint16_t outstanding = 0;  ///< segments sent, neither acknowledged nor EACKed
    std::uint16_t queued = 0;       ///< messages accepted, not yet sent
    std::uint16_t unread = 0;       ///< segments that the application has not given back
    duration srtt{};                ///< 0 before the first sample
    duration rttvar{};              ///< how much round trips vary
    duration rto{};                 ///< the time after which a segment is sent again
    duration min_rtt{};             ///< the shortest round trip of the last ten seconds
    std::uint32_t cwnd = 0;         ///< segments that congestion control allows outstanding
};

namespace detail {

template <class Policy>
[[nodiscard]] peer remote_of(const board<Policy>& b, std::uint32_t place) noexcept {
    const auto& r = b.held.connections.at(place).record();
    return {b.held.nodes.at(r.node).node, r.remote_port, r.local_port};
}

/// The frame of an RST without a connection; its size.
template <class Policy>
[[nodiscard]] [[gnu::noinline]] std::size_t poll_reset(board<Policy>& b, octets out) noexcept {
    const bare_reset r = b.resets.pop();
    const octets room = out.subspan(Policy::framing::overhead, b.own.mtu);
    const std::size_t size = write(r, room);
    b.stats.resets_out.count(r.reason);
    b.observer.on_transmit(b.now, room.first(size));
    auto to = b.held.nodes.at(r.node).address;
    if constexpr (requires { to.port; }) to.port = r.link_port;
    return wrap(b, out, size, to);
}

/// The frame of connection `place`, in which the general way finds what there is to send; its size.
template <class Policy>
[[nodiscard]] [[gnu::noinline]] std::size_t poll_connection(board<Policy>& b, octets out,
                                                            std::uint32_t place) noexcept {
    constexpr std::size_t overhead = Policy::framing::overhead;
    auto x = b.context_of(place);
    const std::uint32_t node = b.held.connections.at(place).record().node;
    const bool urgent = x.opt.urgent;
    const octets room = out.subspan(overhead, b.own.mtu);
    const std::size_t size = b.held.connections.at(place).poll_transmit(x, room);
    if (size != 0) b.held.schedule.transmit.spend(place, overhead + size, share_of(b, x.opt));
    b.refresh(place);
    return size == 0 ? 0 : wrap(b, out, size, b.held.nodes.at(node).address, urgent);
}

/// RSTs without a connection first, then connections in turn (endpoint/send_turns.hpp), so that
/// none waits for another's window. The size of the frame, 0 for none: an `optional` would go
/// through memory, and be read in another width than it was written.
template <class Policy>
[[nodiscard]] std::size_t poll_transmit(board<Policy>& b, octets out, traffic wanted) noexcept {
    if (b.status != errc::ok || out.size() < Policy::framing::overhead + b.own.mtu) return 0;
    if (b.quiet()) return 0;
    auto& own = b.nodes_state;
    if (!own.frames.empty()) return write_message(b, out, own.frames.pop());
    if (!b.may_send()) return 0;
    if (!b.resets.empty()) return poll_reset(b, out);
    turns& t = b.held.schedule;
    if (!t.ring.empty()) {
        for (auto free = b.held.rings.available(); free > 0 && !t.ring.empty(); --free)
            b.refresh(t.ring.pop());
    }
    for (auto place = t.transmit.next(wanted); place != send_turns::nobody;
         place = t.transmit.next(wanted)) {
        if (const std::size_t size = poll_straight(b, out, place); size != 0) return size;
        if (const std::size_t size = poll_connection(b, out, place); size != 0) return size;
    }
    if (!std::exchange(own.bye_due, false)) return 0;
    return write_message(b, out, {wire::resolution_op::bye, 0, wire::resolution_group});
}

template <class Policy>
[[nodiscard]] bool wants_transmit(const board<Policy>& b, traffic wanted) noexcept {
    const turns& t = b.held.schedule;
    if (b.quiet()) return false;
    if (!b.nodes_state.frames.empty()) return true;
    if (!b.may_send()) return false;
    return b.nodes_state.bye_due || !b.resets.empty() || !t.transmit.empty(wanted) ||
           (!t.ring.empty() && b.held.rings.available() > 0);
}

template <class Policy>
[[nodiscard]] event describe(board<Policy>& b, std::uint32_t place, event_kind kind) noexcept {
    const auto& r = b.held.connections.at(place).record();
    event e;
    e.kind = kind;
    e.connection = b.id_of(place);
    e.remote = remote_of(b, place);
    if (kind == event_kind::closed) {
        e.reason = r.reason;
        e.reset = r.reset;
    }
    if (kind == event_kind::closed || kind == event_kind::acked) e.ledger = r.ledger;
    if (r.reason == end_reason::peer_restarted)
        e.boots = {r.knows_boot ? r.peer_boot : 0, r.suspect_boot};
    return e;
}

/// What the peer's SYN said in APP goes with the event that tells of the connection.
template <class Policy>
void show_application(board<Policy>& b, connection_record<Policy>& r, event& e) noexcept {
    const bool opened = e.kind == event_kind::connected || e.kind == event_kind::accepted;
    if (!opened || r.heard == no_segment) return;
    b.on_show = std::exchange(r.heard, no_segment);
    e.application = b.held.segments.data(b.on_show);
}

/// Whether connection `place` has nothing to tell but that messages are there.
template <class Policy>
[[nodiscard]] bool only_readable(const board<Policy>& b, std::uint32_t place) noexcept {
    const auto& r = b.held.connections.at(place).record();
    return r.events == 1U << static_cast<unsigned>(event_kind::readable) && r.at == state::open &&
           r.backlog == backlog_place::none && r.room_wanted == 0;
}

/// Tells that. Nothing else changes by it.
template <class Policy>
[[nodiscard]] event tell_readable(board<Policy>& b, std::uint32_t place) noexcept {
    b.held.connections.at(place).record().events = 0;
    b.audit(place);
    event e;
    e.kind = event_kind::readable;
    e.connection = b.id_of(place);
    e.remote = remote_of(b, place);
    return e;
}

/// The next thing to tell, whatever it is.
template <class Policy>
[[nodiscard]] [[gnu::noinline]] std::optional<event> poll_any_event(board<Policy>& b) noexcept {
    b.give_back(b.on_show);
    if (const auto change = link_event(b)) return change;
    if (const auto news = node_news(b)) return news;
    turns& t = b.held.schedule;
    while (!t.room.empty() && b.has_room_for(b.held.connections.at(t.room.front()).record()))
        b.refresh(t.room.pop());
    // One that waits for more than there is must not keep the others from what there is.
    if (!t.room.empty() && b.held.segments.has_room()) b.refresh(t.room.pop());
    while (!t.tell.empty()) {
        const std::uint32_t place = t.tell.pop();
        auto& c = b.held.connections.at(place);
        const auto kind = c.poll_event();
        std::optional<event> told;
        if (kind) told = describe(b, place, *kind);
        if (told) show_application(b, c.record(), *told);
        if (kind == event_kind::accepted && c.record().backlog == backlog_place::untold) {
            --b.held.listeners.at(c.record().listener).untold;
            c.record().backlog = backlog_place::none;
        }
        if (kind == event_kind::closed) c.record().visible = false;  // the id is stale from now on
        b.refresh(place);
        if (told) return told;
    }
    return std::nullopt;
}

template <class Policy>
[[nodiscard]] std::optional<event> poll_event(board<Policy>& b) noexcept {
    if (b.status != errc::ok) return std::nullopt;
    turns& t = b.held.schedule;
    const bool usual =
        takes_shortcuts<Policy> && b.on_show == no_segment && t.room.empty() && !has_news(b);
    if (!usual) return poll_any_event(b);
    if (t.tell.empty()) return std::nullopt;
    if (!only_readable(b, t.tell.front())) return poll_any_event(b);
    return tell_readable(b, t.tell.pop());
}

/// A link that was removed did not come back (19.3): every connection ends.
template <class Policy>
void lose_link(board<Policy>& b) noexcept {
    b.link_gone_until = never;
    for (std::uint32_t place = 0; place < b.held.connections.capacity(); ++place) {
        if (!b.held.connections.in_use(place)) continue;
        auto x = b.context_of(place);
        b.held.connections.at(place).lose_link(x);
        b.refresh(place);
    }
}

template <class Policy>
void handle_timeout(board<Policy>& b) noexcept {
    if (b.status != errc::ok) return;
    if (b.link_gone_until <= b.now) lose_link(b);
    handle_resolution_timeout(b);
    b.held.schedule.wheel.advance(b.now, [&b](std::uint32_t place) {
        b.fetch(place);
        auto x = b.context_of(place);
        b.held.connections.at(place).handle_timeout(x);
        b.refresh(place);
    });
}

template <class Policy>
void handle_link(board<Policy>& b, link_state state) noexcept {
    if (b.status != errc::ok) return;
    const bool up = state == link_state::up;
    if (b.link_up && !up) ++b.stats.link_flaps;
    b.link_changed = b.link_changed || up != b.link_up;
    b.link_up = up;
    if (up) b.link_gone_until = never;
    const bool gone = b.link_gone_until != never;
    if (state == link_state::removed && !gone) b.link_gone_until = after(b.now, b.own.link_grace);
}

/// `never` for nothing.
template <class Policy>
[[nodiscard]] instant next_timeout(const board<Policy>& b) noexcept {
    instant first = b.link_gone_until;
    if (b.nodes_state.due < first) first = b.nodes_state.due;
    if (b.quiet() && b.quiet_until < first) first = b.quiet_until;
    const instant connection = b.held.schedule.wheel.soonest();
    if (connection < first) first = connection;
    const instant node = b.held.node_timers.soonest();
    if (node < first) first = node;
    return first;
}

template <class Policy>
[[nodiscard]] result<connection_info, errc> info(const board<Policy>& b,
                                                 connection_id id) noexcept {
    const std::uint32_t place = b.held.connections.find(id);
    if (place == b.nothing) return errc::no_such_connection;
    const auto& r = b.held.connections.at(place).record();
    connection_info i;
    i.at = r.at;
    i.remote = remote_of(b, place);
    i.agreed = r.agreed;
    i.message_max = r.message_max;
    i.outstanding = r.sending.outstanding();
    i.queued = r.queued;
    i.unread = r.receiving.unread();
    i.srtt = r.rtt.smoothed();
    i.rttvar = r.rtt.deviation();
    i.min_rtt = r.rtt.shortest();
    i.cwnd = r.congestion.window();
    const duration peer_delay = std::chrono::microseconds{r.peer_ack_delay_us};
    i.rto = r.rtt.timeout(b.held.sets.at(r.option_set), Policy::timer_tick, peer_delay);
    return i;
}

}  // namespace detail

}  // namespace rrdp
