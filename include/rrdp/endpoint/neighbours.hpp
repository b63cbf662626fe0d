// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>

#include <rrdp/endpoint/board.hpp>

/// What the node table learns from the wire (section 15), and what connections hear of it: for
/// framings whose addresses are MACs; the tables of the others are static.
namespace rrdp::detail {

template <class Policy>
inline constexpr bool resolvable =
    std::same_as<typename Policy::framing::address, wire::mac_address>;

/// Among peers a node greets all once a minute; what was not heard of for three of these
/// is looked for before it is used.
inline constexpr duration stale_after = std::chrono::minutes{3};
inline constexpr duration ask_first = std::chrono::milliseconds{50};
inline constexpr int asks_to_give_up = 4;
inline constexpr duration claim_wait = std::chrono::milliseconds{350};
inline constexpr std::uint32_t news_spread_ns = 10'000'000;

/// Queues a frame for one node, or for the group.
template <class Policy>
void say(board<Policy>& b, wire::resolution_op op, std::uint16_t target,
         const wire::mac_address& to = wire::resolution_group) noexcept {
    if (!b.nodes_state.frames.push({op, target, to})) ++b.stats.resolution_crowded_out;
}

[[nodiscard]] constexpr std::uint16_t number(node_id node) noexcept {
    return static_cast<std::uint16_t>(node);
}

/// Whether this process answers for its node number now; for another it never does
///
template <class Policy>
[[nodiscard]] bool answers(const board<Policy>& b) noexcept {
    return b.own.resolution == nr_role::active && b.nodes_state.own == claim::held;
}

/// Calls `visit(connection, context)` for every connection to the node at `node`: news of it reach
/// all of them at once.
template <class Policy, class Visit>
void for_each_connection(board<Policy>& b, std::uint32_t node, Visit&& visit) noexcept {
    if (b.held.nodes.at(node).users == 0) return;
    for (std::uint32_t place = 0; place < b.held.connections.capacity(); ++place) {
        if (!b.held.connections.in_use(place)) continue;
        auto& c = b.held.connections.at(place);
        if (c.record().node != node) continue;
        auto x = b.context_of(place);
        visit(c.record(), x);
        b.refresh(place);
    }
}

/// A little later than now, so that all the connections of a node do not ask it at once.
template <class Policy>
[[nodiscard]] duration soon(board<Policy>& b) noexcept {
    return duration{b.random.next32() % news_spread_ns};
}

/// The deadline of a node's entry has changed.
template <class Policy>
void wake_node(board<Policy>& b, std::uint32_t node) noexcept {
    const auto& e = b.held.nodes.at(node);
    const instant due = e.ask_due < e.claim_due ? e.ask_due : e.claim_due;
    if (due == never)
        b.held.node_timers.cancel(node);
    else
        b.held.node_timers.set(node, due);
}

/// Asks for a node, the next time or not at all any more.
template <class Policy>
void ask_again(board<Policy>& b, std::uint32_t node) noexcept {
    auto& e = b.held.nodes.at(node);
    if (!b.may_send()) {  // not under a number that may be another's
        e.ask_due = after(b.now, ask_first);
        return;
    }
    if (e.asked < asks_to_give_up) {
        say(b, wire::resolution_op::hello, number(e.node));
        e.ask_due = after(b.now, ask_first * (1 << e.asked));
        ++e.asked;
        return;
    }
    const instant asked = e.asked_since;
    const bool was_there = e.state == node_state::stale;
    e.ask_due = never;
    e.asked = 0;
    b.held.nodes.mark(node, node_state::dead);
    if (was_there) b.tell_node(node, node_event::down);
    for_each_connection(b, node, [asked](auto& c, auto& x) { hear_of_absence(c, x, asked); });
}

/// Somebody wants to talk to the node: it is looked for, if nothing recent is known of it.
template <class Policy>
void want_node(board<Policy>& b, std::uint32_t node) noexcept {
    if (b.own.resolution == nr_role::off) return;
    auto& e = b.held.nodes.at(node);
    if (!e.learned || e.ask_due != never) return;
    if (e.state == node_state::reachable && b.now - e.heard < stale_after) return;
    const bool there = e.state == node_state::reachable;  // a stale one is being asked for
    b.held.nodes.mark(node, there ? node_state::stale : node_state::incomplete);
    e.asked = 0;
    e.asked_since = b.now;
    ask_again(b, node);
    wake_node(b, node);
}

/// Whether news of a node reach its connections, each of which asks the peer: not more often than a
/// node can restart. Anybody can say such things, in one frame for all connections.
template <class Policy>
[[nodiscard]] bool believes_news_of(const board<Policy>& b,
                                    node_entry<typename Policy::framing::address>& e) noexcept {
    if (e.news_since != instant{} && b.now - e.news_since < claim_wait) return false;
    e.news_since = b.now;
    return true;
}

/// The node's incarnation is `boot` now; if that is another one, its connections hear of it
///
template <class Policy>
void learn_boot(board<Policy>& b, std::uint32_t node, std::uint32_t boot) noexcept {
    auto& e = b.held.nodes.at(node);
    const bool knew = e.knows_boot;
    if (knew && (e.boot == boot || !believes_news_of(b, e))) return;
    e.boot_was = knew ? e.boot : 0;
    e.boot = boot;
    e.knows_boot = true;
    if (knew) b.tell_node(node, node_event::up);
    for_each_connection(b, node, [&b, boot, knew](auto& c, auto& x) {
        if (knew || c.knows_boot) hear_of_restart(c, x, boot, soon(b));
    });
}

/// The node was heard of, where its entry says.
template <class Policy>
void refresh_node(board<Policy>& b, std::uint32_t node, const wire::resolution_frame& r) noexcept {
    auto& e = b.held.nodes.at(node);
    const bool back = e.state == node_state::dead || e.state == node_state::incomplete;
    e.heard = b.now;
    e.asked = 0;
    e.ask_due = never;
    if (e.learned) e.mtu = r.sender_mtu < 64 ? std::uint16_t{0} : r.sender_mtu;
    b.held.nodes.mark(node, node_state::reachable);
    if (back) b.tell_node(node, node_event::up);
    learn_boot(b, node, r.boot_id);
    wake_node(b, node);
}

/// The node is at `where` from now on; connections that waited for that may send.
template <class Policy>
void settle_node(board<Policy>& b, std::uint32_t node,
                 const typename Policy::framing::address& where) noexcept {
    b.held.nodes.settle(node, where);
    b.held.nodes.at(node).claimed = false;
    b.held.nodes.at(node).claim_due = never;
    for_each_connection(b, node, [](auto&, auto&) {});
}

/// The entry's own node has proved to be alive: whoever else claims its number is told.
template <class Policy>
void keep_incumbent(board<Policy>& b, std::uint32_t node) noexcept {
    auto& e = b.held.nodes.at(node);
    e.claimed = false;
    e.claim_due = never;
    b.tell_node(node, node_event::duplicate);
    if (answers(b)) say(b, wire::resolution_op::conflict, number(e.node), e.claimant);
}

/// The entry's node did not answer: it has restarted, with another interface.
template <class Policy>
void believe_claimant(board<Policy>& b, std::uint32_t node) noexcept {
    auto& e = b.held.nodes.at(node);
    const std::uint32_t holder = b.held.nodes.find_address(e.claimant);
    if (holder != b.nothing) {  // the address has become another node's meanwhile
        e.claimed = false;
        e.claim_due = never;
        return;
    }
    e.mtu = e.claimant_mtu;
    const std::uint32_t boot = e.claimant_boot;
    settle_node(b, node, e.claimant);
    e.ask_due = never;
    e.asked = 0;
    e.heard = b.now;
    b.held.nodes.mark(node, node_state::reachable);
    learn_boot(b, node, boot);
}

/// Another address and another boot id for a node that is known: is the old one still there?
template <class Policy>
void doubt(board<Policy>& b, std::uint32_t node, const wire::resolution_frame& r) noexcept {
    auto& e = b.held.nodes.at(node);
    if (e.claimed) return;  // one at a time
    e.claimed = true;
    e.claimant = r.sender_mac;
    e.claimant_boot = r.boot_id;
    e.claimant_mtu = r.sender_mtu < 64 ? std::uint16_t{0} : r.sender_mtu;
    e.claim_due = after(b.now, claim_wait);
    say(b, wire::resolution_op::hello, number(e.node), e.address);
    wake_node(b, node);
}

/// The node at `node` has gone, or its host calls itself otherwise now.
template <class Policy>
void depart(board<Policy>& b, std::uint32_t node) noexcept {
    auto& e = b.held.nodes.at(node);
    const bool there = e.state == node_state::reachable || e.state == node_state::stale;
    b.held.nodes.mark(node, node_state::dead);
    if (there) b.tell_node(node, node_event::down);
    if (!believes_news_of(b, e)) return;
    for_each_connection(b, node, [&b](auto& c, auto& x) { hear_of_departure(c, x, soon(b)); });
}

/// The table is full: learned nodes that nobody uses, and that were not heard of for long, have
/// left, so that whoever has filled it keeps nobody out for ever. Looked for once a second at most.
template <class Policy>
void clear_out(board<Policy>& b) noexcept {
    if (b.now < b.nodes_state.clear_out_due) return;
    b.nodes_state.clear_out_due = after(b.now, std::chrono::seconds{1});
    for (std::uint32_t node = 0; node < b.held.nodes.size(); ++node) {
        const auto& e = b.held.nodes.at(node);
        const bool silent = e.learned && e.users == 0 && b.now - e.heard >= stale_after;
        if (silent && e.state != node_state::dead) depart(b, node);
    }
}

/// A place for a node that was not known, or `nothing`.
template <class Policy>
[[nodiscard]] std::uint32_t learn(board<Policy>& b, node_id node) noexcept {
    const std::uint32_t place = b.held.nodes.learn(node);
    if (place == b.nothing) clear_out(b);  // the application hears of it first
    return place;
}

/// What an entry, of whatever kind, makes of a node that says where it is.
template <class Policy>
void take_position(board<Policy>& b, std::uint32_t node, const wire::resolution_frame& r) noexcept {
    auto& e = b.held.nodes.at(node);
    const bool same_boot = e.knows_boot && e.boot == r.boot_id;
    if (!e.addressed) {
        settle_node(b, node, r.sender_mac);
    } else if (e.address == r.sender_mac) {
        if (e.claimed) keep_incumbent(b, node);
    } else if (same_boot || e.state == node_state::dead) {  // another interface, or it had left
        settle_node(b, node, r.sender_mac);
    } else {
        return doubt(b, node, r);
    }
    refresh_node(b, node, r);
}

/// A node has said where it is: HELLO or HELLO-REPLY. Whether it was not known before; nothing, if
/// it is not believed. Entries made by hand are right whatever it says.
template <class Policy>
[[nodiscard]] std::optional<bool> learn_from(board<Policy>& b,
                                             const wire::resolution_frame& r) noexcept {
    auto& nodes = b.held.nodes;
    std::uint32_t node = nodes.find(node_id{r.sender_node});
    const std::uint32_t holder = nodes.find_address(r.sender_mac);
    const bool fixed_node = node != b.nothing && !nodes.at(node).learned;
    const bool fixed_address = holder != b.nothing && !nodes.at(holder).learned;
    if ((fixed_node || fixed_address) && node != holder) {
        if (fixed_node) b.tell_node(node, node_event::duplicate);
        b.drop(drop_reason::nr_static);
        return std::nullopt;
    }
    const bool known = node != b.nothing && nodes.at(node).state == node_state::reachable;
    if (node == b.nothing) node = learn(b, node_id{r.sender_node});
    if (node == b.nothing) {
        b.drop(drop_reason::nr_table_full);
        return std::nullopt;
    }
    if (holder != b.nothing && holder != node) {  // the host has another number now
        depart(b, holder);
        nodes.leave_address(holder);
        for_each_connection(b, holder, [](auto&, auto&) {});
        if (nodes.at(holder).users != 0) want_node(b, holder);  // found, or known to be lost
    }
    take_position(b, node, r);
    return !known;
}

}  // namespace rrdp::detail
