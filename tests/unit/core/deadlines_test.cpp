// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include <rrdp/core/deadlines.hpp>

#include "support/catch.hpp"
#include "support/dice.hpp"

namespace rrdp {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t timers = static_cast<std::size_t>(timer::count_);
constexpr instant origin{};

static_assert(deadlines{}.earliest() == never);

TEST_CASE("deadlines: no timer runs at first, and none ever fires unasked", "[core][R-9.10]") {
    deadlines d;
    for (std::size_t i = 0; i < timers; ++i) {
        const auto t = static_cast<timer>(i);
        CHECK_FALSE(d.running(t));
        CHECK(d.at(t) == never);
        CHECK_FALSE(d.expire(t, origin));
        CHECK_FALSE(d.expire(t, never - 1ns));
        CHECK_FALSE(d.expire(t, never));
    }
}

TEST_CASE("deadlines: a timer fires when now equals its deadline, and not before",
          "[core][R-17.3]") {
    deadlines d;
    d.set(timer::keepalive, origin + 5ms);
    CHECK_FALSE(d.expire(timer::keepalive, origin + 5ms - 1ns));
    CHECK(d.running(timer::keepalive));
    CHECK(d.expire(timer::keepalive, origin + 5ms));
}

TEST_CASE("deadlines: a timer fires once a deadline, however far now jumps", "[core][R-9.10]") {
    deadlines d;
    d.set(timer::retransmit, origin + 1ms);
    CHECK(d.expire(timer::retransmit, origin + 1h));
    CHECK_FALSE(d.running(timer::retransmit));
    CHECK_FALSE(d.expire(timer::retransmit, origin + 2h));
}

TEST_CASE("deadlines: the earliest is the earliest, whatever is set, cleared and fired",
          "[core][R-17.3]") {
    testing::dice random{1};
    deadlines d;
    std::array<instant, timers> model{};
    model.fill(never);
    for (int i = 0; i < 5'000; ++i) {
        const std::size_t at = random.below(timers);
        const auto t = static_cast<timer>(at);
        const instant when = origin + duration{random.below(20)};
        switch (random.below(20)) {
            case 0:
                d.clear_all();
                model.fill(never);
                break;
            case 1:
            case 2:
            case 3:
                d.clear(t);
                model[at] = never;
                break;
            case 4:
            case 5:
            case 6:
                REQUIRE(d.expire(t, when) == (model[at] <= when));
                if (model[at] <= when) model[at] = never;
                break;
            default:
                d.set(t, when);
                model[at] = when;
                break;
        }
        REQUIRE(d.earliest() == *std::min_element(model.begin(), model.end()));
        for (std::size_t k = 0; k < timers; ++k) {
            REQUIRE(d.at(static_cast<timer>(k)) == model[k]);
            REQUIRE(d.running(static_cast<timer>(k)) == (model[k] != never));
        }
    }
}

}  // namespace
}  // namespace rrdp
