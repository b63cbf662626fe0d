// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <vector>

#include <rrdp/core/acknowledger.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

constexpr bool second_in_order_is_due() {
    acknowledger a;
    const bool waits = a.in_order(2);
    const bool due_at_first = a.due();
    return waits && !due_at_first && !a.in_order(2) && a.due();
}
static_assert(second_in_order_is_due());

TEST_CASE("acknowledger: in order, every n-th is acknowledged and the others start the timer",
          "[core][R-8.11]") {
    for (std::uint16_t every = 1; every <= 5; ++every) {
        acknowledger a;
        for (int i = 1; i <= 40; ++i) {
            const bool waits = a.in_order(every);
            CHECK(a.due() == (i % every == 0));
            CHECK(waits == !a.due());
            CHECK(a.pending());
            if (a.due()) a.acknowledged();
        }
    }
}

TEST_CASE("acknowledger: a gap is reported at once, further arrivals every n-th time",
          "[core][R-8.11][R-8.12]") {
    for (std::uint16_t every = 1; every <= 8; ++every) {
        acknowledger a;
        std::vector<int> reported;
        for (int i = 0; i < 33; ++i) {
            const bool waits = a.out_of_order(every);
            CHECK(waits == !a.due());
            if (!a.due()) continue;
            reported.push_back(i);
            a.acknowledged();
        }
        std::vector<int> expected;
        for (int i = 0; i < 33; i += every) expected.push_back(i);
        CHECK(reported == expected);
    }
}

TEST_CASE("acknowledger: after an advance a gap is a new one, and reported at once",
          "[core][R-8.11]") {
    acknowledger a;
    static_cast<void>(a.out_of_order(9));
    a.acknowledged();
    CHECK(a.out_of_order(9));
    CHECK_FALSE(a.due());
    static_cast<void>(a.in_order(9));
    CHECK_FALSE(a.out_of_order(9));
    CHECK(a.due());
}

TEST_CASE("acknowledger: data that leave settle a number, but not a list that is owed",
          "[core][R-8.14]") {
    acknowledger a;
    static_cast<void>(a.in_order(2));
    a.piggybacked();
    CHECK_FALSE(a.pending());
    CHECK(a.in_order(2));  // the count began anew
    a.at_once();
    a.piggybacked();
    CHECK_FALSE(a.due());
    CHECK_FALSE(a.list_due());
    static_cast<void>(a.out_of_order(2));
    a.piggybacked();
    CHECK((a.due() && a.list_due()));
    a.acknowledged();
    CHECK_FALSE((a.pending() || a.list_due()));
}

TEST_CASE("acknowledger: what was not listed yet keeps the timer, and is listed when it is over",
          "[core][R-8.11][R-8.14]") {
    acknowledger a;
    static_cast<void>(a.out_of_order(4));
    a.acknowledged();
    CHECK(a.out_of_order(4));  // the timer must run
    a.piggybacked();
    CHECK_FALSE(a.due());
    CHECK(a.pending());
    a.at_once();  // it has fired
    a.piggybacked();
    CHECK(a.due());
    a.acknowledged();
    CHECK_FALSE(a.pending());
}

TEST_CASE("acknowledger: when the last gap is filled no list is owed, only the number",
          "[core][R-8.11]") {
    acknowledger a;
    static_cast<void>(a.out_of_order(4));
    static_cast<void>(a.in_order(4));
    a.gap_filled();
    a.at_once();
    CHECK(a.due());
    a.piggybacked();
    CHECK_FALSE(a.pending());
}

enum class step { in_order, out_of_order, gap_filled, at_once, acknowledged, piggybacked };

/// An acknowledger, and what has happened to it since acknowledgements and lists left.
struct history {
    static constexpr std::uint16_t every = 3;

    acknowledger a;
    int unacknowledged = 0;  ///< in order
    int unlisted = 0;        ///< out of order
    bool asked = false;      ///< something since the last pure ACK
    bool gap_known = false;  ///< a gap was seen since the last advance

    [[nodiscard]] bool take(step s) {
        const bool was_due = a.due();
        bool must_be_due = false;
        switch (s) {
            case step::in_order:
                if (a.in_order(every) == a.due()) return false;
                ++unacknowledged;
                gap_known = false;
                break;
            case step::out_of_order:
                if (a.out_of_order(every) == a.due()) return false;
                ++unlisted;
                must_be_due = !gap_known;
                gap_known = true;
                break;
            case step::gap_filled:
                a.gap_filled();
                unlisted = 0;
                break;
            case step::at_once:
                a.at_once();
                must_be_due = true;
                break;
            case step::acknowledged:
                a.acknowledged();
                unacknowledged = unlisted = 0;
                asked = false;
                return !a.due() && !a.pending();
            case step::piggybacked:
                a.piggybacked();
                unacknowledged = 0;
                if (unlisted == 0 && a.due()) return false;
                return laws_hold();
        }
        asked = true;
        if (was_due && !a.due()) return false;
        return (!must_be_due || a.due()) && laws_hold();
    }

private:
    [[nodiscard]] bool laws_hold() const {
        const bool overdue = unacknowledged >= every || unlisted >= every;
        const bool waits = unacknowledged > 0 || unlisted > 0;
        return (!overdue || a.due()) && (!waits || a.pending()) && (!a.due() || asked);
    }
};

TEST_CASE("acknowledger: nothing waits for ever and nothing is owed for nothing, in any order",
          "[core][R-8.11][R-8.12][R-8.14]") {
    constexpr std::uint32_t length = 7;
    constexpr std::uint32_t steps = 6;
    std::uint32_t orders = 1;
    for (std::uint32_t i = 0; i < length; ++i) orders *= steps;
    std::uint32_t wrong = 0;
    for (std::uint32_t order = 0; order < orders; ++order) {
        history h;
        std::uint32_t rest = order;
        bool right = true;
        for (std::uint32_t i = 0; i < length && right; ++i, rest /= steps)
            right = h.take(static_cast<step>(rest % steps));
        wrong += right ? 0 : 1;
    }
    CHECK(wrong == 0);
}

}  // namespace
}  // namespace rrdp
