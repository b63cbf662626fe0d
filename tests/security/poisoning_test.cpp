// SPDX-License-Identifier: Apache-2.0
#include "security/siege.hpp"
#include "support/catch.hpp"

/// Lies about who is where: frames of node resolution that anybody on the wire can send (15).
namespace siege {
namespace {

using rrdp::drop_reason;
using rrdp::errc;
using rrdp::node_id;
using rrdp::node_state;
using rrdp::wire::resolution_group;
using rrdp::wire::resolution_op;

constexpr rrdp::capacities room{.connections = 300,
                                .rings = 8,
                                .segments = 64,
                                .segment_max = 100,
                                .nodes = 8,
                                .listeners = 2,
                                .option_sets = 4};

/// A node that learns, one that is learned, and one that lies; the first knows node 3 by hand.
struct village {
    static basic_host<audited>::node_settings learning() {
        basic_host<audited>::node_settings o;
        o.resolution = rrdp::nr_role::active;
        return o;
    }
    audited_host a{1, room, learning()};
    audited_host b{2, room, learning(), 2};
    audited_wire net{{&a, &b}};
    rrdp::testing::dice dice{7};
    std::uint64_t lies = 0;

    village() {
        REQUIRE(a.engine.add_node(node_id{3}, station(3)) == errc::ok);
        REQUIRE(net.run(3s));
        REQUIRE(knows(2) == node_state::reachable);
    }
    [[nodiscard]] node_state knows(std::uint16_t number) const {
        const auto e = a.engine.node(node_id{number});
        return e ? e->state : node_state::incomplete;
    }
    void lie(const mac& from, rrdp::wire::resolution_frame r) {
        ++lies;
        a.engine.handle_frame(net.now, framed(from, r.target_node == 1 ? a.address : group(), r));
    }
    static mac group() { return resolution_group; }
    mac anybody() {
        mac m = {{2, 7, 0, 0, 0, 0}};
        for (std::size_t i = 2; i < 6; ++i) m.octets[i] = static_cast<std::uint8_t>(dice.next());
        return m;
    }
    /// One connection from a to b, or as many as are wanted.
    bool talk(const rrdp::options& o, int connections = 1) {
        bool ok = b.engine.listen(7, o) == errc::ok;
        for (int i = 0; i < connections && ok; ++i) {
            ok = a.engine.connect(net.now, {node_id{2}, 7}, o).has_value() && net.run(1ms);
        }
        return ok && net.run(100ms) && b.accepted.size() == static_cast<std::size_t>(connections);
    }
};

TEST_CASE("entries made by hand stand, whatever a million frames say about them",
          "[security][R-15.3][R-15.2]") {
    village v;
    const std::uint64_t count = rounds(1'000'000);
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t random = v.dice.next();
        constexpr std::array ops{resolution_op::hello, resolution_op::hello_reply,
                                 resolution_op::bye, resolution_op::probe};
        v.net.now += 1us;
        v.lie(v.anybody(), {.op = ops[random % 4],
                            .sender_node = 3,
                            .target_node = static_cast<std::uint16_t>(random >> 16 & 1),
                            .boot_id = static_cast<std::uint32_t>(random >> 32),
                            .sender_mtu = 9'000});
        if (i % 64 == 0) v.net.settle();
    }
    const auto e = v.a.engine.node(node_id{3});
    REQUIRE(e);
    CHECK(e->address == station(3));
    CHECK(e->mtu == 0);
    CHECK_FALSE(e->learned);
    CHECK(e->state == node_state::reachable);
    CHECK(v.a.dropped(drop_reason::nr_static) > count / 3);
    CHECK(v.a.dropped(drop_reason::nr_stale) > count / 5);
    CHECK(v.lies == count);
}

TEST_CASE("a connection with tags lives through a hundred thousand lies about its peer",
          "[security][R-15.9][R-15.10][R-11.3]") {
    village v;
    REQUIRE(v.talk(rrdp::profiles::lan));
    const std::uint64_t count = rounds(100'000);
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t random = v.dice.next();
        constexpr std::array ops{resolution_op::hello, resolution_op::hello_reply,
                                 resolution_op::bye};
        const bool by_its_name = random >> 8 & 1;  // from the peer's own address, or another's
        v.net.now += 10us;
        v.lie(by_its_name ? station(2) : v.anybody(),
              {.op = ops[random % 3],
               .sender_node = 2,
               .target_node = static_cast<std::uint16_t>(random >> 16 & 1),
               .boot_id = static_cast<std::uint32_t>(random >> 32),
               .sender_mtu = 1'500});
        v.net.settle();
    }
    REQUIRE(v.net.run(30s));
    CHECK(v.lies == count);
    CHECK(v.a.ends.empty());
    CHECK(v.b.ends.empty());
    CHECK(v.a.engine.node(node_id{2})->address == station(2));
    CHECK(v.a.stats().internal_errors == 0);
}

TEST_CASE("forged news of a restart make a node ask, but not faster than it can have restarted",
          "[security][R-15.9][R-20.2]") {
    const auto pause = GENERATE(as<rrdp::duration>{}, 100us, 2ms, 11ms);
    village v;
    constexpr std::uint64_t connections = 200;
    REQUIRE(v.talk(rrdp::profiles::lan, static_cast<int>(connections)));
    const std::uint64_t before = v.a.stats().frames_out;
    const rrdp::instant begin = v.net.now;
    while (v.net.now < begin + 500ms) {
        REQUIRE(v.net.run(pause));
        v.lie(station(2), {.op = resolution_op::hello,
                           .sender_node = 2,
                           .boot_id = static_cast<std::uint32_t>(v.dice.next()),
                           .sender_mtu = 1'500});
    }
    REQUIRE(v.net.run(20ms));
    const std::uint64_t said = v.a.stats().frames_out - before;
    INFO(v.lies << " lies, " << said << " frames for them");
    CHECK(v.lies >= 40);
    CHECK(said >= connections);
    CHECK(said <= 2 * connections + 10);  // two restarts in half a second are believed
    REQUIRE(v.net.run(10s));
    CHECK(v.a.ends.empty());
    CHECK(v.b.ends.empty());
}

TEST_CASE("a table that liars have filled has room again when they have been silent for a while",
          "[security][R-15.3][R-15.9]") {
    village v;
    REQUIRE(v.talk(rrdp::profiles::lan));
    for (std::uint16_t i = 0; i < 100; ++i)
        v.lie(v.anybody(), {.op = resolution_op::hello,
                            .sender_node = static_cast<std::uint16_t>(1'000 + i),
                            .boot_id = i,
                            .sender_mtu = 1'500});
    REQUIRE(v.net.run(1s));
    CHECK(v.a.dropped(drop_reason::nr_table_full) >= 90);
    const rrdp::wire::resolution_frame newcomer{
        .op = resolution_op::hello, .sender_node = 44, .boot_id = 1, .sender_mtu = 1'500};
    v.lie(station(44), newcomer);
    CHECK(v.knows(44) == node_state::incomplete);

    REQUIRE(v.net.run(240s));
    for (int hellos = 0; hellos < 3; ++hellos) {
        v.lie(station(44), newcomer);
        REQUIRE(v.net.run(2s));
    }
    CHECK(v.knows(44) == node_state::reachable);
    CHECK(v.knows(2) == node_state::reachable);  // who is spoken to has kept its place
    CHECK(v.a.ends.empty());
    CHECK(v.a.engine.node(node_id{3})->address == station(3));
}

TEST_CASE("who shows a learned node's boot id diverts it; one entered by hand nobody diverts",
          "[security][R-15.9][R-15.3][R-20.1]") {
    village v;
    const mac thief = v.anybody();
    const rrdp::wire::resolution_frame lie{.op = resolution_op::hello,
                                           .sender_node = 2,
                                           .boot_id = v.b.engine.boot_id(),
                                           .sender_mtu = 1'500};
    v.lie(thief, lie);  // as if another interface had taken over: docs/security.md
    CHECK(v.a.engine.node(node_id{2})->address == thief);
    REQUIRE(v.a.engine.add_node(node_id{2}, station(2)) == errc::ok);
    v.lie(thief, lie);
    CHECK(v.a.engine.node(node_id{2})->address == station(2));
    CHECK(v.a.dropped(drop_reason::nr_static) == 1);
}

TEST_CASE("strangers are greeted within bounds, and never by more than they have sent",
          "[security][R-15.8][R-20.2]") {
    village v;
    const std::uint64_t count = rounds(200'000);
    const rrdp::testing::segments stray{.source_port = 5, .destination_port = 6};
    const std::uint64_t in = v.a.stats().octets_in;
    const std::uint64_t out = v.a.stats().octets_out;
    for (std::uint64_t i = 0; i < count; ++i) {
        v.net.now += 10us;
        v.a.engine.handle_frame(v.net.now, framed(v.anybody(), v.a.address, stray.ack(1, 2)));
        v.net.settle();
    }
    CHECK(v.a.dropped(drop_reason::unknown_node) == count);
    const std::uint64_t seconds = 1 + count / 100'000;
    CHECK(v.net.astray >= 16);
    CHECK(v.net.astray <= 16 * (seconds + 1));
    CHECK(v.a.stats().octets_out - out <= v.a.stats().octets_in - in);
}

}  // namespace
}  // namespace siege
