// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "side.hpp"

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

constexpr std::size_t operations_max = 1'000;
constexpr std::size_t frames_max = 32;  // on the way, one direction

/// The frames on the way and those of long ago. They outlive an execution, which empties them.
struct wire_state {
    using lane_of_frames = lane<frame<frame_room>, frames_max>;
    std::array<lane_of_frames, 2> lanes, old;
};

class world {
public:
    world(input& in, wire_state& wire)
        : in_{in},
          lanes_{wire.lanes},
          old_{wire.old},
          seed_{in.word32()},
          sides_{{{0, seed_, read_options(in)}, {1, seed_, read_options(in)}}} {
        for (auto& l : lanes_) l.clear();
        for (auto& l : old_) l.clear();
    }

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
    /// Low half of an octet: what happens. Bit 7: to which side.
    void operate(unsigned octet) {
        const std::size_t which = octet >> 7;
        side& s = sides_[which];
        touched_[which] = true;
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
            case 12: s.command(now_, in_.octet() % 8U); break;
            case 13: s.connect(now_, static_cast<std::uint16_t>(5'000 + (octet >> 4 & 1))); break;
            case 14:
                for (int i = 0; i < 8; ++i) s.send(now_);
                break;
            default: repeat_old(which); break;
        }
    }

    /// To side `which` go the frames of `lanes_[which]`.
    void deliver(std::size_t which, std::size_t count) {
        for (; count > 0 && !lanes_[which].empty(); --count) {
            sides_[which].hear_frame(now_, lanes_[which].front().view());
            lanes_[which].pop();
            touched_[which] = true;
        }
    }
    void exchange(std::size_t turns) {
        for (; turns > 0; --turns) {
            deliver(0, frames_max);
            deliver(1, frames_max);
            settle();
            if (lanes_[0].empty() && lanes_[1].empty()) return;
        }
    }
    void drop(std::size_t which) {
        if (!lanes_[which].empty()) lanes_[which].pop();
    }
    void duplicate(std::size_t which) {
        if (!lanes_[which].empty()) lanes_[which].push(lanes_[which].front().view());
    }
    void reorder(std::size_t which) {
        auto& l = lanes_[which];
        if (l.size() >= 2) l.rotate(1 + in_.octet() % l.size() % (l.size() - 1));
    }
    void change(std::size_t which) {
        if (lanes_[which].empty()) return;
        honest_ = false;
        const octets changed = lanes_[which].front().view();
        const std::size_t at = in_.octet();
        const auto value = static_cast<std::byte>(in_.octet());
        if (at < changed.size()) changed[at] ^= value;
        repair(changed);
    }
    void inject(std::size_t which) {
        honest_ = false;
        constexpr std::size_t header = wire::ethernet_framing::overhead;
        std::array<std::byte, header + 255> room;
        wire::ethernet_framing{}.write_header(octets{room}.first(header), address_of(which),
                                              address_of(1 - which));
        const octets_view segment = in_.take(in_.octet());
        copy_octets(segment, octets{room}.subspan(header, segment.size()));
        const octets whole = octets{room}.first(header + segment.size());
        repair(whole);
        sides_[which].hear_frame(now_, whole);
    }
    /// A frame of long ago arrives again; on a link that promises order that is a lie.
    void repeat_old(std::size_t which) {
        if (old_[which].empty()) return;
        honest_ = false;
        sides_[which].hear_frame(now_, old_[which][in_.octet() % old_[which].size()].view());
    }
    /// Gives a frame a right checksum, of one coverage or the other; or leaves it wrong.
    void repair(octets whole) {
        const unsigned how = in_.octet() % 4U;
        if (how == 3 || whole.size() <= wire::ethernet_framing::overhead) return;
        testing::repair_checksum(
            whole.subspan(wire::ethernet_framing::overhead),
            how == 2 ? wire::coverage::header_only : wire::coverage::header_and_data);
    }

    void pass_time(duration some) {
        now_ += some;
        for (side& s : sides_) s.pass_time(now_);
        touched_ = {true, true};
    }
    void wait_for_timer() {
        if (const auto next = next_timeout()) pass_time(std::max(*next - now_, duration{}));
    }
    [[nodiscard]] std::optional<instant> next_timeout() const {
        std::optional<instant> next;
        for (const side& s : sides_)
            if (const auto due = s.engine.next_timeout(); due && (!next || *due < *next))
                next = due;
        return next;
    }

    /// Both engines say what they have to say: it goes onto the link.
    void settle() {
        for (std::size_t from = 0; from < 2; ++from) {
            if (!touched_[from]) continue;
            touched_[from] = false;
            sides_[from].settle(now_, [&](octets_view said) {
                old_[1 - from].push(said);
                lanes_[1 - from].push(said);
            });
        }
    }

    /// Only where nothing was forged, and no second connection could be taken for the first.
    void check_laws() {
        if (!honest_) return;
        for (std::size_t from = 0; from < 2; ++from) {
            const side& sender = sides_[from];
            const side& receiver = sides_[1 - from];
            if (sender.connections > 1 || receiver.connections > 1) return;
            check(receiver.right, "L1: what is delivered is what was accepted, once, in its order");
            if (sender.connections == 0) continue;
            check(receiver.highest <= sender.ledger().sent, "L3: what is delivered was sent");
            check(sender.ledger().accepted == sender.accepted,
                  "L4: what was accepted is accounted for");
        }
    }

    /// The applications end it all; nothing may be left when every timer has had its say.
    void end_everything() {
        for (side& s : sides_) s.abort_all(now_);
        const instant limit = now_ + 40s;
        for (int i = 0; i < 1'000; ++i) {
            touched_ = {true, true};
            settle();
            for (auto& l : lanes_) l.clear();
            if (sides_[0].at_rest() && sides_[1].at_rest()) break;
            const auto next = next_timeout();
            pass_time(std::max((next && *next < limit ? *next : limit) - now_, duration{}));
        }
        for (const side& s : sides_) s.check_end();
    }

    input& in_;
    std::array<wire_state::lane_of_frames, 2>&lanes_, &old_;
    std::uint64_t seed_;
    instant now_{};
    std::array<side, 2> sides_;
    std::array<bool, 2> touched_{true, true};
    bool honest_ = true;
};

}  // namespace
}  // namespace rrdp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static rrdp::fuzz::wire_state wire;
    rrdp::fuzz::input in{data, size};
    rrdp::fuzz::world{in, wire}.run();
    return 0;
}
