// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include <rrdp/base/assert.hpp>
#include <rrdp/core/governor.hpp>

namespace rrdp {

/// Names a governor of the pool.
enum class governor_handle : std::uint16_t {};

inline constexpr governor_handle no_governor{0xffff};

/// Governors for the connections that need one: without WIDE, on a link that keeps no order. Half a
/// kilobyte each, so a connection that needs none has none.
class governor_pool {
public:
    struct entry {
        governor held;
        governor_handle next_free = no_governor;
    };

    constexpr governor_pool() noexcept = default;
    constexpr explicit governor_pool(std::span<entry> entries) noexcept : entries_{entries} {
        for (std::size_t i = entries.size(); i-- > 0;) give_back(static_cast<governor_handle>(i));
    }

    /// One that has seen nothing, or `no_governor`.
    [[nodiscard]] constexpr governor_handle take() noexcept {
        if (free_ == no_governor) return no_governor;
        --available_;
        const governor_handle h = free_;
        free_ = std::exchange(at_entry(h).next_free, no_governor);
        at(h).start();
        return h;
    }
    constexpr void give_back(governor_handle h) noexcept {
        at_entry(h).next_free = std::exchange(free_, h);
        ++available_;
    }

    [[nodiscard]] constexpr governor& at(governor_handle h) noexcept { return at_entry(h).held; }
    [[nodiscard]] constexpr std::size_t available() const noexcept { return available_; }

private:
    constexpr entry& at_entry(governor_handle h) noexcept {
        RRDP_ASSERT(static_cast<std::size_t>(h) < entries_.size());
        return entries_[static_cast<std::size_t>(h)];
    }

    std::span<entry> entries_;
    std::size_t available_ = 0;
    governor_handle free_ = no_governor;
};

}  // namespace rrdp
