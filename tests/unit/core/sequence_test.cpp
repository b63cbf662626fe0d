// SPDX-License-Identifier: Apache-2.0
#include <concepts>
#include <cstdint>

#include <rrdp/core/sequence.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

template <class T>
concept comparable = requires(T a, T b) {
    a < b;
};

static_assert(!comparable<sequence>, "a circle has no order");
static_assert(std::regular<sequence> && sizeof(sequence) == 4);
static_assert(distance(sequence{0xffff'ffff}, sequence{0}) == 1, "the circle closes");
static_assert(sequence{0}.previous() == sequence{0xffff'ffff});
static_assert(sequence{0xffff'ffff} + 2 == sequence{1});

constexpr wire::seq16 shows(std::uint32_t n) {
    return wire::seq16{static_cast<std::uint16_t>(n)};
}

TEST_CASE("sequence: a frame shows the low 16 bits", "[core][R-1.1]") {
    CHECK(sequence{0x1234'5678}.low() == wire::seq16{0x5678});
    CHECK(sequence{0xffff'0000}.low() == wire::seq16{0});
}

TEST_CASE("sequence: all 65 536 numbers become the one that is nearest to the reference",
          "[core][R-1.1][R-1.3][T-C12]") {
    const auto reference =
        GENERATE(as<std::uint32_t>{}, 0, 1, 0x7fff, 0x8000, 0xffff, 0x1'0000, 0x1234'5678,
                 0x7fff'ffff, 0x8000'0000, 0xffff'7fff, 0xffff'8000, 0xffff'ffff);
    std::uint32_t wrong = 0;
    for (std::uint32_t n = 0; n <= 0xffff; ++n) {
        const sequence whole = expand(shows(n), sequence{reference});
        const std::int32_t steps = distance(sequence{reference}, whole);
        wrong += whole.low() != shows(n) || steps < -0x8000 || steps > 0x7fff;
    }
    CHECK(wrong == 0);
}

TEST_CASE("sequence: exactly half the circle away is behind, that is, old", "[core][R-1.2]") {
    std::uint32_t wrong = 0;
    for (std::uint32_t reference = 0xffff'0000; reference != 0; ++reference) {
        const sequence half = expand(shows(reference + 0x8000), sequence{reference});
        wrong += distance(sequence{reference}, half) != -0x8000;
    }
    CHECK(wrong == 0);
    CHECK(distance(sequence{5}, sequence{0x8000'0005}) == INT32_MIN);
    CHECK(distance(sequence{0x8000'0005}, sequence{5}) == INT32_MIN);
}

TEST_CASE("sequence: distances go the short way round and undo a step", "[core][R-1.1]") {
    const auto from = GENERATE(as<std::uint32_t>{}, 0, 77, 0x7fff'fff0, 0x8000'0000, 0xffff'fff0);
    for (const std::int32_t steps : {0, 1, 2, 17, 0x7fff, 0x1'0000, INT32_MAX}) {
        const sequence to = sequence{from} + static_cast<std::uint32_t>(steps);
        CHECK(distance(sequence{from}, to) == steps);
        CHECK(distance(to, sequence{from}) == -steps);
    }
    CHECK((sequence{from} + 1).previous() == sequence{from});
}

TEST_CASE("sequence: the two halves that a frame shows make the whole number", "[core][R-3.4]") {
    for (const std::uint32_t n : {0U, 1U, 0xffffU, 0x1'0000U, 0x1234'5678U, 0xffff'0000U, ~0U}) {
        CHECK(join(sequence{n}.high(), sequence{n}.low()) == sequence{n});
        CHECK(sequence{n}.high() == n / 0x1'0000);
    }
}

}  // namespace
}  // namespace rrdp
