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
    round(c, 1ms);
    CHECK(c.window() == 40);
    c.on_loss(path(1ms));
    CHECK(c.window() == 20);
    round(c);
    CHECK(c.window() == 21);
    round(c);
    CHECK(c.window() == 22);
}

TEST_CASE("congestion: to grow by one takes a window of deliveries, each time", "[core][S5]") {
    chosen_congestion c = started(congestion_kind::aimd);
    round(c);
    round(c, 1ms);
    c.on_loss(path(1ms));
    for (std::uint32_t window = 20; window < 24; ++window) {
        for (std::uint32_t delivered = 0; delivered < window; ++delivered) {
            CHECK(c.window() == window);
            c.on_delivered(1, path(0us, static_cast<std::uint16_t>(window)));
        }
        CHECK(c.window() == window + 1);
    }
}

TEST_CASE("congestion: a loss takes the queue out of the window, and at most half of it",
          "[core][S5]") {
    // 150 us are allowed: the shortest round trip and the target.
    constexpr std::pair<duration, std::uint32_t> cases[]{{0us, 40},   {50us, 40},  {100us, 30},
                                                         {150us, 24}, {900us, 20}, {99'900us, 20},
                                                         {10s, 20}};  // beyond its words
    for (const auto& [queue, left] : cases) {
        chosen_congestion c = started(congestion_kind::aimd);
        round(c, queue);
        round(c, queue);
        CHECK(c.window() == 40);
        c.on_loss(path(0us));  // the last sample does not matter
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
    // 200 us where 150 are allowed: how many are delivered until the window shrinks, and from what.
    const auto until_it_shrinks = [&c] {
        for (std::uint32_t delivered = 1;; ++delivered) {
            const std::uint32_t before = c.window();
            c.on_delivered(1, path(100us));
            if (c.window() < before) return std::pair{delivered, before};
            REQUIRE(delivered < 1'000);
        }
    };
    const auto [first, grown] = until_it_shrinks();
    CHECK(c.window() == grown * 150 / 200);
    for (int i = 0; i < 3; ++i) {
        const std::uint32_t window = c.window();
        const auto [delivered, before] = until_it_shrinks();
        CHECK(before == window);  // it did not grow meanwhile
        CHECK(delivered >= window);
        CHECK(c.window() == window * 150 / 200);
    }
    round(c);  // the round that decides is the last one that is over
    round(c);
    const std::uint32_t low = c.window();
    round(c);
    CHECK(c.window() == low + 1);
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

TEST_CASE("congestion: the window of the paper is that of the peer, whatever happens", "[core]") {
    fixed_window window;
    window.start({});
    window.on_delivered(1, {});
    window.on_loss({});
    window.on_timeout();
    CHECK(window.window() == 0xffff);
}

}  // namespace
}  // namespace rrdp
