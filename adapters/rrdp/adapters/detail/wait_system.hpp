// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>

#include <chrono>
#include <ctime>
#include <span>

#include <rrdp/base/time.hpp>

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

    /// ppoll(2): sleeps until one is ready or `longest` is over; for ever without.
    int sleep(std::span<pollfd> watched, const std::timespec* longest) const noexcept {
        return ::ppoll(watched.data(), watched.size(), longest, nullptr);
    }
};

}  // namespace rrdp::adapters::detail
