// SPDX-License-Identifier: Apache-2.0
#include <rrdp/framings/udp.hpp>

#include "security/siege.hpp"
#include "support/agreed.hpp"
#include "support/catch.hpp"

/// Frames of conversations that were, and of nodes that are somebody else: replayed and spoofed.
namespace siege {
namespace {

using rrdp::drop_reason;
using rrdp::wire::reset_form;
using script::agreed_lone;

constexpr features without_tags = features::fin;
constexpr features tagged = features::fin | features::tag;

TEST_CASE("an old RST with the right numbers ends a connection without tags, and none with them",
          "[security][R-3.20][R-7.20][R-19.12]") {
    agreed_lone plain{without_tags};
    REQUIRE(plain.open_passively());
    plain.hear(plain.peer.rst(101, 201));
    CHECK(plain.told().find("closed reset") == 0);  // one exact number is all it takes

    agreed_lone e{tagged};
    REQUIRE(e.open_passively());
    std::uint64_t stale = 0;
    for (std::uint32_t former = 1; former <= 10'000; ++former) {
        if (former == e.own_tag || former == agreed_lone::peer_tag) continue;
        for (const auto form : {reset_form::kind::bare_tagged, reset_form::kind::connection}) {
            e.peer.words.tag = former;
            const auto s = e.peer.rst(101, 201, {.form = form, .tag = former});
            e.own.engine().handle_frame(e.now, s);
            ++stale;
        }
    }
    CHECK(e.dropped(drop_reason::bad_tag) == stale);
    CHECK(stale >= 19'998);
    CHECK(e.at() == rrdp::state::open);
    CHECK(e.told().empty());
}

TEST_CASE("a whole conversation that is played again goes to nobody",
          "[security][R-5.14][R-7.18][R-7.21][R-19.12]") {
    for (const features agreed : {without_tags, tagged}) {
        agreed_lone first{agreed};
        REQUIRE(first.open_passively());
        std::vector<rrdp::testing::segment_octets> recorded;
        recorded.push_back(first.peer.syn(100, first.offer()));
        recorded.push_back(first.peer.ack(101, 200));
        for (std::uint16_t n = 101; n < 140; ++n)
            recorded.push_back(first.peer.data(n, 200, "order a hundred"));
        recorded.push_back(first.peer.fin(140, 200));
        for (const auto& s : recorded) first.own.engine().handle_frame(first.now, s);
        CHECK(first.own.all_taken().size() > 500);

        // The next incarnation listens; its numbers are others, and the thief cannot read them.
        script::setup s;
        s.first = 7'777;
        agreed_lone next{agreed, s};
        REQUIRE(next.own.listen(1'024) == rrdp::errc::ok);
        for (const auto& frame : recorded) next.own.engine().handle_frame(next.now, frame);
        CHECK(next.own.all_taken().empty());
        CHECK(next.own.all_told().empty());
        CHECK(next.stats().dropped() >= 40);

        // It is open to the right peer when the same is played again.
        agreed_lone busy{agreed, s};
        REQUIRE(busy.open_passively());
        for (const auto& frame : recorded) busy.own.engine().handle_frame(busy.now, frame);
        CHECK(busy.own.all_taken().empty());
        CHECK(busy.at() == rrdp::state::open);
    }
}

TEST_CASE("a forged SYN with a new boot id ends a connection only where boot ids are believed",
          "[security][R-7.21][R-15.11]") {
    struct trial {
        features agreed;
        bool trusts;
        bool ends;
    };
    for (const trial& t : {trial{without_tags, true, true}, trial{without_tags, false, false},
                           trial{tagged, true, false}, trial{tagged, false, false}}) {
        script::setup s;
        s.options.trust_boot_id = t.trusts;
        agreed_lone e{t.agreed, s};
        REQUIRE(e.own.listen(1'024) == rrdp::errc::ok);
        auto p = e.offer();
        p.boot = 1;
        e.hear(e.peer.syn(100, p));
        REQUIRE(e.says().what.control == "SYN");
        e.learn();
        e.hear(e.peer.ack(101, 200));
        REQUIRE(e.told() == "accepted");
        std::uint64_t challenges = 0;
        for (std::uint32_t boot = 2; boot < 1'002; ++boot) {
            p.boot = boot;
            e.own.engine().handle_frame(e.now,
                                        e.peer.syn(static_cast<std::uint16_t>(boot * 31), p));
            while (e.own.engine().wants_transmit(e.now))
                challenges += e.says().what.control.empty() ? 1U : 0U;
        }
        const std::string told = e.own.all_told();
        CHECK((told.find("closed peer_restarted") != std::string::npos) == t.ends);
        CHECK(challenges <= 16);
        if (!t.ends) CHECK(told.empty());
    }
}

struct over_udp : rrdp::default_policy {
    using framing = rrdp::framings::udp4;
};

/// An engine over UDP at 192.0.2.`host`, behind `port`.
struct udp_end {
    rrdp::endpoint<over_udp> engine;
    rrdp::connection_id id{};

    udp_end(std::uint8_t host, std::uint16_t port, std::uint8_t other, std::uint64_t key)
        : engine{rrdp::capacities{.connections = 8, .rings = 8, .segments = 64, .nodes = 4},
                 at(host, port), rrdp::entropy{key, host}} {
        REQUIRE(engine.add_node(rrdp::node_id{other}, {{{192, 0, 2, other}}}) == rrdp::errc::ok);
    }
    static rrdp::node_options<rrdp::framings::udp4> at(std::uint8_t host, std::uint16_t port) {
        rrdp::node_options<rrdp::framings::udp4> o;
        o.node = rrdp::node_id{host};
        o.address = {{{192, 0, 2, host}}};
        o.address.port = port;
        o.mtu = 1'472;
        o.msl = {};
        return o;
    }
};

TEST_CASE("a forged SYN diverts a node's port until the node's next valid segment, and data do not",
          "[security][R-2.15][R-20.1]") {
    constexpr std::uint16_t usual = 50'027, elsewhere = 6'666;
    udp_end server{1, usual, 2, 1};
    udp_end peer{2, usual, 1, 2};
    udp_end thief{2, elsewhere, 1, 3};  // the peer's address, and another port
    rrdp::options o = rrdp::profiles::udp;
    o.max_outstanding = 64;
    o.receive_slots = 144;
    REQUIRE(server.engine.listen(7, o) == rrdp::errc::ok);
    rrdp::instant now{1s};
    std::array<std::byte, 1'600> room{};
    std::uint16_t last_port = 0;
    const auto carry = [&](udp_end& from, udp_end& to) {
        std::uint64_t frames = 0;
        while (const auto size = from.engine.poll_transmit(now, room)) {
            last_port = rrdp::load_be16(room, 22);  // where the server sends to
            to.engine.handle_frame(now, rrdp::octets_view{room}.first(*size));
            ++frames;
        }
        return frames;
    };
    const auto made = peer.engine.connect(now, {rrdp::node_id{1}, 7, 5'000}, o);
    REQUIRE(made);
    for (int i = 0; i < 4; ++i) carry(peer, server), carry(server, peer);
    while (const auto e = server.engine.poll_event()) server.id = e->connection;
    CHECK(last_port == usual);
    const std::array word{std::byte{1}};
    const auto goes_to = [&] {
        REQUIRE(server.engine.send(now, server.id, word));
        REQUIRE(carry(server, peer) >= 1);
        return last_port;
    };
    // Data with wrong tags, from the thief's port.
    {
        const auto size = [&] {
            REQUIRE(thief.engine.connect(now, {rrdp::node_id{1}, 9, 5'001}, o));
            return thief.engine.poll_transmit(now, room);
        }();
        REQUIRE(size);
        server.engine.handle_frame(now, rrdp::octets_view{room}.first(*size));  // no listener there
        while (server.engine.poll_transmit(now, room)) {}
        CHECK(goes_to() == usual);
    }
    // A SYN that a listener takes.
    REQUIRE(thief.engine.connect(now, {rrdp::node_id{1}, 7, 5'002}, o));
    REQUIRE(carry(thief, server) >= 1);
    CHECK(goes_to() == elsewhere);
    // The peer says anything valid.
    REQUIRE(peer.engine.send(now, *made, word));
    REQUIRE(carry(peer, server) >= 1);
    CHECK(goes_to() == usual);
}

}  // namespace
}  // namespace siege
