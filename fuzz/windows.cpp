// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <optional>

#include <rrdp/core/receive_window.hpp>
#include <rrdp/core/send_window.hpp>
#include <rrdp/testing/hex.hpp>

#include "check.hpp"
#include "input.hpp"

/// Both windows against models of them: tables
/// of numbers that are counted on without end, in which everything is looked for from the start.
///
/// Input: which window, X, the first number, slots and segments, then one operation after the
/// other, of an octet that says what and one that says to which number.
namespace rrdp::fuzz {
namespace {

constexpr std::uint16_t outstanding_most = 16;
constexpr std::size_t segment_max = 8, segments_most = 48, table_size = 64;
constexpr std::size_t operations_max = 400;

/// What the window takes of the endpoint. The fuzzer may take some of it away.
class pools {
public:
    pools(std::size_t count, std::size_t reserve)
        : segments{std::span{descriptors_}.first(count), octets{memory_}.first(count * segment_max),
                   segment_max, reserve},
          rings{slots_, table_size / 2} {}

    void steal_segment() {
        if (stolen_ < stolen_segments_.size())
            if (const auto h = segments.take(segment_pool::purpose::send, 1); h != no_segment)
                stolen_segments_[stolen_++] = h;
    }
    void return_segment() {
        if (stolen_ > 0) segments.give_back(stolen_segments_[--stolen_]);
    }
    void steal_ring() {
        if (stolen_ring_ == no_ring) stolen_ring_ = rings.take();
    }
    void return_ring() {
        if (stolen_ring_ != no_ring) rings.give_back(stolen_ring_);
        stolen_ring_ = no_ring;
    }
    void return_all() {
        while (stolen_ > 0) return_segment();
        return_ring();
        check(segments.available() == segments.size(), "every segment is back");
        check(rings.available() == 1, "the ring is back");
    }

private:
    std::array<segment_descriptor, segments_most> descriptors_;
    std::array<std::byte, segments_most * segment_max> memory_;
    std::array<segment_handle, table_size / 2> slots_;
    std::array<segment_handle, segments_most> stolen_segments_;
    std::size_t stolen_ = 0;
    ring_handle stolen_ring_ = no_ring;

public:
    segment_pool segments;
    ring_pool rings;
};

/// Numbers as the models count them: far from 0, so that none is ever negative.
using whole = std::uint64_t;
constexpr whole far = whole{1} << 40;
sequence number(whole n) {
    return sequence{static_cast<std::uint32_t>(n)};
}

/// First numbers: just before a wrap of 16 or of 32 bits, or anywhere.
whole read_first(input& in) {
    const unsigned how = in.octet();
    if (how % 4 == 0) return far + 0xffff'ffff - how / 4;
    if (how % 4 == 1) return far + 0xffff - how / 4;
    return far + in.word32();
}

// ---- receiving

segment_kind kind_of(whole n) {
    switch (n * 7 % 11) {
        case 0: return segment_kind::nul;
        case 1: return segment_kind::empty;
        default: return segment_kind::data;
    }
}
std::array<std::byte, segment_max> octets_of(whole n) {
    std::array<std::byte, segment_max> made{};
    for (std::size_t i = 0; i < made.size(); ++i) made[i] = static_cast<std::byte>(n * 31 + i);
    return made;
}
std::size_t size_of(whole n) {
    return kind_of(n) == segment_kind::data ? 1 + n % segment_max : 0;
}

class receiver {
public:
    explicit receiver(input& in)
        : in_{in},
          x_{1U + in.octet() % outstanding_most},
          slots_{x_ + in.octet() % (2U * outstanding_most)},
          pools_{4U + in.octet() % (segments_most - 3), in.octet() % 4U},
          cur_{read_first(in)} {
        reserve_ = pools_.segments.reserve();
        open();
    }

    void run() {
        for (std::size_t i = 0; i < operations_max && !in_.empty(); ++i) {
            operate(in_.octet());
            check_all();
        }
        end();
        pools_.return_all();
    }

