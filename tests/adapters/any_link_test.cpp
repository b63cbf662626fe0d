// SPDX-License-Identifier: Apache-2.0
#include <rrdp/link/any_link.hpp>

#include <cerrno>
#include <memory>
#include <system_error>

#include <rrdp/adapters/faulty.hpp>
#include <rrdp/adapters/loopback.hpp>
#include <rrdp/rrdp.hpp>

#include "adapters/conforms.hpp"

namespace rrdp {
namespace {

using adapters::loopback;

/// A loopback whose ends have lost their type.
struct erased_pair {
    explicit erased_pair(const adapters::loopback_options& options = {})
        : wire{std::make_unique<loopback>(options)}, a{wire->a}, b{wire->b} {}
    std::unique_ptr<loopback> wire;
    erased<loopback::end> a, b;
};

/// A link that has everything which a link may have.
struct talkative : loopback::end {
    explicit talkative(const loopback::end& below) : loopback::end{below} {}
    bool flush() noexcept { return ++flushes > 1; }
    [[nodiscard]] std::size_t queued() const noexcept { return 5; }
    [[nodiscard]] int native_handle() const noexcept { return 42; }
    [[nodiscard]] std::error_code error() const noexcept {
        return {ENETDOWN, std::generic_category()};
    }
    void set_time(instant now) noexcept { time = now; }
    int flushes = 0;
    instant time{};
};

}  // namespace

TEST_CASE("any_link: is a link wherever the one below is", "[link][any_link]") {
    const auto max_frame = GENERATE(as<std::size_t>{}, 60, 1'514, 9'014);
    require_conformance(
        testing::link_conformance([=] { return erased_pair{{.max_frame = max_frame}}; }), 1);
}

TEST_CASE("any_link: is a link also around faults around a link without a type",
          "[link][any_link][faulty]") {
    struct layers {
        erased_pair inner{};
        adapters::faulty<any_link> bad_a{inner.a, 1}, bad_b{inner.b, 2};
        erased<adapters::faulty<any_link>> a{bad_a}, b{bad_b};
    };
    require_conformance(testing::link_conformance([] { return layers{}; }), 1);
}

TEST_CASE("any_link: passes on what the link below can do, and no more", "[link][any_link]") {
    loopback wire;
    talkative below{wire.a};
    erased<talkative> full{below};
    any_link& link = full;
    CHECK_FALSE(link.flush());
    CHECK(link.flush());
    CHECK(below.flushes == 2);
    CHECK(link.queued() == 5);
    link.set_time(instant{std::chrono::seconds{3}});
    CHECK(below.time == instant{std::chrono::seconds{3}});
    CHECK(link.native_handle() == 42);
    CHECK(link.error_number() == ENETDOWN);
    CHECK(link.properties() == wire.a.properties());

    adapters::faulty<any_link> bad{link, 1};  // what is around tells the same
    const erased<adapters::faulty<any_link>> around{bad};
    CHECK(around.error_number() == ENETDOWN);
    CHECK(around.native_handle() == 42);
    CHECK(adapters::faulty<talkative>{below, 1}.error() == std::errc::network_down);

    erased<loopback::end> bare{wire.b};
    CHECK(bare.flush());
    bare.set_time({});
    CHECK(bare.queued() == 0);
    CHECK(bare.native_handle() == -1);
    CHECK(bare.error_number() == 0);
}

TEST_CASE("any_link: a second frame and a second lease wait for the first", "[link][any_link]") {
    erased_pair ends;
    for (std::size_t size = 20; size < 22; ++size) ends.a.lease(size)->commit(size);
    auto frame = ends.b.receive();
    REQUIRE(frame);
    CHECK_FALSE(ends.b.receive());
    frame.reset();
    frame = ends.b.receive();
    REQUIRE(frame);
    auto& same_frame = *frame;
    *frame = std::move(same_frame);
    CHECK(frame->bytes().size() == 21);

    auto lease = ends.a.lease(20);
    REQUIRE(lease);
    auto& same_lease = *lease;
    *lease = std::move(same_lease);
    CHECK(lease->bytes().size() == 20);
    CHECK_FALSE(ends.a.lease(20));
    lease.reset();
    CHECK(ends.a.lease(20));
}

TEST_CASE("any_link: two engines talk over links that are chosen when the program runs",
          "[link][any_link]") {
    erased_pair ends;
    any_link& near = ends.a;
    any_link& far = ends.b;
    const capacities room{.connections = 4, .rings = 4, .segments = 64, .nodes = 2};
    endpoint<> x{room, {.node = node_id{1}, .address = near.properties().address}, {1, 2}};
    endpoint<> y{room, {.node = node_id{2}, .address = far.properties().address}, {3, 4}};
    REQUIRE(x.add_node(node_id{2}, far.properties().address) == errc::ok);
    REQUIRE(y.add_node(node_id{1}, near.properties().address) == errc::ok);
    REQUIRE(y.listen(7, {}) == errc::ok);
    instant now{std::chrono::seconds{1}};
    REQUIRE(x.connect(now, {node_id{2}, 7, 0}, {}));
    bool accepted = false;
    for (int turn = 0; turn < 100 && !accepted; ++turn) {
        pump(x, near, now);
        pump(y, far, now);
        while (const auto e = y.poll_event()) accepted |= e->kind == event_kind::accepted;
        now += std::chrono::milliseconds{1};
    }
    CHECK(accepted);
}

}  // namespace rrdp
