// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/core/prediction.hpp>
#include <rrdp/core/straight_transmit.hpp>
#include <rrdp/endpoint/resolver.hpp>

/// The frames that an endpoint sends and receives nearly always, in a straight line: what comes in
/// is what its connection expects next, what goes out is the next of a queue. The general ways in
/// demultiplex.hpp and outputs.hpp do the same for these frames and everything for all others; a
/// policy with a member `no_shortcuts` has only them, which proves that it makes no difference.
namespace rrdp::detail {

template <class Policy>
inline constexpr bool takes_shortcuts = !requires {
    Policy::no_shortcuts;
};

/// Writes the framing around a segment for a node and counts the frame; its size.
template <class Policy>
[[nodiscard]] std::size_t wrap(board<Policy>& b, octets out, std::size_t segment,
                               const typename Policy::framing::address& to,
                               bool urgent = false) noexcept {
    b.own.framing.write_header(out, to, b.own.address);
    if constexpr (wire::marking<typename Policy::framing>)
        if (urgent) b.own.framing.mark_urgent(out);
    const std::size_t size = b.own.framing.finish(out, segment);
    ++b.stats.frames_out;
    b.stats.octets_out += size;
    return size;
}

/// How many octets a connection's turn is long: a frame of the longest for each unit of weight.
template <class Policy>
[[nodiscard]] std::size_t share_of(const board<Policy>& b, const options& o) noexcept {
    return o.weight * (Policy::framing::overhead + b.own.mtu + send_turns::frame_cost);
}

/// The frame of connection `place` if it is the one that is sent nearly always
/// (core/straight_transmit.hpp); else 0, and nothing has changed.
template <class Policy>
[[gnu::flatten]] [[nodiscard]] std::size_t poll_straight(board<Policy>& b, octets out,
                                                         std::uint32_t place) noexcept {
    if constexpr (!takes_shortcuts<Policy>) return 0;
    auto& c = b.held.connections.at(place).record();
    turns& t = b.held.schedule;
    const bool ring = c.sending.has_ring() || b.held.rings.available() > 0;
    if (!c.straight_out || !may_send_straight(c) || !ring || !t.ring.empty()) return 0;
    constexpr std::size_t overhead = Policy::framing::overhead;
    auto x = b.plain_context(place);
    const std::size_t size = transmit_straight(c, x, out.subspan(overhead, b.own.mtu));
    b.observer.on_transmit(b.now, out.subspan(overhead, size));
    t.transmit.spend(place, overhead + size, share_of(b, x.opt));
    if (!c.acks.due() && !may_send_straight(c)) t.transmit.remove(place);
    t.wake(place, c.timers.earlier(timer::retransmit, timer::recover));  // what was perhaps set
    b.audit(place);
    return wrap(b, out, size, b.held.nodes.at(c.node).address, x.opt.urgent);
}

/// Whether a frame of this framing from one node to another always begins with the same octets.
template <class Framing>
inline constexpr bool has_constant_header = requires {
    Framing::constant_header;
};

/// What was predicted has arrived at connection `place`: it has a message to tell of, and perhaps
/// something to send.
template <class Policy>
void settle_arrival(board<Policy>& b, std::uint32_t place) noexcept {
    const auto& c = b.held.connections.at(place).record();
    if (c.acks.due() || !c.queue.empty() || c.sending.any_lost() || c.path.due())
        return b.refresh(place);
    b.held.schedule.tell.add(place);
    instant soonest = c.timers.at(timer::acknowledge);  // of what was perhaps set
    if (c.sending.outstanding() != 0) {
        const instant other = c.timers.earlier(timer::retransmit, timer::recover);
        if (other < soonest) soonest = other;
    }
    b.held.schedule.wake(place, soonest);
    b.audit(place);
}

/// Whether `frame` goes from that node to this one.
template <class Policy>
[[nodiscard]] bool is_from(const board<Policy>& b, octets_view frame, std::uint32_t node) noexcept {
    const auto& n = b.held.nodes.at(node);
    return n.addressed && b.own.framing.has_header(frame, b.own.address, n.address);
}

/// The connection that `frame`, whose segment has these ports, is from, where others have taken its
/// place among the hints; or `nothing`.
template <class Policy>
[[gnu::noinline]] [[nodiscard]] std::uint32_t find_again(board<Policy>& b, octets_view frame,
                                                         std::uint16_t from,
                                                         std::uint16_t to) noexcept {
    std::uint32_t node = b.recent_node;
    if (node >= b.held.nodes.size() || !is_from(b, frame, node)) {
        const auto unwrapped = b.own.framing.parse(frame);
        if (!unwrapped) return b.nothing;
        node = b.held.nodes.find_address(unwrapped->source);
        if (node == b.nothing) return b.nothing;
        b.recent_node = node;
    }
    const std::uint32_t place =
        b.held.connections.find(b.held.connections.key(node, from, to),
                                [&b](std::uint32_t candidate) { b.fetch(candidate); });
    if (place != b.nothing) b.hints.remember(from, to, place);
    return place;
}

/// Handles `frame` if it is what the connection of its ports expects next (core/prediction.hpp);
/// else false, and nothing has changed.
template <class Policy>
[[gnu::flatten]] [[nodiscard]] bool handle_predicted(board<Policy>& b, octets_view frame) noexcept {
    using framing = typename Policy::framing;
    if constexpr (has_constant_header<framing> && takes_shortcuts<Policy>) {
        constexpr std::size_t overhead = framing::overhead;
        if (frame.size() <= overhead + wire::base_octets) return false;
        const octets_view segment = frame.subspan(overhead);
        const std::uint16_t from = load_be16(segment, wire::layout::source_port.offset);
        const std::uint16_t to = load_be16(segment, wire::layout::destination_port.offset);
        std::uint32_t place = b.hints.find(from, to);
        if (place == b.nothing) place = find_again(b, frame, from, to);
        if (place == b.nothing) return false;
        auto& c = b.held.connections.at(place).record();
        if (!c.straight_in || c.remote_port != from || c.local_port != to) return false;
        if (!is_from(b, frame, c.node) || !b.may_send()) return false;
        auto x = b.plain_context(place);
        if (!take_predicted(c, x, segment)) return false;
        ++b.stats.frames_in;
        b.stats.octets_in += frame.size();
        settle_arrival(b, place);
        return true;
    } else {
        return false;
    }
}

}  // namespace rrdp::detail
