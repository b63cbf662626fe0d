// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <rrdp/core/loss_detection.hpp>

#include "support/catch.hpp"
#include "support/dice.hpp"

namespace rrdp {
namespace {

constexpr bool third_is_the_one() {
    packet_threshold t;
    for (int i = 0; i < 4; ++i) static_cast<void>(t.next_order());  // 1 to 4
    t.delivered(2);
    t.delivered(4);
    if (t.passed(1)) return false;
    t.delivered(3);
    return t.passed(1);
}
static_assert(third_is_the_one());

TEST_CASE("packet_threshold: places in the order of sending are 1, 2, 3", "[core][R-9.6]") {
    packet_threshold t;
    for (std::uint32_t place = 1; place < 100; ++place) CHECK(t.next_order() == place);
}

TEST_CASE("packet_threshold: lost is what three delivered ones were sent after, and no other",
          "[core][R-9.6]") {
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
        testing::dice random{seed};
        packet_threshold t;
        std::vector<bool> delivered{true};  // place 0 was never sent
        for (int step = 0; step < 200; ++step) {
            if (random.chance(60)) {
                REQUIRE(t.next_order() == delivered.size());
                delivered.push_back(false);
                continue;
            }
            const std::uint32_t place = random.below(delivered.size());
            if (delivered[place]) continue;
            delivered[place] = true;
            t.delivered(place);
            std::size_t later = 0;
            for (auto p = static_cast<std::uint32_t>(delivered.size()); p-- > 1;) {
                REQUIRE(t.passed(p) == (later >= packet_threshold::segments));
                later += delivered[p];
            }
        }
    }
}

TEST_CASE("packet_threshold: with nothing delivered nothing is lost", "[core][R-9.6]") {
    packet_threshold t;
    for (int i = 0; i < 100; ++i) CHECK_FALSE(t.passed(t.next_order()));
}

}  // namespace
}  // namespace rrdp
