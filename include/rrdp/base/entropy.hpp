// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>

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
        : key_low_{key_low}, key_high_{key_high} {}

    /// The next 64 random bits.
    constexpr std::uint64_t next64() noexcept { return siphash(counter_++); }

    /// The next 32 random bits.
    constexpr std::uint32_t next32() noexcept { return static_cast<std::uint32_t>(next64()); }

    /// The next 16 random bits.
    constexpr std::uint16_t next16() noexcept { return static_cast<std::uint16_t>(next64()); }

private:
    struct lanes {
        std::uint64_t v0, v1, v2, v3;

        constexpr void round() noexcept {
            v0 += v1, v1 = std::rotl(v1, 13), v1 ^= v0, v0 = std::rotl(v0, 32);
            v2 += v3, v3 = std::rotl(v3, 16), v3 ^= v2;
            v0 += v3, v3 = std::rotl(v3, 21), v3 ^= v0;
            v2 += v1, v1 = std::rotl(v1, 17), v1 ^= v2, v2 = std::rotl(v2, 32);
        }
        constexpr void absorb(std::uint64_t word) noexcept {
            v3 ^= word;
            round();
            round();
            v0 ^= word;
        }
    };

    [[nodiscard]] constexpr std::uint64_t siphash(std::uint64_t word) const noexcept {
        lanes s{key_low_ ^ 0x736f6d6570736575, key_high_ ^ 0x646f72616e646f6d,
                key_low_ ^ 0x6c7967656e657261, key_high_ ^ 0x7465646279746573};
        s.absorb(word);
        s.absorb(std::uint64_t{8} << 56);  // the length of the input, in the top octet
        s.v2 ^= 0xff;
        for (int i = 0; i < 4; ++i) s.round();
        return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
    }

    std::uint64_t key_low_;
    std::uint64_t key_high_;
    std::uint64_t counter_ = 0;
};

}  // namespace rrdp
