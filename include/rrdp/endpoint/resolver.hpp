// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/endpoint/neighbours.hpp>

/// Node resolution (section 15): what this node says of itself, and what it makes of the frames of
/// others.
namespace rrdp::detail {

inline constexpr duration probe_gap_min = std::chrono::milliseconds{125};
inline constexpr duration probe_gap_span = std::chrono::milliseconds{125};
inline constexpr int probes_to_claim = 3;
inline constexpr duration hello_first = std::chrono::milliseconds{125};
inline constexpr duration hello_alone = std::chrono::seconds{1};
inline constexpr duration hello_among_peers = std::chrono::seconds{60};

/// Nobody is looked for any more.
template <class Policy>
void stop_looking(board<Policy>& b) noexcept {
    b.nodes_state.due = never;
    b.nodes_state.frames.clear();
    for (std::uint32_t node = 0; node < b.held.nodes.size(); ++node) {
        auto& e = b.held.nodes.at(node);
        e.ask_due = e.claim_due = never;
        e.claimed = false;
        wake_node(b, node);
    }
}

/// The own number is another node's: it is not used, and what was begun under it ends.
template <class Policy>
void lose_number(board<Policy>& b) noexcept {
    b.nodes_state.own = claim::lost;
    b.nodes_state.conflict_untold = true;
    stop_looking(b);
    for (std::uint32_t node = 0; node < b.held.nodes.size(); ++node)
        for_each_connection(b, node, [](auto& c, auto& x) { hear_of_absence(c, x, never); });
}

/// Another node uses our number, or says so.
template <class Policy>
void meet_double(board<Policy>& b, const wire::mac_address& from, bool tell) noexcept {
    if (b.nodes_state.own == claim::probing) return lose_number(b);
    b.nodes_state.duplicate_untold = true;
    if (tell && answers(b)) say(b, wire::resolution_op::conflict, number(b.own.node), from);
}

template <class Policy>
void handle_hello(board<Policy>& b, const wire::resolution_frame& r, bool to_us) noexcept {
    if (r.sender_node == number(b.own.node)) return meet_double(b, r.sender_mac, true);
    const auto newcomer = learn_from(b, r);
    if (!newcomer || r.op != wire::resolution_op::hello || !answers(b)) return;
    // A newcomer that greets all would wait for the next HELLO of each for up to a minute.
    const bool asked =
        r.target_node == number(b.own.node) || (r.target_node == 0 && (to_us || *newcomer));
    if (asked) say(b, wire::resolution_op::hello_reply, r.sender_node, r.sender_mac);
}

template <class Policy>
void handle_bye(board<Policy>& b, const wire::resolution_frame& r) noexcept {
    const std::uint32_t node = b.held.nodes.find(node_id{r.sender_node});
    if (node == b.nothing) return;
    const auto& e = b.held.nodes.at(node);
    const bool of_it = e.addressed && e.address == r.sender_mac;
    if (!of_it || (e.knows_boot && e.boot != r.boot_id)) return b.drop(drop_reason::nr_stale);
    depart(b, node);
}

/// A frame of node resolution that is well formed, of our cluster, and from where it says.
template <class Policy>
void handle_resolution(board<Policy>& b, const wire::resolution_frame& r, bool to_us) noexcept {
    using op = wire::resolution_op;
    const std::uint16_t own = number(b.own.node);
    const std::uint16_t subject =
        r.op == op::probe || r.op == op::conflict ? r.target_node : r.sender_node;
    if (subject == 0 || subject == 0xffff) return b.drop(drop_reason::nr_bad_number);
    switch (r.op) {
        case op::hello:
        case op::hello_reply: return handle_hello(b, r, to_us);
        case op::bye: return handle_bye(b, r);
        case op::probe:
            if (subject != own) return;
            if (b.nodes_state.own == claim::probing) return lose_number(b);
            if (answers(b)) say(b, op::conflict, own, r.sender_mac);
            return;
        case op::conflict:
            if (subject == own) meet_double(b, r.sender_mac, false);
            return;
    }
}

/// A payload of version 0, from `frame`: the checks of 2.2 that apply, and.
template <class Policy, class Frame>
void handle_version_0(board<Policy>& b, const Frame& frame) noexcept {
    if constexpr (!resolvable<Policy>) {
        b.drop(drop_reason::bad_version);
    } else {
        const bool to_us = frame.destination == b.own.address;
        const bool to_all = frame.destination == wire::resolution_group ||
                            frame.destination == wire::broadcast_address;
        if (!to_us && !to_all) return b.drop(drop_reason::group_destination);
        const auto r = wire::parse_resolution(frame.payload, b.own.cluster, frame.source);
        if (!r) return b.drop(to_drop_reason(r.error()));
        if (!Policy::framing::is_unicast(frame.source) || frame.source == b.own.address)
            return b.drop(drop_reason::bad_source);
        ++b.stats.resolution_in;
        const bool in_use = b.nodes_state.own == claim::probing || b.nodes_state.own == claim::held;
        if (b.own.resolution != nr_role::off && in_use) handle_resolution(b, *r, to_us);
    }
}

/// A segment has come from an address that no node has: it is asked who it is.
template <class Policy>
void greet_stranger(board<Policy>& b, const typename Policy::framing::address& who) noexcept {
    if constexpr (resolvable<Policy>) {
        if (answers(b) && b.nodes_state.strangers.admit(who, b.now))
            say(b, wire::resolution_op::hello, 0, who);
    }
}

/// The next PROBE, or HELLO to all, is due.
template <class Policy>
void advertise(board<Policy>& b) noexcept {
    auto& n = b.nodes_state;
    if (n.own == claim::probing && n.probes < probes_to_claim) {
        ++n.probes;
        say(b, wire::resolution_op::probe, number(b.own.node));
        const auto span = static_cast<std::uint32_t>(probe_gap_span.count());
        n.due = after(b.now, probe_gap_min + duration{b.random.next32() % span});
        return;
    }
    const bool first = n.own == claim::probing;
    bool peers = false;
    for (std::uint32_t i = 0; i < b.held.nodes.size() && !peers; ++i) {
        const auto& e = b.held.nodes.at(i);
        peers = e.state == node_state::reachable && e.knows_boot;
    }
    const duration longest = peers ? hello_among_peers : hello_alone;
    n.own = claim::held;
    n.interval = first ? hello_first : 2 * n.interval;
    if (n.interval > longest) n.interval = longest;
    say(b, wire::resolution_op::hello, 0);
    n.due = after(b.now, n.interval);
}

template <class Policy>
void handle_resolution_timeout(board<Policy>& b) noexcept {
    if (b.nodes_state.due <= b.now) advertise(b);
    b.held.node_timers.advance(b.now, [&b](std::uint32_t node) {
        auto& e = b.held.nodes.at(node);
        if (e.claim_due <= b.now) believe_claimant(b, node);
        if (e.ask_due <= b.now) ask_again(b, node);
        wake_node(b, node);
    });
}

/// This node leaves: its connections end, by RST reason 11, then it says goodbye.
template <class Policy>
void leave(board<Policy>& b) noexcept {
    if (b.refusal() != errc::ok) return;
    for (std::uint32_t place = 0; place < b.held.connections.capacity(); ++place) {
        if (!b.held.connections.in_use(place)) continue;
        auto x = b.context_of(place);
        auto& c = b.held.connections.at(place).record();
        const bool open = c.at != state::closed && c.at != state::close_wait;
        if (open)
            end(c, x, stimulus::abort, end_reason::aborted, wire::reset_reason::shutting_down,
                c.at != state::syn_sent);
        b.refresh(place);
    }
    b.nodes_state.bye_due = answers(b);
    b.nodes_state.own = claim::left;
    stop_looking(b);
}

/// Writes a frame of resolution into `out`; its size with the framing.
template <class Policy>
[[nodiscard]] std::size_t write_message(board<Policy>& b, octets out,
                                        const resolution_message& m) noexcept {
    if constexpr (!resolvable<Policy>) {
        return 0;
    } else {
        const bool claimed = m.op != wire::resolution_op::probe;
        const wire::resolution_frame r{
            .op = m.op,
            .cluster = b.own.cluster,
            .sender_node = claimed ? number(b.own.node) : std::uint16_t{0},
            .target_node = m.target,
            .boot_id = b.boot_id,
            .sender_mac = b.own.address,
            .sender_mtu = b.own.mtu,
        };
        b.own.framing.write_header(out, m.to, b.own.address);
        const octets room = out.subspan(Policy::framing::overhead);
        const std::size_t size = b.own.framing.finish(out, wire::write_resolution(room, r));
        ++b.stats.resolution_out;
        ++b.stats.frames_out;
        b.stats.octets_out += size;
        return size;
    }
}

}  // namespace rrdp::detail
