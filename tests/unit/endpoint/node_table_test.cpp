// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <rrdp/endpoint/node_table.hpp>
#include <rrdp/wire/ethernet.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

using table_type = node_table<wire::ethernet_framing>;

constexpr std::uint32_t nothing = table_type::nothing;

wire::mac_address mac(std::uint32_t n) {
    return {{0x02, 0, 0, static_cast<std::uint8_t>(n >> 16), static_cast<std::uint8_t>(n >> 8),
             static_cast<std::uint8_t>(n)}};
}
node_id id(std::uint32_t n) {
    return node_id{static_cast<std::uint16_t>(n)};
}

struct table_of {
    std::vector<table_type::entry> entries;
    std::vector<std::uint32_t> by_node;
    std::vector<std::uint32_t> by_address;
    table_type table;

    explicit table_of(std::size_t nodes)
        : entries(nodes),
          by_node(hash_index::cells_for(nodes)),
          by_address(hash_index::cells_for(nodes)),
          table{entries, by_node, by_address, 0x1357'9bdf'0246'8ace} {}
};

TEST_CASE("node_table: every node is found by its number and by its address",
          "[endpoint][R-15.3]") {
    constexpr std::uint32_t nodes = 200;
    table_of t{nodes};
    for (std::uint32_t n = 0; n < nodes; ++n) {
        CHECK(t.table.find(id(3 * n + 1)) == nothing);
        CHECK(t.table.add(id(3 * n + 1), mac(n * 257), static_cast<std::uint16_t>(n + 64)) ==
              errc::ok);
        CHECK(t.table.size() == n + 1);
    }
    for (std::uint32_t n = 0; n < nodes; ++n) {
        CHECK(t.table.find(id(3 * n + 1)) == n);
        CHECK(t.table.find_address(mac(n * 257)) == n);
        CHECK(t.table.at(n).node == id(3 * n + 1));
        CHECK(t.table.at(n).address == mac(n * 257));
        CHECK(t.table.at(n).mtu == n + 64);
        CHECK(t.table.find(id(3 * n + 2)) == nothing);
        CHECK(t.table.find_address(mac(n * 257 + 1)) == nothing);
    }
}

TEST_CASE("node_table: neither a number nor an address is entered twice", "[endpoint][R-15.3]") {
    table_of t{4};
    CHECK(t.table.add(id(1), mac(1), 0) == errc::ok);
    CHECK(t.table.add(id(1), mac(2), 0) == errc::duplicate_node);
    CHECK(t.table.add(id(2), mac(1), 0) == errc::duplicate_node);
    CHECK(t.table.add(id(1), mac(1), 0) == errc::duplicate_node);
    CHECK(t.table.size() == 1);
    CHECK(t.table.find(id(2)) == nothing);
    CHECK(t.table.find_address(mac(2)) == nothing);
    CHECK(t.table.add(id(2), mac(2), 0) == errc::ok);
}

TEST_CASE("node_table: when it is full it takes no more, and keeps what it has", "[endpoint]") {
    table_of t{2};
    CHECK(t.table.add(id(1), mac(1), 0) == errc::ok);
    CHECK(t.table.add(id(2), mac(2), 0) == errc::ok);
    CHECK(t.table.add(id(3), mac(3), 0) == errc::too_many_nodes);
    CHECK(t.table.add(id(2), mac(3), 0) == errc::duplicate_node);
    CHECK(t.table.find(id(3)) == nothing);
    CHECK(t.table.find(id(2)) == 1);
}

TEST_CASE("node_table: each node has a bucket of its own for RSTs", "[endpoint][R-7.6]") {
    table_of t{2};
    CHECK(t.table.add(id(1), mac(1), 0) == errc::ok);
    CHECK(t.table.add(id(2), mac(2), 0) == errc::ok);
    const instant now{std::chrono::seconds{1}};
    while (t.table.at(0).resets.take(now, 100)) {}
    CHECK(t.table.at(1).resets.take(now, 100));
}

TEST_CASE("node_table: what was learned gives way to what is entered by hand",
          "[endpoint][R-15.3]") {
    table_of t{4};
    const std::uint32_t one = t.table.learn(id(1));
    t.table.settle(one, mac(1));
    t.table.mark(one, node_state::reachable);
    CHECK(t.table.add(id(2), mac(1), 0) == errc::ok);
    CHECK(t.table.find_address(mac(1)) == t.table.find(id(2)));
    CHECK_FALSE(t.table.at(one).addressed);
    CHECK(t.table.at(one).state == node_state::dead);
    t.table.settle(one, mac(3));
    t.table.at(one).ask_due = t.table.at(one).claim_due = instant{std::chrono::seconds{1}};
    CHECK(t.table.add(id(1), mac(3), 70) == errc::ok);
    CHECK(t.table.find(id(1)) == one);
    CHECK(t.table.find_address(mac(3)) == one);
    CHECK_FALSE(t.table.at(one).learned);
    CHECK(t.table.at(one).ask_due == never);  // nobody is asked for what a person has said
    CHECK(t.table.at(one).claim_due == never);
    CHECK(t.table.at(one).mtu == 70);
}

TEST_CASE("node_table: a place that another node gets knows nothing of the one before",
          "[endpoint][R-15.3]") {
    table_of t{1};
    const std::uint32_t place = t.table.learn(id(1));
    t.table.settle(place, mac(1));
    t.table.at(place).mtu = 70;
    t.table.at(place).boot = 9;
    t.table.at(place).knows_boot = t.table.at(place).claimed = true;
    t.table.mark(place, node_state::dead);
    REQUIRE(t.table.learn(id(2)) == place);
    CHECK(t.table.find(id(1)) == nothing);
    CHECK(t.table.at(place).mtu == 0);
    CHECK(t.table.at(place).boot == 0);
    CHECK_FALSE(t.table.at(place).knows_boot);
    CHECK_FALSE(t.table.at(place).claimed);
}

TEST_CASE("node_table: where a node was is known until somebody else is there",
          "[endpoint][R-2.18]") {
    table_of t{4};
    const std::uint32_t one = t.table.learn(id(1));
    const std::uint32_t two = t.table.learn(id(2));
    t.table.settle(one, mac(1));
    CHECK(t.table.find_former(mac(1)) == nothing);
    t.table.settle(one, mac(1));
    t.table.settle(one, mac(2));
    CHECK(t.table.find_former(mac(1)) == one);
    CHECK(t.table.find_address(mac(1)) == nothing);
    CHECK(t.table.find_former(mac(2)) == nothing);
    CHECK(t.table.find_former(mac(9)) == nothing);
    t.table.settle(two, mac(1));
    CHECK(t.table.find_former(mac(1)) == nothing);
    CHECK(t.table.find_address(mac(1)) == two);
    t.table.leave_address(one);
    CHECK(t.table.find_address(mac(2)) == nothing);
    t.table.settle(one, mac(4));
    CHECK(t.table.find_address(mac(4)) == one);
    CHECK(t.table.find_former(mac(2)) == nothing);
}

TEST_CASE("node_table: of a full table only what is dead, unused and told of makes room",
          "[endpoint][R-15.3][R-19.5]") {
    table_of t{3};
    const std::uint32_t used = t.table.learn(id(1));
    const std::uint32_t untold = t.table.learn(id(2));
    const std::uint32_t alive = t.table.learn(id(3));
    t.table.at(used).users = 1;
    t.table.at(untold).events = 1;
    t.table.settle(alive, mac(3));
    t.table.mark(alive, node_state::reachable);
    CHECK(t.table.learn(id(4)) == nothing);
    t.table.at(untold).events = 0;  // it never had an address
    CHECK(t.table.learn(id(4)) == untold);
    CHECK(t.table.find(id(2)) == nothing);
    t.table.settle(untold, mac(4));
    CHECK(t.table.find_address(mac(4)) == untold);
    t.table.mark(alive, node_state::dead);  // it has one still
    t.table.at(untold).users = 1;
    CHECK(t.table.learn(id(5)) == alive);
    CHECK(t.table.find_address(mac(3)) == nothing);
    CHECK(t.table.find(id(3)) == nothing);
}

/// A framing whose keys do not tell one address from another.
struct one_key : wire::ethernet_framing {
    static constexpr std::uint64_t key(const address&) noexcept { return 7; }
    static constexpr bool same_node(const address& a, const address& b) noexcept { return a == b; }
};

TEST_CASE("node_table: two addresses of one key are two, where the framing tells them apart",
          "[endpoint][R-15.3]") {
    using colliding = node_table<one_key>;
    std::vector<colliding::entry> entries(2);
    std::vector<std::uint32_t> by_node(8);
    std::vector<std::uint32_t> by_address(8);
    colliding table{entries, by_node, by_address, 5};
    CHECK(table.add(id(1), mac(1), 0) == errc::ok);
    CHECK(table.find_address(mac(1)) == 0);
    CHECK(table.find_address(mac(2)) == nothing);
}

TEST_CASE("node_table: where there are no addresses there is one node", "[endpoint][R-16.1]") {
    using bare = node_table<wire::bare_framing>;
    std::vector<bare::entry> entries(4);
    std::vector<std::uint32_t> by_node(8);
    std::vector<std::uint32_t> by_address(8);
    bare table{entries, by_node, by_address, 5};
    CHECK(table.find_address({}) == nothing);
    CHECK(table.add(id(9), {}, 0) == errc::ok);
    CHECK(table.add(id(8), {}, 0) == errc::duplicate_node);
    CHECK(table.find_address({}) == 0);
    CHECK(table.find(id(9)) == 0);
}

}  // namespace
}  // namespace rrdp
