// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include <rrdp/base/assert.hpp>

namespace rrdp {

/// A sequence of at most `Capacity` values kept inline: for lists that a frame bounds anyway, such
/// as the numbers of an EACK.
template <class T, std::size_t Capacity>
class fixed_vector {
public:
    /// Appends `value`; false when the vector is full, and nothing has changed.
    constexpr bool push_back(const T& value) noexcept {
        if (full()) return false;
        items_[size_++] = value;
        return true;
    }
    constexpr void clear() noexcept { size_ = 0; }

    [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
    [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] constexpr bool full() const noexcept { return size_ == Capacity; }
    [[nodiscard]] static constexpr std::size_t capacity() noexcept { return Capacity; }
    [[nodiscard]] constexpr const T& operator[](std::size_t i) const noexcept {
        RRDP_ASSERT(i < size_);
        return items_[i];
    }
    [[nodiscard]] constexpr const T* begin() const noexcept { return items_.data(); }
    [[nodiscard]] constexpr const T* end() const noexcept { return items_.data() + size_; }
    [[nodiscard]] constexpr std::span<const T> view() const noexcept { return {begin(), end()}; }

private:
    std::array<T, Capacity> items_{};
    std::size_t size_ = 0;
};

}  // namespace rrdp
