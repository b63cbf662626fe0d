// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <type_traits>
#include <vector>

#include <rrdp/endpoint/endpoint.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

struct narrow : default_policy {
    static constexpr std::uint16_t max_outstanding = 5;
    using framing = wire::bare_framing;
};

template <class Policy>
node_options<typename Policy::framing> node() {
    node_options<typename Policy::framing> o;
    o.node = node_id{1};
    if constexpr (!std::is_empty_v<typename Policy::framing::address>)
        o.address = {{0x02, 0, 0, 0, 0, 1}};
    return o;
}

/// Memory that starts on a multiple of the arena's alignment.
struct block {
    std::vector<std::byte> memory;
    octets aligned;

    explicit block(std::size_t size) : memory(size + arena::alignment) {
        void* start = memory.data();
        std::size_t room = memory.size();
        REQUIRE(std::align(arena::alignment, size, start, room) != nullptr);
        aligned = octets{static_cast<std::byte*>(start), size};
    }
};

TEMPLATE_TEST_CASE("endpoint: in memory that is an octet too small it says so, and lives on",
                   "[endpoint][R-17.2][R-17.6]", default_policy, narrow) {
    const capacities c =
        capacities{.connections = 3, .rings = 7, .segments = 129, .segment_max = 51};
    const std::size_t needed = endpoint<TestType>::memory_required(c);
    block b{needed};
    endpoint<TestType> enough{b.aligned, c, node<TestType>(), entropy{1, 2}};
    CHECK(enough.status() == errc::ok);
    CHECK(enough.segments_available() == c.segments);

    block again{needed};
    endpoint<TestType> short_of{again.aligned.first(needed - 1), c, node<TestType>(),
                                entropy{1, 2}};
    CHECK(short_of.status() == errc::out_of_memory);
    CHECK(short_of.segments_available() == 0);

    block odd{needed + arena::alignment};
    endpoint<TestType> unaligned{odd.aligned.subspan(1), c, node<TestType>(), entropy{1, 2}};
    CHECK(unaligned.status() == errc::ok);
}

TEST_CASE("endpoint: one that could not be made answers every call, and why",
          "[endpoint][R-17.6]") {
    capacities c;
    c.nodes = 0;
    endpoint<> e{c, node<default_policy>(), entropy{1, 2}};
    const instant now{std::chrono::seconds{1}};
    std::vector<std::byte> frame(1'600);
    CHECK(e.status() == errc::bad_capacities);
    CHECK(e.add_node(node_id{2}, {{0x02, 0, 0, 0, 0, 2}}) == errc::bad_capacities);
    CHECK(e.connect(now, {node_id{2}, 7}).error() == errc::bad_capacities);
    CHECK(e.listen(7) == errc::bad_capacities);
    CHECK(e.stop_listening(7) == errc::bad_capacities);
    CHECK(e.send(now, {}, frame).error() == errc::bad_capacities);
    CHECK(e.close(now, {}) == errc::bad_capacities);
    CHECK(e.shutdown_send(now, {}) == errc::bad_capacities);
    CHECK(e.abort(now, {}) == errc::bad_capacities);
    CHECK(e.flush({}) == errc::bad_capacities);
    e.handle_frame(now, frame);
    e.handle_timeout(now);
    e.handle_link(now, link_state::removed);
    e.handle_timeout(now + std::chrono::hours{1});
    CHECK_FALSE(e.poll_transmit(now, frame).has_value());
    CHECK_FALSE(e.poll_event().has_value());
    CHECK_FALSE(e.receive({}).has_value());
    CHECK_FALSE(e.wants_transmit(now));
    CHECK(e.info({}).error() == errc::no_such_connection);
    CHECK(e.ledger({}) == send_ledger{});
    CHECK(e.connections() == 0);
}

TEST_CASE("endpoint: the first thing that is wrong is what is said", "[endpoint][R-17.6]") {
    auto group = node<default_policy>();
    group.address.octets[0] |= 1;
    const endpoint<> e{{}, group, entropy{1, 2}};
    CHECK(e.status() == errc::bad_address);
    auto nobody = node<default_policy>();
    nobody.node = {};
    const endpoint<> f{{}, nobody, entropy{1, 2}};
    CHECK(f.status() == errc::bad_node);
}

}  // namespace
}  // namespace rrdp
