// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <rrdp/wire/seq16.hpp>

namespace rrdp {

/// A sequence number as a connection counts it: 32 bits on a circle, of which a frame shows the low
/// 16 (and with WIDE agreed the others, too). The wire's numbers are made whole in `expand` and
/// nowhere else, so all arithmetic of a connection is the same with and without WIDE (R-1.1, R-1.3;
/// docs/decisions/0014).
class sequence {
public:
    constexpr sequence() noexcept = default;
    constexpr explicit sequence(std::uint32_t value) noexcept : value_{value} {}

    [[nodiscard]] constexpr std::uint32_t value() const noexcept { return value_; }

    /// What a frame shows of it.
    [[nodiscard]] constexpr wire::seq16 low() const noexcept {
        return wire::seq16{static_cast<std::uint16_t>(value_)};
    }
    /// The other half; a frame shows it with WIDE agreed.
    [[nodiscard]] constexpr std::uint16_t high() const noexcept {
        return static_cast<std::uint16_t>(value_ >> 16);
    }
    [[nodiscard]] constexpr sequence previous() const noexcept { return sequence{value_ - 1}; }

    friend constexpr bool operator==(sequence, sequence) noexcept = default;
    friend constexpr sequence operator+(sequence s, std::uint32_t count) noexcept {
        return sequence{s.value_ + count};
    }
    friend void operator<=>(sequence, sequence) = delete;

private:
    std::uint32_t value_ = 0;
};

/// Steps from `from` to `to` the short way round; negative when `to` lies behind `from`. The
/// specification writes d(to, from).
[[nodiscard]] constexpr std::int32_t distance(sequence from, sequence to) noexcept {
    return static_cast<std::int32_t>(to.value() - from.value());
}

/// The number nearest to `reference` that shows `number` on the wire. At exactly half the circle it
/// is the one behind `reference`, that is, an old one.
[[nodiscard]] constexpr sequence expand(wire::seq16 number, sequence reference) noexcept {
    const auto steps = distance(reference.low(), number);
    return reference + static_cast<std::uint32_t>(std::int32_t{steps});
}

/// The number whose halves a frame shows.
[[nodiscard]] constexpr sequence join(std::uint16_t high, wire::seq16 low) noexcept {
    return sequence{std::uint32_t{high} << 16 | low.value()};
}

static_assert(expand(wire::seq16{0}, sequence{0xffff}) == sequence{0x10000}, "the circle goes on");
static_assert(expand(wire::seq16{0x8000}, sequence{0x10000}) == sequence{0x8000}, "half is old");

}  // namespace rrdp
