// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <string_view>

#include <rrdp/base/assert.hpp>
#include <rrdp/base/octets.hpp>

namespace rrdp::testing {

/// Up to `Capacity` octets kept inline: a frame as a value, also in constant expressions.
template <std::size_t Capacity>
class octet_buffer {
public:
    constexpr octet_buffer() noexcept = default;
    /// A copy of `from`, which must fit.
    constexpr explicit octet_buffer(octets_view from) noexcept : size_{from.size()} {
        RRDP_ASSERT(from.size() <= Capacity);
        copy_octets(from, octets_);
    }

    /// Appends an octet.
    constexpr void push_back(std::byte octet) noexcept {
        RRDP_ASSERT(size_ < Capacity);
        octets_[size_++] = octet;
    }
    /// Makes the buffer `size` octets long; what it gains is what was there before, at first zeros.
    constexpr void resize(std::size_t size) noexcept {
        RRDP_ASSERT(size <= Capacity);
        size_ = size;
    }

    /// How many there are.
    [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
    /// An octet of it.
    [[nodiscard]] constexpr std::byte& operator[](std::size_t i) noexcept { return octets_[i]; }
    /// An octet of it.
    [[nodiscard]] constexpr std::byte operator[](std::size_t i) const noexcept {
        return octets_[i];
    }
    /// All there is room for, to be written to and then cut by `resize`.
    [[nodiscard]] constexpr octets room() noexcept { return octets_; }
    /// All of them.
    [[nodiscard]] constexpr octets_view view() const noexcept { return {octets_.data(), size_}; }
    /// All of them.
    constexpr operator octets_view() const noexcept { return view(); }

private:
    std::array<std::byte, Capacity> octets_{};
    std::size_t size_ = 0;
};

/// Whether both are the same octets.
[[nodiscard]] constexpr bool equal(octets_view a, octets_view b) noexcept {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i] != b[i]) return false;
    return true;
}

namespace detail {

/// The value of a hexadecimal digit, -1 for any other character.
constexpr int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

constexpr bool is_space(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace detail

/// Appends the octets that `text` spells, two hexadecimal digits each, white space between octets
/// ignored; false if `text` is anything else. `out` has `push_back(std::byte)`.
template <class Octets>
constexpr bool append_hex(std::string_view text, Octets& out) {
    while (!text.empty()) {
        if (detail::is_space(text.front())) {
            text.remove_prefix(1);
            continue;
        }
        const int high = detail::hex_digit(text[0]);
        const int low = text.size() > 1 ? detail::hex_digit(text[1]) : -1;
        if (high < 0 || low < 0) return false;
        out.push_back(static_cast<std::byte>(16 * high + low));
        text.remove_prefix(2);
    }
    return true;
}

/// The octets that a literal spells: `hex("8307 1389")`. A mistake in it does not compile where the
/// result is a constant.
template <std::size_t N>
[[nodiscard]] constexpr octet_buffer<N / 2> hex(const char (&text)[N]) noexcept {
    octet_buffer<N / 2> octets;
    const bool spelled = append_hex(std::string_view{text, N - 1}, octets);
    RRDP_ASSERT(spelled);
    static_cast<void>(spelled);
    return octets;
}

/// Octets in words of two, as the vectors are written: "4307 1389 6f".
[[nodiscard]] inline std::string to_hex(octets_view octets) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < octets.size(); ++i) {
        const auto octet = std::to_integer<unsigned>(octets[i]);
        if (i != 0 && i % 2 == 0) text += ' ';
        text += digits[octet >> 4];
        text += digits[octet & 0xf];
    }
    return text;
}

}  // namespace rrdp::testing
