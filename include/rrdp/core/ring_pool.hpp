// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <rrdp/base/assert.hpp>
#include <rrdp/core/segment_pool.hpp>
#include <rrdp/core/sequence.hpp>

namespace rrdp {

/// Names a ring of segment handles. A window borrows one only while it is not empty, so an idle
/// connection has none.
enum class ring_handle : std::uint32_t {};

inline constexpr ring_handle no_ring{0xffff'ffff};

/// Equal rings of handles shared by all connections of an endpoint. The slot of a sequence number
/// is the number modulo the capacity, a power of two, so every access is O(1).
class ring_pool {
public:
    constexpr ring_pool() noexcept = default;

    /// `slots` holds `slots.size() / capacity` rings; `capacity` is a power of two.
    constexpr ring_pool(std::span<segment_handle> slots, std::size_t capacity) noexcept
        : slots_{slots}, capacity_{capacity} {
        RRDP_ASSERT(std::has_single_bit(capacity));
        for (std::size_t ring = slots.size() / capacity; ring-- > 0;) {
            for (std::size_t i = 0; i < capacity; ++i) slots_[ring * capacity + i] = no_segment;
            link(static_cast<ring_handle>(ring));
        }
    }

    /// An empty ring, or `no_ring`.
    [[nodiscard]] constexpr ring_handle take() noexcept {
        if (free_ == no_ring) return no_ring;
        --available_;
        const ring_handle ring = free_;
        free_ = static_cast<ring_handle>(std::exchange(first(ring), no_segment));
        return ring;
    }

    /// Takes back a ring, all of whose slots must be empty again.
    constexpr void give_back(ring_handle ring) noexcept { link(ring); }

    [[nodiscard]] constexpr segment_handle& slot(ring_handle ring, sequence number) noexcept {
        return slots_[static_cast<std::size_t>(ring) * capacity_ +
                      (number.value() & (capacity_ - 1))];
    }
    [[nodiscard]] constexpr segment_handle slot(ring_handle ring, sequence number) const noexcept {
        return slots_[static_cast<std::size_t>(ring) * capacity_ +
                      (number.value() & (capacity_ - 1))];
    }

    [[nodiscard]] constexpr std::size_t available() const noexcept { return available_; }
    [[nodiscard]] constexpr std::size_t capacity() const noexcept { return capacity_; }

private:
    /// A free ring keeps the link to the next free one in its first slot.
    constexpr segment_handle& first(ring_handle ring) noexcept {
        return slots_[static_cast<std::size_t>(ring) * capacity_];
    }
    constexpr void link(ring_handle ring) noexcept {
        RRDP_ASSERT(first(ring) == no_segment);
        first(ring) = static_cast<segment_handle>(std::exchange(free_, ring));
        ++available_;
    }

    std::span<segment_handle> slots_;
    std::size_t capacity_ = 0;
    std::size_t available_ = 0;
    ring_handle free_ = no_ring;
};

}  // namespace rrdp
