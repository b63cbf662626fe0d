// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <new>
#include <span>
#include <utility>

#include <rrdp/base/octets.hpp>

namespace rrdp {

/// One block of memory, the caller's or its own, carved into arrays at construction and never
/// extended. The only place of the core that obtains memory (docs/decisions/0008).
class arena {
public:
    /// Every array starts on a multiple of this, so that `space` does not depend on the block.
    static constexpr std::size_t alignment = 64;

    /// How much of an arena an array of `count` values of `T` takes, in octets.
    template <class T>
    [[nodiscard]] static constexpr std::size_t space(std::size_t count) noexcept {
        static_assert(alignof(T) <= alignment);
        return (count * sizeof(T) + alignment - 1) / alignment * alignment;
    }

    /// An arena of its own with `size` octets; `available()` is 0 when there was no memory.
    explicit arena(std::size_t size) noexcept
        : owned_{static_cast<std::byte*>(
              ::operator new(size, std::align_val_t{alignment}, std::nothrow))},
          free_{owned_ == nullptr ? octets{} : octets{owned_, size}} {}

    /// An arena in the caller's memory, which must outlive it. Up to `alignment - 1` octets at the
    /// start may be lost to alignment.
    explicit arena(octets memory) noexcept : free_{aligned(memory)} {}

    /// What was carved stays where it is and is the new arena's.
    arena(arena&& other) noexcept
        : owned_{std::exchange(other.owned_, nullptr)}, free_{std::exchange(other.free_, {})} {}
    arena& operator=(arena&&) = delete;
    ~arena() { ::operator delete(owned_, std::align_val_t{alignment}); }

    [[nodiscard]] std::size_t available() const noexcept { return free_.size(); }

    /// An array of `count` value-initialised `T`, empty when the arena has no room for it.
    template <class T>
    [[nodiscard]] std::span<T> carve(std::size_t count) noexcept {
        static_assert(std::is_trivially_destructible_v<T>, "nothing in an arena is destroyed");
        if (count > free_.size() / sizeof(T) || space<T>(count) > free_.size()) return {};
        void* const start = free_.data();
        free_ = free_.subspan(space<T>(count));
        T* const first = static_cast<T*>(start);
        for (std::size_t i = 0; i < count; ++i) ::new (static_cast<void*>(first + i)) T();
        return {first, count};
    }

private:
    static octets aligned(octets memory) noexcept {
        const std::size_t beyond = std::bit_cast<std::uintptr_t>(memory.data()) % alignment;
        const std::size_t skipped = beyond == 0 ? 0 : alignment - beyond;
        return skipped < memory.size() ? memory.subspan(skipped) : octets{};
    }

    std::byte* owned_ = nullptr;
    octets free_;
};

}  // namespace rrdp
