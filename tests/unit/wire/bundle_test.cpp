// SPDX-License-Identifier: Apache-2.0
// The octets of a bundle: what is one, and what is not.
#include <array>
#include <initializer_list>
#include <vector>

#include <rrdp/wire/bundle.hpp>

#include "support/catch.hpp"
#include "support/dice.hpp"

namespace rrdp::wire {
namespace {

static_assert(counts_bundle(0x8002) && counts_bundle(0x80ff));
static_assert(!counts_bundle(0x8000) && !counts_bundle(0x8001) && !counts_bundle(0x8100));
static_assert(!counts_bundle(2) && !counts_bundle(0xffff));

using octet_list = std::vector<std::byte>;

octet_list octets_of(std::initializer_list<int> values) {
    octet_list list;
    for (const int value : values) list.push_back(static_cast<std::byte>(value));
    return list;
}

TEST_CASE("the word of a bundle is its mark and a number from 2 to 255", "[wire][R-3.31]") {
    std::vector<unsigned> wrong;
    for (unsigned word = 0; word <= 0xffff; ++word)
        if (counts_bundle(static_cast<std::uint16_t>(word)) != (word >= 0x8002 && word <= 0x80ff))
            wrong.push_back(word);
    CHECK(wrong.empty());
}

TEST_CASE("a bundle is its messages, each behind its length, and nothing else", "[wire]") {
    const octet_list data = octets_of({0, 1, 'a', 0, 3, 'b', 'c', 'd'});
    CHECK(longest_of_bundle(data, 2) == 3);
    REQUIRE(bundled(data, 0).size() == 1);
    CHECK(bundled(data, 0)[0] == std::byte{'a'});
    REQUIRE(bundled(data, 3).size() == 3);
    CHECK(bundled(data, 3)[2] == std::byte{'d'});
    CHECK(longest_of_bundle(data, 1) == 0);  // octets are left over
    CHECK(longest_of_bundle(data, 3) == 0);  // a message is missing
}

TEST_CASE("what does not add up is no bundle, and is never read beyond its end", "[wire]") {
    CHECK(longest_of_bundle({}, 2) == 0);
    CHECK(longest_of_bundle(octets_of({0}), 2) == 0);
    CHECK(longest_of_bundle(octets_of({0, 1, 'a', 0}), 2) == 0);                // half a length
    CHECK(longest_of_bundle(octets_of({0, 1, 'a', 0, 0}), 2) == 0);             // an empty message
    CHECK(longest_of_bundle(octets_of({0, 1, 'a', 0, 2, 'b'}), 2) == 0);        // one octet short
    CHECK(longest_of_bundle(octets_of({0, 1, 'a', 0, 1, 'b', 'c'}), 2) == 0);   // one too many
    CHECK(longest_of_bundle(octets_of({0xff, 0xff, 'a', 0, 1, 'b'}), 2) == 0);  // far beyond it
    CHECK(bundled(octets_of({0, 1, 'a'}), 2).empty());
    CHECK(bundled(octets_of({0, 1, 'a'}), 3).empty());
    CHECK(bundled(octets_of({0, 1, 'a'}), 0xffff'ffff).empty());
}

TEST_CASE("cut anywhere, or with any length changed, a bundle is none", "[wire]") {
    testing::dice dice{7};
    for (int round = 0; round < 200; ++round) {
        const std::size_t count = 2 + dice.below(20);
        octet_list data;
        std::vector<std::size_t> lengths_at;
        std::size_t longest = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t length = 1 + dice.below(40);
            if (length > longest) longest = length;
            lengths_at.push_back(data.size());
            data.push_back(std::byte{0});
            data.push_back(static_cast<std::byte>(length));
            data.resize(data.size() + length, std::byte{1});
        }
        REQUIRE(longest_of_bundle(data, count) == longest);
        for (std::size_t size = 0; size < data.size(); ++size)
            REQUIRE(longest_of_bundle(octets_view{data}.first(size), count) == 0);
        octet_list changed = data;
        changed[lengths_at.back() + 1] ^= std::byte{0x41};
        REQUIRE(longest_of_bundle(changed, count) == 0);
    }
}

}  // namespace
}  // namespace rrdp::wire
