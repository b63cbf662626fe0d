// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include <rrdp/endpoint/connection_table.hpp>
#include <rrdp/endpoint/hash_index.hpp>

#include "support/catch.hpp"
#include "support/dice.hpp"

/// Ports chosen so that all connections are found in one place of the index, and none at once.
namespace {

constexpr std::size_t places = 1'024;
using rrdp::hash_index;
using table = rrdp::connection_table<rrdp::default_policy>;

/// The longest row of cells in use: what a search may have to walk.
std::size_t longest_row(const std::vector<std::uint64_t>& keys, std::uint64_t secret) {
    std::vector<std::uint32_t> cells(hash_index::cells_for(places));
    hash_index index{cells, secret};
    for (std::uint32_t i = 0; i < keys.size(); ++i) index.insert(keys[i], i);
    std::size_t row = 0;
    std::size_t longest = 0;
    for (std::size_t i = 0; i < 2 * cells.size(); ++i) {
        row = cells[i % cells.size()] == hash_index::nothing ? 0 : row + 1;
        longest = std::max(longest, row);
    }
    return longest;
}

/// Keys of one node and its 2^32 pairs of ports that all begin their search in cell 0 of an index
/// whose secret is known.
std::vector<std::uint64_t> colliding(std::uint64_t secret, std::size_t wanted) {
    std::vector<std::uint64_t> found;
    std::vector<std::uint32_t> cells(hash_index::cells_for(places));
    for (std::uint32_t ports = 0; found.size() < wanted; ++ports) {
        hash_index probe{cells, secret};
        const auto key = table::key(3, static_cast<std::uint16_t>(ports >> 8 | 1),
                                    static_cast<std::uint16_t>(ports));
        probe.insert(key, 0);
        if (cells[0] != hash_index::nothing) found.push_back(key);
    }
    return found;
}

TEST_CASE("who knows the secret of an index can line up all keys; who does not, cannot",
          "[security][R-2.16][R-6.2][R-1.5]") {
    constexpr std::size_t half = 100;
    const auto keys = colliding(0x5ec2e7, half);
    CHECK(longest_row(keys, 0x5ec2e7) == half);  // the attack is real
    rrdp::testing::dice dice{1};
    std::size_t worst = 0;
    for (int i = 0; i < 1'000; ++i) worst = std::max(worst, longest_row(keys, dice.next()));
    CHECK(worst <= 12);
}

TEST_CASE("patterns of ports fill the index like keys drawn at random, whatever the secret",
          "[security][R-2.16][R-6.2]") {
    rrdp::testing::dice dice{2};
    std::vector<std::size_t> random;
    for (int i = 0; i < 200; ++i) {
        std::vector<std::uint64_t> keys(places);
        for (auto& k : keys) k = dice.next();
        random.push_back(longest_row(keys, dice.next()));
    }
    std::sort(random.begin(), random.end());
    std::size_t worst = 0;
    std::uint64_t patterns = 0;
    for (unsigned from = 0; from < 16; ++from) {
        for (unsigned to = 0; to < 16; to += 3) {
            std::vector<std::uint64_t> keys;
            for (std::uint32_t i = 0; i < places; ++i)
                keys.push_back(table::key(3,
                                          static_cast<std::uint16_t>(i << from | i >> (16 - from)),
                                          static_cast<std::uint16_t>(i << to | i >> (16 - to))));
            std::sort(keys.begin(), keys.end());
            keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
            for (int s = 0; s < 10; ++s) worst = std::max(worst, longest_row(keys, dice.next()));
            ++patterns;
        }
    }
    INFO("random: median " << random[100] << ", worst " << random.back() << "; patterns: worst "
                           << worst);
    CHECK(patterns == 96);
    CHECK(worst <= 4 * random.back());
}

}  // namespace
