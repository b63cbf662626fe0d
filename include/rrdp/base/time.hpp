// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace rrdp {

/// The engine's time. A point on it can be passed in, compared and subtracted, but not read: this
/// clock has no `now()`. Whoever drives the engine decides what time it is.
struct timeline {
    using duration = std::chrono::nanoseconds;             ///< nanoseconds
    using rep = duration::rep;                             ///< a count of them
    using period = duration::period;                       ///< a nanosecond
    using time_point = std::chrono::time_point<timeline>;  ///< a moment
    static constexpr bool is_steady = true;                ///< it never goes back
};

/// A moment, in nanoseconds since an origin that the caller chose.
using instant = timeline::time_point;

/// A span of time, in nanoseconds.
using duration = timeline::duration;

/// The engine's moment for a moment of the caller's clock, which must be steady.
template <class Clock, class Duration>
constexpr instant to_instant(std::chrono::time_point<Clock, Duration> t) noexcept {
    static_assert(Clock::is_steady, "RRDP time must not jump: use a steady clock");
    return instant{std::chrono::duration_cast<duration>(t.time_since_epoch())};
}

/// Later than every moment: the deadline of a timer that is not running.
inline constexpr instant never = instant::max();

/// `t + d`, or the last moment before `never` where that would pass it: a deadline does not
/// overflow, however late it is.
constexpr instant after(instant t, duration d) noexcept {
    constexpr instant last = never - duration{1};
    return d > duration::zero() && t > last - d ? last : t + d;
}

}  // namespace rrdp
