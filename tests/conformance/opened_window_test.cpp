// SPDX-License-Identifier: Apache-2.0
// What a window that was closed leaves behind when it opens, and what must not be swallowed.
#include "support/agreed.hpp"
#include "support/catch.hpp"

namespace script {
namespace {

using rrdp::errc;

setup small() {
    setup s;
    s.options.max_outstanding = 4;
    s.options.receive_slots = 8;
    return s;
}

/// Opened by a peer that promises eight numbers and has a round trip of 100 us.
struct narrow : agreed_lone {
    explicit narrow(features f) : agreed_lone{f, small()} {
        auto p = offer();
        p.max_outstanding = 4;
        REQUIRE(own.listen(1'024) == errc::ok);
        hear(peer.syn(100, p));
        REQUIRE(says() == syn(200).ack(100));
        learn();
        hear(peer.ack(101, 200));
        REQUIRE(told() == "accepted");
    }
    void hear_credit(std::uint16_t acknowledged, std::uint16_t edge) {
        peer.words.credit = edge;
        hear(peer.ack(101, acknowledged));
        peer.words.credit.reset();
    }
    /// All eight numbers are used up and acknowledged, and a ninth message waits.
    void close_window() {
        for (std::uint16_t n = 201; n <= 208; ++n) {
            REQUIRE(send("x") == errc::ok);
            REQUIRE(says() == data(n, "x").ack(100));
            jump(100us);
            hear_credit(n, 208);
        }
        REQUIRE(send("209") == errc::ok);
        REQUIRE(says() == nothing());
    }
};

TEST_CASE("credit: the first segment after a closed window has a time-out of its own",
          "[conformance][R-8.22][R-9.3]") {
    narrow e{features::fin | features::credit};
    e.close_window();
    const auto probe = *e.own.engine().next_timeout();
    e.jump(probe - e.now - 50us);  // the window opens just before it would be probed
    e.hear_credit(208, 216);
    CHECK(e.says() == data(209, "209").ack(100));
    e.jump(60us);
    CHECK(e.says() == nothing());
    CHECK(e.stats().retransmissions_rto == 0);
}

TEST_CASE("credit: waiting for it does not make the time-outs longer",
          "[conformance][R-8.22][R-9.2][R-9.4]") {
    narrow e{features::fin | features::credit};
    e.close_window();
    const auto rto = [&] { return e.own.engine().info(e.own.id)->rto; };
    const auto before = rto();
    for (int i = 0; i < 12; ++i) {
        CHECK(e.says_within(2s) == nul(208).ack(100));
        e.jump(100us);
        e.hear_credit(208, 208);
    }
    e.hear_credit(208, 216);
    CHECK(e.says() == data(209, "209").ack(100));
    CHECK(rto() == before);
}

TEST_CASE("credit: a NUL does not stand for the ACK that opens a window",
          "[conformance][R-8.14][R-8.21][R-3.9]") {
    narrow e{features::fin | features::credit | features::empty};
    for (std::uint16_t n = 101; n <= 108; ++n) e.hear(e.peer.data(n, 200, "x"));
    while (!(e.says() == nothing())) {}
    CHECK(e.words().credit == 108);
    CHECK_FALSE(e.own.all_taken().empty());
    REQUIRE(e.send("") == errc::ok);
    CHECK(e.says().what.control == "NUL");
    CHECK(e.says() == ack(108).seq(202));
    CHECK_FALSE(e.words().credit.has_value());  // wide open again
}

TEST_CASE("EACK: a duplicate beyond a gap is answered by the list, though data could leave",
          "[conformance][R-7.26][R-8.14]") {
    agreed_lone e{features::fin};
    REQUIRE(e.open_passively());
    e.hear(e.peer.data(102, 200, "x"));
    CHECK(e.says() == ack(100).seq(201).ea({102}));
    REQUIRE(e.send("out") == errc::ok);
    e.hear(e.peer.data(102, 200, "x"));
    CHECK(e.says() == ack(100).seq(201).ea({102}));
    CHECK(e.says() == data(201, "out").ack(100));
}

TEST_CASE("WIDE: a connection opens on the whole number of its SYN, not on half of it",
          "[conformance][R-1.1][R-7.18]") {
    agreed_lone e{features::fin | features::wide};
    REQUIRE(e.half_open());
    e.peer.words.acknowledgement_high = static_cast<std::uint16_t>(e.own_high + 3);
    e.hear(e.peer.ack(101, 200));
    CHECK(e.told().empty());
    CHECK(e.says() == rst(201, 2).ack(101));
    e.peer.words.acknowledgement_high = e.own_high;
    e.hear(e.peer.ack(101, 200));
    CHECK(e.told() == "accepted");
}

}  // namespace
}  // namespace script
