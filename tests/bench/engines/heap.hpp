// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace rrdp::bench::heap {

/// Calls of malloc, calloc, realloc and their aligned relatives since the program began, by
/// whatever library; `operator new` ends there too. Zero for ever where the C library is not glibc.
[[nodiscard]] std::uint64_t allocations() noexcept;

/// How many octets more than at its construction the heap has given out and not taken back.
class growth {
public:
    growth() noexcept;
    ~growth();
    growth(const growth&) = delete;
    growth& operator=(const growth&) = delete;

    [[nodiscard]] std::int64_t octets() const noexcept;
};

}  // namespace rrdp::bench::heap
