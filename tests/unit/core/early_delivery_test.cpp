// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <numeric>
#include <vector>

#include <rrdp/core/early_delivery.hpp>

#include "support/catch.hpp"
#include "support/dice.hpp"

namespace rrdp {
namespace {

constexpr std::uint16_t outstanding_max = 8;
constexpr std::uint32_t before_first = 0xffff'fffa;

/// What the sender has put at a number.
struct sent {
    segment_kind kind = segment_kind::data;
    std::uint16_t following = 0;
    std::uint8_t bundled = 0;
};

/// A window whose number 1 is missing, and what is delivered nevertheless.
struct gap {
    std::vector<segment_descriptor> descriptors = std::vector<segment_descriptor>(16);
    std::vector<std::byte> memory = std::vector<std::byte>(16 * 8);
    std::vector<segment_handle> slots = std::vector<segment_handle>(2 * outstanding_max);
    segment_pool pool{descriptors, memory, 8, 0};
    ring_pool rings{slots, 2 * outstanding_max};
    receive_window window;
    segment_queue inbox;

    gap() { window.open(sequence{before_first}, outstanding_max, 2 * outstanding_max); }

    struct nothing_passes {
        bool fits(const incoming&) const { return true; }
        void pass(segment_kind, segment_handle) const {}
    };

    /// The segment at `place` arrives; the places that this delivers.
    std::vector<std::uint32_t> arrive(std::uint32_t place, const sent& s, bool runs = true,
                                      std::uint32_t octets_max = 100) {
        const std::vector<std::byte> data(s.kind == segment_kind::data ? 2 : 0);
        const sequence n = sequence{before_first} + place;
        nothing_passes sink;
        REQUIRE(window.accept(pool, rings, 0, {n, s.kind, s.following, s.bundled, data}, sink) ==
                placement::out_of_order);
        held_messages held{pool, rings, window, runs, octets_max};
        messages += held.deliver(n, inbox);
        std::vector<std::uint32_t> places;
        while (!inbox.empty()) {
            const segment_handle h = inbox.pop(pool);
            REQUIRE(pool.at(h).early);
            places.push_back(pool.at(h).order - before_first);
        }
        return places;
    }
    int messages = 0;
};

using places = std::vector<std::uint32_t>;

TEST_CASE("held_messages: without runs each message beyond a gap is delivered as it comes",
          "[core][R-7.29][T-E6]") {
    gap g;
    CHECK(g.arrive(5, {}, false) == places{5});
    CHECK(g.arrive(2, {segment_kind::empty}, false) == places{2});
    CHECK(g.arrive(3, {segment_kind::keepalive}, false).empty());
    CHECK(g.arrive(4, {}, false) == places{4});
    CHECK(g.messages == 3);
}

TEST_CASE("held_messages: a complete run is delivered once its beginning is certain",
          "[core][R-7.33][T-M9]") {
    gap g;
    CHECK(g.arrive(4, {segment_kind::data, 1}).empty());
    CHECK(g.arrive(5, {}).empty());  // complete, but 3 might belong to it
    CHECK(g.arrive(3, {}) == places{4, 5});
    CHECK(g.arrive(2, {segment_kind::keepalive}) == places{3});  // right after the NUL
    CHECK(g.messages == 2);
}

TEST_CASE("held_messages: the segment right after the gap waits", "[core][R-7.33][T-M9]") {
    gap g;
    CHECK(g.arrive(2, {}).empty());
    CHECK(g.arrive(3, {}) == places{3});
    CHECK(g.messages == 1);
}

TEST_CASE("held_messages: an empty message needs no neighbour and shows where the next begins",
          "[core][R-7.33][T-E6]") {
    gap g;
    CHECK(g.arrive(4, {}).empty());
    CHECK(g.arrive(3, {segment_kind::empty}) == places{3, 4});
    CHECK(g.messages == 2);
}

TEST_CASE("held_messages: a run that breaks the rules waits to be judged in sequence",
          "[core][R-7.31][R-7.33]") {
    const sent nul{segment_kind::keepalive};
    SECTION("a count that does not fall by one") {
        gap g;
        CHECK(g.arrive(2, nul).empty());
        CHECK(g.arrive(3, {segment_kind::data, 2}).empty());
        CHECK(g.arrive(4, {segment_kind::data, 0}).empty());
    }
    SECTION("a NUL inside") {
        gap g;
        CHECK(g.arrive(2, nul).empty());
        CHECK(g.arrive(3, {segment_kind::data, 2}).empty());
        CHECK(g.arrive(5, {}).empty());
        CHECK(g.arrive(4, nul) == places{5});  // begins a message of its own, for all one can see
    }
    SECTION("a bundle inside") {
        gap g;
        CHECK(g.arrive(2, nul).empty());
        CHECK(g.arrive(4, {segment_kind::data, 0, 2}).empty());
        CHECK(g.arrive(3, {segment_kind::data, 1}).empty());
    }
    SECTION("what was delivered inside") {
        gap g;
        CHECK(g.arrive(2, nul).empty());
        CHECK(g.arrive(4, {}, false) == places{4});
        CHECK(g.arrive(3, {segment_kind::data, 1}).empty());
    }
    SECTION("too many octets") {
        gap g;
        CHECK(g.arrive(2, nul).empty());
        CHECK(g.arrive(3, {segment_kind::data, 1}).empty());
        CHECK(g.arrive(4, {segment_kind::data, 0}, true, 3).empty());
    }
}

TEST_CASE("held_messages: whatever the order of arrival, the same messages are delivered",
          "[core][R-7.33]") {
    testing::dice random{5};
    for (int round = 0; round < 400; ++round) {
        std::map<std::uint32_t, sent> stream;  // from 2 on, number 1 is missing
        places starts;
        for (std::uint32_t place = 2; place <= 2 * outstanding_max;) {
            const auto room = 2 * outstanding_max - place + 1;
            const auto length =
                std::min<std::uint32_t>(static_cast<std::uint32_t>(1 + random.below(4)), room);
            const bool nul = length == 1 && random.chance(30);
            if (!nul) starts.push_back(place);
            for (std::uint32_t i = 0; i < length; ++i)
                stream[place++] = {nul ? segment_kind::keepalive : segment_kind::data,
                                   static_cast<std::uint16_t>(length - 1 - i)};
        }
        places order(2 * outstanding_max - 1);
        std::iota(order.begin(), order.end(), 2);
        for (std::size_t i = order.size(); i > 1; --i)
            std::swap(order[i - 1], order[random.below(i)]);
        gap g;
        places delivered;
        for (const std::uint32_t place : order)
            for (const std::uint32_t p : g.arrive(place, stream[place])) delivered.push_back(p);
        std::sort(delivered.begin(), delivered.end());
        REQUIRE(std::adjacent_find(delivered.begin(), delivered.end()) == delivered.end());
        // All but the message right after the gap.
        places expected;
        for (const auto& [place, s] : stream)
            if (s.kind == segment_kind::data) expected.push_back(place);
        if (!starts.empty() && starts.front() == 2)
            for (std::uint16_t n = stream[2].following + 1; n > 0; --n)
                expected.erase(expected.begin());
        REQUIRE(delivered == expected);
    }
}

}  // namespace
}  // namespace rrdp
