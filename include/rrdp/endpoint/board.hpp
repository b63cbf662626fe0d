// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>
#include <utility>

#include <rrdp/base/prefetch.hpp>
#include <rrdp/endpoint/cookie.hpp>
#include <rrdp/endpoint/node_options.hpp>
#include <rrdp/endpoint/port_hints.hpp>
#include <rrdp/endpoint/reset_queue.hpp>
#include <rrdp/endpoint/storage.hpp>

namespace rrdp {

/// Random numbers for a new connection.
[[nodiscard]] constexpr fresh_numbers draw_numbers(entropy& random) noexcept {
    fresh_numbers fresh{.first = random.next32(), .tag = random.next32()};
    if (fresh.tag == 0) fresh.tag = 1;
    return fresh;
}

/// All that an endpoint has, and the little that everything done with it needs: a connection's
/// context before, and its place in the turns after.
template <class Policy>
struct board {
    using framing = typename Policy::framing;
    using address = typename framing::address;
    using conversation = connection<Policy>;
    static constexpr std::uint32_t nothing = hash_index::nothing;

    board(const capacities& c, const node_options<framing>& o, entropy secret) noexcept
        : board{arena{check_all(c, o) == errc::ok ? storage<Policy>::required(c) : 0}, c, o,
                secret} {}
    board(octets given, const capacities& c, const node_options<framing>& o,
          entropy secret) noexcept
        : board{arena{given}, c, o, secret} {}

    /// Time moves forward only; an older moment counts as the newest seen, and `never` as
    /// the last one before it.
    void see(instant moment) noexcept {
        if (moment == never) moment -= duration{1};
        if (moment > now) now = moment;
        if (quiet_until == never) quiet_until = own.fifo ? instant{} : after(now, own.msl);
    }

    [[nodiscard]] context<Policy> context_of(std::uint32_t place) noexcept {
        const auto& r = held.connections.at(place).record();
        context<Policy> x{held.segments, held.rings, stats,  observer, held.sets.at(r.option_set),
                          now,           place,      own.mtu};
        tell_who(r.node, x.who);
        x.application = application_of(r);
        x.governors = governors();
        x.link_msl = own.msl;
        return x;
    }

    /// The same for a connection that is open, without what only the opening asks for.
    [[nodiscard]] context<Policy> plain_context(std::uint32_t place) noexcept {
        const auto& r = held.connections.at(place).record();
        return {held.segments, held.rings, stats,  observer, held.sets.at(r.option_set),
                now,           place,      own.mtu};
    }

    /// The connection at `place` is about to be used: where there are many of them, all that is
    /// known of it has to be fetched from memory, best at once.
    void fetch(std::uint32_t place) noexcept {
        if (place == fetched || place >= held.connections.capacity()) return;
        fetched = place;
        prefetch(held.connections.at(place));
        held.schedule.fetch(place);
    }

    /// The own node and the one at `node` of the table.
    [[nodiscard]] identity who(std::uint32_t node) const noexcept {
        identity i;
        tell_who(node, i);
        return i;
    }
    /// The same, written where it is to be: a copy would read it in other widths than it was
    /// written in, and so wait for memory.
    void tell_who(std::uint32_t node, identity& i) const noexcept {
        i.own = static_cast<std::uint16_t>(own.node);
        i.peer = static_cast<std::uint16_t>(held.nodes.at(node).node);
        if (own.tells_boot()) i.boot = boot_id;
    }

    /// None on a link that keeps order: nothing has to be governed.
    [[nodiscard]] governor_pool* governors() noexcept {
        return own.fifo ? nullptr : &held.governors;
    }
    /// Whether the message for which a connection waits could be accepted now.
    [[nodiscard]] bool has_room_for(const connection_record<Policy>& r) const noexcept {
        return held.segments.has_room(detail::room_needed(r, held.segments, r.room_wanted));
    }
    /// Just started, where copies of what an earlier incarnation sent may still arrive.
    [[nodiscard]] bool quiet() const noexcept { return quiet_until != never && now < quiet_until; }

    [[nodiscard]] connection_id id_of(std::uint32_t place) const noexcept {
        return {place, held.connections.at(place).record().generation};
    }

    void drop(drop_reason why) noexcept {
        stats.drop(why);
        observer.on_drop(now, why);
    }

