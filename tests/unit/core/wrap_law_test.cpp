// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"

/// Section 13, the wrap law, in a space small enough to look at every state: with M numbers, a
/// receive window of RW and copies that may still arrive after L newer segments were first sent,
/// delivery is right iff M >= RW + L + 1. The rule of the governor follows from it.
namespace {

struct space {
    int numbers;    ///< M
    int window;     ///< RW
    int overtaken;  ///< L: how many were first sent between a segment and its last copy
};

/// Whether there is a state in which a copy of something delivered is taken for something new. The
/// receiver knows numbers modulo M; `next` and `last` count without end.
bool takes_an_old_copy_for_a_new_one(const space& s) {
    for (int next = s.numbers; next < 3 * s.numbers; ++next) {
        for (int last = next - 1; last >= next - 1 - s.window / 2; --last) {
            for (int copy = next - 1 - s.overtaken; copy <= last; ++copy) {
                const int k = ((copy - last) % s.numbers + s.numbers) % s.numbers;
                if (k >= 1 && k <= s.window) return true;
            }
        }
    }
    return false;
}

TEST_CASE("wrap law: wrong at M = RW + L, right at M = RW + L + 1, for every small window",
          "[core][T-W2]") {
    for (int window = 2; window <= 16; window += 2) {
        for (int overtaken = 1; overtaken <= 40; ++overtaken) {
            CAPTURE(window, overtaken);
            CHECK(takes_an_old_copy_for_a_new_one({window + overtaken, window, overtaken}));
            CHECK_FALSE(
                takes_an_old_copy_for_a_new_one({window + overtaken + 1, window, overtaken}));
        }
    }
}

TEST_CASE("wrap law: half the circle between a number and its reuse leaves room for X = 8 191",
          "[core][T-W2]") {
    // Scaled by 2^8: numbers of 8 bits, half of them per lifetime of a copy, windows of 2X.
    constexpr int numbers = 256;
    for (int x = 1; x <= 40; ++x) {
        const space s{numbers, 2 * x, 2 * x + numbers / 2};
        CAPTURE(x);
        CHECK(takes_an_old_copy_for_a_new_one(s) == (x > numbers / 8 - 1));
    }
}

}  // namespace
