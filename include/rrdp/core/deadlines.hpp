// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <rrdp/base/time.hpp>

namespace rrdp {

/// The timers of a connection.
enum class timer : std::uint8_t {
    retransmit,   ///< when the oldest outstanding segment, or the SYN, is sent again (R-9.3)
    recover,      ///< when to look for losses again, or to probe the tail (R-9.7, R-9.8)
    acknowledge,  ///< when a delayed acknowledgement is due (R-8.11)
    keepalive,    ///< when to look whether the peer has been silent for too long (R-11.1)
    lifetime,     ///< when the state ends by itself: connect_timeout, fin_wait, linger
    count_,
};

/// One deadline a timer, and the earliest of them: that one alone stands in the endpoint's wheel.
class deadlines {
public:
    constexpr deadlines() noexcept { at_.fill(never); }

    constexpr void set(timer t, instant when) noexcept { at_[index(t)] = when; }
    constexpr void clear(timer t) noexcept { at_[index(t)] = never; }
    constexpr void clear_all() noexcept { at_.fill(never); }

    [[nodiscard]] constexpr bool running(timer t) const noexcept { return at_[index(t)] != never; }
    [[nodiscard]] constexpr instant at(timer t) const noexcept { return at_[index(t)]; }

    /// Whether `t` is due, and stops it if so: a timer fires at most once a deadline, and
    /// when `now` equals it.
    constexpr bool expire(timer t, instant now) noexcept {
        if (!running(t) || at(t) > now) return false;
        clear(t);
        return true;
    }

    /// The earlier of two deadlines.
    [[nodiscard]] constexpr instant earlier(timer a, timer b) const noexcept {
        return at(a) < at(b) ? at(a) : at(b);
    }

    /// The earliest deadline, `never` when no timer runs.
    [[nodiscard]] constexpr instant earliest() const noexcept {
        instant first = never;
        for (const instant t : at_)
            if (t < first) first = t;
        return first;
    }

private:
    static constexpr std::size_t index(timer t) noexcept { return static_cast<std::size_t>(t); }

    std::array<instant, static_cast<std::size_t>(timer::count_)> at_{};
};

}  // namespace rrdp
