// SPDX-License-Identifier: Apache-2.0
#include "security/siege.hpp"
#include "support/catch.hpp"
#include "support/counting_new.hpp"

/// What a flood makes an endpoint's memory grow by: nothing.
namespace siege {
namespace {

/// A frame for node 1 from one of the nodes 2 to 9, or a stranger: of any kind that is well formed.
octets_of_frame anything(rrdp::testing::dice& dice) {
    static const auto said = lan_offer(with_cookies.offered);
    const std::uint64_t random = dice.next();
    const auto number = static_cast<std::uint16_t>(random);
    const rrdp::testing::segments from{
        .source_port = static_cast<std::uint16_t>(1 + (random >> 16) % 65'535),
        .destination_port = static_cast<std::uint16_t>(random % 4 == 0 ? 8 : 7)};
    const mac who = station(static_cast<std::uint8_t>(2 + (random >> 32) % 9));
    const mac own = station(1);
    switch ((random >> 40) % 8) {
        case 0: return framed(who, own, from.data(number, 200, "unasked"));
        case 1: return framed(who, own, from.rst(number, 200));
        case 2: return framed(who, own, from.eack(number, 200, {202, 203}));
        case 3: return framed(who, own, from.syn_ack(number, 200, lan_reply(7)));
        case 4:
            return framed(who, rrdp::wire::resolution_group,
                          {.op = rrdp::wire::resolution_op::hello,
                           .sender_node = static_cast<std::uint16_t>(random >> 48),
                           .boot_id = number});
        default: return framed(who, own, from.syn(number, said));
    }
}

TEST_CASE(
    "a flood of a million frames of all kinds allocates nothing, and what it took it gives back",
    "[security][R-17.2][R-2.16][R-6.1][R-14.1][R-19.2]") {
    host::node_settings o;
    o.resolution = rrdp::nr_role::active;
    host attacked{
        1, {.connections = 256, .rings = 16, .segments = 64, .segment_max = 200, .nodes = 16}, o};
    REQUIRE(attacked.knows(2, 9));
    REQUIRE(attacked.engine.listen(7, with_cookies) == rrdp::errc::ok);
    wire net{{&attacked}};
    REQUIRE(net.run(2s));
    const std::size_t segments = attacked.engine.segments_available();

    std::array<std::byte, 1'514> out{};
    rrdp::testing::dice dice{3};
    const std::uint64_t count = rounds(1'000'000);
    const std::size_t before = counting::allocations;
    std::uint64_t answers = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        net.now += 1us;
        attacked.engine.handle_frame(net.now, anything(dice));
        const auto due = attacked.engine.next_timeout();
        if (due && *due <= net.now) attacked.engine.handle_timeout(net.now);
        while (attacked.engine.poll_transmit(net.now, out)) ++answers;
    }
    CHECK(counting::allocations == before);
    CHECK(attacked.stats().frames_in >= count);
    CHECK(attacked.engine.connections() <= 128);  // two backlogs
    CHECK(attacked.dropped(rrdp::drop_reason::backlog_full) > count / 8);
    CHECK(attacked.dropped(rrdp::drop_reason::nr_static) > count / 20);
    CHECK(answers <= count + attacked.stats().retransmissions_open + 100);
    REQUIRE(net.run(10s));
    CHECK(attacked.engine.connections() == 0);
    CHECK(attacked.engine.segments_available() == segments);
    CHECK(attacked.stats().internal_errors == 0);
}

}  // namespace
}  // namespace siege
