// SPDX-License-Identifier: Apache-2.0
// says: nothing in an arena is destroyed

#include <rrdp/base/arena.hpp>

struct guarded {
    ~guarded() {}
};

std::span<int> plain(rrdp::arena& memory) {
    return memory.carve<int>(1);
}

#ifdef MISTAKE
std::span<guarded> lost(rrdp::arena& memory) {
    return memory.carve<guarded>(1);
}
#endif
