// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include <rrdp/core/capacities.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

using field = std::uint32_t capacities::*;

constexpr errc with(field f, std::uint32_t value) {
    capacities c;
    c.*f = value;
    return check(c);
}

static_assert(check(capacities{}) == errc::ok);
static_assert(with(&capacities::nodes, 0) == errc::bad_capacities);

struct limits {
    field f;
    std::uint32_t least;
    std::uint32_t most;
};

TEST_CASE("capacities: each has a least and a largest value", "[core][R-17.6]") {
    constexpr std::uint32_t handles = 1U << 24;
    for (const auto& [f, least, most] :
         {limits{&capacities::connections, 1, handles}, limits{&capacities::rings, 1, handles},
          limits{&capacities::segments, 4, handles}, limits{&capacities::segment_max, 50, 65'521},
          limits{&capacities::nodes, 1, 65'534}, limits{&capacities::listeners, 1, 65'535},
          limits{&capacities::option_sets, 1, 65'535}}) {
        INFO("from " << least << " to " << most);
        CHECK(with(f, 0) == errc::bad_capacities);
        CHECK(with(f, least - 1) == errc::bad_capacities);
        CHECK(with(f, least) == errc::ok);
        CHECK(with(f, most) == errc::ok);
        CHECK(with(f, most + 1) == errc::bad_capacities);
        CHECK(with(f, std::numeric_limits<std::uint32_t>::max()) == errc::bad_capacities);
    }
}

TEST_CASE("capacities: governors may be none, and no more than their handles tell apart",
          "[core][R-17.6]") {
    CHECK(with(&capacities::governors, 0) == errc::ok);
    CHECK(with(&capacities::governors, 65'534) == errc::ok);
    CHECK(with(&capacities::governors, 65'535) == errc::bad_capacities);
}

}  // namespace
}  // namespace rrdp
