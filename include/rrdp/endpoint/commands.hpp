// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include <rrdp/endpoint/straight_frames.hpp>

/// What an application asks of an endpoint.
namespace rrdp::detail {

template <class Policy>
[[nodiscard]] errc add_node(board<Policy>& b, node_id node,
                            const typename Policy::framing::address& where,
                            std::uint16_t mtu) noexcept {
    if (b.status != errc::ok) return b.status;
    const auto number = static_cast<std::uint16_t>(node);
    if (number == 0 || number == 0xffff || node == b.own.node) return errc::bad_node;
    constexpr bool addressed = !std::is_empty_v<typename Policy::framing::address>;
    if (!Policy::framing::is_unicast(where)) return errc::bad_address;
    if (addressed && where == b.own.address) return errc::bad_address;
    if (mtu != 0 && mtu < 64) return errc::bad_mtu;
    const errc made = b.held.nodes.add(node, where, mtu);
    if constexpr (resolvable<Policy>) {
        if (made == errc::ok) settle_node(b, b.held.nodes.find(node), where);
    }
    return made;
}

/// `ok`, or what is wrong with options here: out of range, or unfit for the network (section 16).
template <class Policy>
[[nodiscard]] errc check_here(const board<Policy>& b, const options& o) noexcept {
    const errc e = check(o, Policy::max_outstanding);
    if (e != errc::ok) return e;
    const bool wide_window = o.max_outstanding > governor::outstanding_max;
    if (!b.own.fifo && wide_window) return errc::bad_max_outstanding;
    const bool controlled = o.congestion == congestion_kind::aimd;
    return Policy::framing::congestion_controlled && !controlled ? errc::congestion_control_required
                                                                 : errc::ok;
}

/// A port of our own that no connection to that port of that node has: the first free one behind a
/// random start, so that nobody can guess it (R-13.5, RFC 6056). 0 when there is none.
template <class Policy>
[[nodiscard]] std::uint16_t free_port(board<Policy>& b, std::uint32_t node,
                                      std::uint16_t remote_port) noexcept {
    const port_range range = b.own.ephemeral;
    const std::uint32_t count = std::uint32_t{range.last} - range.first + 1;
    const std::uint32_t start = b.random.next32() % count;
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto port = static_cast<std::uint16_t>(range.first + (start + i) % count);
        const auto key = b.held.connections.key(node, remote_port, port);
        if (b.own.owns(port) && b.held.connections.find(key) == b.nothing) return port;
    }
    return 0;
}

/// The own port for a connection to `to`, or why there is none.
template <class Policy>
[[nodiscard]] result<std::uint16_t, errc> local_port(board<Policy>& b, std::uint32_t node,
                                                     const peer& to) noexcept {
    if (to.local_port == 0) {
        const std::uint16_t port = free_port(b, node, to.port);
        if (port == 0) return errc::no_free_port;
        return port;
    }
    if (!b.own.owns(to.local_port)) return errc::port_not_owned;
    const auto key = b.held.connections.key(node, to.port, to.local_port);
    if (b.held.connections.find(key) != b.nothing) return errc::port_in_use;
    return to.local_port;
}

/// Whether the longest SYN or SYN ACK of these options fits into the own link MTU, with what it
/// says in APP.
template <class Policy>
[[nodiscard]] errc check_syn(const board<Policy>& b, const options& o,
                             octets_view application) noexcept {
    if (application.size() % wire::word_octets != 0) return errc::bad_application_data;
    if (!application.empty() && !o.extended) return errc::bad_application_data;
    constexpr std::array<std::byte, wire::cookie_octets> cookie{};
    wire::syn_parameters p;
    p.extended = o.extended;
    p.offered = offer<Policy>(o);
    p.timing.emplace();
    if (o.identify) p.node.emplace();
    if (o.identify) p.boot = 1;
    if (p.offered.has(wire::features::frag)) p.max_message = 1;
    if (p.offered.has(wire::features::tag)) p.tag = p.peer_tag = 1;
    if (p.offered.has(wire::features::cookie)) p.cookie = cookie;
    p.has_cookie = !p.cookie.empty();
    p.application = application;
    const std::size_t words = wire::syn_words(p);
    const bool fits = words <= wire::header_words_max && wire::word_octets * words <= b.own.mtu &&
                      application.size() <= b.held.segments.segment_max();
    if (fits) return errc::ok;
    return application.empty() ? errc::bad_mtu : errc::message_too_long;
}