    /// Of the sink that `accept` asks and gives to.
    [[nodiscard]] bool fits(const incoming& in) const {
        check(in.number == number(cur_ + 1), "the next one is asked for");
        return cur_ + 1 != refused_;
    }
    void pass(segment_kind kind, segment_handle h) {
        const bool was_held = held_[++cur_ % table_size];
        check(kind == kind_of(cur_) && window_.last_in_order() == number(cur_), "passed in order");
        check((h != no_segment) == (was_held || is_message(kind)), "a message has a segment");
        if (h != no_segment) check_content(cur_, h);
        held_[cur_ % table_size] = false;
        if (is_message(kind)) {
            inbox_[(inbox_first_ + inbox_size_++) % inbox_.size()] = h;
            window_.occupy();
        } else if (h != no_segment) {
            pools_.segments.give_back(h);
        }
        extend_edge();
    }

private:
    void open() {
        window_.open(number(cur_), static_cast<std::uint16_t>(x_),
                     static_cast<std::uint16_t>(slots_));
        edge_ = cur_ + 2 * x_;
    }
    void end() {
        window_.clear(pools_.segments, pools_.rings);
        held_ = {};
        while (inbox_size_ > 0) take();
        pools_.segments.repay(0);
    }

    void operate(unsigned what) {
        const unsigned more = what >> 3;
        switch (what & 7) {
            case 0: return arrive(cur_ + 1);
            case 1: return arrive(cur_ + 2 + more % (2 * x_));
            case 2: return arrive(cur_ + in_.octet() % (2 * x_ + 4) - 1);
            case 3:
                for (unsigned i = 0; i <= more % 4; ++i) take();
                return;
            case 4: return more % 2 == 0 ? pools_.steal_segment() : pools_.return_segment();
            case 5: return more % 2 == 0 ? pools_.steal_ring() : pools_.return_ring();
            case 6: refused_ = more == 0 ? 0 : cur_ + more; return;
            default:
                end();
                cur_ += in_.octet();
                window_ = {};
                open();
        }
    }

    void arrive(whole n) {
        const placement before = window_.classify(pools_.rings, number(n));
        check(before == by_place(n), "what is promised, held or passed is known as such");
        if (before != placement::in_order && before != placement::out_of_order) return;
        const placement expected = by_pool(n);
        const auto data = octets_of(n);
        const incoming in{number(n), kind_of(n), 0, 0, octets_view{data}.first(size_of(n))};
        const placement after = window_.accept(pools_.segments, pools_.rings, 0, in, *this);
        if (after == placement::out_of_order) hold(n);
        check(after == expected || (expected == placement::in_order &&
                                    after == placement::refused && refused_ == cur_ + 1),
              "what there is room for is taken");
        if (!window_.has_gap()) pools_.segments.repay(0);
    }
    void hold(whole n) {
        held_[n % table_size] = true;
        order_[n % table_size] = ++arrivals_;
    }

    [[nodiscard]] placement by_place(whole n) const {
        if (n <= cur_) return placement::old;
        if (n > cur_ + 2 * x_) return placement::beyond;
        if (held_[n % table_size]) return placement::duplicate;
        if (n > edge_) return placement::no_slot;
        return n == cur_ + 1 ? placement::in_order : placement::out_of_order;
    }
    [[nodiscard]] placement by_pool(whole n) const {
        const std::size_t free = pools_.segments.available();
        if (n == cur_ + 1) {
            if (is_message(kind_of(n)) && free == 0) return placement::no_slot;
            return refused_ == n ? placement::refused : placement::in_order;
        }
        const bool ring = held_count() > 0 || pools_.rings.available() > 0;
        return free > reserve_ && ring ? placement::out_of_order : placement::no_slot;
    }
    void take() {
        if (inbox_size_ == 0) return;
        pools_.segments.give_back(inbox_[inbox_first_]);
        inbox_first_ = (inbox_first_ + 1) % inbox_.size();
        --inbox_size_;
        window_.vacate();
        extend_edge();
    }
    void extend_edge() {
        const whole free = slots_ > inbox_size_ ? slots_ - inbox_size_ : 0;
        edge_ = std::max(edge_, cur_ + std::min<whole>(2 * x_, free));
    }

