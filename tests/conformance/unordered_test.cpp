// SPDX-License-Identifier: Apache-2.0
// Unordered delivery: SDM set by neither side.
#include "support/agreed.hpp"
#include "support/catch.hpp"
#include "support/dice.hpp"
#include "support/pair.hpp"

namespace script {

using rrdp::errc;
using rrdp::wire::nul_code;

namespace {

setup unordered(features f = features::fin) {
    setup s = offering(f);
    s.options.ordered = false;
    s.options.max_outstanding = 8;
    s.options.receive_slots = 16;
    return s;
}

/// Opened by a peer that asks for order, or not.
bool open(agreed_lone& e, bool peer_wants_order) {
    auto offer = e.offer();
    offer.sequenced = peer_wants_order;
    if (e.own.listen(1'024) != errc::ok) return false;
    e.hear(e.peer.syn(100, offer));
    if (!(e.says() == syn(200).ack(100))) return false;
    e.learn();
    e.hear(e.peer.ack(101, 200));
    return e.own.told() == "accepted";
}

}  // namespace

TEST_CASE("unordered: both sides must want it; one that asks for order gets it",
          "[conformance][R-5.9]") {
    const bool own_order = GENERATE(false, true);
    const bool peer_order = GENERATE(false, true);
    setup s = unordered();
    s.options.ordered = own_order;
    agreed_lone e{features::fin, s};
    REQUIRE(open(e, peer_order));
    CHECK(e.announced().sequenced == own_order);
    e.hear(e.peer.data(102, 200, "second"));
    CHECK(e.own.taken() == (own_order || peer_order ? "" : "second"));
    e.hear(e.peer.data(101, 200, "first"));
    CHECK(e.own.all_taken() == (own_order || peer_order ? "first second" : "first"));
}

TEST_CASE("unordered: a message beyond a gap is delivered once, however often it comes",
          "[conformance][R-7.29][R-7.26][R-19.8][T-D3][T-D8][D4]") {
    const bool read_at_once = GENERATE(true, false);
    agreed_lone e{features::fin, unordered()};
    REQUIRE(open(e, false));
    std::string read;
    const auto hear = [&](std::uint16_t n, const char* text) {
        e.hear(e.peer.data(n, 200, text));
        if (read_at_once) read += e.own.all_taken();
    };
    hear(102, "b");
    hear(102, "b");
    hear(104, "d");
    hear(102, "b");
    CHECK(e.says() == ack(100).seq(201).ea({104, 102}));  // held, for all the peer can see
    hear(101, "a");
    hear(102, "b");
    hear(103, "c");
    hear(104, "d");
    read += e.own.all_taken();
    read.erase(std::remove(read.begin(), read.end(), ' '), read.end());
    CHECK(read == "bdac");
    CHECK(e.dropped(rrdp::drop_reason::duplicate) == 4);
    CHECK(e.says() == ack(104).seq(201));
    CHECK(e.own.engine().segments_available() == 300);
    CHECK(e.own.engine().info(e.own.id)->unread == 0);
}

TEST_CASE("unordered: what was delivered early occupies a slot until it is taken",
          "[conformance][R-8.16][R-8.17]") {
    agreed_lone e{features::fin | features::credit, unordered(features::fin | features::credit)};
    REQUIRE(open(e, false));
    for (std::uint16_t n = 102; n <= 116; ++n) e.hear(e.peer.data(n, 200, "x"));
    while (e.says().what != nothing()) {}
    e.hear(e.peer.data(101, 200, "x"));  // all 16 are passed now, and none was taken
    CHECK(e.says() == ack(116).seq(201));
    CHECK(e.words().credit == 116);
    CHECK(e.own.engine().info(e.own.id)->unread == 16);
    for (int i = 0; i < 16; ++i) CHECK(e.own.taken() == "x");
    CHECK(e.own.taken().empty());
    CHECK(e.own.engine().info(e.own.id)->unread == 0);
    CHECK(e.own.engine().segments_available() == 300);
}

TEST_CASE("unordered: an empty message is delivered at once, and once",
          "[conformance][R-3.14][R-7.33][T-E6]") {
    const features f = features::fin | features::empty | features::frag;
    agreed_lone e{f, unordered(f)};
    REQUIRE(open(e, false));
    for (int i = 0; i < 3; ++i) e.hear(e.peer.nul(103, 200, nul_code::empty));
    REQUIRE(e.own.engine().receive(e.own.id).has_value());
    CHECK_FALSE(e.own.engine().receive(e.own.id).has_value());
    e.hear(e.peer.data(101, 200, "one", 0));
    e.hear(e.peer.data(102, 200, "two", 0));
    CHECK(e.own.all_taken() == "one two");
    CHECK_FALSE(e.own.engine().receive(e.own.id).has_value());
    CHECK(e.stats().messages_received.empty == 1);
}

TEST_CASE("unordered: a complete run behind a gap is delivered, the one right after it waits",
          "[conformance][R-7.33][T-M9]") {
    const features f = features::fin | features::frag;
    agreed_lone e{f, unordered(f)};
    REQUIRE(open(e, false));
    e.hear(e.peer.data(102, 200, "wait", 0));
    CHECK(e.own.taken().empty());  // 101 may belong to it
    e.hear(e.peer.data(104, 200, "two", 0));
    CHECK(e.own.taken().empty());
    e.hear(e.peer.data(103, 200, "one ", 1));
    CHECK(e.own.all_taken() == "one two");
    e.hear(e.peer.data(101, 200, "no ", 1));
    CHECK(e.own.all_taken() == "no wait");
    CHECK(e.own.engine().segments_available() == 300);
    while (e.says().what != nothing()) {}
    CHECK(e.silent_for(100ms));
}

TEST_CASE("unordered: what was delivered early survives the end, what was not does not",
          "[conformance][R-7.34][R-19.4][R-6.3]") {
    const features f = features::fin | features::frag;
    agreed_lone e{f, unordered(f)};
    REQUIRE(open(e, false));
    e.hear(e.peer.data(102, 200, "wait", 0));
    e.hear(e.peer.data(103, 200, "early", 0));
    e.hear(e.peer.data(104, 200, "half", 1));
    e.hear(e.peer.rst(101, 200));
    CHECK(e.own.told() == "readable");
    CHECK(e.own.told().empty());  // `closed` waits for the reader
    CHECK(e.own.all_taken() == "early");
    CHECK(e.own.told() == "closed reset(0) 0/0/0");
    CHECK(e.own.engine().segments_available() == 300);
}

TEST_CASE("unordered: over a bad wire each message arrives once, and the ledger stays a prefix",
          "[conformance][R-19.6][R-19.8][T-O8]") {
    setup s = unordered(features::fin | features::frag);
    s.capacities.segment_max = 60;
    pair p{s, s};
    REQUIRE(p.open());
    rrdp::testing::dice random{GENERATE(1U, 2U, 3U, 4U)};
    std::size_t out_of_order = 0;
    p.decide = [&](bool, std::size_t, const shown&) {
        if (random.chance(20)) return fate::is_lost;
        if (random.chance(20)) return fate::arrives_twice;
        return random.chance(20) ? fate::is_late : fate::arrives;
    };
    constexpr std::uint32_t count = 300;
    std::vector<int> seen(count);
    std::uint32_t sent = 0;
    std::uint32_t newest = 0;
    std::uint64_t confirmed = 0;
    const auto all_there = [&] {
        for (; sent < count; ++sent) {
            const std::string text = std::to_string(sent) + std::string(sent % 150, '.');
            if (p.a.send(p.now, text) != errc::ok) break;
        }
        for (std::string text = p.b.taken(); !text.empty(); text = p.b.taken()) {
            const auto n = static_cast<std::uint32_t>(std::stoul(text));
            if (text != std::to_string(n) + std::string(n % 150, '.')) return true;
            ++seen[n];
            out_of_order += n < newest ? 1U : 0U;
            newest = std::max(newest, n);
        }
        const auto l = p.a.ledger();
        if (l.confirmed < confirmed || l.sent < l.confirmed || l.accepted != sent) return true;
        confirmed = l.confirmed;
        return confirmed == count;
    };
    REQUIRE(p.run_until(all_there, 60s));
    CHECK(confirmed == count);
    CHECK(std::count(seen.begin(), seen.end(), 1) == count);
    CHECK(out_of_order > 20);  // or the wire was too good
}

TEST_CASE("unordered: behind a FIN nothing is delivered, early or late",
          "[conformance][R-7.29][R-7.33]") {
    setup s = unordered();
    s.options.auto_close = false;
    agreed_lone e{features::fin, s};
    REQUIRE(open(e, false));
    e.hear(e.peer.fin(101, 200));
    CHECK(e.own.all_told() == "peer_closed");
    e.hear(e.peer.data(103, 200, "beyond a gap"));
    e.hear(e.peer.data(102, 200, "in sequence"));
    CHECK(e.own.all_told().empty());
    CHECK(e.own.taken().empty());
    CHECK(e.own.engine().segments_available() == 300);
}

}  // namespace script
