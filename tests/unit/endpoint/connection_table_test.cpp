// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include <rrdp/endpoint/connection_table.hpp>

#include "support/catch.hpp"
#include "support/dice.hpp"

namespace rrdp {
namespace {

using table_type = connection_table<default_policy>;

constexpr std::uint32_t nothing = table_type::nothing;

struct table_of {
    std::vector<table_type::entry> entries;
    std::vector<std::uint32_t> cells;
    table_type table;

    explicit table_of(std::size_t places)
        : entries(places),
          cells(hash_index::cells_for(places)),
          table{entries, cells, 0xfedc'ba98'7654'3210} {}

    /// A new connection, of which the application knows.
    std::uint32_t make(std::uint32_t node, std::uint16_t remote_port, std::uint16_t local_port) {
        const std::uint32_t place = table.make(node, remote_port, local_port);
        if (place != nothing) table.at(place).record().visible = true;
        return place;
    }
    [[nodiscard]] connection_id id(std::uint32_t place) const {
        return {place, table.at(place).record().generation};
    }
};

TEST_CASE("connection_table: a connection is found by node and ports, and by its id",
          "[endpoint][R-1.5]") {
    table_of t{3};
    const std::uint32_t place = t.make(5, 1000, 2000);
    REQUIRE(place != nothing);
    CHECK(t.table.find(table_type::key(5, 1000, 2000)) == place);
    CHECK(t.table.find(t.id(place)) == place);
    CHECK(t.table.find(table_type::key(6, 1000, 2000)) == nothing);
    CHECK(t.table.find(table_type::key(5, 2000, 1000)) == nothing);
    CHECK(t.table.find(table_type::key(5, 1000, 2001)) == nothing);
    const auto& record = t.table.at(place).record();
    CHECK((record.node == 5 && record.remote_port == 1000 && record.local_port == 2000));
    CHECK(record.at == state::closed);
}

TEST_CASE("connection_table: no two conversations have the same key", "[endpoint][R-1.5]") {
    CHECK(table_type::key(1, 2, 3) != table_type::key(1, 3, 2));
    CHECK(table_type::key(1, 0xffff, 0xffff) != table_type::key(2, 0, 0));
    CHECK(table_type::key(0xffff, 1, 1) != table_type::key(1, 0xffff, 1));
    CHECK(table_type::key(0, 1, 0) != table_type::key(0, 0, 0xffff));
}

TEST_CASE("connection_table: an id that is kept too long names nothing, never the next one",
          "[endpoint]") {
    table_of t{1};
    const std::uint32_t first = t.make(1, 10, 20);
    const connection_id old = t.id(first);
    t.table.at(first).record().at = state::open;
    t.table.forget(first);
    CHECK(t.table.find(old) == nothing);
    const std::uint32_t second = t.make(1, 10, 20);
    REQUIRE(second == first);
    CHECK(t.table.find(old) == nothing);
    CHECK(t.table.find(t.id(second)) == second);
    CHECK_FALSE(t.id(second) == old);
    CHECK(t.table.at(second).record().at == state::closed);  // nothing is left of the first
}

TEST_CASE("connection_table: ids of nobody, and of places there are not, name nothing",
          "[endpoint]") {
    table_of t{2};
    CHECK(t.table.find(connection_id{}) == nothing);
    CHECK(t.table.find(connection_id{0, 1}) == nothing);
    CHECK(t.table.find(connection_id{2, 0}) == nothing);
    CHECK(t.table.find(connection_id{0xffff'ffff, 0xffff'ffff}) == nothing);
    REQUIRE(t.make(1, 1, 1) != nothing);
    CHECK(t.table.find(connection_id{}) == nothing);
}

TEST_CASE("connection_table: an id names only what the application knows of", "[endpoint]") {
    table_of t{1};
    const std::uint32_t place = t.table.make(1, 10, 20);  // by a listener, not yet told
    CHECK(t.table.find(t.id(place)) == nothing);
    t.table.at(place).record().visible = true;
    CHECK(t.table.find(t.id(place)) == place);
    t.table.at(place).record().visible = false;  // it lingers, but its end was told
    CHECK(t.table.find(t.id(place)) == nothing);
    CHECK(t.table.find(table_type::key(1, 10, 20)) == place);
}

TEST_CASE("connection_table: taken off its ports, a connection keeps its id", "[endpoint]") {
    table_of t{2};
    const std::uint32_t old = t.make(1, 10, 20);
    const connection_id id = t.id(old);
    t.table.detach(old);
    CHECK(t.table.find(table_type::key(1, 10, 20)) == nothing);
    CHECK(t.table.find(id) == old);
    CHECK(t.table.in_use(old));
    const std::uint32_t heir = t.make(1, 10, 20);
    REQUIRE((heir != nothing && heir != old));
    CHECK(t.table.find(table_type::key(1, 10, 20)) == heir);
    t.table.detach(old);  // once more does no harm
    t.table.forget(old);
    CHECK(t.table.find(table_type::key(1, 10, 20)) == heir);
    CHECK(t.table.find(id) == nothing);
    CHECK(t.table.size() == 1);
}

TEST_CASE("connection_table: when every place is taken there is no other", "[endpoint]") {
    table_of t{3};
    for (std::uint16_t port = 1; port <= 3; ++port) CHECK(t.make(1, port, 9) != nothing);
    CHECK(t.table.size() == 3);
    CHECK(t.table.capacity() == 3);
    CHECK(t.make(1, 4, 9) == nothing);
    CHECK(t.table.size() == 3);
    CHECK(t.table.find(table_type::key(1, 4, 9)) == nothing);
    t.table.forget(t.table.find(table_type::key(1, 2, 9)));
    CHECK(t.make(1, 4, 9) != nothing);
}

struct known {
    std::uint32_t place;
    connection_id id;
};

TEST_CASE("connection_table: it is a map of conversations, whoever comes and goes",
          "[endpoint][R-1.5]") {
    const auto places = GENERATE(as<std::size_t>{}, 1, 5, 30);
    testing::dice random{places};
    table_of t{places};
    std::map<std::uint64_t, known> model;
    std::vector<connection_id> gone;
    for (int i = 0; i < 4'000; ++i) {
        const std::uint32_t node = random.below(3);
        const auto remote = static_cast<std::uint16_t>(1 + random.below(4));
        const auto local = static_cast<std::uint16_t>(1 + random.below(4));
        const std::uint64_t key = table_type::key(node, remote, local);
        const auto at = model.find(key);
        REQUIRE(t.table.find(key) == (at == model.end() ? nothing : at->second.place));
        if (at != model.end()) {
            REQUIRE(t.table.find(at->second.id) == at->second.place);
            t.table.forget(at->second.place);
            gone.push_back(at->second.id);
            model.erase(at);
        } else {
            const std::uint32_t place = t.make(node, remote, local);
            REQUIRE((place == nothing) == (model.size() == places));
            if (place != nothing) model.emplace(key, known{place, t.id(place)});
        }
        REQUIRE(t.table.size() == model.size());
        if (!gone.empty()) REQUIRE(t.table.find(gone[random.below(gone.size())]) == nothing);
    }
}

}  // namespace
}  // namespace rrdp
