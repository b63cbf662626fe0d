// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "support/catch.hpp"
#include "support/lone.hpp"

/// Section 5: what both sides say when a connection opens, and what they make of it.
namespace script {
namespace {

using rrdp::wire::features;

/// An engine of the profile of the paper: nothing but the three words of RFC 908.
setup paper() {
    setup s;
    s.options = rrdp::profiles::paper_exact;
    return s;
}

TEST_CASE("opening: a SYN announces the own X, the longest segment, and ordered delivery",
          "[conformance][R-5.1][R-5.6][R-5.9]") {
    setup s;
    s.options.max_outstanding = 17;
    s.options.receive_slots = 34;
    lone e{s};
    REQUIRE(e.own.connect(e.now, 5'001, 1'024) == rrdp::errc::ok);
    CHECK(e.says() == syn(200));
    const auto p = e.announced();
    CHECK(p.max_outstanding == 17);
    CHECK(p.max_segment_size == 1'500);
    CHECK(p.sequenced);
    CHECK(p.offered == features::fin);
    REQUIRE(p.timing);
    CHECK(p.timing->ack_delay_us == 1'000);
    CHECK(p.timing->ack_every == 2);
    CHECK(p.timing->keepalive_ms == 1'000);
}

TEST_CASE("opening: a segment of the pool must hold what the SYN invites", "[conformance][R-5.1]") {
    setup s;
    s.capacities.segment_max = 100;
    lone e{s};
    REQUIRE(e.own.connect(e.now, 5'001, 1'024) == rrdp::errc::ok);
    CHECK(e.says() == syn(200));
    CHECK(e.announced().max_segment_size == 114);
}

TEST_CASE("opening: the profile of the paper sends the three words of RFC 908 and no more",
          "[conformance][R-18.2][R-5.1][T-H9]") {
    lone e{paper()};
    REQUIRE(e.own.connect(e.now, 5'001, 1'024) == rrdp::errc::ok);
    CHECK(e.says() == syn(200));
    CHECK(e.last().size() == 20);
    CHECK(e.announced().max_outstanding == 32);
    CHECK_FALSE(e.announced().extended);
    e.hear(e.peer.syn_ack(100, 200));
    CHECK(e.told() == "connected");
    CHECK(e.says() == ack(100).seq(201));
    CHECK(e.send("paper") == rrdp::errc::ok);
    CHECK(e.says() == data(201, "paper").ack(100));
    CHECK(e.last().size() == 14 + 5);
}

TEST_CASE("opening: what is effective is what both offer, and the SYN ACK says it",
          "[conformance][R-5.6][R-5.4][R-3.7][T-H6]") {
    lone e;
    REQUIRE(e.own.listen(1'024) == rrdp::errc::ok);
    auto p = e.offer();
    SECTION("more than the engine knows") {
        p.offered = features::fin | features::credit | features::empty;
        e.hear(e.peer.syn(100, p));
        CHECK(e.says() == syn(200).ack(100));
        CHECK(e.announced().offered == features::fin);
    }
    SECTION("nothing") {
        p.offered = {};
        e.hear(e.peer.syn(100, p));
        CHECK(e.says() == syn(200).ack(100));
        CHECK(e.announced().offered == features{});
    }
    SECTION("a plain peer") {
        e.hear(e.peer.syn(100));
        CHECK(e.says() == syn(200).ack(100));
        CHECK(e.announced().offered == features{});
    }
}

TEST_CASE("opening: a SYN ACK with a feature that was not offered is answered by RST 9",
          "[conformance][R-5.7][T-H6]") {
    lone e;
    REQUIRE(e.own.connect(e.now, 5'001, 1'024) == rrdp::errc::ok);
    CHECK(e.says() == syn(200));
    auto p = e.offer();
    p.offered = features::fin | features::empty;
    e.hear(e.peer.syn_ack(100, 200, p));
    CHECK(e.says() == rst(201, 9).ack(100));
    CHECK(e.told() == "closed refused(9) 0/0/0");
    CHECK(e.own.engine().connections() ==
          1);  // a tombstone answers what the peer still sends
    CHECK(e.silent_for(3s));
    CHECK(e.own.engine().connections() == 0);
}

TEST_CASE("opening: a peer without a required feature is refused by either side",
          "[conformance][R-5.8][T-H4]") {
    setup s;
    s.options.required = features::fin;
    lone e{s};
    SECTION("by a listener, which makes no record") {
        REQUIRE(e.own.listen(1'024) == rrdp::errc::ok);
        e.hear(e.peer.syn(100));
        CHECK(e.says() == rst(0, 9).ack(100));
        CHECK(e.own.engine().connections() == 0);
        CHECK(e.told().empty());
    }
    SECTION("by an opener, of the SYN ACK") {
        REQUIRE(e.own.connect(e.now, 5'001, 1'024) == rrdp::errc::ok);
        CHECK(e.says() == syn(200));
        e.hear(e.peer.syn_ack(100, 200));
        CHECK(e.says() == rst(201, 9).ack(100));
        CHECK(e.told() == "closed refused(9) 0/0/0");
    }
    SECTION("by an opener, of a SYN that crosses its own") {
        REQUIRE(e.own.connect(e.now, 5'001, 1'024) == rrdp::errc::ok);
        CHECK(e.says() == syn(200));
        e.hear(e.peer.syn(100));
        CHECK(e.says() == rst(0, 9).ack(100));
        CHECK(e.told() == "closed refused(9) 0/0/0");
    }
    CHECK(e.says() == nothing());
}

TEST_CASE("opening: announcements above the own caps are clamped",
          "[conformance][R-5.5][T-H7][D5]") {
    setup s;
    s.options.send_cap = 3;
    lone e{s};
    auto p = e.offer();
    p.max_outstanding = 60'000;
    p.max_segment_size = 9'000;
    REQUIRE(e.open_passively(p));
    CHECK(e.own.engine().info(e.own.id)->message_max == 1'486);
    for (const char* text : {"1", "2", "3", "4", "5"}) CHECK(e.send(text) == rrdp::errc::ok);
    CHECK(e.says() == data(201, "1").ack(100));
    CHECK(e.says() == data(202, "2").ack(100));
    CHECK(e.says() == data(203, "3").ack(100));
    CHECK(e.says() == nothing());
}

TEST_CASE("opening: a small peer is heeded, in segments and in octets",
          "[conformance][R-5.5][R-3.27][D5]") {
    lone e;
    auto p = e.offer();
    p.max_outstanding = 1;
    p.max_segment_size = 64;
    REQUIRE(e.open_passively(p));
    CHECK(e.own.engine().info(e.own.id)->message_max == 50);
    CHECK(e.send(std::string(51, 'x')) == rrdp::errc::message_too_long);
    CHECK(e.send(std::string(50, 'x')) == rrdp::errc::ok);
    CHECK(e.send("y") == rrdp::errc::ok);
    CHECK(e.says() == data(201, std::string(50, 'x')).ack(100));
    CHECK(e.last().size() == 64);
    CHECK(e.says() == nothing());
    e.hear(e.peer.ack(101, 201));
    CHECK(e.says() == data(202, "y").ack(100));
}

TEST_CASE("opening: a peer without TIMING is assumed to acknowledge within a millisecond",
          "[conformance][R-5.10][R-9.2]") {
    const auto rto_with = [](const rrdp::wire::syn_parameters& p) {
        lone e;
        REQUIRE(e.open_passively(p));
        return e.own.engine().info(e.own.id)->rto;
    };
    auto p = lone{}.offer();
    p.timing = rrdp::wire::syn_timing{30'000, 2, 0};
    const rrdp::duration slow = rto_with(p);
    p.timing.reset();
    const rrdp::duration silent = rto_with(p);
    const rrdp::duration plain = rto_with(rrdp::testing::segments::plain());
    CHECK(silent == plain);
    // The handshake took no time: what is left is the granularity and the peer's delay, or the
    // least that is allowed.
    CHECK(silent == 2ms);
    CHECK(slow > 30ms);
    CHECK(slow < 31ms);
}

TEST_CASE("opening: the initial number comes from the caller's key, the port behind it, too",
          "[conformance][R-5.12][R-13.5][R-17.2]") {
    std::set<std::uint16_t> numbers;
    std::set<std::uint16_t> ports;
    for (std::uint64_t key = 0; key < 50; ++key) {
        rrdp::endpoint<bare_policy> engine{
            setup{}.capacities, {.node = rrdp::node_id{1}}, rrdp::entropy{key, 7}};
        REQUIRE(engine.add_node(rrdp::node_id{2}, {}) == rrdp::errc::ok);
        REQUIRE(engine.connect(rrdp::instant{1s}, {rrdp::node_id{2}, 7}));
        std::array<std::byte, 1'500> room{};
        REQUIRE(engine.poll_transmit(rrdp::instant{1s}, room));
        ports.insert(rrdp::load_be16(room, 2));
        numbers.insert(rrdp::load_be16(room, 8));
    }
    CHECK(numbers.size() >= 49);
    CHECK(ports.size() >= 49);
    CHECK(*ports.begin() >= 49'152);
}

TEST_CASE("opening: a SYN that is sent again says the same", "[conformance][R-5.15][R-9.4]") {
    lone e;
    std::vector<std::byte> first;
    const auto keep = [&] { first.assign(e.last().begin(), e.last().end()); };
    const auto same = [&] { return rrdp::testing::equal(first, e.last()); };
    SECTION("SYN") {
        REQUIRE(e.own.connect(e.now, 5'001, 1'024) == rrdp::errc::ok);
        CHECK(e.says() == syn(200));
        keep();
        for (int i = 0; i < 4; ++i) {
            CHECK(e.says_within(1s) == syn(200));
            CHECK(same());
        }
    }
    SECTION("SYN ACK") {
        REQUIRE(e.own.listen(1'024) == rrdp::errc::ok);
        e.hear(e.peer.syn(100, e.offer()));
        CHECK(e.says() == syn(200).ack(100));
        keep();
        for (int i = 0; i < 4; ++i) {
            CHECK(e.says_within(1s) == syn(200).ack(100));
            CHECK(same());
        }
    }
    CHECK(e.stats().retransmissions_open == 4);
}

TEST_CASE("opening: a plain peer gets plain segments, a FIN that it will only acknowledge, an RST",
          "[conformance][R-5.10][R-10.5][T-H9][T-K3]") {
    lone e;
    REQUIRE(e.open_actively(rrdp::testing::segments::plain()));
    CHECK(e.own.engine().info(e.own.id)->agreed == features{});
    CHECK(e.send("all of it") == rrdp::errc::ok);
    CHECK(e.close() == rrdp::errc::ok);
    CHECK(e.says() == data(201, "all of it").ack(100));
    CHECK(e.says() == fin(202).ack(100));
    e.hear(e.peer.ack(101, 201));
    CHECK(e.says() == nothing());
    e.hear(e.peer.ack(101, 202));
    CHECK(e.says() == rst(203, 6).ack(100));
    CHECK(e.told() == "closed unanswered 1/1/1");
    // That RST is lost: the tombstone answers whatever the peer sends, exactly.
    e.hear(e.peer.data(101, 202, "more"));
    CHECK(e.says() == rst(203, 2).ack(101));
}

TEST_CASE("SYN: times that its words cannot say are told as the longest they can",
          "[conformance][R-5.2]") {
    setup s;
    s.options.keepalive = 70s;
    lone e{s};
    REQUIRE(e.own.connect(e.now, 5'001, 1'024) == rrdp::errc::ok);
    CHECK(e.says() == syn(200));
    REQUIRE(e.announced().timing);
    CHECK(e.announced().timing->keepalive_ms == 0xffff);
    CHECK(e.announced().timing->ack_delay_us == 1'000);
}

}  // namespace
}  // namespace script
