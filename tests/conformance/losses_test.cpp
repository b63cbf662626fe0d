// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/lone.hpp"

/// Section 9: losses that are found before the timer expires.
namespace script {
namespace {

/// OPEN, with messages "1", "2", ... sent as 201, 202, ...
struct sender : lone {
    explicit sender(int count) {
        REQUIRE(open_passively());
        more(count);
    }
    void more(int count) {
        for (int i = 0; i < count; ++i) {
            REQUIRE(send(std::to_string(++sent_)) == rrdp::errc::ok);
            REQUIRE(says().what.control == "Data");
        }
    }

private:
    int sent_ = 0;
};

TEST_CASE("threshold: lost when three that were sent later are delivered, and not before",
          "[conformance][R-9.6][R-7.25][T-D16]") {
    sender e{6};
    e.hear(e.peer.eack(101, 200, {202}));
    CHECK(e.says() == nothing());
    e.hear(e.peer.eack(101, 200, {203, 202}));
    CHECK(e.says() == nothing());
    e.hear(e.peer.eack(101, 200, {204, 203, 202}));
    CHECK(e.says() == data(201, "1").ack(100));
    CHECK(e.says() == nothing());
    CHECK(e.stats().retransmissions_fast == 1);
    CHECK(e.stats().retransmissions_rto == 0);
}

TEST_CASE("threshold: a retransmission is judged by what was sent after it",
          "[conformance][R-9.6][T-D16]") {
    sender e{6};
    e.hear(e.peer.eack(101, 200, {204, 203, 202}));
    CHECK(e.says() == data(201, "1").ack(100));
    e.hear(e.peer.eack(101, 200, {206, 205, 204, 203, 202}));  // sent before it
    CHECK(e.says() == nothing());
    e.more(3);
    e.hear(e.peer.eack(101, 200, {209, 208, 207, 206, 205, 204, 203, 202}));
    CHECK(e.says() == data(201, "1").ack(100));
    CHECK(e.stats().retransmissions_fast == 2);
}

TEST_CASE("threshold: several losses in one window are found and sent again in order",
          "[conformance][R-9.6][T-D16]") {
    sender e{10};
    e.hear(e.peer.eack(101, 200, {209, 207, 205, 202}));
    CHECK(e.says() == data(201, "1").ack(100));
    CHECK(e.says() == data(203, "3").ack(100));
    CHECK(e.says() == data(204, "4").ack(100));
    CHECK(e.says() == nothing());  // 206 and 208 have two and one behind them
    e.hear(e.peer.ack(101, 210));
    CHECK(e.own.ledger().confirmed == 10);
    CHECK(e.says() == nothing());
}

TEST_CASE("threshold: what is acknowledged while it waits to be sent again is not sent again",
          "[conformance][R-9.6][R-7.23]") {
    sender e{6};
    e.hear(e.peer.eack(101, 200, {204, 203, 202}));
    e.hear(e.peer.ack(101, 204));
    CHECK(e.says() == nothing());
    CHECK(e.stats().retransmissions_fast == 0);
}

TEST_CASE("threshold: a cumulative ACK counts what it delivers, too", "[conformance][R-9.6]") {
    sender e{8};
    e.hear(e.peer.eack(101, 202, {204}));
    CHECK(e.says() == nothing());
    e.hear(e.peer.eack(101, 202, {206, 205, 204}));
    CHECK(e.says() == data(203, "3").ack(100));
}

/// OPEN after a handshake that took 8 ms, with `count` messages on the way: a round trip of 8 ms is
/// all that is known of the path, the acknowledgement delay is 1 ms.
struct far_sender : lone {
    explicit far_sender(int count) {
        REQUIRE(own.listen(1'024) == rrdp::errc::ok);
        hear(peer.syn(100, offer()));
        REQUIRE(says() == syn(200).ack(100));
        now += 8ms;
        hear(peer.ack(101, 200));
        REQUIRE(own.told() == "accepted");
        more(count);
    }
    void more(int count) {
        for (int i = 0; i < count; ++i) {
            REQUIRE(send(std::to_string(++sent_)) == rrdp::errc::ok);
            REQUIRE(says().what.control == "Data");
        }
    }
    /// 201 is delivered after 202: from now on the time decides, and not the number.
    void overtake() {
        now += 8ms;
        hear(peer.eack(101, 200, {202}));
        hear(peer.ack(101, 202));
    }

private:
    int sent_ = 0;
};

bool about(rrdp::duration seen, rrdp::duration wanted) {
    return seen >= wanted && seen < wanted + 20us;  // deadlines are on a tick
}

TEST_CASE("time window: what was overtaken is lost a round trip and a quarter after it left",
          "[conformance][R-9.7][T-D16]") {
    far_sender e{2};
    e.overtake();
    e.more(8);
    const rrdp::instant left = e.now;
    e.now += 8ms;
    e.hear(e.peer.eack(101, 202, {210, 209, 208, 207, 206, 205, 204}));
    CHECK(e.says() == nothing());  // seven behind it: the threshold does not count any more
    CHECK(e.says_within(5ms) == data(203, "3").ack(100));
    CHECK(about(e.now - left, 10ms));
    CHECK(e.stats().retransmissions_rack == 1);
    CHECK(e.stats().retransmissions_fast == 0);
    CHECK(e.says() == nothing());
}

TEST_CASE("time window: what arrives late, but in time, is not sent again",
          "[conformance][R-9.7][T-D16]") {
    far_sender e{2};
    e.overtake();
    e.more(8);
    e.now += 8ms;
    e.hear(e.peer.eack(101, 202, {210, 209, 208, 207, 206, 205, 204}));
    CHECK(e.silent_for(1ms));
    e.hear(e.peer.ack(101, 210));
    CHECK(e.silent_for(200ms));
    CHECK(e.own.ledger().confirmed == 10);
}

TEST_CASE("time window: a needless retransmission shows by its early answer, and widens it",
          "[conformance][R-9.7][T-D16]") {
    far_sender e{2};
    e.overtake();
    e.more(3);
    e.now += 8ms;
    e.hear(e.peer.eack(101, 202, {205, 204}));
    CHECK(e.says_within(5ms) == data(203, "3").ack(100));
    CHECK(e.stats().spurious_retransmissions == 0);
    e.now += 7ms;  // less than nine tenths of the shortest round trip
    e.hear(e.peer.ack(101, 205));
    CHECK(e.stats().spurious_retransmissions == 1);

    e.more(2);
    const rrdp::instant left = e.now;
    e.now += 8ms;
    e.hear(e.peer.eack(101, 205, {207}));
    // The answer to the first copy took 17 ms: so long, and a quarter of that, is waited now. The
    // probe of the tail does not wait.
    CHECK(e.says_within(10ms) == data(206, "6").ack(100));
    CHECK(e.now - left > 10ms);
    CHECK(e.stats().retransmissions_tlp == 1);
    CHECK(e.stats().retransmissions_rack == 1);
    e.now += 8ms;
    e.hear(e.peer.ack(101, 207));  // this one was needed
    CHECK(e.stats().spurious_retransmissions == 1);
}

TEST_CASE("time window: without reordering it finds the losses that fewer than three came after",
          "[conformance][R-9.6][R-9.7][T-D16]") {
    far_sender e{3};
    const rrdp::instant left = e.now;
    e.now += 8ms;
    e.hear(e.peer.eack(101, 200, {203}));
    CHECK(e.says_within(5ms) == data(201, "1").ack(100));
    CHECK(about(e.now - left, 10ms));
    CHECK(e.says() == data(202, "2").ack(100));
    CHECK(e.stats().retransmissions_rto == 0);
}

TEST_CASE("time window: a retransmission that is lost again is found by its place, too",
          "[conformance][R-9.6][R-9.7][T-D16]") {
    far_sender e{5};
    e.now += 8ms;
    e.hear(e.peer.eack(101, 200, {204, 203, 202}));
    CHECK(e.says() == data(201, "1").ack(100));
    e.more(2);
    const rrdp::instant left = e.now;
    e.now += 8ms;
    e.hear(e.peer.eack(101, 200, {207, 206, 205, 204, 203, 202}));
    CHECK(e.says_within(5ms) == data(201, "1").ack(100));
    CHECK(about(e.now - left, 10ms));
    CHECK(e.stats().retransmissions_rto == 0);
}

TEST_CASE("tail probe: the last segment of a silent flight is sent again, once",
          "[conformance][R-9.8][T-D16]") {
    far_sender e{3};
    const rrdp::instant left = e.now;
    CHECK(e.says_within(100ms) == data(203, "3").ack(100));
    CHECK(about(e.now - left, 16ms));  // twice the round trip
    CHECK(e.stats().retransmissions_tlp == 1);
    CHECK(e.says_within(100ms) == data(201, "1").ack(100));  // then the timer, and the oldest
    CHECK(e.stats().retransmissions_rto == 1);
    CHECK(e.stats().retransmissions_tlp == 1);
}

/// The same 100 us away, where segments have been seen to overtake each other and the time-out is
/// ten thousand round trips long: silence is probed again.
struct patient_sender : lone {
    explicit patient_sender(int count) : lone{patiently()} {
        REQUIRE(own.listen(1'024) == rrdp::errc::ok);
        hear(peer.syn(100, offer()));
        REQUIRE(says() == syn(200).ack(100));
        now += 100us;
        hear(peer.ack(101, 200));
        REQUIRE(own.told() == "accepted");
        more(2);
        now += 100us;
        hear(peer.eack(101, 200, {202}));
        hear(peer.ack(101, 202));
        more(count);
    }
    void more(int count) {
        for (int i = 0; i < count; ++i) {
            REQUIRE(send("x") == rrdp::errc::ok);
            REQUIRE(says().what.control == "Data");
        }
    }

private:
    static setup patiently() {
        setup s;
        s.options.rto_initial = s.options.rto_min = s.options.rto_max = 1s;
        s.options.keepalive = 0ms;
        return s;
    }
};

/// Until the connection has ended: what a peer gets that has died. The first probe leaves after two
/// round trips, each further one after twice the time; from the first time-out on there is none.
void check_bounded_silence(patient_sender& e) {
    const auto probes_before = e.stats().retransmissions_tlp;
    const auto rack_before = e.stats().retransmissions_rack;
    std::vector<rrdp::instant> left;
    rrdp::instant begin = e.now;
    for (int frames = 0; e.stats().retransmissions_rto == 0; ++frames) {
        REQUIRE(frames < 100);
        REQUIRE_FALSE(e.says_within(2s) == nothing());
        left.push_back(e.now);
    }
    CHECK(e.now - begin < 1s + 1ms);
    left.pop_back();  // the time-out
    REQUIRE(left.size() >= 5);
    CHECK(left.size() <= 14);  // 2^13 times 200 us are more than the time-out
    for (std::size_t i = 2; i < left.size(); ++i)
        CHECK(left[i] - left[i - 1] >= 19 * (left[i - 1] - left[i - 2]) / 10);
    const auto probes = e.stats().retransmissions_tlp - probes_before;
    CHECK(probes + e.stats().retransmissions_rack - rack_before == left.size());
    const auto rest = e.listen_to(10s);
    CHECK(rest.size() <= 10);  // one for each time-out, and the reset
    CHECK(rest.back().control == "RST");
    CHECK(e.stats().retransmissions_tlp == probes_before + probes);
    CHECK(e.told().substr(0, 21) == "closed timed_out_data");
}

TEST_CASE("tail probe: where order is not kept a dead peer is probed at intervals that double",
          "[conformance][R-9.8][R-9.5]") {
    patient_sender e{8};
    check_bounded_silence(e);
}

TEST_CASE("tail probe: what the peer repeats does not bring more of them",
          "[conformance][R-9.8][R-7.25]") {
    patient_sender e{8};
    e.now += 100us;
    const auto before = e.stats().retransmissions_tlp;
    int frames = 0;
    for (int i = 0; i < 2'000; ++i) {  // 200 ms of old news
        e.hear(e.peer.ack(101, 202));
        e.hear(e.peer.eack(101, 201, {202}));
        e.now += 100us;
        if (e.own.engine().next_timeout().value_or(rrdp::never) <= e.now)
            e.own.engine().handle_timeout(e.now);
        while (!(e.says() == nothing())) REQUIRE(++frames < 100);
    }
    CHECK(frames <= 10);
    CHECK(e.stats().retransmissions_tlp - before >= 5);
}

TEST_CASE("tail probe: a link that takes nothing is neither probed nor busy",
          "[conformance][R-9.8]") {
    patient_sender e{8};
    const rrdp::instant end = e.now + 900ms;  // before the time-out
    int wakes = 0;
    for (auto next = e.own.engine().next_timeout(); next && *next < end; ++wakes) {
        REQUIRE(wakes < 100);
        e.now = std::max(e.now, *next);
        e.own.engine().handle_timeout(e.now);
        next = e.own.engine().next_timeout();
    }
    CHECK(wakes <= 8);                   // hundreds, if each tick were one
    CHECK_FALSE(e.says() == nothing());  // the probe that waited
    CHECK(e.says() == nothing());
    CHECK(e.stats().retransmissions_tlp == 1);
    CHECK_FALSE(e.says_within(1ms) == nothing());  // and the next, by the time since it left
    CHECK(e.stats().retransmissions_tlp == 2);
}

TEST_CASE("tail probe: its answer brings the rest of the flight back without the timer",
          "[conformance][R-9.8][R-9.7][T-D16]") {
    far_sender e{3};
    CHECK(e.says_within(100ms) == data(203, "3").ack(100));
    e.now += 8ms;
    e.hear(e.peer.eack(101, 200, {203}));
    CHECK(e.says() == data(201, "1").ack(100));
    CHECK(e.says() == data(202, "2").ack(100));
    CHECK(e.stats().retransmissions_rto == 0);
}

TEST_CASE("tail probe: a lone segment has the time that its acknowledgement may be held back",
          "[conformance][R-9.8][T-D16]") {
    far_sender e{1};
    const rrdp::instant left = e.now;
    CHECK(e.says_within(100ms) == data(201, "1").ack(100));
    CHECK(about(e.now - left, 17ms));  // two round trips, after one sample, and the delay
    CHECK(e.stats().retransmissions_tlp == 1);
    e.now += 8ms;
    e.hear(e.peer.ack(101, 201));
    CHECK(e.silent_for(500ms));  // nothing outstanding, nothing to probe
}

TEST_CASE("tail probe: a peer that acknowledges after none acknowledges each",
          "[conformance][R-9.8][R-5.10]") {
    lone e;
    REQUIRE(e.own.listen(1'024) == rrdp::errc::ok);
    auto offer = e.offer();
    offer.timing = rrdp::wire::syn_timing{30'000, 0, 0};
    e.hear(e.peer.syn(100, offer));
    CHECK(e.says() == syn(200).ack(100));
    e.now += 8ms;
    e.hear(e.peer.ack(101, 200));
    CHECK(e.own.told() == "accepted");
    CHECK(e.send("1") == rrdp::errc::ok);
    CHECK(e.says() == data(201, "1").ack(100));
    e.now += 100us;
    e.hear(e.peer.ack(101, 201));
    const rrdp::instant left = e.now;  // sooner after this one: the round trip has become shorter
    CHECK(e.send("2") == rrdp::errc::ok);
    CHECK(e.says() == data(202, "2").ack(100));
    CHECK(e.says_within(100ms) == data(202, "2").ack(100));
    CHECK(e.stats().retransmissions_tlp == 1);
    CHECK(e.now - left < 15ms);
}

TEST_CASE("tail probe: none when the retransmission timer is due first", "[conformance][R-9.8]") {
    setup s;
    s.options.rto_max = 10ms;
    s.options.rto_initial = 10ms;
    lone e{s};
    REQUIRE(e.own.listen(1'024) == rrdp::errc::ok);
    e.hear(e.peer.syn(100, e.offer()));
    CHECK(e.says() == syn(200).ack(100));
    e.now += 8ms;
    e.hear(e.peer.ack(101, 200));
    CHECK(e.own.told() == "accepted");
    CHECK(e.send("x") == rrdp::errc::ok);
    CHECK(e.says() == data(201, "x").ack(100));
    CHECK(e.says_within(100ms) == data(201, "x").ack(100));
    CHECK(e.stats().retransmissions_rto == 1);
    CHECK(e.stats().retransmissions_tlp == 0);
}

TEST_CASE("duplicate ACKs: three of a peer that sends no lists act as the threshold",
          "[conformance][R-9.9][T-D16]") {
    sender e{6};
    e.hear(e.peer.ack(101, 201));
    e.hear(e.peer.ack(101, 201));
    e.hear(e.peer.ack(101, 201));
    CHECK(e.says() == nothing());
    e.hear(e.peer.ack(101, 201));
    CHECK(e.says() == data(202, "2").ack(100));
    CHECK(e.says() == nothing());
    CHECK(e.stats().retransmissions_fast == 1);
}

TEST_CASE(
    "duplicate ACKs: more of them do not send it again, a loss behind it is found by new ones",
    "[conformance][R-9.9][R-9.6][T-D16]") {
    sender e{12};
    for (int i = 0; i < 11; ++i) e.hear(e.peer.ack(101, 200));
    CHECK(e.says() == data(201, "1").ack(100));
    CHECK(e.says() == nothing());
    for (int i = 0; i < 11; ++i) e.hear(e.peer.ack(101, 200));  // answers to what left before it
    CHECK(e.says() == nothing());
    e.hear(e.peer.ack(101, 202));
    for (int i = 0; i < 11; ++i) e.hear(e.peer.ack(101, 202));
    CHECK(e.says() == data(203, "3").ack(100));
    CHECK(e.says() == nothing());
    CHECK(e.stats().retransmissions_fast == 2);
}

TEST_CASE("duplicate ACKs: of another number, with data, or from a peer with lists, they are none",
          "[conformance][R-9.9][T-D16]") {
    sender e{6};
    SECTION("older numbers") {
        e.hear(e.peer.ack(101, 202));
        for (int i = 0; i < 5; ++i) e.hear(e.peer.ack(101, 201));
    }
    SECTION("with data") {
        for (std::uint16_t i = 0; i < 6; ++i)
            e.hear(e.peer.data(static_cast<std::uint16_t>(101 + i), 200, "y"));
        static_cast<void>(e.says());
    }
    SECTION("NULs") {
        for (int i = 0; i < 6; ++i) e.hear(e.peer.nul(100, 200));
        static_cast<void>(e.says());
    }
    SECTION("of a peer that has sent a list") {
        e.hear(e.peer.eack(101, 200, {203}));
        for (int i = 0; i < 6; ++i) e.hear(e.peer.ack(101, 200));
    }
    SECTION("interrupted by progress") {
        e.hear(e.peer.ack(101, 200));
        e.hear(e.peer.ack(101, 200));
        e.hear(e.peer.ack(101, 201));
        e.hear(e.peer.ack(101, 201));
        e.hear(e.peer.ack(101, 201));
    }
    CHECK(e.says() == nothing());
    CHECK(e.stats().retransmissions_fast == 0);
}

TEST_CASE("duplicate ACKs: with nothing outstanding they mean nothing", "[conformance][R-9.9]") {
    sender e{0};
    for (int i = 0; i < 10; ++i) e.hear(e.peer.ack(101, 200));
    CHECK(e.says() == nothing());
    CHECK(e.silent_for(500ms));
}

}  // namespace
}  // namespace script
