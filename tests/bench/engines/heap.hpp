// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace rrdp::bench::heap {

/// Calls of malloc, calloc, realloc and their aligned relatives since the program began, by
/// whatever library; `operator new` ends there too. Zero for ever where the C library is not glibc.
[[nodiscard]] std::uint64_t allocations() noexcept;

/// Octets of the heap that are in use now, the allocator's own overhead included.
[[nodiscard]] std::size_t octets_in_use() noexcept;

}  // namespace rrdp::bench::heap
