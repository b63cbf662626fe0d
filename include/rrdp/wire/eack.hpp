// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/base/endian.hpp>
#include <rrdp/base/fixed_vector.hpp>
#include <rrdp/wire/layout.hpp>
#include <rrdp/wire/seq16.hpp>

namespace rrdp::wire {

/// The numbers of an EACK list where they lie in the frame, in the order of the sender's liking:
/// received, but not in sequence. An entry may be any number; the sender of the data has
/// to judge it. A list may ride on data as well.
class eack_view {
public:
    class iterator {
    public:
        constexpr iterator(const eack_view& list, std::size_t i) noexcept : list_{&list}, i_{i} {}
        [[nodiscard]] constexpr seq16 operator*() const noexcept { return (*list_)[i_]; }
        constexpr iterator& operator++() noexcept { return ++i_, *this; }
        friend constexpr bool operator==(const iterator&, const iterator&) noexcept = default;

    private:
        const eack_view* list_;
        std::size_t i_;
    };

    constexpr eack_view() noexcept = default;
    /// The list that fills `words`, two octets for each number.
    constexpr explicit eack_view(octets_view words) noexcept : words_{words} {}

    [[nodiscard]] constexpr std::size_t size() const noexcept {
        return words_.size() / word_octets;
    }
    [[nodiscard]] constexpr bool empty() const noexcept { return words_.empty(); }
    [[nodiscard]] constexpr seq16 operator[](std::size_t i) const noexcept {
        return seq16{load_be16(words_, i * word_octets)};
    }
    [[nodiscard]] constexpr iterator begin() const noexcept { return {*this, 0}; }
    [[nodiscard]] constexpr iterator end() const noexcept { return {*this, size()}; }

private:
    octets_view words_;
};

/// The most numbers that a list can hold: what a header of 255 words has left.
inline constexpr std::size_t eack_entries_max = header_words_max - base_words;

/// A list in the making.
using eack_list = fixed_vector<seq16, eack_entries_max>;

}  // namespace rrdp::wire
