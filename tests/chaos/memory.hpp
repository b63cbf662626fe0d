// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

#ifdef RRDP_COUNTS_ALLOCATIONS
#include "bench/engines/heap.hpp"
#endif

namespace rrdp::chaos {

#ifdef RRDP_COUNTS_ALLOCATIONS
inline constexpr bool counts_allocations = true;
/// Calls of malloc and its like by this program so far.
inline std::uint64_t allocations() noexcept {
    return bench::heap::allocations();
}
#else
inline constexpr bool counts_allocations = false;
inline std::uint64_t allocations() noexcept {
    return 0;
}
#endif

/// Octets of this process that are resident; allocates nothing. The page tables are asked, where
/// the kernel tells: what /proc/self/statm says is counted for each processor, and some kernels add
/// that up now and then only.
inline std::int64_t resident() noexcept {
    char text[4'096] = {};
    const auto read = [&text](const char* path) {
        const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
        const auto size = fd < 0 ? 0 : ::read(fd, text, sizeof text - 1);
        if (fd >= 0) ::close(fd);
        text[size < 0 ? 0 : size] = 0;
        return size > 0;
    };
    if (read("/proc/self/smaps_rollup"))
        if (const char* found = std::strstr(text, "\nRss:"))
            return std::strtoll(found + 5, nullptr, 10) * 1'024;
    if (!read("/proc/self/statm")) return 0;
    char* second = nullptr;
    std::strtoll(text, &second, 10);
    return std::strtoll(second, nullptr, 10) * ::getpagesize();
}

}  // namespace rrdp::chaos
