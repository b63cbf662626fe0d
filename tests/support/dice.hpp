// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace rrdp::testing {

/// Numbers that look random and are the same for the same seed, with every compiler (splitmix64).
class dice {
public:
    constexpr explicit dice(std::uint64_t seed) noexcept : state_{seed} {}

    constexpr std::uint64_t next() noexcept {
        std::uint64_t z = state_ += 0x9e37'79b9'7f4a'7c15;
        z = (z ^ z >> 30) * 0xbf58'476d'1ce4'e5b9;
        z = (z ^ z >> 27) * 0x94d0'49bb'1331'11eb;
        return z ^ z >> 31;
    }

    /// One of 0, 1, ... `count - 1`.
    constexpr std::uint32_t below(std::uint64_t count) noexcept {
        return static_cast<std::uint32_t>(next() % count);
    }

    /// One of `first`, ... `last`.
    constexpr std::int32_t between(std::int32_t first, std::int32_t last) noexcept {
        return first +
               static_cast<std::int32_t>(below(static_cast<std::uint32_t>(last - first + 1)));
    }

    /// True in `percent` of a hundred cases.
    constexpr bool chance(std::uint32_t percent) noexcept { return below(100) < percent; }

private:
    std::uint64_t state_;
};

}  // namespace rrdp::testing
