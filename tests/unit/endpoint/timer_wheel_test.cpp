// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include <rrdp/endpoint/timer_wheel.hpp>

#include "support/catch.hpp"
#include "support/dice.hpp"

namespace rrdp {
namespace {

using namespace std::chrono_literals;

constexpr instant last = never - duration{1};
constexpr int levels = 11;  // groups of six bits in 64

/// A wheel, and beside it a sorted list of what is to fire when.
class modelled_wheel {
public:
    static constexpr std::uint32_t timers = 40;

    explicit modelled_wheel(duration tick) : tick_{tick}, wheel_{nodes_, tick} {}

    void set(std::uint32_t n, instant when) {
        wheel_.set(n, when);
        forget(n);
        const std::uint64_t ticks = std::max(ticks_up(when), now_ticks() + 1);
        due_.emplace(ticks, n);
        wanted_[n] = when;
        REQUIRE(wheel_.armed(n));
        REQUIRE(wheel_.at(n) >= when);
    }
    void cancel(std::uint32_t n) {
        wheel_.cancel(n);
        forget(n);
        REQUIRE_FALSE(wheel_.armed(n));
        REQUIRE(wheel_.at(n) == never);
    }

    /// Goes on to `now`; a timer that fires may set itself and others again.
    void advance(instant now, testing::dice& random) {
        const instant seen = std::max(now_, now);
        wheel_.advance(now, [&](std::uint32_t n) {
            const auto first = due_.begin();
            REQUIRE(first != due_.end());
            REQUIRE(std::any_of(first, due_.upper_bound(first->first),
                                [n](const auto& entry) { return entry.second == n; }));
            REQUIRE(moment(first->first) <= seen);  // it is due
            REQUIRE((wanted_[n] <= seen));          // and not early
            REQUIRE_FALSE(wheel_.armed(n));
            forget(n);
            if (random.chance(20)) again_.push_back(n);
        });
        now_ = seen;
        REQUIRE((due_.empty() || moment(due_.begin()->first) > now_));  // all that was due fired
        for (const std::uint32_t n : again_) set(n, after(now_, duration{random.below(1'000)}));
        again_.clear();
    }

    void check() const {
        const auto next = wheel_.next();
        REQUIRE(next.has_value() == !due_.empty());
        if (next) {
            REQUIRE(*next > now_);
            REQUIRE(*next <= moment(due_.begin()->first));
        }
        std::vector<bool> armed(timers);
        for (const auto& [ticks, n] : due_) armed[n] = true;
        for (std::uint32_t n = 0; n < timers; ++n) REQUIRE(wheel_.armed(n) == armed[n]);
    }

    /// A moment worth trying: close, at a deadline or just beside one, where next() says, far away.
    instant any_moment(testing::dice& random) const {
        switch (random.below(6)) {
            case 0: return after(now_, duration{random.below(100)});
            case 1: return after(now_, tick_ * random.below(70));
            case 2: {
                if (due_.empty()) return now_;
                const auto at = std::next(due_.begin(), random.below(due_.size()));
                return moment(at->first) + duration{random.between(-1, 1)};
            }
            case 3: return wheel_.next().value_or(now_);
            case 4: return now_ - duration{random.below(1'000)};
            default: return after(now_, far(random));
        }
    }
    /// Up to 2^46 ns, short ones as likely as long ones.
    static duration far(testing::dice& random) {
        return duration{static_cast<std::int64_t>(random.next() >> random.between(18, 63))};
    }
    [[nodiscard]] instant now() const { return now_; }

private:
    [[nodiscard]] std::uint64_t now_ticks() const {
        return static_cast<std::uint64_t>(now_.time_since_epoch() / tick_);
    }
    [[nodiscard]] std::uint64_t ticks_up(instant when) const {
        const auto whole = when.time_since_epoch() / tick_;
        const bool more = when.time_since_epoch() % tick_ > duration::zero();
        return when < instant{} ? 0 : static_cast<std::uint64_t>(whole) + (more ? 1U : 0U);
    }
    [[nodiscard]] instant moment(std::uint64_t ticks) const {
        return instant{tick_ * static_cast<std::int64_t>(ticks)};
    }
    void forget(std::uint32_t n) {
        for (auto at = due_.begin(); at != due_.end();)
            at = at->second == n ? due_.erase(at) : std::next(at);
    }

    duration tick_;
    std::vector<wheel_node> nodes_ = std::vector<wheel_node>(timers);
    timer_wheel wheel_;
    instant now_{};
    std::multimap<std::uint64_t, std::uint32_t> due_{};  ///< in ticks
    std::vector<instant> wanted_ = std::vector<instant>(timers);
    std::vector<std::uint32_t> again_{};
};

TEST_CASE("timer_wheel: it is a sorted list of deadlines, whatever is set, moved and cancelled",
          "[endpoint][R-17.3][R-9.10]") {
    const auto tick = GENERATE(as<duration>{}, 1ns, 7ns, 16'384ns, 1ms);
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
        INFO("tick " << tick.count() << " ns, seed " << seed);
        testing::dice random{seed};
        modelled_wheel w{tick};
        for (int i = 0; i < 3'000; ++i) {
            const std::uint32_t n = random.below(modelled_wheel::timers);
            switch (random.below(5)) {
                case 0: w.cancel(n); break;
                case 1: w.advance(w.any_moment(random), random); break;
                case 2: w.set(n, w.any_moment(random)); break;
                default: w.set(n, after(w.now(), modelled_wheel::far(random))); break;
            }
            w.check();
        }
    }
}

struct wheel_of {
    std::vector<wheel_node> nodes;
    timer_wheel wheel;

    explicit wheel_of(std::size_t timers, duration tick) : nodes(timers), wheel{nodes, tick} {}

    std::vector<std::uint32_t> fired_until(instant now) {
        std::vector<std::uint32_t> fired;
        wheel.advance(now, [&](std::uint32_t n) { fired.push_back(n); });
        return fired;
    }
};

using numbers = std::vector<std::uint32_t>;

TEST_CASE("timer_wheel: a timer fires when now equals its deadline, and not a nanosecond before",
          "[endpoint][R-17.3]") {
    wheel_of w{1, 1us};
    w.wheel.set(0, instant{5us});
    CHECK(w.wheel.at(0) == instant{5us});
    CHECK(w.fired_until(instant{5us - 1ns}).empty());
    CHECK(w.fired_until(instant{5us}) == numbers{0});
    CHECK_FALSE(w.wheel.armed(0));
    CHECK(w.fired_until(instant{9us}).empty());
}

TEST_CASE("timer_wheel: a deadline between two ticks is rounded up", "[endpoint][R-17.3]") {
    wheel_of w{1, 1us};
    w.wheel.set(0, instant{4us + 1ns});
    CHECK(w.wheel.at(0) == instant{5us});
    CHECK(w.fired_until(instant{5us - 1ns}).empty());
    CHECK(w.fired_until(instant{5us}) == numbers{0});
}

TEST_CASE("timer_wheel: a deadline that has passed fires with the next tick", "[endpoint]") {
    wheel_of w{2, 1us};
    CHECK(w.fired_until(instant{100us}).empty());
    w.wheel.set(0, instant{3us});
    w.wheel.set(1, instant{-3us});
    CHECK(w.wheel.next() == instant{101us});
    CHECK(w.fired_until(instant{101us}).size() == 2);
}

TEST_CASE("timer_wheel: a jump of the clock fires each timer once, the earlier ones first",
          "[endpoint][R-9.10]") {
    wheel_of w{100, 1us};
    for (std::uint32_t n = 0; n < 100; ++n) w.wheel.set(n, instant{(100 - n) * 77'777us});
    numbers expected;
    for (std::uint32_t n = 100; n-- > 0;) expected.push_back(n);
    CHECK(w.fired_until(instant{24h}) == expected);
    CHECK_FALSE(w.wheel.next().has_value());
}

/// How often `advance(next())` has to be called until the only timer fires.
int steps_until_fired(wheel_of& w) {
    int steps = 0;
    for (bool fired = false; !fired; ++steps) {
        const auto next = w.wheel.next();
        REQUIRE(next.has_value());
        REQUIRE(steps <= levels);
        fired = !w.fired_until(*next).empty();
    }
    return steps;
}

TEST_CASE("timer_wheel: who sleeps until next() wakes once a level at most, however far it is",
          "[endpoint][R-17.3]") {
    for (int bit = 0; bit < 63; ++bit)
        for (const duration tick : {duration{1}, duration{16'384}}) {
            wheel_of w{1, tick};
            const duration span{std::int64_t{1} << bit};
            const instant deadline = after(instant{}, span + span / 2 + span / 3);
            INFO("2^" << bit << " ns, tick " << tick.count());
            static_cast<void>(w.fired_until(instant{span / 5}));
            w.wheel.set(0, deadline);
            CHECK(steps_until_fired(w) <= levels);
        }
}

TEST_CASE("timer_wheel: deadlines at the end of all time fire then, and do not spin",
          "[endpoint][R-17.3][R-1.4]") {
    for (const duration tick : {duration{1}, duration{7}, duration{16'384}, duration{1s}}) {
        INFO("tick " << tick.count());
        for (const duration before : {duration{0}, tick / 2, tick, 3 * tick}) {
            wheel_of w{1, tick};
            w.wheel.set(0, last - before);
            CHECK(w.wheel.at(0) >= last - before);
            CHECK(w.wheel.at(0) < never);
            CHECK(steps_until_fired(w) <= levels);
        }
    }
}

TEST_CASE("timer_wheel: moving a timer is not firing it", "[endpoint]") {
    wheel_of w{3, 1us};
    for (int i = 0; i < 1'000; ++i)
        for (std::uint32_t n = 0; n < 3; ++n) w.wheel.set(n, instant{1ms} + i * 10us);
    CHECK(w.fired_until(instant{1ms} + 9'980us).empty());
    CHECK(w.fired_until(instant{1ms} + 9'990us).size() == 3);
}

TEST_CASE("timer_wheel: a timer may arm and cancel others when it fires", "[endpoint]") {
    wheel_of w{4, 1us};
    for (std::uint32_t n = 0; n < 3; ++n) w.wheel.set(n, instant{70us});
    numbers fired;
    w.wheel.advance(instant{1ms}, [&](std::uint32_t n) {
        fired.push_back(n);
        for (std::uint32_t other = 0; other < 3; ++other) w.wheel.cancel(other);
        if (n != 3) w.wheel.set(3, instant{900us});
    });
    REQUIRE(fired.size() == 2);
    CHECK(fired[1] == 3);
    CHECK_FALSE(w.wheel.next().has_value());
}

TEST_CASE("timer_wheel: time that stands still or goes back fires nothing", "[endpoint][R-1.4]") {
    wheel_of w{1, 1us};
    CHECK(w.fired_until(instant{50us}).empty());
    w.wheel.set(0, instant{60us});
    for (const instant now : {instant{50us}, instant{0us}, instant{-5us}, instant::min()})
        CHECK(w.fired_until(now).empty());
    CHECK(w.wheel.next() == instant{60us});
    CHECK(w.fired_until(instant{60us}) == numbers{0});
}

TEST_CASE("timer_wheel: one without timers never has anything to do", "[endpoint]") {
    timer_wheel w;
    CHECK_FALSE(w.next().has_value());
    int fired = 0;
    w.advance(last, [&](std::uint32_t) { ++fired; });
    CHECK(fired == 0);
}

}  // namespace
}  // namespace rrdp
