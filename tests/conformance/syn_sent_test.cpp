// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/lone.hpp"

/// Section 7.4: SYN-SENT. The rules are tried in order; what matches none is dropped.
namespace script {
namespace {

using rrdp::drop_reason;
using kind = rrdp::wire::reset_form::kind;

struct opener : lone {
    opener() {
        REQUIRE(own.connect(now, 5'001, 1'024) == rrdp::errc::ok);
        REQUIRE(says() == syn(200));
    }
    bool still_opening() {
        return own.state() == rrdp::state::syn_sent && told().empty() &&
               says_within(60ms) == syn(200);
    }
};

TEST_CASE("SYN-SENT: the SYN ACK opens, and is acknowledged at once",
          "[conformance][R-7.13][R-8.11][rfc1151:2]") {
    opener e;
    e.hear(e.peer.syn_ack(100, 200, e.offer()));
    CHECK(e.told() == "connected");
    CHECK(e.own.state() == rrdp::state::open);
    CHECK(e.says() == ack(100).seq(201));
    CHECK(e.says() == nothing());
    CHECK(e.silent_for(900ms));
}

TEST_CASE("SYN-SENT: an RST ends the attempt only if it acknowledges the SYN",
          "[conformance][R-7.12][R-3.19][T-G14]") {
    opener e;
    SECTION("refused, bare") {
        e.hear(
            e.peer.rst(0, 200, {.form = kind::bare, .reason = rrdp::wire::reset_reason::refused}));
        CHECK(e.told() == "closed refused(1) 0/0/0");
        CHECK(e.own.engine().connections() == 0);
        CHECK(e.silent_for(4s));
    }
    SECTION("without a reason word, as an RFC 908 peer sends it") {
        auto s = e.peer.rst(0, 200);
        s[1] = std::byte{7};
        s.resize(14);
        rrdp::testing::repair_checksum(s.room().first(14));
        e.hear(s);
        CHECK(e.told() == "closed refused(0) 0/0/0");
    }
    SECTION("tagged, with whatever tag, as nothing is offered") {
        e.hear(e.peer.rst(
            0, 200,
            {.form = kind::bare_tagged, .reason = rrdp::wire::reset_reason::refused, .tag = 77}));
        CHECK(e.told() == "closed refused(1) 0/0/0");
    }
    SECTION("of another number") {
        e.hear(e.peer.rst(0, 201));
        CHECK(e.dropped(drop_reason::bad_ack) == 1);
        CHECK(e.still_opening());
    }
    SECTION("without ACK") {
        auto s = e.peer.rst(0, 200);
        s[0] = std::byte{0x13};
        rrdp::testing::repair_checksum(s.room().first(s.size()));
        e.hear(s);
        CHECK(e.dropped(drop_reason::bad_ack) == 1);
        CHECK(e.still_opening());
    }
    SECTION("of a form that there is not") {
        auto s = e.peer.eack(0, 200, {1, 2});
        s[0] = std::byte{0x53};
        rrdp::testing::repair_checksum(s.room().first(s.size()));
        e.hear(s);
        CHECK(e.dropped(drop_reason::bad_extension) == 1);
        CHECK(e.still_opening());
    }
    SECTION("to try again with a cookie, without the cookie") {
        e.hear(e.peer.rst(
            0, 200, {.form = kind::bare, .reason = rrdp::wire::reset_reason::retry_with_cookie}));
        CHECK(e.dropped(drop_reason::bad_extension) == 1);
        CHECK(e.still_opening());
    }
}

TEST_CASE("SYN-SENT: a SYN from the other side makes a simultaneous open, with the same number",
          "[conformance][R-7.14][T-H3]") {
    opener e;
    e.hear(e.peer.syn(100, e.offer()));
    CHECK(e.own.state() == rrdp::state::syn_received);
    CHECK(e.says() == syn(200).ack(100));
    CHECK(e.told().empty());
    e.hear(e.peer.syn_ack(100, 200, e.offer()));
    CHECK(e.told() == "connected");
    CHECK(e.says() == ack(100).seq(201));
}

TEST_CASE("SYN-SENT: in a simultaneous open the round trip is that of the own SYN",
          "[conformance][R-7.14][R-9.1]") {
    opener e;
    e.now += 2ms;
    e.hear(e.peer.syn(100, e.offer()));  // and before the answer leaves:
    e.now += 1ms;
    e.hear(e.peer.syn_ack(100, 200, e.offer()));
    CHECK(e.told() == "connected");
    CHECK(e.own.engine().info(e.own.id)->srtt == 3ms);
}

TEST_CASE("SYN-SENT: what acknowledges something else is answered by RST 2, and the SYN goes on",
          "[conformance][R-7.15][R-3.15][T-H8][rfc1151:2]") {
    opener e;
    SECTION("a pure ACK: the peer still holds an old connection") {
        e.hear(e.peer.ack(701, 900));
        CHECK(e.says() == rst(901, 2).ack(701));
    }
    SECTION("data") {
        e.hear(e.peer.data(701, 900, "old"));
        CHECK(e.says() == rst(901, 2).ack(701));
    }
    SECTION("a SYN ACK to another SYN") {
        e.hear(e.peer.syn_ack(700, 199, e.offer()));
        CHECK(e.says() == rst(200, 2).ack(700));
    }
    SECTION("a NUL") {
        e.hear(e.peer.nul(701, 900));
        CHECK(e.says() == rst(901, 2).ack(701));
    }
    CHECK(e.still_opening());
    e.hear(e.peer.syn_ack(100, 200, e.offer()));
    CHECK(e.told() == "connected");
}

TEST_CASE("SYN-SENT: what acknowledges the SYN but is no SYN ACK is dropped, and so is a bare NUL",
          "[conformance][R-7.15]") {
    opener e;
    e.hear(e.peer.data(101, 200, "too early"));
    e.hear(e.peer.ack(101, 200));
    auto nul = e.peer.nul(101, 200);
    nul[0] = std::byte{0x0b};
    nul[10] = nul[11] = std::byte{0};
    rrdp::testing::repair_checksum(nul.room().first(nul.size()));
    e.hear(nul);
    CHECK(e.dropped(drop_reason::early_segment) == 3);
    CHECK(e.says() == nothing());
    CHECK(e.still_opening());
}

TEST_CASE("SYN-SENT: nobody answers: timed_out(connect) within connect_timeout, and no RST",
          "[conformance][R-9.5][R-7.19][R-19.14][T-H10][T-O1]") {
    opener e;
    for (const shown& s : e.listen_to(2'999ms)) CHECK(s == syn(200));
    CHECK(e.told().empty());
    CHECK(e.listen_to(2ms).empty());
    CHECK(e.told() == "closed timed_out_connect 0/0/0");
    CHECK(e.own.engine().connections() == 0);
    CHECK(e.stats().resets_out.total() == 0);
    CHECK(e.stats().connections_timed_out == 1);
}

TEST_CASE("SYN-SENT: the SYN backs off like data", "[conformance][R-9.2][R-9.4]") {
    opener e;
    std::vector<rrdp::duration> gaps;
    rrdp::instant last = e.now;
    while (e.says_within(3s) == syn(200)) {
        gaps.push_back(e.now - last);
        last = e.now;
    }
    // rto_initial is 50 ms: 50, 100, 200, 400, 800, then rto_max = 1 s
    REQUIRE(gaps.size() == 6);
    for (std::size_t i = 0; i < gaps.size(); ++i) {
        const rrdp::duration expected = i < 5 ? 50ms * (1 << i) : 1'000ms;
        CHECK(gaps[i] >= expected);
        CHECK(gaps[i] < expected + 1ms);
    }
}

TEST_CASE("SYN-SENT: abort() and close() end it without a word, for nobody knows what to say",
          "[conformance][R-10.6][R-19.14]") {
    opener e;
    SECTION("abort") {
        CHECK(e.abort() == rrdp::errc::ok);
    }
    SECTION("close") {
        CHECK(e.close() == rrdp::errc::ok);
    }
    CHECK(e.told() == "closed aborted 0/0/0");
    CHECK(e.own.engine().connections() == 0);
    CHECK(e.silent_for(4s));
}

TEST_CASE("SYN-SENT: send() before `connected` answers not_open",
          "[conformance][R-8.7][R-8.5][T-O7]") {
    opener e;
    CHECK(e.send("early") == rrdp::errc::not_open);
    CHECK(e.own.engine().flush(e.own.id) == rrdp::errc::not_open);
    CHECK(e.own.engine().shutdown_send(e.now, e.own.id) == rrdp::errc::not_open);
    e.hear(e.peer.syn_ack(100, 200, e.offer()));
    CHECK(e.told() == "connected");
    CHECK(e.own.ledger() == rrdp::send_ledger{});
    CHECK(e.says() == ack(100).seq(201));
}

}  // namespace
}  // namespace script
