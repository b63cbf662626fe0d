// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

namespace rrdp {

/// The packet threshold: a segment is lost when three that were sent after it have been
/// delivered. Every transmission has a place in the order of sending, a retransmission a new one;
/// the third highest place delivered so far is therefore all that has to be known.
class packet_threshold {
public:
    static constexpr std::size_t segments = 3;

    /// The place of the next transmission.
    constexpr std::uint32_t next_order() noexcept { return ++last_order_; }

    /// The transmission at `order` has been delivered.
    constexpr void delivered(std::uint32_t order) noexcept {
        if (before(highest_.front(), order)) {  // nearly always
            highest_ = {order, highest_[0], highest_[1]};
            return;
        }
        for (std::uint32_t& place : highest_) {
            if (!before(place, order)) continue;
            const std::uint32_t lower = place;
            place = order;
            order = lower;
        }
    }

    /// The place of the last transmission so far.
    [[nodiscard]] constexpr std::uint32_t last_order() const noexcept { return last_order_; }

    /// The latest place of which a transmission has been delivered.
    [[nodiscard]] constexpr std::uint32_t newest() const noexcept { return highest_.front(); }

    /// Whether a later transmission than that at `order` has been delivered.
    [[nodiscard]] constexpr bool overtaken(std::uint32_t order) const noexcept {
        return before(order, highest_.front());
    }

    /// Whether the transmission at `order` must be taken as lost.
    [[nodiscard]] constexpr bool passed(std::uint32_t order) const noexcept {
        return before(order, highest_.back());
    }

    /// Places lie on a circle like sequence numbers; those compared are close to each other.
    static constexpr bool before(std::uint32_t a, std::uint32_t b) noexcept {
        return static_cast<std::int32_t>(b - a) > 0;
    }

private:
    std::uint32_t last_order_ = 0;
    std::array<std::uint32_t, segments> highest_{};  // descending
};

}  // namespace rrdp
