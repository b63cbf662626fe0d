// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

/// Replaces the operators new and delete of the program by ones that count. To be included in one
/// source of a program and no more.
namespace counting {

inline std::size_t allocations = 0;  ///< since the program began
inline std::size_t octets = 0;       ///< that they asked for

inline void* obtain(std::size_t size, std::size_t alignment) noexcept {
    ++allocations;
    octets += size;
    const std::size_t whole = (size + alignment - 1) / alignment * alignment;
    return std::aligned_alloc(alignment, whole == 0 ? alignment : whole);
}
inline void* obtain_or_throw(std::size_t size, std::size_t alignment) {
    void* const memory = obtain(size, alignment);
    if (memory == nullptr) throw std::bad_alloc{};
    return memory;
}
inline constexpr std::size_t usual = alignof(std::max_align_t);

}  // namespace counting

[[gnu::noinline]] void* operator new(std::size_t size) {
    return counting::obtain_or_throw(size, counting::usual);
}
[[gnu::noinline]] void* operator new[](std::size_t size) {
    return counting::obtain_or_throw(size, counting::usual);
}
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t to) {
    return counting::obtain_or_throw(size, static_cast<std::size_t>(to));
}
[[gnu::noinline]] void* operator new[](std::size_t size, std::align_val_t to) {
    return counting::obtain_or_throw(size, static_cast<std::size_t>(to));
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return counting::obtain(size, counting::usual);
}
[[gnu::noinline]] void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    return counting::obtain(size, counting::usual);
}
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t to,
                                     const std::nothrow_t&) noexcept {
    return counting::obtain(size, static_cast<std::size_t>(to));
}
[[gnu::noinline]] void* operator new[](std::size_t size, std::align_val_t to,
                                       const std::nothrow_t&) noexcept {
    return counting::obtain(size, static_cast<std::size_t>(to));
}

[[gnu::noinline]] void operator delete(void* memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory, std::size_t) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
    std::free(memory);
}
