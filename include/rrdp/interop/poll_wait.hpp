// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ctime>
#include <limits>
#include <optional>

#include <rrdp/base/time.hpp>

namespace rrdp {

/// How long poll(2) may sleep, in milliseconds: -1 without a deadline, 0 when it has passed,
/// otherwise rounded up, so that a deadline less than a millisecond away is slept on and not spun
/// on. A deadline beyond the range of `int` (24 days) wakes early.
[[nodiscard]] constexpr int poll_wait(instant now, std::optional<instant> deadline) noexcept {
    if (!deadline || *deadline == never) return -1;
    if (*deadline <= now) return 0;
    // In unsigned arithmetic, because two moments may lie further apart than a duration can say.
    const auto nanoseconds = static_cast<unsigned long long>(deadline->time_since_epoch().count()) -
                             static_cast<unsigned long long>(now.time_since_epoch().count());
    const auto milliseconds = nanoseconds / 1'000'000 + (nanoseconds % 1'000'000 != 0 ? 1 : 0);
    constexpr unsigned long long longest = std::numeric_limits<int>::max();
    return static_cast<int>(milliseconds < longest ? milliseconds : longest);
}

/// The same for ppoll(2), pselect(2) and epoll_pwait2(2), which sleep to the nanosecond. Nothing
/// means no deadline: pass a null pointer then.
[[nodiscard]] constexpr std::optional<std::timespec> poll_timespec(
    instant now, std::optional<instant> deadline) noexcept {
    if (!deadline || *deadline == never) return std::nullopt;
    if (*deadline <= now) return std::timespec{};
    const auto nanoseconds = static_cast<unsigned long long>(deadline->time_since_epoch().count()) -
                             static_cast<unsigned long long>(now.time_since_epoch().count());
    std::timespec wait{};
    wait.tv_sec = static_cast<decltype(wait.tv_sec)>(nanoseconds / 1'000'000'000);
    wait.tv_nsec = static_cast<decltype(wait.tv_nsec)>(nanoseconds % 1'000'000'000);
    return wait;
}

}  // namespace rrdp
