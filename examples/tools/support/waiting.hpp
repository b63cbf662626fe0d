// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include <rrdp/base/time.hpp>
#include <rrdp/interop/poll_wait.hpp>

#include "failure.hpp"
#include "unique_fd.hpp"

/// The clock and the sleep of a tool: what the engine leaves to whoever drives it.
namespace tools {

/// The one clock that all of a tool's moments are taken from.
inline rrdp::instant clock_now() {
    return rrdp::to_instant(std::chrono::steady_clock::now());
}

/// What a loop that spins does between two looks at memory: the other processor, which is to write
/// there, gets at it undisturbed.
inline void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

/// Keeps this process on one processor.
inline void pin_to_cpu(unsigned cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (::sched_setaffinity(0, sizeof set, &set) != 0)
        throw failure{exit_status::failed, "--cpu",
                      "there is no processor " + std::to_string(cpu) + " for this process"};
}

/// Sleeps until a descriptor is ready or a moment has come; or does not sleep at all and spins.
/// Knows whether a signal has asked the program to end: that is a descriptor like the others. A
/// broken pipe becomes an error of `write` meanwhile.
class sleeper {
public:
    explicit sleeper(bool spin) : spin_{spin} {
        sigset_t set;
        sigemptyset(&set);
        for (const int s : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, s);
        ::sigprocmask(SIG_BLOCK, &set, nullptr);
        ::signal(SIGPIPE, SIG_IGN);
        signals_.reset(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
        if (!signals_.valid()) throw system_failure("signalfd");
        watched_[0] = {signals_.get(), POLLIN, 0};
    }

    /// One more descriptor for the next sleep; -1 is none.
    void watch(int fd, short events) noexcept {
        if (!spin_ && fd >= 0 && count_ < watched_.size()) watched_[count_++] = {fd, events, 0};
    }

    /// Sleeps at most until `deadline`, and forgets what it watched.
    void sleep(rrdp::instant now, std::optional<rrdp::instant> deadline) noexcept {
        if (spin_) return;
        const auto time = rrdp::poll_timespec(now, deadline);
        ::ppoll(watched_.data(), count_, time ? &*time : nullptr, nullptr);
        asked_to_end_ |= watched_[0].revents != 0;
        count_ = 1;
    }

    /// Whether a signal has come. Who spins, and so never sleeps, asks the kernel now and then.
    [[nodiscard]] bool asked_to_end() noexcept {
        if (spin_ && ++turns_ % 4096 == 0) asked_to_end_ |= ::poll(watched_.data(), 1, 0) > 0;
        return asked_to_end_;
    }

private:
    bool spin_;
    bool asked_to_end_ = false;
    unsigned turns_ = 0;
    unique_fd signals_;
    std::array<pollfd, 8> watched_{};  // the first are the signals
    std::size_t count_ = 1;
};

}  // namespace tools
