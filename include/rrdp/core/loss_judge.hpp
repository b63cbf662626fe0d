// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <rrdp/core/delivery.hpp>
#include <rrdp/core/loss_detection.hpp>
#include <rrdp/core/reordering.hpp>

namespace rrdp {

/// Decides which segments of a window are lost, and learns from what was decided wrongly: the
/// packet threshold until reordering is seen, then the time. Which segments there
/// are is the window's affair.
class loss_judge {
public:
    /// The place of the next transmission.
    constexpr std::uint32_t next_order() noexcept { return threshold_.next_order(); }
    [[nodiscard]] constexpr const packet_threshold& order() const noexcept { return threshold_; }
    [[nodiscard]] constexpr const reordering& order_kept() const noexcept { return reordering_; }

    /// What an acknowledgement that has just come is compared with.
    [[nodiscard]] constexpr delivery begin_delivery(instant now, duration shortest) const noexcept {
        delivery news;
        news.newest_before = threshold_.newest();
        news.now = now;
        news.shortest = shortest;
        return news;
    }

    /// Segment `d` is delivered.
    constexpr void delivered(const segment_descriptor& d, delivery& news) noexcept {
        if (d.transmissions == 1) sample(d, news);
        if (d.transmissions == 1 || d.waits || needed(d, news)) threshold_.delivered(d.order);
    }

    /// Segment `d` was sent again, for the reason that it names.
    constexpr void sent_again(const segment_descriptor& d) noexcept {
        if (guessed(d)) guess_ = d.order;
    }

    /// Why `d` is lost, or `none`; if only the time is not over, the report says when it will be.
    constexpr loss verdict(const segment_descriptor& d, instant now, duration wait,
                           loss_report& report) noexcept {
        if (!threshold_.overtaken(d.order)) return loss::none;
        const bool passed = !reordering_.seen() && threshold_.passed(d.order);
        const instant due = after(d.last_sent, wait);
        if (!passed && now < due) {
            if (due < report.due) report.due = due;
            return loss::none;
        }
        report.found = true;
        if (begin_recovery(d)) {
            report.recovery = true;
            reordering_.recovering();
        }
        return passed ? loss::threshold : loss::window;
    }

    /// `d` is lost. Whether that is news for congestion control: one reaction for each flight, so
    /// not if it left before the last reaction.
    constexpr bool begin_recovery(const segment_descriptor& d) noexcept {
        if (recovery_ - d.order < 0x1'0000) return false;
        recovery_ = threshold_.last_order();
        return true;
    }

    /// An ACK came that says nothing new: the peer answers what it already had. If reordering makes
    /// that likely, what was sent again last was needless (docs/decisions/0023).
    constexpr void answered_without_news() noexcept {
        if (reordering_.seen() && guess_ != 0)
            reordering_.was_needless(guess_, threshold_.last_order());
        guess_ = 0;
    }

private:
    static constexpr bool guessed(const segment_descriptor& d) noexcept {
        return d.lost == loss::threshold || d.lost == loss::window;
    }

    /// A segment that was sent once: a sample, if none later is. If it was overtaken, it
    /// says how late one may be (docs/decisions/0023).
    constexpr void sample(const segment_descriptor& d, delivery& news) noexcept {
        if (packet_threshold::before(d.order, news.newest_before)) {
            reordering_.see();
            news.later(news.now - d.last_sent);
        }
        if (news.sent && !packet_threshold::before(news.sent_order, d.order)) return;
        news.sent = d.last_sent;
        news.sent_order = d.order;
    }

    /// A segment that was sent again: was that needed? No answer comes sooner than the shortest
    /// round trip; what comes sooner answers an earlier copy. What comes later may answer
    /// either: on a path that reorders it says nothing of what has overtaken what.
    constexpr bool needed(const segment_descriptor& d, delivery& news) noexcept {
        if (10 * (news.now - d.last_sent) >= 9 * news.shortest) {
            news.tail_repaired = news.tail_repaired || d.lost == loss::probe;
            return !reordering_.seen() || !guessed(d);
        }
        ++news.needless;
        if (!guessed(d)) return false;
        reordering_.was_needless(d.order, threshold_.last_order());
        if (d.transmissions == 2) news.later(5 * (news.now - d.first_sent) / 4);
        return false;
    }

    packet_threshold threshold_;
    reordering reordering_;
    std::uint32_t recovery_ = 0;  ///< the last place of the flight that a loss was seen in
    std::uint32_t guess_ = 0;     ///< the last place of a retransmission by R-9.6 or R-9.7; 0: none
};

}  // namespace rrdp
