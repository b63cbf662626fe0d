// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <rrdp/core/delivery.hpp>
#include <rrdp/core/loss_judge.hpp>
#include <rrdp/core/ring_pool.hpp>

namespace rrdp {

/// What is sent and not yet acknowledged.
///
///     oldest_unacknowledged                       next
///          |                                       |
///          v                                       v
///   A A A  o E o o E o o o o o o o o o o o o o o o  . . .
///          <------------ at most 2 * X ---------->        A acknowledged  E EACKed  o outstanding
///
/// At most X segments are outstanding; EACKed ones do not count, so the span may grow to 2X (S1, S2
/// of ). Slots hold handles; the ring is borrowed while the span is not empty.
class send_window {
public:
    /// Before anything is sent: the SYN occupies `first` (section 6).
    constexpr void open(sequence first) noexcept {
        unacknowledged_ = first;
        next_ = unjudged_ = first + 1;
    }
    /// The SYN was acknowledged.
    constexpr void opened() noexcept { unacknowledged_ = next_; }

    /// X of this direction: min(the peer's, own cap). The peer promises at first to hold
    /// `peer_width` numbers, twice its own X.
    constexpr void limit(std::uint16_t outstanding_max, std::uint32_t peer_width) noexcept {
        outstanding_max_ = outstanding_max;
        edge_ = next_.previous() + peer_width;
    }

    /// The peer promises to hold everything up to `edge`; a promise is never taken back.
    /// Whether it is news.
    constexpr bool extend(sequence edge) noexcept {
        if (distance(edge_, edge) <= 0) return false;
        edge_ = edge;
        return true;
    }
    /// Whether the next number is within the peer's promise (S3 of ).
    [[nodiscard]] constexpr bool within_edge() const noexcept {
        return distance(next_, edge_) >= 0;
    }

    [[nodiscard]] constexpr sequence oldest_unacknowledged() const noexcept {
        return unacknowledged_;
    }
    [[nodiscard]] constexpr sequence next() const noexcept { return next_; }
    [[nodiscard]] constexpr std::uint16_t outstanding() const noexcept { return outstanding_; }
    [[nodiscard]] constexpr std::uint16_t outstanding_max() const noexcept {
        return outstanding_max_;
    }
    /// Every number is acknowledged in sequence.
    [[nodiscard]] constexpr bool empty() const noexcept { return unacknowledged_ == next_; }
    [[nodiscard]] constexpr bool any_lost() const noexcept { return lost_ != 0; }
    [[nodiscard]] constexpr bool any_again() const noexcept { return again_ != 0; }
    /// Nothing was EACKed, and the numbers can be right.
    [[nodiscard]] constexpr bool unbroken() const noexcept {
        return next_.value() - unacknowledged_.value() == outstanding_ &&
               outstanding_ <= outstanding_max_;
    }
    /// Outstanding and not lost.
    [[nodiscard]] constexpr std::uint16_t under_way() const noexcept {
        return static_cast<std::uint16_t>(outstanding_ - lost_);
    }
    /// When something left last.
    [[nodiscard]] constexpr instant last_sent() const noexcept { return last_sent_; }
    [[nodiscard]] constexpr const loss_judge& judge() const noexcept { return judge_; }
    [[nodiscard]] constexpr loss_judge& judge() noexcept { return judge_; }
    [[nodiscard]] constexpr bool has_ring() const noexcept { return ring_ != no_ring; }

    /// Whether one more number may be assigned (S1, S2 of ).
    [[nodiscard]] constexpr bool admits() const noexcept {
        return outstanding_ < outstanding_max_ &&
               distance(unacknowledged_, next_) < 2 * std::int32_t{outstanding_max_};
    }

    /// Borrows the ring that the first number needs; false when none is free.
    [[nodiscard]] constexpr bool borrow(ring_pool& rings) noexcept {
        if (!has_ring()) ring_ = rings.take();
        return has_ring();
    }

