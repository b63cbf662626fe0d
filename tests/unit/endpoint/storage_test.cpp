// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include <rrdp/endpoint/storage.hpp>
#include <rrdp/wire/framing.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

struct narrow : default_policy {
    static constexpr std::uint16_t max_outstanding = 5;
    using framing = wire::bare_framing;
};

struct unordered_framing : wire::bare_framing {
    static constexpr bool fifo = false;
};
struct unordered : default_policy {
    using framing = unordered_framing;
};

constexpr capacities some_capacities[]{
    {},
    {.connections = 1,
     .rings = 1,
     .segments = 4,
     .segment_max = 50,
     .nodes = 1,
     .listeners = 1,
     .option_sets = 1},
    {.connections = 3,
     .rings = 7,
     .segments = 129,
     .segment_max = 51,
     .nodes = 5,
     .listeners = 2,
     .option_sets = 3},
    {.connections = 1'000, .rings = 33, .segments = 515, .segment_max = 8'986, .nodes = 65},
};

TEMPLATE_TEST_CASE("storage: what it needs is what it carves, to the octet", "[endpoint][R-17.2]",
                   default_policy, narrow) {
    for (const capacities& c : some_capacities) {
        REQUIRE(check(c) == errc::ok);
        arena memory{storage<TestType>::required(c)};
        entropy random{1, 2};
        const storage<TestType> s{memory, c, random};
        CHECK(memory.available() == 0);
    }
}

TEMPLATE_TEST_CASE("storage: there is as much of everything as was asked for",
                   "[endpoint][R-6.1][R-17.2]", default_policy, narrow) {
    for (const capacities& c : some_capacities) {
        arena memory{storage<TestType>::required(c)};
        entropy random{1, 2};
        storage<TestType> s{memory, c, random};
        CHECK(s.segments.size() == c.segments);
        CHECK(s.segments.available() == c.segments);
        CHECK(s.segments.segment_max() == c.segment_max);
        CHECK(s.rings.available() == c.rings);
        CHECK(s.rings.capacity() >= 2U * TestType::max_outstanding);
        CHECK(s.connections.capacity() == c.connections);
        std::uint32_t nuls = 0;
        while (s.segments.take_nul() != no_segment) ++nuls;
        CHECK(nuls == 5 * c.rings);  // a keepalive, a probe of the path, the FIN
        for (std::uint32_t n = 0; n < c.nodes && n < 1; ++n)
            CHECK(s.nodes.add(node_id{9}, {}, 0) == errc::ok);
        for (std::uint16_t i = 0; i < c.option_sets; ++i) {
            options o;
            o.send_queue = static_cast<std::uint16_t>(i + 1);
            CHECK(s.sets.acquire(o).has_value());
        }
        CHECK_FALSE(s.sets.acquire(options{.send_queue = 999}).has_value());
        CHECK(s.listeners.find_free() == 0);
    }
}

TEMPLATE_TEST_CASE("storage: the reserve is a window, but at most a quarter of the segments",
                   "[endpoint]", default_policy, narrow) {
    for (const capacities& c : some_capacities) {
        arena memory{storage<TestType>::required(c)};
        entropy random{1, 2};
        storage<TestType> s{memory, c, random};
        std::uint32_t taken = 0;
        while (s.segments.take(segment_pool::purpose::send, 0) != no_segment) ++taken;
        CHECK(c.segments - taken == std::min(2U * TestType::max_outstanding, c.segments / 4));
        CHECK(s.segments.take(segment_pool::purpose::in_order, 0) != no_segment);
    }
}

TEST_CASE("storage: where no order is kept there is a governor for each ring, if handles last",
          "[endpoint][R-13.2]") {
    using of_unordered = storage<unordered>;
    capacities c{.rings = 7};
    CHECK(of_unordered::governor_count(c) == 7);
    CHECK(storage<narrow>::governor_count(c) == 0);
    c.rings = 70'000;
    CHECK(of_unordered::governor_count(c) == 65'534);
    c.governors = 3;
    CHECK(of_unordered::governor_count(c) == 3);
}

TEST_CASE("storage: the tables do not share a secret", "[endpoint]") {
    arena memory{storage<default_policy>::required({})};
    entropy random{1, 2};
    const storage<default_policy> s{memory, {}, random};
    entropy same{1, 2};
    std::set<std::uint64_t> drawn;
    for (int i = 0; i < 2; ++i) drawn.insert(same.next64());
    CHECK(drawn.size() == 2);
    CHECK(drawn.count(random.next64()) == 0);
    CHECK(random.next64() != same.next64());
}

}  // namespace
}  // namespace rrdp
