// SPDX-License-Identifier: Apache-2.0
#include <rrdp/rrdp.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

using wire::mac_address;

TEST_CASE("straight_frames: a frame is from the node whose address it bears, and no other",
          "[endpoint][R-1.5][R-2.15]") {
    const mac_address own{{2, 0, 0, 0, 0, 1}}, second{{2, 0, 0, 0, 0, 2}},
        third{{2, 0, 0, 0, 0, 3}};
    node_options<wire::ethernet_framing> at;
    at.node = node_id{1};
    at.address = own;
    board<default_policy> b{{.connections = 2, .nodes = 4}, at, entropy{1, 2}};
    REQUIRE(detail::add_node(b, node_id{2}, second, std::uint16_t{0}) == errc::ok);
    REQUIRE(detail::add_node(b, node_id{3}, third, std::uint16_t{0}) == errc::ok);
    std::array<std::byte, 60> frame{};
    b.own.framing.write_header(frame, own, second);
    CHECK(detail::is_from(b, frame, b.held.nodes.find(node_id{2})));
    CHECK_FALSE(detail::is_from(b, frame, b.held.nodes.find(node_id{3})));
    b.own.framing.write_header(frame, third, second);  // to another
    CHECK_FALSE(detail::is_from(b, frame, b.held.nodes.find(node_id{2})));
}

}  // namespace
}  // namespace rrdp
