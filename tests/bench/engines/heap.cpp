// SPDX-License-Identifier: Apache-2.0
// The program's own malloc stands in front of that of the C library for every library it loads.
#include "bench/engines/heap.hpp"

#include <malloc.h>

#include <cerrno>

namespace {

std::uint64_t calls = 0;

}  // namespace

namespace rrdp::bench::heap {

std::uint64_t allocations() noexcept {
    return calls;
}

std::size_t octets_in_use() noexcept {
#ifdef __GLIBC__
    const auto info = ::mallinfo2();
    return info.uordblks + info.hblkhd;
#else
    return 0;
#endif
}

}  // namespace rrdp::bench::heap

#ifdef __GLIBC__

// These names are what glibc exports for this purpose.
extern "C" {

void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t size) noexcept {
    ++calls;
    return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) noexcept {
    ++calls;
    return __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) noexcept {
    ++calls;
    return __libc_realloc(old, size);
}
void* memalign(std::size_t alignment, std::size_t size) noexcept {
    ++calls;
    return __libc_memalign(alignment, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    ++calls;
    return __libc_memalign(alignment, size);
}
int posix_memalign(void** place, std::size_t alignment, std::size_t size) noexcept {
    ++calls;
    *place = __libc_memalign(alignment, size);
    return *place == nullptr ? ENOMEM : 0;
}

}  // extern "C"

#endif
