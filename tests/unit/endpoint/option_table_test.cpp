// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <vector>

#include <rrdp/core/profiles.hpp>
#include <rrdp/endpoint/option_table.hpp>

#include "support/catch.hpp"
#include "support/dice.hpp"

namespace rrdp {
namespace {

using namespace std::chrono_literals;

options numbered(std::uint32_t n) {
    options o;
    o.linger = 1s + duration{n};
    return o;
}

TEST_CASE("option_table: equal sets share a place, different ones do not", "[endpoint]") {
    std::vector<option_set> sets(3);
    option_table table{sets};
    const auto lan = table.acquire(profiles::lan);
    const auto paper = table.acquire(profiles::paper_exact);
    const auto again = table.acquire(options{});
    REQUIRE((lan && paper && again));
    CHECK(*lan == *again);
    CHECK(*lan != *paper);
    CHECK(table.at(*lan) == profiles::lan);
    CHECK(table.at(*paper) == profiles::paper_exact);
    CHECK(sets[*lan].users == 2);
}

TEST_CASE("option_table: when it is full only known sets find a place", "[endpoint]") {
    std::vector<option_set> sets(2);
    option_table table{sets};
    REQUIRE(table.acquire(numbered(1)));
    REQUIRE(table.acquire(numbered(2)));
    const auto refused = table.acquire(numbered(3));
    CHECK_FALSE(refused.has_value());
    CHECK(refused.error() == errc::too_many_option_sets);
    CHECK(table.acquire(numbered(2)).has_value());
}

TEST_CASE("option_table: a place is free when its last user has left, and not before",
          "[endpoint]") {
    std::vector<option_set> sets(1);
    option_table table{sets};
    const auto place = table.acquire(numbered(1));
    REQUIRE(place);
    table.share(*place);
    table.release(*place);
    CHECK_FALSE(table.acquire(numbered(2)).has_value());
    table.release(*place);
    const auto other = table.acquire(numbered(2));
    REQUIRE(other);
    CHECK(table.at(*other) == numbered(2));
}

TEST_CASE("option_table: a set in use is found behind a place that has become free", "[endpoint]") {
    std::vector<option_set> sets(3);
    option_table table{sets};
    const auto first = table.acquire(numbered(1));
    const auto second = table.acquire(numbered(2));
    REQUIRE((first && second));
    table.release(*first);
    CHECK(*table.acquire(numbered(2)) == *second);
    CHECK(sets[*second].users == 2);
}

TEST_CASE("option_table: users are counted right, whoever comes and goes", "[endpoint]") {
    testing::dice random{6};
    std::vector<option_set> sets(4);
    option_table table{sets};
    std::vector<std::uint32_t> held;  // the number of the set of each user
    for (int i = 0; i < 5'000; ++i) {
        if (random.chance(55)) {
            const std::uint32_t n = random.below(7);
            std::set<std::uint32_t> different{held.begin(), held.end()};
            different.insert(n);
            const auto place = table.acquire(numbered(n));
            REQUIRE(place.has_value() == (different.size() <= sets.size()));
            if (place) {
                REQUIRE(table.at(*place) == numbered(n));
                held.push_back(n);
            }
        } else if (!held.empty()) {
            const std::uint32_t which = random.below(held.size());
            const auto place = table.acquire(numbered(held[which]));
            REQUIRE(place);
            table.release(*place);
            table.release(*place);
            held.erase(held.begin() + which);
        }
        std::size_t users = 0;
        for (const option_set& s : sets) users += s.users;
        REQUIRE(users == held.size());
    }
}

TEST_CASE("option_table: one without places takes nothing", "[endpoint]") {
    option_table none;
    CHECK(none.acquire(profiles::lan).error() == errc::too_many_option_sets);
}

}  // namespace
}  // namespace rrdp
