// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <rrdp/base/time.hpp>

namespace rrdp {

/// What a connection has learned of how segments overtake each other, and how long it therefore
/// waits for one that was overtaken (R-9.7, RFC 8985).
class reordering {
public:
    /// Whether a segment has ever been delivered after one that was sent later.
    [[nodiscard]] constexpr bool seen() const noexcept { return seen_; }
    constexpr void see() noexcept { seen_ = true; }

    /// The retransmission at place `order` was needless: wait longer from now on, one step for each
    /// round trip in which that shows. `last` is the place of the last transmission so far.
    constexpr void was_needless(std::uint32_t order, std::uint32_t last) noexcept {
        seen_ = true;
        recoveries_ = 0;
        if (of_same_round(order)) return;
        round_ = last;
        if (steps_ != 0xff) ++steps_;
    }

    /// A recovery begins; after sixteen of them that were needed, wait a step less.
    constexpr void recovering() noexcept {
        if (++recoveries_ < recoveries_max) return;
        recoveries_ = 0;
        if (steps_ > 1) --steps_;
    }

    /// How long to wait beyond a round trip.
    [[nodiscard]] constexpr duration allowance(duration shortest,
                                               duration smoothed) const noexcept {
        const duration wanted = steps_ * shortest / 4;
        return wanted < smoothed ? wanted : smoothed;
    }
    /// `mult` of.
    [[nodiscard]] constexpr std::uint8_t steps() const noexcept { return steps_; }

private:
    static constexpr std::uint8_t recoveries_max = 16;

    /// Retransmitted before the last step was taken: that step may already be long enough.
    [[nodiscard]] constexpr bool of_same_round(std::uint32_t order) const noexcept {
        return round_ - order < 0x1'0000;
    }

    std::uint32_t round_ = 0;
    std::uint8_t steps_ = 1;
    std::uint8_t recoveries_ = 0;
    bool seen_ = false;
};

}  // namespace rrdp
