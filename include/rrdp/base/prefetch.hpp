// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace rrdp {

/// Octets of a line of the cache: what memory is read in. Some processors have longer ones, where
/// this is a little less than could be.
inline constexpr std::size_t cache_line = 64;

/// Asks for all lines of `object`, which is about to be used: they come at the same time, not one
/// after the other when each is missed. Changes nothing else, for which compilers leave out calls
/// of functions that do no more: this is always inlined, and so must be what only calls it.
template <class T>
[[gnu::always_inline]] inline void prefetch(const T& object) noexcept {
    const auto* const first = static_cast<const char*>(static_cast<const void*>(&object));
    for (std::size_t at = 0; at < sizeof(T); at += cache_line) __builtin_prefetch(first + at, 1);
}

}  // namespace rrdp
