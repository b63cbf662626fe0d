// SPDX-License-Identifier: Apache-2.0
#include <rrdp/endpoint/outputs.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

using namespace std::chrono_literals;

struct lone_policy : default_policy {
    using framing = wire::bare_framing;
};
using lone_board = board<lone_policy>;

lone_board made() {
    constexpr capacities c{.connections = 4, .rings = 4, .segments = 16, .nodes = 2};
    node_options<wire::bare_framing> own;
    own.node = node_id{1};
    return lone_board{c, own, entropy{1, 2}};
}

TEST_CASE("board: time never goes back", "[endpoint][R-1.4]") {
    lone_board b = made();
    REQUIRE(b.status == errc::ok);
    for (const duration moment : {5s, 3s, 0s, -9s}) {
        b.see(instant{moment});
        CHECK(b.now == instant{5s});
    }
    b.see(instant{6s});
    CHECK(b.now == instant{6s});
}

TEST_CASE("board: the moment that never comes is taken for the last that does", "[endpoint]") {
    lone_board b = made();
    b.see(never);
    CHECK(b.now == never - 1ns);
    detail::handle_timeout(b);
    CHECK(b.link_gone_until == never);
}

TEST_CASE("board: a removed link counts as lost after link_grace, unless it comes back",
          "[endpoint][T-L6]") {
    lone_board b = made();
    b.see(instant{1s});
    CHECK_FALSE(detail::next_timeout(b).has_value());
    detail::handle_link(b, link_state::removed);
    CHECK(detail::next_timeout(b) == instant{11s});
    detail::handle_link(b, link_state::up);
    CHECK_FALSE(detail::next_timeout(b).has_value());
    detail::handle_link(b, link_state::down);
    CHECK_FALSE(detail::next_timeout(b).has_value());
}

}  // namespace
}  // namespace rrdp
