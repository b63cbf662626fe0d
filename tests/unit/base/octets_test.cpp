// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <vector>

#include <rrdp/base/octets.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

constexpr bool copies_and_clears_as_a_constant() {
    std::array<std::byte, 3> from{std::byte{1}, std::byte{2}, std::byte{3}};
    std::array<std::byte, 4> to{};
    to[3] = std::byte{9};
    copy_octets(from, to);
    if (to[0] != std::byte{1} || to[2] != std::byte{3} || to[3] != std::byte{9}) return false;
    clear_octets(octets{to}.subspan(1, 2));
    return to[0] == std::byte{1} && to[1] == std::byte{0} && to[2] == std::byte{0} &&
           to[3] == std::byte{9};
}
static_assert(copies_and_clears_as_a_constant());

TEST_CASE("octets: a copy writes as many octets as it reads, whatever the room", "[base]") {
    for (std::size_t size = 0; size <= 17; ++size) {
        std::vector<std::byte> from(size, std::byte{7});
        std::vector<std::byte> to(20, std::byte{0xee});
        copy_octets(from, to);
        for (std::size_t i = 0; i < to.size(); ++i)
            CHECK(to[i] == (i < size ? std::byte{7} : std::byte{0xee}));
    }
}

TEST_CASE("octets: clearing writes zeros, and only there", "[base][R-2.8]") {
    std::vector<std::byte> octets_of(10, std::byte{0xee});
    clear_octets(octets{octets_of}.subspan(3, 4));
    for (std::size_t i = 0; i < octets_of.size(); ++i)
        CHECK(octets_of[i] == (i >= 3 && i < 7 ? std::byte{0} : std::byte{0xee}));
}

TEST_CASE("octets: nothing may be copied and cleared, from and to nowhere", "[base]") {
    std::array<std::byte, 1> one{std::byte{5}};
    copy_octets(octets_view{}, one);
    copy_octets(octets_view{}, octets{});
    clear_octets(octets{});
    CHECK(one[0] == std::byte{5});
}

TEST_CASE("octets: what is moved up keeps its order, and nothing is where all would be moved out",
          "[base]") {
    for (std::size_t by = 0; by <= 6; ++by) {
        std::array<std::byte, 5> all{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4},
                                     std::byte{5}};
        const auto before = all;
        shift_octets(all, by);
        for (std::size_t i = 0; i < all.size(); ++i) CHECK(all[i] == before[i < by ? i : i - by]);
    }
}

}  // namespace
}  // namespace rrdp
