// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <bit>
#include <set>
#include <vector>

#include <rrdp/base/entropy.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

/// SipHash-2-4 of any octets, as its authors describe it: a second implementation.
std::uint64_t siphash_2_4(const std::vector<std::uint8_t>& input, std::uint64_t k0,
                          std::uint64_t k1) {
    std::array<std::uint64_t, 4> v{k0 ^ 0x736f6d6570736575ULL, k1 ^ 0x646f72616e646f6dULL,
                                   k0 ^ 0x6c7967656e657261ULL, k1 ^ 0x7465646279746573ULL};
    const auto half = [&v](std::size_t a, std::size_t b, int turn) {
        v[a] += v[b];
        v[b] = std::rotl(v[b], turn) ^ v[a];
    };
    const auto rounds = [&](int count) {
        for (int i = 0; i < count; ++i) {
            half(0, 1, 13);
            v[0] = std::rotl(v[0], 32);
            half(2, 3, 16);
            half(0, 3, 21);
            half(2, 1, 17);
            v[2] = std::rotl(v[2], 32);
        }
    };
    std::vector<std::uint8_t> padded = input;
    while (padded.size() % 8 != 7) padded.push_back(0);
    padded.push_back(static_cast<std::uint8_t>(input.size()));
    for (std::size_t at = 0; at < padded.size(); at += 8) {
        std::uint64_t word = 0;
        for (std::size_t i = 8; i-- > 0;) word = word * 256 + padded[at + i];
        v[3] ^= word;
        rounds(2);
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    rounds(4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

std::vector<std::uint8_t> first_octets(std::size_t count) {
    std::vector<std::uint8_t> octets;
    while (octets.size() < count) octets.push_back(static_cast<std::uint8_t>(octets.size()));
    return octets;
}

constexpr std::uint64_t published_k0 = 0x0706050403020100;
constexpr std::uint64_t published_k1 = 0x0f0e0d0c0b0a0908;

constexpr std::uint64_t first_of(std::uint64_t low, std::uint64_t high) {
    return entropy{low, high}.next64();
}
static_assert(first_of(1, 2) == first_of(1, 2) && first_of(1, 2) != first_of(2, 1));

TEST_CASE("entropy: the second implementation meets the published vectors of SipHash-2-4",
          "[base]") {
    const auto hash = [](std::size_t count) {
        return siphash_2_4(first_octets(count), published_k0, published_k1);
    };
    CHECK(hash(0) == 0x726fdb47dd0e0e31);
    CHECK(hash(1) == 0x74f839c593dc67fd);
    CHECK(hash(8) == 0x93f5f5799a932462);
    CHECK(hash(15) == 0xa129ca6149be45e5);
}

TEST_CASE("entropy: the n-th number is SipHash-2-4 of n in eight octets", "[base][R-5.12]") {
    for (const std::uint64_t low : {std::uint64_t{0}, published_k0, ~std::uint64_t{0}}) {
        entropy e{low, published_k1};
        for (unsigned n = 0; n < 300; ++n) {
            std::vector<std::uint8_t> counter(8, 0);
            counter[0] = static_cast<std::uint8_t>(n);
            counter[1] = static_cast<std::uint8_t>(n >> 8);
            CHECK(e.next64() == siphash_2_4(counter, low, published_k1));
        }
    }
}

TEST_CASE("entropy: shorter numbers are the low bits, and each takes a step", "[base]") {
    entropy whole{1, 2};
    entropy parts{1, 2};
    for (int i = 0; i < 100; ++i) {
        CHECK(parts.next64() == whole.next64());
        CHECK(parts.next32() == static_cast<std::uint32_t>(whole.next64()));
        CHECK(parts.next16() == static_cast<std::uint16_t>(whole.next64()));
    }
}

TEST_CASE("entropy: the same key gives the same numbers, any other bit of it others",
          "[base][R-17.2]") {
    entropy one{5, 6};
    entropy same{5, 6};
    std::set<std::uint64_t> firsts;
    for (int i = 0; i < 10; ++i) CHECK(one.next64() == same.next64());
    for (int bit = 0; bit < 64; ++bit) {
        firsts.insert(first_of(std::uint64_t{5} ^ std::uint64_t{1} << bit, 6));
        firsts.insert(first_of(5, std::uint64_t{6} ^ std::uint64_t{1} << bit));
    }
    firsts.insert(first_of(5, 6));
    CHECK(firsts.size() == 129);
}

TEST_CASE("entropy: every bit is set about half of the time", "[base]") {
    entropy e{3, 4};
    std::array<int, 64> set{};
    constexpr int draws = 4'000;
    for (int i = 0; i < draws; ++i) {
        const std::uint64_t n = e.next64();
        for (std::size_t bit = 0; bit < 64; ++bit) set[bit] += static_cast<int>(n >> bit & 1);
    }
    for (const int count : set) CHECK((count > 1'800 && count < 2'200));
}

TEST_CASE("entropy: a copy goes on by itself", "[base]") {
    entropy a{1, 1};
    static_cast<void>(a.next64());
    entropy b = a;
    const std::uint64_t next = a.next64();
    CHECK(b.next64() == next);
}

}  // namespace
}  // namespace rrdp
