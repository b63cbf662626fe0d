// SPDX-License-Identifier: Apache-2.0
#include "support/agreed.hpp"
#include "support/catch.hpp"
#include "support/pair.hpp"

/// CREDIT: the receiver says how far it will hold what comes, and may close the window (8.4).
namespace script {
namespace {

using rrdp::drop_reason;
using rrdp::errc;

constexpr features with_credit = features::fin | features::credit;

/// X = 4 and eight slots at this side; the peer announces 4 as well.
setup small() {
    setup s;
    s.options.max_outstanding = 4;
    s.options.receive_slots = 8;
    return s;
}

struct credited : agreed_lone {
    explicit credited() : agreed_lone{with_credit, small()} {
        REQUIRE(own.listen(1'024) == errc::ok);
        auto p = offer();
        p.max_outstanding = 4;
        hear(peer.syn(100, p));
        REQUIRE(says() == syn(200).ack(100));
        learn();
        hear(peer.ack(101, 200));
        REQUIRE(told() == "accepted");
    }
    /// An ACK of the peer, with a credit word or without.
    void hear_ack(std::uint16_t number, std::optional<std::uint16_t> edge = std::nullopt) {
        peer.words.credit = edge;
        hear(peer.ack(101, number));
        peer.words.credit.reset();
    }
    /// Sends eight messages, 201 to 208, of which the last is acknowledged with no credit beyond.
    void use_up_the_credit() {
        for (std::uint16_t number = 201; number <= 208; ++number) {
            REQUIRE(send("x") == errc::ok);
            REQUIRE(says() == data(number, "x").ack(100));
            hear_ack(number, std::uint16_t{208});
        }
    }
};

TEST_CASE(
    "CREDIT: the word is there when less than 2X is promised, always with a list, never on "
    "a NUL",
    "[conformance][R-3.9][R-8.17][R-8.18][T-F5]") {
    credited e;
    const auto hear_two = [&](std::uint16_t number) {
        e.hear(e.peer.data(number, 200, "x"));
        e.hear(e.peer.data(static_cast<std::uint16_t>(number + 1), 200, "x"));
    };
    hear_two(101);
    CHECK(e.says() == ack(102).seq(201));
    CHECK(e.words().credit == 108);  // two of eight slots are taken: six are left behind 102
    CHECK(e.last().size() == 16);
    CHECK(e.send("loaded") == errc::ok);
    CHECK(e.says() == data(201, "loaded").ack(102));
    CHECK(e.words().credit == 108);
    CHECK(e.own.all_taken() == "x x");
    hear_two(103);
    CHECK(e.says() == ack(104).seq(202));
    CHECK(e.words().credit == 110);
    CHECK(e.own.all_taken() == "x x");
    e.hear(e.peer.nul(105, 201));
    CHECK(e.says() == ack(105).seq(202));
    CHECK_FALSE(e.words().credit);  // nothing is unread
    CHECK(e.last().size() == 14);
    CHECK(e.send("unloaded") == errc::ok);
    CHECK(e.says() == data(202, "unloaded").ack(105));
    CHECK_FALSE(e.words().credit);
    e.hear(e.peer.data(107, 202, "a gap"));
    CHECK(e.says() == ack(105).seq(203).ea({107}));
    CHECK(e.words().credit == 113);  // all of it, yet it may not miss
    e.hear(e.peer.data(106, 202, "filled"));
    CHECK(e.says() == ack(107).seq(203));
    CHECK(e.says_within(1'100ms) == nul(203).ack(107));
    CHECK(e.last().size() == 14);
}

TEST_CASE("CREDIT: the highest edge that was ever told counts, whatever the order of arrival",
          "[conformance][R-8.19][R-8.1][T-F6]") {
    credited e;
    e.use_up_the_credit();
    CHECK(e.send("209") == errc::ok);
    CHECK(e.send("210") == errc::ok);
    CHECK(e.says() == nothing());  // S3 of
    e.hear_ack(208, std::uint16_t{209});
    CHECK(e.says() == data(209, "209").ack(100));
    CHECK(e.says() == nothing());
    e.hear_ack(207, std::uint16_t{208});  // older news, come late
    CHECK(e.says() == nothing());
    e.hear_ack(208, std::uint16_t{210});
    CHECK(e.says() == data(210, "210").ack(100));
    CHECK(e.send("211") == errc::ok);
    CHECK(e.says() == nothing());
    e.hear_ack(210);  // without the word: everything, 2X behind the ACK
    CHECK(e.says() == data(211, "211").ack(100));
    CHECK(e.dropped(drop_reason::bad_credit) == 0);
}

TEST_CASE("CREDIT: what was promised and is not used yet is not taken back by older news",
          "[conformance][R-8.19][T-F6]") {
    credited e;
    e.use_up_the_credit();
    e.hear_ack(208, std::uint16_t{211});
    e.hear_ack(207, std::uint16_t{208});
    for (const std::uint16_t number : numbers{209, 210, 211}) {
        CHECK(e.send("promised") == errc::ok);
        CHECK(e.says() == data(number, "promised").ack(100));
    }
    CHECK(e.send("not promised") == errc::ok);
    CHECK(e.says() == nothing());
}

TEST_CASE("CREDIT: an ACK that opens the window is no duplicate, however often it comes",
          "[conformance][R-9.9][R-8.19]") {
    credited e;
    e.use_up_the_credit();
    e.hear_ack(208, std::uint16_t{209});
    REQUIRE(e.send("209") == errc::ok);
    REQUIRE(e.says() == data(209, "209").ack(100));
    for (const std::uint16_t edge : numbers{210, 211, 212, 213}) {
        e.hear_ack(208, edge);
        CHECK(e.says() == nothing());
    }
    for (int i = 0; i < 3; ++i) {  // while three that promise nothing new are those of
        CHECK(e.says() == nothing());
        e.hear_ack(208, std::uint16_t{213});
    }
    CHECK(e.says() == data(209, "209").ack(100));
}

TEST_CASE("CREDIT: a word out of range is ignored and counted, the rest of the segment is not",
          "[conformance][R-8.19][R-7.25][T-F6]") {
    credited e;
    e.use_up_the_credit();
    CHECK(e.send("209") == errc::ok);
    std::uint64_t bad = 0;
    for (const std::uint16_t word : numbers{207, 217, 208 + 0x8000, 0, 0xffff}) {
        e.hear_ack(208, word);
        CHECK(e.says() == nothing());
        CHECK(e.dropped(drop_reason::bad_credit) == ++bad);
    }
    e.peer.words.credit = std::uint16_t{50'000};
    e.hear(e.peer.data(101, 208, "its data count"));
    CHECK(e.dropped(drop_reason::bad_credit) == ++bad);
    CHECK(e.own.taken() == "its data count");
    e.hear_ack(208, std::uint16_t{216});  // the most there can be
    CHECK(e.says() == data(209, "209").ack(101));
}

TEST_CASE("CREDIT: with nothing promised, news wait, and probes ask: SEQ = SND.UNA-1",
          "[conformance][R-8.20][R-8.22][R-8.4][R-19.1][R-19.14][T-F7][T-O1]") {
    credited e;
    e.use_up_the_credit();
    CHECK(e.send("waits") == errc::ok);
    const rrdp::instant blocked = e.now;
    std::vector<rrdp::duration> gaps;
    for (int i = 0; i < 9; ++i) {
        const rrdp::instant before = e.now;
        CHECK(e.says_within(1s) == nul(208).ack(100));
        gaps.push_back(e.now - before);
    }
    CHECK(gaps[1] > gaps[0]);     // it backs off ...
    CHECK(gaps.back() <= 201ms);  // ... to persist_max
    CHECK(gaps.back() >= 199ms);
    CHECK(e.stats().persist_probes == 9);
    const rrdp::duration waited = e.stats().zero_window_time;
    CHECK(waited > e.now - blocked - 1ms);
    CHECK(waited < e.now - blocked + 1ms);
    CHECK(e.own.engine().info(e.own.id)->outstanding == 0);  // nothing of it is kept
    SECTION("an answer that opens the window: the message has the next number") {
        e.now += 50ms;
        e.hear_ack(208, std::uint16_t{212});
        CHECK(e.says() == data(209, "waits").ack(100));
        CHECK(e.stats().zero_window_time > waited + 49ms);
        CHECK(e.stats().zero_window_time < waited + 51ms);
        e.listen_to(100ms);
        CHECK(e.stats().zero_window_time < waited + 51ms);  // it is over
    }
    SECTION("answers that open nothing keep the connection for longer than give_up") {
        while (e.now < blocked + 12s) {
            CHECK(e.says_within(1s) == nul(208).ack(100));
            e.hear_ack(208, std::uint16_t{208});
        }
        CHECK(e.told().empty());
        CHECK(e.at() == rrdp::state::open);
    }
    SECTION("no answer: timed_out(persist), RST 7") {
        const rrdp::instant silent = e.now;
        seen last = e.says_within(1s);
        while (last == nul(208).ack(100) && e.now < silent + 20s) last = e.says_within(1s);
        CHECK(last == rst(209, 7).ack(100));
        CHECK(e.now - blocked >= 5s);
        CHECK(e.now - blocked < 5'300ms);
        CHECK(e.told() == "closed timed_out_persist 9/8/8");
        CHECK(e.stats().connections_timed_out == 1);
    }
}

TEST_CASE("CREDIT: half a window of room after little room is told at once, and once",
          "[conformance][R-8.21][R-8.11]") {
    credited e;
    for (std::uint16_t number = 101; number <= 108; ++number)
        e.hear(e.peer.data(number, 200, std::to_string(number)));
    e.listen_to(5ms);
    CHECK(e.own.engine().info(e.own.id)->unread == 8);
    CHECK(e.own.taken() == "101");
    CHECK(e.says() == nothing());  // one is less than half of X = 4
    CHECK(e.own.taken() == "102");
    CHECK(e.says() == ack(108).seq(201));
    CHECK(e.words().credit == 110);
    CHECK(e.own.all_taken() == "103 104 105 106 107 108");
    CHECK(e.says() == nothing());  // two were told: that is half
}

TEST_CASE("CREDIT: data without a word tell that all the room is there, and no ACK says it again",
          "[conformance][R-8.18][R-8.21]") {
    credited e;
    for (std::uint16_t number = 101; number <= 107; ++number) {
        e.hear(e.peer.data(number, 200, "x"));
        static_cast<void>(e.says());
    }
    e.hear(e.peer.data(108, 200, "x"));
    CHECK(e.says_within(1s) == ack(108).seq(201));
    CHECK(e.words().credit == 108);  // no room was told
    REQUIRE(e.send("y") == errc::ok);
    while (!e.own.taken().empty()) {}
    CHECK(e.says() == data(201, "y").ack(108));
    CHECK_FALSE(e.words().credit);
    CHECK(e.says() == nothing());
    e.hear(e.peer.data(109, 201, "x"));
    CHECK(e.own.taken() == "x");
    CHECK(e.says() == nothing());  // its acknowledgement may wait for another
}

TEST_CASE("CREDIT: idle without credit, probes take the place of the keepalive",
          "[conformance][R-11.1][R-8.22][T-F8]") {
    credited e;
    e.use_up_the_credit();
    const rrdp::instant idle = e.now;
    CHECK(e.says_within(2s) == nul(208).ack(100));
    CHECK(e.now - idle >= 1s);
    CHECK(e.stats().keepalives_out == 0);
    SECTION("answered") {
        e.hear_ack(208, std::uint16_t{208});
        CHECK(e.silent_for(900ms));
        CHECK(e.says_within(1s) == nul(208).ack(100));
        CHECK(e.at() == rrdp::state::open);
    }
    SECTION("not answered: peer death") {
        const auto all = e.listen_to(10s);
        REQUIRE(all.size() >= 4);
        CHECK(all.back() == rst(209, 7).ack(100));
        CHECK(e.told() == "closed timed_out_keepalive 8/8/8");
    }
}

setup of(std::uint16_t first) {
    setup s = offering(with_credit, small());
    s.first = first;
    return s;
}

TEST_CASE("CREDIT: a reader that stops for longer than give_up gets everything in the end",
          "[conformance][R-8.22][R-8.17][T-F1]") {
    pair p{of(100), of(200)};
    REQUIRE(p.open());
    for (int i = 0; i < 30; ++i) REQUIRE(p.a.send(p.now, std::to_string(i)) == errc::ok);
    p.run_for(12s);
    CHECK(p.a.all_told().empty());
    CHECK(p.a.ledger() == rrdp::send_ledger{30, 8, 8});
    CHECK(p.a.engine().stats().persist_probes > 30);
    CHECK(p.b.dropped(drop_reason::no_slot) == 0);
    std::string all;
    const auto read = [&] {
        const std::string more = p.b.all_taken();
        all += more.empty() || all.empty() ? more : " " + more;
        return p.a.ledger().confirmed == 30;
    };
    CHECK(p.run_until(read, 2s));
    all += " " + p.b.all_taken();
    CHECK(all.starts_with("0 1 2 3 4 5 6 7 8 9 10"));
    CHECK(all.find("27 28 29") != std::string::npos);
}

TEST_CASE("CREDIT: a lost update, probe or answer costs a probe and no more",
          "[conformance][R-8.20][R-8.21][R-8.22][T-F2]") {
    const std::string lost = GENERATE("update", "probe", "answer");
    pair p{of(100), of(200)};
    REQUIRE(p.open());
    for (int i = 0; i < 12; ++i) REQUIRE(p.a.send(p.now, std::to_string(i)) == errc::ok);
    p.run_for(30ms);
    REQUIRE(p.a.ledger().confirmed == 8);
    int losses = 0;
    p.decide = [&](bool from_a, std::size_t, const shown& s) {
        const bool it = lost == "probe" ? from_a && s.control == "NUL" : !from_a;
        return it && losses++ == 0 ? fate::is_lost : fate::arrives;
    };
    if (lost == "update") CHECK(p.b.all_taken() == "0 1 2 3 4 5 6 7");
    if (lost != "update") p.run_for(500ms);
    const auto read = [&] {
        p.b.all_taken();
        return p.a.ledger().confirmed == 12;
    };
    CHECK(p.run_until(read, 1s));
    CHECK(losses >= 1);
    CHECK(p.a.engine().stats().persist_probes >= 1);
}

}  // namespace
}  // namespace script
