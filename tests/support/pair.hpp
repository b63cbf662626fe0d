// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <vector>

#include <rrdp/testing/hex.hpp>

#include "support/side.hpp"

namespace script {

/// A frame that has left one side and not arrived at the other.
struct frame {
    rrdp::testing::octet_buffer<9'100> octets;
    seen shows;

    /// Whether there is one, and it is not what a side with nothing to send gives.
    explicit operator bool() const { return octets.size() != 0; }
};

inline bool operator==(const frame& f, const shown& s) {
    return f.shows == s;
}
inline std::ostream& operator<<(std::ostream& out, const frame& f) {
    return out << f.shows;
}

/// Two engines and the wire between them, in virtual time. By hand: `carry_a_to_b` takes the next
/// frame of a to b and shows it; a frame taken by `from_a` is on the way until `to_b`, or lost. By
/// itself: `run_until` carries whatever there is, each frame after `delay`, except as `fate` says.
///
/// The first connection of a begins with number 100, that of b with 200.
template <class Policy = bare_policy>
class basic_pair {
public:
    explicit basic_pair(const setup& of_a = {.first = 100}, const setup& of_b = {.first = 200})
        : a{of_a, 1, 2}, b{of_b, 2, 1} {}

    basic_side<Policy> a;
    basic_side<Policy> b;
    rrdp::instant now{1s};

    /// What becomes of frames that are carried by `run_until`.
    enum class fate { arrives, is_lost, arrives_twice, is_late };
    /// Decides about a frame: from a or not, the number of it in its direction, what it is.
    std::function<fate(bool from_a, std::size_t number, const shown&)> decide;
    /// How long a frame is under way in `run_until`, and how much longer a late one.
    rrdp::duration delay{0};
    rrdp::duration lateness = 1ms;

    // ---- by hand

    frame from_a() { return leaves(a, true); }
    frame from_b() { return leaves(b, false); }
    void to_a(const frame& f) { arrives(a, true, f.octets); }
    void to_b(const frame& f) { arrives(b, false, f.octets); }
    frame carry_a_to_b() {
        const frame f = from_a();
        if (f) to_b(f);
        return f;
    }
    frame carry_b_to_a() {
        const frame f = from_b();
        if (f) to_a(f);
        return f;
    }
    /// Carries everything both sides have to send now; no time passes. False if that never ends.
    verdict settle() {
        for (int frames = 0; frames < 10'000; ++frames)
            if (!carry_a_to_b() && !carry_b_to_a()) return {true, &wire_};
        return {false, &wire_};
    }
    /// Lets time pass until one side wants to send, `span` at most; nothing is carried.
    void wait(rrdp::duration span) {
        const rrdp::instant limit = now + span;
        while (now < limit && !wants()) advance(limit);
    }

    /// a opens a connection to port 7 of b, from port 5001.
    bool open() {
        if (b.listen(7) != rrdp::errc::ok || a.connect(now, 7, 5'001) != rrdp::errc::ok)
            return false;
        return settle() && a.told() == "connected" && b.told() == "accepted";
    }

    // ---- by itself

    /// Goes on until `done()`; false when that takes longer than `span` or too many steps.
    template <class Done>
    verdict run_until(Done done, rrdp::duration span = 20s) {
        const rrdp::instant limit = now + span;
        for (int step = 0; step < 1'000'000; ++step) {
            if (done()) return {true, &wire_};
            if (launch(a, true) || launch(b, false) || land()) continue;
            if (now >= limit) break;
            advance(limit);
        }
        wire_.push_back("... and no further");
        return {done(), &wire_};
    }
    /// Goes on for `span`.
    void run_for(rrdp::duration span) {
        const rrdp::instant limit = now + span;
        static_cast<void>(run_until([&] { return now >= limit; }, span));
    }

    /// Frames that have left a, and b.
    [[nodiscard]] std::size_t sent_by_a() const { return sent_[1]; }
    [[nodiscard]] std::size_t sent_by_b() const { return sent_[0]; }
    [[nodiscard]] const std::vector<std::string>& wire() const { return wire_; }
    /// What is under way will not arrive.
    void cut() { under_way_.clear(); }

private:
    struct flight {
        rrdp::instant due;
        bool from_a;
        frame what;
    };

    void note(const std::string& text) {
        const auto ns = (now - rrdp::instant{}).count();
        wire_.push_back(std::to_string(ns / 1'000) + " us " + text);
    }

    frame leaves(basic_side<Policy>& from, bool from_a) {
        frame f;
        f.shows = {nothing(), &wire_};
        const auto size = from.engine().poll_transmit(now, f.octets.room());
        if (!size) return f;
        f.octets.resize(*size);
        f.shows.what = read(f.octets);
        ++sent_[from_a];
        note((from_a ? "a -> " : "        <- b ") + to_string(f.shows.what));
        return f;
    }
    void arrives(basic_side<Policy>& at, bool at_a, rrdp::octets_view octets) {
        if (octets.empty()) return;
        note((at_a ? "a gets " : "        b gets ") + to_string(read(octets)));
        at.engine().handle_frame(now, octets);
    }
    bool wants() { return a.engine().wants_transmit(now) || b.engine().wants_transmit(now); }

    bool launch(basic_side<Policy>& from, bool from_a) {
        const frame f = leaves(from, from_a);
        if (!f) return false;
        const fate what = decide ? decide(from_a, sent_[from_a], f.shows.what) : fate::arrives;
        if (what == fate::is_lost) {
            note("... is lost");
            return true;
        }
        const auto due = now + delay + (what == fate::is_late ? lateness : 0ms);
        under_way_.push_back({due, from_a, f});
        if (what == fate::arrives_twice) under_way_.push_back({due, from_a, f});
        return true;
    }
    /// The first of the frames that are due arrives.
    bool land() {
        const auto first =
            std::min_element(under_way_.begin(), under_way_.end(),
                             [](const flight& x, const flight& y) { return x.due < y.due; });
        if (first == under_way_.end() || first->due > now) return false;
        const flight f = *first;
        under_way_.erase(first);
        if (f.from_a)
            to_b(f.what);
        else
            to_a(f.what);
        return true;
    }
    /// Time goes on to what happens next, `limit` at the latest.
    void advance(rrdp::instant limit) {
        rrdp::instant next = limit;
        for (const flight& f : under_way_) next = std::min(next, f.due);
        for (basic_side<Policy>* end : {&a, &b})
            if (const auto t = end->engine().next_timeout()) next = std::min(next, *t);
        now = std::max(now, next);
        a.engine().handle_timeout(now);
        b.engine().handle_timeout(now);
    }

    std::array<std::size_t, 2> sent_{};
    std::vector<flight> under_way_;
    std::vector<std::string> wire_;
};

using pair = basic_pair<>;
using fate = pair::fate;

}  // namespace script
