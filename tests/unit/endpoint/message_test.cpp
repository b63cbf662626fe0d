// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include <rrdp/endpoint/message.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

/// Stands for an engine: remembers what was given back.
struct lender {
    std::array<std::byte, 8> memory{};
    std::vector<segment_handle> returned{};
    std::vector<connection_id> owners{};

    [[nodiscard]] octets_view data(message_place m) const {
        return octets_view{memory}.first(static_cast<std::size_t>(m.first));
    }
    /// After segment 8 comes 3, then nothing.
    [[nodiscard]] message_place next(message_place m) const {
        return m.first == segment_handle{8} ? message_place{segment_handle{3}} : message_place{};
    }
    void release(connection_id id, message_place m) {
        owners.push_back(id);
        returned.push_back(m.first);
    }
};
using message = basic_message<lender>;
using handles = std::vector<segment_handle>;

static_assert(!std::is_copy_constructible_v<message> && !std::is_copy_assignable_v<message>);
static_assert(std::is_nothrow_move_constructible_v<message>);
static_assert(std::is_nothrow_move_assignable_v<message>);

constexpr connection_id someone{3, 9};

TEST_CASE("message: it is lent until it is destroyed, and then given back once", "[endpoint]") {
    lender engine;
    {
        const message m{engine, someone, {segment_handle{5}}};
        CHECK(m.size() == 5);
        CHECK(m.bytes().data() == engine.memory.data());
        CHECK(m.whole({}).data() == engine.memory.data());
        CHECK(m.connection() == someone);
        CHECK(engine.returned.empty());
    }
    CHECK(engine.returned == handles{segment_handle{5}});
    CHECK(engine.owners == std::vector{someone});
}

TEST_CASE("message: what was moved from has nothing and gives nothing back", "[endpoint]") {
    lender engine;
    {
        message first{engine, someone, {segment_handle{4}}};
        const message second{std::move(first)};
        CHECK(first.bytes().empty());
        CHECK(first.contiguous());
        CHECK(first.size() == 0);
        CHECK(second.size() == 4);
    }
    CHECK(engine.returned == handles{segment_handle{4}});
}

TEST_CASE("message: assignment gives back what was held, and takes over the other", "[endpoint]") {
    lender engine;
    {
        message kept{engine, someone, {segment_handle{1}}};
        message other{engine, {4, 4}, {segment_handle{2}}};
        kept = std::move(other);
        CHECK(engine.returned == handles{segment_handle{1}});
        CHECK(kept.size() == 2);
        CHECK(kept.connection() == connection_id{4, 4});
        CHECK(other.bytes().empty());
        message& itself = kept;
        kept = std::move(itself);
        CHECK(kept.size() == 2);
    }
    CHECK(engine.returned == handles{segment_handle{1}, segment_handle{2}});
}

TEST_CASE("message: one of several segments is read in parts, or copied together",
          "[endpoint][R-7.34]") {
    lender engine;
    for (std::size_t i = 0; i < 8; ++i) engine.memory[i] = static_cast<std::byte>(i + 1);
    {
        const message m{engine, someone, {segment_handle{8}}};
        CHECK(m.size() == 11);
        CHECK_FALSE(m.contiguous());
        CHECK(m.bytes().empty());
        std::vector<std::size_t> sizes;
        for (const octets_view part : m.parts()) sizes.push_back(part.size());
        CHECK(sizes == std::vector<std::size_t>{8, 3});
        std::array<std::byte, 11> whole{};
        CHECK(m.copy_to(whole) == 11);
        CHECK((whole[7] == std::byte{8} && whole[8] == std::byte{1} && whole[10] == std::byte{3}));
        CHECK(m.whole(whole).data() == whole.data());
        std::array<std::byte, 9> less{};
        CHECK(m.whole(less).empty());
        CHECK(m.copy_to(less) == 9);
        CHECK(less[8] == std::byte{1});
    }
    CHECK(engine.returned == handles{segment_handle{8}});
}

TEST_CASE("message: it goes through an optional without being given back early", "[endpoint]") {
    lender engine;
    std::optional<message> held{std::in_place, engine, someone, message_place{segment_handle{6}}};
    std::optional<message> moved{std::move(held)};
    held.reset();
    CHECK(engine.returned.empty());
    moved.reset();
    CHECK(engine.returned == handles{segment_handle{6}});
}

}  // namespace
}  // namespace rrdp
