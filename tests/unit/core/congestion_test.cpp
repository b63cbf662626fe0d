// SPDX-License-Identifier: Apache-2.0
#include <rrdp/core/congestion.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

using namespace std::chrono_literals;

/// A path of 100 us, with a queue of `queue`; `outstanding` after what was delivered.
path_state path(duration queue, std::uint32_t outstanding = 20'000) {
    return {100us, 100us + queue, 50us, static_cast<std::uint16_t>(outstanding)};
}

chosen_congestion started(congestion_kind kind) {
    chosen_congestion c;
    c.start({kind, 10});
    return c;
}

/// A round trip in which the whole window is delivered.
void round(chosen_congestion& c, duration queue = 0us) {
    for (std::uint32_t left = c.window(); left > 0; --left) c.on_delivered(1, path(queue));
}

TEST_CASE("congestion: fixed is what the paper has: nothing moves it", "[core][R-9.4]") {
    chosen_congestion c = started(congestion_kind::fixed);
    round(c);
    c.on_loss(path(1ms));
    c.on_timeout();
    CHECK(c.window() == 0xffff);
}

TEST_CASE("congestion: AIMD doubles each round trip until a loss, then adds one", "[core][S5]") {
    chosen_congestion c = started(congestion_kind::aimd);
    CHECK(c.window() == 10);
    round(c);
    CHECK(c.window() == 20);
    round(c);
    CHECK(c.window() == 40);
    c.on_loss(path(1ms));
    CHECK(c.window() == 20);
    round(c);
    CHECK(c.window() == 21);
    round(c);
    CHECK(c.window() == 22);
}

TEST_CASE("congestion: a loss takes the queue out of the window, and at most half of it",
          "[core][S5]") {
    for (const auto& [queue, left] :
         {std::pair{0us, 40U}, {25us, 32U}, {60us, 25U}, {9'900us, 20U}}) {
        chosen_congestion c = started(congestion_kind::aimd);
        round(c);
        round(c);
        c.on_loss(path(queue));
        CHECK(c.window() == left);
    }
}

TEST_CASE("congestion: a time-out leaves one segment, and half the window as the threshold",
          "[core][R-9.4]") {
    chosen_congestion c = started(congestion_kind::aimd);
    round(c);
    c.on_timeout();
    CHECK(c.window() == 1);
    for (const std::uint32_t wanted : {2U, 4U, 8U, 10U, 11U, 12U}) {
        round(c);
        CHECK(c.window() == wanted);
    }
    c.on_timeout();
    c.on_timeout();
    round(c);
    CHECK(c.window() == 2);  // the threshold is 2 at least
    round(c);
    CHECK(c.window() == 3);
}

TEST_CASE("congestion: a window that was not used does not grow", "[core][S5]") {
    for (const auto kind : {congestion_kind::aimd, congestion_kind::delay_target}) {
        chosen_congestion c = started(kind);
        for (int i = 0; i < 1'000; ++i) c.on_delivered(1, path(0us, 8));  // nine of ten
        CHECK(c.window() == 10);
        c.on_delivered(1, path(0us, 9));
        CHECK(c.window() == 11);
    }
}

TEST_CASE("congestion: it grows to the largest window there is and no further", "[core][S5]") {
    chosen_congestion c = started(congestion_kind::aimd);
    for (int i = 0; i < 20; ++i) round(c);
    CHECK(c.window() == 16'383);
}

TEST_CASE("congestion: the delay target is held: below it grows, above it shrinks once a round",
          "[core][S5]") {
    chosen_congestion c = started(congestion_kind::delay_target);
    round(c);
    round(c);
    CHECK(c.window() == 40);
    c.on_delivered(1, path(100us));  // 200 us where 150 are allowed
    CHECK(c.window() == 30);
    for (int i = 0; i < 39; ++i) c.on_delivered(1, path(100us));
    CHECK(c.window() == 30);
    c.on_delivered(1, path(100us));
    CHECK(c.window() == 22);
    round(c, 50us);
    CHECK(c.window() == 23);
}

TEST_CASE("congestion: many short steps end near the target", "[core][S5]") {
    // A bottleneck that sends a segment in 10 us: what is above 10 in flight stands in its queue.
    for (const duration target : {20us, 50us, 200us}) {
        chosen_congestion c = started(congestion_kind::delay_target);
        for (int i = 0; i < 200; ++i) {
            const auto queued = c.window() > 10 ? c.window() - 10 : 0;
            path_state p = path(queued * 10us);
            p.delay_target = target;
            for (std::uint32_t left = c.window(); left > 0; --left) c.on_delivered(1, p);
        }
        const duration queue = (c.window() - 10) * 10us;
        CHECK(queue >= target - 20us);
        CHECK(queue <= target + 20us);
    }
}

}  // namespace
}  // namespace rrdp
