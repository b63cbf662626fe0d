// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <vector>

#include <rrdp/core/ring_pool.hpp>

#include "support/catch.hpp"
#include "support/dice.hpp"

namespace rrdp {
namespace {

std::uint32_t number(ring_handle h) {
    return static_cast<std::uint32_t>(h);
}

TEST_CASE("ring_pool: a slot is the number modulo the capacity, across both wraps",
          "[core][R-6.2]") {
    const auto capacity = GENERATE(as<std::size_t>{}, 1, 2, 8, 128);
    const auto first = GENERATE(as<std::uint32_t>{}, 0, 5, 0xffc0, 0xffff'ffc0);
    std::vector<segment_handle> slots(capacity * 2);
    ring_pool pool{slots, capacity};
    const ring_handle ring = pool.take();
    std::uint32_t wrong = 0;
    for (std::uint32_t i = 0; i < capacity; ++i)
        pool.slot(ring, sequence{first + i}) = segment_handle{i};
    const ring_pool& view = pool;
    for (std::uint32_t i = 0; i < capacity; ++i) {
        wrong += view.slot(ring, sequence{first + i}) != segment_handle{i};
        const auto next_turn = static_cast<std::uint32_t>(first + i + capacity);
        wrong += view.slot(ring, sequence{next_turn}) != segment_handle{i};
    }
    CHECK(wrong == 0);
}

TEST_CASE("ring_pool: it is a set of empty rings, whatever is taken and given back", "[core]") {
    const auto rings = GENERATE(as<std::size_t>{}, 1, 2, 9);
    constexpr std::size_t capacity = 4;
    std::vector<segment_handle> slots(rings * capacity);
    ring_pool pool{slots, capacity};
    testing::dice random{rings};
    std::map<std::uint32_t, std::vector<segment_handle>> taken;
    for (int i = 0; i < 3'000; ++i) {
        if (random.chance(50)) {
            const ring_handle ring = pool.take();
            REQUIRE((ring != no_ring) == (taken.size() < rings));
            if (ring == no_ring) continue;
            REQUIRE(number(ring) < rings);
            REQUIRE(taken.try_emplace(number(ring), capacity, no_segment).second);
        } else if (!taken.empty()) {
            const auto at = std::next(taken.begin(), random.below(taken.size()));
            const ring_handle ring{at->first};
            for (std::uint32_t n = 0; n < capacity; ++n) pool.slot(ring, sequence{n}) = no_segment;
            pool.give_back(ring);
            taken.erase(at);
        }
        REQUIRE(pool.available() == rings - taken.size());
        for (auto& [ring, held] : taken) {
            for (std::uint32_t n = 0; n < capacity; ++n)
                REQUIRE(pool.slot(ring_handle{ring}, sequence{n}) == held[n]);
            const std::uint32_t n = random.below(capacity);
            held[n] = segment_handle{random.below(1'000)};
            pool.slot(ring_handle{ring}, sequence{n}) = held[n];
        }
    }
}

TEST_CASE("ring_pool: slots that make no whole ring are not lent", "[core]") {
    std::vector<segment_handle> slots(11);
    ring_pool pool{slots, 4};
    CHECK(pool.available() == 2);
    CHECK(pool.capacity() == 4);
    CHECK(pool.take() != no_ring);
    CHECK(pool.take() != no_ring);
    CHECK(pool.take() == no_ring);
    ring_pool none;
    CHECK(none.take() == no_ring);
}

}  // namespace
}  // namespace rrdp
