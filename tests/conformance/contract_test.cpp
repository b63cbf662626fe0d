// SPDX-License-Identifier: Apache-2.0
#include "support/bare_bones.hpp"
#include "support/catch.hpp"
#include "support/counting_new.hpp"
#include "support/lone.hpp"
#include "support/pair.hpp"

/// docs/contract.md, clause by clause.
namespace script {
namespace {

using rrdp::errc;

TEST_CASE("contract 1: nothing runs but the function that is called", "[conformance][R-17.1]") {
    lone e;
    REQUIRE(e.open_passively());
    e.hear(e.peer.data(101, 200, "unread"));
    CHECK(e.send("unsent") == errc::ok);
    const rrdp::statistics before = e.stats();
    const auto states = e.own.engine().observer().states;
    e.now += 1h;  // time alone does nothing, nor do questions
    const auto& asked = e.own.engine();
    for (int i = 0; i < 3; ++i) {
        CHECK(asked.wants_transmit(e.now));
        CHECK(asked.next_timeout());
        CHECK(asked.ledger(e.own.id) == rrdp::send_ledger{1, 0, 0});
        CHECK(asked.info(e.own.id)->unread == 1);
        CHECK(asked.status() == errc::ok);
    }
    CHECK(e.stats().frames_out == before.frames_out);
    CHECK(e.stats().dropped() == before.dropped());
    CHECK(e.own.engine().observer().states == states);
    CHECK(e.own.all_told() == "readable");
    CHECK(e.says() == data(201, "unsent").ack(101));
}

TEST_CASE("contract 2: the functions may be called in any order", "[conformance][R-17.1]") {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        CAPTURE(seed);
        pair p;
        REQUIRE(p.b.listen(7) == errc::ok);
        REQUIRE(p.a.connect(p.now, 7, 5'001) == errc::ok);
        rrdp::entropy dice{seed, 2};
        std::string got;
        std::string want;
        int next = 0;
        for (int step = 0; step < 4'000; ++step) {
            auto& end = dice.next16() % 2 == 0 ? p.a : p.b;
            switch (dice.next16() % 8) {
                case 0: static_cast<void>(end.told()); break;
                case 1: got += p.b.taken(); break;
                case 2:
                    p.now += std::chrono::microseconds{dice.next16() % 700};
                    end.engine().handle_timeout(p.now);
                    break;
                case 3: static_cast<void>(end.engine().flush(end.id)); break;
                case 4: {
                    const std::string text = std::to_string(next) + ';';
                    if (p.a.send(p.now, text) == errc::ok) want += text, ++next;
                    break;
                }
                case 5: p.carry_a_to_b(); break;
                case 6: p.carry_b_to_a(); break;
                default: end.engine().handle_frame(p.now, octets_of("noise")); break;
            }
        }
        CHECK(p.run_until([&] {
            static_cast<void>(p.b.all_told());
            for (std::string one = p.b.taken(); !one.empty(); one = p.b.taken()) got += one;
            return got.size() == want.size();
        }));
        CHECK(got == want);
        CHECK(next > 100);
    }
}

TEST_CASE("contract 3: after a call the answers are current, and who heeds them never oversleeps",
          "[conformance][R-17.1][R-17.3]") {
    pair p;
    REQUIRE(p.open());
    CHECK_FALSE(p.a.engine().wants_transmit(p.now));
    CHECK(p.a.send(p.now, "x") == errc::ok);
    CHECK(p.a.engine().wants_transmit(p.now));
    const frame first = p.from_a();
    CHECK_FALSE(p.a.engine().wants_transmit(p.now));
    REQUIRE(p.a.engine().next_timeout());
    CHECK(*p.a.engine().next_timeout() <= p.now + 5ms);
    p.to_b(first);
    CHECK(p.b.told() == "readable");
    CHECK(p.b.taken() == "x");
    CHECK_FALSE(p.b.engine().wants_transmit(p.now));
    for (int wakes = 0; wakes < 5 && !p.b.engine().wants_transmit(p.now); ++wakes) {
        REQUIRE(p.b.engine().next_timeout());  // the acknowledgement is delayed
        p.now = *p.b.engine().next_timeout();
        p.b.engine().handle_timeout(p.now);
    }
    CHECK(p.b.engine().wants_transmit(p.now));
    p.carry_b_to_a();
    CHECK(p.a.ledger().confirmed == 1);
    CHECK(p.a.engine().close(p.now, p.a.id) == errc::ok);
    CHECK(p.a.engine().wants_transmit(p.now));
    CHECK(p.settle());
    CHECK(p.a.all_told() == "peer_closed, closed clean 1/1/1");
    CHECK(p.b.all_told() == "peer_closed, closed clean 0/0/0");
}

TEST_CASE("contract 4: a deadline fires when it has come and not before, and then lies ahead",
          "[conformance][R-1.4][R-17.3]") {
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        CAPTURE(seed);
        lone e;
        REQUIRE(e.open_passively());
        rrdp::entropy dice{seed, 4};
        for (int step = 0; step < 200 && e.own.engine().next_timeout(); ++step) {
            if (dice.next16() % 4 == 0) static_cast<void>(e.send("x"));
            if (dice.next16() % 2 == 0) static_cast<void>(e.says());
            e.own.engine().handle_timeout(e.now);
            const auto known = e.own.engine().next_timeout();
            if (!known) break;
            REQUIRE(*known > e.now);
            const bool wanted = e.own.engine().wants_transmit(e.now);
            e.now = *known - 1ns;
            e.own.engine().handle_timeout(e.now);
            CHECK(e.own.engine().next_timeout() == known);
            CHECK(e.own.engine().wants_transmit(e.now) == wanted);
            e.now = *known;
            e.own.engine().handle_timeout(e.now);
            const auto next = e.own.engine().next_timeout();
            if (next) CHECK(*next > e.now);
            e.own.engine().handle_timeout(e.now - 1h);  // counts as the newest moment
            CHECK(e.own.engine().next_timeout() == next);
        }
        CHECK(e.own.all_told().find("timed_out") != std::string::npos);
    }
}

TEST_CASE("contract 5: nothing is allocated after construction, and before it what was announced",
          "[conformance][R-17.2][R-6.1][R-2.16]") {
    const auto before = counting::allocations;
    bare_bones::end a{1, 2};
    bare_bones::end b{2, 1};
    bare_bones both{a, b};
    bool went_well = b.held.listen(7, bare_bones::by_hand) == errc::ok;
    went_well = went_well && both.converse(25'000);  // opens, loses, closes
    went_well = went_well && both.converse(100);     // and opens again
    const auto afterwards = counting::allocations;
    const auto octets = counting::octets;
    const rrdp::endpoint<quiet> own{bare_bones::room, {.node = rrdp::node_id{1}}, {1, 2}};
    const auto with_own = counting::allocations;
    const auto own_octets = counting::octets - octets;
    CHECK(went_well);
    CHECK(afterwards == before);
    CHECK(both.frames > 20'000);
    CHECK(a.held.stats().retransmissions_rto + a.held.stats().retransmissions_fast > 500);
    CHECK(with_own == afterwards + 1);
    CHECK(own_octets == own.memory_required(bare_bones::room));
}

TEST_CASE("contract 6: whatever octets arrive, at most one counter says why they were dropped",
          "[conformance][R-2.15][R-2.16]") {
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
        CAPTURE(seed);
        rrdp::entropy dice{seed, 6};
        lone e;
        REQUIRE(e.open_passively());
        CHECK(e.send("outstanding") == errc::ok);
        static_cast<void>(e.says());
        std::vector<std::byte> octets;
        for (int step = 0; step < 2'000; ++step) {
            const auto at = static_cast<std::uint16_t>(99 + dice.next16() % 6);
            const auto named = static_cast<std::uint16_t>(199 + dice.next16() % 4);
            const rrdp::testing::segment_octets kinds[]{
                e.peer.data(at, named, "data"), e.peer.eack(at, named, {201, 202, 103}),
                e.peer.nul(at, named), e.peer.rst(at, named), e.peer.syn(at, e.offer())};
            const auto view = kinds[dice.next16() % std::size(kinds)].view();
            octets.assign(view.begin(), view.end());
            for (int flips = dice.next16() % 4; flips > 0; --flips)
                octets[dice.next16() % octets.size()] ^= static_cast<std::byte>(dice.next16());
            if (dice.next16() % 4 == 0) octets.resize(dice.next16() % octets.size());
            if (dice.next16() % 8 != 0) rrdp::testing::repair_checksum(octets);
            const auto before = e.stats().dropped();
            e.own.engine().handle_frame(e.now, octets);
            CHECK(e.stats().dropped() - before <= 1);
            while (!(e.says() == nothing())) {}
            e.jump(std::chrono::microseconds{dice.next16() % 100});
        }
        while (!e.own.all_told().empty() || !e.own.all_taken().empty()) {}
        static_cast<void>(e.abort());
        static_cast<void>(e.own.all_told());
        static_cast<void>(e.listen_to(60s));
        CHECK(e.own.engine().connections() == 0);
        CHECK(e.own.engine().segments_available() == e.own.said.capacities.segments);
    }
}

TEST_CASE("contract 7: what the caller gets wrong is an answer, and nothing has changed",
          "[conformance][R-8.5][R-8.7][R-17.6]") {
    lone e;
    REQUIRE(e.open_passively());
    auto& engine = e.own.engine();
    const auto refuse_all = [&](rrdp::connection_id id) {
        const auto before = e.stats().frames_out;
        CHECK(engine.send(e.now, id, octets_of("x")).error() == errc::no_such_connection);
        CHECK(engine.close(e.now, id) == errc::no_such_connection);
        CHECK(engine.shutdown_send(e.now, id) == errc::no_such_connection);
        CHECK(engine.abort(e.now, id) == errc::no_such_connection);
        CHECK(engine.flush(id) == errc::no_such_connection);
        CHECK(engine.info(id).error() == errc::no_such_connection);
        CHECK(engine.ledger(id) == rrdp::send_ledger{});
        CHECK_FALSE(engine.receive(id));
        CHECK(e.says() == nothing());
        CHECK(e.stats().frames_out == before);
    };
    const auto id = e.own.id;
    refuse_all({id.slot, id.generation + 1});
    refuse_all({id.slot + 1, id.generation});
    refuse_all({0xffff'ffff, 0});
    CHECK(e.own.state() == rrdp::state::open);

    // After `closed` the id is stale, though the record lingers; and it stays so when the slot
    // has another connection.
    CHECK(e.close() == errc::ok);
    CHECK(e.says() == fin(201).ack(100));
    e.hear(e.peer.fin(101, 201));
    CHECK(e.says() == ack(101).seq(202));
    CHECK(e.send("x") == errc::not_open);
    CHECK(e.own.all_told() == "peer_closed, closed clean 0/0/0");
    CHECK(engine.connections() == 1);
    refuse_all(id);
    e.hear(e.peer.syn(700, e.offer()));
    const seen reply = e.says();
    e.hear(e.peer.ack(701, *reply.what.sequence));
    CHECK(e.told() == "accepted");
    CHECK(e.own.id.slot == id.slot);
    refuse_all(id);
    CHECK(e.own.state() == rrdp::state::open);
}

TEST_CASE("contract 8: events are states and not a queue: none is lost, and none piles up",
          "[conformance][R-19.3][R-19.4]") {
    setup s;
    s.capacities.connections = 200;
    s.capacities.rings = 8;
    s.capacities.segments = 1'000;
    s.node.backlog = s.node.accept_queue = 200;
    lone e{s};
    REQUIRE(e.own.listen(1'024) == errc::ok);
    for (std::uint16_t i = 0; i < 200; ++i) {
        auto opener = e.peer;
        opener.source_port = static_cast<std::uint16_t>(5'001 + i);
        e.hear(opener.syn(100, e.offer()));
        seen reply = e.says();
        for (int acks = 0; acks < 3 && reply.what.control != "SYN"; ++acks) reply = e.says();
        const auto first = *reply.what.sequence;
        e.hear(opener.data(101, first, "one"));
        e.hear(opener.data(102, first, "two"));
        e.hear(opener.data(103, first, "three"));
        if (i % 2 == 0) e.hear(opener.rst(104, first));
    }
    std::map<std::uint32_t, std::vector<rrdp::event_kind>> told;
    while (const auto event = e.own.engine().poll_event()) {
        told[event->connection.slot].push_back(event->kind);
        if (event->kind != rrdp::event_kind::readable) continue;
        for (int i = 0; i < 3; ++i) CHECK(e.own.engine().receive(event->connection));
        CHECK_FALSE(e.own.engine().receive(event->connection));
    }
    CHECK(told.size() == 200);
    using enum rrdp::event_kind;
    std::size_t ended = 0;
    for (const auto& [slot, kinds] : told) {
        ended += kinds == std::vector{accepted, readable, closed};
        CHECK((kinds.size() == 3 || kinds == std::vector{accepted, readable}));
    }
    CHECK(ended == 100);
}

TEST_CASE("contract 9: a frame that arrives twice changes nothing that it has not changed",
          "[conformance][R-7.17][R-7.26][T-H2][T-D3]") {
    pair p;
    p.decide = [](bool, std::size_t, const shown&) { return fate::arrives_twice; };
    REQUIRE(p.b.listen(7) == errc::ok);
    REQUIRE(p.a.connect(p.now, 7, 5'001) == errc::ok);
    CHECK(p.run_until([&] { return p.a.told() == "connected"; }));
    CHECK(p.run_until([&] { return p.b.told() == "accepted"; }));
    for (const char* text : {"one", "two", "three"}) CHECK(p.a.send(p.now, text) == errc::ok);
    CHECK(p.b.send(p.now, "back") == errc::ok);
    p.run_for(100ms);
    CHECK(p.b.all_taken() == "one two three");
    CHECK(p.a.all_taken() == "back");
    CHECK(p.a.engine().close(p.now, p.a.id) == errc::ok);
    p.run_for(10s);
    CHECK(p.a.all_told() == "readable, peer_closed, closed clean 3/3/3");
    CHECK(p.b.all_told() == "readable, peer_closed, closed clean 1/1/1");
    CHECK(p.a.engine().connections() + p.b.engine().connections() == 0);
}

TEST_CASE("contract 10: the same key and the same calls give the same octets",
          "[conformance][R-17.2][R-5.12]") {
    const auto trace = [](std::uint16_t first) {
        pair p{{.first = first}, {.first = 200}};
        p.decide = [](bool from_a, std::size_t number, const shown&) {
            return number % 5 == (from_a ? 3U : 4U) ? fate::is_lost : fate::arrives;
        };
        CHECK(p.b.listen(7) == errc::ok);
        CHECK(p.a.connect(p.now, 7) == errc::ok);  // from an ephemeral port
        p.run_for(300ms);
        static_cast<void>(p.b.all_told());
        for (int i = 0; i < 50; ++i) {
            static_cast<void>(p.a.send(p.now, std::to_string(i)));
            static_cast<void>(p.b.send(p.now, std::to_string(-i)));
        }
        p.run_for(1s);
        return p.wire();
    };
    const auto once = trace(100);
    CHECK(once.size() > 150);
    CHECK(trace(100) == once);
    CHECK(trace(101) != once);
}

TEST_CASE("contract 11: every accepted message ends once, and `closed` says how",
          "[conformance][R-19.6][R-19.11][R-19.13]") {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        CAPTURE(seed);
        pair p;
        REQUIRE(p.open());
        rrdp::entropy dice{seed, 11};
        p.decide = [&](bool, std::size_t, const shown&) {
            return dice.next16() % 4 == 0 ? fate::is_lost : fate::arrives;
        };
        std::uint64_t accepted = 0;
        for (int i = dice.next16() % 150; i >= 0; --i)
            accepted += p.a.send(p.now, std::to_string(i)) == errc::ok;
        p.run_for(std::chrono::microseconds{dice.next16()});
        switch (dice.next16() % 4) {
            case 0: CHECK(p.a.engine().close(p.now, p.a.id) == errc::ok); break;
            case 1: CHECK(p.a.engine().abort(p.now, p.a.id) == errc::ok); break;
            case 2: CHECK(p.b.engine().abort(p.now, p.b.id) == errc::ok); break;
            default: p.b.crash(); break;
        }
        std::uint64_t received = 0;
        CHECK(p.run_until([&] {
            static_cast<void>(p.a.all_told());
            static_cast<void>(p.b.all_told());
            while (!p.b.taken().empty()) ++received;
            return p.a.end.has_value();
        }));
        REQUIRE(p.a.end);
        const rrdp::send_ledger& l = p.a.end->ledger;
        CHECK(l.accepted == accepted);
        CHECK((l.confirmed <= l.sent && l.sent <= l.accepted));
        CHECK(received <= l.sent);
        CHECK(p.a.engine().ledger(p.a.id) == rrdp::send_ledger{});
    }
}

}  // namespace
}  // namespace script