/// Keeps `application` for SYNs to come; false when the pool has no room. Nothing is kept of
/// nothing.
template <class Policy>
[[nodiscard]] bool keep(board<Policy>& b, octets_view application, segment_handle& in) noexcept {
    if (application.empty()) return true;
    in = b.held.segments.take(segment_pool::purpose::send, segment_pool::nobody);
    if (in == no_segment) return false;
    b.held.segments.store(in, application);
    return true;
}

/// The place of a node in the table. One that is not there gets an entry, if it can be looked for.
template <class Policy>
[[nodiscard]] result<std::uint32_t, errc> node_of(board<Policy>& b, node_id node) noexcept {
    const std::uint32_t found = b.held.nodes.find(node);
    if (found != b.nothing) return found;
    const bool possible = number(node) != 0 && number(node) != 0xffff && node != b.own.node;
    if (b.own.resolution == nr_role::off || !possible) return errc::unknown_node;
    const std::uint32_t made = learn(b, node);
    if (made == b.nothing) return errc::too_many_nodes;
    return made;
}

template <class Policy>
[[nodiscard]] result<connection_id, errc> connect(board<Policy>& b, const peer& to,
                                                  const options& o,
                                                  octets_view application) noexcept {
    if (b.refusal() != errc::ok) return b.refusal();
    if (to.port == 0) return errc::bad_port;
    if (const errc e = check_here(b, o); e != errc::ok) return e;
    if (const errc e = check_syn(b, o, application); e != errc::ok) return e;
    const auto found = node_of(b, to.node);
    if (!found) return found.error();
    const std::uint32_t node = *found;
    const auto port = local_port(b, node, to);
    if (!port) return port.error();
    const auto set = b.held.sets.acquire(o);
    if (!set) return set.error();
    segment_handle said = no_segment;
    const bool kept = keep(b, application, said);
    const std::uint32_t place = kept ? b.held.connections.make(node, to.port, *port) : b.nothing;
    if (place == b.nothing) {
        b.held.sets.release(*set);
        b.give_back(said);
        return kept ? errc::too_many_connections : errc::would_block;
    }
    ++b.held.nodes.at(node).users;
    b.held.connections.at(place).record().option_set = *set;
    b.held.connections.at(place).record().said = said;
    auto x = b.context_of(place);
    x.peer_mtu = b.held.nodes.at(node).mtu;
    b.held.connections.at(place).connect(x, *port, to.port, draw_numbers(b.random));
    b.refresh(place);
    want_node(b, node);
    return b.id_of(place);
}

template <class Policy>
[[nodiscard]] errc listen(board<Policy>& b, std::uint16_t port, const options& o,
                          octets_view application) noexcept {
    if (b.refusal() != errc::ok) return b.refusal();
    if (port == 0) return errc::bad_port;
    if (!b.own.owns(port)) return errc::port_not_owned;
    if (const errc e = check_here(b, o); e != errc::ok) return e;
    if (const errc e = check_syn(b, o, application); e != errc::ok) return e;
    if (b.held.listeners.find(port) != listener_table::nothing) return errc::already_listening;
    const std::uint32_t at = b.held.listeners.find_free();
    if (at == listener_table::nothing) return errc::too_many_listeners;
    const auto set = b.held.sets.acquire(o);
    if (!set) return set.error();
    listener& l = b.held.listeners.at(at);
    if (!keep(b, application, l.application)) {
        b.held.sets.release(*set);
        return errc::would_block;
    }
    l.port = port;
    l.option_set = *set;
    return errc::ok;
}

