// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include <rrdp/base/assert.hpp>

namespace rrdp {

/// Finds the place of something in an array by a key: open addressing with linear probing, at most
/// half full, no allocation. The keys stay in the array; the caller compares them, but hardly ever
/// one that is not wanted, for a cell has seven bits of the hash beside the place. A secret goes
/// into the hash, so that keys which collide cannot be worked out beforehand; the mixing is quick
/// and not cryptographic, and whoever can measure it may still find some.
class hash_index {
public:
    static constexpr std::uint32_t nothing = 0xffff'ffff;

    /// The highest place there can be.
    static constexpr unsigned place_bits = 24;
    static constexpr std::uint32_t place_max = (1U << place_bits) - 1;

    /// How many cells serve `places` places.
    [[nodiscard]] static constexpr std::size_t cells_for(std::size_t places) noexcept {
        return std::bit_ceil(2 * places);
    }

    constexpr hash_index() noexcept = default;
    constexpr hash_index(std::span<std::uint32_t> cells, std::uint64_t secret) noexcept
        : cells_{cells}, secret_{secret} {
        for (std::uint32_t& cell : cells_) cell = nothing;
    }

    /// The place whose key is `key`, or `nothing`; `key_of(place)` tells a place's key.
    template <class KeyOf>
    [[nodiscard]] constexpr std::uint32_t find(std::uint64_t key, KeyOf&& key_of) const noexcept {
        const std::uint64_t h = mixed(key);
        for (std::size_t at = home(h);; at = next(at)) {
            const std::uint32_t cell = cells_[at];
            if (cell == nothing) return nothing;
            if ((cell & ~place_max) == tag_of(h) && key_of(cell & place_max) == key)
                return cell & place_max;
        }
    }

    /// Enters `place` under `key`, which must not be there yet.
    constexpr void insert(std::uint64_t key, std::uint32_t place) noexcept {
        RRDP_ASSERT(place <= place_max);
        const std::uint64_t h = mixed(key);
        std::size_t at = home(h);
        while (cells_[at] != nothing) at = next(at);
        cells_[at] = tag_of(h) | place;
    }

    /// Removes `place`, which stands under `key`. What had to make way for it moves back.
    template <class KeyOf>
    constexpr void erase(std::uint64_t key, std::uint32_t place, KeyOf&& key_of) noexcept {
        const std::uint64_t h = mixed(key);
        std::size_t hole = home(h);
        while (cells_[hole] != (tag_of(h) | place)) {
            RRDP_ASSERT(cells_[hole] != nothing);
            hole = next(hole);
        }
        for (std::size_t at = next(hole); cells_[at] != nothing; at = next(at)) {
            const std::size_t wanted = home(mixed(key_of(cells_[at] & place_max)));
            if (((at - wanted) & mask()) < ((at - hole) & mask())) continue;
            cells_[hole] = cells_[at];
            hole = at;
        }
        cells_[hole] = nothing;
    }

private:
    [[nodiscard]] constexpr std::size_t mask() const noexcept { return cells_.size() - 1; }
    [[nodiscard]] constexpr std::size_t next(std::size_t at) const noexcept {
        return (at + 1) & mask();
    }
    [[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t key) const noexcept {
        std::uint64_t h = (key ^ secret_) * 0x9e37'79b9'7f4a'7c15;
        h ^= h >> 32;
        return h * (secret_ | 1);
    }
    [[nodiscard]] constexpr std::size_t home(std::uint64_t h) const noexcept {
        return static_cast<std::size_t>(h ^ h >> 29) & mask();
    }
    /// The highest seven bits, where a cell has them: above the place, and below the bit that an
    /// empty cell alone has.
    static constexpr std::uint32_t tag_of(std::uint64_t h) noexcept {
        return static_cast<std::uint32_t>(h >> 57) << place_bits;
    }

    std::span<std::uint32_t> cells_;
    std::uint64_t secret_ = 0;
};

}  // namespace rrdp
