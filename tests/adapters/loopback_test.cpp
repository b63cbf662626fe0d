// SPDX-License-Identifier: Apache-2.0
#include <rrdp/adapters/loopback.hpp>

#include "adapters/conforms.hpp"

namespace rrdp {

using adapters::loopback;

TEST_CASE("loopback: is a link", "[adapters][loopback]") {
    const auto max_frame = GENERATE(as<std::size_t>{}, 60, 1'514, 9'014);
    require_conformance(
        testing::link_conformance([=] { return loopback{{.frames = 64, .max_frame = max_frame}}; }),
        1);
}

TEST_CASE("loopback: is a link also with a single slot per direction", "[adapters][loopback]") {
    require_conformance(testing::link_conformance([] { return loopback{{.frames = 1}}; }), 1);
}

TEST_CASE("loopback: frames without an address may be of one octet", "[adapters][loopback]") {
    require_conformance(
        testing::link_conformance([] { return loopback{{.max_frame = 200, .addresses = {}}}; }), 1);
}

TEST_CASE("loopback: a full direction refuses, the other does not notice",
          "[adapters][loopback][R-16.4]") {
    loopback wire{{.frames = 3}};
    for (int i = 0; i < 3; ++i) wire.a.lease(20)->commit(20);
    CHECK_FALSE(wire.a.lease(20));
    CHECK(wire.b.lease(20));

    auto held = wire.b.receive();
    REQUIRE(held);
    CHECK_FALSE(wire.a.lease(20));  // received, but the slot is still in use
    held.reset();
    CHECK(wire.a.lease(20));
}

TEST_CASE("loopback: frames and leases may be held and given back in any order",
          "[adapters][loopback]") {
    loopback wire{{.frames = 4}};
    auto first = wire.a.lease(20);
    auto second = wire.a.lease(20);
    auto third = wire.a.lease(20);
    REQUIRE((first && second && third));
    for (auto* lease : {&*third, &*first}) {
        lease->bytes()[0] = lease == &*third ? std::byte{3} : std::byte{1};
        lease->commit(20);
    }
    second.reset();

    auto x = wire.b.receive();
    auto y = wire.b.receive();
    REQUIRE((x && y));
    CHECK(x->bytes()[0] == std::byte{3});  // the order is that of the commits
    CHECK(y->bytes()[0] == std::byte{1});
    CHECK_FALSE(wire.b.receive());

    *x = std::move(*y);  // gives the slot of the third frame back
    CHECK(x->bytes()[0] == std::byte{1});
    CHECK(y->bytes().empty());
    auto again = wire.a.lease(20);
    auto more = wire.a.lease(20);
    auto last = wire.a.lease(20);
    CHECK((again && more && last));
    CHECK_FALSE(wire.a.lease(20));
}

TEST_CASE("loopback: an empty commit sends nothing", "[adapters][loopback]") {
    loopback wire{{.frames = 1}};
    wire.a.lease(20)->commit(0);
    CHECK_FALSE(wire.b.receive());
    CHECK(wire.a.lease(20));
}

TEST_CASE("loopback: says of itself what it was told", "[adapters][loopback][R-13.1]") {
    const loopback wire{{.max_frame = 9'014}};
    CHECK(wire.a.properties().max_frame == 9'014);
    CHECK(wire.a.properties().fifo);
    CHECK(wire.a.properties().address != wire.b.properties().address);
}

}  // namespace rrdp
