// SPDX-License-Identifier: Apache-2.0
#include "support/agreed.hpp"
#include "support/catch.hpp"
#include "support/pair.hpp"

/// What the users of RDP's descendants ran into (docs/protocol/cases.md, B-1 to B-12): sending,
/// waiting, closing. Each name says where somebody missed the behaviour.
namespace script {
namespace {

using rrdp::drop_reason;
using rrdp::errc;

TEST_CASE("libcsp#860: send() never drops without a word: what it accepts arrives",
          "[conformance][bug][B-1][R-8.5]") {
    setup s;
    s.first = 100;
    s.options.send_queue = 3;
    s.options.max_outstanding = 2;
    s.options.receive_slots = 4;
    pair p{s, setup{.first = 200, .options = s.options}};
    CHECK(p.a.send(p.now, "early") == errc::no_such_connection);
    REQUIRE(p.open());
    std::size_t number = 0;
    p.decide = [&](bool, std::size_t n, const shown&) {
        return n % 4 == 2 ? fate::is_lost : fate::arrives;
    };
    std::size_t refused = 0;
    std::string expected;
    std::string taken;
    const auto turn = [&] {
        for (int tries = 0; tries < 5 && number < 40; ++tries) {
            const errc e = p.a.send(p.now, std::to_string(number));
            if (e == errc::ok) expected += std::to_string(number++) + " ";
            refused += e == errc::would_block;
            if (e != errc::ok) CHECK(e == errc::would_block);
        }
        for (std::string one = p.b.taken(); !one.empty(); one = p.b.taken()) taken += one + " ";
        return number == 40 && p.a.ledger().confirmed == 40;
    };
    CHECK(p.run_until(turn));
    CHECK(turn());
    CHECK(refused > 0);
    CHECK(taken == expected);
    CHECK(p.a.send(p.now, std::string(1'487, 'x')) == errc::message_too_long);
    CHECK(p.a.ledger().accepted == 40);
}

TEST_CASE("libcsp#66, libcsp#1000: the application sees what was acknowledged and can wait for it",
          "[conformance][bug][B-2][R-10.9][R-19.7]") {
    lone e;
    REQUIRE(e.open_passively());
    for (const char* text : {"1", "2", "3"}) CHECK(e.send(text) == errc::ok);
    CHECK(e.own.engine().flush(e.own.id) == errc::ok);
    while (!(e.says() == nothing())) {}
    CHECK(e.own.ledger() == rrdp::send_ledger{3, 3, 0});
    e.hear(e.peer.ack(101, 202));
    CHECK(e.own.ledger() == rrdp::send_ledger{3, 3, 2});
    CHECK(e.told().empty());
    e.hear(e.peer.ack(101, 203));
    CHECK(e.told() == "drained");
    CHECK(e.own.ledger() == rrdp::send_ledger{3, 3, 3});
}

TEST_CASE("libcsp#1000, libcsp#859: a peer that is gone is noticed, with data outstanding or idle",
          "[conformance][bug][B-3][R-9.5][R-11.1][T-P1][T-P2]") {
    const bool outstanding = GENERATE(true, false);
    pair p;
    REQUIRE(p.open());
    p.decide = [](bool, std::size_t, const shown&) { return fate::is_lost; };
    const rrdp::instant died = p.now;
    if (outstanding) REQUIRE(p.a.send(p.now, "anybody?") == errc::ok);
    REQUIRE(p.run_until([&] { return p.a.told().starts_with("closed"); }, 20s));
    CHECK(p.now - died < 7s);
    CHECK(p.a.end->reason ==
          (outstanding ? rrdp::end_reason::timed_out_data : rrdp::end_reason::timed_out_keepalive));
    const std::size_t frames = p.sent_by_a();
    p.run_for(60s);
    CHECK(p.sent_by_a() <= frames + 1);  // the RST, and silence
}

TEST_CASE("libcsp#477: a connection for each request does not pile up in CLOSE-WAIT",
          "[conformance][bug][B-4][R-10.8][R-7.35]") {
    setup s;
    s.options.linger = 20ms;  // and no less than four time-outs
    s.options.rto_initial = 4ms;
    pair p{s, s};
    REQUIRE(p.b.listen(7) == errc::ok);
    for (int request = 0; request < 100; ++request) {
        REQUIRE(p.a.connect(p.now, 7) == errc::ok);
        std::string a;
        std::string b;
        const auto finished = [&] {
            a += p.a.all_told();
            b += p.b.all_told();
            if (a == "connected") a += p.a.engine().close(p.now, p.a.id) == errc::ok ? "," : "?";
            return a.ends_with("closed clean 0/0/0") && b.ends_with("closed clean 0/0/0");
        };
        REQUIRE(p.run_until(finished, 1s));
        p.run_for(5ms);
        REQUIRE(p.a.engine().connections() < 8);
    }
    CHECK(p.b.dropped(drop_reason::table_full) == 0);
    p.run_for(50ms);
    CHECK(p.a.engine().connections() + p.b.engine().connections() == 0);
}

TEST_CASE("libcsp#1013: the last message before an RST is read before the end is told",
          "[conformance][bug][B-5][R-19.4][T-K7]") {
    lone e;
    REQUIRE(e.open_passively());
    e.hear(e.peer.data(101, 200, "last words"));
    e.hear(e.peer.rst(102, 200));
    CHECK(e.told() == "readable");
    CHECK(e.told().empty());
    CHECK(e.own.taken() == "last words");
    CHECK(e.told() == "closed reset(0) 0/0/0");
}

TEST_CASE("libcsp#102, lsalzman/enet#141: every duplicate is acknowledged, however old and many",
          "[conformance][bug][B-6][R-7.26][T-D4]") {
    lone e;
    REQUIRE(e.open_passively());
    for (std::uint16_t number = 101; number <= 400; ++number) {
        e.hear(e.peer.data(number, 200, "x"));
        static_cast<void>(e.own.taken());
        e.says();
    }
    e.listen_to(5ms);
    for (int i = 0; i < 1'000; ++i) {
        e.hear(e.peer.data(static_cast<std::uint16_t>(101 + i % 300), 200, "x"));
        REQUIRE(e.says() == ack(400).seq(201));
    }
    CHECK(e.stats().challenges_suppressed == 0);
}

TEST_CASE("libcsp#158, GomSpace/libcsp#7: acknowledging rarer than the window holds stalls nothing",
          "[conformance][bug][B-7][R-8.11][T-F4]") {
    setup s;
    s.options.max_outstanding = 4;
    s.options.receive_slots = 8;
    s.options.ack_every = 200;
    s.options.ack_delay = 60ms;
    pair p{s, s};
    REQUIRE(p.open());
    const rrdp::instant start = p.now;
    for (int i = 0; i < 100; ++i) REQUIRE(p.a.send(p.now, "x") == errc::ok);
    const auto read = [&] {
        p.b.all_taken();
        return p.a.ledger().confirmed == 100;
    };
    CHECK(p.run_until(read));
    CHECK(p.now - start < 1ms);  // no timer was needed
}

TEST_CASE("lsalzman/enet#143: both ends agree where the window ends",
          "[conformance][bug][B-8][R-7.2][R-8.1][D7]") {
    setup s;
    s.options.max_outstanding = 4;
    s.options.receive_slots = 8;
    s.options.rto_initial = 800ms;
    pair p{s, s};
    REQUIRE(p.open());
    for (int i = 0; i < 20; ++i) REQUIRE(p.a.send(p.now, "x") == errc::ok);
    std::size_t left = 0;
    static_cast<void>(p.from_a());  // the first is lost, and lost again
    for (int step = 0; step < 200; ++step) {
        const frame f = p.from_a();
        if (f && f.shows.what.sequence != 201) {
            p.to_b(f);
            ++left;
        }
        p.carry_b_to_a();
    }
    CHECK(left == 7);  // the hole and seven make 2X
    CHECK(p.b.engine().stats().segments_out_of_order == 7);
    CHECK(p.b.dropped(drop_reason::beyond_window) == 0);
    CHECK(p.b.dropped(drop_reason::no_slot) == 0);
}

TEST_CASE("libcsp#693: one gap does not make a list for every segment behind it",
          "[conformance][bug][B-9][R-8.12][T-D15]") {
    lone e;
    REQUIRE(e.open_passively());
    for (std::uint16_t number = 102; number <= 161; ++number) {
        e.hear(e.peer.data(number, 200, "x"));
        e.says();
    }
    CHECK(e.stats().segments_out_of_order == 60);
    CHECK(e.stats().eacks_out <= 31);
    CHECK(e.stats().eacks_out >= 29);
    CHECK(e.last().size() <= 14 + 2 * 32);
}

TEST_CASE("slaclab/rogue#1246, slaclab/surf#1457: a SYN that announces no window is refused",
          "[conformance][bug][B-10][R-5.3]") {
    lone e;
    REQUIRE(e.own.listen(1'024) == errc::ok);
    auto s = e.peer.syn(100, e.offer());
    s[14] = s[15] = std::byte{0};
    rrdp::testing::repair_checksum(s.room().first(s.size()));
    e.hear(s);
    CHECK(e.dropped(drop_reason::bad_syn) == 1);
    CHECK(e.own.engine().connections() == 0);
    CHECK(e.silent_for(10s));
}

TEST_CASE("slaclab/surf#1455: a keepalive has a number, and waits while something is outstanding",
          "[conformance][bug][B-11][R-11.1][R-3.12]") {
    lone e;
    REQUIRE(e.open_passively());
    CHECK(e.send("out") == errc::ok);
    for (const shown& s : e.listen_to(3s)) CHECK(s == data(201, "out").ack(100));
    CHECK(e.stats().keepalives_out == 0);
    e.hear(e.peer.ack(101, 201));
    CHECK(e.says_within(1'100ms) == nul(202).ack(100));
    CHECK(e.send("next") == errc::ok);
    CHECK(e.says() == data(203, "next").ack(100));
}

TEST_CASE("slaclab/rogue#300, slaclab/surf#1454: a busy peer says again that it is busy",
          "[conformance][bug][B-12][R-8.18][R-8.20][R-7.26]") {
    setup s;
    s.options.max_outstanding = 2;
    s.options.receive_slots = 4;
    agreed_lone e{features::fin | features::credit, s};
    REQUIRE(e.open_passively());
    for (std::uint16_t number = 101; number <= 104; ++number)
        e.hear(e.peer.data(number, 200, "unread"));
    e.listen_to(5ms);
    for (int i = 0; i < 300; ++i) {  // a minute of probes
        e.now += 200ms;
        e.hear(e.peer.nul(104, 200));
        REQUIRE(e.says() == ack(104).seq(201));
        REQUIRE(e.words().credit == 104);
    }
    CHECK(e.told() == "readable");
    CHECK(e.told().empty());
}

}  // namespace
}  // namespace script
