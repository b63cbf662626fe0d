// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "security/siege.hpp"
#include "support/catch.hpp"

/// Peers that take and do not give back: memory held by messages that never end, by windows that
/// stay closed, by an application that does not read.
namespace siege {
namespace {

using rrdp::drop_reason;
using rrdp::errc;

constexpr rrdp::capacities shared_room{
    .connections = 64, .rings = 64, .segments = 1'024, .segment_max = 1'486, .nodes = 8};
constexpr std::uint16_t shop = 7;
const std::string long_text(1'400, 'x');

/// A server, an honest client with a connection to it, and room for liars at node 3.
struct shop_floor {
    host server{1, shared_room};
    host client{2, shared_room, {}, 2};
    wire net{{&server, &client}};
    rrdp::connection_id at_client{};
    rrdp::connection_id at_server{};
    std::vector<liar> liars;

    explicit shop_floor(const rrdp::options& o = {}) {
        REQUIRE((server.knows(1, 3) && client.knows(1, 3)));
        REQUIRE(server.engine.listen(shop, o) == errc::ok);
        const auto made = client.engine.connect(net.now, {rrdp::node_id{1}, shop}, o);
        REQUIRE(made);
        at_client = *made;
        REQUIRE(net.run(10ms));
        REQUIRE(server.accepted.size() == 1);
        at_server = server.accepted.front();
    }
    void attack(int connections, const rrdp::wire::syn_parameters& p = lan_offer()) {
        for (int i = 0; i < connections; ++i) {
            liars.emplace_back(server, 3, static_cast<std::uint16_t>(5'000 + i), shop, net.now, p);
            REQUIRE(liars.back().open);
            server.listens(net.now);
        }
        REQUIRE(server.accepted.size() == static_cast<std::size_t>(connections) + 1);
    }
    /// How many of `wanted` messages of the honest client arrive within `span`.
    std::uint64_t served(int wanted, rrdp::duration span) {
        const std::uint64_t before = server.messages;
        const std::string text(100, 'h');
        int sent = 0;
        const rrdp::instant end = net.now + span;
        while (net.now < end) {
            while (sent < wanted && client.engine.send(net.now, at_client, bytes(text))) ++sent;
            REQUIRE(net.run(1ms));
            if (server.messages - before == static_cast<std::uint64_t>(wanted)) break;
        }
        return server.messages - before;
    }
    static rrdp::octets_view bytes(const std::string& text) {
        return std::as_bytes(std::span{text.data(), text.size()});
    }
};

/// Begins a message of many segments, and ends it never; holds what it can beyond a gap.
void hoard(shop_floor& f, liar& l, bool gap) {
    for (std::uint16_t i = 0; i < 40; ++i)
        l.hear(f.net.now, l.says.data(static_cast<std::uint16_t>(l.next + i), l.heard, long_text,
                                      static_cast<std::uint16_t>(44 - i)));
    for (std::uint16_t i = 41; gap && i < 128; ++i)
        l.hear(f.net.now, l.says.data(static_cast<std::uint16_t>(l.next + i), l.heard, "y"));
}

TEST_CASE("messages that never end take what a connection may have, and others go on",
          "[security][R-6.3][R-8.16][R-7.31]") {
    shop_floor f;
    f.attack(6);
    const std::size_t before = f.server.engine.segments_available();
    for (liar& l : f.liars) hoard(f, l, true);
    const std::size_t taken = before - f.server.engine.segments_available();
    CHECK(taken >= 6 * 120);  // it did happen
    CHECK(taken <= 6 * 144);  // receive_slots of each
    CHECK(f.served(500, 3s) == 500);
    CHECK(f.server.told[rrdp::event_kind::closed] == 0);
}

TEST_CASE("who hoards on many connections cannot keep the last of the pool from one that ends its",
          "[security][R-6.3][R-8.16]") {
    shop_floor f;
    f.attack(20);
    for (liar& l : f.liars) hoard(f, l, true);
    CHECK(f.server.engine.segments_available() <= 128);  // the reserve, and it is lent
    CHECK(f.server.dropped(drop_reason::pool_exhausted) > 100);
    CHECK(f.served(100, 4s) == 100);
}

TEST_CASE("what an application does not read stays within its slots, and others are served",
          "[security][R-6.3][R-8.16][R-8.17][R-7.27]") {
    shop_floor f;
    f.attack(1);
    liar& l = f.liars.front();
    f.server.unread = f.server.accepted.back();
    const std::size_t before = f.server.engine.segments_available();
    for (int i = 0; i < 10'000; ++i) {  // all that fits, and on and on
        l.hear(f.net.now, l.says.data(static_cast<std::uint16_t>(l.next + i % 200), l.heard, "u"));
        if (i % 100 == 0) REQUIRE(f.net.run(100us));
    }
    CHECK(f.server.engine.info(*f.server.unread)->unread == 144);
    CHECK(before - f.server.engine.segments_available() == 144);
    CHECK(f.server.dropped(drop_reason::no_slot) + f.server.dropped(drop_reason::beyond_window) >
          1'000);
    CHECK(f.served(500, 3s) == 500);
}

TEST_CASE("a peer that does not open its window cannot take all that others could send with",
          "[security][R-6.3][R-8.22][R-8.5]") {
    shop_floor f;
    f.attack(1);
    const rrdp::connection_id closed = f.server.accepted.back();
    std::size_t queued = 0;
    for (std::size_t size = 65'536; size >= 1'400; size -= 1'400) {  // until nothing more fits
        const std::string page(size, 'p');
        while (f.server.engine.send(f.net.now, closed, shop_floor::bytes(page))) queued += size;
    }
    CHECK(queued >= 500'000);
    const std::string answer(100, 'a');
    int sent = 0;
    for (int i = 0; i < 100; ++i) {
        REQUIRE(f.net.run(1ms));
        if (f.server.engine.send(f.net.now, f.at_server, shop_floor::bytes(answer))) ++sent;
    }
    CHECK(sent == 100);
    CHECK(f.client.messages >= 99);
}

}  // namespace
}  // namespace siege
