// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ctime>

namespace rrdp::bench {

/// Processor time of this thread since the construction: what others take of the processor in the
/// meantime does not count, what they throw out of its caches does.
class stopwatch {
public:
    [[nodiscard]] double ns() const noexcept { return now() - start_; }

private:
    [[nodiscard]] static double now() noexcept {
        std::timespec t{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
    }

    double start_ = now();
};

}  // namespace rrdp::bench
