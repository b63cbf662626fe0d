// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <rrdp/base/time.hpp>
#include <rrdp/core/options.hpp>
#include <rrdp/core/windowed_minimum.hpp>

namespace rrdp {

/// The round-trip estimator and the retransmission time-out (RFC 6298, in nanoseconds,
/// Whoever feeds it keeps Karn's rule: only segments sent once are samples.
class round_trip {
public:
    /// Takes a sample. One longer than `longest` spans a jump of the clock and is discarded
    ///
    constexpr void sample(duration rtt, duration longest, instant now) noexcept {
        if (rtt < duration::zero() || rtt > longest) return;
        latest_ = word(rtt);
        late_ -= late_ / 4'096;  // forgotten after some ten thousand segments
        shortest_.sample(rtt, now);
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

    /// An answer has shown how late one may be, without being a sample: of a segment that was
    /// overtaken, or of a first transmission soon after the second (Karn).
    constexpr void late(duration rtt, duration longest) noexcept {
        if (rtt <= longest && word(rtt) > late_) late_ = word(rtt);
    }

    /// What a sample counts that may be as long as the own waiting, because a probe brought the
    /// answer: a little more than the estimate, so that a longer path is still learned.
    [[nodiscard]] constexpr duration doubtful(duration rtt) const noexcept {
        const duration most = 5 * smoothed_ / 4;
        return measured() && rtt > most ? most : rtt;
    }

    constexpr void back_off() noexcept {
        if (backoff_ < backoff_max) ++backoff_;
    }
    /// The tail was probed; each probe doubles the time until the next, so that silence brings no
    /// more of them than the doublings up to the time-out (docs/decisions/0054).
    constexpr void probe() noexcept {
        if (probes_ < probes_max) ++probes_;
    }
    /// New data was acknowledged: the path works.
    constexpr void forgive() noexcept { backoff_ = probes_ = 0; }

    /// A loss was seen. Was there a queue of more than `target` (docs/decisions/0022)?
    constexpr void lose(duration target) noexcept {
        if (latest() > shortest() + target)
            calm_ = static_cast<std::uint8_t>(calm_ / 2);
        else if (calm_ < calm_max)
            ++calm_;
    }
    /// Of late losses have come without a queue: then silence may be one more of them.
    [[nodiscard]] constexpr bool calm() const noexcept { return calm_ > calm_max / 2; }

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

    /// How long after a transmission the tail of the flight is probed. The acknowledgement
    /// of a `lone` segment may be held back at the peer: then no sooner than the estimator expects
    /// it, and no later than the specification says (docs/decisions/0021).
    [[nodiscard]] constexpr duration probe_timeout(duration granularity, duration ack_delay,
                                                   bool lone) const noexcept {
        const duration twice = 2 * longer(smoothed_, granularity);
        if (probes_ != 0) return (1 << probes_) * (lone ? twice + ack_delay : twice);
        if (!lone) return twice;
        const duration held = longer(smoothed_, shortest() + ack_delay);
        duration noise = 2 * deviation_;
        const bool settled = noise < smoothed_;  // more than one sample
        if (settled && noise > shortest() / 2) noise = shortest() / 2;
        const duration expected = held + longer(noise, 3 * granularity / 2);
        return expected < twice + ack_delay ? expected : twice + ack_delay;
    }

    [[nodiscard]] constexpr bool measured() const noexcept { return smoothed_ > duration::zero(); }
    [[nodiscard]] constexpr duration smoothed() const noexcept { return smoothed_; }
    [[nodiscard]] constexpr duration deviation() const noexcept { return deviation_; }
    /// How long after it left a segment is answered: what calls max(srtt, last rtt).
    [[nodiscard]] constexpr duration round() const noexcept { return longer(smoothed_, latest()); }
    /// The same, and what reordering has shown (docs/decisions/0023).
    [[nodiscard]] constexpr duration longest_round() const noexcept {
        return longer(round(), duration{late_});
    }
    /// The sample taken last, at most 4.29 s.
    [[nodiscard]] constexpr duration latest() const noexcept { return duration{latest_}; }
    /// The shortest of the last ten seconds.
    [[nodiscard]] constexpr duration shortest() const noexcept { return shortest_.value(); }
    [[nodiscard]] constexpr std::uint8_t backoff() const noexcept { return backoff_; }
    /// How often the tail was probed since there was progress.
    [[nodiscard]] constexpr std::uint8_t probes() const noexcept { return probes_; }

private:
    static constexpr std::uint8_t backoff_max = 40;  // beyond it every base has met rto_max
    static constexpr std::uint8_t probes_max =
        20;  // doublings of what `rto_limit` allows still fit
    static constexpr std::uint8_t calm_max = 7;

    static constexpr std::uint32_t word(duration d) noexcept {
        return d.count() < 0xffff'ffff ? static_cast<std::uint32_t>(d.count()) : 0xffff'ffff;
    }
    static constexpr duration longer(duration a, duration b) noexcept { return a > b ? a : b; }

    duration smoothed_{};
    duration deviation_{};
    std::uint32_t latest_ = 0;  // nanoseconds
    std::uint32_t late_ = 0;    // the same
    windowed_minimum shortest_;
    std::uint8_t backoff_ = 0;
    std::uint8_t probes_ = 0;
    std::uint8_t calm_ = 0;  ///< losses without a queue, halved by each with one
};

}  // namespace rrdp