    [[nodiscard]] std::size_t held_count() const {
        return static_cast<std::size_t>(std::count(held_.begin(), held_.end(), true));
    }
    void check_content(whole n, segment_handle h) const {
        const auto data = octets_of(n);
        check(pools_.segments.at(h).kind == kind_of(n) &&
                  testing::equal(pools_.segments.data(h), octets_view{data}.first(size_of(n))),
              "a segment has what arrived with its number");
    }
    void check_all() const {
        check(window_.last_in_order() == number(cur_), "CUR is where the model has it");
        check(window_.edge() == number(edge_), "a promise is what the slots allow (R-8.17)");
        check(window_.unread() == inbox_size_, "what was not taken is counted");
        check(window_.has_gap() == (held_count() > 0), "what is held is known");
        std::uint64_t before = ~std::uint64_t{0};
        std::size_t seen = 0;
        for (segment_handle h = window_.newest(); h != no_segment;
             h = pools_.segments.at(h).older, ++seen) {
            const whole n = cur_ + static_cast<whole>(distance(
                                       number(cur_), sequence{pools_.segments.at(h).order}));
            check(n > cur_ && n <= cur_ + 2 * x_ && held_[n % table_size] && seen < table_size &&
                      order_[n % table_size] < before,
                  "what is held is in the list, the newest first");
            before = order_[n % table_size];
            check_content(n, h);
        }
        check(seen == held_count(), "all that is held is in the list");
    }

    input& in_;
    whole x_, slots_;
    pools pools_;
    std::size_t reserve_ = 0;
    receive_window window_;
    whole cur_, edge_ = 0, refused_ = 0;
    std::array<bool, table_size> held_{};
    std::array<std::uint64_t, table_size> order_{};
    std::uint64_t arrivals_ = 0;
    std::array<segment_handle, segments_most> inbox_{};
    std::size_t inbox_first_ = 0, inbox_size_ = 0;
};

// ---- sending

class sender {
public:
    explicit sender(input& in)
        : in_{in},
          x_{1U + in.octet() % outstanding_most},
          pools_{4U + in.octet() % (segments_most - 3), 0},
          next_{read_first(in)} {
        window_.open(number(next_));
        window_.limit(static_cast<std::uint16_t>(x_), static_cast<std::uint32_t>(2 * x_));
        window_.opened();
        edge_ = next_ + 2 * x_;
        una_ = ++next_;
    }

    void run() {
        for (std::size_t i = 0; i < operations_max && !in_.empty(); ++i) {
            operate(in_.octet());
            check_all();
        }
        window_.clear(pools_.segments, pools_.rings);
        check(window_.empty() && window_.outstanding() == 0, "what is cleared is empty");
        pools_.return_all();
    }

private:
    struct entry {
        segment_handle segment = no_segment;
        bool outstanding = false, lost = false, again = false;
    };
    entry& at(whole n) { return table_[n % table_size]; }
    [[nodiscard]] const entry& at(whole n) const { return table_[n % table_size]; }

    void operate(unsigned what) {
        const unsigned more = what >> 3;
        switch (what & 7) {
            case 0:
                for (unsigned i = 0; i <= more % 4; ++i) push();
                return;
            case 1: return acknowledge(more % (2 * x_ + 1));
            case 2: return acknowledge_out_of_order(una_ + in_.octet() % (2 * x_ + 2) - 1);
            case 3: return lose(more);
            case 4: return retransmit();
            case 5: now_ += duration{std::int64_t{1} << more}; return;
            case 6: return detect(duration{more % 8 == 0 ? 0 : std::int64_t{1} << more});
            default: return extend(more);
        }
    }

