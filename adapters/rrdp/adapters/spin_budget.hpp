// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include <rrdp/base/time.hpp>

namespace rrdp::adapters {

/// How long to spin before sleeping, learned from what became of the last waits: twice as long
/// after one that was worth it, half as long after one that was not, never longer than the most
/// that was allowed, and not at all when even a sixty-fourth of that was in vain.
///
/// It reads no clock, so that any loop can use it: `waiter` here, an executor of somebody else.
class spin_budget {
public:
    /// `most` is about what a wake-up costs.
    explicit constexpr spin_budget(duration most) noexcept
        : most_{std::max(most, duration{1})}, now_{most_} {}

    /// How long the next wait may spin; 0: sleep at once.
    [[nodiscard]] constexpr duration now() const noexcept { return now_; }
    /// The longest spin that it allows.
    [[nodiscard]] constexpr duration most() const noexcept { return most_; }

    /// A frame came while we spun.
    constexpr void rewarded() noexcept { now_ = std::min(std::max(now_ * 2, least()), most_); }

    /// We spun, or did not even, and slept; `took` is all of it until we ran again. A frame that
    /// came in less than a spin and a wake-up would have come during the longest spin.
    constexpr void slept(duration took, bool frame_came) noexcept {
        if (frame_came && took <= most_ * 2)
            rewarded();
        else
            in_vain();
    }

    /// We spun, and no frame came.
    constexpr void in_vain() noexcept { now_ = now_ / 2 < least() ? duration{} : now_ / 2; }

private:
    [[nodiscard]] constexpr duration least() const noexcept {
        return std::max(most_ / 64, duration{1});
    }

    duration most_;
    duration now_;
};

}  // namespace rrdp::adapters