    /// Assigns the next number to segment `h`, which leaves now.
    constexpr sequence push(segment_pool& pool, ring_pool& rings, segment_handle h,
                            instant now) noexcept {
        RRDP_ASSERT(admits() && has_ring());
        segment_descriptor& d = pool.at(h);
        d.first_sent = d.last_sent = last_sent_ = now;
        d.order = judge_.next_order();
        d.transmissions = 1;
        segment_handle& slot = rings.slot(ring_, next_);
        RRDP_ASSERT(slot == no_segment);
        slot = h;
        ++outstanding_;
        const sequence number = next_;
        next_ = next_ + 1;
        return number;
    }

    /// Everything up to `last` is acknowledged in sequence; `last` has passed the test
    /// of. The segments go back to the pool.
    constexpr void acknowledge(segment_pool& pool, ring_pool& rings, sequence last,
                               delivery& news) noexcept {
        while (distance(unacknowledged_, last) >= 0) {
            segment_handle& slot = rings.slot(ring_, unacknowledged_);
            if (is_segment(slot)) {
                news.messages += pool.at(slot).messages;
                release(pool, slot, news);
            } else {
                news.messages += messages_of(slot);
            }
            slot = no_segment;
            unacknowledged_ = unacknowledged_ + 1;
        }
        if (distance(unjudged_, unacknowledged_) > 0) unjudged_ = unacknowledged_;
        give_ring_back_if_empty(rings);
    }

    /// The peer holds number `n` out of order: its segment goes back to the pool now, the
    /// number stays until the cumulative acknowledgement passes it. False when it was no news.
    constexpr bool acknowledge_out_of_order(segment_pool& pool, ring_pool& rings, sequence n,
                                            delivery& news) noexcept {
        if (distance(unacknowledged_, n) < 0 || distance(n, next_) <= 0) return false;
        segment_handle& slot = rings.slot(ring_, n);
        if (!is_segment(slot)) return false;
        const segment_handle mark = delivered(pool.at(slot).messages);
        release(pool, slot, news);
        slot = mark;
        return true;
    }

    /// Marks what must be taken as lost now: what the packet threshold has passed,
    /// while no reordering was seen, and what was overtaken and left more than `wait`, with the
    /// allowance for reordering, ago.
    ///
    /// Segments sent once left in the order of their numbers, so those before `unjudged_` need
    /// never be looked at again. The others are searched only if one of them was overtaken.
    constexpr loss_report detect_losses(segment_pool& pool, const ring_pool& rings, instant now,
                                        duration wait) noexcept {
        loss_report report;
        for (; unjudged_ != next_; unjudged_ = unjudged_ + 1) {
            const segment_handle h = rings.slot(ring_, unjudged_);
            if (!is_segment(h)) continue;
            segment_descriptor& d = pool.at(h);
            if (d.transmissions != 1 || d.waits) continue;
            const loss why = judge_.verdict(d, now, wait, report);
            if (why == loss::none) break;
            mark(d, unjudged_, why);
        }
        if (again_ != 0 && judge_.order().overtaken(again_from_))
            detect_again(pool, rings, now, wait, report);
        return report;
    }

    /// The oldest outstanding segment, `no_segment` when there is none.
    [[nodiscard]] constexpr segment_handle oldest(const ring_pool& rings) const noexcept {
        for (sequence n = unacknowledged_; outstanding_ != 0 && n != next_; n = n + 1) {
            const segment_handle h = rings.slot(ring_, n);
            if (is_segment(h)) return h;
        }
        return no_segment;
    }

    /// The newest outstanding segment; something must be outstanding.
    [[nodiscard]] constexpr segment_handle newest(const ring_pool& rings) const noexcept {
        RRDP_ASSERT(outstanding_ != 0);
        sequence n = next_.previous();
        while (!is_segment(rings.slot(ring_, n))) n = n.previous();
        return rings.slot(ring_, n);
    }

    /// Judges segment `h`, which is outstanding, lost for reason `why`.
    constexpr bool lose(segment_pool& pool, segment_handle h, loss why) noexcept {
        return mark(pool.at(h), unacknowledged_, why);
    }

