// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <deque>
#include <vector>

#include <rrdp/link/copying.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

using frame = std::vector<std::byte>;

/// A port whose two sides a test holds in its hands.
struct manual_port {
    link_properties properties() const noexcept { return stated; }
    std::size_t read(octets into) noexcept {
        ++reads;
        if (waiting.empty()) return 0;
        const frame next = waiting.front();
        waiting.pop_front();
        std::copy_n(next.begin(), std::min(next.size(), into.size()), into.begin());
        return next.size();  // also of one that did not fit: the mistake of a port
    }
    bool write(octets_view out) noexcept {
        ++writes;
        if (!willing) return false;
        written.emplace_back(out.begin(), out.end());
        return true;
    }

    link_properties stated{.max_frame = 100};
    std::deque<frame> waiting{};
    std::vector<frame> written{};
    bool willing = true;
    int reads = 0;
    int writes = 0;
};

using manual_link = copying<manual_port, 128>;
static_assert(rrdp::link<manual_link> && flushable_link<manual_link>);
static_assert(!pollable_link<manual_link>);

void commit(manual_link& link, std::byte first, std::size_t size = 20) {
    auto lease = link.lease(size);
    REQUIRE(lease);
    lease->bytes()[0] = first;
    lease->commit(size);
}

struct flushed_port : manual_port {
    void flush() noexcept { ++flushes; }
    int native_handle() const noexcept { return 7; }
    int flushes = 0;
};
static_assert(pollable_link<copying<flushed_port>>);

struct aggregate_free_port : manual_port {
    aggregate_free_port(std::size_t max_frame, bool will) {
        stated.max_frame = max_frame;
        willing = will;
    }
};

}  // namespace

TEST_CASE("copying: frames go through both ways", "[link][copying]") {
    manual_link link;
    link.waiting = {frame{std::byte{1}, std::byte{2}}, frame{std::byte{3}}};
    CHECK(link.receive()->bytes().size() == 2);
    CHECK(link.receive()->bytes()[0] == std::byte{3});
    CHECK_FALSE(link.receive());

    commit(link, std::byte{5}, 100);
    REQUIRE(link.written.size() == 1);
    CHECK(link.written[0].size() == 100);
    CHECK(link.written[0][0] == std::byte{5});
}

TEST_CASE("copying: takes the constructors of the port", "[link][copying]") {
    const copying<aggregate_free_port> link{std::size_t{60}, false};
    CHECK(link.properties().max_frame == 60);
}

TEST_CASE("copying: the buffers bound the frames of any port", "[link][copying][R-16.2]") {
    manual_link link;
    link.stated.max_frame = 9'000;
    CHECK(link.properties().max_frame == 128);
    CHECK(link.lease(128));
    CHECK_FALSE(link.lease(129));
}

TEST_CASE("copying: a port shorter than the buffers bounds the lease", "[link][copying]") {
    manual_link link;
    CHECK(link.lease(100));
    CHECK_FALSE(link.lease(101));
}

TEST_CASE("copying: a frame that a port cut is dropped and counted", "[link][copying][R-16.2]") {
    manual_link link;
    link.waiting = {frame(129), frame(128)};
    CHECK_FALSE(link.receive());
    CHECK(link.overlong() == 1);
    CHECK(link.receive()->bytes().size() == 128);
}

TEST_CASE("copying: while a frame is held the port is not read", "[link][copying]") {
    manual_link link;
    link.waiting = {frame{std::byte{1}}, frame{std::byte{2}}};
    auto held = link.receive();
    CHECK_FALSE(link.receive());
    CHECK(link.reads == 1);

    auto& itself = *held;
    *held = std::move(itself);
    auto moved = std::move(*held);
    held.reset();
    CHECK_FALSE(link.receive());
    CHECK(moved.bytes()[0] == std::byte{1});
    {
        const auto last = std::move(moved);
        CHECK(moved.bytes().empty());
    }
    CHECK(link.receive()->bytes()[0] == std::byte{2});
}

TEST_CASE("copying: a refused frame is kept, offered again, and nothing overtakes it",
          "[link][copying][R-16.4]") {
    manual_link link;
    link.willing = false;
    commit(link, std::byte{1});
    CHECK(link.written.empty());
    CHECK_FALSE(link.lease(20));
    link.flush();
    CHECK(link.writes == 3);

    link.willing = true;
    SECTION("by flush") {
        link.flush();
        REQUIRE(link.written.size() == 1);
    }
    SECTION("by the next lease") {
        CHECK(link.lease(20));
        REQUIRE(link.written.size() == 1);
    }
    CHECK(link.written[0][0] == std::byte{1});
    commit(link, std::byte{2});
    CHECK(link.written.size() == 2);
    link.flush();
    CHECK(link.written.size() == 2);
}

TEST_CASE("copying: a lease that is cancelled, moved or empty sends nothing", "[link][copying]") {
    manual_link link;
    {
        auto lease = link.lease(20);
        CHECK_FALSE(link.lease(20));  // one at a time
        auto& itself = *lease;
        *lease = std::move(itself);
        CHECK(lease->bytes().size() == 20);
        auto moved = std::move(*lease);
        CHECK(lease->bytes().empty());
        CHECK(moved.bytes().size() == 20);
        lease.reset();
        CHECK_FALSE(link.lease(20));
        link.flush();
    }
    link.lease(20)->commit(0);
    link.flush();
    CHECK(link.writes == 0);
    commit(link, std::byte{9}, 1);
    CHECK(link.written.size() == 1);
}

TEST_CASE("copying: flushes the port, if it can be flushed, after the refused frame",
          "[link][copying]") {
    copying<flushed_port> link;
    link.willing = false;
    link.lease(20)->commit(20);
    link.willing = true;
    link.flush();
    CHECK(link.written.size() == 1);
    CHECK(link.flushes == 1);
    CHECK(link.native_handle() == 7);
}

}  // namespace rrdp
