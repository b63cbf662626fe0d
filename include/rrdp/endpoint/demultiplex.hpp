// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/endpoint/straight_frames.hpp>

/// From a frame to the connection it is meant for: the validation of 2.2, LISTEN and CLOSED.
namespace rrdp::detail {

/// The port in the address of the sender, where addresses have one.
template <class Policy>
[[nodiscard]] std::uint16_t port_of(const board<Policy>& b) noexcept {
    if constexpr (requires { b.source.port; }) return b.source.port;
    return 0;
}

/// A peer whose framing lets it move has sent a valid segment from where it is now (RFC 6951).
template <class Policy>
void follow(board<Policy>& b, std::uint32_t node) noexcept {
    if constexpr (requires { Policy::framing::same_node(b.source, b.source); })
        b.held.nodes.at(node).address = b.source;
}

/// Queues the bare RST that answers `s`, through the bucket of its node. A cookie is
/// not limited: it answers one SYN, is no longer than that, and a limit would be used up by whoever
/// sends most (docs/decisions/0059).
template <class Policy>
void answer_by_reset(board<Policy>& b, const wire::segment_view& s, std::uint32_t node,
                     wire::reset_reason why,
                     std::optional<std::uint64_t> cookie = std::nullopt) noexcept {
    auto& bucket = b.held.nodes.at(node).resets;
    bare_reset answer = answer_to(s, static_cast<std::uint16_t>(node), why);
    answer.link_port = port_of(b);
    answer.cookie = cookie;
    if (!cookie && !bucket.take(b.now, b.own.resets))
        ++b.stats.resets_suppressed;
    else if (!b.resets.push(answer))
        ++b.stats.resets_crowded_out;
}

/// CLOSED: no record, or one that has ended and is remembered as a tombstone (7.2, R-10.7), or a
/// listener that has no use for `s`. Whether a port without any of these is ours to answer
/// for is a matter of policy.
template <class Policy>
void handle_closed(board<Policy>& b, const wire::segment_view& s, std::uint32_t node,
                   bool tombstone) noexcept {
    if (s.base.control.rst()) return b.drop(drop_reason::stray_reset);
    const std::uint16_t port = s.base.destination_port;
    const bool own = b.own.unknown_ports == unknown_port_policy::rst || tombstone ||
                     (!b.own.owned_ports.empty() && b.own.owns(port)) ||
                     b.held.listeners.find(port) != listener_table::nothing;
    if (!own) return b.drop(drop_reason::foreign_port);
    b.drop(drop_reason::no_record);
    const bool opening = s.base.control == wire::flags_syn;
    answer_by_reset(b, s, node,
                    opening ? wire::reset_reason::refused : wire::reset_reason::no_such_connection);
}

/// Why listener `l` has no place for another half-open connection, if so. Those of openers that
/// have shown a cookie are counted apart: nobody who cannot be reached takes their places.
template <class Policy>
[[nodiscard]] std::optional<drop_reason> no_place(const board<Policy>& b, const listener& l,
                                                  bool proved) noexcept {
    const std::uint32_t half_open = proved ? l.proved : l.half_open;
    if (half_open >= b.own.backlog) return drop_reason::backlog_full;
    if (half_open + l.untold >= b.own.accept_queue)  // each half-open one may become one of them
        return drop_reason::accept_queue_full;
    return std::nullopt;
}

/// Where a SYN that comes to listener `l` counts, or nothing: the listener is full, and the SYN was
/// dropped or, if both sides offer COOKIE, answered by one. A cookie that nobody asked for
/// is not looked at.
template <class Policy>
[[nodiscard]] std::optional<backlog_place> admit(board<Policy>& b, const wire::segment_view& s,
                                                 const wire::syn_parameters& said,
                                                 std::uint32_t node, const listener& l) noexcept {
    const auto full = no_place(b, l, false);
    if (!full) return backlog_place::half_open;
    const options& o = b.held.sets.at(l.option_set);
    const bool offered =
        wire::agreed_on(offer<Policy>(o), said.offered).has(wire::features::cookie);
    const node_id from = b.held.nodes.at(node).node;
    const bool proved = offered && b.cookies.knows(from, s, said, b.now);
    if (proved && !no_place(b, l, true)) return backlog_place::proved;
    b.drop(*full);
    if (offered && !proved)
        answer_by_reset(b, s, node, wire::reset_reason::retry_with_cookie,
                        b.cookies.cookie_for(from, s, said, b.now));
    return std::nullopt;
}

/// Whether a SYN suits the listener and its APP can be kept; else it was dropped or refused.
template <class Policy>
[[nodiscard]] bool acceptable(board<Policy>& b, const wire::segment_view& s,
                              const wire::syn_parameters& said, std::uint32_t node,
                              const options& o) noexcept {
    const keeping free = room_for(b.held.segments, said);
    if (const auto why = objection<Policy>(o, b.who(node), said)) {
        const bool stray = *why == wire::reset_reason::wrong_node;
        b.drop(stray ? drop_reason::wrong_node : drop_reason::unsuitable_offer);
        answer_by_reset(b, s, node, *why);
    } else if (const auto unfit = link_objection<Policy>(o, said, b.governors())) {
        const bool busy = *unfit == wire::reset_reason::no_resources;
        b.drop(busy ? drop_reason::governors_in_use : drop_reason::window_too_large);
        answer_by_reset(b, s, node, *unfit);
    } else if (free != keeping::now) {
        b.drop(drop_reason::pool_exhausted);
        if (free == keeping::impossible) answer_by_reset(b, s, node, wire::reset_reason::too_long);
    } else {
        return true;
    }
    return false;
}

/// LISTEN: a SYN for a port that is listened on.
template <class Policy>
void handle_listen(board<Policy>& b, const wire::segment_view& s, std::uint32_t node,
                   std::uint32_t at) noexcept {
    listener& l = b.held.listeners.at(at);
    const auto said = *wire::parse_syn(s);
    const auto counts = admit(b, s, said, node, l);
    if (!counts || !acceptable(b, s, said, node, b.held.sets.at(l.option_set))) return;
    const auto place = b.held.connections.make(node, s.base.source_port, s.base.destination_port);
    if (place == b.nothing) return b.drop(drop_reason::table_full);
    ++b.held.nodes.at(node).users;
    auto& record = b.held.connections.at(place).record();
    record.option_set = l.option_set;
    record.listener = static_cast<std::uint16_t>(at);
    record.backlog = *counts;
    b.held.sets.share(l.option_set);
    ++(*counts == backlog_place::proved ? l.proved : l.half_open);
    auto x = b.context_of(place);
    x.peer_mtu = b.held.nodes.at(node).mtu;
    x.received = b.received;
    b.held.connections.at(place).accept(x, s, said, draw_numbers(b.random));
    follow(b, node);
    b.refresh(place);
}

/// The listener that wants `s`, or `nothing`.
template <class Policy>
[[nodiscard]] std::uint32_t listener_for(const board<Policy>& b,
                                         const wire::segment_view& s) noexcept {
    return s.base.control == wire::flags_syn ? b.held.listeners.find(s.base.destination_port)
                                             : listener_table::nothing;
}

/// Whether a SYN takes the ports over from a connection that has ended but is remembered: fast
/// reuse.
template <class Policy>
[[nodiscard]] bool gives_way(const connection<Policy>& c, const wire::segment_view& s) noexcept {
    const auto& record = c.record();
    if (record.at == state::closed) return true;
    if (record.at != state::close_wait) return false;
    const auto p = *wire::parse_syn(s);
    const bool tag = record.agreed.has(wire::features::tag) && p.tag != record.peer_tag;
    const bool wide = record.agreed.has(wire::features::wide);
    return tag || s.base.sequence != record.irs.low() ||
           (wide && p.sequence_high != record.irs.high());
}

template <class Policy>
void handle_recorded(board<Policy>& b, const wire::segment_view& s, std::uint32_t node,
                     std::uint32_t place) noexcept {
    auto x = b.context_of(place);
    x.received = b.received;
    const state before = b.held.connections.at(place).record().at;
    const reaction answer = b.held.connections.at(place).handle_segment(x, s);
    // What it waited for as it was is long before what it waits for now: the wheel need not fire in
    // vain for each of thousands that were opened.
    if (b.held.connections.at(place).record().at != before) b.held.schedule.wheel.cancel(place);
    if (x.valid) follow(b, node);
    if (answer.what == verdict::reset) answer_by_reset(b, s, node, answer.reason);
    if (answer.what == verdict::as_closed) handle_closed(b, s, node, true);
    if (answer.what != verdict::restarted) return b.refresh(place);
    b.retire(place);
    const std::uint32_t listening = listener_for(b, s);
    if (listening != listener_table::nothing)
        handle_listen(b, s, node, listening);
    else
        handle_closed(b, s, node, false);
}

/// Why the framing has refused `frame`, if it can tell.
template <class Policy>
[[nodiscard]] drop_reason refusal_of(const board<Policy>& b, octets_view frame) noexcept {
    if constexpr (wire::refusing<typename Policy::framing>)
        return to_drop_reason(b.own.framing.refusal(frame));
    return drop_reason::foreign_frame;
}

/// What the checksum of the segment in `frame` covers besides it.
template <class Policy, class Frame>
[[nodiscard]] std::uint32_t pseudo_sum_of(const board<Policy>& b, const Frame& frame) noexcept {
    if constexpr (wire::summing<typename Policy::framing>) return b.own.framing.pseudo_sum(frame);
    return 0;
}

/// Step 11.
template <class Policy>
[[nodiscard]] bool checksum_right(const board<Policy>& b, const wire::segment_view& s,
                                  std::uint32_t place, std::uint32_t pseudo) noexcept {
    if constexpr (!Policy::checksum::verifies) return true;
    if (place == b.nothing) return wire::checksum_valid_either(s, pseudo);
    const auto& record = b.held.connections.at(place).record();
    if (record.at == state::syn_sent || record.at == state::closed)
        return wire::checksum_valid_either(s, pseudo);
    return wire::checksum_valid(s, wire::coverage_of(s.base.control, record.agreed), pseudo);
}

/// Whether a connection for `s` from that node has a record that knows its source (step 12a).
template <class Policy>
[[nodiscard]] bool has_record(const board<Policy>& b, std::uint32_t node,
                              const wire::segment_view& s) noexcept {
    const std::uint32_t place = b.held.connections.find(
        b.held.connections.key(node, s.base.source_port, s.base.destination_port));
    if (place == b.nothing) return false;
    const state at = b.held.connections.at(place).record().at;
    return at != state::closed && at != state::syn_sent;
}

/// Step 9: whether the frame is for us, and from where. The node's place in the table, or `nothing`
/// after it was dropped.
template <class Policy, class Frame>
[[nodiscard]] std::uint32_t sender_of(board<Policy>& b, const Frame& frame,
                                      const wire::segment_view& s) noexcept {
    using framing = typename Policy::framing;
    constexpr bool addressed = !std::is_empty_v<typename framing::address>;
    if constexpr (addressed) {
        if (frame.destination != b.own.address) {
            b.drop(drop_reason::group_destination);
            return b.nothing;
        }
        if (!framing::is_unicast(frame.source) || frame.source == b.own.address) {
            b.drop(drop_reason::bad_source);
            return b.nothing;
        }
    }
    const std::uint32_t node = b.held.nodes.find_address(frame.source);
    if (node != b.nothing) return node;
    const std::uint32_t former = b.held.nodes.find_former(frame.source);
    if (former != b.nothing && has_record(b, former, s)) {  // step 12a: from an old address
        const bool right = wire::checksum_valid_either(s);
        b.drop(right ? drop_reason::wrong_source : drop_reason::bad_checksum);
        return b.nothing;
    }
    b.drop(drop_reason::unknown_node);
    greet_stranger(b, frame.source);
    return b.nothing;
}

/// A segment from a known node, well formed, checksum right: to its record, listener, or CLOSED.
template <class Policy>
void dispatch(board<Policy>& b, const wire::segment_view& s, std::uint32_t node,
              std::uint32_t place) noexcept {
    const std::uint32_t listening = listener_for(b, s);
    const bool wanted = listening != listener_table::nothing;
    if (place != b.nothing && wanted && gives_way(b.held.connections.at(place), s)) {
        b.retire(place);
        place = b.nothing;
    }
    if (place != b.nothing)
        handle_recorded(b, s, node, place);
    else if (wanted)
        handle_listen(b, s, node, listening);
    else
        handle_closed(b, s, node, false);
}

/// A frame as the link delivered it. The checks are made in the order of 2.2; the first that fails
/// decides.
template <class Policy>
void handle_frame(board<Policy>& b, octets_view frame) noexcept {
    if (b.status != errc::ok || handle_predicted(b, frame)) return;
    ++b.stats.frames_in;
    b.stats.octets_in += frame.size();
    const auto unwrapped = b.own.framing.parse(frame);
    if (!unwrapped) return b.drop(refusal_of(b, frame));
    b.source = unwrapped->source;
    b.received = lesser(unwrapped->payload.size(), 0xffff);
    if (wire::is_resolution(unwrapped->payload)) return handle_version_0(b, *unwrapped);
    const auto s = wire::parse(unwrapped->payload);  // steps 1 to 8
    if (!s) return b.drop(to_drop_reason(s.error()));
    if (!b.may_send()) return b.drop(drop_reason::number_not_held);
    const std::uint32_t node = sender_of(b, *unwrapped, *s);
    if (node == b.nothing) return;
    const std::uint32_t place = b.held.connections.find(
        b.held.connections.key(node, s->base.source_port, s->base.destination_port));  // step 10
    if (!checksum_right(b, *s, place, pseudo_sum_of(b, *unwrapped)))
        return b.drop(drop_reason::bad_checksum);
    if (place != b.nothing) b.hints.remember(s->base.source_port, s->base.destination_port, place);
    dispatch(b, *s, node, place);
}

}  // namespace rrdp::detail
