// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <rrdp/base/octets.hpp>
#include <rrdp/base/time.hpp>

namespace rrdp::adapters {

/// A chance, kept as a threshold in units of 2^-32: whatever was written down in floating point
/// becomes an integer once, and every decision is an integer comparison, equal on every machine.
class probability {
public:
    constexpr probability() noexcept = default;

    /// From 0 (never) to 1 (always); what lies outside is taken as the nearer of the two.
    constexpr probability(double chance) noexcept {
        if (chance >= 1) threshold_ = always;
        if (chance > 0 && chance < 1)
            threshold_ = static_cast<std::uint64_t>(chance * double{always});
    }

    /// Whether an event of this chance happens at a draw that is uniform over 32 bits.
    [[nodiscard]] constexpr bool covers(std::uint32_t draw) const noexcept {
        return draw < threshold_;
    }

    /// Whether all members are equal.
    friend constexpr bool operator==(probability, probability) noexcept = default;

private:
    static constexpr std::uint64_t always = std::uint64_t{1} << 32;

    std::uint64_t threshold_ = 0;
};

/// How often each thing happens to a frame; every frame meets all of them independently.
struct frame_faults {
    probability loss{};       ///< it never arrives
    probability duplicate{};  ///< an intact copy arrives as well
    probability reorder{};    ///< later frames may overtake it
    probability corrupt{};    ///< one of its bits, anywhere in the frame, arrives inverted

    /// Whether all members are equal.
    friend constexpr bool operator==(const frame_faults&, const frame_faults&) noexcept = default;
};

/// What happens to one frame: the outcome of a draw, or a line of a script.
struct fate {
    bool drop = false;       ///< it is lost
    bool duplicate = false;  ///< it comes twice
    bool late = false;       ///< reordered: how far is the wire's business
    duration delay{};        ///< in addition to what the wire takes

    /// The bit to invert, counted from the first octet's top bit, modulo the bits of the frame.
    std::optional<std::uint64_t> flip_bit{};
};

/// The random numbers of one frame: a function of seed, direction and index and of nothing else.
///
/// So the fate of a frame does not depend on what happened to others, and changing one rate leaves
/// the draws of the other faults as they were. (SplitMix64)
class frame_dice {
public:
    /// The same three numbers give the same chances.
    constexpr frame_dice(std::uint64_t seed, std::uint64_t direction, std::uint64_t frame) noexcept
        : state_{mixed(mixed(mixed(seed) ^ direction) ^ frame)} {}

    /// 64 random bits.
    constexpr std::uint64_t next64() noexcept { return mixed(state_ += 0x9e37'79b9'7f4a'7c15); }
    /// 32 random bits.
    constexpr std::uint32_t next32() noexcept { return static_cast<std::uint32_t>(next64() >> 32); }

    /// Uniform over 0 … `limit`, inclusive; nothing is drawn beyond it.
    constexpr std::uint64_t up_to(std::uint64_t limit) noexcept {
        const std::uint64_t draw = next64();
        return limit == ~std::uint64_t{0} ? draw : draw % (limit + 1);
    }

private:
    static constexpr std::uint64_t mixed(std::uint64_t z) noexcept {
        z = (z ^ z >> 30) * 0xbf58'476d'1ce4'e5b9;
        z = (z ^ z >> 27) * 0x94d0'49bb'1331'11eb;
        return z ^ z >> 31;
    }

    std::uint64_t state_;
};

/// Draws the fate of one frame. Always the same number of draws, in the same order.
[[nodiscard]] constexpr fate draw_fate(const frame_faults& faults, frame_dice& dice) noexcept {
    fate drawn;
    drawn.drop = faults.loss.covers(dice.next32());
    drawn.duplicate = faults.duplicate.covers(dice.next32());
    drawn.late = faults.reorder.covers(dice.next32());
    const bool corrupt = faults.corrupt.covers(dice.next32());
    const std::uint64_t bit = dice.next64();
    if (corrupt) drawn.flip_bit = bit;
    return drawn;
}

/// Inverts one bit, counted from the top bit of the first octet, modulo the bits of the frame.
constexpr void flip_bit(octets frame, std::uint64_t bit) noexcept {
    if (frame.empty()) return;
    const std::uint64_t at = bit % (frame.size() * 8);
    frame[static_cast<std::size_t>(at / 8)] ^= std::byte{0x80} >> static_cast<int>(at % 8);
}

}  // namespace rrdp::adapters
