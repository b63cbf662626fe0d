// SPDX-License-Identifier: Apache-2.0
#include <rrdp/core/reordering.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

using namespace std::chrono_literals;

TEST_CASE("reordering: the allowance is a quarter of the shortest round trip for each step",
          "[core][R-9.7]") {
    reordering r;
    CHECK_FALSE(r.seen());
    CHECK(r.allowance(80us, 1ms) == 20us);
    r.was_needless(10, 20);
    CHECK(r.seen());
    CHECK(r.allowance(80us, 1ms) == 40us);
    CHECK(r.allowance(80us, 30us) == 30us);  // never more than a round trip
}

TEST_CASE("reordering: one step for each round trip in which a needless retransmission shows",
          "[core][R-9.7]") {
    reordering r;
    r.was_needless(10, 20);
    r.was_needless(15, 25);  // retransmitted before the step was taken
    r.was_needless(20, 30);
    CHECK(r.steps() == 2);
    r.was_needless(21, 40);
    CHECK(r.steps() == 3);
    for (std::uint32_t i = 0; i < 400; ++i) r.was_needless(41 + i, 41 + i);
    CHECK(r.steps() == 0xff);
}

TEST_CASE("reordering: sixteen recoveries that were needed take a step back", "[core][R-9.7]") {
    reordering r;
    r.was_needless(10, 10);
    r.was_needless(11, 11);
    CHECK(r.steps() == 3);
    for (int i = 0; i < 15; ++i) r.recovering();
    CHECK(r.steps() == 3);
    r.recovering();
    CHECK(r.steps() == 2);
    for (int i = 0; i < 15; ++i) r.recovering();
    r.was_needless(12, 12);  // begins to count anew
    CHECK(r.steps() == 3);
    for (int i = 0; i < 15; ++i) r.recovering();
    CHECK(r.steps() == 3);
    for (int i = 0; i < 100; ++i) r.recovering();
    CHECK(r.steps() == 1);
    CHECK(r.seen());
}

TEST_CASE("reordering: places lie on a circle", "[core][R-9.7]") {
    reordering r;
    r.was_needless(0x8000'0000, 0x8000'0000);
    r.was_needless(0xffff'fff0, 0xffff'fffe);
    r.was_needless(0xffff'fff8, 5);
    CHECK(r.steps() == 3);
    r.was_needless(6, 7);
    CHECK(r.steps() == 4);
}

}  // namespace
}  // namespace rrdp
