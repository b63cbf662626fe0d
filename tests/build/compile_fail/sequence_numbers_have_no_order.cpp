// SPDX-License-Identifier: Apache-2.0
// says: deleted

#include <rrdp/wire/seq16.hpp>

constexpr rrdp::wire::seq16 a{0xffff};
constexpr rrdp::wire::seq16 b{1};

static_assert(precedes(a, b));
#ifdef MISTAKE
static_assert(!(a < b));
#endif
