// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <vector>

#include <rrdp/endpoint/hash_index.hpp>

#include "support/catch.hpp"
#include "support/dice.hpp"

namespace rrdp {
namespace {

static_assert(hash_index::cells_for(1) >= 2, "there must always be an empty cell");

struct key_reader {
    const std::vector<std::uint64_t>& keys;

    std::uint64_t operator()(std::uint32_t place) const { return keys[place]; }
};

/// An index over places whose keys stand in an array, and a map that knows better.
class modelled_index {
public:
    modelled_index(std::size_t places, std::uint64_t secret)
        : keys_(places), cells_(hash_index::cells_for(places)), index_{cells_, secret} {
        for (std::uint32_t place = 0; place < places; ++place) free_.push_back(place);
    }

    void toggle(std::uint64_t key, testing::dice& random) {
        const auto at = model_.find(key);
        if (at != model_.end()) {
            index_.erase(key, at->second, key_reader{keys_});
            free_.push_back(at->second);
            model_.erase(at);
        } else if (!free_.empty()) {
            std::swap(free_.back(), free_[random.below(free_.size())]);
            const std::uint32_t place = free_.back();
            free_.pop_back();
            keys_[place] = key;
            index_.insert(key, place);
            model_.emplace(key, place);
        }
    }
    void check(const std::vector<std::uint64_t>& keys) const {
        for (const std::uint64_t key : keys) {
            const auto at = model_.find(key);
            const std::uint32_t expected = at == model_.end() ? hash_index::nothing : at->second;
            REQUIRE(index_.find(key, key_reader{keys_}) == expected);
        }
    }
    [[nodiscard]] std::size_t occupied() const {
        std::size_t count = 0;
        for (const std::uint32_t cell : cells_) count += cell != hash_index::nothing ? 1U : 0U;
        return count;
    }
    [[nodiscard]] std::size_t size() const { return model_.size(); }

private:
    std::vector<std::uint64_t> keys_;
    std::vector<std::uint32_t> cells_;
    hash_index index_;
    std::vector<std::uint32_t> free_;
    std::map<std::uint64_t, std::uint32_t> model_;
};

void run(modelled_index& index, const std::vector<std::uint64_t>& keys, testing::dice& random) {
    for (int i = 0; i < 3'000; ++i) {
        index.toggle(keys[random.below(keys.size())], random);
        index.check(keys);
        REQUIRE(index.occupied() == index.size());
    }
}

TEST_CASE("hash_index: it is a map, however full and however small", "[endpoint][R-1.5]") {
    const auto places = GENERATE(as<std::size_t>{}, 1, 2, 3, 7, 16, 40);
    const auto secret = GENERATE(as<std::uint64_t>{}, 0, 1, 0x8000'0000'0000'0000,
                                 0x0123'4567'89ab'cdef, 0xffff'ffff'ffff'ffff);
    testing::dice random{secret + places};
    std::vector<std::uint64_t> keys;
    for (std::size_t i = 0; i < places + 3; ++i) keys.push_back(random.next());
    modelled_index index{places, secret};
    run(index, keys, random);
}

TEST_CASE("hash_index: keys that look alike are told apart", "[endpoint][R-1.5]") {
    for (unsigned shift = 0; shift < 64; shift += 7) {
        testing::dice random{shift};
        std::vector<std::uint64_t> keys{0, ~std::uint64_t{0}};
        for (std::uint64_t i = 1; i < 20; ++i) keys.push_back(i << shift | i >> (63 - shift));
        modelled_index index{16, 0x1234'5678'9abc'def1};
        run(index, keys, random);
    }
}

/// Keys that all start their search in the same cell of an index with this secret.
std::vector<std::uint64_t> colliding_keys(std::size_t cells, std::uint64_t secret, std::size_t home,
                                          std::size_t wanted) {
    std::vector<std::uint64_t> found;
    std::vector<std::uint32_t> storage(cells);
    for (std::uint64_t key = 0; found.size() < wanted; ++key) {
        REQUIRE(key < 100'000);
        hash_index probe{storage, secret};
        probe.insert(key, 0);
        if (storage[home] != hash_index::nothing) found.push_back(key);
    }
    return found;
}

TEST_CASE("hash_index: chosen keys may all collide, also across the end of the cells",
          "[endpoint]") {
    constexpr std::size_t places = 8;
    const std::size_t cells = hash_index::cells_for(places);
    const auto secret = GENERATE(as<std::uint64_t>{}, 0, 0x0f1e'2d3c'4b5a'6978);
    for (const std::size_t home : {std::size_t{0}, cells / 2, cells - 2, cells - 1}) {
        INFO("home " << home);
        testing::dice random{home};
        auto keys = colliding_keys(cells, secret, home, 6);
        for (const std::uint64_t key : colliding_keys(cells, secret, (home + 2) % cells, 3))
            keys.push_back(key);
        modelled_index index{places, secret};
        run(index, keys, random);
    }
}

TEST_CASE("hash_index: another secret makes other keys collide", "[endpoint]") {
    const std::size_t cells = hash_index::cells_for(64);
    const auto keys = colliding_keys(cells, 77, 3, 12);
    std::vector<std::uint32_t> storage(cells);
    std::size_t elsewhere = 0;
    for (const std::uint64_t key : keys) {
        hash_index probe{storage, 78};
        probe.insert(key, 0);
        elsewhere += storage[3] == hash_index::nothing ? 1U : 0U;
    }
    CHECK(elsewhere >= 10);
}

TEST_CASE("hash_index: keys of neighbouring ports spread over the cells", "[endpoint]") {
    constexpr std::size_t places = 1'024;
    std::vector<std::uint32_t> storage(hash_index::cells_for(places));
    hash_index index{storage, 0x5eed'5eed'5eed'5eed};
    std::vector<std::uint64_t> keys;
    for (std::uint32_t place = 0; place < places; ++place) {
        keys.push_back(std::uint64_t{7} << 16 | (place + 49'152));
        index.insert(keys.back(), place);
    }
    std::size_t compared = 0;
    for (const std::uint64_t key : keys)
        static_cast<void>(index.find(key, [&](std::uint32_t place) {
            ++compared;
            return keys[place];
        }));
    CHECK(compared < places + places / 16);  // hardly any but those that were wanted
}

}  // namespace
}  // namespace rrdp
