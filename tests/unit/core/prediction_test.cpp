// SPDX-License-Identifier: Apache-2.0
#include <rrdp/rrdp.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

TEST_CASE("prediction: a number is shown by its low half, unless both speak WIDE",
          "[core][R-1.1]") {
    connection_record<default_policy> c;
    CHECK(detail::shows<true>(c, 0x1'2345, 0x2345));
    CHECK_FALSE(detail::shows<true>(c, 0x1'2345, 0x2346));
    CHECK_FALSE(detail::shows<true>(c, 0x1'2345, 0x1'2345));  // a segment has 16 bits for it
    c.agreed = wire::features{wire::features::wide};
    CHECK(detail::shows<true>(c, 0x1'2345, 0x1'2345));
    CHECK_FALSE(detail::shows<true>(c, 0x1'2345, 0x2'2345));
    CHECK(detail::shows<false>(c, 0x1'2345, 0x2345));  // compiled without WIDE, nobody agrees on it
}

}  // namespace
}  // namespace rrdp
