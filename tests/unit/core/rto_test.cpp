// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include <rrdp/core/profiles.hpp>
#include <rrdp/core/rto.hpp>

#include "support/catch.hpp"
#include "support/dice.hpp"

namespace rrdp {
namespace {

using namespace std::chrono_literals;

constexpr duration fine{1};  // a granularity that never matters
constexpr duration none = duration::zero();

/// Limits so wide that they never matter.
constexpr options wide{.rto_initial = 1s, .rto_min = 1ns, .rto_max = 1h};

constexpr round_trip measured_once(duration rtt) {
    round_trip r;
    r.sample(rtt, 1h, instant{});
    return r;
}
static_assert(measured_once(8ms).smoothed() == 8ms);
static_assert(measured_once(8ms).deviation() == 4ms);
static_assert(measured_once(8ms).timeout(wide, fine, none) == 24ms, "SRTT + 4 * RTTVAR");

TEST_CASE("round_trip: it follows RFC 6298 in floating point, but for rounding",
          "[core][R-9.1][R-9.2]") {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        testing::dice random{seed};
        round_trip r;
        double srtt = 0;
        double rttvar = 0;
        const std::uint32_t scale = 100U << random.below(20);
        for (int i = 0; i < 500; ++i) {
            const duration sample{1 + random.below(scale)};
            r.sample(sample, 1h, instant{});
            const auto rtt = static_cast<double>(sample.count());
            rttvar = i == 0 ? rtt / 2 : 0.75 * rttvar + 0.25 * std::abs(srtt - rtt);
            srtt = i == 0 ? rtt : 0.875 * srtt + 0.125 * rtt;
            REQUIRE(std::abs(static_cast<double>(r.smoothed().count()) - srtt) < 8);
            REQUIRE(std::abs(static_cast<double>(r.deviation().count()) - rttvar) < 13);
            const double rto = srtt + 4 * rttvar + 5'000;
            REQUIRE(std::abs(static_cast<double>(r.timeout(wide, fine, 5us).count()) - rto) < 60);
        }
    }
}

TEST_CASE("round_trip: before a sample the time-out is the initial one, and nothing else",
          "[core][R-9.2]") {
    const round_trip r;
    CHECK_FALSE(r.measured());
    CHECK(r.timeout(profiles::lan, 16us, 1ms) == 50ms);
    CHECK(r.timeout(profiles::paper_exact, 16us, 1ms) == 100ms);
    CHECK(r.timeout(profiles::lan, 1h, 1h) == 50ms);
}

TEST_CASE("round_trip: the spread is at least the granularity of the timers", "[core][R-9.2]") {
    round_trip r;
    for (int i = 0; i < 100; ++i) r.sample(10ms, 1h, instant{});
    CHECK(r.deviation() < 4ns);
    CHECK(r.timeout(wide, 300us, none) == 10ms + 300us);
    CHECK(r.timeout(wide, 300us, 1ms) == 11ms + 300us);
}

TEST_CASE("round_trip: the time-out stays between its limits", "[core][R-9.2]") {
    round_trip near;
    near.sample(10us, 1h, instant{});
    CHECK(near.timeout(profiles::lan, 16us, none) == profiles::lan.rto_min);
    round_trip far;
    far.sample(900ms, 1s, instant{});
    CHECK(far.timeout(profiles::lan, 16us, none) == profiles::lan.rto_max);
}

TEST_CASE("round_trip: each back-off doubles the clamped time-out up to the limit",
          "[core][R-9.2][R-9.4]") {
    round_trip r;
    r.sample(10us, 1h, instant{});
    duration expected = profiles::lan.rto_min;
    for (int i = 0; i < 300; ++i) {
        CHECK(r.timeout(profiles::lan, 16us, none) == expected);
        r.back_off();
        expected = std::min(duration{expected * 2}, profiles::lan.rto_max);
    }
    r.forgive();
    CHECK(r.backoff() == 0);
    CHECK(r.timeout(profiles::lan, 16us, none) == profiles::lan.rto_min);
}

TEST_CASE("round_trip: the widest limits that are accepted cannot overflow", "[core][R-9.2]") {
    constexpr duration longest = rto_limit;
    const options o{.rto_initial = longest, .rto_min = longest, .rto_max = longest};
    REQUIRE(check(o, 64) == errc::ok);
    round_trip r;
    for (int i = 0; i < 100; ++i) {
        r.sample(i % 2 == 0 ? longest : duration{1}, o.rto_max, instant{});
        r.back_off();
        CHECK(r.timeout(o, longest, longest) == longest);
    }
    const options from_the_shortest{.rto_initial = 1ns, .rto_min = 1ns, .rto_max = longest};
    round_trip backed_off;
    for (int i = 0; i < 255; ++i) {
        const duration before = backed_off.timeout(from_the_shortest, fine, none);
        backed_off.back_off();
        const duration after = backed_off.timeout(from_the_shortest, fine, none);
        CHECK((after >= before && after > none && after <= longest));
    }
}

TEST_CASE("round_trip: a sample across a jump of the clock is no sample", "[core][R-9.10]") {
    round_trip r;
    r.sample(2s, 1s, instant{});
    r.sample(-1ns, 1s, instant{});
    CHECK_FALSE(r.measured());
    r.sample(1s, 1s, instant{});
    CHECK(r.smoothed() == 1s);
    r.sample(1s + 1ns, 1s, instant{});
    r.sample(-5s, 1s, instant{});
    CHECK(r.smoothed() == 1s);
    CHECK(r.deviation() == 500ms);
}

TEST_CASE("round_trip: an answer in no time at all is measured, too", "[core][R-9.1]") {
    round_trip r;
    for (int i = 0; i < 50; ++i) {
        r.sample(none, 1s, instant{});
        CHECK(r.measured());
        CHECK(r.timeout(profiles::lan, 16us, none) == profiles::lan.rto_min);
    }
}

TEST_CASE("round_trip: when the tail is probed, on a path without noise", "[core][R-9.8]") {
    round_trip r;
    for (int i = 0; i < 200; ++i) r.sample(1ms, 1s, instant{});
    REQUIRE(r.smoothed() == 1ms);
    REQUIRE(r.deviation() < 10ns);
    CHECK(r.probe_timeout(100us, none, false) == 2ms);
    CHECK(r.probe_timeout(100us, none, true) == 1'150us);   // one and a half ticks of the timers
    CHECK(r.probe_timeout(100us, 500us, true) == 1'650us);  // behind what the peer may hold back
    CHECK(r.probe_timeout(1ms, 500us, true) == 2'500us);    // allows no more
    r.probe();
    CHECK(r.probe_timeout(100us, 500us, false) == 4ms);
    CHECK(r.probe_timeout(100us, 500us, true) == 5ms);
    r.probe();
    CHECK(r.probe_timeout(100us, none, false) == 8ms);
    r.forgive();
    CHECK(r.probe_timeout(100us, none, false) == 2ms);
}

TEST_CASE("round_trip: of the noise half the path's own round trip counts at most",
          "[core][R-9.8]") {
    round_trip r;
    r.sample(1ms, 1s, instant{});
    CHECK(r.probe_timeout(fine, none, true) == 2ms);  // as much as is said: one sample is no noise
    r.sample(1ms, 1s, instant{});
    REQUIRE(2 * r.deviation() == 750us);
    CHECK(r.probe_timeout(fine, none, true) == 1'500us);
}

TEST_CASE("round_trip: no time at all is measured, too, and the least there is", "[core][R-9.1]") {
    round_trip r;
    CHECK_FALSE(r.measured());
    r.sample(0ns, 1s, instant{});
    CHECK(r.measured());
    CHECK(r.smoothed() == 1ns);
}

TEST_CASE("round_trip: a doubtful sample counts at most a quarter more than the estimate",
          "[core][R-9.1]") {
    CHECK(round_trip{}.doubtful(7ms) == 7ms);  // the first one: there is nothing else to go by
    const round_trip r = measured_once(8ms);
    CHECK(r.doubtful(9ms) == 9ms);
    CHECK(r.doubtful(20ms) == 10ms);
}

TEST_CASE("round_trip: the time between probes doubles, but not without end", "[core][R-9.8]") {
    round_trip r = measured_once(8ms);
    for (int i = 1; i <= 20; ++i) {
        r.probe();
        CHECK(r.probe_timeout(fine, none, false) == (1 << i) * 16ms);
    }
    r.probe();
    CHECK(r.probes() == 20);
    CHECK(r.probe_timeout(fine, none, false) == (1 << 20) * 16ms);
}

TEST_CASE("round_trip: losses without a queue make it calm, those behind one do not",
          "[core][R-9.8]") {
    round_trip r = measured_once(8ms);
    r.sample(8'050us, 1s, instant{});  // behind a queue that is as long as it may be
    for (int i = 0; i < 100; ++i) r.lose(50us);
    CHECK(r.calm());
    r.sample(8'051us, 1s, instant{});
    for (int i = 0; i < 8; ++i) r.lose(50us);
    CHECK_FALSE(r.calm());
}

}  // namespace
}  // namespace rrdp
