// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <rrdp/testing/segments.hpp>

#include "support/catch.hpp"
#include "unit/wire/reference.hpp"

namespace rrdp::wire {
namespace {

/// The numbers that a decoded segment lists.
std::vector<unsigned> numbers_in(octets_view frame) {
    const auto decoded = decode(frame);
    REQUIRE(decoded.has_value());
    std::vector<unsigned> numbers;
    for (const seq16 number : decoded->words.eacks) numbers.push_back(number.value());
    return numbers;
}

std::vector<unsigned> series(std::size_t count, unsigned first, unsigned step) {
    std::vector<unsigned> numbers;
    for (std::size_t i = 0; i < count; ++i)
        numbers.push_back((first + step * static_cast<unsigned>(i)) % 0x1'0000);
    return numbers;
}

TEST_CASE("eack: lists of 1, 2 and 248 numbers come through in the sender's order",
          "[wire][R-3.10][R-3.11][T-C11]") {
    const auto count = GENERATE(as<std::size_t>{}, 1, 2, 3, 247, 248);
    const auto step =
        GENERATE(as<unsigned>{}, 1, 0xffff, 0, 0x3fff);  // up, down, the same, far apart
    reference::plan p;
    p.octet0 = 0x63;
    p.acknowledgement = 0xfff0;
    p.words = series(count, 0xfff2, step);
    CHECK(numbers_in(reference::encode(p)) == p.words);
}

TEST_CASE("eack: numbers at, before and far from the acknowledgement are the receiver's to judge",
          "[wire][R-3.10][R-7.24][T-C11]") {
    reference::plan p;
    p.octet0 = 0x63;
    p.acknowledgement = 100;
    p.words = {100, 101, 99, 0x8064, 0, 0xffff, 102, 102};
    CHECK(numbers_in(reference::encode(p)) == p.words);
}

TEST_CASE("eack: a list without a number is refused", "[wire][R-3.8]") {
    reference::plan p;
    p.octet0 = 0x63;
    CHECK(decode(reference::encode(p)).error() == wire_errc::bad_extension);
}

TEST_CASE("eack: a list may ride on data", "[wire][R-2.13]") {
    reference::plan p;
    p.octet0 = 0x63;
    p.words = {7, 9};
    p.data = {std::byte{1}, std::byte{2}, std::byte{3}};
    const auto frame = reference::encode(p);
    CHECK(numbers_in(frame) == p.words);
    CHECK(decode(frame)->payload.size() == 3);
}

TEST_CASE("eack: the hard limit is 248 numbers less the words of what is agreed",
          "[wire][R-3.11]") {
    CHECK(eack_entries_max == 248);
    CHECK(eack_list::capacity() == 248);
    reference::plan p;
    p.octet0 = 0x63;
    p.words.assign(248, 1);
    const features agreed = features::tag | features::wide | features::credit;
    const auto decoded = decode(reference::encode(p), agreed);
    REQUIRE(decoded.has_value());
    CHECK(decoded->words.eacks.size() == 248 - 4 - 1);
}

TEST_CASE("eack: an empty list has no numbers to walk", "[wire][R-3.10]") {
    constexpr eack_view none;
    STATIC_REQUIRE(none.empty());
    STATIC_REQUIRE(none.size() == 0);
    STATIC_REQUIRE(none.begin() == none.end());
}

}  // namespace
}  // namespace rrdp::wire