    /// Takes the lowest lost number for retransmission now: a new place in the order of sending.
    constexpr retransmission retransmit(segment_pool& pool, const ring_pool& rings,
                                        instant now) noexcept {
        sequence n = unacknowledged_;
        if (distance(n, lost_from_) > 0) n = lost_from_;
        while (!is_lost(pool, rings, n)) n = n + 1;
        lost_from_ = n + 1;
        segment_descriptor& d = pool.at(rings.slot(ring_, n));
        d.last_sent = last_sent_ = now;
        d.order = judge_.next_order();
        if (d.transmissions != 0xff) ++d.transmissions;
        if (again_++ == 0) again_from_ = d.order;
        judge_.sent_again(d);
        --lost_;
        d.waits = false;
        return {n, d.lost};
    }

    /// The segment of number `n`, which must be outstanding.
    [[nodiscard]] constexpr segment_handle segment(const ring_pool& rings,
                                                   sequence n) const noexcept {
        return rings.slot(ring_, n);
    }

    /// The connection has ended: every segment goes back to the pool.
    constexpr void clear(segment_pool& pool, ring_pool& rings) noexcept {
        for (sequence n = unacknowledged_; has_ring() && n != next_; n = n + 1) {
            segment_handle& slot = rings.slot(ring_, n);
            if (is_segment(slot)) pool.give_back(slot);
            slot = no_segment;
        }
        unacknowledged_ = next_;
        unjudged_ = next_;
        outstanding_ = lost_ = again_ = 0;
        give_ring_back_if_empty(rings);
    }

private:
    constexpr void release(segment_pool& pool, segment_handle h, delivery& news) noexcept {
        const segment_descriptor& d = pool.at(h);
        if (d.waits)
            --lost_;
        else if (d.transmissions > 1)
            --again_;
        --outstanding_;
        ++news.segments;
        if (d.size >= news.longest) {
            news.longest = d.size;
            if (d.last_sent > news.longest_sent) news.longest_sent = d.last_sent;
        }
        judge_.delivered(d, news);
        pool.give_back(h);
    }

    /// Looks at those that were sent again.
    constexpr void detect_again(segment_pool& pool, const ring_pool& rings, instant now,
                                duration wait, loss_report& report) noexcept {
        std::uint32_t oldest = judge_.order().last_order();
        std::uint16_t left = again_;
        for (sequence n = unacknowledged_; left != 0; n = n + 1) {
            RRDP_ASSERT(n != next_);
            const segment_handle h = rings.slot(ring_, n);
            if (!is_segment(h)) continue;
            segment_descriptor& d = pool.at(h);
            if (d.transmissions == 1 || d.waits) continue;
            --left;
            const loss why = judge_.verdict(d, now, wait, report);
            if (why != loss::none)
                mark(d, n, why);
            else if (packet_threshold::before(d.order, oldest))
                oldest = d.order;
        }
        again_from_ = oldest;
    }

    /// `lowest` is the number of `d`, or one below it.
    constexpr bool mark(segment_descriptor& d, sequence lowest, loss why) noexcept {
        if (d.waits) return false;
        if (d.transmissions > 1) --again_;
        d.lost = why;
        d.waits = true;
        if (lost_++ == 0 || distance(lowest, lost_from_) > 0) lost_from_ = lowest;
        return true;
    }

    [[nodiscard]] constexpr bool is_lost(const segment_pool& pool, const ring_pool& rings,
                                         sequence n) const noexcept {
        RRDP_ASSERT(n != next_);
        const segment_handle h = rings.slot(ring_, n);
        return is_segment(h) && pool.at(h).waits;
    }

    constexpr void give_ring_back_if_empty(ring_pool& rings) noexcept {
        if (!has_ring() || !empty()) return;
        rings.give_back(ring_);
        ring_ = no_ring;
    }

    sequence unacknowledged_;
    sequence next_;
    sequence edge_;
    sequence unjudged_;             ///< sent once below it: all delivered, or lost
    sequence lost_from_;            ///< none below it waits for retransmission
    std::uint32_t again_from_ = 0;  ///< no place of one that was sent again lies before it
    instant last_sent_{};
    ring_handle ring_ = no_ring;
    std::uint16_t outstanding_max_ = 1;
    std::uint16_t outstanding_ = 0;
    std::uint16_t lost_ = 0;   ///< of those outstanding: wait to be sent again
    std::uint16_t again_ = 0;  ///< were sent again, and do not wait
    loss_judge judge_;
};

}  // namespace rrdp
