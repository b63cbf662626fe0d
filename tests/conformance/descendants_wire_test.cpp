// SPDX-License-Identifier: Apache-2.0
#include "support/agreed.hpp"
#include "support/catch.hpp"
#include "support/dice.hpp"
#include "support/pair.hpp"

/// What the users of RDP's descendants ran into (docs/protocol/cases.md, B-13 to B-24): what is
/// received. Each name says where somebody missed the behaviour.
namespace script {
namespace {

using rrdp::drop_reason;
using rrdp::errc;

TEST_CASE("slaclab/surf#1456: the newer ACK on a duplicate counts",
          "[conformance][bug][B-13][R-7.23][T-D9]") {
    lone e;
    REQUIRE(e.open_passively());
    CHECK(e.send("out") == errc::ok);
    CHECK(e.says() == data(201, "out").ack(100));
    e.hear(e.peer.data(101, 200, "in"));
    e.hear(e.peer.data(101, 201, "in"));
    CHECK(e.dropped(drop_reason::duplicate) == 1);
    CHECK(e.own.ledger().confirmed == 1);
}

TEST_CASE("libcsp#744: a SYN ACK is not taken for a SYN",
          "[conformance][bug][B-14][R-7.10][R-2.11]") {
    lone e;
    REQUIRE(e.own.listen(1'024) == errc::ok);
    e.hear(e.peer.syn_ack(100, 4'000, e.offer()));
    CHECK(e.own.engine().connections() == 0);
    CHECK(e.says() == rst(4'001, 2).ack(100));
    CHECK(e.silent_for(5s));
}

TEST_CASE("libcsp#963, #966, #970, #157: lengths come first, and no list leaves its frame",
          "[conformance][bug][B-15][R-2.15][R-2.16][R-3.11]") {
    lone e;
    REQUIRE(e.open_passively());
    rrdp::testing::dice random{5};
    for (std::size_t size = 0; size < 600; ++size) {
        std::vector<std::byte> octets(size);
        for (std::byte& octet : octets) octet = static_cast<std::byte>(random.next());
        if (size > 0) octets[0] = std::byte{0x63};                            // ACK EACK
        if (size > 1) octets[1] = static_cast<std::byte>(random.below(256));  // any length
        const auto before = e.stats().dropped();
        e.own.engine().handle_frame(e.now, octets);
        REQUIRE(e.stats().dropped() == before + 1);
    }
    CHECK(e.dropped(drop_reason::short_frame) == 14);
    CHECK(e.dropped(drop_reason::bad_header_length) > 100);
    // A list as long as a header can be, of which 247 numbers are nonsense.
    auto longest = e.peer.eack(101, 200, {202});
    longest.resize(510);
    for (std::size_t i = 16; i < 510; ++i) longest[i] = static_cast<std::byte>(random.next());
    longest[1] = std::byte{255};
    rrdp::testing::repair_checksum(longest.room().first(510));
    CHECK(e.send("out") == errc::ok);
    CHECK(e.says() == data(201, "out").ack(100));
    e.hear(longest);
    CHECK(e.stats().eacks_in == 1);
    CHECK(e.own.engine().info(e.own.id)->outstanding == 1);
}

TEST_CASE("slaclab/rogue#1021: the header counts in the size of a segment, at both ends",
          "[conformance][bug][B-16][R-2.10][R-3.27][R-7.27]") {
    lone e;
    auto p = e.offer();
    p.max_segment_size = 200;
    REQUIRE(e.open_passively(p));
    CHECK(e.send(std::string(187, 'x')) == errc::message_too_long);
    CHECK(e.send(std::string(186, 'x')) == errc::ok);
    CHECK(e.says().what.data.size() == 186);
    CHECK(e.last().size() == 200);
    e.hear(e.peer.data(101, 200, std::string(1'486, 'y')));
    CHECK(e.own.taken().size() == 1'486);
    CHECK(e.stats().protocol_errors.total() == 0);
}

TEST_CASE("FreeRTOS-Plus-TCP#1235: challenge and RST do not chase each other",
          "[conformance][bug][B-17][R-10.7][R-7.20][T-K4]") {
    pair p;
    REQUIRE(p.open());
    for (int i = 0; i < 3; ++i) REQUIRE(p.a.send(p.now, "in flight") == errc::ok);
    while (p.from_a()) {}  // all three are lost
    REQUIRE(p.a.engine().abort(p.now, p.a.id) == errc::ok);
    CHECK(p.carry_a_to_b() == rst(104, 6).ack(200));  // not what b expects
    CHECK(p.carry_b_to_a() == ack(100).seq(201));     // so b asks
    CHECK(p.carry_a_to_b() == rst(101, 2).ack(201));  // and the tombstone knows
    CHECK(p.b.told() == "closed reset(2) 0/0/0");
    CHECK(p.settle());
    p.run_for(10s);
    CHECK(p.sent_by_b() == 2);  // the SYN ACK and the challenge
}

TEST_CASE("slaclab/rogue#266, #1062: options belong to a connection",
          "[conformance][bug][B-18][R-18.1]") {
    lone e;
    REQUIRE(e.own.listen(1'024) == errc::ok);
    rrdp::options other = only_fin;
    other.ack_every = 1;
    other.max_outstanding = 3;
    REQUIRE(e.own.engine().listen(1'025, other) == errc::ok);
    auto second = e.peer;
    second.destination_port = 1'025;
    e.hear(e.peer.syn(100, e.offer()));
    CHECK(e.says() == syn(200).ack(100));
    CHECK(e.announced().max_outstanding == 64);
    e.hear(second.syn(500, e.offer()));
    const auto first = *e.says().what.sequence;
    CHECK(e.announced().max_outstanding == 3);
    e.hear(e.peer.ack(101, 200));
    e.hear(second.ack(501, first));
    e.hear(second.data(501, first, "x"));
    CHECK(e.says().what.acknowledged == 501);  // each segment
    e.hear(e.peer.data(101, 200, "x"));
    CHECK(e.says() == nothing());  // each second one
}

TEST_CASE("libcsp and RSSI, in their sources: a stale ACK does not move SND.UNA",
          "[conformance][bug][B-19][R-7.1][R-7.23][T-D10]") {
    lone e;
    REQUIRE(e.open_passively());
    for (int i = 0; i < 8; ++i) CHECK(e.send("x") == errc::ok);
    while (!(e.says() == nothing())) {}
    e.hear(e.peer.ack(101, 205));
    for (std::uint32_t number = 0; number <= 0xffff; ++number) {
        if (number >= 206 && number <= 208) continue;
        e.own.engine().handle_frame(e.now, e.peer.ack(101, static_cast<std::uint16_t>(number)));
    }
    CHECK(e.own.ledger() == rrdp::send_ledger{8, 8, 5});
    CHECK(e.own.engine().info(e.own.id)->outstanding == 3);
    e.hear(e.peer.ack(101, 208));
    CHECK(e.own.ledger().confirmed == 8);
}

TEST_CASE("libcsp@74e2be15: numbers that begin at 65 535 open, carry and close like any others",
          "[conformance][bug][B-20][R-1.3][T-D2]") {
    const auto first = GENERATE(as<std::uint16_t>{}, 65'534, 65'535, 0, 0x7fff, 0x8000);
    const auto second = GENERATE(as<std::uint16_t>{}, 65'535, 0x7fff);
    pair p{{.first = first}, {.first = second}};
    REQUIRE(p.open());
    for (int i = 0; i < 4; ++i) {
        REQUIRE(p.a.send(p.now, "x") == errc::ok);
        REQUIRE(p.b.send(p.now, "y") == errc::ok);
    }
    const auto done = [&] { return p.a.ledger().confirmed + p.b.ledger().confirmed == 8; };
    REQUIRE(p.run_until(done, 1s));
    CHECK(p.b.all_taken() == "x x x x");
    CHECK(p.a.all_taken() == "y y y y");
    REQUIRE(p.a.engine().close(p.now, p.a.id) == errc::ok);
    REQUIRE(p.run_until([&] { return p.a.state() == rrdp::state::close_wait; }, 1s));
    CHECK(p.a.engine().stats().retransmissions_rto == 0);
}

TEST_CASE("libcsp@308d147b: what was acknowledged is delivered, however little memory there is",
          "[conformance][bug][B-21][R-7.27][R-7.28][T-D13]") {
    setup s;
    s.capacities = {
        .connections = 2, .rings = 2, .segments = 6, .nodes = 2, .listeners = 1, .option_sets = 2};
    s.first = 200;
    pair p{{.first = 100}, s};
    REQUIRE(p.open());
    std::string expected;
    for (int i = 0; i < 60; ++i) {
        REQUIRE(p.a.send(p.now, std::to_string(i)) == errc::ok);
        expected += std::to_string(i) + " ";
    }
    p.decide = [](bool, std::size_t n, const shown&) {
        return n % 9 == 4 ? fate::is_lost : fate::arrives;
    };
    std::string taken;
    std::size_t turns = 0;
    const auto read = [&] {
        if (++turns % 20 != 0) return false;  // a slow reader
        const std::string one = p.b.taken();
        taken += one.empty() ? "" : one + " ";
        return p.a.ledger().confirmed == 60;
    };
    CHECK(p.run_until(read, 100s));
    for (std::string one = p.b.taken(); !one.empty(); one = p.b.taken()) taken += one + " ";
    CHECK(taken == expected);
    CHECK(p.b.dropped(drop_reason::pool_exhausted) + p.b.dropped(drop_reason::no_slot) > 0);
}

TEST_CASE("libcsp#369, #597: nothing changes before every test is passed",
          "[conformance][bug][B-22][R-2.16][R-3.22][R-7.20][T-G10]") {
    lone e;
    REQUIRE(e.open_passively());
    for (int i = 0; i < 3; ++i) CHECK(e.send("x") == errc::ok);
    while (!(e.says() == nothing())) {}
    const auto unchanged = [&] {
        const auto i = *e.own.engine().info(e.own.id);
        return e.own.ledger() == rrdp::send_ledger{3, 3, 0} && i.outstanding == 3 &&
               i.at == rrdp::state::open && e.told().empty();
    };
    e.hear(e.peer.rst(40'000, 203));                        // stray, with an ACK of everything
    e.hear(e.peer.rst(102, 203));                           // in the window, not exact
    e.hear(e.peer.syn_ack(100, 203, e.offer()));            // a SYN ACK of everything
    e.hear(e.peer.data(40'000, 204, "an impossible ACK"));  // and a number beyond
    auto damaged = e.peer.ack(101, 203);
    damaged[13] ^= std::byte{1};
    e.hear(damaged);
    CHECK(unchanged());
    e.hear(e.peer.rst(101, 203));
    CHECK(e.told() == "closed reset(0) 3/3/0");  // and even the valid one confirms nothing
}

TEST_CASE("libcsp#596: no flag of the frame switches its integrity check off",
          "[conformance][bug][B-23][R-3.2][T-C9]") {
    agreed_lone e{features::fin | features::crc32c};
    REQUIRE(e.open_passively());
    auto damaged = e.peer.data(101, 200, "damaged");
    damaged[20] ^= std::byte{1};
    for (unsigned first = 0; first < 256; ++first) {
        for (const unsigned length : {7U, 8U, 9U, 10U}) {
            auto s = damaged;
            s[0] = static_cast<std::byte>(first);
            s[1] = static_cast<std::byte>(length);
            for (const auto covered :
                 {rrdp::wire::coverage::header_only, rrdp::wire::coverage::header_and_data}) {
                rrdp::testing::repair_checksum(s.room().first(s.size()), covered);
                e.own.engine().handle_frame(e.now, s);
            }
        }
    }
    CHECK(e.own.taken().empty());
    CHECK(e.at() == rrdp::state::open);
    CHECK(e.dropped(drop_reason::bad_crc) > 0);
}

TEST_CASE("libcsp@3e0e1650, @a5a74064: the end of one connection takes nothing from another",
          "[conformance][bug][B-24][R-6.3]") {
    lone e;
    REQUIRE(e.open_passively());
    const auto kept = e.own.id;
    auto other = e.peer;
    other.source_port = 5'002;
    e.hear(other.syn(700, e.offer()));
    const auto first = *e.says().what.sequence;
    e.hear(other.ack(701, first));
    CHECK(e.told() == "accepted");
    e.hear(e.peer.data(101, 200, "kept"));
    e.hear(other.data(701, first, "lost"));
    CHECK(e.send("lost, too") == errc::ok);
    e.hear(other.rst(702, first));
    e.own.id = kept;
    CHECK(e.own.taken() == "kept");
    CHECK(e.send("goes on") == errc::ok);
    shown said = e.says().what;
    while (said.control != "Data" && said != nothing()) said = e.says().what;
    CHECK(said == data(201, "goes on").ack(101));
}

}  // namespace
}  // namespace script
