// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bitset>

#include <rrdp/rrdp.hpp>
#include <rrdp/testing/segments.hpp>

#include "check.hpp"
#include "frames.hpp"
#include "input.hpp"

/// One engine and its application, with what must hold whatever its peer does. Small, and without
/// an allocation, because it is made anew for each execution.
namespace rrdp::fuzz {

inline constexpr std::uint16_t mtu = 200, port = 7;
inline constexpr std::size_t frame_room = mtu + wire::ethernet_framing::overhead;
inline constexpr std::size_t messages_max = 1'024;  // of one side in one execution
inline constexpr capacities small{.connections = 4,
                                  .rings = 6,
                                  .segments = 48,
                                  .segment_max = mtu - wire::base_octets,
                                  .nodes = 2,
                                  .listeners = 1,
                                  .option_sets = 4};

struct small_policy : default_policy {
    static constexpr std::uint16_t max_outstanding = 16;
};

inline node_id number_of(std::size_t side) {
    return node_id{static_cast<std::uint16_t>(side + 1)};
}
inline wire::mac_address address_of(std::size_t side) {
    return {{2, 0, 0, 0, 0, static_cast<std::uint8_t>(side + 1)}};
}

/// What both sides have agreed on, as far as the applications have to know it.
struct terms {
    bool fragments = false, empty = false, ordered = true;
};

/// The content of a message: its index, then a part of a table that follows from it and its side,
/// so that any mix-up shows. With FRAG some have several segments, with EMPTY some none.
class content {
public:
    content(std::size_t side, std::uint64_t index, const terms& t) {
        if (t.empty && t.ordered && index % 5 == 2) return;
        const std::uint64_t mixed = (index * 2 + side + 1) * 0x9e37'79b9'7f4a'7c15;
        const std::size_t longest = t.fragments && index % 4 == 3 ? 700 : 150;
        store_be16(head_, 0, static_cast<std::uint16_t>(index));
        parts_ = {octets_view{head_},
                  octets_view{table()}.subspan(mixed >> 32 & 255, (mixed >> 48) % longest)};
    }
    content(const content&) = delete;
    content& operator=(const content&) = delete;

    [[nodiscard]] std::span<const octets_view> parts() const { return parts_; }
    [[nodiscard]] bool is(octets_view received) const {
        const std::size_t head = parts_[0].size();
        return received.size() == head + parts_[1].size() &&
               testing::equal(received.first(head), parts_[0]) &&
               testing::equal(received.subspan(head), parts_[1]);
    }

private:
    static const std::array<std::byte, 1'024>& table() {
        static const auto made = [] {
            std::array<std::byte, 1'024> octets{};
            std::uint32_t state = 1;
            for (std::byte& octet : octets)
                octet = static_cast<std::byte>((state = state * 1'664'525 + 1'013'904'223) >> 24);
            return octets;
        }();
        return made;
    }

    std::array<std::byte, 2> head_{};
    std::array<octets_view, 2> parts_{};
};

inline options read_options(input& in) {
    options o;
    o.offered = wire::features{static_cast<std::uint16_t>(in.octet() << 8)} & supported_features;
    const unsigned choice = in.octet();
    o.auto_close = (choice & 1) != 0;
    o.trust_boot_id = (choice & 2) != 0;
    o.identify = (choice & 4) != 0;
    o.extended = (choice & 8) != 0 || !o.offered.none();
    o.ack_every = static_cast<std::uint16_t>(1 + (choice >> 4 & 3));
    if ((choice & 0x40) != 0) o.ack_delay = {};
    if ((choice & 0x80) != 0) o.keepalive = {};
    o.max_outstanding = static_cast<std::uint16_t>(1 + in.octet() % 16U);
    o.receive_slots = static_cast<std::uint16_t>(2 * o.max_outstanding + in.octet() % 8U);
    o.send_queue = static_cast<std::uint16_t>(1 + in.octet() % 16U);
    o.eack_entries = in.octet() % 33U;
    const unsigned more = in.octet();
    o.ordered = (more & 1) == 0;
    o.tell_acked = (more & 2) != 0;
    o.congestion = static_cast<congestion_kind>((more >> 2) % 3);
    o.message_max = (more & 0x10) != 0 ? 65'536 : 400;
    const bool bundles = (more & 0x20) != 0 && o.offered.has(wire::features::frag);
    if (bundles) o.offered = o.offered | wire::features::bundle;
    return o;
}

/// What a side has been told of one of its connections.
struct conversation {
    connection_id id{};
    bool active = false, told_open = false, told_closed = false;
    send_ledger last{};
};

class side {
public:
    side(std::size_t number, std::uint64_t seed, const options& o)
        : engine{memory_of(number),
                 small,
                 {.node = number_of(number), .address = address_of(number), .mtu = mtu},
                 entropy{seed, number}},
          chosen{o},
          number_{number} {
        check(engine.status() == errc::ok, "the configuration is right");
        check(engine.add_node(number_of(1 - number), address_of(1 - number)) == errc::ok,
              "the other node can be entered");
        check(engine.listen(port, o) == errc::ok, "a listener with these options is possible");
    }

