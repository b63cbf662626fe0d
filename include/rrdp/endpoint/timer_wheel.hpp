// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include <rrdp/base/assert.hpp>
#include <rrdp/base/prefetch.hpp>
#include <rrdp/base/time.hpp>

namespace rrdp {

/// One timer of a wheel: a place in an array, linked with the others of its slot.
struct wheel_node {
    static constexpr std::uint32_t end = 0xffff'ffff;
    static constexpr std::uint16_t unarmed = 0xffff;

    std::uint32_t tick_high = 0;  // in two halves: there is a node for every connection
    std::uint32_t tick_low = 0;
    std::uint32_t next = end;
    std::uint32_t previous = end;
    std::uint16_t slot = unarmed;  ///< level * 64 + place in it

    [[nodiscard]] constexpr std::uint64_t tick() const noexcept {
        return std::uint64_t{tick_high} << 32 | tick_low;
    }
    constexpr void set_tick(std::uint64_t tick) noexcept {
        tick_high = static_cast<std::uint32_t>(tick >> 32);
        tick_low = static_cast<std::uint32_t>(tick);
    }
};

/// A hierarchical timing wheel (docs/decisions/0012): O(1) to arm, move and cancel, whatever the
/// number of timers, and O(1) to find the next one.
///
/// Time is counted in ticks. A timer stands in the level of the highest group of six bits in which
/// its tick differs from the current one, in the slot which that group names. So everything in a
/// level is due before anything in a higher one, within a level slots are due in order, and every
/// timer moves down at most once a level. No deadline is too far away, and a jump of the clock
/// costs as much as the slots that are occupied, not as the ticks that it skips.
template <class Nodes>
class basic_timer_wheel {
public:
    constexpr basic_timer_wheel() noexcept = default;

    /// Timer n is `nodes[n]`; `tick` is the granularity.
    constexpr basic_timer_wheel(Nodes nodes, duration tick) noexcept
        : nodes_{nodes}, tick_{tick}, last_{ticks_to(end_of_time, false)} {
        heads_.fill(wheel_node::end);
    }

    [[nodiscard]] constexpr bool armed(std::uint32_t n) const noexcept {
        return nodes_[n].slot != wheel_node::unarmed;
    }

    /// When timer `n` fires; `never` if it is not armed.
    [[nodiscard]] constexpr instant at(std::uint32_t n) const noexcept {
        return armed(n) ? time_of(nodes_[n].tick()) : never;
    }

    /// Timer `n` will soon be moved: asks for those beside it in its slot, which that changes.
    [[gnu::always_inline]] void fetch_beside(std::uint32_t n) const noexcept {
        if (!armed(n)) return;
        if (nodes_[n].next != wheel_node::end) prefetch(nodes_[nodes_[n].next]);
        if (nodes_[n].previous != wheel_node::end) prefetch(nodes_[nodes_[n].previous]);
    }

    /// Arms or moves timer `n`: it fires at the first tick that is not before `when`.
    constexpr void set(std::uint32_t n, instant when) noexcept {
        cancel(n);
        std::uint64_t tick = ticks_to(when, true);
        if (tick <= current_) tick = current_ + 1;  // that tick has passed: the next one
        nodes_[n].set_tick(tick);
        link(n);
    }

    /// Stops timer `n`, if it is armed.
    constexpr void cancel(std::uint32_t n) noexcept {
        if (armed(n)) unlink(n);
    }

    /// When `advance` has something to do next, if ever: a timer to fire, or at worst one to move
    /// a level down. Never before a `now` that `advance` has seen.
    [[nodiscard]] constexpr std::optional<instant> next() const noexcept {
        if (levels_ == 0) return std::nullopt;
        return soonest();
    }
    /// The same; `never` for nothing.
    [[nodiscard]] constexpr instant soonest() const noexcept {
        return levels_ == 0 ? never : time_of(start_of(next_slot()));
    }

