// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <concepts>

#include <rrdp/base/assert.hpp>
#include <rrdp/base/endian.hpp>

namespace rrdp::wire {

/// The one's complement sum of RFC 1071, piece by piece.
///
/// Such a sum does not care about byte order until the end (RFC 1071, 2 (B)), so words of eight
/// octets are taken as they lie in memory. Every piece but the last must have an even length; an
/// odd last octet counts as if a zero octet followed.
class ones_complement_sum {
public:
    /// Adds `piece`.
    constexpr void add(octets_view piece) noexcept;

    /// Adds one word, or the plain sum of up to 65 536 words, given as a value.
    constexpr void add(std::uint32_t words) noexcept { accumulate(sum_, to_network(fold(words))); }

    /// Adds two words that stand, or will stand, in memory as the octets of `words` do.
    constexpr void add_raw(std::uint32_t words) noexcept { accumulate(sum_, words); }

    /// Copies `from` to the start of `to`, which must be as long and must not overlap it, and adds
    /// it on the way: one pass over the data instead of two.
    constexpr void copy_and_add(octets_view from, octets to) noexcept;

    /// The sum so far. 0xffff over a whole segment, checksum included, means that it is right
    /// the complement of this is what goes into the checksum field.
    [[nodiscard]] constexpr std::uint16_t value() const noexcept { return to_network(fold(sum_)); }

private:
    /// The same sum in 16 bits. 0 stays 0 and nothing else becomes 0. A number added to itself with
    /// its halves exchanged has in its upper half their sum, with the carry brought round.
    static constexpr std::uint16_t fold(std::uint64_t sum) noexcept {
        const auto half = static_cast<std::uint32_t>((sum + std::rotl(sum, 32)) >> 32);
        return static_cast<std::uint16_t>((half + std::rotl(half, 16)) >> 16);
    }

    /// Network order to the machine's, or back.
    static constexpr std::uint16_t to_network(std::uint16_t word) noexcept {
        if constexpr (std::endian::native == std::endian::big) return word;
        return static_cast<std::uint16_t>(word << 8 | word >> 8);
    }

    /// Adds with the carry brought round, which is what makes the sum one of one's complement.
    static constexpr void accumulate(std::uint64_t& sum, std::uint64_t word) noexcept {
        sum += word;
        sum += std::uint64_t{sum < word};
    }

    /// The word at `at` as it lies in memory, copied to the same place of `to` when `Copying`.
    template <class Word, bool Copying>
    static constexpr Word take(octets_view from, octets to, std::size_t at) noexcept {
        const Word word = load_raw<Word>(from, at);
        if constexpr (Copying) store_raw(to, at, word);
        return word;
    }

    /// Adds `from` in words as large as fit. What is long is worth a vector's setting up.
    template <bool Copying>
    constexpr void walk(octets_view from, octets to) noexcept {
        using word = std::uint64_t;
        std::size_t at = 0;
        if (!std::is_constant_evaluated() && from.size() >= long_enough)
            at = walk_vectors<Copying>(from, to);
        for (; from.size() - at >= sizeof(word); at += sizeof(word))
            accumulate(sum_, take<word, Copying>(from, to, at));
        walk_rest<Copying>(from, to, at);
    }

    /// From so many octets on.
    static constexpr std::size_t long_enough = 128;

    /// Adds as many vectors of 32 octets as there are; how many octets that was. Nothing has to be
    /// carried: the sum of the words wraps, and that of their upper halves tells how often.
    template <bool Copying>
    std::size_t walk_vectors(octets_view from, octets to) noexcept {
        using lanes [[gnu::vector_size(32)]] = std::uint64_t;
        lanes wrapped[2]{};
        lanes high[2]{};
        const auto add = [&](std::size_t place, std::size_t i) {
            lanes words;
            __builtin_memcpy(&words, from.data() + place, sizeof words);
            if constexpr (Copying) __builtin_memcpy(to.data() + place, &words, sizeof words);
            wrapped[i] += words;
            high[i] += words >> 32;
        };
        constexpr std::size_t step = sizeof(lanes);
        std::size_t at = 0;
        for (; from.size() - at >= 4 * step; at += 4 * step) {
            add(at, 0);
            add(at + step, 1);
            add(at + 2 * step, 0);
            add(at + 3 * step, 1);
        }
        for (; from.size() - at >= step; at += step) add(at, 0);
        const lanes upper = high[0] + high[1];
        const lanes lower = wrapped[0] + wrapped[1] - (upper << 32);
        for (std::size_t i = 0; i < 4; ++i) {
            accumulate(sum_, upper[i]);
            accumulate(sum_, lower[i]);
        }
        return at;
    }

    /// Adds what is left from `at` on: seven octets at most.
    template <bool Copying>
    constexpr void walk_rest(octets_view from, octets to, std::size_t at) noexcept {
        if ((from.size() & 4) != 0) {
            accumulate(sum_, take<std::uint32_t, Copying>(from, to, at));
            at += 4;
        }
        if ((from.size() & 2) != 0) {
            accumulate(sum_, take<std::uint16_t, Copying>(from, to, at));
            at += 2;
        }
        if ((from.size() & 1) == 0) return;
        if constexpr (Copying) to[at] = from[at];
        accumulate(sum_, std::bit_cast<std::uint16_t>(std::array{from[at], std::byte{0}}));
    }

    std::uint64_t sum_ = 0;
};

constexpr void ones_complement_sum::add(octets_view piece) noexcept {
    walk<false>(piece, {});
}

constexpr void ones_complement_sum::copy_and_add(octets_view from, octets to) noexcept {
    RRDP_ASSERT(to.size() >= from.size());
    walk<true>(from, to);
}

/// The checksum field of a header or segment whose field holds 0.
[[nodiscard]] constexpr std::uint16_t checksum_of(octets_view summed) noexcept {
    ones_complement_sum sum;
    sum.add(summed);
    return static_cast<std::uint16_t>(~sum.value());
}

/// What the checksum of a segment covers: the data too, unless CRC32C guards them.
enum class coverage : std::uint8_t { header_and_data, header_only };

/// How an engine protects what it sends: a policy, so that neither a test nor a trusted
/// link needs a macro.
template <class P>
concept checksum_policy = requires {
    { P::verifies } -> std::convertible_to<bool>;
    { P::offers_crc32c } -> std::convertible_to<bool>;
};

/// The default: the sum of RFC 1071 over header and data.
struct inet_checksum {
    /// Whether segments are summed at all (concept `checksum_policy`).
    static constexpr bool verifies = true;
    /// Whether CRC32C may be agreed on (concept `checksum_policy`).
    static constexpr bool offers_crc32c = false;
};

/// Offers CRC32C for the data; effective where the peer offers it too.
struct crc32c_checksum {
    /// Whether segments are summed at all (concept `checksum_policy`).
    static constexpr bool verifies = true;
    /// Whether CRC32C may be agreed on (concept `checksum_policy`).
    static constexpr bool offers_crc32c = true;
};

/// For links in memory only: writes a valid checksum and verifies none.
struct none_trusted {
    /// Whether segments are summed at all (concept `checksum_policy`).
    static constexpr bool verifies = false;
    /// Whether CRC32C may be agreed on (concept `checksum_policy`).
    static constexpr bool offers_crc32c = false;
};

static_assert(checksum_policy<inet_checksum> && checksum_policy<crc32c_checksum> &&
              checksum_policy<none_trusted>);

}  // namespace rrdp::wire
