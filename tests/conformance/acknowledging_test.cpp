// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/lone.hpp"

/// Section 8.3: when an acknowledgement is sent, and what is in it.
namespace script {
namespace {

/// OPEN, with an acknowledgement for every second segment and a delay of 1 ms.
struct receiver : lone {
    explicit receiver(const setup& s = {}) : lone{s} { REQUIRE(open_passively()); }
    void hear_data(std::uint16_t number) { hear(peer.data(number, 200, "x")); }
};

TEST_CASE("acknowledging: every second segment, or after the delay",
          "[conformance][R-8.11][R-7.3][T-D15]") {
    receiver e;
    e.hear_data(101);
    CHECK(e.says() == nothing());
    e.hear_data(102);
    CHECK(e.says() == ack(102).seq(201));
    CHECK(e.silent_for(500ms));
    const rrdp::instant arrived = e.now;
    e.hear_data(103);
    CHECK(e.says() == nothing());
    CHECK(e.says_within(2ms) == ack(103).seq(201));
    CHECK(e.now - arrived >= 1ms);
    CHECK(e.now - arrived <= 1'050us);
    CHECK(e.silent_for(300ms));
    CHECK(e.stats().acks_out == 2);
}

TEST_CASE("acknowledging: each segment, in the profile of the paper",
          "[conformance][R-8.11][R-18.1]") {
    setup s;
    s.options = rrdp::profiles::paper_exact;
    receiver e{s};
    for (std::uint16_t number = 101; number < 110; ++number) {
        e.hear_data(number);
        CHECK(e.says() == ack(number).seq(201));
    }
}

TEST_CASE("acknowledging: no policy stalls a small window", "[conformance][R-8.11][T-F4]") {
    setup s;
    s.options.ack_every = 1'000;
    s.options.max_outstanding = GENERATE(as<std::uint16_t>{}, 1, 2, 3, 4, 8);
    s.options.receive_slots = 16;
    receiver e{s};
    const std::uint16_t x = s.options.max_outstanding;
    const auto at_latest = std::max(1, x / 2);
    for (std::uint16_t i = 1; i <= at_latest; ++i) {
        CHECK(e.says() == nothing());
        e.hear_data(static_cast<std::uint16_t>(100 + i));
    }
    CHECK(e.says() == ack(static_cast<std::uint16_t>(100 + at_latest)).seq(201));
}

TEST_CASE("acknowledging: a gap at once, then every second; a filled gap at once, in part too",
          "[conformance][R-8.11][R-8.12][R-8.13][T-D15]") {
    receiver e;
    e.hear_data(103);
    CHECK(e.says() == ack(100).seq(201).ea({103}));
    e.hear_data(105);
    CHECK(e.says() == nothing());
    e.hear_data(106);
    CHECK(e.says() == ack(100).seq(201).ea({106, 105, 103}));
    e.hear_data(108);
    CHECK(e.says() == nothing());
    CHECK(e.says_within(2ms) == ack(100).seq(201).ea({108, 106, 105, 103}));
    e.hear_data(101);
    CHECK(e.says() == ack(101).seq(201).ea({108, 106, 105, 103}));
    e.hear_data(102);
    CHECK(e.says() == ack(103).seq(201).ea({108, 106, 105}));
    e.hear_data(110);  // the first beyond a gap since the last advance
    CHECK(e.says() == ack(103).seq(201).ea({110, 108, 106, 105}));
    e.hear_data(104);
    CHECK(e.says() == ack(106).seq(201).ea({110, 108}));
    e.hear_data(107);
    CHECK(e.says() == ack(108).seq(201).ea({110}));
    e.hear_data(109);
    CHECK(e.says() == ack(110).seq(201));
    CHECK(e.silent_for(500ms));
}

TEST_CASE("acknowledging: while a gap persists lists are not sent for each segment",
          "[conformance][R-8.12][T-D15]") {
    setup s;
    s.options.ack_every = 8;
    receiver e{s};
    std::size_t lists = 0;
    for (std::uint16_t number = 102; number < 102 + 64; ++number) {
        e.hear_data(number);
        while (!(e.says() == nothing())) ++lists;
    }
    CHECK(lists >= 8);
    CHECK(lists <= 9);
    CHECK(e.stats().eacks_out == lists);
}

TEST_CASE("acknowledging: a FIN, a keepalive, a NUL of unknown code, at once",
          "[conformance][R-8.11]") {
    setup s;
    s.options.auto_close = false;
    receiver e{s};
    e.hear(e.peer.nul(101, 200));
    CHECK(e.says() == ack(101).seq(201));
    e.hear(e.peer.nul(102, 200, rrdp::wire::nul_code{99}));
    CHECK(e.says() == ack(102).seq(201));
    e.hear(e.peer.fin(103, 200));
    CHECK(e.says() == ack(103).seq(201));
}

TEST_CASE("acknowledging: the list is as long as allowed, the newest first",
          "[conformance][R-8.13][R-3.11]") {
    setup s;
    s.options.eack_entries = 3;
    receiver e{s};
    for (const auto number : numbers{103, 105, 107, 109, 111}) e.hear_data(number);
    CHECK(e.says() == ack(100).seq(201).ea({111, 109, 107}));
}

TEST_CASE("acknowledging: a list is cut to what the peer and the own link take",
          "[conformance][R-3.11][R-3.29][T-C11]") {
    setup s;
    s.options.eack_entries = 248;
    SECTION("a peer with a small MSS") {
        lone e{s};
        auto p = e.offer();
        p.max_segment_size = 64;
        REQUIRE(e.open_passively(p));
        for (std::uint16_t number = 102; number < 102 + 60; ++number)
            e.hear(e.peer.data(number, 200, "x"));
        const seen list = e.says();
        CHECK(list.what.eacks.size() == 25);
        CHECK(list.what.eacks.front() == 161);
        CHECK(e.last().size() == 64);
    }
    SECTION("a link with a small MTU") {
        s.node.mtu = 100;
        lone e{s};
        REQUIRE(e.open_passively());
        for (std::uint16_t number = 102; number < 102 + 60; ++number)
            e.hear(e.peer.data(number, 200, "x"));
        CHECK(e.says().what.eacks.size() == 43);
        CHECK(e.last().size() == 100);
    }
}

/// A window of 256 numbers.
struct roomy_policy : watched<rrdp::wire::bare_framing> {
    static constexpr std::uint16_t max_outstanding = 128;
};

TEST_CASE("acknowledging: a list is cut to what a header can say, beside the words agreed on",
          "[conformance][R-3.11][R-3.9]") {
    setup s;
    s.options.offered = rrdp::wire::features::fin | rrdp::wire::features::credit;
    s.options.eack_entries = 248;
    s.options.max_outstanding = 128;
    s.options.receive_slots = 256;
    s.capacities.segments = 500;
    basic_lone<roomy_policy> e{s};
    REQUIRE(e.open_passively());
    for (std::uint16_t number = 102; number < 102 + 250; ++number)
        e.hear(e.peer.data(number, 200, "x"));
    e.says();
    const auto list = rrdp::wire::parse(e.last());
    REQUIRE(list);
    CHECK(list->base.control == rrdp::wire::flags_ack_eack);
    CHECK(list->base.header_length == 255);
    CHECK(list->octets.size() == 510);
    CHECK(rrdp::load_be16(list->variable(), 0) == 100 + 256);  // the credit word
    CHECK(rrdp::load_be16(list->variable(), 2) == 351);        // the newest
}

TEST_CASE("acknowledging: a segment with the current number settles what is owed, but not a list",
          "[conformance][R-8.14][R-8.2][T-D15]") {
    receiver e;
    e.hear_data(101);
    CHECK(e.send("answer") == rrdp::errc::ok);
    CHECK(e.says() == data(201, "answer").ack(101));
    CHECK(e.says_within(5ms).what.control == "Data");  // sent again; no pure ACK
    e.hear(e.peer.ack(102, 201));
    CHECK(e.stats().acks_out == 0);

    e.hear_data(103);
    CHECK(e.send("more") == rrdp::errc::ok);
    CHECK(e.says() == ack(101).seq(202).ea({103}));  // first: no data could carry it
    CHECK(e.says() == data(202, "more").ack(101));
}

TEST_CASE("acknowledging: a gap that closes before its list has left needs no list",
          "[conformance][R-8.13][R-8.14]") {
    receiver e;
    e.hear_data(102);
    e.hear_data(101);
    CHECK(e.says() == ack(102).seq(201));
    CHECK(e.says() == nothing());
    CHECK(e.silent_for(100ms));
}

TEST_CASE("acknowledging: without lists, an ACK for every arrival that a peer must hear of",
          "[conformance][R-8.13][R-9.9]") {
    setup s;
    s.options.eack_entries = 0;
    receiver e{s};
    e.hear_data(103);
    CHECK(e.says() == ack(100).seq(201));
    e.hear_data(101);
    CHECK(e.says() == ack(101).seq(201));
}

}  // namespace
}  // namespace script