template <class Policy>
[[nodiscard]] errc stop_listening(board<Policy>& b, std::uint16_t port) noexcept {
    if (b.status != errc::ok) return b.status;
    const std::uint32_t at = port == 0 ? listener_table::nothing : b.held.listeners.find(port);
    if (at == listener_table::nothing) return errc::not_listening;
    listener& l = b.held.listeners.at(at);
    b.held.sets.release(l.option_set);
    l.port = 0;
    b.settle_listener(l);
    return errc::ok;
}

/// Carries out `verb(connection, context)` on the connection that `id` names, and answers what it
/// answers; `unknown` if there is none.
template <class Policy, class Answer, class Verb>
[[nodiscard]] [[gnu::noinline]] Answer command(board<Policy>& b, connection_id id, Answer unknown,
                                               Verb&& verb) noexcept {
    if (b.status != errc::ok) return b.status;
    const std::uint32_t place = b.held.connections.find(id);
    if (place == b.nothing) return unknown;
    auto x = b.context_of(place);
    const Answer answer = verb(b.held.connections.at(place), x);
    b.refresh(place);
    return answer;
}

/// Whether a message of `size` octets goes straight into the queue of a connection: one segment, a
/// place, room, and a window that is open or that an acknowledgement will open.
template <class Policy>
[[nodiscard]] bool queues_straight(const board<Policy>& b, const connection_record<Policy>& c,
                                   std::size_t size) noexcept {
    const bool turn = c.sending.has_ring() || b.held.rings.available() > 0;
    const bool opens = c.sending.outstanding() != 0 || has_credit(c);
    return takes_shortcuts<Policy> && c.straight_out && size - 1 < short_message_max(c) && turn &&
           opens && c.queued < b.held.sets.at(c.option_set).send_queue &&
           b.held.segments.has_room() && b.held.nodes.at(c.node).addressed;
}

/// Queues such a message; its index.
template <class Policy>
[[nodiscard]] message_index queue_straight(board<Policy>& b, std::uint32_t place,
                                           octets_view message) noexcept {
    auto& c = b.held.connections.at(place).record();
    const segment_handle h = b.held.segments.take(segment_pool::purpose::send, place);
    b.held.segments.store(h, message);
    b.held.segments.at(h).hold_message();
    c.queue.push(b.held.segments, h);
    ++c.queued;
    b.held.schedule.wheel.fetch_beside(place);  // when it leaves a timer will be set
    if (may_send_straight(c))
        b.held.schedule.transmit.add(place, b.held.sets.at(c.option_set).urgent);
    b.audit(place);
    return c.ledger.accepted++;
}

/// Lets a message share a frame with one that waits, if it may: nothing else changes then.
template <class Policy>
[[nodiscard]] bool shares_frame(board<Policy>& b, std::uint32_t place,
                                octets_view message) noexcept {
    auto& c = b.held.connections.at(place).record();
    const bool may = takes_shortcuts<Policy> && joins(c, b.held.segments, message.size()) &&
                     takes_messages(c) && c.queued < b.held.sets.at(c.option_set).send_queue;
    if (!may) return false;
    copy_octets(message, join(c, b.held.segments, message.size()));
    ++c.queued;
    ++c.ledger.accepted;
    b.audit(place);
    return true;
}

/// Hands a message to the connection that `id` names, in one piece or in several.
template <class Policy, class Message>
[[nodiscard]] [[gnu::flatten]] result<message_index, errc> send(board<Policy>& b, connection_id id,
                                                                const Message& message) noexcept {
    if (b.status != errc::ok) return b.status;
    b.fetch(id.slot);
    const std::uint32_t place = b.held.connections.find(id);
    if (place == b.nothing) return errc::no_such_connection;
    if constexpr (std::is_same_v<Message, octets_view>) {
        const auto& c = b.held.connections.at(place).record();
        if (shares_frame(b, place, message)) return c.ledger.accepted - 1;
        if (queues_straight(b, c, message.size())) return queue_straight(b, place, message);
    }
    return command(b, id, result<message_index, errc>{errc::no_such_connection},
                   [&](auto& c, auto& x) { return c.send(x, message); });
}

}  // namespace rrdp::detail
