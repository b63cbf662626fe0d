// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <rrdp/endpoint/turns.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

using namespace std::chrono_literals;

struct turns_of {
    std::vector<turn> places;
    turns all;

    explicit turns_of(std::size_t n) : places(n), all{places, 1us} {}
};

TEST_CASE("turns: the wheel is touched only for an earlier deadline", "[endpoint]") {
    turns_of t{2};
    t.all.wake(0, instant{50us});
    CHECK(t.all.wheel.at(0) == instant{50us});
    t.all.wake(0, instant{80us});
    CHECK(t.all.wheel.at(0) == instant{50us});
    t.all.wake(0, instant{20us});
    CHECK(t.all.wheel.at(0) == instant{20us});
}

TEST_CASE("turns: who has no deadline is not woken", "[endpoint]") {
    turns_of t{1};
    t.all.wake(0, never);
    CHECK_FALSE(t.all.wheel.armed(0));
    CHECK_FALSE(t.all.wheel.next().has_value());
}

TEST_CASE("turns: who leaves stands in no list and is not woken", "[endpoint]") {
    turns_of t{3};
    for (std::uint32_t n = 0; n < 3; ++n) {
        t.all.transmit.add(n, n == 0);
        t.all.tell.add(n);
        t.all.ring.add(n);
        t.all.room.add(n);
        t.all.wake(n, instant{9us});
    }
    t.all.leave(1);
    CHECK_FALSE(t.all.transmit.contains(1));
    CHECK((t.all.transmit.contains(0) && t.all.transmit.contains(2)));
    const auto only_the_others = [](const auto& list) {
        CHECK_FALSE(list.contains(1));
        CHECK((list.contains(0) && list.contains(2)));
    };
    only_the_others(t.all.tell);
    only_the_others(t.all.ring);
    only_the_others(t.all.room);
    CHECK_FALSE(t.all.wheel.armed(1));
    CHECK((t.all.wheel.armed(0) && t.all.wheel.armed(2)));
}

}  // namespace
}  // namespace rrdp
