// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <rrdp/core/context.hpp>

#include "support/catch.hpp"
#include "support/dice.hpp"

namespace rrdp {
namespace {

using namespace std::chrono_literals;

/// What a context refers to.
struct surroundings {
    std::array<segment_descriptor, 4> descriptors{};
    std::array<std::byte, 4 * 100> memory{};
    segment_pool pool{descriptors, memory, 100, 1};
    ring_pool rings{};
    statistics stats{};
    null_observer observer{};
    options opt{};

    context<default_policy> at(instant now, std::uint16_t mtu = 1'500) {
        return {pool, rings, stats, observer, opt, now, 0, mtu};
    }
};

constexpr duration tick = default_policy::timer_tick;

TEST_CASE("context: a deadline lies on a tick, never early and less than a tick late",
          "[core][R-17.3]") {
    surroundings s;
    testing::dice random{8};
    for (int i = 0; i < 10'000; ++i) {
        const instant now{duration{static_cast<std::int64_t>(random.next() >> 4)}};
        const duration d{static_cast<std::int64_t>(random.next() >> random.between(4, 60))};
        const instant deadline = s.at(now).deadline(d);
        REQUIRE(deadline.time_since_epoch() % tick == 0ns);
        REQUIRE(deadline >= now + d);
        REQUIRE(deadline - (now + d) < tick);
    }
}

TEST_CASE("context: a deadline on a tick is exact, and zero from a tick is now", "[core][R-17.3]") {
    surroundings s;
    const instant on_tick{tick * 1'000};
    CHECK(s.at(on_tick).deadline(0ns) == on_tick);
    CHECK(s.at(on_tick).deadline(3 * tick) == on_tick + 3 * tick);
    CHECK(s.at(on_tick).deadline(1ns) == on_tick + tick);
    CHECK(s.at(on_tick - 1ns).deadline(0ns) == on_tick);
}

TEST_CASE("context: a deadline beyond all time is late, but not never", "[core][R-1.4]") {
    surroundings s;
    const instant late = s.at(instant{1s}).deadline(duration::max());
    CHECK(late == never - 1ns);
    CHECK(s.at(never - 1ns).deadline(5s) == never - 1ns);
}

TEST_CASE("context: a segment is received that fits both the link and the pool",
          "[core][R-5.1][R-7.27]") {
    surroundings s;
    CHECK(s.at({}).receive_limit() == 114);
    CHECK(s.at({}, 114).receive_limit() == 114);
    CHECK(s.at({}, 113).receive_limit() == 113);
    CHECK(s.at({}, 64).receive_limit() == 64);
}

struct summing : default_policy {
    using checksum = wire::crc32c_checksum;
};

TEST_CASE("context: a policy of CRC32C offers it, unless no TLV may be sent", "[core][R-4.6]") {
    constexpr auto crc32c = wire::features::crc32c;
    options o;
    CHECK(offer<default_policy>(o) == o.offered);
    CHECK(offer<summing>(o) == (o.offered | crc32c));
    o.extended = false;
    o.offered = {};
    CHECK(offer<summing>(o).none());
}

}  // namespace
}  // namespace rrdp
