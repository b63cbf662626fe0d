// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace rrdp {

/// Octets that may be written; borrowed for the length of a call, never kept.
using octets = std::span<std::byte>;

/// Octets that may only be read; borrowed for the length of a call, never kept.
using octets_view = std::span<const std::byte>;

/// Copies `from` to the start of `to`, which must be at least as long and must not overlap it.
constexpr void copy_octets(octets_view from, octets to) noexcept {
    if (std::is_constant_evaluated()) {
        // never run: a compiler does
        for (std::size_t i = 0; i < from.size(); ++i) to[i] = from[i];
    } else if (!from.empty()) {
        __builtin_memcpy(to.data(), from.data(), from.size());
    }
}

/// Moves all but the last `by` octets of `all` up by so many.
constexpr void shift_octets(octets all, std::size_t by) noexcept {
    if (std::is_constant_evaluated()) {
        // never run: a compiler does
        for (std::size_t i = all.size(); i-- > by;) all[i] = all[i - by];
    } else if (all.size() > by) {
        __builtin_memmove(all.data() + by, all.data(), all.size() - by);
    }
}

/// Sets every octet of `to` to zero: what a sender pads with.
constexpr void clear_octets(octets to) noexcept {
    if (std::is_constant_evaluated()) {
        // never run: a compiler does
        for (std::byte& octet : to) octet = std::byte{0};
    } else if (!to.empty()) {
        __builtin_memset(to.data(), 0, to.size());
    }
}

}  // namespace rrdp
