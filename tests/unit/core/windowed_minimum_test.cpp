// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include <rrdp/core/windowed_minimum.hpp>

#include "support/catch.hpp"
#include "support/dice.hpp"

namespace rrdp {
namespace {

using namespace std::chrono_literals;

TEST_CASE("windowed_minimum: nothing before the first sample", "[core][R-9.1]") {
    CHECK(windowed_minimum{}.value() == 0ns);
}

TEST_CASE("windowed_minimum: five seconds are over at their end", "[core][R-9.1]") {
    constexpr duration half{(5'000'000'000 >> 20) << 20};  // in its ticks
    windowed_minimum m;
    m.sample(1ms, instant{});
    m.sample(3ms, instant{half});
    CHECK(m.value() == 1ms);
    m.sample(4ms, instant{2 * half});
    CHECK(m.value() == 3ms);
    m.sample(5ms, instant{4 * half});
    CHECK(m.value() == 5ms);
}

TEST_CASE("windowed_minimum: between the minimum of the last five and that of the last ten seconds",
          "[core][R-9.1]") {
    struct sample {
        duration value;
        instant at;
    };
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        testing::dice random{seed};
        windowed_minimum m;
        std::vector<sample> all;
        instant now{std::chrono::seconds{random.below(1'000'000)}};
        for (int i = 0; i < 300; ++i) {
            now += std::chrono::milliseconds{random.below(random.chance(5) ? 30'000 : 400)};
            const duration value{1 + random.below(1'000'000)};
            all.push_back({value, now});
            m.sample(value, now);
            const auto least_of = [&](duration span) {
                duration least = 1h;
                for (const sample& s : all)
                    if (now - s.at <= span) least = std::min(least, s.value);
                return least;
            };
            REQUIRE(m.value() <= least_of(4'990ms));
            REQUIRE(m.value() >= least_of(10'010ms));
        }
    }
}

TEST_CASE("windowed_minimum: what is longer than its word counts as the longest", "[core][R-9.1]") {
    windowed_minimum m;
    m.sample(1h, instant{});
    CHECK(m.value() == duration{0xffff'fffe});
    m.sample(4s, instant{1s});
    CHECK(m.value() == 4s);
}

}  // namespace
}  // namespace rrdp
