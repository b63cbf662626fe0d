// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include <rrdp/core/errc.hpp>
#include <rrdp/core/segment_pool.hpp>

namespace rrdp {

/// A port that takes connections: an object of its own that never becomes one.
struct listener {
    std::uint16_t port = 0;  ///< 0: the place is free, but for what it has accepted before
    std::uint16_t option_set = 0;
    std::uint16_t half_open = 0;  ///< its connections in SYN-RCVD (R-14.1)
    std::uint16_t proved = 0;     ///< the same, of openers that have shown a cookie (R-14.4)
    std::uint16_t untold = 0;     ///< its connections whose `accepted` was not told yet (R-14.1)
    segment_handle application = no_segment;  ///< what its SYN ACKs say in APP

    [[nodiscard]] constexpr bool free() const noexcept {
        return port == 0 && half_open == 0 && proved == 0 && untold == 0;
    }
    /// No SYN ACK will have to say it any more.
    [[nodiscard]] constexpr bool silent() const noexcept {
        return port == 0 && half_open == 0 && proved == 0;
    }
};

/// The listeners of an endpoint: few, found by looking.
class listener_table {
public:
    static constexpr std::uint32_t nothing = 0xffff'ffff;

    constexpr listener_table() noexcept = default;
    constexpr explicit listener_table(std::span<listener> listeners) noexcept
        : listeners_{listeners} {}

    [[nodiscard]] constexpr std::uint32_t find(std::uint16_t port) const noexcept {
        for (std::uint32_t i = 0; i < listeners_.size(); ++i)
            if (listeners_[i].port == port) return i;
        return nothing;
    }
    /// A place for another listener, `nothing` when there is none.
    [[nodiscard]] constexpr std::uint32_t find_free() const noexcept {
        for (std::uint32_t i = 0; i < listeners_.size(); ++i)
            if (listeners_[i].free()) return i;
        return nothing;
    }
    [[nodiscard]] constexpr listener& at(std::uint32_t place) noexcept { return listeners_[place]; }
    [[nodiscard]] constexpr const listener& at(std::uint32_t place) const noexcept {
        return listeners_[place];
    }

private:
    std::span<listener> listeners_;
};

}  // namespace rrdp
