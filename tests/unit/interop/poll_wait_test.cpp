// SPDX-License-Identifier: Apache-2.0
#include <rrdp/interop/poll_wait.hpp>

#include "support/catch.hpp"

namespace rrdp {

using namespace std::chrono_literals;

namespace {

constexpr instant noon{12h};

constexpr bool same(std::optional<std::timespec> wait, long seconds, long nanoseconds) {
    return wait && wait->tv_sec == seconds && wait->tv_nsec == nanoseconds;
}

}  // namespace

TEST_CASE("poll_wait: without a deadline poll sleeps for ever", "[interop][poll_wait]") {
    STATIC_REQUIRE(poll_wait(noon, std::nullopt) == -1);
    STATIC_REQUIRE(poll_wait(noon, never) == -1);
    STATIC_REQUIRE_FALSE(poll_timespec(noon, std::nullopt));
    STATIC_REQUIRE_FALSE(poll_timespec(noon, never));
}

TEST_CASE("poll_wait: a deadline that has come does not become \"for ever\"",
          "[interop][poll_wait]") {
    STATIC_REQUIRE(poll_wait(noon, noon) == 0);
    STATIC_REQUIRE(poll_wait(noon, noon - 1ns) == 0);
    STATIC_REQUIRE(poll_wait(noon, noon - 5h) == 0);
    STATIC_REQUIRE(poll_wait(noon, instant::min()) == 0);
    STATIC_REQUIRE(same(poll_timespec(noon, noon), 0, 0));
    STATIC_REQUIRE(same(poll_timespec(noon, noon - 5h), 0, 0));
}

TEST_CASE("poll_wait: milliseconds are rounded up, so that nobody spins towards a deadline",
          "[interop][poll_wait]") {
    STATIC_REQUIRE(poll_wait(noon, noon + 1ns) == 1);
    STATIC_REQUIRE(poll_wait(noon, noon + 999'999ns) == 1);
    STATIC_REQUIRE(poll_wait(noon, noon + 1ms) == 1);
    STATIC_REQUIRE(poll_wait(noon, noon + 1ms + 1ns) == 2);
    STATIC_REQUIRE(poll_wait(noon, noon + 1h) == 3'600'000);
}

TEST_CASE("poll_wait: a deadline beyond the range of int wakes early, never at once",
          "[interop][poll_wait]") {
    constexpr int longest = std::numeric_limits<int>::max();
    STATIC_REQUIRE(poll_wait(noon, noon + 600h) == longest);
    STATIC_REQUIRE(poll_wait(noon, never - 1ns) == longest);
    STATIC_REQUIRE(poll_wait(instant::min(), never - 1ns) == longest);
}

TEST_CASE("poll_timespec: sleeps to the nanosecond", "[interop][poll_wait]") {
    STATIC_REQUIRE(same(poll_timespec(noon, noon + 1ns), 0, 1));
    STATIC_REQUIRE(same(poll_timespec(noon, noon + 1'999'999'999ns), 1, 999'999'999));
    STATIC_REQUIRE(same(poll_timespec(noon, noon + 600h), 2'160'000, 0));
}

}  // namespace rrdp
