// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <time.h>

namespace rrdp::adapters::detail {

/// How often it is worth while to ask the kernel whether trouble is over: once in a tick of its
/// coarse clock (1 to 10 ms), which is read without a system call.
class coarse_tick {
public:
    /// Whether the clock has ticked since this was last true.
    [[nodiscard]] bool passed() noexcept {
        timespec now{};
        ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
        if (now.tv_nsec == looked_.tv_nsec && now.tv_sec == looked_.tv_sec) return false;
        looked_ = now;
        return true;
    }

private:
    timespec looked_{};
};

}  // namespace rrdp::adapters::detail
