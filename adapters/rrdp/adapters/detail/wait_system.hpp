// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>
#include <sys/timerfd.h>

#include <chrono>
#include <ctime>
#include <span>

#include <rrdp/adapters/detail/unique_fd.hpp>
#include <rrdp/base/time.hpp>
#include <rrdp/interop/poll_wait.hpp>

namespace rrdp::adapters::detail {

/// The clock, the pause and the sleep of a `waiter`. Tests have others.
struct wait_system {
    [[nodiscard]] instant now() const noexcept {
        return to_instant(std::chrono::steady_clock::now());
    }

    /// What a loop that spins does between two looks at memory: the other processor, which is to
    /// write there, gets at it undisturbed, and so does the other thread of this one.
    void relax() const noexcept {
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        asm volatile("yield");
#endif
    }

    /// The descriptor of a timer that becomes readable at `when`, until it is set again; -1: there
    /// is none, because the process has too many descriptors.
    int arm(instant when) noexcept {
        if (!timer_) timer_ = unique_fd{::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)};
        const auto at = poll_timespec(instant{}, when);
        itimerspec once{};
        if (at) once.it_value = *at;
        const bool set =
            timer_ && ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &once, nullptr) == 0;
        return set ? timer_.get() : -1;
    }

    /// ppoll(2): sleeps until one is ready or `longest` is over; for ever without.
    int sleep(std::span<pollfd> watched, const std::timespec* longest) const noexcept {
        return ::ppoll(watched.data(), watched.size(), longest, nullptr);
    }

private:
    unique_fd timer_;  // of the clock that `now` reads
};

}  // namespace rrdp::adapters::detail
