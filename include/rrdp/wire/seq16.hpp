// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>

namespace rrdp::wire {

/// A 16-bit sequence number: a position on a circle of 65 536, not a point on a line.
///
/// "Less than" has no meaning on a circle, so the relational operators are deleted; ask
/// `precedes()` or take a `distance()`. Both go the short way round, which is sound while the
/// numbers compared are less than half the circle apart. The windows see to that: the widest span
/// they ever hold is the acceptance window of 2 * max_outstanding (RFC 1151, page 3).
class seq16 {
public:
    constexpr seq16() noexcept = default;
    /// Of a number of the wire.
    constexpr explicit seq16(std::uint16_t value) noexcept : value_{value} {}

    /// Moves `count` steps ahead; 0xffff steps ahead is one step back.
    constexpr seq16& operator+=(std::uint16_t count) noexcept {
        value_ = static_cast<std::uint16_t>(value_ + count);
        return *this;
    }

    /// The number of the wire.
    [[nodiscard]] constexpr std::uint16_t value() const noexcept { return value_; }

    /// Whether all members are equal.
    friend constexpr bool operator==(seq16, seq16) noexcept = default;
    /// The number so many ahead, around the end.
    friend constexpr seq16 operator+(seq16 s, std::uint16_t count) noexcept { return s += count; }
    friend void operator<=>(seq16, seq16) = delete;

private:
    std::uint16_t value_ = 0;
};

/// Steps from `a` to `b` the short way round, -32 768 to 32 767; negative when `b` lies behind `a`.
/// Half the circle counts as behind, and the reduction to 16 bits comes before any
/// comparison, because a wider difference goes wrong at the wrap.
[[nodiscard]] constexpr std::int16_t distance(seq16 a, seq16 b) noexcept {
    return static_cast<std::int16_t>(static_cast<std::uint16_t>(b.value() - a.value()));
}

/// Whether `b` lies ahead of `a`.
[[nodiscard]] constexpr bool precedes(seq16 a, seq16 b) noexcept {
    return distance(a, b) > 0;
}

/// Whether `s` is one of the `count` numbers that start at `first`.
[[nodiscard]] constexpr bool within(seq16 s, seq16 first, std::uint16_t count) noexcept {
    return static_cast<std::uint16_t>(s.value() - first.value()) < count;
}

static_assert(distance(seq16{0xffff}, seq16{0}) == 1, "the circle closes");
static_assert(!precedes(seq16{0}, seq16{0x8000}) && !precedes(seq16{0x8000}, seq16{0}));
static_assert(within(seq16{1}, seq16{0xfffe}, 4) && !within(seq16{2}, seq16{0xfffe}, 4));

}  // namespace rrdp::wire