    /// Something has happened to the connection at `place`: it takes its place among those that
    /// want to transmit, to tell, to wait or to be woken, or is forgotten.
    [[gnu::noinline]] void refresh(std::uint32_t place) noexcept {
        conversation& c = held.connections.at(place);
        settle_backlog(c);
        settle_application(c.record());
        detail::settle_straight(c.record());  // a free place must not be taken for an open one
        if (c.forgotten()) return forget(place);
        turns& t = held.schedule;
        tell_room(place, c);
        // A connection to a node that is still looked for makes its segments when it is found:
        // nothing has to be queued.
        const bool addressed = held.nodes.at(c.record().node).addressed;
        if (addressed && c.wants_transmit(held.rings))
            t.transmit.add(place, held.sets.at(c.record().option_set).urgent);
        else
            t.transmit.remove(place);
        t.ring.set(place, addressed && c.waits_for_ring(held.rings));
        t.tell.set(place, c.has_event());
        t.wake(place, c.next_timeout());
    }

    /// What does not call `refresh`, because it knows what has changed, calls this: with a policy
    /// that has `audits` it proves that `refresh` would change nothing.
    void audit(std::uint32_t place) noexcept {
        if constexpr (requires { Policy::audits; }) prove_settled(place);
    }

    /// Another connection takes the ports of the one at `place`, which has ended; what it still
    /// has to tell is told.
    void retire(std::uint32_t place) noexcept {
        conversation& c = held.connections.at(place);
        auto x = context_of(place);
        c.make_way(x);
        held.connections.detach(place);
        refresh(place);
    }

    void forget(std::uint32_t place) noexcept {
        auto& record = held.connections.at(place).record();
        if (record.backlog == backlog_place::untold) --held.listeners.at(record.listener).untold;
        --held.nodes.at(record.node).users;
        give_back(record.heard);
        held.sets.release(record.option_set);
        held.schedule.leave(place);
        held.connections.forget(place);
    }

    /// Why new commands are refused, `ok` if they are not.
    [[nodiscard]] errc refusal() const noexcept {
        if (status != errc::ok) return status;
        if (nodes_state.own == claim::lost) return errc::number_conflict;
        return nodes_state.own == claim::left ? errc::node_left : errc::ok;
    }

    /// Whether segments may be sent under the own number.
    [[nodiscard]] bool may_send() const noexcept {
        return nodes_state.own == claim::held || nodes_state.own == claim::left;
    }

    /// There is something to tell of the node at `node`.
    void tell_node(std::uint32_t node, node_event what) noexcept {
        auto& e = held.nodes.at(node);
        e.events = static_cast<std::uint8_t>(e.events | 1U << static_cast<unsigned>(what));
        held.node_tells.add(node);
    }

    /// Gives a segment of the pool back, if there is one.
    void give_back(segment_handle& h) noexcept {
        if (h != no_segment) held.segments.give_back(std::exchange(h, no_segment));
    }

    /// A listener that has been stopped needs its APP no more, once no SYN ACK will say it.
    void settle_listener(listener& l) noexcept {
        if (l.silent()) give_back(l.application);
    }

    arena memory;
    errc status;
    node_options<framing> own;
    entropy random;
    cookie_jar cookies;
    std::uint32_t boot_id;                ///< fixed as long as this lives (R-15.11)
    segment_handle on_show = no_segment;  ///< what the event told last has in `application`
    storage<Policy> held;
    statistics stats;
    [[no_unique_address]] typename Policy::observer observer{};
    reset_queue resets;
    resolution_state nodes_state;
    instant now{};
    instant quiet_until = never;      ///< `never`: the first moment has not come yet
    std::uint16_t received = 0;       ///< octets that the frame being handled carried (R-12.3)
    address source{};                 ///< where it came from
    instant link_gone_until = never;  ///< when a removed link counts as lost
    port_hints hints;
    std::uint32_t fetched = nothing;  ///< the place that `fetch` was called for last
    std::uint32_t recent_node = 0;    ///< from which a frame came that no hint was for
    bool link_up = true;
    bool link_up_told = true;   ///< what was last told of it
    bool link_changed = false;  ///< since it was told

private:
    board(arena a, const capacities& c, const node_options<framing>& o, entropy secret) noexcept
        : memory{std::move(a)},
          status{fitness(c, o)},
          own{o},
          random{secret},
          cookies{siphash{secret.apart(0), secret.apart(1)}},
          boot_id{o.boot_id != 0 ? o.boot_id : static_cast<std::uint32_t>(secret.apart(2))},
          held{status == errc::ok ? storage<Policy>{memory, c, random} : storage<Policy>{}} {
        if (own.resolution != nr_role::active) return;
        nodes_state.own = claim::probing;
        nodes_state.due = instant{};  // at once, whenever the engine is called first
    }

