// SPDX-License-Identifier: Apache-2.0
#include <rrdp/adapters/spin_budget.hpp>
#include <rrdp/adapters/wait_plan.hpp>

#include "support/catch.hpp"

namespace rrdp::adapters {

using namespace std::chrono_literals;

TEST_CASE("wait_plan: it reads what it writes", "[adapters]") {
    for (const char* text : {"spin", "block", "adaptive:50", "adaptive:1", "adaptive:1000000"}) {
        const auto plan = to_wait_plan(text);
        REQUIRE(plan);
        CHECK(to_text(*plan) == text);
    }
    CHECK(to_wait_plan("adaptive") == to_wait_plan("adaptive:100"));
    CHECK(to_wait_plan("adaptive:7")->spin_max == 7us);
}

TEST_CASE("wait_plan: it reads nothing else", "[adapters]") {
    for (const char* text :
         {"", "Spin", "spin ", "sleep", "spin:5", "block:5", "adaptive:", "adaptive:0",
          "adaptive:-1", "adaptive:+1", "adaptive: 5", "adaptive:5us", "adaptive:1000001",
          "adaptive:4294967346", "adaptive:99999999999999999999"})
        CHECK_FALSE(to_wait_plan(text));
}

TEST_CASE("spin_budget: doubled by reward, halved in vain, within its bounds", "[adapters]") {
    spin_budget b{64us};
    CHECK(b.now() == 64us);
    b.rewarded();
    CHECK(b.now() == 64us);
    for (const auto left : {32us, 16us, 8us, 4us, 2us, 1us, 0us, 0us}) {
        b.in_vain();
        CHECK(b.now() == left);
    }
    for (const auto more : {1us, 2us, 4us, 8us, 16us, 32us, 64us, 64us}) {
        b.rewarded();
        CHECK(b.now() == more);
    }
}

TEST_CASE("spin_budget: a sleep that a spin would have spared counts as worth it", "[adapters]") {
    spin_budget b{64us};
    b.slept(129us, true);
    CHECK(b.now() == 32us);
    b.slept(128us, true);  // a spin of 64, and a wake-up
    CHECK(b.now() == 64us);
    b.slept(1us, false);  // a timer is no reward
    CHECK(b.now() == 32us);
}

TEST_CASE("spin_budget: nothing to spend is spent", "[adapters]") {
    spin_budget b{duration{-5}};
    CHECK(b.most() == 1ns);
    b.in_vain();
    CHECK(b.now() == 0ns);
}

}  // namespace rrdp::adapters
