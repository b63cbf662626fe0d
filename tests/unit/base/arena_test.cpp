// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <type_traits>
#include <utility>

#include <rrdp/base/arena.hpp>

#include "support/catch.hpp"

/// The address sanitizer stops a program that asks for more than there can be, unless it is told
/// that this may fail.
extern "C" const char* __asan_default_options();  // its name for the question
extern "C" const char* __asan_default_options() {
    return "allocator_may_return_null=1";
}

namespace rrdp {
namespace {

static_assert(arena::space<std::byte>(0) == 0);
static_assert(arena::space<std::byte>(1) == 64);
static_assert(arena::space<std::byte>(64) == 64);
static_assert(arena::space<std::byte>(65) == 128);
static_assert(arena::space<std::uint64_t>(8) == 64);
static_assert(arena::space<std::array<std::byte, 7>>(10) == 128);
static_assert(!std::is_copy_constructible_v<arena>, "what was carved has one owner");

struct marked {
    std::uint32_t value = 0xfeed'beef;
    std::uint16_t other = 3;
};

/// Octets whose start lies on a multiple of the arena's alignment, none of them zero.
struct block {
    alignas(arena::alignment) std::array<std::byte, 1024> memory;

    block() { memory.fill(std::byte{0xee}); }
    octets from(std::size_t offset) { return octets{memory}.subspan(offset); }
};

bool aligned(const void* p) {
    void* start = const_cast<void*>(p);
    std::size_t room = 1;
    return std::align(arena::alignment, 1, start, room) == p;
}

TEST_CASE("arena: every array starts on the alignment, and its values are initialised", "[base]") {
    block b;
    arena a{b.from(0)};
    const auto odd = a.carve<std::byte>(3);
    const auto marks = a.carve<marked>(5);
    const auto numbers = a.carve<std::uint64_t>(9);
    REQUIRE((odd.size() == 3 && marks.size() == 5 && numbers.size() == 9));
    CHECK(aligned(odd.data()));
    CHECK(aligned(marks.data()));
    CHECK(aligned(numbers.data()));
    for (const std::byte octet : odd) CHECK(octet == std::byte{0});
    for (const marked& m : marks) CHECK((m.value == 0xfeed'beef && m.other == 3));
    for (const std::uint64_t n : numbers) CHECK(n == 0);
}

TEST_CASE("arena: arrays take what space() says, no more and no less", "[base]") {
    block b;
    arena a{b.from(0)};
    std::size_t left = a.available();
    CHECK(left == b.memory.size());
    for (std::size_t count = 0; count < 12; ++count) {
        const auto carved = a.carve<std::array<std::byte, 5>>(count);
        CHECK(carved.size() == count);
        left -= arena::space<std::array<std::byte, 5>>(count);
        CHECK(a.available() == left);
    }
}

TEST_CASE("arena: arrays do not overlap and stay inside the block", "[base]") {
    block b;
    arena a{b.from(0)};
    const auto first = a.carve<std::byte>(65);
    const auto second = a.carve<std::byte>(64);
    const auto third = a.carve<std::byte>(a.available());
    for (std::byte& octet : first) octet = std::byte{1};
    for (std::byte& octet : second) octet = std::byte{2};
    for (std::byte& octet : third) octet = std::byte{3};
    for (const std::byte octet : first) CHECK(octet == std::byte{1});
    for (const std::byte octet : second) CHECK(octet == std::byte{2});
    CHECK(first.data() == b.memory.data());
    CHECK(third.data() + third.size() == b.memory.data() + b.memory.size());
    CHECK(a.available() == 0);
}

TEST_CASE("arena: an array that is an octet too long is refused, and nothing is lost by it",
          "[base]") {
    block b;
    arena a{b.from(0).first(192)};
    CHECK(a.carve<std::byte>(193).empty());
    CHECK(a.available() == 192);
    CHECK(a.carve<std::byte>(128).size() == 128);
    CHECK(a.carve<std::uint64_t>(9).empty());
    CHECK(a.carve<std::uint64_t>(8).size() == 8);
    CHECK(a.carve<std::byte>(1).empty());
    CHECK(a.available() == 0);
}

TEST_CASE("arena: a count that no memory holds is refused", "[base]") {
    block b;
    arena a{b.from(0)};
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
    for (const std::size_t count : {most, most / 4, most / 8, most / 8 + 1, most / 8 + 2})
        CHECK(a.carve<std::uint64_t>(count).empty());
    CHECK(a.available() == b.memory.size());
}

TEST_CASE("arena: in the caller's memory only the octets before the first multiple are lost",
          "[base]") {
    for (std::size_t offset = 0; offset < arena::alignment; ++offset) {
        block b;
        const octets given = b.from(offset).first(256);
        arena a{given};
        INFO("offset " << offset);
        const std::size_t lost = offset == 0 ? 0 : arena::alignment - offset;
        CHECK(a.available() == given.size() - lost);
        const auto carved = a.carve<std::byte>(192);
        REQUIRE(carved.size() == 192);
        CHECK(aligned(carved.data()));
        CHECK(carved.data() == given.data() + lost);
        for (std::size_t i = 0; i < offset + lost; ++i) CHECK(b.memory[i] == std::byte{0xee});
        for (std::size_t i = offset + 256; i < b.memory.size(); ++i)
            CHECK(b.memory[i] == std::byte{0xee});
    }
}

TEST_CASE("arena: caller's memory without a multiple in it holds nothing", "[base]") {
    block b;
    arena short_of{b.from(1).first(62)};
    CHECK(short_of.available() == 0);
    CHECK(short_of.carve<std::byte>(1).empty());
    arena none{octets{}};
    CHECK(none.available() == 0);
    CHECK(none.carve<std::uint64_t>(1).empty());
}

TEST_CASE("arena: one of its own has exactly the octets asked for", "[base]") {
    arena a{320};
    CHECK(a.available() == 320);
    const auto carved = a.carve<std::uint64_t>(40);
    REQUIRE(carved.size() == 40);
    CHECK(aligned(carved.data()));
    for (std::uint64_t& n : carved) n = 1;
    CHECK(a.available() == 0);
}

TEST_CASE("arena: what cannot be had is an arena without room", "[base]") {
    const arena a{std::numeric_limits<std::size_t>::max() / 2};
    CHECK(a.available() == 0);
}

TEST_CASE("arena: what was carved moves with the arena and stays where it is", "[base]") {
    arena a{256};
    const auto carved = a.carve<std::uint32_t>(16);
    for (std::uint32_t& n : carved) n = 42;
    arena b{std::move(a)};
    CHECK(b.available() == 192);
    for (const std::uint32_t n : carved) CHECK(n == 42);
    CHECK(b.carve<std::byte>(192).size() == 192);
}

TEST_CASE("arena: an array needs room up to the next multiple of the alignment", "[base]") {
    block b;
    arena a{b.from(0).first(100)};
    CHECK(a.carve<std::byte>(65).empty());
    CHECK(a.available() == 100);
    CHECK(a.carve<std::byte>(64).size() == 64);
}

}  // namespace
}  // namespace rrdp
