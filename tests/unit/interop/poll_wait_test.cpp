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

static_assert(poll_wait(noon, noon + 1ns) == 1 && same(poll_timespec(noon, noon + 1s), 1, 0),
              "both are constant expressions, too");

}  // namespace

TEST_CASE("poll_wait: without a deadline poll sleeps for ever", "[interop][poll_wait]") {
    CHECK(poll_wait(noon, std::nullopt) == -1);
    CHECK(poll_wait(noon, never) == -1);
    CHECK_FALSE(poll_timespec(noon, std::nullopt));
    CHECK_FALSE(poll_timespec(noon, never));
}

TEST_CASE("poll_wait: a deadline that has come does not become \"for ever\"",
          "[interop][poll_wait]") {
    CHECK(poll_wait(noon, noon) == 0);
    CHECK(poll_wait(noon, noon - 1ns) == 0);
    CHECK(poll_wait(noon, noon - 5h) == 0);
    CHECK(poll_wait(noon, instant::min()) == 0);
    CHECK(same(poll_timespec(noon, noon), 0, 0));
    CHECK(same(poll_timespec(noon, noon - 5h), 0, 0));
}

TEST_CASE("poll_wait: milliseconds are rounded up, so that nobody spins towards a deadline",
          "[interop][poll_wait]") {
    CHECK(poll_wait(noon, noon + 1ns) == 1);
    CHECK(poll_wait(noon, noon + 999'999ns) == 1);
    CHECK(poll_wait(noon, noon + 1ms) == 1);
    CHECK(poll_wait(noon, noon + 1ms + 1ns) == 2);
    CHECK(poll_wait(noon, noon + 1h) == 3'600'000);
}

TEST_CASE("poll_wait: a deadline beyond the range of int wakes early, never at once",
          "[interop][poll_wait]") {
    constexpr int longest = std::numeric_limits<int>::max();
    CHECK(poll_wait(noon, noon + 600h) == longest);
    CHECK(poll_wait(noon, never - 1ns) == longest);
    CHECK(poll_wait(instant::min(), never - 1ns) == longest);
}

TEST_CASE("poll_timespec: sleeps to the nanosecond", "[interop][poll_wait]") {
    CHECK(same(poll_timespec(noon, noon + 1ns), 0, 1));
    CHECK(same(poll_timespec(noon, noon + 1'999'999'999ns), 1, 999'999'999));
    CHECK(same(poll_timespec(noon, noon + 600h), 2'160'000, 0));
}

}  // namespace rrdp