    void connect(instant now, std::uint16_t local_port) {
        const auto made = engine.connect(now, {number_of(1 - number_), port, local_port}, chosen);
        if (made) remember({.id = *made, .active = true});
    }

    void send(instant now) {
        conversation* c = newest();
        if (c == nullptr || accepted == messages_max) return;
        const content message{number_, accepted, agreed};
        const auto index = engine.send(now, c->id, message.parts());
        if (!index) return;
        check(connections > 1 || *index == accepted, "indices count up");
        ++accepted;
    }

    /// Takes what can be read; without order each message is at least one that was not there yet.
    void read(std::size_t count) {
        conversation* c = newest();
        for (; c != nullptr && count > 0; --count) {
            const auto m = engine.receive(c->id);
            if (!m) return;
            std::array<std::byte, 1'024> room;
            check(m->copy_to(room) == (m->size() < room.size() ? m->size() : room.size()),
                  "a message is as long as it says");
            if (m->size() > room.size()) {
                right = false;
                continue;
            }
            take(octets_view{room}.first(m->size()));
        }
    }

    /// Whether something is to be said at `now`: it goes to `launch`. Then the application hears.
    template <class Launch>
    void settle(instant now, Launch launch) {
        static watched<frame_room> room;
        for (std::size_t i = 0;; ++i) {
            check(i < 1'000, "an engine comes to rest");
            const auto size = engine.poll_transmit(now, room.last(frame_room));
            if (!size) break;
            launch(octets_view{room.last(frame_room)}.first(*size));
        }
        check(!engine.wants_transmit(now), "who has nothing wants nothing");
        hear_events();
        const auto due = engine.next_timeout();
        check(!due || *due >= timeouts_at, "no deadline lies before the last time-out call");
    }

    void hear_frame(instant now, octets_view frame) {
        static watched<frame_room + 256> room;
        engine.handle_frame(now, room.put(frame));
    }
    void pass_time(instant now) {
        if (now > timeouts_at) timeouts_at = now;
        engine.handle_timeout(now);
    }

    void command(instant now, unsigned what) {
        if (what == 6) engine.handle_link(now, link_state::down);
        if (what == 7) engine.handle_link(now, link_state::up);
        conversation* c = newest();
        if (c == nullptr) return;
        if (what == 0) static_cast<void>(engine.close(now, c->id));
        if (what == 1) static_cast<void>(engine.abort(now, c->id));
        if (what == 2) static_cast<void>(engine.shutdown_send(now, c->id));
        if (what == 3) static_cast<void>(engine.flush(c->id));
    }

    void abort_all(instant now) {
        engine.handle_link(now, link_state::up);
        for (std::size_t i = 0; i < count_; ++i)
            if (!heard_[i].told_closed) static_cast<void>(engine.abort(now, heard_[i].id));
    }
    /// Nothing may be left when every timer has had its say.
    void check_end() const {
        for (std::size_t i = 0; i < count_; ++i)
            check(heard_[i].told_closed, "every connection has a last event");
        check(engine.connections() == 0, "every record is forgotten");
        check(engine.segments_available() == small.segments, "every segment is back");
    }
    /// There is nothing that time could change.
    [[nodiscard]] bool at_rest() const { return engine.connections() == 0; }

    [[nodiscard]] conversation* newest() {
        for (std::size_t i = count_; i-- > 0;)
            if (!heard_[i].told_closed) return &heard_[i];
        return nullptr;
    }
    /// How the messages of the only connection stand.
    [[nodiscard]] const send_ledger& ledger() const { return heard_[0].last; }

    endpoint<small_policy> engine;
    options chosen;
    std::size_t connections = 0;  ///< that there were, all in all
    std::uint64_t accepted = 0;
    std::uint64_t received = 0;
    std::uint64_t highest = 0;  ///< one more than the highest index of those that were read
    bool right = true;          ///< all of them were what they had to be
    terms agreed;
    instant timeouts_at{};

private:
    using engine_type = endpoint<small_policy>;

    static octets memory_of(std::size_t number) {
        alignas(arena::alignment) static std::array<
            std::array<std::byte, engine_type::memory_required(small)>, 2>
            memory;
        return memory[number];
    }

    void take(octets_view message) {
        std::uint64_t index = received++;
        if (!agreed.ordered && message.size() >= 2) index = load_be16(message, 0);
        right = right && index < messages_max && !had_[index] &&
                content{1 - number_, index, agreed}.is(message);
        if (!right) return;
        had_.set(index);
        if (index >= highest) highest = index + 1;
    }

    void hear_events() {
        for (std::size_t i = 0;; ++i) {
            check(i < 10'000, "there is an end of events");
            const auto e = engine.poll_event();
            if (!e) break;
            hear(*e);
        }
        for (std::size_t i = 0; i < count_; ++i)
            if (!heard_[i].told_closed) check_ledger(heard_[i], engine.ledger(heard_[i].id));
    }

    void hear(const event& e) {
        if (e.kind == event_kind::link_down || e.kind == event_kind::link_up) return;
        if (e.kind == event_kind::accepted)
            return remember({.id = e.connection, .told_open = true});
        conversation* c = find(e.connection);
        check(c != nullptr, "an event is of a connection that is known");
        check(!c->told_closed, "nothing comes after the last event");
        check(c->told_open || e.kind == event_kind::connected || e.kind == event_kind::closed,
              "the first event says that it is open, or that it failed");
        check(e.kind != event_kind::connected || (c->active && !c->told_open),
              "it opens once, and connected is who asked");
        c->told_open = true;
        if (e.kind != event_kind::closed) return;
        c->told_closed = true;
        check(e.reason != end_reason::none && e.reason != end_reason::internal_error,
              "it ends for a reason, and that is not our own fault");
        check_ledger(*c, e.ledger);
    }

    static void check_ledger(conversation& c, const send_ledger& now) {
        check(now.confirmed <= now.sent && now.sent <= now.accepted, "L6: the ledger adds up");
        check(now.confirmed >= c.last.confirmed && now.sent >= c.last.sent &&
                  now.accepted >= c.last.accepted,
              "the ledger never goes back");
        c.last = now;
    }

    /// Those that have ended make room; more can live at one time than there is memory for.
    void remember(const conversation& c) {
        ++connections;
        if (count_ == heard_.size()) {
            std::size_t kept = 0;
            for (const conversation& old : heard_)
                if (!old.told_closed) heard_[kept++] = old;
            count_ = kept;
        }
        check(count_ < heard_.size(), "no more connections live than there is memory for");
        heard_[count_++] = c;
    }
    [[nodiscard]] conversation* find(connection_id id) {
        for (std::size_t i = count_; i-- > 0;)
            if (heard_[i].id == id) return &heard_[i];
        return nullptr;
    }

    std::array<conversation, 3 * small.connections> heard_;
    std::size_t count_ = 0;
    std::bitset<messages_max> had_;  ///< the indices of the messages that were read
    std::size_t number_;
};

}  // namespace rrdp::fuzz
