// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include <rrdp/core/token_bucket.hpp>

#include "support/catch.hpp"
#include "support/dice.hpp"

namespace rrdp {
namespace {

using namespace std::chrono_literals;

constexpr instant start{duration{1'000'000'000}};

static_assert(sizeof(token_bucket) == 8);

int taken_at_once(token_bucket& b, instant now, duration interval, int depth) {
    int taken = 0;
    while (taken < 10'000 && b.take(now, interval, depth)) ++taken;
    return taken;
}

TEST_CASE("token_bucket: a full one gives a burst of its depth, then one an interval",
          "[core][R-7.4][R-7.6]") {
    const auto depth = GENERATE(1, 2, 16);
    token_bucket b;
    CHECK(taken_at_once(b, start, 10ms, depth) == depth);
    CHECK_FALSE(b.take(start + 10ms - 1ns, 10ms, depth));
    CHECK(taken_at_once(b, start + 10ms, 10ms, depth) == 1);
    CHECK(taken_at_once(b, start + 20ms, 10ms, depth) == 1);
    CHECK(taken_at_once(b, start + 20ms + 10ms * depth, 10ms, depth) == depth);
}

TEST_CASE("token_bucket: no more is saved than its depth, however long the silence",
          "[core][R-7.4]") {
    token_bucket b;
    CHECK(taken_at_once(b, start + 24h, 10ms, token_bucket::burst) == token_bucket::burst);
    CHECK(taken_at_once(b, start + 48h, 10ms, token_bucket::burst) == token_bucket::burst);
}

TEST_CASE("token_bucket: who asks all the time gets a hundred a second", "[core][R-7.4][R-7.6]") {
    token_bucket b;
    int taken = 0;
    for (int ms = 0; ms < 10'000; ++ms) taken += b.take(start + std::chrono::milliseconds{ms}, 100);
    CHECK(taken == 16 + 999);
}

TEST_CASE("token_bucket: it gives what a counter of tokens would give", "[core][R-7.4]") {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        testing::dice random{seed};
        const duration interval{1 + random.below(50)};
        const int depth = random.between(1, 8);
        token_bucket b;
        instant now = start;
        duration level = interval * depth;  // tokens, in units of the time that one takes
        for (int i = 0; i < 2'000; ++i) {
            const duration step{random.chance(10) ? random.below(1'000) : random.below(40)};
            now += step;
            level = std::min(level + step, duration{interval * depth});
            const bool expected = level >= interval;
            if (expected) level -= interval;
            REQUIRE(b.take(now, interval, depth) == expected);
        }
    }
}

TEST_CASE("token_bucket: one that is empty says nothing of another", "[core][R-7.4]") {
    token_bucket one;
    token_bucket other;
    CHECK(taken_at_once(one, start, 10ms, token_bucket::burst) == token_bucket::burst);
    CHECK(other.take(start, 100));
}

}  // namespace
}  // namespace rrdp
