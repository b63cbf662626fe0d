// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <rrdp/core/profiles.hpp>
#include <rrdp/endpoint/endpoint.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

using wire::mac_address;

constexpr instant now{std::chrono::seconds{1}};

constexpr mac_address host(std::uint8_t last) {
    return {{0x02, 0, 0, 0, 0, last}};
}

node_options<wire::ethernet_framing> node() {
    node_options<wire::ethernet_framing> o;
    o.node = node_id{1};
    o.address = host(1);
    o.boot_id = 9;
    return o;
}

constexpr capacities few{.connections = 8,
                         .rings = 8,
                         .segments = 32,
                         .segment_max = 50,
                         .nodes = 4,
                         .listeners = 64,
                         .option_sets = 2};

options with_queue(std::uint16_t length) {
    options o;
    o.send_queue = length;
    return o;
}

TEST_CASE("commands: neither the own number nor the own address is another node's",
          "[endpoint][R-15.3]") {
    endpoint<> e{few, node(), entropy{1, 2}};
    CHECK(e.add_node(node_id{1}, host(2)) == errc::bad_node);
    CHECK(e.add_node(node_id{2}, host(1)) == errc::bad_address);
    CHECK(e.add_node(node_id{2}, host(2)) == errc::ok);
}

TEST_CASE("commands: who may look for nodes does not look for those that there cannot be",
          "[endpoint][R-15.6]") {
    auto own = node();
    own.resolution = nr_role::active;
    endpoint<> e{few, own, entropy{1, 2}};
    REQUIRE(e.status() == errc::ok);
    for (const auto nobody : {node_id{0}, node_id{0xffff}, node_id{1}})
        CHECK(e.connect(now, {nobody, 7}).error() == errc::unknown_node);
    CHECK(e.connections() == 0);
    CHECK(e.connect(now, {node_id{2}, 7}));
    CHECK(e.connections() == 1);
}

TEST_CASE("commands: what is said with a SYN needs room in it, in a segment and in the pool",
          "[endpoint][R-17.6]") {
    endpoint<> e{few, node(), entropy{1, 2}};
    REQUIRE(e.add_node(node_id{2}, host(2)) == errc::ok);
    const std::vector<std::byte> word(2);
    const std::vector<std::byte> longer(few.segment_max + 2);
    CHECK(e.connect(now, {node_id{2}, 7}, {}, longer).error() == errc::message_too_long);
    CHECK(e.listen(7, {}, longer) == errc::message_too_long);

    std::uint16_t port = 0;
    errc last = errc::ok;
    while (last == errc::ok && port < 40) last = e.listen(++port, {}, word);
    REQUIRE(last == errc::would_block);
    CHECK(e.listen(port, with_queue(9), word) == errc::would_block);
    CHECK(e.connect(now, {node_id{2}, 7}, with_queue(8), word).error() == errc::would_block);
    CHECK(e.connections() == 0);
    // Nothing was kept of the options either: there is room for one more set, not for two.
    CHECK(e.listen(100, with_queue(9)) == errc::ok);
    CHECK(e.listen(101, with_queue(8)) == errc::too_many_option_sets);
    CHECK(e.connect(now, {node_id{2}, 7}, with_queue(8)).error() == errc::too_many_option_sets);
    REQUIRE(e.stop_listening(1) == errc::ok);
    CHECK(e.listen(port, {}, word) == errc::ok);
}

TEST_CASE("commands: options whose SYN is longer than the MTU are refused", "[endpoint][R-17.6]") {
    auto own = node();
    own.mtu = 64;
    endpoint<> e{few, own, entropy{1, 2}};
    REQUIRE(e.add_node(node_id{2}, host(2)) == errc::ok);
    auto wordy = profiles::udp;
    wordy.max_outstanding = 64;
    wordy.offered = wordy.offered | wire::features::cookie;
    CHECK(e.listen(7, wordy) == errc::bad_mtu);
    CHECK(e.listen(7, profiles::paper_exact) == errc::ok);
}

}  // namespace
}  // namespace rrdp
