// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "security/siege.hpp"
#include "support/catch.hpp"

/// Records, ports and places that run out, and lengths that lie.
namespace siege {
namespace {

using rrdp::drop_reason;
using rrdp::errc;

constexpr rrdp::capacities few{
    .connections = 40, .rings = 8, .segments = 64, .segment_max = 100, .nodes = 8};

host::node_settings backlogs(std::uint16_t backlog, std::uint16_t queue) {
    host::node_settings o;
    o.backlog = backlog;
    o.accept_queue = queue;
    return o;
}

TEST_CASE("half-open connections end by themselves, whatever their number, and give all back",
          "[security][R-7.19][R-14.1][R-19.2]") {
    host h{1, few, backlogs(16, 64)};
    REQUIRE((h.knows(2, 6) && h.engine.listen(7) == errc::ok));
    wire net{{&h}};
    const std::size_t segments = h.engine.segments_available();
    std::uint64_t syns = 0;
    for (int wave = 0; wave < 20; ++wave) {
        for (std::uint16_t port = 1; port <= 500; ++port) {
            const rrdp::testing::segments s{.source_port = port, .destination_port = 7};
            const auto from = station(static_cast<std::uint8_t>(2 + port % 5));
            h.engine.handle_frame(net.now, framed(from, h.address, s.syn(1, lan_offer())));
            ++syns;
        }
        CHECK(h.engine.connections() == 16);
        REQUIRE(net.run(4s));
        CHECK(h.engine.connections() == 0);
    }
    CHECK(syns == 10'000);
    CHECK(h.dropped(drop_reason::backlog_full) == syns - 20 * 16);
    CHECK(h.engine.segments_available() == segments);
    CHECK(h.told.empty());  // an application hears nothing of them
}

TEST_CASE("a node that opens all there is takes no more than there is, and what it had comes back",
          "[security][R-6.1][R-11.1][R-19.11]") {
    host h{1, few, backlogs(8, 8)};
    REQUIRE((h.knows(2, 3) && h.engine.listen(7) == errc::ok));
    wire net{{&h}};
    std::uint64_t opened = 0;
    for (std::uint16_t port = 1; port <= 200; ++port) {
        const liar l{h, 3, port, 7, net.now};
        opened += l.open ? 1U : 0U;
        h.listens(net.now);
    }
    CHECK(opened == 40);
    CHECK(h.engine.connections() == 40);
    CHECK(h.dropped(drop_reason::table_full) == 160);
    // It falls silent: each is asked, found dead, and forgotten.
    REQUIRE(net.run(60s));  // eight at a time: each has to have a ring
    CHECK(h.ends.size() == 40);
    CHECK(h.engine.connections() == 0);
    liar again{h, 2, 5'000, 7, net.now};
    CHECK(again.open);
}

TEST_CASE("connections that nobody has been told of are bounded, with those that may become so",
          "[security][R-14.1]") {
    host h{1, few, backlogs(4, 6)};
    REQUIRE((h.knows(2, 3) && h.engine.listen(7) == errc::ok));
    const rrdp::instant now{1s};
    std::uint64_t opened = 0;
    for (std::uint16_t port = 1; port <= 100; ++port) {
        const liar l{h, 3, port, 7, now};
        opened += l.open ? 1U : 0U;
    }
    CHECK(opened == 6);
    CHECK(h.dropped(drop_reason::accept_queue_full) == 94);
}

TEST_CASE("an application that uses up its ports is told so, and gets them again",
          "[security][R-13.5][R-17.6]") {
    host::node_settings o;
    o.ephemeral = {50'000, 50'019};
    host h{1, few, o};
    host other{2, few};
    REQUIRE((h.knows(2, 2) && other.knows(1, 1)));
    wire net{{&h, &other}};
    std::set<std::uint16_t> ports;
    std::uint64_t refused = 0;
    for (int i = 0; i < 30; ++i) {
        const auto made = h.engine.connect(net.now, {rrdp::node_id{2}, 7});
        if (made)
            ports.insert(h.engine.info(*made)->remote.local_port);
        else
            refused += made.error() == errc::no_free_port ? 1U : 0U;
    }
    CHECK(ports.size() == 20);
    CHECK(refused == 10);
    CHECK(h.engine.connect(net.now, {rrdp::node_id{2}, 8}).has_value());  // to another port
    REQUIRE(net.run(10s));  // refused by node 2, and forgotten
    CHECK(h.engine.connect(net.now, {rrdp::node_id{2}, 7}).has_value());
}

TEST_CASE("lengths that lie, in a frame whose checksum is right, reach nothing and nobody",
          "[security][R-2.4][R-2.6][R-2.8][R-2.15][R-16.2]") {
    host h{1, few};
    REQUIRE((h.knows(2, 3) && h.engine.listen(7) == errc::ok));
    rrdp::instant now{1s};
    liar l{h, 3, 5'000, 7, now};
    REQUIRE(l.open);
    h.listens(now);
    rrdp::testing::dice dice{9};
    const std::uint64_t count = rounds(400'000);
    std::uint64_t longer = 0;
    std::array<std::byte, 1'600> out{};
    for (std::uint64_t i = 0; i < count; ++i) {
        now += 10us;
        auto s = l.says.data(static_cast<std::uint16_t>(l.next + 1 + dice.below(50)), l.heard,
                             "0123456789");
        s[1] = static_cast<std::byte>(dice.below(256));  // HL
        rrdp::store_be16(s.room(), 6, static_cast<std::uint16_t>(dice.next() >> dice.below(16)));
        const std::size_t size = dice.below(200);
        s.resize(size);
        rrdp::testing::repair_checksum(s.room().first(size));
        longer += size >= 14 && rrdp::load_be16(s, 6) > size ? 1U : 0U;
        octets_of_frame f = framed(l.address, h.address, s);
        if (dice.chance(50)) f.resize(14 + size);  // as a wire that does not pad
        h.engine.handle_frame(now, f);
        while (h.engine.poll_transmit(now, out)) {}
    }
    CHECK(longer > count / 4);
    CHECK(h.dropped(drop_reason::bad_header_length) > count / 10);
    CHECK(h.dropped(drop_reason::bad_data_length) > count / 10);
    CHECK(h.dropped(drop_reason::short_frame) > count / 100);
    CHECK(h.messages == 0);
    CHECK(h.ends.size() <= 1);
    CHECK(h.stats().internal_errors == 0);
    CHECK(h.stats().frames_in >= count);
}

}  // namespace
}  // namespace siege
