// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/pair.hpp"

/// RFC 908, chapter 5: the examples of opening, and of a host that has crashed. The drawings are
/// the RFC's; where the protocol differs, a note says so.
namespace script {
namespace {

using rrdp::errc;
using rrdp::state;

setup paper(std::uint16_t first) {
    setup s;
    s.first = first;
    s.options = rrdp::profiles::paper_exact;
    return s;
}

//            Host A                         Host B
//
// 1.    CLOSED                                             LISTEN
// 2.    SYN-SENT    <SEQ=100><SYN> --->
// 3.                               <--- <SEQ=200><ACK=100><SYN,ACK>
//                                                         SYN-RCVD
// 4.    OPEN    <SEQ=101><ACK=200> --->                    OPEN
// 5.      <SEQ=101><ACK=200><Data> --->
// 6.                               <--- <SEQ=201><ACK=101>
TEST_CASE("RFC 908 5.1: connection establishment", "[scenario][rfc908:5.1][R-7.11][R-7.13]") {
    pair p{paper(100), paper(200)};
    REQUIRE(p.b.listen(7) == errc::ok);
    REQUIRE(p.a.connect(p.now, 7, 5'001) == errc::ok);
    CHECK(p.carry_a_to_b() == syn(100));
    CHECK(p.a.state() == state::syn_sent);
    CHECK(p.carry_b_to_a() == syn(200).ack(100));
    CHECK(p.b.engine().observer().states[0] == state::syn_received);
    CHECK(p.a.state() == state::open);
    CHECK(p.carry_a_to_b() == ack(200).seq(101));
    CHECK(p.a.told() == "connected");
    CHECK(p.b.told() == "accepted");
    CHECK(p.b.state() == state::open);
    CHECK(p.a.send(p.now, "hello") == errc::ok);
    CHECK(p.carry_a_to_b() == data(101, "hello").ack(200));
    CHECK(p.carry_b_to_a() == ack(101).seq(201));
    CHECK(p.carry_a_to_b() == nothing());
    CHECK(p.b.told() == "readable");
    CHECK(p.b.taken() == "hello");
}

//       Host A                         Host B
//
// 1.   CLOSED                                           CLOSED
// 2.   SYN-SENT <SEQ=100><SYN>  --->
//                               <--- <SEQ=200><SYN>     SYN-SENT
// 3.   SYN-RCVD                                         SYN-RCVD
//    <SEQ=100><ACK=200><SYN,ACK> --->
//                               <--- <SEQ=200><ACK=100><SYN,ACK>
// 4.   OPEN                                             OPEN
//
// Each SYN ACK is acknowledged at once, as always: two ACKs the RFC does not draw.
TEST_CASE("RFC 908 5.2: simultaneous connection establishment",
          "[scenario][rfc908:5.2][R-7.14][R-7.17][T-H3]") {
    pair p{paper(100), paper(200)};
    REQUIRE(p.a.connect(p.now, 7, 5'001) == errc::ok);
    REQUIRE(p.b.connect(p.now, 5'001, 7) == errc::ok);
    const frame syn_of_a = p.from_a();
    const frame syn_of_b = p.from_b();
    CHECK(syn_of_a == syn(100));
    CHECK(syn_of_b == syn(200));
    p.to_b(syn_of_a);
    p.to_a(syn_of_b);
    CHECK(p.a.state() == state::syn_received);
    CHECK(p.b.state() == state::syn_received);
    const frame reply_of_a = p.from_a();
    const frame reply_of_b = p.from_b();
    CHECK(reply_of_a == syn(100).ack(200));
    CHECK(reply_of_b == syn(200).ack(100));
    p.to_b(reply_of_a);
    p.to_a(reply_of_b);
    CHECK(p.a.told() == "connected");
    CHECK(p.b.told() == "connected");
    CHECK(p.carry_a_to_b() == ack(200).seq(101));
    CHECK(p.carry_b_to_a() == ack(100).seq(201));
    CHECK(p.settle());
    CHECK(p.sent_by_a() == 3);
    CHECK(p.sent_by_b() == 3);
}

/// OPEN at both sides as the pictures 5.7 and 5.8 begin: the last number of A was 100, the next
/// one of B is 200.
struct before_the_crash : pair {
    before_the_crash() : pair{paper(99), paper(199)} {
        REQUIRE(open());
        REQUIRE(a.send(now, "before the crash") == errc::ok);
        REQUIRE(carry_a_to_b() == data(100, "before the crash").ack(199));
        REQUIRE(carry_b_to_a() == ack(100).seq(200));
        REQUIRE(b.told() == "readable");
        REQUIRE(b.taken() == "before the crash");
    }
};

//    Host A                                  Host B
//
// 1.  OPEN                                     OPEN
//    (crash!)               <--- <SEQ=200><ACK=100><ACK>
// 2.  CLOSED                                   OPEN
//    (recover)
// 3.  SYN-SENT                                 OPEN
//             <SEQ=400><SYN> --->             (?)
// 4.  SYN-SENT                                 OPEN
//      (!)                  <--- <SEQ=200><ACK=100><ACK>
// 5.  SYN-SENT                                 OPEN
//             <SEQ=101><RST> --->             (abort)
// 6.  SYN-SENT                                 CLOSED
// 7.  SYN-SENT <SEQ=400><SYN> --->
//
// The RST also has the number it answers, <ACK=200> (RFC 1151), and a reason. RFC 1151 would close
// A here; it stays in SYN-SENT, which is what makes step 7 possible.
TEST_CASE("RFC 908 5.7: detecting a half-open connection on crash recovery",
          "[scenario][rfc908:5.7][R-7.15][R-7.20][R-7.21][T-H8][T-P3]") {
    before_the_crash p;
    p.a.crash(400);
    REQUIRE(p.a.connect(p.now, 7, 5'001) == errc::ok);
    CHECK(p.carry_a_to_b() == syn(400));
    CHECK(p.b.state() == state::open);
    CHECK(p.carry_b_to_a() == ack(100).seq(200));
    CHECK(p.carry_a_to_b() == rst(101, 2).ack(200));
    CHECK(p.b.told() == "closed reset(2) 0/0/0");
    CHECK(p.a.state() == state::syn_sent);
    CHECK(p.a.told().empty());
    p.wait(1s);
    CHECK(p.carry_a_to_b() == syn(400));
    CHECK(p.settle());
    CHECK(p.a.told() == "connected");
    CHECK(p.b.told() == "accepted");
}

//    Host A                         Host B
//
// 1.  (crash!)                                            OPEN
// 2.  CLOSED                <--- <SEQ=200><ACK=100><Data> OPEN
// 3.  CLOSED  <SEQ=101><RST> --->                         (abort)
// 4.  CLOSED                                              CLOSED
TEST_CASE("RFC 908 5.8: detecting a half-open connection from the active side",
          "[scenario][rfc908:5.8][R-7.5][R-7.20][T-P3]") {
    before_the_crash p;
    p.a.crash(400);
    CHECK(p.b.send(p.now, "hello?") == errc::ok);
    CHECK(p.carry_b_to_a() == data(200, "hello?").ack(100));
    CHECK(p.carry_a_to_b() == rst(101, 2).ack(200));
    CHECK(p.b.told() == "closed reset(2) 1/1/0");
    CHECK(p.b.engine().connections() == 0);
    CHECK(p.settle());
}

}  // namespace
}  // namespace script
