// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <rrdp/base/time.hpp>
#include <rrdp/core/options.hpp>

namespace rrdp {

/// The round-trip estimator and the retransmission time-out (RFC 6298, in nanoseconds,
/// Whoever feeds it keeps Karn's rule: only segments sent once are samples.
class round_trip {
public:
    /// Takes a sample. One longer than `longest` spans a jump of the clock and is discarded
    ///
    constexpr void sample(duration rtt, duration longest) noexcept {
        if (rtt < duration::zero() || rtt > longest) return;
        if (!measured()) {
            smoothed_ = rtt;
            deviation_ = rtt / 2;
        } else {
            const duration error = rtt > smoothed_ ? rtt - smoothed_ : smoothed_ - rtt;
            deviation_ += (error - deviation_) / 4;
            smoothed_ += (rtt - smoothed_) / 8;
        }
        if (smoothed_ == duration::zero()) smoothed_ = duration{1};  // measured, and very near
    }

    constexpr void back_off() noexcept {
        if (backoff_ < backoff_max) ++backoff_;
    }
    /// New data was acknowledged: the path works.
    constexpr void forgive() noexcept { backoff_ = 0; }

    /// How long to wait for an acknowledgement. `granularity` is that of the timers; `ack_delay`
    /// the longest that the peer may hold an ACK back.
    [[nodiscard]] constexpr duration timeout(const options& o, duration granularity,
                                             duration ack_delay) const noexcept {
        duration base = o.rto_initial;
        if (measured()) {
            const duration spread = 4 * deviation_ > granularity ? 4 * deviation_ : granularity;
            base = smoothed_ + spread + ack_delay;
            if (base < o.rto_min) base = o.rto_min;
            if (base > o.rto_max) base = o.rto_max;
        }
        for (std::uint8_t i = 0; i < backoff_ && base < o.rto_max; ++i) base *= 2;
        return base < o.rto_max ? base : o.rto_max;
    }

    [[nodiscard]] constexpr bool measured() const noexcept { return smoothed_ > duration::zero(); }
    [[nodiscard]] constexpr duration smoothed() const noexcept { return smoothed_; }
    [[nodiscard]] constexpr duration deviation() const noexcept { return deviation_; }
    [[nodiscard]] constexpr std::uint8_t backoff() const noexcept { return backoff_; }

private:
    static constexpr std::uint8_t backoff_max = 40;  // beyond it every base has met rto_max

    duration smoothed_{};
    duration deviation_{};
    std::uint8_t backoff_ = 0;
};

}  // namespace rrdp
