// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>

namespace rrdp::fuzz {

/// Stops the program, so that the fuzzer keeps the input, when something is not as `claim` says.
inline void check(bool holds, const char* claim) {
    if (holds) return;
    std::fprintf(stderr, "violated: %s\n", claim);
    std::abort();
}

}  // namespace rrdp::fuzz
