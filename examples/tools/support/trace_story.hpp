// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string_view>
#include <unordered_map>

#include <rrdp/rrdp.hpp>

#include "trace_connections.hpp"

namespace tools {

/// Durations, of which shares are asked.
class samples {
public:
    void add(rrdp::duration d) {
        all_.push_back(d);
        sorted_ = false;
    }
    [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }
    /// What so many of a thousand do not exceed (nearest rank); zero where there is none.
    [[nodiscard]] rrdp::duration per_mille(std::size_t share) {
        if (all_.empty()) return {};
        if (!sorted_) std::sort(all_.begin(), all_.end());
        sorted_ = true;
        const std::size_t rank = (share * all_.size() + 999) / 1'000;
        return all_[rank == 0 ? 0 : rank - 1];
    }

private:
    std::vector<rrdp::duration> all_;
    bool sorted_ = true;
};

/// A segment with a number, as it left.
struct sent_number {
    rrdp::duration time{};
    std::int64_t number = 0;
    bool again = false;  ///< it had left before
    bool lost = false;   ///< it was dropped, and the trace says so
    const trace_event* event = nullptr;
};

struct timed_value {
    rrdp::duration time{};
    double value = 0;
};

/// What went from one side to the other, and how that was answered.
struct direction_story {
    std::vector<sent_number> sent;
    std::vector<timed_value> acks;      ///< highest number confirmed, where the sender learns it
    std::vector<timed_value> beyond;    ///< numbers confirmed out of order
    std::vector<timed_value> edges;     ///< up to where the sender may send
    std::vector<timed_value> flight;    ///< numbers outstanding
    std::vector<timed_value> window;    ///< numbers that may be outstanding
    std::vector<timed_value> rtt, rto;  ///< milliseconds
    samples round_trips, confirmed, one_way;

    std::uint64_t frames = 0, octets = 0;  ///< that left
    std::uint64_t arrived = 0;
    std::uint64_t numbers = 0, data = 0;  ///< numbers that left, and octets of data, once each
    std::uint64_t retransmissions = 0;    ///< numbers that left again
    std::uint64_t probes = 0;             ///< NULs that repeat a number (R-8.20)
    std::map<std::string, std::uint64_t> drops;    ///< by who and why
    std::map<std::string, std::uint64_t> mishaps;  ///< that ended no frame
    [[nodiscard]] std::uint64_t dropped() const {
        std::uint64_t sum = 0;
        for (const auto& [why, count] : drops) sum += count;
        return sum;
    }
};

/// Everything that is shown of a connection.
class trace_story {
public:
    explicit trace_story(const trace_connection& c) : c_{&c} {
        match();
        for (const trace_event& e : c.events) {
            if (e.what == trace_event::deed::left) leaves(e);
            if (e.what == trace_event::deed::came) comes(e);
            if (e.what == trace_event::deed::fault) suffers(e);
            if (e.what == where_learned(e.side)) learn(e);
        }
    }

