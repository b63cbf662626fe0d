// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <list>
#include <vector>

#include <rrdp/endpoint/index_list.hpp>
#include <rrdp/endpoint/member_view.hpp>

#include "support/catch.hpp"
#include "support/dice.hpp"

namespace rrdp {
namespace {

TEST_CASE("index_list: it is a list without repetition, whatever is added and removed",
          "[endpoint]") {
    constexpr std::uint32_t places = 12;
    testing::dice random{4};
    std::vector<list_links> links(places);
    index_list list{links};
    std::list<std::uint32_t> model;
    for (int i = 0; i < 20'000; ++i) {
        const std::uint32_t place = random.below(places);
        const bool member = std::find(model.begin(), model.end(), place) != model.end();
        REQUIRE(list.contains(place) == member);
        switch (random.below(5)) {
            case 0:
                list.add(place);
                if (!member) model.push_back(place);
                break;
            case 1:
                list.set(place, true);
                if (!member) model.push_back(place);
                break;
            case 2:
                list.remove(place);
                model.remove(place);
                break;
            case 3:
                list.set(place, false);
                model.remove(place);
                break;
            default:
                if (model.empty()) break;
                REQUIRE(list.pop() == model.front());
                model.pop_front();
                break;
        }
        REQUIRE(list.empty() == model.empty());
        if (!model.empty()) REQUIRE(list.front() == model.front());
    }
    while (!model.empty()) {
        CHECK(list.pop() == model.front());
        model.pop_front();
    }
    CHECK(list.empty());
}

TEST_CASE("index_list: what is in it already keeps its turn", "[endpoint]") {
    std::vector<list_links> links(3);
    index_list list{links};
    for (const std::uint32_t place : {2U, 0U, 1U, 2U, 2U}) list.add(place);
    CHECK(list.pop() == 2);
    CHECK(list.pop() == 0);
    list.add(2);
    CHECK(list.pop() == 1);
    CHECK(list.pop() == 2);
    CHECK(list.empty());
}

TEST_CASE("index_list: a place stands in as many lists as have links for it", "[endpoint]") {
    std::vector<list_links> one_links(4);
    std::vector<list_links> other_links(4);
    index_list one{one_links};
    index_list other{other_links};
    one.add(3);
    other.add(3);
    one.remove(3);
    CHECK(one.empty());
    CHECK(other.contains(3));
}

TEST_CASE("index_list: the links may be a member of each element of an array", "[endpoint]") {
    struct element {
        list_links one{};
        list_links other{};
    };
    std::vector<element> all(4);
    basic_index_list list{member_view<element, list_links, &element::other>{all}};
    for (const std::uint32_t place : {2U, 0U, 3U}) list.add(place);
    list.remove(0);
    CHECK((list.contains(2) && !list.contains(0) && list.contains(3)));
    CHECK(all[2].other.next == 3);
    CHECK(all[2].one.next == list_links::absent);
    CHECK(list.pop() == 2);
    CHECK(list.pop() == 3);
    CHECK(list.empty());
}

}  // namespace
}  // namespace rrdp
