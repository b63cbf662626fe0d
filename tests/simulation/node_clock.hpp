// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include <rrdp/base/time.hpp>

namespace simulation {

/// The clock of one node, which need not agree with the time of the simulation: it starts anywhere,
/// jumps forward and back, stands still, runs fast or slow, and tells its time in ticks.
class node_clock {
public:
    node_clock() = default;
    node_clock(rrdp::instant origin, rrdp::duration tick) noexcept : shown_{origin}, tick_{tick} {}

    /// What it shows at `t`; `t` never goes back.
    [[nodiscard]] rrdp::instant at(rrdp::instant t) const noexcept {
        const rrdp::instant raw = shown_ + passed(std::max(t, stands_until_) - since_);
        return rrdp::instant{raw.time_since_epoch() / tick_ * tick_};
    }

    /// The earliest moment of the simulation, from `t` on, at which it shows `deadline` or later;
    /// `never` where that is beyond all bounds.
    [[nodiscard]] rrdp::instant when(rrdp::instant t, rrdp::instant deadline) const noexcept {
        constexpr rrdp::duration most = std::chrono::hours{100'000};
        if (deadline >= rrdp::never - tick_ || deadline - shown_ > most) return rrdp::never;
        const auto ticks = (deadline.time_since_epoch() - rrdp::duration{1}) / tick_ + 1;
        const rrdp::duration left = rrdp::instant{ticks * tick_} - shown_;
        if (left <= rrdp::duration{}) return t;
        const std::int64_t thousands = left.count() / (1'000 + drift_);
        const std::int64_t rest = left.count() % (1'000 + drift_);
        const rrdp::duration real{thousands * 1'000 + std::min<std::int64_t>(rest, 1'000)};
        return std::max(t, since_ + real);
    }

    void jump(rrdp::instant t, rrdp::duration by) noexcept {
        settle(t);
        shown_ += by;
    }
    void stand(rrdp::instant t, rrdp::duration for_so_long) noexcept {
        settle(t);
        stands_until_ = since_ = t + for_so_long;
    }
    /// In thousandths: 100 is a tenth too fast.
    void drift(rrdp::instant t, int thousandths) noexcept {
        settle(t);
        drift_ = thousandths;
    }

private:
    [[nodiscard]] rrdp::duration passed(rrdp::duration d) const noexcept {
        return d + d / 1'000 * drift_;
    }
    void settle(rrdp::instant t) noexcept {
        const rrdp::instant from = std::max(t, stands_until_);
        shown_ += passed(from - since_);
        since_ = from;
    }

    rrdp::instant shown_{};  ///< at `since_`
    rrdp::instant since_{};
    rrdp::instant stands_until_{};
    rrdp::duration tick_{1};
    int drift_ = 0;
};

}  // namespace simulation
