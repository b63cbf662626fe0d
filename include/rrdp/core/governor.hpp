// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include <rrdp/base/time.hpp>
#include <rrdp/core/sequence.hpp>

namespace rrdp {

/// Keeps a number from coming round while a copy of its last incarnation may still live: on a link
/// that keeps no order, number s is assigned only when s - 2^15 was first sent a lifetime ago
/// . With that, and X at most 8191, the wrap law of section 13 holds.
///
/// One stamp for each block of 1024 numbers: when a number of it was first sent last. That
/// is never earlier than the exact moment, so nothing is permitted too soon.
class governor {
public:
    static constexpr std::uint32_t block = 1'024;
    /// The largest X on such a link, in both directions.
    static constexpr std::uint16_t outstanding_max = 8'191;

    constexpr governor() noexcept { start(); }

    /// A new connection: no number of it has been sent.
    constexpr void start() noexcept { stamps_.fill(unsent); }

    /// Number `s` leaves for the first time.
    constexpr void sent(sequence s, instant now) noexcept { stamps_[place(s)] = now; }

    /// From when on number `s` may be assigned, if a copy lives for `msl`.
    [[nodiscard]] constexpr instant permitted(sequence s, duration msl) const noexcept {
        const instant last = stamps_[place(s + 0x8000)];  // s - 2^15, in 16 bits
        return last == unsent ? unsent : after(last, msl);
    }

private:
    static constexpr std::size_t blocks = 0x1'0000 / block;
    static constexpr instant unsent = instant::min();

    static constexpr std::size_t place(sequence s) noexcept { return s.low().value() / block; }

    std::array<instant, blocks> stamps_;
};

}  // namespace rrdp
