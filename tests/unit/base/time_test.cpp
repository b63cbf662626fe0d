// SPDX-License-Identifier: Apache-2.0
#include <type_traits>

#include <rrdp/base/time.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

using namespace std::chrono_literals;

constexpr instant origin{};
constexpr instant last = never - duration{1};

static_assert(after(origin, 5ms) == origin + 5ms);
static_assert(after(origin + 5ms, -2ms) == origin + 3ms);
static_assert(after(origin, duration::zero()) == origin);
static_assert(sizeof(instant) == 8 && std::is_trivially_copyable_v<instant>);

template <class Clock>
concept can_be_read = requires {
    Clock::now();
};
static_assert(!can_be_read<timeline>, "whoever drives the engine decides what time it is");

struct coarse {
    using duration = std::chrono::milliseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<coarse>;
    static constexpr bool is_steady = true;
};

TEST_CASE("time: a deadline is its sum as long as that comes before the last moment", "[base]") {
    CHECK(after(last - 1ns, 1ns) == last);
    CHECK(after(origin, duration::max() - 1ns) == last);
    CHECK(after(instant::min(), duration::max()) == origin - 1ns);
}

TEST_CASE("time: a deadline that would come later is the last moment, and not never",
          "[base][R-1.4]") {
    for (const duration d : {duration{1}, duration{2}, duration{1h}, duration::max()})
        for (const duration before : {duration::zero(), d / 2}) {
            CHECK(after(last - before, d) == last);
            CHECK(after(last - before, d) != never);
        }
    CHECK(after(origin + 1ns, duration::max()) == last);
    CHECK(after(last, duration::max()) == last);
}

TEST_CASE("time: a later start or a longer span is never an earlier deadline", "[base]") {
    const duration spans[]{0ns, 1ns, 1s, 24h, duration::max() / 2, duration::max()};
    const instant starts[]{origin, origin + 1s, origin + duration::max() / 2, last - 1s, last};
    for (std::size_t s = 1; s < std::size(starts); ++s)
        for (std::size_t d = 1; d < std::size(spans); ++d) {
            CHECK(after(starts[s], spans[d]) >= after(starts[s - 1], spans[d]));
            CHECK(after(starts[s], spans[d]) >= after(starts[s], spans[d - 1]));
            CHECK(after(starts[s], spans[d]) >= starts[s]);
        }
}

TEST_CASE("time: moments of a steady clock become ours, to the nanosecond", "[base]") {
    using steady = std::chrono::steady_clock;
    CHECK(to_instant(steady::time_point{1'234'567ns}) == origin + 1'234'567ns);
    CHECK(to_instant(coarse::time_point{250ms}) == origin + 250'000'000ns);
    using whole = std::chrono::time_point<steady, std::chrono::seconds>;
    CHECK(to_instant(whole{3s}) - to_instant(whole{1s}) == 2s);
}

}  // namespace
}  // namespace rrdp
