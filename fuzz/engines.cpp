// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <vector>

#include <rrdp/rrdp.hpp>
#include <rrdp/testing/segments.hpp>

#include "check.hpp"
#include "input.hpp"

/// Two engines, and between them a link that the fuzzer owns: it loses, doubles and
/// reorders frames, changes them and repairs their checksum, puts in frames of its own, moves time,
/// and plays both applications.
///
/// Whatever it does, no assertion may break, every connection has one last event, engines come to
/// rest, and at the end every record and segment is back. While it has only lost, doubled and
/// reordered, and one connection has lived, the delivery laws must hold as well (R-19.8 to
///
///
/// Input: the seed, the options of both sides, then one operation after the other.
namespace rrdp::fuzz {
namespace {

using namespace std::chrono_literals;
using frame_octets = std::vector<std::byte>;

constexpr std::size_t operations_max = 4'000;
constexpr std::size_t frames_max = 64;  // on the way, one direction
constexpr std::uint16_t mtu = 200, port = 7;
constexpr capacities small{.connections = 4,
                           .rings = 6,
                           .segments = 96,
                           .segment_max = mtu - wire::base_octets,
                           .nodes = 2,
                           .listeners = 1,
                           .option_sets = 4};

node_id number_of(std::size_t side) {
    return node_id{static_cast<std::uint16_t>(side + 1)};
}
wire::mac_address address_of(std::size_t side) {
    return {{2, 0, 0, 0, 0, static_cast<std::uint8_t>(side + 1)}};
}

/// What both sides have agreed on, as far as the applications have to know it.
struct terms {
    bool fragments = false, empty = false, ordered = true;
};

/// The content of a message begins with its index and follows from it and its side: any mix-up
/// shows. With FRAG some have several segments, with EMPTY some none.
frame_octets message_of(std::size_t side, std::uint64_t index, const terms& t) {
    if (t.empty && t.ordered && index % 5 == 2) return {};
    const std::uint64_t mixed = (index * 2 + side + 1) * 0x9e37'79b9'7f4a'7c15;
    const std::size_t longest = t.fragments && index % 4 == 3 ? 700 : 150;
    frame_octets octets(2 + (mixed >> 48) % longest);
    for (std::size_t i = 2; i < octets.size(); ++i)
        octets[i] = static_cast<std::byte>(mixed >> 8 * (i % 8) ^ i);
    store_be16(octets, 0, static_cast<std::uint16_t>(index));
    return octets;
}

options read_options(input& in) {
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

/// One engine and its application.
class side {
public:
    side(std::size_t number, std::uint64_t seed, const options& o)
        : engine{small,
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
        if (made) conversations.push_back({.id = *made, .active = true});
    }

    void send(instant now) {
        conversation* c = newest();
        if (c == nullptr) return;
        const auto index = engine.send(now, c->id, message_of(number_, accepted, agreed));
        if (!index) return;
        check(conversations.size() > 1 || *index == accepted, "indices count up");
        ++accepted;
    }

    /// Takes what can be read; without order each message is at least one that was not there yet.
    void read(std::size_t count) {
        conversation* c = newest();
        for (; c != nullptr && count > 0; --count) {
            const auto m = engine.receive(c->id);
            if (!m) return;
            frame_octets octets(m->size());
            check(m->copy_to(octets) == octets.size(), "a message is as long as it says");
            std::uint64_t index = received.size();
            if (!agreed.ordered && octets.size() >= 2) index = load_be16(octets, 0);
            const bool again = std::find(received.begin(), received.end(), index) != received.end();
            right =
                right && !again && testing::equal(octets, message_of(1 - number_, index, agreed));
            received.push_back(index);
        }
    }

    void hear_events() {
        for (std::size_t i = 0;; ++i) {
            check(i < 10'000, "there is an end of events");
            const auto e = engine.poll_event();
            if (!e) break;
            hear(*e);
        }
        for (conversation& c : conversations) watch(c);
    }

    [[nodiscard]] conversation* newest() {
        for (std::size_t i = conversations.size(); i-- > 0;)
            if (!conversations[i].told_closed) return &conversations[i];
        return nullptr;
    }

    endpoint<> engine;
    options chosen;
    std::vector<conversation> conversations;
    std::uint64_t accepted = 0;
    std::vector<std::uint64_t> received;  ///< the indices of the messages that were read
    bool right = true;                    ///< all of them were what they had to be
    terms agreed;

private:
    void hear(const event& e) {
        if (e.kind == event_kind::link_down || e.kind == event_kind::link_up) return;
        if (e.kind == event_kind::accepted) {
            conversations.push_back({.id = e.connection, .told_open = true});
            return;
        }
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

    void watch(conversation& c) {
        if (!c.told_closed) check_ledger(c, engine.ledger(c.id));
    }

    void check_ledger(conversation& c, const send_ledger& now) {
        check(now.confirmed <= now.sent && now.sent <= now.accepted, "L6: the ledger adds up");
        check(now.confirmed >= c.last.confirmed && now.sent >= c.last.sent &&
                  now.accepted >= c.last.accepted,
              "the ledger never goes back");
        c.last = now;
    }

    [[nodiscard]] conversation* find(connection_id id) {
        for (conversation& c : conversations)
            if (c.id == id) return &c;
        return nullptr;
    }

    std::size_t number_;
};

class world {
public:
    explicit world(input& in)
        : in_{in},
          seed_{in.word32()},
          sides_{{{0, seed_, read_options(in)}, {1, seed_, read_options(in)}}} {}

    void run() {
        const options &a = sides_[0].chosen, &b = sides_[1].chosen;
        const wire::features both = wire::agreed_on(a.offered, b.offered);
        for (side& s : sides_)
            s.agreed = {.fragments = both.has(wire::features::frag),
                        .empty = both.has(wire::features::empty),
                        .ordered = a.ordered || b.ordered};
        sides_[0].connect(now_, 5'000);
        for (std::size_t i = 0; i < operations_max && !in_.empty(); ++i) {
            operate(in_.octet());
            settle();
        }
        check_laws();
        end_everything();
    }

private:
    using lane = std::deque<frame_octets>;

    /// Low half of an octet: what happens. Bit 7: to which side.
    void operate(unsigned octet) {
        const std::size_t which = octet >> 7;
        side& s = sides_[which];
        switch (octet & 15) {
            case 0: deliver(which, 1); break;
            case 1: deliver(which, frames_max); break;
            case 2: exchange(1 + (octet >> 4 & 7)); break;
            case 3: drop(which); break;
            case 4: duplicate(which); break;
            case 5: reorder(which); break;
            case 6: change(which); break;
            case 7: inject(which); break;
            case 8: pass_time(duration{1'000LL << (in_.octet() % 24U)}); break;
            case 9: wait_for_timer(); break;
            case 10: s.send(now_); break;
            case 11: s.read(1 + (octet >> 4 & 7)); break;
            case 12: command(s); break;
            case 13: s.connect(now_, static_cast<std::uint16_t>(5'000 + (octet >> 4 & 1))); break;
            case 14:
                for (int i = 0; i < 8; ++i) s.send(now_);
                break;
            default: repeat_old(which); break;
        }
    }

    void command(side& s) {
        conversation* c = s.newest();
        const unsigned what = in_.octet() % 8U;
        if (what == 6) s.engine.handle_link(now_, link_state::down);
        if (what == 7) s.engine.handle_link(now_, link_state::up);
        if (c == nullptr) return;
        if (what == 0) static_cast<void>(s.engine.close(now_, c->id));
        if (what == 1) static_cast<void>(s.engine.abort(now_, c->id));
        if (what == 2) static_cast<void>(s.engine.shutdown_send(now_, c->id));
        if (what == 3) static_cast<void>(s.engine.flush(c->id));
    }

    /// To side `which` go the frames of `lanes_[which]`.
    void deliver(std::size_t which, std::size_t count) {
        for (; count > 0 && !lanes_[which].empty(); --count) {
            const frame_octets frame = std::move(lanes_[which].front());
            lanes_[which].pop_front();
            sides_[which].engine.handle_frame(now_, frame);
        }
    }
    void exchange(std::size_t turns) {
        for (; turns > 0; --turns) {
            deliver(0, frames_max);
            deliver(1, frames_max);
            settle();
        }
    }
    void drop(std::size_t which) {
        if (!lanes_[which].empty()) lanes_[which].pop_front();
    }
    void duplicate(std::size_t which) {
        lane& l = lanes_[which];
        if (!l.empty() && l.size() < frames_max) l.push_back(l.front());
    }
    void reorder(std::size_t which) {
        lane& l = lanes_[which];
        if (l.size() < 2) return;
        std::rotate(
            l.begin(),
            l.begin() + 1 + static_cast<std::ptrdiff_t>(in_.octet() % l.size() % (l.size() - 1)),
            l.end());
    }
    void change(std::size_t which) {
        if (lanes_[which].empty()) return;
        honest_ = false;
        frame_octets& frame = lanes_[which].front();
        const std::size_t at = in_.octet();
        const auto value = static_cast<std::byte>(in_.octet());
        if (at < frame.size()) frame[at] ^= value;
        repair(frame);
    }
    void inject(std::size_t which) {
        honest_ = false;
        frame_octets frame(wire::ethernet_framing::overhead);
        wire::ethernet_framing{}.write_header(frame, address_of(which), address_of(1 - which));
        const octets_view segment = in_.take(in_.octet());
        frame.insert(frame.end(), segment.begin(), segment.end());
        repair(frame);
        sides_[which].engine.handle_frame(now_, frame);
    }
    /// A frame of long ago arrives again; on a link that promises order that is a lie.
    void repeat_old(std::size_t which) {
        if (old_[which].empty()) return;
        honest_ = false;
        sides_[which].engine.handle_frame(now_, old_[which][in_.octet() % old_[which].size()]);
    }
    /// Gives a frame a right checksum, of one coverage or the other; or leaves it wrong.
    void repair(frame_octets& frame) {
        const unsigned how = in_.octet() % 4U;
        if (how == 3 || frame.size() <= wire::ethernet_framing::overhead) return;
        testing::repair_checksum(
            octets{frame}.subspan(wire::ethernet_framing::overhead),
            how == 2 ? wire::coverage::header_only : wire::coverage::header_and_data);
    }

    void pass_time(duration some) {
        now_ += some;
        timeouts_at_ = now_;
        for (side& s : sides_) s.engine.handle_timeout(now_);
    }
    void wait_for_timer() {
        std::optional<instant> next;
        for (side& s : sides_)
            if (const auto due = s.engine.next_timeout(); due && (!next || *due < *next))
                next = due;
        if (next) pass_time(std::max(*next - now_, duration{}));
    }

    /// Both engines say what they have to say: it goes onto the link.
    void settle() {
        for (std::size_t from = 0; from < 2; ++from) {
            endpoint<>& engine = sides_[from].engine;
            for (std::size_t i = 0;; ++i) {
                check(i < 1'000, "an engine comes to rest");
                frame_octets frame(mtu + wire::ethernet_framing::overhead);
                const auto size = engine.poll_transmit(now_, frame);
                if (!size) break;
                frame.resize(*size);
                launch(1 - from, std::move(frame));
            }
            check(!engine.wants_transmit(now_), "who has nothing wants nothing");
            sides_[from].hear_events();
            const auto due = engine.next_timeout();
            check(!due || *due >= timeouts_at_, "no deadline lies before the last time-out call");
        }
    }
    void launch(std::size_t to, frame_octets frame) {
        if (old_[to].size() < frames_max) old_[to].push_back(frame);
        if (lanes_[to].size() < frames_max) lanes_[to].push_back(std::move(frame));
    }

    /// Only where nothing was forged, and no second connection could be taken for the first.
    void check_laws() {
        if (!honest_) return;
        for (std::size_t from = 0; from < 2; ++from) {
            const side& sender = sides_[from];
            const side& receiver = sides_[1 - from];
            if (sender.conversations.size() > 1 || receiver.conversations.size() > 1) return;
            check(receiver.right, "L1: what is delivered is what was accepted, once, in its order");
            if (sender.conversations.empty()) continue;
            const send_ledger& ledger = sender.conversations[0].last;
            for (const std::uint64_t index : receiver.received)
                check(index < ledger.sent, "L3: what is delivered was sent");
            check(ledger.accepted == sender.accepted, "L4: what was accepted is accounted for");
        }
    }

    /// The applications end it all; nothing may be left when every timer has had its say.
    void end_everything() {
        for (side& s : sides_) {
            s.engine.handle_link(now_, link_state::up);
            for (conversation& c : s.conversations)
                if (!c.told_closed) static_cast<void>(s.engine.abort(now_, c.id));
        }
        for (lane& l : lanes_) l.clear();
        for (int i = 0; i < 40; ++i) {
            settle();
            for (lane& l : lanes_) l.clear();
            pass_time(1s);
        }
        settle();
        for (side& s : sides_) {
            for (const conversation& c : s.conversations)
                check(c.told_closed, "every connection has a last event");
            check(s.engine.connections() == 0, "every record is forgotten");
            check(s.engine.segments_available() == small.segments, "every segment is back");
        }
    }

    input& in_;
    std::uint64_t seed_;
    instant now_{};
    std::array<side, 2> sides_;
    std::array<lane, 2> lanes_;
    std::array<std::vector<frame_octets>, 2> old_;
    bool honest_ = true;
    instant timeouts_at_{};
};

}  // namespace
}  // namespace rrdp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    rrdp::fuzz::input in{data, size};
    rrdp::fuzz::world{in}.run();
    return 0;
}
