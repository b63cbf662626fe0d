// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>
#include <sched.h>

#include <optional>
#include <stdexcept>
#include <vector>

#include <rrdp/interop/poll_wait.hpp>

#include "tools/support/waiting.hpp"

namespace rrdp::bench {

using tools::clock_now;

/// What a look in vain is followed by: nothing, unless both ends have one processor between them
/// and must give way to each other.
inline bool one_processor = false;
inline void look_again() noexcept {
    if (one_processor) ::sched_yield();
}

/// The processors this process may use.
[[nodiscard]] inline std::vector<unsigned> processors() {
    cpu_set_t set;
    CPU_ZERO(&set);
    std::vector<unsigned> all;
    if (::sched_getaffinity(0, sizeof set, &set) != 0) return all;
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu)
        if (CPU_ISSET(cpu, &set)) all.push_back(cpu);
    return all;
}

/// Gives up after three seconds in which nothing has come. Asks the clock now and then only, where
/// an end spins.
class patience {
public:
    explicit patience(bool spin) : mask_{spin ? 4'095U : 0U} {}
    [[nodiscard]] bool over() {
        if ((++looks_ & mask_) != 0) return false;
        return clock_now() - since_ > std::chrono::seconds{3};
    }
    void renew() { since_ = clock_now(); }
    /// Throws when it is over.
    void check() {
        if (over()) throw std::runtime_error{"nothing came for three seconds"};
    }

private:
    std::uint64_t mask_;
    std::uint64_t looks_ = 0;
    instant since_ = clock_now();
};

/// Sleeps until `fd` is ready, `until`, or a tenth of a second.
inline void sleep_on(int fd, short events, std::optional<instant> until) noexcept {
    const instant now = clock_now();
    const instant latest = now + std::chrono::milliseconds{100};
    const auto wait = poll_timespec(now, until && *until < latest ? *until : latest);
    pollfd watched{fd, events, 0};
    ::ppoll(&watched, 1, &*wait, nullptr);
}

}  // namespace rrdp::bench
