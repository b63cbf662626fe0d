// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/lone.hpp"
#include "support/pair.hpp"

/// Section 13: links that keep no order.
namespace script {
namespace {

using rrdp::errc;
using rrdp::wire::features;

struct wide_window : bare_policy {
    static constexpr std::uint16_t max_outstanding = 16'383;
};

/// On a link that keeps no order, where a copy lives for 20 ms.
setup unordered_link() {
    setup s;
    s.node.fifo = false;
    s.node.msl = 20ms;
    s.capacities.governors = 2;
    return s;
}
template <class Side>
void wait_out(Side& e) {
    e.own.engine().handle_timeout(e.now);
    e.jump(20ms);
}

TEST_CASE("quiet time: after its start a node says nothing for a lifetime, where order is not kept",
          "[conformance][R-13.5]") {
    lone e{unordered_link()};
    const rrdp::instant start = e.now;
    CHECK(e.own.connect(e.now, 5'001, 1'024) == errc::ok);
    auto stranger = e.peer;
    stranger.source_port = 5'003;
    e.hear(stranger.data(101, 200, "stray"));
    CHECK_FALSE(e.own.engine().wants_transmit(e.now));
    CHECK(e.says() == nothing());
    CHECK(e.own.engine().next_timeout() == start + 20ms);
    CHECK(e.says_within(1s).what.control == "RST");
    CHECK(e.now == start + 20ms);
    CHECK(e.says() == syn(200));
    CHECK(e.own.engine().next_timeout() > e.now);
}

TEST_CASE("quiet time: where order is kept there is none", "[conformance][R-13.5][R-13.4]") {
    lone e;
    CHECK(e.own.connect(e.now, 5'001, 1'024) == errc::ok);
    CHECK(e.says() == syn(200));
}

TEST_CASE("window: more than 8191 is neither announced nor taken where order is not kept",
          "[conformance][R-5.16][T-W5][T-D11]") {
    setup s = unordered_link();
    s.options.receive_slots = 2 * 8'192;
    s.options.max_outstanding = 8'192;
    basic_lone<wide_window> e{s};
    wait_out(e);
    CHECK(e.own.listen(1'024) == errc::bad_max_outstanding);
    CHECK(e.own.connect(e.now, 5'001, 1'024) == errc::bad_max_outstanding);
    e.own.said.options.max_outstanding = 8'191;

    SECTION("a listener refuses") {
        CHECK(e.own.listen(1'024) == errc::ok);
        auto p = e.offer();
        p.max_outstanding = 8'192;
        e.hear(e.peer.syn(100, p));
        CHECK(e.says() == rst(0, 9).ack(100));
        CHECK(e.dropped(rrdp::drop_reason::window_too_large) == 1);
        CHECK(e.own.engine().connections() == 0);
        p.max_outstanding = 8'191;
        e.hear(e.peer.syn(100, p));
        CHECK(e.says() == syn(200).ack(100));
        CHECK(e.announced().max_outstanding == 8'191);
    }
    SECTION("an opener ends") {
        CHECK(e.own.connect(e.now, 5'001, 1'024) == errc::ok);
        CHECK(e.says() == syn(200));
        auto p = e.offer();
        p.max_outstanding = 8'192;
        e.hear(e.peer.syn_ack(100, 200, p));
        CHECK(e.says().what.control == "RST");
        CHECK(e.told() == "closed refused(9) 0/0/0");
    }
    SECTION("with WIDE agreed it is taken") {
        e.own.said.options.offered = features::fin | features::wide;
        CHECK(e.own.listen(1'024) == errc::ok);
        auto p = e.offer();
        p.max_outstanding = 8'192;
        e.hear(e.peer.syn(100, p));
        CHECK(e.says() == syn(200).ack(100));
    }
}

TEST_CASE("window: on a link that keeps order 16383 is announced and taken",
          "[conformance][R-5.16][R-5.1]") {
    setup s;
    s.options.max_outstanding = 16'383;
    s.options.receive_slots = 2 * 16'383;
    basic_lone<wide_window> e{s};
    auto p = e.offer();
    p.max_outstanding = 16'383;
    CHECK(e.open_passively(p));
}

TEST_CASE("governor: without one that is free a connection is refused, and a closed one frees it",
          "[conformance][R-13.2]") {
    setup s = unordered_link();
    s.capacities.governors = 1;
    lone e{s};
    wait_out(e);
    REQUIRE(e.open_passively());
    auto other = e.peer;
    other.source_port = 5'002;
    e.hear(other.syn(300, e.offer()));
    CHECK(e.says() == rst(0, 5).ack(300));
    CHECK(e.dropped(rrdp::drop_reason::governors_in_use) == 1);
    CHECK(e.abort() == errc::ok);
    static_cast<void>(e.says());
    e.hear(other.syn(300, e.offer()));
    CHECK(e.says().what.control == "SYN");
}

TEST_CASE("governor: a link without order asks for governors at construction",
          "[conformance][R-17.6]") {
    setup s = unordered_link();
    s.capacities.governors = 0;
    s.node.node = rrdp::node_id{1};
    const rrdp::endpoint<bare_policy> none{s.capacities, s.node, {1, 1}};
    CHECK(none.status() == errc::bad_capacities);
    s.capacities.governors = 1;
    const rrdp::endpoint<bare_policy> one{s.capacities, s.node, {1, 1}};
    CHECK(one.status() == errc::ok);
}

/// Sends as fast as `pace` for fifty numbers and their acknowledgement allows, until a number is
/// held back; how many were sent. Those since the last fifty are not acknowledged.
std::uint16_t fill_half_a_circle(lone& e, rrdp::duration pace = 0us) {
    std::uint16_t left = 0;
    std::array<std::byte, 1'500> frame;
    while (left < 40'000 && e.stats().governor_stalls == 0) {
        REQUIRE(e.send("x") == errc::ok);
        REQUIRE(e.own.engine().poll_transmit(e.now, frame));
        ++left;
        if (left % 50 != 0) continue;
        e.now += pace;
        e.own.engine().handle_frame(e.now, e.peer.ack(101, static_cast<std::uint16_t>(200 + left)));
        e.own.engine().handle_timeout(e.now);
    }
    REQUIRE(e.stats().governor_stalls == 1);
    REQUIRE(left % 50 != 0);
    return left;
}

TEST_CASE("governor: half a circle a lifetime is as fast as it goes, then the timer goes on",
          "[conformance][R-13.2][R-13.3]") {
    const auto pace = GENERATE(0us, 30us);
    setup s = unordered_link();
    s.options.keepalive = 0ms;
    s.options.congestion = rrdp::congestion_kind::fixed;
    lone e{s};
    wait_out(e);
    REQUIRE(e.open_passively());
    const rrdp::instant start = e.now;
    const std::uint16_t left = fill_half_a_circle(e, pace);
    CHECK(left <= 0x8000);
    CHECK(left > 0x8000 - 2'048);  // the block of the SYN began before it
    e.own.engine().handle_frame(e.now, e.peer.ack(101, static_cast<std::uint16_t>(200 + left)));
    CHECK(e.send("held back") == errc::ok);
    CHECK(e.says() == nothing());
    REQUIRE(e.own.engine().next_timeout());
    CHECK(e.says_within(1s).what.control == "Data");
    CHECK(e.now - start >= 20ms);
    CHECK(e.now - start < 21ms + 2'048 * pace / 50);
    CHECK(e.stats().governor_stalls == 1);
}

TEST_CASE("governor: the next number is assigned when it is free, though a probe is due only later",
          "[conformance][R-13.2]") {
    lone e{unordered_link()};
    wait_out(e);
    REQUIRE(e.open_passively());
    // Half a circle in nearly a lifetime; a probe is due after twice this round trip.
    const std::uint16_t left = fill_half_a_circle(e, 31'450ns);
    const rrdp::instant stalled = e.now;
    CHECK(e.send("held back") == errc::ok);
    CHECK(e.says() == nothing());
    const auto next = static_cast<std::uint16_t>(200 + left + 1);
    CHECK(e.says_within(1ms) == data(next, "held back").ack(100));
    CHECK(e.now > stalled);
    CHECK(e.now < stalled + 2 * 31'450ns);
    CHECK(e.stats().retransmissions_tlp == 0);
}

TEST_CASE("governor: what is on its way is probed also while the next number is held back",
          "[conformance][R-13.2][R-9.8]") {
    lone e{unordered_link()};
    wait_out(e);
    REQUIRE(e.open_passively());
    const rrdp::instant start = e.now;
    const std::uint16_t left = fill_half_a_circle(e);
    CHECK(e.send("held back") == errc::ok);
    const auto last = static_cast<std::uint16_t>(200 + left);
    CHECK(e.says_within(15ms) == data(last, "x").ack(100));
    CHECK(e.stats().retransmissions_tlp == 1);
    e.hear(e.peer.ack(101, last));
    CHECK(e.says() == nothing());
    const auto next = static_cast<std::uint16_t>(last + 1);
    CHECK(e.says_within(20ms) == data(next, "held back").ack(100));
    CHECK(e.now - start >= 20ms);
    CHECK(e.stats().governor_stalls == 1);
}

TEST_CASE("governor: where the next number is held back an idle peer is asked without one",
          "[conformance][R-13.2][R-11.1]") {
    setup s = unordered_link();
    s.options.keepalive = 5ms;
    lone e{s};
    wait_out(e);
    REQUIRE(e.open_passively());
    const std::uint16_t left = fill_half_a_circle(e);
    const auto last = static_cast<std::uint16_t>(200 + left);
    e.own.engine().handle_frame(e.now, e.peer.ack(101, last));
    CHECK(e.says_within(10ms) == nul(last).ack(100));  // a number that was used
    CHECK(e.stats().keepalives_out == 0);
    e.hear(e.peer.ack(101, last));
    CHECK(e.send("held back") == errc::ok);
    CHECK(e.says_within(4ms) == nothing());
}

TEST_CASE("quiet time: what is over within it is told then, and not after it",
          "[conformance][R-13.5]") {
    setup s = unordered_link();
    s.options.connect_timeout = 5ms;
    lone e{s};
    const rrdp::instant start = e.now;
    CHECK(e.own.connect(e.now, 5'001, 1'024) == errc::ok);
    REQUIRE(e.own.engine().next_timeout());
    CHECK(*e.own.engine().next_timeout() < start + 6ms);
    e.jump(6ms);
    CHECK(e.own.all_told() == "closed timed_out_connect 0/0/0");
    CHECK(e.says() == nothing());
}

TEST_CASE("quiet time: a removed link is lost within it, if that is due earlier",
          "[conformance][R-13.5][T-L6]") {
    setup s = unordered_link();
    s.node.link_grace = 5ms;
    lone e{s};
    const rrdp::instant start = e.now;
    e.own.engine().handle_timeout(e.now);
    CHECK(e.own.engine().next_timeout() == start + 20ms);
    e.own.engine().handle_link(e.now, rrdp::link_state::removed);
    CHECK(e.own.engine().next_timeout() == start + 5ms);
    e.jump(5ms);
    CHECK(e.own.engine().next_timeout() == start + 20ms);
}

}  // namespace
}  // namespace script
