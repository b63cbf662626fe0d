// SPDX-License-Identifier: Apache-2.0
#include <rrdp/endpoint/node_options.hpp>
#include <rrdp/wire/ethernet.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

using namespace std::chrono_literals;
using node = node_options<wire::ethernet_framing>;

constexpr node good() {
    node o;
    o.node = node_id{1};
    o.address = {{0x02, 0, 0, 0, 0, 1}};
    return o;
}

template <class Change>
constexpr errc after_change(Change change) {
    node o = good();
    change(o);
    return check(o);
}

static_assert(check(good()) == errc::ok);
static_assert(check(node{}) == errc::bad_node, "a number must be given");

TEST_CASE("node_options: node numbers are 1 to 65 534", "[endpoint][R-17.6]") {
    const auto with = [](std::uint16_t n) {
        return after_change([n](node& o) { o.node = node_id{n}; });
    };
    CHECK(with(0) == errc::bad_node);
    CHECK(with(1) == errc::ok);
    CHECK(with(65'534) == errc::ok);
    CHECK(with(65'535) == errc::bad_node);
}

TEST_CASE("node_options: the own address is one node's", "[endpoint][R-2.15]") {
    CHECK(after_change([](node& o) { o.address = {}; }) == errc::bad_address);
    CHECK(after_change([](node& o) { o.address.octets[0] = 0x03; }) == errc::bad_address);
    CHECK(after_change([](node& o) { o.address.octets.fill(0xff); }) == errc::bad_address);
}

TEST_CASE("node_options: everything out of range is refused", "[endpoint][R-17.6]") {
    CHECK(after_change([](node& o) { o.mtu = 63; }) == errc::bad_mtu);
    CHECK(after_change([](node& o) { o.mtu = 64; }) == errc::ok);
    CHECK(after_change([](node& o) { o.mtu = 65'535; }) == errc::ok);
    CHECK(after_change([](node& o) { o.ephemeral = {0, 9}; }) == errc::bad_port);
    CHECK(after_change([](node& o) { o.ephemeral = {10, 9}; }) == errc::bad_port);
    CHECK(after_change([](node& o) { o.ephemeral = {9, 9}; }) == errc::ok);
    CHECK(after_change([](node& o) { CHECK(o.owned_ports.push_back({0, 9})); }) == errc::bad_port);
    CHECK(after_change([](node& o) { CHECK(o.owned_ports.push_back({9, 8})); }) == errc::bad_port);
    CHECK(after_change([](node& o) { CHECK(o.owned_ports.push_back({9, 9})); }) == errc::ok);
    CHECK(after_change([](node& o) { o.backlog = 0; }) == errc::bad_capacities);
    CHECK(after_change([](node& o) { o.accept_queue = 0; }) == errc::bad_capacities);
    CHECK(after_change([](node& o) { o.link_grace = 0ns; }) == errc::bad_interval);
    CHECK(after_change([](node& o) { o.link_grace = -1ns; }) == errc::bad_interval);
    CHECK(after_change([](node& o) { o.resets = 0; }) == errc::bad_option);
    CHECK(after_change([](node& o) { o.msl = -1ns; }) == errc::bad_interval);
    CHECK(after_change([](node& o) { o.msl = interval_max + 1ns; }) == errc::bad_interval);
    CHECK(after_change([](node& o) { o.msl = interval_max; }) == errc::ok);
}

bool owns(const node& o, unsigned port) {
    return o.owns(static_cast<std::uint16_t>(port));
}

TEST_CASE("node_options: without owned ports every port is ours", "[endpoint][R-7.8]") {
    const node o = good();
    for (const unsigned port : {1U, 1024U, 49'152U, 65'535U}) CHECK(owns(o, port));
}

TEST_CASE("node_options: with owned ports only those are, both ends of a range included",
          "[endpoint][R-7.7][R-7.8]") {
    node o = good();
    REQUIRE(o.owned_ports.push_back({100, 200}));
    REQUIRE(o.owned_ports.push_back({300, 300}));
    std::uint32_t owned = 0;
    for (std::uint32_t port = 0; port <= 0xffff; ++port) owned += owns(o, port) ? 1U : 0U;
    CHECK(owned == 102);
    for (const unsigned port : {100U, 150U, 200U, 300U}) CHECK(owns(o, port));
    for (const unsigned port : {99U, 201U, 299U, 301U}) CHECK_FALSE(owns(o, port));
}

}  // namespace
}  // namespace rrdp
