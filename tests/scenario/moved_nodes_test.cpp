// SPDX-License-Identifier: Apache-2.0
// Nodes that come back as another, and others that come back in their place.
#include "support/catch.hpp"
#include "support/network.hpp"

namespace script {
namespace {

using rrdp::errc;
using rrdp::node_state;
using rrdp::wire::resolution_group;
using op = rrdp::wire::resolution_op;

constexpr rrdp::options with_tags = [] {
    rrdp::options o = only_fin;
    o.offered = o.offered | rrdp::wire::features::tag;
    return o;
}();

struct couple : network {
    machine& a;
    machine& b;
    couple() : a{add(1, 1)}, b{add(2, 2)} {
        REQUIRE(run(2s));
        REQUIRE(b.engine().listen(7, with_tags) == errc::ok);
        REQUIRE(a.connect(now, 2, with_tags) == errc::ok);
        REQUIRE(settle());
        REQUIRE(a.told() == "node_up 2, connected");
        REQUIRE(b.told() == "node_up 1, accepted");
    }
};

TEST_CASE("nodes: a host that returns under another number ends what spoke to the old one",
          "[scenario][R-15.6][R-19.11][R-6.3]") {
    couple n;
    n.b.number = 9;
    n.b.start(77);
    REQUIRE(n.run(120s));
    CHECK(n.a.told().find("closed") != std::string::npos);
    REQUIRE(n.run(60s));
    CHECK(n.a.engine().connections() == 0);
}

TEST_CASE("nodes: an abort towards a node without an address is forgotten in time",
          "[scenario][R-10.6][R-10.7]") {
    couple n;
    n.b.number = 9;
    n.b.start(77);
    REQUIRE(n.run(300ms));
    static_cast<void>(n.a.engine().abort(n.now, n.a.id));
    CHECK(n.a.told().find("closed") != std::string::npos);
    REQUIRE(n.run(60s));
    CHECK(n.a.engine().connections() == 0);
}

TEST_CASE("nodes: one that was believed in another's place is looked for no more",
          "[scenario][R-15.6][R-15.9]") {
    couple n;
    n.b.plugged_in = false;
    n.forge(
        station(2), resolution_group,
        {.op = op::bye, .sender_node = 2, .boot_id = n.b.engine().boot_id(), .sender_mtu = 1'500});
    REQUIRE(n.run(100ms));
    static_cast<void>(n.a.told());
    REQUIRE(n.a.connect(n.now, 2, with_tags) == errc::ok);
    for (const auto pause : {1ms, 50ms, 100ms, 199ms}) {
        REQUIRE(n.run(pause));
        n.forge(station(8), station(1),
                {.op = op::hello_reply,
                 .sender_node = 2,
                 .target_node = 1,
                 .boot_id = 0xbad,
                 .sender_mtu = 1'500});
    }
    REQUIRE(n.run(50ms));
    CHECK(n.a.knows(2) == node_state::reachable);
    REQUIRE(n.run(500ms));
    CHECK(n.a.knows(2) == node_state::reachable);
    CHECK(n.a.told().find("host_unreachable") == std::string::npos);
}

}  // namespace
}  // namespace script
