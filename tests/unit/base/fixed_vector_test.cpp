// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <vector>

#include <rrdp/base/fixed_vector.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

constexpr std::size_t pushed_into_three() {
    fixed_vector<int, 3> v;
    std::size_t pushed = 0;
    for (int i = 0; i < 10; ++i) pushed += v.push_back(i) ? 1U : 0U;
    return pushed;
}
static_assert(pushed_into_three() == 3);
static_assert(fixed_vector<int, 7>::capacity() == 7);

TEST_CASE("fixed_vector: it takes as many as it has room for, and keeps their order", "[base]") {
    fixed_vector<std::uint16_t, 5> v;
    std::vector<std::uint16_t> model;
    CHECK(v.empty());
    for (std::uint16_t i = 0; i < 8; ++i) {
        const bool room = model.size() < 5;
        CHECK(v.full() == !room);
        CHECK(v.push_back(static_cast<std::uint16_t>(i * 3)) == room);
        if (room) model.push_back(static_cast<std::uint16_t>(i * 3));
        CHECK(v.size() == model.size());
        CHECK(std::vector<std::uint16_t>(v.begin(), v.end()) == model);
    }
    CHECK_FALSE(v.empty());
    for (std::size_t i = 0; i < model.size(); ++i) CHECK(v[i] == model[i]);
}

TEST_CASE("fixed_vector: a push that is refused changes nothing", "[base]") {
    fixed_vector<int, 2> v;
    CHECK(v.push_back(1));
    CHECK(v.push_back(2));
    CHECK_FALSE(v.push_back(3));
    CHECK((v[0] == 1 && v[1] == 2 && v.size() == 2));
}

TEST_CASE("fixed_vector: cleared, it is as new", "[base]") {
    fixed_vector<int, 2> v;
    CHECK(v.push_back(1));
    v.clear();
    CHECK(v.empty());
    CHECK(v.begin() == v.end());
    CHECK(v.view().empty());
    CHECK(v.push_back(9));
    CHECK((v.size() == 1 && v[0] == 9));
}

TEST_CASE("fixed_vector: the view is the elements, not the capacity", "[base]") {
    fixed_vector<int, 4> v;
    CHECK(v.push_back(5));
    CHECK(v.push_back(6));
    const auto view = v.view();
    REQUIRE(view.size() == 2);
    CHECK(view.data() == v.begin());
    CHECK(view[1] == 6);
}

}  // namespace
}  // namespace rrdp
