// SPDX-License-Identifier: Apache-2.0
// The program's own malloc stands in front of that of the C library for every library it loads.
#include "bench/engines/heap.hpp"

#include <malloc.h>

#include <cerrno>

namespace {

std::uint64_t calls = 0;
bool watching = false;  // asking for the size of each piece would burden those that ask for many
std::int64_t grown = 0;

#ifdef __GLIBC__
void* counted(void* given) noexcept {
    ++calls;
    if (watching) grown += static_cast<std::int64_t>(::malloc_usable_size(given));
    return given;
}
void forget(void* taken) noexcept {
    if (watching) grown -= static_cast<std::int64_t>(::malloc_usable_size(taken));
}
#endif

}  // namespace

namespace rrdp::bench::heap {

std::uint64_t allocations() noexcept {
    return calls;
}

growth::growth() noexcept {
    grown = 0;
    watching = true;
}
growth::~growth() {
    watching = false;
}
std::int64_t growth::octets() const noexcept {
    return grown;
}

}  // namespace rrdp::bench::heap

#ifdef __GLIBC__

// These names are what glibc exports for this purpose.
extern "C" {

void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);

void* malloc(std::size_t size) noexcept {
    return counted(__libc_malloc(size));
}
void* calloc(std::size_t count, std::size_t size) noexcept {
    return counted(__libc_calloc(count, size));
}
void* realloc(void* old, std::size_t size) noexcept {
    forget(old);
    return counted(__libc_realloc(old, size));
}
void* memalign(std::size_t alignment, std::size_t size) noexcept {
    return counted(__libc_memalign(alignment, size));
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    return counted(__libc_memalign(alignment, size));
}
int posix_memalign(void** place, std::size_t alignment, std::size_t size) noexcept {
    *place = counted(__libc_memalign(alignment, size));
    return *place == nullptr ? ENOMEM : 0;
}

void free(void* taken) noexcept {
    forget(taken);
    __libc_free(taken);
}

}  // extern "C"

#endif
