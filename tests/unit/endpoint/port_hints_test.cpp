// SPDX-License-Identifier: Apache-2.0
#include <rrdp/endpoint/port_hints.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

TEST_CASE("port_hints: the last connection that had two ports is found, in this order of them",
          "[endpoint]") {
    port_hints hints;
    CHECK(hints.find(1000, 7) == port_hints::nothing);
    CHECK(hints.find(0, 0) == port_hints::nothing);
    hints.remember(1000, 7, 5);
    CHECK(hints.find(1000, 7) == 5);
    CHECK(hints.find(7, 1000) == port_hints::nothing);
    hints.remember(1000, 7, 6);
    CHECK(hints.find(1000, 7) == 6);
}

TEST_CASE("port_hints: others may take the place of two ports, but never seem to be them",
          "[endpoint]") {
    port_hints hints;
    hints.remember(1000, 7, 5);
    bool forgotten = false;
    for (std::uint16_t port = 2000; port < 2100; ++port) {
        hints.remember(port, 7, port);
        const std::uint32_t found = hints.find(1000, 7);
        forgotten = forgotten || found == port_hints::nothing;
        REQUIRE((found == 5 || found == port_hints::nothing));
        REQUIRE(hints.find(port, 7) == port);
    }
    CHECK(forgotten);
}

}  // namespace
}  // namespace rrdp
