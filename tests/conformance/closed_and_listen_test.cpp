// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/lone.hpp"

/// Sections 7.2, 7.3 and 3.4: no record, and a listener.
namespace script {
namespace {

using rrdp::drop_reason;

TEST_CASE("closed: an RST is dropped, everything else is answered by one",
          "[conformance][R-7.5][R-3.18][R-2.14][rfc1151:3]") {
    lone e;
    SECTION("a SYN: refused, <SEQ=0>") {
        e.hear(e.peer.syn(100));
        CHECK(e.says() == rst(0, 1).ack(100));
    }
    SECTION("a SYN ACK: <SEQ=SEG.ACK+1><ACK=SEG.SEQ>") {
        e.hear(e.peer.syn_ack(100, 200));
        CHECK(e.says() == rst(201, 2).ack(100));
    }
    SECTION("a pure ACK") {
        e.hear(e.peer.ack(101, 65'535));
        CHECK(e.says() == rst(0, 2).ack(101));
    }
    SECTION("data") {
        e.hear(e.peer.data(101, 200, "x"));
        CHECK(e.says() == rst(201, 2).ack(101));
    }
    SECTION("a NUL") {
        e.hear(e.peer.nul(101, 200));
        CHECK(e.says() == rst(201, 2).ack(101));
    }
    SECTION("a list") {
        e.hear(e.peer.eack(101, 200, {202}));
        CHECK(e.says() == rst(201, 2).ack(101));
    }
    SECTION("an RST") {
        e.hear(e.peer.rst(101, 200));
        CHECK(e.dropped(drop_reason::stray_reset) == 1);
    }
    CHECK(e.says() == nothing());
    CHECK(e.own.engine().connections() == 0);
    CHECK(e.stats().dropped() == 1);
}

TEST_CASE("closed: of answers that nobody takes 64 wait, and the rest is counted",
          "[conformance][R-7.5][R-7.6]") {
    lone e;
    for (std::uint16_t i = 0; i < 70; ++i) {
        e.now += 20ms;
        e.hear(e.peer.ack(static_cast<std::uint16_t>(1'000 + i), 1));
    }
    CHECK(e.stats().resets_crowded_out == 6);
    CHECK(e.stats().resets_suppressed == 0);
    for (std::uint16_t i = 0; i < 64; ++i)
        CHECK(e.says() == rst(2, 2).ack(static_cast<std::uint16_t>(1'000 + i)));
    CHECK(e.says() == nothing());
}

TEST_CASE("closed: a long header is reflected as if it carried a tag, a short one is not",
          "[conformance][R-3.16][R-3.15][R-2.18]") {
    lone e;
    e.hear(e.peer.eack(101, 200, {0xabcd, 0x1234, 203}));
    CHECK(e.says() == rst(201, 2).ack(101));
    const auto reset = rrdp::wire::parse_reset(*rrdp::wire::parse(e.last()), {});
    REQUIRE(reset);
    CHECK(reset->form == rrdp::wire::reset_form::kind::bare_tagged);
    CHECK(reset->tag == 0xabcd'1234U);
    CHECK(e.last().size() == 20);

    e.hear(e.peer.eack(101, 200, {203}));
    CHECK(e.says() == rst(201, 2).ack(101));
    CHECK(e.last().size() == 16);
}

TEST_CASE("closed: the tag of a SYN is reflected", "[conformance][R-3.16]") {
    lone e;
    auto p = rrdp::testing::segments::plain();
    p.extended = true;
    p.offered = rrdp::wire::features::tag;
    p.tag = 0xfeed'beefU;
    e.hear(e.peer.syn(100, p));
    CHECK(e.says() == rst(0, 1).ack(100));
    const auto reset = rrdp::wire::parse_reset_opening(*rrdp::wire::parse(e.last()));
    REQUIRE(reset);
    CHECK(reset->tag == 0xfeed'beefU);
}

TEST_CASE("closed: bare RSTs are limited for each node, a burst and then a hundred a second",
          "[conformance][R-7.6]") {
    lone e;
    std::size_t answers = 0;
    for (int i = 0; i < 1'000; ++i) {
        e.hear(e.peer.data(101, 200, "x"));
        answers += e.says() == rst(201, 2).ack(101);
    }
    CHECK(answers == 16);
    CHECK(e.stats().resets_out.total() == 16);
    CHECK(e.stats().resets_suppressed == 984);
    answers = 0;
    for (int ms = 0; ms < 2'000; ++ms) {
        e.now += 1ms;
        e.hear(e.peer.data(101, 200, "x"));
        answers += e.says() == rst(201, 2).ack(101);
    }
    CHECK(answers >= 190);
    CHECK(answers <= 210);
}

TEST_CASE("closed: two endpoints without a record exchange one RST and no more",
          "[conformance][R-7.5][R-3.18][T-K5]") {
    lone e;
    e.hear(e.peer.data(101, 200, "stray"));
    CHECK(e.says() == rst(201, 2).ack(101));
    lone other;
    std::vector<std::byte> back{e.last().begin(), e.last().end()};
    other.hear(back);
    CHECK(other.says() == nothing());
}

TEST_CASE("listen: an RST is dropped, and anything but a SYN is treated as CLOSED does",
          "[conformance][R-7.10]") {
    setup s;
    s.node.unknown_ports =
        GENERATE(rrdp::unknown_port_policy::rst, rrdp::unknown_port_policy::ignore);
    lone e{s};
    REQUIRE(e.own.listen(1'024) == rrdp::errc::ok);
    e.hear(e.peer.rst(101, 200));
    CHECK(e.says() == nothing());
    e.hear(e.peer.ack(101, 200));
    CHECK(e.says() == rst(201, 2).ack(101));
    e.hear(e.peer.syn_ack(101, 200));
    CHECK(e.says() == rst(201, 2).ack(101));
    e.hear(e.peer.nul(101, 200));
    CHECK(e.says() == rst(201, 2).ack(101));
    CHECK(e.own.engine().connections() == 0);
}

TEST_CASE("listen: one listener serves many connections and never becomes one",
          "[conformance][R-7.9][R-7.11][D9][T-H5]") {
    lone e;
    REQUIRE(e.own.listen(1'024) == rrdp::errc::ok);
    auto other = e.peer;
    other.source_port = 5'002;
    e.hear(e.peer.syn(100, e.offer()));
    e.hear(other.syn(700, e.offer()));
    CHECK(e.says() == syn(200).ack(100));
    const seen second = e.says();
    REQUIRE(second.what.control == "SYN");
    CHECK(second.what.acknowledged == 700);
    e.hear(other.ack(701, *second.what.sequence));
    CHECK(e.told() == "accepted");
    CHECK(e.own.engine().info(e.own.id)->remote.port == 5'002);

    // The first one is reset while it is half open: no event, and the listener goes on.
    e.hear(e.peer.rst(101, 200));
    CHECK(e.told().empty());
    CHECK(e.own.engine().connections() == 1);
    e.hear(e.peer.syn(300, e.offer()));
    const seen third = e.says();
    REQUIRE(third.what.control == "SYN");
    CHECK(third.what.acknowledged == 300);
    e.hear(e.peer.ack(301, *third.what.sequence));
    CHECK(e.told() == "accepted");
}

TEST_CASE("listen: a SYN beyond the backlog is dropped silently, until there is room again",
          "[conformance][R-7.10][R-14.1][T-H10]") {
    setup s;
    s.node.backlog = 2;
    s.options.required = rrdp::wire::features::fin;
    lone e{s};
    REQUIRE(e.own.listen(1'024) == rrdp::errc::ok);
    auto opener = e.peer;
    for (std::uint16_t i = 0; i < 5; ++i) {
        opener.source_port = static_cast<std::uint16_t>(5'001 + i);
        e.hear(opener.syn(100, e.offer()));
    }
    CHECK(e.says().what.control == "SYN");
    CHECK(e.says().what.control == "SYN");
    CHECK(e.says() == nothing());
    CHECK(e.dropped(drop_reason::backlog_full) == 3);

    SECTION("a feature it lacks does not get it an answer") {
        e.hear(opener.syn(100));
        CHECK(e.says() == nothing());
    }
    SECTION("the half-open ones are freed after connect_timeout, without an event") {
        for (const shown& said : e.listen_to(3'100ms)) CHECK(said.control == "SYN");
        CHECK(e.own.all_told().empty());
        CHECK(e.own.engine().connections() == 0);
        e.hear(opener.syn(100, e.offer()));
        CHECK(e.says().what.control == "SYN");
    }
    SECTION("one that opens makes room") {
        const auto first = e.peer;
        e.hear(first.ack(101, 200));
        e.hear(opener.syn(100, e.offer()));
        CHECK(e.says().what.control == "SYN");
    }
}

TEST_CASE("listen: connections that the application has not heard of are bounded, too",
          "[conformance][R-14.1]") {
    setup s;
    s.node.accept_queue = 2;
    lone e{s};
    REQUIRE(e.own.listen(1'024) == rrdp::errc::ok);
    auto opener = e.peer;
    for (std::uint16_t i = 0; i < 4; ++i) {
        opener.source_port = static_cast<std::uint16_t>(5'001 + i);
        e.hear(opener.syn(100, e.offer()));
        const seen reply = e.says();
        if (reply == nothing()) continue;
        e.hear(opener.ack(101, *reply.what.sequence));
    }
    CHECK(e.dropped(drop_reason::accept_queue_full) == 2);
    CHECK(e.own.all_told() == "accepted, accepted");
    e.hear(opener.syn(100, e.offer()));
    CHECK(e.says().what.control == "SYN");
}

TEST_CASE("listen: no listener any more means refused; what is open stays open",
          "[conformance][R-7.5][R-7.9][T-H4]") {
    lone e;
    REQUIRE(e.open_passively());
    REQUIRE(e.own.engine().stop_listening(1'024) == rrdp::errc::ok);
    auto other = e.peer;
    other.source_port = 5'002;
    e.hear(other.syn(700));
    CHECK(e.says() == rst(0, 1).ack(700));
    e.hear(e.peer.data(101, 200, "still here"));
    CHECK(e.own.taken() == "still here");
    CHECK(e.own.engine().stop_listening(1'024) == rrdp::errc::not_listening);
}

}  // namespace
}  // namespace script
