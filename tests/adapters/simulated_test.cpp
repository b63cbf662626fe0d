// SPDX-License-Identifier: Apache-2.0
#include <rrdp/adapters/simulated.hpp>

#include "adapters/conforms.hpp"

namespace rrdp {

using namespace std::chrono_literals;
using adapters::direction;
using adapters::simulated;
using adapters::simulated_options;
using adapters::wire_conditions;

namespace {

const auto advance = [](simulated& wire) { wire.advance(); };

/// Commits a frame of `size` octets that begins with `number`.
void send(simulated::end& from, std::uint16_t number, std::size_t size = 64) {
    auto lease = from.lease(size);
    REQUIRE(lease);
    clear_octets(lease->bytes());
    store_be16(lease->bytes(), 0, number);
    lease->commit(size);
}

/// The numbers of the frames that have arrived by now.
std::vector<int> arrived(simulated::end& at) {
    std::vector<int> numbers;
    while (const auto frame = at.receive()) numbers.push_back(load_be16(frame->bytes(), 0));
    return numbers;
}

/// Everything that still arrives.
std::vector<int> drained(simulated& wire, simulated::end& at) {
    std::vector<int> numbers = arrived(at);
    while (wire.next_event()) {
        wire.advance();
        for (const int number : arrived(at)) numbers.push_back(number);
    }
    return numbers;
}

/// Within a fifth.
bool is_about(std::uint64_t counted, std::uint64_t expected) {
    return counted > expected * 4 / 5 && counted < expected * 6 / 5;
}

instant at(duration since_start) {
    return instant{since_start};
}

}  // namespace

TEST_CASE("simulated: without faults it is a link", "[adapters][simulated]") {
    const auto make = [] { return simulated{7, {}, {.frames = 64}}; };
    require_conformance(testing::link_conformance(make, {}, advance), 1);
}

TEST_CASE("simulated: is a link also where frames overtake and the rate is low",
          "[adapters][simulated]") {
    const auto make = [] { return simulated{7, {.jitter = 1ms, .rate = 1'000'000}}; };
    require_conformance(testing::link_conformance(make, {}, advance), 2);
}

TEST_CASE("simulated: a frame arrives after the delay, not before", "[adapters][simulated]") {
    simulated wire{1, {.delay = 3ms}};
    CHECK_FALSE(wire.next_event());
    CHECK_FALSE(wire.advance());
    send(wire.a, 1);
    CHECK(wire.next_event() == at(3ms));
    wire.advance_to(at(3ms) - 1ns);
    CHECK(arrived(wire.b).empty());
    wire.advance_to(at(3ms));
    CHECK(arrived(wire.b) == std::vector{1});
    CHECK_FALSE(wire.next_event());
}

TEST_CASE("simulated: advance stops at whatever comes first, and time never goes back",
          "[adapters][simulated]") {
    simulated wire{1, {.delay = 3ms}};
    send(wire.b, 1);
    CHECK(wire.advance(std::optional{at(1ms)}, std::optional<instant>{}));
    CHECK(wire.time() == at(1ms));
    CHECK(wire.advance(std::optional{at(9ms)}));
    CHECK(wire.time() == at(3ms));
    CHECK(wire.advance(std::optional{at(2ms)}));
    CHECK(wire.time() == at(3ms));
}

TEST_CASE("simulated: the rate spaces frames out and the queue has an end",
          "[adapters][simulated]") {
    // 1 000 octets take a millisecond; one may be on its way out and two may wait.
    simulated wire{1, {.delay = 0ns, .rate = 1'000'000, .queue = 2'000}};
    for (std::uint16_t i = 0; i < 6; ++i) send(wire.a, i, 1'000);
    CHECK(wire.statistics(direction::a_to_b).queue_full == 3);
    for (const int expected : {0, 1, 2}) {
        REQUIRE(wire.advance());
        CHECK(wire.time() == at(1ms * (expected + 1)));
        CHECK(arrived(wire.b) == std::vector{expected});
    }
    CHECK_FALSE(wire.next_event());
}

TEST_CASE("simulated: a script decides the fate of single frames", "[adapters][simulated]") {
    simulated wire{1, {.faults = {.loss = 1.0}, .delay = 1ms}};
    wire.script(direction::a_to_b, 0, {});  // chance would lose it
    wire.script(direction::a_to_b, 1, {.drop = true});
    wire.script(direction::a_to_b, 2, {.duplicate = true});
    wire.script(direction::a_to_b, 3, {.delay = 5ms});
    wire.script(direction::a_to_b, 4, {.flip_bit = 15});
    for (std::uint16_t i = 0; i < 6; ++i) send(wire.a, static_cast<std::uint16_t>(2 * i));
    CHECK(drained(wire, wire.b) == std::vector{0, 4, 4, 9, 6});  // 8 became 9, 6 came last

    const auto& counts = wire.statistics(direction::a_to_b);
    CHECK(counts.sent == 6);
    CHECK(counts.delivered == 5);
    CHECK(counts.lost == 2);  // number 1 by script, number 5 by chance
    CHECK(counts.duplicated == 1);
    CHECK(counts.reordered == 1);
    CHECK(counts.corrupted == 1);
    CHECK(wire.statistics(direction::b_to_a).sent == 0);
}

TEST_CASE("simulated: a partition cuts one direction, and what flies still lands",
          "[adapters][simulated]") {
    simulated wire{1, {.delay = 1ms}};
    send(wire.a, 1);
    wire.partition(direction::a_to_b, true);
    send(wire.a, 2);
    send(wire.b, 3);
    wire.advance();
    CHECK(arrived(wire.b) == std::vector{1});
    CHECK(arrived(wire.a) == std::vector{3});
    wire.partition(direction::a_to_b, false);
    send(wire.a, 4);
    wire.advance();
    CHECK(arrived(wire.b) == std::vector{4});
    CHECK(wire.statistics(direction::a_to_b).partitioned == 1);
}

TEST_CASE("simulated: the weather of one direction may change", "[adapters][simulated]") {
    simulated wire{1, {.delay = 1ms}};
    send(wire.a, 1);
    wire.set_conditions(direction::a_to_b, {.faults = {.loss = 1.0}});
    send(wire.a, 2);
    send(wire.b, 3);
    wire.advance();
    CHECK(arrived(wire.b) == std::vector{1});
    CHECK(arrived(wire.a) == std::vector{3});
}

TEST_CASE("simulated: faults happen as often as they should, and the books balance",
          "[adapters][simulated]") {
    constexpr int count = 50'000;
    const auto seed = GENERATE(1u, 2u, 3u);
    simulated wire{
        seed,
        {.faults = {.loss = 0.2, .duplicate = 0.1, .reorder = 0.3, .corrupt = 0.01}}};
    std::uint64_t changed = 0;
    std::uint64_t behind = 0;
    int newest = -1;
    for (int i = 0; i < count; ++i) {
        send(wire.a, static_cast<std::uint16_t>(i % 50'000));
        wire.advance(std::optional{wire.time() + 10us});
        while (const auto frame = wire.b.receive()) {
            int ones = 0;
            for (const std::byte octet : frame->bytes().subspan(2)) ones += octet != std::byte{0};
            const int number = load_be16(frame->bytes(), 0);
            const bool whole = ones == 0 && number <= i;
            changed += !whole;
            if (whole) behind += number < newest;
            if (whole) newest = std::max(newest, number);
        }
    }
    drained(wire, wire.b);
    const auto& counts = wire.statistics(direction::a_to_b);
    CHECK(is_about(counts.lost, count * 20 / 100));
    CHECK(is_about(counts.duplicated, count * 8 / 100));  // of those that were not lost
    CHECK(is_about(counts.reordered, count * 24 / 100));
    CHECK(is_about(counts.corrupted, count * 8 / 1'000));
    CHECK(counts.sent + counts.duplicated == counts.delivered + counts.lost);
    CHECK(counts.sent == count);
    // The damage is real. Flips in the number itself pass for another number, seldom seen here.
    CHECK(changed > counts.corrupted * 9 / 10);
    CHECK(changed <= counts.corrupted);
    CHECK(behind > count / 10);
}

TEST_CASE("simulated: damage is exactly one bit", "[adapters][simulated]") {
    simulated wire{9, {.faults = {.corrupt = 1.0}}};
    std::array<int, 32 * 8> hits{};
    for (int i = 0; i < 5'000; ++i) {
        send(wire.a, 0, 32);
        wire.advance();
        const auto frame = wire.b.receive();
        REQUIRE(frame);
        int flipped = 0;
        for (std::size_t bit = 0; bit < hits.size(); ++bit) {
            const auto octet = frame->bytes()[bit / 8];
            const bool set = (octet & std::byte{0x80} >> static_cast<int>(bit % 8)) != std::byte{0};
            flipped += set;
            hits[bit] += set;
        }
        REQUIRE(flipped == 1);
    }
    CHECK(std::count(hits.begin(), hits.end(), 0) == 0);  // and it may be any bit
}

namespace {

/// A conversation whose octets depend on what arrives: the fingerprint of all that happened.
std::uint64_t trace_of(std::uint64_t seed) {
    simulated wire{seed,
                   {.faults = {.loss = 0.2, .duplicate = 0.1, .reorder = 0.1, .corrupt = 0.05},
                    .jitter = 300us,
                    .rate = 10'000'000,
                    .queue = 20'000}};
    std::uint16_t a = 0;
    std::uint16_t b = 0;
    for (std::size_t turn = 0; turn < 2'000; ++turn) {
        send(wire.a, a, 60 + turn % 90);
        while (const auto frame = wire.b.receive())
            b = static_cast<std::uint16_t>(b * 31 + load_be16(frame->bytes(), 0));
        send(wire.b, b);
        while (const auto frame = wire.a.receive())
            a = static_cast<std::uint16_t>(a * 17 + load_be16(frame->bytes(), 0));
        wire.advance(std::optional{wire.time() + 40us});
    }
    return wire.trace();
}

}  // namespace

TEST_CASE("simulated: the same seed gives the same trace, on every compiler",
          "[adapters][simulated]") {
    // Constants, and not only two runs, because two programs have to agree.
    CHECK(trace_of(1) == 0x1865'30dc'2773'5639);
    CHECK(trace_of(2) == 0x36a1'4385'b903'194c);
    CHECK(trace_of(1) != trace_of(3));
}

TEST_CASE("simulated: a fault that is switched on leaves the others as they were",
          "[adapters][simulated]") {
    const auto lost_with = [](const wire_conditions& conditions) {
        simulated wire{5, conditions};
        for (std::uint16_t i = 0; i < 500; ++i) send(wire.a, i);
        std::vector<int> numbers = drained(wire, wire.b);
        std::sort(numbers.begin(), numbers.end());
        numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
        return numbers;
    };
    const auto alone = lost_with({.faults = {.loss = 0.3}});
    CHECK(alone.size() < 400);
    CHECK(alone ==
          lost_with({.faults = {.loss = 0.3, .duplicate = 0.2, .reorder = 0.5}, .jitter = 9ms}));
}

TEST_CASE("simulated: says of itself whether frames overtake, and for how long they live",
          "[adapters][simulated][R-13.1]") {
    CHECK(simulated{1, {.delay = 2ms}}.a.properties().fifo);
    const auto jittery = simulated{1, {.delay = 2ms, .jitter = 3ms}}.b.properties();
    CHECK_FALSE(jittery.fifo);
    CHECK(jittery.msl == 5ms);
    const auto late =
        simulated{1, {.faults = {.reorder = 0.1}, .delay = 2ms, .lateness = 7ms}}.b.properties();
    CHECK_FALSE(late.fifo);
    CHECK(late.msl == 9ms);
}

TEST_CASE("simulated: when all slots are in flight, lease refuses until one has landed",
          "[adapters][simulated][R-16.4]") {
    simulated wire{1, {.delay = 1ms}, {.frames = 2}};
    send(wire.a, 1);
    send(wire.a, 2);
    CHECK_FALSE(wire.a.lease(60));
    wire.advance();
    CHECK(arrived(wire.b) == std::vector{1, 2});
    CHECK(wire.a.lease(60));
}

TEST_CASE("probability: a chance is a threshold over 32 bits", "[adapters][simulated]") {
    using adapters::probability;
    STATIC_REQUIRE_FALSE(probability{}.covers(0));
    STATIC_REQUIRE_FALSE(probability{-1.0}.covers(0));
    STATIC_REQUIRE(probability{1.0}.covers(0xffff'ffff));
    STATIC_REQUIRE(probability{7.0}.covers(0xffff'ffff));
    STATIC_REQUIRE(probability{0.5}.covers(0x7fff'ffff));
    STATIC_REQUIRE_FALSE(probability{0.5}.covers(0x8000'0000));
}

}  // namespace rrdp
