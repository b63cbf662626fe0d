// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <vector>

#include <rrdp/core/gather.hpp>

#include "support/catch.hpp"
#include "support/dice.hpp"

namespace rrdp {
namespace {

std::vector<std::byte> counted(std::size_t size, std::size_t from) {
    std::vector<std::byte> octets(size);
    for (std::size_t i = 0; i < size; ++i) octets[i] = static_cast<std::byte>(from + i);
    return octets;
}

TEST_CASE("gather: pieces of any length are read as one, in steps of any length", "[core][R-8.9]") {
    testing::dice random{3};
    for (int round = 0; round < 500; ++round) {
        const std::size_t total = random.below(200);
        const auto whole = counted(total, 7);
        std::vector<octets_view> parts;
        for (std::size_t at = 0; at < total;) {
            const std::size_t n = std::min<std::size_t>(random.below(40), total - at);
            parts.push_back(octets_view{whole}.subspan(at, n));  // empty ones, too
            at += n;
        }
        gather source{parts};
        std::vector<std::byte> read;
        while (source.left() > 0) {
            REQUIRE(source.left() == total - read.size());
            std::vector<std::byte> step(std::min<std::size_t>(1 + random.below(60), source.left()));
            source.read(step);
            read.insert(read.end(), step.begin(), step.end());
        }
        REQUIRE(read == whole);
    }
}

TEST_CASE("gather: nothing is in no pieces, nor in empty ones", "[core]") {
    CHECK(gather{{}}.left() == 0);
    const std::array<octets_view, 2> none{};
    gather source{none};
    CHECK(source.left() == 0);
    source.read({});
    CHECK(source.left() == 0);
}

}  // namespace
}  // namespace rrdp
