// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <new>

namespace rrdp::chaos {

/// A value in memory that forked processes share. It is never given back: it ends with the last.
template <class Value>
Value& shared() {
    void* const memory =
        ::mmap(nullptr, sizeof(Value), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc{};
    return *new (memory) Value;
}

/// A process that does `body` and ends: with 0, with 1 if that throws, or with its parent.
template <class Body>
pid_t begin_process(Body body) {
    const pid_t parent = ::getpid();
    std::fflush(stdout);  // or it would be said twice
    const pid_t child = ::fork();
    if (child != 0) return child;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    try {
        body();
        ::_exit(0);
    } catch (const std::exception& error) {
        std::printf("    a process says: %s\n", error.what());
        std::fflush(stdout);
    }
    ::_exit(1);
}

}  // namespace rrdp::chaos
