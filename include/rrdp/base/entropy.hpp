// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <rrdp/base/siphash.hpp>

namespace rrdp {

/// Random numbers from a secret of the caller's: SipHash-2-4 of a counter under a 128-bit key.
///
/// The engine reads no entropy; initial sequence numbers, tags and
/// ephemeral ports come from here. Whoever does not know the key cannot predict them from those
/// already seen; the same key gives the same numbers, which is what a simulation wants.
class entropy {
public:
    /// `key_low` and `key_high` together are the secret; take them from the operating system.
    constexpr entropy(std::uint64_t key_low, std::uint64_t key_high) noexcept
        : hash_{key_low, key_high} {}

    /// The next 64 random bits.
    constexpr std::uint64_t next64() noexcept { return hash_(counter_++); }

    /// The next 32 random bits.
    constexpr std::uint32_t next32() noexcept { return static_cast<std::uint32_t>(next64()); }

    /// The next 16 random bits.
    constexpr std::uint16_t next16() noexcept { return static_cast<std::uint16_t>(next64()); }

    /// 64 random bits that belong to `label`, whatever was drawn before: for secrets of which there
    /// is one.
    [[nodiscard]] constexpr std::uint64_t apart(std::uint32_t label) const noexcept {
        return hash_(~std::uint64_t{label});
    }

private:
    siphash hash_;
    std::uint64_t counter_ = 0;
};

}  // namespace rrdp
