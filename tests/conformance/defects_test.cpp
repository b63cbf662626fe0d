// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/lone.hpp"
#include "support/pair.hpp"

/// The defects of RFC 908's pseudo-code, D1 to D9, and what RFC 1151 corrected: none is copied.
namespace script {
namespace {

using rrdp::drop_reason;
using rrdp::errc;

setup window_of(std::uint16_t x, std::uint16_t first) {
    setup s;
    s.first = first;
    s.options.max_outstanding = x;
    s.options.receive_slots = static_cast<std::uint16_t>(2 * x);
    return s;
}

TEST_CASE("D1: two senders at the right edge do not answer each other's ACKs for ever",
          "[conformance][D1][R-7.30][T-D5]") {
    pair p{window_of(2, 100), window_of(2, 200)};
    REQUIRE(p.open());
    // Both send until their span is 2X; of each side's first segment nothing ever arrives, so
    // that every pure ACK from now on carries the number right outside the other's window.
    for (int i = 0; i < 6; ++i) {
        CHECK(p.a.send(p.now, "a") == errc::ok);
        CHECK(p.b.send(p.now, "b") == errc::ok);
    }
    p.decide = [](bool from_a, std::size_t, const shown& s) {
        const bool first = s.control == "Data" && s.sequence == (from_a ? 101 : 201);
        return first ? fate::is_lost : fate::arrives;
    };
    static_cast<void>(p.run_until([] { return false; }, 1ms));
    // The span is full: 101 to 104, of which 102 to 104 are held.
    CHECK(p.a.engine().info(p.a.id)->outstanding == 1);
    const std::size_t before = p.sent_by_a() + p.sent_by_b();
    const rrdp::testing::segments from_a{.source_port = 5'001, .destination_port = 7};
    for (int i = 0; i < 20; ++i) {  // ACKs with SEQ = RCV.CUR + 2X + 1, unacceptable to RFC 908
        p.b.engine().handle_frame(p.now, from_a.ack(105, 200));
        CHECK(p.settle());
    }
    CHECK(p.sent_by_a() + p.sent_by_b() == before);
    p.decide = nullptr;
    std::string at_b;
    CHECK(p.run_until([&] {
        at_b += p.b.all_taken();
        static_cast<void>(p.a.all_taken());
        return p.a.ledger().confirmed == 6 && p.b.ledger().confirmed == 6;
    }));
}

TEST_CASE("D2: a NUL behind a hole does not acknowledge the hole",
          "[conformance][D2][R-7.28][T-D6]") {
    lone e;
    REQUIRE(e.open_passively());
    e.hear(e.peer.nul(102, 200));
    CHECK(e.says() == ack(100).seq(201).ea({102}));
    e.hear(e.peer.fin(104, 200));
    CHECK(e.says() == ack(100).seq(201).ea({104, 102}));
    e.hear(e.peer.data(101, 200, "not lost"));
    CHECK(e.says() == ack(102).seq(201).ea({104}));
    CHECK(e.own.taken() == "not lost");
}

TEST_CASE("D2: a NUL's ACK and what it acknowledges are used", "[conformance][D2][R-7.23]") {
    lone e;
    REQUIRE(e.open_passively());
    CHECK(e.send("x") == errc::ok);
    CHECK(e.says() == data(201, "x").ack(100));
    e.hear(e.peer.nul(101, 201));
    CHECK(e.own.ledger().confirmed == 1);
}

TEST_CASE("D3: what is EACKed is queued, and RCV.CUR steps over it",
          "[conformance][D3][R-7.28][T-D7]") {
    lone e;
    REQUIRE(e.open_passively());
    for (const auto number : numbers{102, 103, 104}) e.hear(e.peer.data(number, 200, "held"));
    e.hear(e.peer.data(101, 200, "first"));
    seen last = e.says();
    CHECK(last == ack(104).seq(201));
    CHECK(e.own.all_taken() == "first held held held");
}

TEST_CASE("D4: a duplicate of a held segment is not delivered twice",
          "[conformance][D4][R-7.26][T-D3]") {
    lone e;
    REQUIRE(e.open_passively());
    e.hear(e.peer.data(102, 200, "two"));
    e.hear(e.peer.data(102, 200, "two"));
    CHECK(e.dropped(drop_reason::duplicate) == 1);
    e.hear(e.peer.data(101, 200, "one"));
    e.hear(e.peer.data(102, 200, "two"));
    CHECK(e.dropped(drop_reason::duplicate) == 2);
    CHECK(e.own.all_taken() == "one two");
}

TEST_CASE("D5: a side announces what it receives, and heeds what the other one announces",
          "[conformance][D5][R-5.5][R-5.6]") {
    setup s = window_of(5, 200);
    s.options.send_cap = 60;
    s.capacities.segment_max = 500;
    SECTION("active") {
        lone e{s};
        REQUIRE(e.own.connect(e.now, 5'001, 1'024) == errc::ok);
        CHECK(e.says() == syn(200));
        CHECK(e.announced().max_outstanding == 5);
        CHECK(e.announced().max_segment_size == 514);
    }
    SECTION("passive") {
        lone e{s};
        REQUIRE(e.own.listen(1'024) == errc::ok);
        auto p = e.offer();
        p.max_outstanding = 2;
        p.max_segment_size = 100;
        e.hear(e.peer.syn(100, p));
        CHECK(e.says() == syn(200).ack(100));
        CHECK(e.announced().max_outstanding == 5);
        CHECK(e.announced().max_segment_size == 514);
        e.hear(e.peer.ack(101, 200));
        CHECK(e.told() == "accepted");
        CHECK(e.own.engine().info(e.own.id)->message_max == 86);
        for (int i = 0; i < 5; ++i) CHECK(e.send("x") == errc::ok);
        static_cast<void>(e.says());
        static_cast<void>(e.says());
        CHECK(e.says() == nothing());
    }
}

TEST_CASE("D6: a SYN that arrives again in SYN-RCVD gets a SYN ACK, and no plain ACK",
          "[conformance][D6][R-7.17][T-H2]") {
    lone e;
    REQUIRE(e.own.listen(1'024) == errc::ok);
    e.hear(e.peer.syn(100, e.offer()));
    CHECK(e.says() == syn(200).ack(100));
    e.hear(e.peer.syn(100, e.offer()));
    CHECK(e.says() == syn(200).ack(100));
}

TEST_CASE("D6: a simultaneous open needs four frames and the two acknowledgements of SYN ACKs",
          "[conformance][D6][R-7.17][T-H3]") {
    pair p;
    REQUIRE(p.a.connect(p.now, 7, 5'001) == errc::ok);
    REQUIRE(p.b.connect(p.now, 5'001, 7) == errc::ok);
    const frame x = p.from_a();
    const frame y = p.from_b();
    p.to_a(y);
    p.to_b(x);
    CHECK(p.settle());
    CHECK(p.a.told() == "connected");
    CHECK(p.b.told() == "connected");
    CHECK(p.sent_by_a() + p.sent_by_b() <= 6);
}

TEST_CASE("D7: EACKed segments do not count against X: the span grows to 2X",
          "[conformance][D7][R-8.1]") {
    lone e;
    auto p = e.offer();
    p.max_outstanding = 2;
    REQUIRE(e.open_passively(p));
    for (int i = 0; i < 8; ++i) CHECK(e.send("x") == errc::ok);
    CHECK(e.says() == data(201, "x").ack(100));
    CHECK(e.says() == data(202, "x").ack(100));
    CHECK(e.says() == nothing());
    e.hear(e.peer.eack(101, 200, {202}));
    CHECK(e.says() == data(203, "x").ack(100));
    e.hear(e.peer.eack(101, 200, {203, 202}));
    CHECK(e.says() == data(204, "x").ack(100));
    e.hear(e.peer.eack(101, 200, {204, 203, 202}));
    CHECK(e.says() == data(201, "x").ack(100));  // lost, by the threshold
    CHECK(e.says() == nothing());                // and the span is 2X
}

TEST_CASE("D8: closing loses nothing that is in flight, and a lost RST leaves nobody half open",
          "[conformance][D8][R-10.1][R-10.7]") {
    SECTION("close() with data in flight and every first transmission lost") {
        pair p;
        REQUIRE(p.open());
        std::size_t seen_so_far = 0;
        p.decide = [&](bool, std::size_t, const shown&) {
            return ++seen_so_far % 2 == 1 ? fate::is_lost : fate::arrives;
        };
        for (const char* text : {"one", "two", "three"}) CHECK(p.a.send(p.now, text) == errc::ok);
        CHECK(p.a.engine().close(p.now, p.a.id) == errc::ok);
        CHECK(p.run_until([&] { return p.a.all_told().find("clean") != std::string::npos; }));
        CHECK(p.b.all_taken() == "one two three");
    }
    SECTION("the RST of an abort is lost: the tombstone answers the next segment") {
        pair p;
        REQUIRE(p.open());
        CHECK(p.a.engine().abort(p.now, p.a.id) == errc::ok);
        CHECK(p.from_a() == rst(101, 6).ack(200));
        CHECK(p.b.send(p.now, "anybody?") == errc::ok);
        CHECK(p.carry_b_to_a() == data(201, "anybody?").ack(100));
        CHECK(p.carry_a_to_b() == rst(101, 2).ack(201));
        CHECK(p.b.told() == "closed reset(2) 1/1/0");
    }
}

TEST_CASE("D9: a listener is not used up by its first connection",
          "[conformance][D9][R-7.9][T-H5]") {
    pair p;
    REQUIRE(p.b.listen(7) == errc::ok);
    for (std::uint16_t port = 5'001; port <= 5'005; ++port) {
        REQUIRE(p.a.connect(p.now, 7, port) == errc::ok);
        CHECK(p.settle());
        CHECK(p.a.told() == "connected");
        CHECK(p.b.told() == "accepted");
    }
}

TEST_CASE("RFC 1151: SND.UNA is SEG.ACK+1", "[conformance][rfc1151:1][R-7.23]") {
    lone e;
    auto p = e.offer();
    p.max_outstanding = 1;
    REQUIRE(e.open_passively(p));
    CHECK(e.send("one") == errc::ok);
    CHECK(e.send("two") == errc::ok);
    CHECK(e.says() == data(201, "one").ack(100));
    e.hear(e.peer.ack(101, 201));
    CHECK(e.says() == data(202, "two").ack(100));  // with UNA = 201 there were no room for it
}

TEST_CASE("RFC 1151: SYN-SENT looks at the ACK flag last, so an RST and a SYN ACK are heeded",
          "[conformance][rfc1151:2][R-7.12][R-7.13]") {
    lone e;
    REQUIRE(e.own.connect(e.now, 5'001, 1'024) == errc::ok);
    CHECK(e.says() == syn(200));
    SECTION("SYN ACK") {
        e.hear(e.peer.syn_ack(100, 200));
        CHECK(e.told() == "connected");
    }
    SECTION("RST ACK") {
        e.hear(e.peer.rst(0, 200));
        CHECK(e.told() == "closed refused(0) 0/0/0");
    }
}

TEST_CASE("RFC 1151: an RST from CLOSED acknowledges SEG.SEQ", "[conformance][rfc1151:3][R-7.5]") {
    lone e;
    e.hear(e.peer.data(4'711, 99, "x"));
    CHECK(e.says() == rst(100, 2).ack(4'711));
}

TEST_CASE("RFC 1151: an EACK list may go with the ACK of a segment in sequence",
          "[conformance][rfc1151:5][R-8.11]") {
    lone e;
    REQUIRE(e.open_passively());
    e.hear(e.peer.data(103, 200, "x"));
    CHECK(e.says() == ack(100).seq(201).ea({103}));
    e.hear(e.peer.data(101, 200, "x"));
    CHECK(e.says() == ack(101).seq(201).ea({103}));
}

TEST_CASE("RFC 1151: the right edge of the window is outside", "[conformance][rfc1151:6][R-7.2]") {
    lone e{window_of(3, 200)};
    REQUIRE(e.open_passively());
    e.hear(e.peer.data(106, 200, "inside"));
    CHECK(e.dropped(drop_reason::beyond_window) == 0);
    e.hear(e.peer.data(107, 200, "outside"));
    CHECK(e.dropped(drop_reason::beyond_window) == 1);
}

TEST_CASE("RFC 1151: a receiver that does not read closes the sender's window by silence",
          "[conformance][rfc1151:7][R-8.23][R-8.17]") {
    pair p{window_of(4, 100), window_of(4, 200)};
    REQUIRE(p.open());
    for (int i = 0; i < 20; ++i) CHECK(p.a.send(p.now, std::to_string(i)) == errc::ok);
    p.run_for(3s);
    CHECK(p.b.engine().info(p.b.id)->unread == 8);
    CHECK(p.a.ledger().confirmed == 8);
    CHECK(p.b.dropped(drop_reason::no_slot) > 0);
    std::string all;
    CHECK(p.run_until([&] {
        all += p.b.all_taken() + ' ';
        return p.a.ledger().confirmed == 20;
    }));
    all += p.b.all_taken();
    CHECK(all.find("19") != std::string::npos);
}

}  // namespace
}  // namespace script
