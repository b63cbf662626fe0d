// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/lone.hpp"

/// Sections 1, 17 and 18: how connections are told apart, the profiles, and who may look on.
namespace script {
namespace {

using rrdp::errc;

TEST_CASE("identity: node and both ports make a connection; nothing else is mixed up",
          "[conformance][R-1.5][R-2.15]") {
    setup s;
    s.capacities.connections = 8;
    lone e{s};
    REQUIRE(e.own.listen(1'024) == errc::ok);
    REQUIRE(e.own.listen(1'025) == errc::ok);
    std::vector<rrdp::testing::segments> peers;
    std::vector<rrdp::connection_id> ids;
    for (const std::uint16_t source : numbers{5'001, 5'002})
        for (const std::uint16_t to : numbers{1'024, 1'025}) {
            const auto& p = peers.emplace_back(
                rrdp::testing::segments{.source_port = source, .destination_port = to});
            e.hear(p.syn(100, e.offer()));
            const auto first = *e.says().what.sequence;
            e.hear(p.data(101, first, std::to_string(source) + ">" + std::to_string(to)));
            CHECK(e.own.all_told() == "accepted, readable");
            ids.push_back(e.own.id);
        }
    for (std::size_t i = 0; i < peers.size(); ++i) {
        e.own.id = ids[i];
        CHECK(e.own.taken() == std::to_string(peers[i].source_port) + ">" +
                                   std::to_string(peers[i].destination_port));
        CHECK(e.own.taken().empty());
    }
}

TEST_CASE("profiles: what section 18 says of `lan` and `paper_exact`",
          "[conformance][R-18.1][R-18.2]") {
    const rrdp::options& lan = rrdp::profiles::lan;
    CHECK(lan.max_outstanding == 64);
    CHECK(lan.ack_every == 2);
    CHECK(lan.ack_delay == 1ms);
    CHECK((lan.rto_initial == 50ms && lan.rto_min == 2ms && lan.rto_max == 1'000ms));
    CHECK(lan.keepalive == 1s);
    CHECK((lan.give_up == 5s && lan.connect_timeout == 3s && lan.linger == 2s));
    CHECK((lan.fin_wait == 5s && lan.auto_close && lan.eack_entries == 32));
    CHECK(lan.offered.has(rrdp::wire::features::fin));
    CHECK(lan.required.none());

    const rrdp::options& paper = rrdp::profiles::paper_exact;
    CHECK((paper.offered.none() && !paper.extended));
    CHECK((paper.max_outstanding == 32 && paper.ack_every == 1 && paper.ack_delay == 0ms));
    CHECK((paper.rto_initial == 100ms && paper.rto_min == 10ms && paper.rto_max == 2'000ms));
    CHECK((paper.keepalive == 0ms && paper.give_up == 5s && paper.connect_timeout == 3s));
    CHECK((paper.linger == 2s && paper.eack_entries == 248));
}

TEST_CASE("options: they are a connection's own", "[conformance][R-18.1]") {
    lone e;
    REQUIRE(e.own.engine().listen(1'024, rrdp::profiles::paper_exact) == errc::ok);
    REQUIRE(e.own.engine().listen(1'025) == errc::ok);
    auto other = e.peer;
    other.destination_port = 1'025;
    e.hear(e.peer.syn(100, e.offer()));
    CHECK(e.says().what.control == "SYN");
    CHECK(e.announced().max_outstanding == 32);
    e.hear(other.syn(100, e.offer()));
    CHECK(e.says().what.control == "SYN");
    CHECK(e.announced().max_outstanding == 64);
}

TEST_CASE("profiles: TLVs and RST forms that are not offered are understood all the same",
          "[conformance][R-18.3][R-3.19][R-5.2][R-5.4]") {
    setup s;
    s.options = rrdp::profiles::paper_exact;
    lone e{s};
    auto p = rrdp::testing::segments::plain();
    p.extended = true;
    p.offered = rrdp::wire::features::all;
    p.node = rrdp::wire::node_pair{2, 1};
    p.boot = 0x1234'5678U;
    p.timing = rrdp::wire::syn_timing{500, 2, 1'000};
    p.tag = 0xfeed'beefU;
    p.max_message = 65'536U;
    p.application = octets_of("hi");
    SECTION("listening") {
        CHECK(e.open_passively(p));
        CHECK(e.own.engine().info(e.own.id)->agreed.none());
    }
    SECTION("opening, and refused in each form") {
        using kind = rrdp::wire::reset_form::kind;
        const auto form = GENERATE(kind::bare, kind::bare_tagged);
        REQUIRE(e.own.connect(e.now, 5'001, 1'024) == errc::ok);
        CHECK(e.says() == syn(200));
        rrdp::wire::reset_form refusal{.form = form, .reason = rrdp::wire::reset_reason::refused};
        if (form == kind::bare_tagged) refusal.tag = 1;
        e.hear(e.peer.rst(0, 200, refusal));
        CHECK(e.told() == "closed refused(1) 0/0/0");
    }
}

TEST_CASE("sizes: a segment is header plus data; a jumbo frame holds 9000 octets of it",
          "[conformance][R-2.10][R-3.27][R-3.28]") {
    setup s;
    s.node.mtu = 9'000;
    s.capacities.segment_max = 8'986;
    lone e{s};
    auto p = e.offer();
    p.max_segment_size = 9'000;
    REQUIRE(e.open_passively(p));
    CHECK(e.own.engine().info(e.own.id)->message_max == 8'986);
    CHECK(e.send(std::string(8'987, 'x')) == errc::message_too_long);
    CHECK(e.send(std::string(8'986, 'x')) == errc::ok);
    CHECK(e.says().what.data.size() == 8'986);
    CHECK(e.last().size() == 9'000);
}

struct listening_in : rrdp::null_observer {
    int states = 0, drops = 0, transmissions = 0, retransmissions = 0, round_trips = 0;
    void on_state(rrdp::instant, std::uint32_t, rrdp::state, rrdp::state) noexcept { ++states; }
    void on_drop(rrdp::instant, rrdp::drop_reason) noexcept { ++drops; }
    void on_transmit(rrdp::instant, rrdp::octets_view) noexcept { ++transmissions; }
    void on_retransmit(rrdp::instant, std::uint32_t, std::uint32_t) noexcept { ++retransmissions; }
    void on_rtt(rrdp::instant, std::uint32_t, rrdp::duration) noexcept { ++round_trips; }
};
struct observed : bare_policy {
    using observer = listening_in;
};

TEST_CASE("observer: it is told of states, drops, transmissions, round trips", "[R-17.5]") {
    rrdp::endpoint<observed> engine{
        setup{}.capacities, {.node = rrdp::node_id{1}}, rrdp::entropy{1, 2}};
    REQUIRE(engine.add_node(rrdp::node_id{2}, {}) == errc::ok);
    REQUIRE(engine.listen(1'024) == errc::ok);
    const rrdp::testing::segments peer;
    rrdp::instant now{1s};
    std::array<std::byte, 1'500> room{};
    engine.handle_frame(now, peer.syn(100));
    REQUIRE(engine.poll_transmit(now, room));
    const std::uint16_t first = rrdp::load_be16(room, 8);
    engine.handle_frame(now, peer.ack(101, first));
    engine.handle_frame(now, peer.data(100, first, "old"));
    REQUIRE(engine.poll_transmit(now, room));
    const auto id = engine.poll_event()->connection;
    REQUIRE(engine.send(now, id, octets_of("x")));
    REQUIRE(engine.poll_transmit(now, room));
    now += 10ms;
    engine.handle_timeout(now);
    REQUIRE(engine.poll_transmit(now, room));
    engine.handle_frame(now, rrdp::testing::segments{.source_port = 5'002}.data(1, 1, "stray"));
    REQUIRE(engine.poll_transmit(now, room));
    const listening_in& heard = engine.observer();
    CHECK(heard.states == 2);
    CHECK(heard.drops == 2);
    CHECK(heard.transmissions == 5);  // SYN ACK, ACK, data twice, and the RST for the stray
    CHECK(heard.retransmissions == 1);
    CHECK(heard.round_trips == 1);
}

/// Two connections to the ports 5001 and 5002 of one peer, accepted.
template <class Policy>
struct two_accepted {
    rrdp::endpoint<Policy> engine;
    rrdp::instant now{1s};
    std::array<std::byte, 1'500> room{};
    std::vector<rrdp::connection_id> open{};

    explicit two_accepted(std::uint32_t rings)
        : engine{with(rings), {.node = rrdp::node_id{1}}, rrdp::entropy{1, 2}} {
        REQUIRE(engine.add_node(rrdp::node_id{2}, {}) == errc::ok);
        REQUIRE(engine.listen(1'024) == errc::ok);
        for (const std::uint16_t port : numbers{5'001, 5'002}) {
            const rrdp::testing::segments peer{.source_port = port};
            engine.handle_frame(now, peer.syn(100, lone{}.offer()));
            REQUIRE(engine.poll_transmit(now, room));
            engine.handle_frame(now, peer.ack(101, rrdp::load_be16(room, 8)));
            open.push_back(engine.poll_event()->connection);
        }
    }
    static rrdp::capacities with(std::uint32_t rings) {
        rrdp::capacities c = setup{}.capacities;
        c.connections = 2;
        c.rings = rings;
        return c;
    }
};

TEST_CASE("observer: it is not shown what could not leave for want of a ring", "[R-17.5]") {
    two_accepted<observed> e{1};
    for (const auto id : e.open) CHECK(e.engine.send(e.now, id, octets_of("x")));
    int left = 0;
    while (left < 9 && e.engine.poll_transmit(e.now, e.room)) ++left;
    CHECK(left == 1);  // the other waits for the ring
    CHECK(e.engine.observer().transmissions == 3);
}

TEST_CASE("for_each_connection: it visits each whose end was not told", "[conformance]") {
    two_accepted<bare_policy> e{2};
    std::vector<rrdp::connection_id> seen;
    const auto visit = [&](rrdp::connection_id id) { seen.push_back(id); };
    e.engine.for_each_connection(visit);
    CHECK(seen == e.open);
    REQUIRE(e.engine.abort(e.now, e.open[0]) == errc::ok);
    while (e.engine.poll_event()) {}
    seen.clear();
    e.engine.for_each_connection(visit);
    CHECK(seen == std::vector{e.open[1]});
}

/// Knows when the last segment left.
struct watching_the_clock : rrdp::null_observer {
    rrdp::instant last{};
    void on_transmit(rrdp::instant now, rrdp::octets_view) noexcept { last = now; }
};
struct clocked : bare_policy {
    using observer = watching_the_clock;
};

TEST_CASE("clock: each command is a moment, and no moment is before it", "[conformance][R-1.4]") {
    using engine_type = rrdp::endpoint<clocked>;
    engine_type engine{setup{}.capacities, {.node = rrdp::node_id{1}}, rrdp::entropy{1, 2}};
    REQUIRE(engine.add_node(rrdp::node_id{2}, {}) == errc::ok);
    REQUIRE(engine.listen(1'024) == errc::ok);
    const rrdp::testing::segments peer;
    const rrdp::instant start{1s};
    std::array<std::byte, 1'500> room{};
    engine.handle_frame(start, peer.syn(100, lone{}.offer()));
    REQUIRE(engine.poll_transmit(start, room));
    engine.handle_frame(start, peer.ack(101, rrdp::load_be16(room, 8)));
    const rrdp::connection_id id = engine.poll_event()->connection;

    rrdp::instant later = start;
    const auto leaves_then = [&] { return engine.poll_transmit(start, room) && later > start; };
    const auto next = [&] { return later += 1ms; };
    const std::array pieces{octets_of("a"), octets_of("b")};
    REQUIRE(engine.send(next(), id, octets_of("x")));
    REQUIRE(leaves_then());
    CHECK(engine.observer().last == later);
    REQUIRE(engine.send(next(), id, pieces));
    REQUIRE(leaves_then());
    CHECK(engine.observer().last == later);
    auto draft = engine.compose(id, 1);
    REQUIRE(draft);
    REQUIRE(engine.send(next(), std::move(*draft)));
    REQUIRE(leaves_then());
    CHECK(engine.observer().last == later);
    REQUIRE(engine.connect(next(), {rrdp::node_id{2}, 9}));
    REQUIRE(leaves_then());
    CHECK(engine.observer().last == later);
    switch (GENERATE(0, 1, 2, 3)) {
        case 0: REQUIRE(engine.close(next(), id) == errc::ok); break;
        case 1: REQUIRE(engine.shutdown_send(next(), id) == errc::ok); break;
        case 2: REQUIRE(engine.abort(next(), id) == errc::ok); break;
        default: engine.leave(next());
    }
    REQUIRE(leaves_then());
    CHECK(engine.observer().last == later);
}

TEST_CASE("turns: of two connections with much to send neither waits for the other",
          "[conformance][weight]") {
    two_accepted<bare_policy> e{2};
    const std::string page(1'000, 'x');
    for (const auto id : e.open)
        for (int i = 0; i < 8; ++i) REQUIRE(e.engine.send(e.now, id, octets_of(page)));
    std::array<int, 2> frames{};
    for (int i = 0; i < 8; ++i) {
        REQUIRE(e.engine.poll_transmit(e.now, e.room) > page.size());
        ++frames.at(rrdp::wire::parse(e.room)->base.destination_port - 5'001U);
    }
    CHECK(frames[0] >= 3);
    CHECK(frames[1] >= 3);
}

}  // namespace
}  // namespace script
