// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <rrdp/base/time.hpp>

namespace rrdp {

/// The smallest of the samples of the last ten seconds, in three words: those of the
/// current five seconds and those of the five before. A sample therefore counts for five to ten
/// seconds; while no new one comes, the last ones go on to count.
class windowed_minimum {
public:
    constexpr void sample(duration value, instant now) noexcept {
        const std::uint32_t time = ticks(now);
        const std::uint32_t age = time - began_;
        const std::uint32_t taken = saturated(value);
        if (age < half && taken >= current_) return;
        if (current_ == none || age >= 2 * half) {
            current_ = previous_ = none;
            began_ = time;
        } else if (age >= half) {
            previous_ = current_;
            current_ = none;
            began_ += half;
        }
        if (taken < current_) current_ = taken;
    }

    /// 0 before the first sample; nothing above 4.29 s is told apart.
    [[nodiscard]] constexpr duration value() const noexcept {
        const std::uint32_t least = current_ < previous_ ? current_ : previous_;
        return duration{least == none ? 0 : least};
    }

private:
    static constexpr std::uint32_t none = 0xffff'ffff;
    static constexpr int tick_bits = 20;  // a tick is about a millisecond
    static constexpr std::uint32_t half = 5'000'000'000 >> tick_bits;

    static constexpr std::uint32_t ticks(instant t) noexcept {
        return static_cast<std::uint32_t>(t.time_since_epoch().count() >> tick_bits);
    }
    static constexpr std::uint32_t saturated(duration d) noexcept {
        return d.count() < none ? static_cast<std::uint32_t>(d.count()) : none - 1;
    }

    std::uint32_t current_ = none;
    std::uint32_t previous_ = none;
    std::uint32_t began_ = 0;
};

}  // namespace rrdp