    void push() {
        const bool free = next_ - una_ < 2 * x_ && outstanding() < x_;
        check(window_.admits() == free, "S1 and S2 of R-8.1");
        if (!free || !window_.borrow(pools_.rings)) return;
        const segment_handle h = pools_.segments.take(segment_pool::purpose::send, 0);
        if (h == no_segment) {  // an empty window keeps no ring
            if (window_.empty()) window_.clear(pools_.segments, pools_.rings);
            return;
        }
        pools_.segments.at(h).messages = static_cast<std::uint8_t>(next_ % 3);
        const sequence given = window_.push(pools_.segments, pools_.rings, h, now_);
        check(given == number(next_), "numbers are given in order");
        at(next_++) = {.segment = h, .outstanding = true};
    }
    [[nodiscard]] delivery news() const {
        return window_.judge().begin_delivery(now_, duration{1'000});
    }
    void acknowledge(whole count) {
        if (count > next_ - una_) count = next_ - una_;
        if (count == 0) return;
        delivery brought = news();
        window_.acknowledge(pools_.segments, pools_.rings, number(una_ + count - 1), brought);
        std::uint32_t messages = 0, fresh = 0;
        for (; count > 0; --count, ++una_) {
            messages += static_cast<std::uint32_t>(una_ % 3);
            fresh += at(una_).outstanding ? 1U : 0U;
            at(una_) = {};
        }
        check(brought.messages == messages, "every message is confirmed once");
        check(brought.segments == fresh, "what was EACKed is no news");
    }
    void acknowledge_out_of_order(whole n) {
        delivery brought = news();
        const bool fresh = n >= una_ && n < next_ && at(n).outstanding;
        check(window_.acknowledge_out_of_order(pools_.segments, pools_.rings, number(n), brought) ==
                  fresh,
              "an EACK is news once, of what is outstanding");
        check(brought.messages == 0, "what is EACKed is not confirmed yet");
        if (fresh) at(n) = {};
    }
    void lose(unsigned which) {
        for (whole n = una_; n < next_; ++n) {
            if (!at(n).outstanding || which-- % 8 != 0) continue;
            const bool fresh = window_.lose(pools_.segments, at(n).segment, loss::timeout);
            check(fresh == !at(n).lost, "a loss is news once");
            at(n).lost = true;
            return;
        }
    }
    void retransmit() {
        whole n = una_;
        while (n < next_ && !at(n).lost) ++n;
        check(window_.any_lost() == (n < next_), "what waits is known");
        if (n == next_) return;
        const auto sent = window_.retransmit(pools_.segments, pools_.rings, now_);
        check(sent.number == number(n), "the lowest lost number is sent again first");
        at(n).lost = false;
        at(n).again = true;
    }
    /// What is judged lost was overtaken, and none is left that the judge would call lost.
    void detect(duration wait) {
        const loss_report report = window_.detect_losses(pools_.segments, pools_.rings, now_, wait);
        bool found = false;
        for (whole n = una_; n < next_; ++n) {
            if (!at(n).outstanding || at(n).lost) continue;
            const segment_descriptor& d = pools_.segments.at(at(n).segment);
            if (d.waits) {
                check(window_.judge().order().overtaken(d.order),
                      "only what was overtaken is lost");
                at(n).lost = found = true;
                continue;
            }
            loss_judge judge = window_.judge();
            loss_report again;
            check(judge.verdict(d, now_, wait, again) == loss::none, "no loss is overlooked");
            check(again.due >= report.due, "the next search is not too late");
        }
        check(report.found == found, "it says whether something was lost");
    }
    void extend(unsigned by) {
        const whole edge = edge_ + by - 8;
        check(window_.extend(number(edge)) == (edge > edge_), "a promise is never taken back");
        edge_ = std::max(edge_, edge);
    }

    [[nodiscard]] std::size_t outstanding() const {
        return static_cast<std::size_t>(std::count_if(
            table_.begin(), table_.end(), [](const entry& e) { return e.outstanding; }));
    }
    void check_all() const {
        check(window_.oldest_unacknowledged() == number(una_) && window_.next() == number(next_),
              "UNA and NXT are where the model has them");
        check(window_.empty() == (una_ == next_), "empty is what has nothing to acknowledge");
        check(window_.outstanding() == outstanding(), "what is outstanding is counted");
        check(window_.within_edge() == (next_ <= edge_), "S3 of R-8.1");
        std::uint16_t lost = 0, again = 0;
        segment_handle oldest = no_segment, newest = no_segment;
        for (whole n = una_; n < next_; ++n) {
            if (!at(n).outstanding) continue;
            lost = static_cast<std::uint16_t>(lost + at(n).lost);
            again = static_cast<std::uint16_t>(again + (at(n).again && !at(n).lost));
            if (oldest == no_segment) oldest = at(n).segment;
            newest = at(n).segment;
        }
        check(window_.any_lost() == (lost > 0) && window_.any_again() == (again > 0) &&
                  window_.under_way() == outstanding() - lost,
              "what is lost and what was sent again is counted");
        check(window_.oldest(pools_.rings) == oldest, "the oldest is the first outstanding one");
        if (newest != no_segment)
            check(window_.newest(pools_.rings) == newest, "the newest is the last outstanding one");
    }

    input& in_;
    whole x_;
    pools pools_;
    send_window window_;
    whole next_, una_ = 0, edge_ = 0;
    std::array<entry, table_size> table_{};
    instant now_{};
};

}  // namespace
}  // namespace rrdp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    rrdp::fuzz::input in{data, size};
    if (in.flag())
        rrdp::fuzz::receiver{in}.run();
    else
        rrdp::fuzz::sender{in}.run();
    return 0;
}
