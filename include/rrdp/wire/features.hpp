// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace rrdp::wire {

/// A set of the parts of the protocol that two sides may agree on when a connection opens; the bits
/// are those of the FEATURES TLV (specification, 5.2).
///
/// Bits without a meaning are dropped on construction, and so is SEC, which is reserved and counts
/// as not offered. What is effective, `agreed_on` tells.
class features {
public:
    static const features wide;    ///< 32-bit sequence numbers
    static const features credit;  ///< an edge up to which the receiver will take segments
    static const features fin;     ///< NUL code 1 ends a direction
    static const features crc32c;  ///< CRC32C of the data
    static const features cookie;  ///< the opener understands "retry with cookie"
    static const features empty;   ///< NUL code 2 is an empty message
    static const features frag;    ///< messages of several segments
    /// Every segment names the incarnation it is meant for. It guards against old incarnations and
    /// blind injection; who can read frames can write tags.
    static const features tag;
    /// Several whole messages in one segment. It needs FRAG, in whose word it is told
    /// (docs/protocol/segments.md, 3.7).
    static const features bundle;
    static const features all;  ///< all that have a meaning

    constexpr features() noexcept = default;
    /// Of the bits of the TLV; those without a meaning are dropped.
    constexpr explicit features(std::uint16_t bits) noexcept
        : bits_{static_cast<std::uint16_t>(bits & 0xff40)} {}

    /// As the TLV has them.
    [[nodiscard]] constexpr std::uint16_t bits() const noexcept { return bits_; }
    /// Whether there is none.
    [[nodiscard]] constexpr bool none() const noexcept { return bits_ == 0; }
    /// Whether all of `wanted` are in it.
    [[nodiscard]] constexpr bool has(features wanted) const noexcept {
        return wanted.subset_of(*this);
    }
    /// Whether all of it is in `other`.
    [[nodiscard]] constexpr bool subset_of(features other) const noexcept {
        return (bits_ & ~other.bits_) == 0;
    }

    /// E: the words that TAG, WIDE and CRC32C put into every segment, two each.
    [[nodiscard]] constexpr std::size_t extension_words() const noexcept;
    /// F: the word that FRAG puts into every data segment.
    [[nodiscard]] constexpr std::size_t fragment_words() const noexcept;
    /// C: the word that CREDIT may put into ACK and data segments.
    [[nodiscard]] constexpr std::size_t credit_words() const noexcept;

    /// Whether all members are equal.
    friend constexpr bool operator==(features, features) noexcept = default;
    /// What either has.
    friend constexpr features operator|(features a, features b) noexcept {
        return features{static_cast<std::uint16_t>(a.bits_ | b.bits_)};
    }
    /// What both have.
    friend constexpr features operator&(features a, features b) noexcept {
        return features{static_cast<std::uint16_t>(a.bits_ & b.bits_)};
    }
    /// What `a` has and `b` has not.
    friend constexpr features operator-(features a, features b) noexcept {
        return features{static_cast<std::uint16_t>(a.bits_ & ~b.bits_)};
    }

private:
    std::uint16_t bits_ = 0;
};

inline constexpr features features::wide{0x8000};
inline constexpr features features::credit{0x4000};
inline constexpr features features::fin{0x2000};
inline constexpr features features::crc32c{0x1000};
inline constexpr features features::cookie{0x0800};
inline constexpr features features::empty{0x0400};
inline constexpr features features::frag{0x0200};
inline constexpr features features::tag{0x0100};
inline constexpr features features::bundle{0x0040};
inline constexpr features features::all{0xff40};

/// What two sides agree on: what both offer, but for BUNDLE, which is nothing without FRAG
///
[[nodiscard]] constexpr features agreed_on(features own, features peer) noexcept {
    const features both = own & peer;
    return both.has(features::frag) ? both : both - features::bundle;
}

constexpr std::size_t features::extension_words() const noexcept {
    return 2 * (std::size_t{has(tag)} + std::size_t{has(wide)} + std::size_t{has(crc32c)});
}

constexpr std::size_t features::fragment_words() const noexcept {
    return std::size_t{has(frag)};
}

constexpr std::size_t features::credit_words() const noexcept {
    return std::size_t{has(credit)};
}

}  // namespace rrdp::wire
