// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <rrdp/endpoint/listener.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

constexpr std::uint32_t nothing = listener_table::nothing;

TEST_CASE("listener: it is found by its port, wherever it stands", "[endpoint][R-7.9]") {
    std::vector<listener> places(4);
    listener_table table{places};
    table.at(2).port = 7;
    table.at(0).port = 65'535;
    CHECK(table.find(7) == 2);
    CHECK(table.find(65'535) == 0);
    CHECK(table.find(8) == nothing);
}

TEST_CASE("listener: a place is free when nobody listens and nothing of it is pending",
          "[endpoint][R-14.1]") {
    std::vector<listener> places(1);
    listener_table table{places};
    CHECK(table.find_free() == 0);
    table.at(0).port = 7;
    CHECK(table.find_free() == nothing);
    table.at(0) = {.half_open = 1};
    CHECK(table.find_free() == nothing);
    table.at(0) = {.proved = 1};
    CHECK(table.find_free() == nothing);
    table.at(0) = {.untold = 1};
    CHECK(table.find_free() == nothing);
    table.at(0) = {};
    CHECK(table.find_free() == 0);
}

TEST_CASE("listener: it is silent when no SYN ACK is left to send, though others were not told of",
          "[endpoint][R-14.1]") {
    CHECK(listener{}.silent());
    CHECK(listener{.untold = 1}.silent());
    CHECK_FALSE(listener{.port = 7}.silent());
    CHECK_FALSE(listener{.half_open = 1}.silent());
    CHECK_FALSE(listener{.proved = 1}.silent());
}

TEST_CASE("listener: a table of none has neither listeners nor places", "[endpoint]") {
    const listener_table none;
    CHECK(none.find(7) == nothing);
    CHECK(none.find_free() == nothing);
}

}  // namespace
}  // namespace rrdp
