// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "support/catch.hpp"
#include "support/pair.hpp"

/// Messages that the application writes in the engine's own memory.
namespace script {
namespace {

using rrdp::errc;

void write(rrdp::endpoint<bare_policy>::draft& d, std::string_view text) {
    REQUIRE(d.bytes().size() == text.size());
    std::memcpy(d.bytes().data(), text.data(), text.size());
}

TEST_CASE("composing: a message is sent from where it was written, and again from there",
          "[conformance][R-8.5][R-8.2]") {
    pair p;
    REQUIRE(p.open());
    auto draft = p.a.engine().compose(p.a.id, 5);
    REQUIRE(draft);
    write(*draft, "first");
    CHECK(p.from_a() == nothing());  // nothing leaves before it is sent
    const auto index = p.a.engine().send(p.now, std::move(*draft));
    REQUIRE(index);
    CHECK(*index == 0);
    CHECK(draft->bytes().empty());
    CHECK(p.from_a() == data(101, "first").ack(200));  // lost
    CHECK(p.run_until([&] { return p.b.taken() == "first"; }));
    CHECK(p.run_until([&] { return p.a.ledger().confirmed == 1; }));
}

TEST_CASE("composing: what is composed keeps its place among what is sent",
          "[conformance][R-8.5]") {
    pair p;
    REQUIRE(p.open());
    auto early = p.a.engine().compose(p.a.id, 3);
    REQUIRE(early);
    write(*early, "two");
    REQUIRE(p.a.send(p.now, "one") == errc::ok);
    REQUIRE(p.a.engine().send(p.now, std::move(*early)));
    REQUIRE(p.a.send(p.now, "three") == errc::ok);
    REQUIRE(p.settle());
    CHECK(p.b.taken() == "one");
    CHECK(p.b.taken() == "two");
    CHECK(p.b.taken() == "three");
}

TEST_CASE("composing: what is dropped unsent gives its memory back", "[conformance][R-6.3]") {
    pair p;
    REQUIRE(p.open());
    const auto before = p.a.engine().segments_available();
    {
        const auto draft = p.a.engine().compose(p.a.id, 10);
        REQUIRE(draft);
        CHECK(p.a.engine().segments_available() == before - 1);
    }
    CHECK(p.a.engine().segments_available() == before);
    auto orphan = p.a.engine().compose(p.a.id, 10);
    REQUIRE(orphan);
    REQUIRE(p.a.engine().abort(p.now, p.a.id) == errc::ok);
    const auto refused = p.a.engine().send(p.now, std::move(*orphan));
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == errc::not_open);
    CHECK(orphan->bytes().size() == 10);  // refused, it stays with whoever wrote it
    orphan = p.a.engine().compose(p.a.id, 10);
    CHECK(p.a.engine().segments_available() == before);
}

TEST_CASE("composing: a draft in whose place comes another gives its memory back",
          "[conformance][R-6.3]") {
    pair p;
    REQUIRE(p.open());
    const auto before = p.a.engine().segments_available();
    auto one = p.a.engine().compose(p.a.id, 3);
    auto other = p.a.engine().compose(p.a.id, 5);
    REQUIRE(one);
    REQUIRE(other);
    CHECK(p.a.engine().segments_available() == before - 2);
    *one = std::move(*other);
    CHECK(p.a.engine().segments_available() == before - 1);
    CHECK(other->bytes().empty());
    write(*one, "other");
    auto& same = *one;
    *one = std::move(same);
    CHECK(one->connection() == p.a.id);
    REQUIRE(p.a.engine().send(p.now, std::move(*one)));
    REQUIRE(p.settle());
    CHECK(p.b.taken() == "other");
}

TEST_CASE("composing: lengths, the queue and the pool have their limits",
          "[conformance][R-8.5][R-6.1]") {
    setup s{.first = 100};
    s.options.send_queue = 2;
    s.capacities.segments = 12;
    pair p{s};
    REQUIRE(p.open());
    auto& engine = p.a.engine();
    const auto error_for = [&](std::size_t size) {
        const auto made = engine.compose(p.a.id, size);
        return made ? errc::ok : made.error();
    };
    const auto most = engine.info(p.a.id)->message_max;
    CHECK(error_for(0) == errc::message_too_long);
    CHECK(error_for(1) == errc::ok);
    CHECK(error_for(most) == errc::ok);
    CHECK(error_for(most + 1) == errc::message_too_long);
    CHECK(engine.compose({7, 7}, 1).error() == errc::no_such_connection);

    SECTION("the queue: refused at the sending, too, and accepted when there is room") {
        auto draft = engine.compose(p.a.id, 5);
        REQUIRE(draft);
        write(*draft, "later");
        REQUIRE(p.a.send(p.now, "a") == errc::ok);
        REQUIRE(p.a.send(p.now, "b") == errc::ok);
        CHECK(error_for(1) == errc::would_block);
        CHECK(engine.send(p.now, std::move(*draft)).error() == errc::would_block);
        REQUIRE(p.settle());
        CHECK(p.a.told() == "writable");
        CHECK(engine.send(p.now, std::move(*draft)));
        REQUIRE(p.settle());
        CHECK(p.b.taken() == "a");
        CHECK(p.b.taken() == "b");
        CHECK(p.b.taken() == "later");
    }
    SECTION("the pool: `writable` follows when a segment has come back") {
        std::vector<rrdp::endpoint<bare_policy>::draft> held;
        for (int i = 0; i < 100; ++i) {
            auto draft = engine.compose(p.a.id, 1);
            if (!draft) break;
            held.push_back(std::move(*draft));
        }
        REQUIRE(held.size() > 2);
        REQUIRE(held.size() < 12);
        CHECK(error_for(1) == errc::would_block);
        held.pop_back();
        CHECK(error_for(1) == errc::ok);
    }
}

}  // namespace
}  // namespace script
