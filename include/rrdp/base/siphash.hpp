// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <span>

namespace rrdp {

/// SipHash-2-4 of 64-bit words under a 128-bit key: who does not know the key can neither predict a
/// value nor tell it from chance, however many others have been seen (Aumasson and Bernstein,
/// 2012).
class siphash {
public:
    constexpr siphash(std::uint64_t key_low, std::uint64_t key_high) noexcept
        : key_low_{key_low}, key_high_{key_high} {}

    [[nodiscard]] constexpr std::uint64_t operator()(
        std::span<const std::uint64_t> words) const noexcept {
        lanes s{key_low_ ^ 0x736f6d6570736575, key_high_ ^ 0x646f72616e646f6d,
                key_low_ ^ 0x6c7967656e657261, key_high_ ^ 0x7465646279746573};
        for (const std::uint64_t word : words) s.absorb(word);
        s.absorb(std::uint64_t{words.size() * 8} << 56);  // the length, in the top octet
        s.v2 ^= 0xff;
        for (int i = 0; i < 4; ++i) s.round();
        return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
    }
    [[nodiscard]] constexpr std::uint64_t operator()(std::uint64_t word) const noexcept {
        return (*this)(std::span<const std::uint64_t>{&word, 1});
    }

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

    std::uint64_t key_low_;
    std::uint64_t key_high_;
};

}  // namespace rrdp
