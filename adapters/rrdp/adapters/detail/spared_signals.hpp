// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pthread.h>
#include <signal.h>

#include <cerrno>
#include <ctime>
#include <initializer_list>

namespace rrdp::adapters::detail {

/// While it lives, a write of this thread that fails is an `errno` and kills nobody: without it a
/// pipe that nobody reads any more costs SIGPIPE, and a file that grows past `ulimit -f` SIGXFSZ.
/// The program's own handlers and masks are left as they are.
class spared_signals {
public:
    spared_signals() noexcept {
        ::sigemptyset(&ours_);
        ::sigaddset(&ours_, SIGPIPE);
        ::sigaddset(&ours_, SIGXFSZ);
        ::pthread_sigmask(SIG_BLOCK, &ours_, &before_);
        sigset_t pending;
        ::sigpending(&pending);
        for (const int number : {SIGPIPE, SIGXFSZ})  // the program's own, which stays
            if (::sigismember(&pending, number) == 1) ::sigdelset(&ours_, number);
    }
    spared_signals(const spared_signals&) = delete;
    spared_signals& operator=(const spared_signals&) = delete;
    /// Takes what came meanwhile off the thread. Leaves `errno` alone.
    ~spared_signals() {
        const int number = errno;
        const timespec at_once{};
        while (::sigtimedwait(&ours_, nullptr, &at_once) > 0) {}
        ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
        errno = number;
    }

private:
    sigset_t ours_{};
    sigset_t before_{};
};

}  // namespace rrdp::adapters::detail