    [[nodiscard]] static errc check_all(const capacities& c,
                                        const node_options<framing>& o) noexcept {
        const errc e = check(c);
        return e == errc::ok ? check(o) : e;
    }
    [[nodiscard]] errc fitness(const capacities& c, const node_options<framing>& o) const noexcept {
        const errc e = check_all(c, o);
        if (e != errc::ok) return e;
        if (!o.fifo && storage<Policy>::governor_count(c) == 0) return errc::bad_capacities;
        return memory.available() < storage<Policy>::required(c) ? errc::out_of_memory : errc::ok;
    }

    /// Stops unless the connection at `place` has its places where `refresh` would put it.
    void prove_settled(std::uint32_t place) const noexcept {
        const conversation& c = held.connections.at(place);
        const auto& record = c.record();
        const turns& t = held.schedule;
        const bool addressed = held.nodes.at(record.node).addressed;
        const bool transmits = addressed && c.wants_transmit(held.rings);
        const bool waits = addressed && c.waits_for_ring(held.rings);
        // Others may have taken a ring, or given one back: seen when one is wanted.
        const bool lacks_ring = !record.sending.has_ring() && may_send_news(record);
        RRDP_ASSERT(!c.forgotten());
        RRDP_ASSERT(!record.straight_in || detail::receives_straight(record));
        RRDP_ASSERT(!record.straight_out || detail::sends_straight(record));
        RRDP_ASSERT(lacks_ring || t.transmit.contains(place) == transmits);
        RRDP_ASSERT(lacks_ring || t.ring.contains(place) == waits);
        RRDP_ASSERT(t.tell.contains(place) == c.has_event());
        const instant next = c.next_timeout();  // one that has passed fires at the next tick
        RRDP_ASSERT(t.wheel.at(place) <= next || next <= now + Policy::timer_tick);
    }

    /// send() answered would_block: is there room again? Half of the queue must be free;
    /// where the pool is the bottleneck, poll_event looks again.
    void tell_room(std::uint32_t place, conversation& c) noexcept {
        auto& record = c.record();
        if (record.room_wanted == 0) return;  // only one that ended stands in the list without
        const options& o = held.sets.at(record.option_set);
        const bool waits = 2 * record.queued <= o.send_queue;
        const bool room = waits && has_room_for(record);
        if (room) {
            record.room_wanted = 0;
            record.raise(event_kind::writable);
        }
        held.schedule.room.set(place, waits && !room);
    }

    /// A listener's connection leaves SYN-RCVD: its place in the backlog is free.
    void settle_backlog(conversation& c) noexcept {
        auto& record = c.record();
        const bool proved = record.backlog == backlog_place::proved;
        const bool counts = proved || record.backlog == backlog_place::half_open;
        if (!counts || record.at == state::syn_received) return;
        listener& l = held.listeners.at(record.listener);
        --(proved ? l.proved : l.half_open);
        const bool opened = record.visible;
        if (opened) ++l.untold;
        record.backlog = opened ? backlog_place::untold : backlog_place::none;
        settle_listener(l);
    }

    /// What the own SYN says in APP is kept until no SYN of it can be asked for any more.
    void settle_application(connection_record<Policy>& r) noexcept {
        if (r.said == no_segment) return;
        const bool opening = r.at == state::syn_sent || r.at == state::syn_received;
        if (!opening && (!r.established() || r.addressed)) give_back(r.said);
    }

    [[nodiscard]] octets_view application_of(const connection_record<Policy>& r) const noexcept {
        segment_handle h = r.said;
        if (!r.active && r.at == state::syn_received) h = held.listeners.at(r.listener).application;
        return h == no_segment ? octets_view{} : held.segments.data(h);
    }
};

}  // namespace rrdp
