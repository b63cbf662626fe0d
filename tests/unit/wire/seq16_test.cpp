// SPDX-License-Identifier: Apache-2.0
#include <concepts>
#include <cstdint>

#include <rrdp/wire/seq16.hpp>

#include "support/catch.hpp"

namespace rrdp::wire {
namespace {

template <class T>
concept comparable = requires(T a, T b) {
    a < b;
};

static_assert(!comparable<seq16>, "a circle has no order");
static_assert(std::regular<seq16>);
static_assert(sizeof(seq16) == 2);

/// Steps ahead from `a` to `b`, counted in a number that does not wrap.
std::int32_t steps_ahead(std::uint16_t a, std::uint16_t b) {
    return b >= a ? b - a : 0x1'0000 - (a - b);
}

constexpr std::uint16_t at(std::uint32_t steps) {
    return static_cast<std::uint16_t>(steps);
}

TEST_CASE("seq16: a number precedes exactly the half circle ahead of it", "[wire][R-1.1][T-C12]") {
    const auto origin = GENERATE(as<std::uint16_t>{}, 0, 1, 0x7fff, 0x8000, 0xfffe, 0xffff);
    std::uint32_t ahead = 0;
    for (std::uint32_t steps = 0; steps <= 0xffff; ++steps)
        ahead += precedes(seq16{origin}, seq16{origin} + at(steps));
    CHECK(ahead == 0x7fff);
}

TEST_CASE("seq16: all 65 536 distances go the short way round", "[wire][R-1.1][R-1.3][T-C12]") {
    const auto origin = GENERATE(as<std::uint16_t>{}, 0, 1, 0x1234, 0x7fff, 0x8000, 0xffff);
    std::uint32_t wrong = 0;
    for (std::uint32_t steps = 0; steps <= 0xffff; ++steps) {
        const auto short_way = static_cast<std::int32_t>(steps) - (steps >= 0x8000 ? 0x1'0000 : 0);
        wrong += distance(seq16{origin}, seq16{origin} + at(steps)) != short_way;
    }
    CHECK(wrong == 0);
}

TEST_CASE("seq16: half the circle away counts as behind, from either side", "[wire][R-1.2]") {
    std::uint32_t wrong = 0;
    for (std::uint32_t a = 0; a <= 0xffff; ++a) {
        const seq16 here{at(a)};
        const seq16 opposite = here + 0x8000;
        wrong += distance(here, opposite) != -0x8000 || precedes(here, opposite) ||
                 precedes(opposite, here);
    }
    CHECK(wrong == 0);
}

TEST_CASE("seq16: the successor of 65 535 is 0", "[wire][R-1.3]") {
    CHECK(seq16{0xffff} + 1 == seq16{0});
    CHECK(precedes(seq16{0xffff}, seq16{0}));
    CHECK(seq16{0} + 0xffff == seq16{0xffff});
}

TEST_CASE("seq16: a span holds exactly its numbers, across the wrap too", "[wire][R-1.1]") {
    const auto first = GENERATE(as<std::uint16_t>{}, 0, 5, 0x7ffe, 0xfff0, 0xffff);
    const auto count = GENERATE(as<std::uint16_t>{}, 0, 1, 2, 128, 0x7fff, 0xffff);
    std::uint32_t wrong = 0;
    for (std::uint32_t s = 0; s <= 0xffff; ++s)
        wrong += within(seq16{at(s)}, seq16{first}, count) != (steps_ahead(first, at(s)) < count);
    CHECK(wrong == 0);
}

TEST_CASE("seq16: the predicates hold on all 2^32 pairs of numbers", "[.slow][wire][T-C12]") {
    std::uint64_t wrong = 0;
    for (std::uint32_t a = 0; a <= 0xffff; ++a)
        for (std::uint32_t b = 0; b <= 0xffff; ++b) {
            const std::int32_t ahead = steps_ahead(at(a), at(b));
            const std::int32_t short_way = ahead < 0x8000 ? ahead : ahead - 0x1'0000;
            wrong += distance(seq16{at(a)}, seq16{at(b)}) != short_way;
            wrong += precedes(seq16{at(a)}, seq16{at(b)}) != (short_way > 0);
        }
    CHECK(wrong == 0);
}

}  // namespace
}  // namespace rrdp::wire