    /// Goes on to `now` and calls `fire(n)` for each timer that is due; it is not armed any more
    /// when that happens, and may be armed again.
    template <class Fire>
    constexpr void advance(instant now, Fire&& fire) noexcept {
        const std::uint64_t target = ticks_to(now, now >= end_of_time);
        while (levels_ != 0) {
            const std::size_t slot = next_slot();
            const std::uint64_t start = start_of(slot);
            if (start > target) break;
            current_ = start;
            empty_slot(slot, fire);
        }
        if (target > current_) current_ = target;
    }

private:
    static constexpr std::size_t group_bits = 6;
    static constexpr std::size_t slots = std::size_t{1} << group_bits;
    static constexpr std::size_t levels = (64 + group_bits - 1) / group_bits;

    /// The last moment there is. What would come later is due then.
    static constexpr instant end_of_time = never - duration{1};

    [[nodiscard]] constexpr std::uint64_t ticks_to(instant t, bool rounded_up) const noexcept {
        if (t <= instant{}) return 0;
        const auto length = static_cast<std::uint64_t>(tick_.count());
        const auto ns = static_cast<std::uint64_t>(t.time_since_epoch().count());
        return (ns + (rounded_up ? length - 1 : 0)) / length;
    }
    [[nodiscard]] constexpr instant time_of(std::uint64_t tick) const noexcept {
        const auto length = static_cast<std::uint64_t>(tick_.count());
        if (tick > last_) return end_of_time;
        return instant{duration{static_cast<duration::rep>(tick * length)}};
    }

    /// The slot that is due first.
    [[nodiscard]] constexpr std::size_t next_slot() const noexcept {
        const auto level = static_cast<std::size_t>(std::countr_zero(levels_));
        return level * slots + static_cast<std::size_t>(std::countr_zero(occupied_[level]));
    }

    /// The first tick of a slot ahead of the current one.
    [[nodiscard]] constexpr std::uint64_t start_of(std::size_t slot) const noexcept {
        const std::size_t shift = slot / slots * group_bits;
        const std::uint64_t below = (std::uint64_t{slots} << shift) - 1;  // of this level and lower
        const std::uint64_t above = shift + group_bits >= 64 ? 0 : current_ & ~below;
        return above | std::uint64_t{slot % slots} << shift;
    }

    constexpr void link(std::uint32_t n) noexcept {
        wheel_node& node = nodes_[n];
        const auto differs = static_cast<std::size_t>(std::bit_width(node.tick() ^ current_));
        const std::size_t level = differs == 0 ? 0 : (differs - 1) / group_bits;
        const std::size_t place = node.tick() >> level * group_bits & (slots - 1);
        const std::size_t slot = level * slots + place;
        node.slot = static_cast<std::uint16_t>(slot);
        node.previous = wheel_node::end;
        node.next = std::exchange(heads_[slot], n);
        if (node.next != wheel_node::end) nodes_[node.next].previous = n;
        occupied_[level] |= std::uint64_t{1} << place;
        levels_ |= 1U << level;
    }

    constexpr void unlink(std::uint32_t n) noexcept {
        wheel_node& node = nodes_[n];
        const std::size_t slot = node.slot;
        if (node.next != wheel_node::end) nodes_[node.next].previous = node.previous;
        (node.previous == wheel_node::end ? heads_[slot] : nodes_[node.previous].next) = node.next;
        node.slot = wheel_node::unarmed;
        if (heads_[slot] != wheel_node::end) return;
        const std::size_t level = slot / slots;
        occupied_[level] &= ~(std::uint64_t{1} << slot % slots);
        if (occupied_[level] == 0) levels_ &= ~(1U << level);
    }

    /// The current tick is the first of `slot`: what is due fires, the rest moves down.
    template <class Fire>
    constexpr void empty_slot(std::size_t slot, Fire& fire) noexcept {
        while (heads_[slot] != wheel_node::end) {
            const std::uint32_t n = heads_[slot];
            unlink(n);
            if (nodes_[n].tick() == current_)
                fire(n);
            else
                link(n);
        }
    }

    Nodes nodes_;
    duration tick_{1};
    std::uint64_t last_ = 0;     ///< the tick of the end of time
    std::uint64_t current_ = 0;  ///< everything up to this tick has fired
    std::uint32_t levels_ = 0;   ///< which levels hold something
    std::array<std::uint64_t, levels> occupied_{};
    std::array<std::uint32_t, levels * slots> heads_{};
};

using timer_wheel = basic_timer_wheel<std::span<wheel_node>>;

}  // namespace rrdp
