// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "support/agreed.hpp"
#include "support/catch.hpp"

/// TAG: each segment names the incarnation it is meant for (3.1, 5.13, 5.14, 2.19).
namespace script {
namespace {

using rrdp::drop_reason;
using rrdp::errc;
using kind = rrdp::wire::reset_form::kind;

constexpr features tagged = features::fin | features::tag;

struct open_tagged : agreed_lone {
    explicit open_tagged(features f = tagged) : agreed_lone{f} { REQUIRE(open_passively()); }
    [[nodiscard]] bool carries_the_peers_tag() const {
        return rrdp::load_be32(last(), 14) == peer_tag;
    }
};

TEST_CASE("TAG: every segment behind the handshake carries the receiver's tag, first in the block",
          "[conformance][R-3.1][R-3.3][T-G1]") {
    const auto more = GENERATE(as<features>{}, features{}, features::wide, features::crc32c,
                               features::wide | features::crc32c | features::credit);
    open_tagged e{tagged | more};
    CHECK(e.send("data") == errc::ok);
    CHECK(e.says() == data(201, "data").ack(100));
    CHECK(e.carries_the_peers_tag());
    e.hear(e.peer.data(102, 201, "a gap"));
    CHECK(e.says() == ack(100).seq(202).ea({102}));
    CHECK(e.carries_the_peers_tag());
    e.hear(e.peer.data(101, 201, "filled"));
    CHECK(e.says() == ack(102).seq(202));
    CHECK(e.carries_the_peers_tag());
    CHECK(e.says_within(1'100ms) == nul(202).ack(102));
    CHECK(e.carries_the_peers_tag());
    e.hear(e.peer.ack(103, 202));
    CHECK(e.close() == errc::ok);
    CHECK(e.says() == fin(203).ack(102));
    CHECK(e.carries_the_peers_tag());
    CHECK(e.abort() == errc::ok);
    CHECK(e.says() == rst(204, 6).ack(102));
    CHECK(e.carries_the_peers_tag());
    CHECK(e.reset().form == kind::connection);
    CHECK(e.stats().dropped() == 0);
}

TEST_CASE("TAG: a segment with another tag is dropped, counted, and changes nothing, in any state",
          "[conformance][R-3.3][R-2.19][T-G2]") {
    open_tagged e;
    const auto wrong = [&] {
        auto other = e.peer;
        other.words.tag = e.own_tag ^ 1;
        return other;
    }();
    const auto drops_everything = [&](std::uint16_t number, std::uint16_t acknowledged) {
        const auto before = e.dropped(drop_reason::bad_tag);
        const auto at = e.at();
        e.hear(wrong.data(number, acknowledged, "from another time"));
        e.hear(wrong.ack(number, acknowledged));
        e.hear(wrong.fin(number, acknowledged));
        e.hear(wrong.eack(number, acknowledged, {static_cast<std::uint16_t>(acknowledged + 2)}));
        e.hear(wrong.rst(number, acknowledged, {.form = kind::connection}));
        CHECK(e.dropped(drop_reason::bad_tag) == before + 5);
        CHECK(e.at() == at);
        CHECK(e.says() == nothing());
        CHECK(e.own.taken().empty());
    };
    drops_everything(101, 200);  // OPEN
    CHECK(e.own.said.options.auto_close);
    CHECK(e.close() == errc::ok);
    CHECK(e.says() == fin(201).ack(100));
    CHECK(e.at() == rrdp::state::closing);
    drops_everything(101, 201);
    e.hear(e.peer.fin(101, 201));
    CHECK(e.says() == ack(101).seq(202));
    CHECK(e.at() == rrdp::state::close_wait);
    CHECK(e.own.all_told() == "peer_closed, closed clean 0/0/0");
    drops_everything(101, 201);
    CHECK(e.stats().dropped() == 15);
}

TEST_CASE("TAG: in SYN-RCVD a wrong tag is answered by a bare RST that reflects it",
          "[conformance][R-2.19][R-3.16][R-7.5][T-G2]") {
    agreed_lone e{tagged};
    REQUIRE(e.half_open());
    auto wrong = e.peer;
    wrong.words.tag = 0x0102'0304;
    e.hear(wrong.data(102, 199, "of an old connection"));
    CHECK(e.dropped(drop_reason::bad_tag) == 1);
    CHECK(e.says() == rst(200, 2).ack(102));
    CHECK(e.reset().form == kind::bare_tagged);
    CHECK(e.reset().tag == 0x0102'0304U);
    SECTION("an RST gets no answer") {
        e.hear(wrong.rst(101, 200, {.form = kind::bare_tagged, .tag = 0x0102'0304U}));
    }
    SECTION("nor does a segment without the ACK flag") {
        auto s = wrong.nul(101, 0);
        s[0] = std::byte{0x0b};
        rrdp::testing::repair_checksum(s.room().first(s.size()));
        e.hear(s);
    }
    CHECK(e.dropped(drop_reason::bad_tag) == 2);
    CHECK(e.says() == nothing());
    CHECK(e.own.engine().connections() == 1);
    e.hear(e.peer.ack(101, 200));
    CHECK(e.told() == "accepted");
}

TEST_CASE("TAG: those answers go through the limit of the peer's node", "[conformance][R-2.19]") {
    agreed_lone e{tagged};
    REQUIRE(e.half_open());
    auto wrong = e.peer;
    wrong.words.tag = 0x0102'0304;
    std::size_t answers = 0;
    for (int i = 0; i < 200; ++i) {
        e.hear(wrong.ack(102, 199));
        answers += e.says() == rst(200, 2).ack(102);
    }
    CHECK(answers == 16);
    CHECK(e.stats().resets_suppressed == 184);
}

TEST_CASE("TAG: a SYN ACK that echoes another tag opens nothing",
          "[conformance][R-5.14][R-7.13][R-7.17][T-G3]") {
    agreed_lone e{tagged};
    REQUIRE(e.own.connect(e.now, 5'001, 1'024) == errc::ok);
    CHECK(e.says() == syn(200));
    e.learn();
    SECTION("in SYN-SENT") {
        e.hear(e.peer.syn_ack(100, 200, e.reply(e.own_tag ^ 0x8000'0000)));
        CHECK(e.says() == nothing());
        CHECK(e.at() == rrdp::state::syn_sent);
    }
    SECTION("in SYN-RCVD, of a simultaneous open") {
        e.hear(e.peer.syn(100, e.offer()));
        CHECK(e.says() == syn(200).ack(100));
        e.hear(e.peer.syn_ack(100, 200, e.reply(e.own_tag ^ 1)));
        CHECK(e.says() == nothing());
        CHECK(e.at() == rrdp::state::syn_received);
    }
    CHECK(e.dropped(drop_reason::bad_tag) == 1);
    CHECK(e.told().empty());
    e.hear(e.peer.syn_ack(100, 200, e.reply(e.own_tag)));
    CHECK(e.told() == "connected");
}

TEST_CASE("TAG: an active record in SYN-RCVD waits for the SYN ACK: its tag was shown before",
          "[conformance][R-7.18][T-H3]") {
    agreed_lone e{tagged};
    REQUIRE(e.own.connect(e.now, 5'001, 1'024) == errc::ok);
    CHECK(e.says() == syn(200));
    e.learn();
    e.hear(e.peer.syn(100, e.offer()));
    CHECK(e.says() == syn(200).ack(100));
    e.hear(e.peer.data(101, 200, "too early"));
    CHECK(e.dropped(drop_reason::early_segment) == 1);
    CHECK(e.told().empty());
    CHECK(e.at() == rrdp::state::syn_received);
    e.hear(e.peer.syn_ack(100, 200, e.reply(e.own_tag)));
    CHECK(e.told() == "connected");
    CHECK(e.says() == ack(100).seq(201));
    // The peer waits for a SYN ACK of ours in the same way, as long as nothing else of it came.
    e.hear(e.peer.syn_ack(100, 200, e.reply(e.own_tag)));
    const shown first = e.says().what;
    const shown second = e.says().what;
    CHECK((first == syn(200).ack(100) || second == syn(200).ack(100)));
}

TEST_CASE(
    "TAG: a bare RST without tag or with a foreign one is dropped, and so is the connection "
    "form with the peer's",
    "[conformance][R-3.20][T-G6]") {
    open_tagged e;
    e.hear(e.peer.rst(101, 200, {.form = kind::bare}));
    e.hear(e.peer.rst(101, 200, {.form = kind::bare_tagged, .tag = 0x0102'0304}));
    auto foreign = e.peer;
    foreign.words.tag = open_tagged::peer_tag;
    e.hear(foreign.rst(101, 200, {.form = kind::connection}));
    CHECK(e.dropped(drop_reason::bad_tag) == 3);
    CHECK(e.at() == rrdp::state::open);
    CHECK(e.says() == nothing());
    SECTION("believed: the own tag, in the connection form") {
        const auto aborted = rrdp::wire::reset_reason::aborted;
        e.hear(e.peer.rst(101, 200, {.form = kind::connection, .reason = aborted}));
        CHECK(e.told() == "closed reset(6) 0/0/0");
    }
    SECTION("believed: the own tag, reflected") {
        e.hear(e.peer.rst(101, 200, {.form = kind::bare_tagged, .tag = e.own_tag}));
        CHECK(e.told() == "closed reset(0) 0/0/0");
    }
    SECTION("believed: the peer's tag, reflected by a peer that has no record any more") {
        e.hear(e.peer.rst(101, 200, {.form = kind::bare_tagged, .tag = open_tagged::peer_tag}));
        CHECK(e.told() == "closed reset(0) 0/0/0");
    }
}

TEST_CASE("TAG: no blind RST ends a connection, whatever its number, its form and its tag",
          "[conformance][R-7.20][R-3.20][T-G8]") {
    open_tagged e;
    rrdp::entropy random{1, 2};
    for (std::uint32_t number = 0; number <= 0xffff; ++number) {
        auto blind = e.peer;
        const rrdp::wire::reset_form forms[]{
            {.form = kind::connection},
            {.form = kind::bare},
            {.form = kind::bare_tagged, .tag = random.next32()},
        };
        blind.words.tag = random.next32();
        for (const auto& form : forms)
            e.own.engine().handle_frame(e.now,
                                        blind.rst(static_cast<std::uint16_t>(number), 200, form));
    }
    CHECK(e.dropped(drop_reason::bad_tag) == 3 * 65'536);
    CHECK(e.at() == rrdp::state::open);
    CHECK(e.stats().challenges_sent + e.stats().resets_in.total() == 0);
}

TEST_CASE("TAG: a blind SYN, whatever boot id it shows, is challenged and ends nothing",
          "[conformance][R-7.21][T-G9]") {
    open_tagged e;
    auto p = e.offer();
    p.tag = 0x0102'0304;
    p.node = rrdp::wire::node_pair{2, 1};
    for (const std::uint32_t boot : {1U, 0x8000'0000U, 0xffff'ffffU}) {
        p.boot = boot;
        e.hear(e.peer.syn(static_cast<std::uint16_t>(boot), p));
        CHECK(e.says() == ack(100).seq(201));
        CHECK(e.carries_the_peers_tag());
    }
    CHECK(e.stats().challenges_sent == 3);
    CHECK(e.at() == rrdp::state::open);
    CHECK(e.told().empty());
    e.hear(e.peer.data(101, 200, "still here"));
    CHECK(e.own.taken() == "still here");
}

TEST_CASE("TAG: successive connections on the same ports have different tags, and none has 0",
          "[conformance][R-5.13][T-G13]") {
    agreed_lone e{tagged};
    std::set<std::uint32_t> tags;
    for (int i = 0; i < 200; ++i) {
        REQUIRE(e.own.connect(e.now, 5'001, 1'024) == errc::ok);
        static_cast<void>(e.says());
        e.learn();
        tags.insert(e.own_tag);
        // Sent again, the SYN has the same tag: it is the record's for life.
        REQUIRE(e.says_within(100ms).what.control == "SYN");
        CHECK(e.announced().tag == e.own_tag);
        CHECK(e.abort() == errc::ok);
        CHECK(e.told() == "closed aborted 0/0/0");
    }
    CHECK(tags.size() == 200);
    CHECK(tags.count(0) == 0);
}

TEST_CASE(
    "TAG: refusals in SYN-SENT: reflected tags must be ours; untagged ones are believed "
    "unless tags are required",
    "[conformance][R-7.12][T-G14]") {
    const bool required = GENERATE(false, true);
    setup s;
    if (required) s.options.required = features::tag;
    agreed_lone e{tagged, s};
    REQUIRE(e.own.connect(e.now, 5'001, 1'024) == errc::ok);
    CHECK(e.says() == syn(200));
    e.learn();
    const auto refused = rrdp::wire::reset_reason::refused;
    e.hear(e.peer.rst(0, 200, {.form = kind::bare_tagged, .reason = refused, .tag = 99}));
    CHECK(e.dropped(drop_reason::bad_tag) == 1);
    CHECK(e.told().empty());
    e.hear(e.peer.rst(0, 200, {.form = kind::bare, .reason = refused}));
    CHECK(e.told() == (required ? "" : "closed refused(1) 0/0/0"));
    if (!required) return;
    CHECK(e.dropped(drop_reason::bad_tag) == 2);
    e.hear(e.peer.rst(0, 200, {.form = kind::bare_tagged, .reason = refused, .tag = e.own_tag}));
    CHECK(e.told() == "closed refused(1) 0/0/0");
}

TEST_CASE("TAG: in SYN-SENT a segment that names another incarnation is answered by RST 2",
          "[conformance][R-7.15][R-3.16]") {
    agreed_lone e{tagged};
    REQUIRE(e.own.connect(e.now, 5'001, 1'024) == errc::ok);
    CHECK(e.says() == syn(200));
    e.learn();
    auto old = e.peer;
    old.words.tag = 0x0a0b'0c0d;
    e.hear(old.ack(300, 200));  // the ACK fits by chance, the tag does not
    CHECK(e.says() == rst(201, 2).ack(300));
    CHECK(e.reset().tag == 0x0a0b'0c0dU);
    CHECK(e.at() == rrdp::state::syn_sent);
    CHECK(e.says_within(100ms) == syn(200));
}

TEST_CASE("TAG: in SYN-SENT an ACK of our SYN that names nobody is early, not of another",
          "[conformance][R-7.15]") {
    agreed_lone e{tagged};
    REQUIRE(e.own.connect(e.now, 5'001, 1'024) == errc::ok);
    CHECK(e.says() == syn(200));
    e.learn();
    e.hear(rrdp::testing::segments{.source_port = 5'001, .destination_port = 1'024}.ack(101, 200));
    CHECK(e.says() == nothing());
    CHECK(e.dropped(drop_reason::early_segment) == 1);
    CHECK(e.dropped(drop_reason::stale_ack) == 0);
    e.hear(e.peer.syn_ack(100, 200, e.reply(e.own_tag)));
    CHECK(e.told() == "connected");
}

TEST_CASE("TAG: the peer's SYN once more, which echoes nothing, gets an ACK and no SYN ACK",
          "[conformance][R-7.21]") {
    agreed_lone e{tagged};
    REQUIRE(e.open_actively());
    e.hear(e.peer.syn(100, e.offer()));
    CHECK(e.says() == ack(100).seq(201));
    CHECK(e.says() == nothing());
    CHECK(e.at() == rrdp::state::open);
}

}  // namespace
}  // namespace script
