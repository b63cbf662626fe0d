// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <string>

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
    CHECK(detail::next_timeout(b) == never);
    detail::handle_link(b, link_state::removed);
    CHECK(detail::next_timeout(b) == instant{11s});
    detail::handle_link(b, link_state::up);
    CHECK(detail::next_timeout(b) == never);
    detail::handle_link(b, link_state::down);
    CHECK(detail::next_timeout(b) == never);
}

/// The events of the link that are waiting: "du" is down, then up.
std::string told(lone_board& b) {
    std::string all;
    for (auto e = detail::poll_event(b); e; e = detail::poll_event(b))
        all += e->kind == event_kind::link_up ? 'u' : 'd';
    return all;
}

TEST_CASE("board: every change of the link is told, and no state of it twice",
          "[endpoint][R-19.5]") {
    lone_board b = made();
    detail::handle_link(b, link_state::up);
    CHECK(told(b).empty());
    detail::handle_link(b, link_state::down);
    detail::handle_link(b, link_state::removed);
    CHECK(told(b) == "d");
    detail::handle_link(b, link_state::down);
    CHECK(told(b).empty());
    detail::handle_link(b, link_state::up);
    CHECK(told(b) == "u");
    detail::handle_link(b, link_state::down);
    detail::handle_link(b, link_state::up);
    CHECK(told(b) == "du");
    CHECK(told(b).empty());
    CHECK(b.stats.link_flaps == 2);
}

TEST_CASE("board: a removed link that is removed again is lost no later", "[endpoint][T-L6]") {
    lone_board b = made();
    b.see(instant{1s});
    detail::handle_link(b, link_state::removed);
    b.see(instant{9s});
    detail::handle_link(b, link_state::removed);
    detail::handle_link(b, link_state::down);
    CHECK(detail::next_timeout(b) == instant{11s});
}

TEST_CASE("board: a tag is never zero, and each connection draws its own",
          "[endpoint][R-5.12][R-5.13]") {
    entropy random{7, 8};
    entropy same{7, 8};
    std::set<std::uint32_t> tags;
    std::set<std::uint32_t> firsts;
    for (int i = 0; i < 1'000; ++i) {
        const fresh_numbers fresh = draw_numbers(random);
        CHECK(fresh.first == same.next32());
        CHECK(fresh.tag == same.next32());
        tags.insert(fresh.tag);
        firsts.insert(fresh.first);
    }
    CHECK((tags.size() == 1'000 && firsts.size() == 1'000 && tags.count(0) == 0));
}

TEST_CASE("board: where chance says 0 the tag is 1", "[endpoint][R-5.13]") {
    constexpr std::uint64_t key = 1'218'709'396;  // found by looking
    entropy same{key, 0};
    static_cast<void>(same.next32());
    REQUIRE(same.next32() == 0);
    entropy random{key, 0};
    CHECK(draw_numbers(random).tag == 1);
}

}  // namespace
}  // namespace rrdp
