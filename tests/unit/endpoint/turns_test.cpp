// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <rrdp/endpoint/turns.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

using namespace std::chrono_literals;

struct turns_of {
    std::vector<send_turn> sending;
    std::vector<list_links> links[3];
    std::vector<wheel_node> timers;
    turns all;

    explicit turns_of(std::size_t n)
        : sending(n),
          links{std::vector<list_links>(n), std::vector<list_links>(n), std::vector<list_links>(n)},
          timers(n),
          all{turns::memory{sending, links[0], links[1], links[2], timers}, 1us} {}
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
    for (const index_list* list : {&t.all.tell, &t.all.ring, &t.all.room}) {
        CHECK_FALSE(list->contains(1));
        CHECK((list->contains(0) && list->contains(2)));
    }
    CHECK_FALSE(t.all.wheel.armed(1));
    CHECK((t.all.wheel.armed(0) && t.all.wheel.armed(2)));
}

}  // namespace
}  // namespace rrdp
