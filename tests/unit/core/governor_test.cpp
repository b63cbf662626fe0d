// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <rrdp/core/governor_pool.hpp>

#include "support/catch.hpp"
#include "support/dice.hpp"

namespace rrdp {
namespace {

using namespace std::chrono_literals;

constexpr duration msl = 20ms;

TEST_CASE("governor: what was never sent holds nothing back", "[core][R-13.2]") {
    const governor g;
    for (std::uint32_t s = 0; s < 0x1'0000; s += 100)
        CHECK(g.permitted(sequence{s}, msl) <= instant{});
}

TEST_CASE("governor: a number waits for a lifetime since the one half a circle before it",
          "[core][R-13.2][R-13.3]") {
    governor g;
    const auto first = GENERATE(as<std::uint32_t>{}, 0, 1'023, 1'024, 0x7fff, 0x8000, 0xffff);
    g.sent(sequence{first}, instant{5s});
    CHECK(g.permitted(sequence{first} + 0x8000, msl) == instant{5s} + msl);
    CHECK(g.permitted(sequence{first} + 1, msl) <= instant{});
}

TEST_CASE("governor: with stamps of blocks it never permits earlier than with exact ones",
          "[core][R-13.3][T-W3]") {
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
        testing::dice random{seed};
        governor g;
        std::vector<instant> exact(0x1'0000, instant::min());
        sequence next{random.below(0x1'0000)};
        instant now{};
        std::uint32_t waits = 0;
        for (int i = 0; i < 200'000; ++i) {
            now += duration{random.below(random.below(60'000) == 0 ? 20'000'000 : 900)};
            const instant from = g.permitted(next, msl);
            const instant before = exact[(next + 0x8000).low().value()];
            const instant earliest = before == instant::min() ? before : before + msl;
            REQUIRE(from >= earliest);
            // Not later than for the number that ends the block of its opposite, either.
            REQUIRE(from <= now + msl);
            if (from > now) ++waits, now = from;
            g.sent(next, now);
            exact[next.low().value()] = now;
            next = next + 1;
        }
        CHECK(waits > 3);
    }
}

TEST_CASE("governor: the wrap law at its threshold: wrong at M = RW + L, right at M = RW + L + 1",
          "[core][R-13.2][T-W2]") {
    // Numbers modulo `m`, a receive window of `rw`, copies that may arrive when `l` newer ones
    // were first sent.
    const auto taken_for_new = [](int m, int rw, int l) {
        for (int next = m; next < 3 * m; ++next)  // the number to be sent next, unwrapped
            for (int behind = 0; behind <= rw / 2; ++behind)  // the receiver's CUR = next - 1 - it
                for (int stale = next - 1 - l; stale < next; ++stale) {
                    const int current = next - 1 - behind;
                    const int k = ((stale - current) % m + m) % m;  // as the receiver sees it
                    const bool in_window = 1 <= k && k <= rw;
                    if (in_window && current + k != stale) return true;
                }
        return false;
    };
    for (const int rw : {2, 4, 8, 16})
        for (const int l : {1, 2, 3, 7, 20}) {
            if (l < rw) continue;  // the window itself is the longest way back
            CAPTURE(rw, l);
            CHECK(taken_for_new(rw + l, rw, l));
            CHECK_FALSE(taken_for_new(rw + l + 1, rw, l));
        }
}

TEST_CASE("governor: X of 8191 and half a circle keep the law, 8192 does not", "[core][R-13.2]") {
    // L <= 2X + 2^15 under the governor, RW = 2X: the proof of section 13.
    const auto holds = [](int x) { return 0x1'0000 >= 2 * x + (2 * x + 0x8000) + 1; };
    STATIC_REQUIRE(governor::outstanding_max == 8'191);
    CHECK(holds(governor::outstanding_max));
    CHECK_FALSE(holds(governor::outstanding_max + 1));
}

TEST_CASE("governor_pool: each is lent to one at a time, and comes back as new", "[core][R-6.1]") {
    std::vector<governor_pool::entry> entries(3);
    governor_pool pool{entries};
    CHECK(pool.available() == 3);
    const governor_handle a = pool.take();
    const governor_handle b = pool.take();
    const governor_handle c = pool.take();
    CHECK((a != b && b != c && a != c));
    CHECK(pool.available() == 0);
    CHECK(pool.take() == no_governor);
    pool.at(b).sent(sequence{7}, instant{1s});
    pool.give_back(b);
    CHECK(pool.take() == b);
    CHECK(pool.at(b).permitted(sequence{7} + 0x8000, msl) <= instant{});
}

}  // namespace
}  // namespace rrdp