    [[nodiscard]] const trace_connection& of() const noexcept { return *c_; }
    [[nodiscard]] direction_story& at(std::size_t side) noexcept { return stories_[side]; }
    [[nodiscard]] rrdp::duration begin() const {
        return c_->events.empty() ? rrdp::duration{} : c_->events.front().time;
    }
    [[nodiscard]] rrdp::duration end() const {
        return c_->events.empty() ? rrdp::duration{} : c_->events.back().time;
    }
    /// The number of a SYN is 0, that of the first message 1.
    [[nodiscard]] std::int64_t shown(std::size_t side, std::int64_t number) const noexcept {
        return number - c_->first[side].value_or(65'536);
    }
    /// When a frame that left arrived, if that is known.
    [[nodiscard]] std::optional<rrdp::duration> arrival(const trace_event& e) const {
        const auto found = arrivals_.find(&e);
        if (found == arrivals_.end()) return std::nullopt;
        return found->second->time;
    }
    /// What dropped a frame that left; empty where nobody says so.
    [[nodiscard]] std::string_view fate(const trace_event& e) const {
        const auto found = fates_.find(&e);
        return found == fates_.end() ? std::string_view{} : std::string_view{found->second};
    }

private:
    using deed = trace_event::deed;
    struct first_time {
        rrdp::duration time{};
        unsigned times = 0;
        trace_event::kind of{};
        std::size_t data = 0;
        bool arrived = false;
    };

    /// Frames that are the same, in the order in which they left; nobody saw those from `next` on
    /// arrive.
    struct row {
        std::vector<const trace_event*> left;
        std::size_t next = 0;
    };

    static std::string_view key_of(const trace_event& e) {
        const auto& octets = e.frame->octets;
        const std::size_t size = e.verdict[0] == 'o' && e.verdict[1] == 'k'
                                     ? e.base.header_octets() + e.base.data_length
                                     : octets.size();
        return {static_cast<const char*>(static_cast<const void*>(octets.data())),
                std::min(size, octets.size())};
    }

    /// Which of the frames that left arrived, or met a fault: the first that is the same.
    void match() {
        for (const std::size_t side : {0U, 1U}) {
            std::unordered_map<std::string_view, row> flying;
            for (const trace_event& e : c_->events) {
                if (e.side != side) continue;
                row& same = flying[key_of(e)];
                if (e.what == deed::left) same.left.push_back(&e);
                if (same.next == same.left.size() || e.what == deed::left) continue;
                if (e.what == deed::came) {  // once all have arrived, a copy of one arrives
                    arrivals_.emplace(same.left[same.next++], &e);
                } else if (is_drop(e)) {
                    fates_[same.left.back()] = e.frame->fault;
                    same.left.pop_back();
                }
            }
        }
    }
    static bool is_drop(const trace_event& e) { return e.frame->fault.starts_with("dropped"); }

    /// Where the side that sent data learns what the frames of `side` say.
    [[nodiscard]] deed where_learned(std::size_t side) const noexcept {
        return c_->came[side] ? deed::came : deed::left;
    }

    void leaves(const trace_event& e) {
        direction_story& d = stories_[e.side];
        ++d.frames;
        d.octets += e.frame->size;
        if (e.verdict != std::string_view{"ok"}) ++d.drops[std::string{"unreadable: "} + e.verdict];
        if (!e.consumes()) return;
        first_time& n = numbers_[e.side][e.number];
        const bool again = n.times != 0;
        const bool probe = again && e.of == trace_event::kind::nul && n.of != e.of;
        if (probe) ++d.probes;
        if (probe) return;
        if (again) ++d.retransmissions;
        if (!again) {
            n = {.time = e.time, .of = e.of, .data = e.base.data_length};
            ++d.numbers;
            d.data += n.data;
            outstanding_[e.side].insert(e.number);
        }
        ++n.times;
        d.sent.push_back({e.time, e.number, again, !fate(e).empty(), &e});
        note_flight(e.side, e.time);
    }

    void comes(const trace_event& e) {
        direction_story& d = stories_[e.side];
        ++d.arrived;
        if (e.verdict != std::string_view{"ok"}) ++d.drops[std::string{"receiver: "} + e.verdict];
        if (e.of != trace_event::kind::data) return;
        const auto n = numbers_[e.side].find(e.number);
        if (n == numbers_[e.side].end() || std::exchange(n->second.arrived, true)) return;
        d.one_way.add(e.time - n->second.time);
    }

    void suffers(const trace_event& e) {
        direction_story& d = stories_[e.side];
        constexpr std::string_view mark = "dropped: ";
        const std::string& what = e.frame->fault;
        if (what.starts_with(mark))
            ++d.drops["wire: " + what.substr(mark.size())];
        else
            ++d.mishaps[what];
    }

    /// What `e` tells the other side of what that has sent.
    void learn(const trace_event& e) {
        if (e.verdict != std::string_view{"ok"} || e.confirms < 0) return;
        const std::size_t side = 1 - e.side;
        direction_story& d = stories_[side];
        auto& flying = outstanding_[side];
        const std::size_t before = flying.size();
        std::optional<std::int64_t> newest;
        while (!flying.empty() && *flying.begin() <= e.confirms) {
            newest = *flying.begin();
            confirm(side, *flying.begin(), e.time);
            flying.erase(flying.begin());
        }
        for (const std::int64_t n : e.beyond) {
            if (flying.erase(n) == 0) continue;
            newest = std::max(newest.value_or(n), n);
            confirm(side, n, e.time);
            d.beyond.push_back({e.time, static_cast<double>(shown(side, n))});
        }
        if (newest) measure(side, *newest, e.time);
        auto& highest = highest_[side];
        if (!highest || *highest < e.confirms) {
            highest = e.confirms;
            d.acks.push_back({e.time, static_cast<double>(shown(side, e.confirms))});
        }
        permit(side, e);
        if (flying.size() != before) note_flight(side, e.time);
    }

    void confirm(std::size_t side, std::int64_t number, rrdp::duration now) {
        const first_time& n = numbers_[side][number];
        if (!c_->left[side]) return;  // when they left is not known
        if (n.of == trace_event::kind::data) stories_[side].confirmed.add(now - n.time);
    }

    /// Karn: what was sent twice is no sample.
    void measure(std::size_t side, std::int64_t number, rrdp::duration now) {
        const first_time& n = numbers_[side][number];
        if (n.times != 1 || !c_->left[side]) return;
        direction_story& d = stories_[side];
        const rrdp::duration rtt = now - n.time;
        d.round_trips.add(rtt);
        d.rtt.push_back({now, milliseconds(rtt)});
        // Clocks that were set make round trips of years, with which nobody could reckon.
        constexpr rrdp::duration most = std::chrono::hours{1};
        estimates_[side].sample(std::min(rtt, most), std::chrono::seconds{60}, rrdp::instant{now});
        const rrdp::duration delay = std::chrono::microseconds{c_->ack_delay_us[1 - side]};
        d.rto.push_back({now, milliseconds(estimates_[side].timeout(
                                  rrdp::options{}, rrdp::default_policy::timer_tick, delay))});
    }

    /// How far the sender may go: what the peer announced, or the edge that it gives.
    void permit(std::size_t side, const trace_event& e) {
        const std::uint16_t most = c_->announced[1 - side];
        if (most == 0 && e.edge < 0) return;
        direction_story& d = stories_[side];
        const std::int64_t lowest = highest_[side].value_or(e.confirms);
        auto& edge = edges_[side];
        const std::int64_t said = e.edge >= 0 ? e.edge : e.confirms + 2 * std::int64_t{most};
        const bool speaks = e.of == trace_event::kind::data || e.of == trace_event::kind::ack;
        if (speaks && (!edge || said > *edge)) edge = said;
        const std::int64_t room = edge ? *edge - lowest : most;
        const std::int64_t window = most == 0 ? room : std::min<std::int64_t>(room, most);
        push(d.window, e.time, static_cast<double>(window));
        push(d.edges, e.time, static_cast<double>(shown(side, lowest + window)));
    }

    void note_flight(std::size_t side, rrdp::duration now) {
        push(stories_[side].flight, now, static_cast<double>(outstanding_[side].size()));
    }
    /// Only what changes; of one moment the last.
    static void push(std::vector<timed_value>& to, rrdp::duration now, double value) {
        if (!to.empty() && to.back().value == value) return;
        to.push_back({now, value});
    }
    static double milliseconds(rrdp::duration d) { return static_cast<double>(d.count()) / 1e6; }

    const trace_connection* c_;
    std::array<direction_story, 2> stories_;
    std::array<std::map<std::int64_t, first_time>, 2> numbers_;
    std::array<std::set<std::int64_t>, 2> outstanding_;
    std::array<std::optional<std::int64_t>, 2> highest_{}, edges_{};
    std::array<rrdp::round_trip, 2> estimates_{};
    std::unordered_map<const trace_event*, const trace_event*> arrivals_;
    std::unordered_map<const trace_event*, std::string> fates_;
};

}  // namespace tools
