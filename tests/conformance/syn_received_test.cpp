// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/lone.hpp"

/// Section 7.5: SYN-RCVD, of a record that a listener made and of one whose SYN met another.
namespace script {
namespace {

using rrdp::drop_reason;

/// A record that a listener made: the peer's SYN was 100, the SYN ACK 200.
struct passive : lone {
    explicit passive(const setup& s = {}) : lone{s} {
        REQUIRE(own.listen(1'024) == rrdp::errc::ok);
        hear(peer.syn(100, offer()));
        REQUIRE(says() == syn(200).ack(100));
    }
    [[nodiscard]] rrdp::state at() { return own.engine().observer().states[0]; }
};

/// A record whose SYN 200 met the peer's SYN 100.
struct simultaneous : lone {
    simultaneous() {
        REQUIRE(own.connect(now, 5'001, 1'024) == rrdp::errc::ok);
        REQUIRE(says() == syn(200));
        hear(peer.syn(100, offer()));
        REQUIRE(says() == syn(200).ack(100));
    }
};

TEST_CASE("SYN-RCVD: an exact RST frees a passive record unseen and ends an active one",
          "[conformance][R-7.16][R-19.14][T-H5]") {
    SECTION("passive") {
        passive e;
        e.hear(e.peer.rst(101, 200));
        CHECK(e.own.engine().connections() == 0);
        CHECK(e.told().empty());
        CHECK(e.silent_for(4s));
    }
    SECTION("active") {
        simultaneous e;
        e.hear(e.peer.rst(101, 200, {.reason = rrdp::wire::reset_reason::no_resources}));
        CHECK(e.told() == "closed refused(5) 0/0/0");
        CHECK(e.own.engine().connections() == 0);
    }
    SECTION("with the number a recordless peer echoes, that of a pure ACK") {
        passive e;
        e.hear(e.peer.rst(101, 201));
        CHECK(e.own.engine().connections() == 0);
    }
}

TEST_CASE("SYN-RCVD: any other RST in the window is challenged, the rest is dropped",
          "[conformance][R-7.16][R-7.4]") {
    passive e;
    SECTION("in the window") {
        e.hear(e.peer.rst(102, 200));
        CHECK(e.says() == ack(100).seq(201));
        e.hear(e.peer.rst(228, 200));
        CHECK(e.says() == ack(100).seq(201));
        CHECK(e.stats().challenges_sent == 2);
    }
    SECTION("beyond, old, or with an ACK that cannot be") {
        e.hear(e.peer.rst(229, 200));
        e.hear(e.peer.rst(100, 200));
        e.hear(e.peer.rst(101, 202));
        CHECK(e.says() == nothing());
        CHECK(e.dropped(drop_reason::inexact_reset) == 3);
    }
    CHECK(e.at() == rrdp::state::syn_received);
}

TEST_CASE("SYN-RCVD: the SYN again gets the SYN ACK again, at once",
          "[conformance][R-7.17][D6][T-H2]") {
    passive e;
    e.hear(e.peer.syn(100, e.offer()));
    CHECK(e.says() == syn(200).ack(100));
    CHECK(e.says() == nothing());
    CHECK(e.own.engine().connections() == 1);
}

TEST_CASE("SYN-RCVD: another SYN is challenged, and the peer's answer frees the record",
          "[conformance][R-7.17][R-7.21][R-7.16]") {
    passive e;  // the peer has restarted meanwhile, and opens with 700
    e.hear(e.peer.syn(700, e.offer()));
    CHECK(e.says() == ack(100).seq(201));
    e.hear(e.peer.rst(101, 201));  // in SYN-SENT it answers so
    CHECK(e.own.engine().connections() == 0);
    e.hear(e.peer.syn(700, e.offer()));
    CHECK(e.says().what.acknowledged == 700);
}

TEST_CASE("SYN-RCVD: a SYN ACK with other features than computed ends the attempt",
          "[conformance][R-7.17][R-5.7][T-H6]") {
    simultaneous e;
    auto p = e.offer();
    p.offered = {};
    e.hear(e.peer.syn_ack(100, 200, p));
    CHECK(e.says() == rst(201, 9).ack(100));
    CHECK(e.told() == "closed refused(9) 0/0/0");
    CHECK(e.own.engine().connections() ==
          1);  // a tombstone answers what the peer still sends
    CHECK(e.silent_for(3s));
    CHECK(e.own.engine().connections() == 0);
}

TEST_CASE("SYN-RCVD: a SYN ACK to something else gets the SYN ACK again", "[conformance][R-7.17]") {
    simultaneous e;
    e.hear(e.peer.syn_ack(100, 150, e.offer()));
    CHECK(e.says() == syn(200).ack(100));
    CHECK(e.told().empty());
}

TEST_CASE("SYN-RCVD: the ACK of the SYN opens, also an active record, and may carry data",
          "[conformance][R-7.18][T-H3]") {
    SECTION("passive, pure ACK") {
        passive e;
        e.hear(e.peer.ack(101, 200));
        CHECK(e.told() == "accepted");
        CHECK(e.says() == nothing());
    }
    SECTION("passive, data: the third ACK was lost, or never sent") {
        passive e;
        e.hear(e.peer.data(101, 200, "first words"));
        CHECK(e.own.all_told() == "accepted, readable");
        CHECK(e.own.taken() == "first words");
        CHECK(e.says_within(2ms) == ack(101).seq(201));
    }
    SECTION("active: the peer's SYN ACK was lost, its data arrive") {
        simultaneous e;
        e.hear(e.peer.data(101, 200, "first words"));
        CHECK(e.own.all_told() == "connected, readable");
        CHECK(e.own.taken() == "first words");
    }
    SECTION("passive, a list: the first data were lost") {
        passive e;
        e.hear(e.peer.data(102, 200, "second"));
        CHECK(e.told() == "accepted");
        CHECK(e.says() == ack(100).seq(201).ea({102}));
    }
    SECTION("passive, NUL") {
        passive e;
        e.hear(e.peer.nul(101, 200));
        CHECK(e.told() == "accepted");
        CHECK(e.says() == ack(101).seq(201));
    }
}

TEST_CASE("SYN-RCVD: what acknowledges something else is answered by RST 2, and it stays",
          "[conformance][R-7.18][R-3.15][rfc1151:2]") {
    passive e;
    e.hear(e.peer.ack(101, 199));
    CHECK(e.says() == rst(200, 2).ack(101));
    e.hear(e.peer.data(101, 201, "x"));
    CHECK(e.says() == rst(202, 2).ack(101));
    CHECK(e.at() == rrdp::state::syn_received);
    CHECK(e.told().empty());
    e.hear(e.peer.ack(101, 200));
    CHECK(e.told() == "accepted");
}

TEST_CASE("SYN-RCVD: a NUL without ACK does not open", "[conformance][R-7.18][R-19.1]") {
    passive e;
    auto nul = e.peer.nul(101, 0);
    nul[0] = std::byte{0x0b};
    rrdp::testing::repair_checksum(nul.room().first(nul.size()));
    e.hear(nul);
    CHECK(e.dropped(drop_reason::no_ack_flag) == 1);
    CHECK(e.at() == rrdp::state::syn_received);
    CHECK(e.says() == nothing());
}

TEST_CASE("SYN-RCVD: the SYN ACK is retransmitted, and given up after connect_timeout",
          "[conformance][R-7.19][R-9.5][R-3.17][R-20.2][T-H10]") {
    SECTION("passive: freed silently, nothing is sent to a peer that never answered") {
        passive e;
        const auto said = e.listen_to(3'001ms);
        CHECK(said.size() == 6);
        for (const shown& s : said) CHECK(s == syn(200).ack(100));
        CHECK(e.told().empty());
        CHECK(e.own.engine().connections() == 0);
        CHECK(e.stats().resets_out.total() == 0);
    }
    SECTION("active: timed_out(connect), RST reason 7, bare, and a tombstone") {
        simultaneous e;
        const auto said = e.listen_to(3'001ms);
        REQUIRE(said.size() >= 2);
        CHECK(said.back() == rst(201, 7).ack(100));
        CHECK(e.told() == "closed timed_out_connect 0/0/0");
        CHECK(e.own.engine().connections() == 1);
        CHECK(e.silent_for(4s + 100ms));
        CHECK(e.own.engine().connections() == 0);
    }
}

TEST_CASE("SYN-RCVD: abort() sends a bare RST with the numbers that are known",
          "[conformance][R-10.6][R-3.17][R-3.15]") {
    simultaneous e;
    CHECK(e.abort() == rrdp::errc::ok);
    CHECK(e.says() == rst(201, 6).ack(100));
    CHECK(e.told() == "closed aborted 0/0/0");
}

TEST_CASE("SYN-RCVD: sending has to wait for `connected`", "[conformance][R-8.7]") {
    simultaneous e;
    CHECK(e.send("early") == rrdp::errc::not_open);
}

}  // namespace
}  // namespace script
