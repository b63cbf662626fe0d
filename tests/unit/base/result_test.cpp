// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include <rrdp/base/result.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

enum class trouble : std::uint8_t { none, small, large };

constexpr result<int, trouble> halve(int n) {
    if (n % 2 != 0) return trouble::small;
    return n / 2;
}

static_assert(halve(4).has_value() && *halve(4) == 2 && halve(4).value() == 2);
static_assert(!halve(3) && halve(3).error() == trouble::small);
static_assert(!std::is_convertible_v<result<int, trouble>, bool>, "only where it is asked");
static_assert(std::is_trivially_copyable_v<result<int, trouble>>);

TEST_CASE("result: a value is a value, also where it equals zero", "[base]") {
    const result<int, trouble> zero = 0;
    REQUIRE(zero.has_value());
    CHECK(static_cast<bool>(zero));
    CHECK(*zero == 0);
}

TEST_CASE("result: an error is an error, also where it is the first of its kind", "[base]") {
    const result<int, trouble> none = trouble::none;
    CHECK_FALSE(none.has_value());
    CHECK_FALSE(static_cast<bool>(none));
    CHECK(none.error() == trouble::none);
}

TEST_CASE("result: a value can be changed in place and reached by ->", "[base]") {
    result<std::pair<int, int>, trouble> r = std::pair{1, 2};
    r->first = 7;
    (*r).second = 8;
    const auto& view = r;
    CHECK(view->first == 7);
    CHECK(view.value().second == 8);
}

TEST_CASE("result: a value that cannot be copied is moved in and out", "[base]") {
    result<std::unique_ptr<int>, trouble> r = std::make_unique<int>(5);
    REQUIRE(r.has_value());
    auto moved = std::move(r);
    const std::unique_ptr<int> out = std::move(*moved);
    CHECK(*out == 5);
}

TEST_CASE("result: assignment changes between value and error", "[base]") {
    result<int, trouble> r = 3;
    r = result<int, trouble>{trouble::large};
    CHECK_FALSE(r.has_value());
    CHECK(r.error() == trouble::large);
    r = result<int, trouble>{4};
    REQUIRE(r.has_value());
    CHECK(*r == 4);
}

}  // namespace
}  // namespace rrdp
