// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include <rrdp/base/assert.hpp>

namespace rrdp {

/// The neighbours of something that may stand in an index_list.
struct list_links {
    static constexpr std::uint32_t end = 0xffff'ffff;
    static constexpr std::uint32_t absent = 0xffff'fffe;

    std::uint32_t next = absent;
    std::uint32_t previous = absent;
};

/// A list of places in an array, linked through a parallel array of links, or through a member of
/// each element of one: O(1) to add, to remove and to ask whether a place is in it, and nothing is
/// allocated.
template <class Links>
class basic_index_list {
public:
    constexpr basic_index_list() noexcept = default;
    constexpr explicit basic_index_list(Links links) noexcept : links_{links} {}

    [[nodiscard]] constexpr bool empty() const noexcept { return head_ == list_links::end; }
    [[nodiscard]] constexpr std::uint32_t front() const noexcept { return head_; }
    [[nodiscard]] constexpr bool contains(std::uint32_t place) const noexcept {
        return links_[place].next != list_links::absent;
    }

    /// Puts `place` last, unless it is in the list already.
    constexpr void add(std::uint32_t place) noexcept {
        if (contains(place)) return;
        links_[place] = {list_links::end, tail_};
        (empty() ? head_ : links_[tail_].next) = place;
        tail_ = place;
    }

    /// Takes `place` out, if it is in the list.
    constexpr void remove(std::uint32_t place) noexcept {
        if (!contains(place)) return;
        const list_links at = links_[place];
        (place == head_ ? head_ : links_[at.previous].next) = at.next;
        (place == tail_ ? tail_ : links_[at.next].previous) = at.previous;
        links_[place] = {};
    }

    /// `add` or `remove`.
    constexpr void set(std::uint32_t place, bool member) noexcept {
        member ? add(place) : remove(place);
    }

    /// Takes the first out; the list must not be empty.
    constexpr std::uint32_t pop() noexcept {
        RRDP_ASSERT(!empty());
        const std::uint32_t place = head_;
        remove(place);
        return place;
    }

private:
    Links links_;
    std::uint32_t head_ = list_links::end;
    std::uint32_t tail_ = list_links::end;
};

using index_list = basic_index_list<std::span<list_links>>;

}  // namespace rrdp
