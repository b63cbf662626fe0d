// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <rrdp/endpoint/commands.hpp>
#include <rrdp/endpoint/demultiplex.hpp>
#include <rrdp/endpoint/outputs.hpp>
#include <rrdp/testing/segments.hpp>

#include "support/catch.hpp"

/// A broken invariant of ours costs its connection and no other (19.3, R-19.14). The tests break a
/// record by hand, below the interface.
namespace rrdp {
namespace {

using namespace std::chrono_literals;

struct bare : default_policy {
    using framing = wire::bare_framing;
};

board<bare> made() {
    constexpr capacities c{.connections = 4, .rings = 8, .segments = 64, .nodes = 2};
    node_options<wire::bare_framing> own;
    own.node = node_id{1};
    return board<bare>{c, own, entropy{1, 2}};
}

/// Two connections that were accepted, with two messages outstanding each.
struct two_connections {
    board<bare> b = made();
    std::array<std::byte, 1'600> room{};
    std::array<connection_id, 2> ids{};
    std::array<std::uint16_t, 2> first{};
    std::array<testing::segments, 2> peers{};

    two_connections() {
        b.see(instant{1s});
        REQUIRE(detail::add_node(b, node_id{2}, {}, std::uint16_t{0}) == errc::ok);
        REQUIRE(detail::listen(b, 1'024, options{}, octets_view{}) == errc::ok);
        for (std::size_t i = 0; i < 2; ++i) {
            peers[i] = {.source_port = static_cast<std::uint16_t>(5'001 + i),
                        .destination_port = 1'024};
            detail::handle_frame(b, peers[i].syn(100));
            first[i] = wire::parse(says())->base.sequence.value();
            detail::handle_frame(b, peers[i].ack(101, first[i]));
            ids[i] = detail::poll_event(b)->connection;
            for (int n = 0; n < 2; ++n) REQUIRE(send(i));
            while (!says().empty()) {}
        }
    }
    octets_view says() {
        const auto size = detail::poll_transmit(b, room, traffic::all);
        return octets_view{room}.first(size);
    }
    bool send(std::size_t i) {
        const std::array<std::byte, 3> text{};
        return detail::command(b, ids[i], result<message_index, errc>{errc::no_such_connection},
                               [&](auto& c, auto& x) { return c.send(x, octets_view{text}); })
            .has_value();
    }
    auto& record(std::size_t i) {
        return b.held.connections.at(b.held.connections.find(ids[i])).record();
    }
};

TEST_CASE("internal_error: the connection ends, says RST 0, and the other one goes on",
          "[conformance][R-19.14][R-19.3][T-O1]") {
    two_connections t;
    SECTION("more in the window than may be") {
        t.record(0).sending.limit(0, 0);
    }
    SECTION("more acknowledged than was sent") {
        delivery news{};
        auto& sending = t.record(0).sending;
        sending.acknowledge(t.b.held.segments, t.b.held.rings, sending.next() + 3, news);
    }
    SECTION("more outstanding than there are numbers") {
        t.record(0).sending.open(t.record(0).sending.next());
    }
    SECTION("seen by a timer") {
        t.record(0).sending.limit(0, 0);
        t.b.see(instant{2s});
        detail::handle_timeout(t.b);
    }
    detail::handle_frame(t.b, t.peers[0].data(101, t.first[0], "x"));
    CHECK(t.b.stats.internal_errors == 1);
    bool reset = false;
    for (octets_view s = t.says(); !s.empty(); s = t.says()) {
        const auto said = wire::decode(s);
        REQUIRE(said);
        reset |= said->reset && said->reset->reason == wire::reset_reason::unspecified &&
                 said->base.destination_port == 5'001;
    }
    CHECK(reset);
    std::optional<event> end;
    while (const auto e = detail::poll_event(t.b)) {
        if (e->kind != event_kind::closed) continue;
        CHECK(e->connection == t.ids[0]);
        end = e;
    }
    REQUIRE(end);
    CHECK(end->reason == end_reason::internal_error);
    CHECK(end->ledger == send_ledger{2, 2, 0});

    detail::handle_frame(t.b,
                         t.peers[1].data(101, static_cast<std::uint16_t>(t.first[1] + 2), "y"));
    CHECK(detail::info(t.b, t.ids[1])->outstanding == 0);
    CHECK(detail::info(t.b, t.ids[1])->unread == 1);
    CHECK(t.send(1));
    CHECK(t.b.stats.internal_errors == 1);
}

}  // namespace
}  // namespace rrdp
