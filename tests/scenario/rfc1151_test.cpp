// SPDX-License-Identifier: Apache-2.0
#include <rrdp/testing/segments.hpp>

#include "support/catch.hpp"
#include "support/pair.hpp"

/// What RFC 1151 corrected in RFC 908, as exchanges in the notation of RFC 908, chapter 5. Beside
/// each drawing: what the text of RFC 908 would have done instead.
namespace script {
namespace {

using rrdp::errc;

/// OPEN at both sides, an ACK for every segment: A's next number is 100, B's 201, X is `x`.
struct corrected : pair {
    static setup of(std::uint16_t first, std::uint16_t x) {
        setup s;
        s.first = first;
        s.options = rrdp::profiles::paper_exact;
        s.options.max_outstanding = x;
        s.options.receive_slots = static_cast<std::uint16_t>(2 * x);
        return s;
    }
    explicit corrected(std::uint16_t x = 32) : pair{of(99, x), of(200, x)} { REQUIRE(open()); }

    frame data_from_a(std::uint16_t number) {
        REQUIRE(a.send(now, std::to_string(number)) == errc::ok);
        const frame f = from_a();
        CHECK(f == data(number, std::to_string(number)).ack(200));
        return f;
    }
};

//      Host A (X of B is 1)             Host B
//
// 1.   <SEQ=100><ACK=200><Data>  --->
// 2.                             <--- <SEQ=201><ACK=100>
// 3.   <SEQ=101><ACK=200><Data>  --->
//
// RFC 908: SND.UNA = SEG.ACK, so that 100 still counts, the window of one is full, and A is stuck.
TEST_CASE("RFC 1151, 1: an acknowledged segment leaves the window",
          "[scenario][rfc1151:1][R-7.23]") {
    corrected p{1};
    p.to_b(p.data_from_a(100));
    REQUIRE(p.a.send(p.now, "101") == errc::ok);
    CHECK(p.from_a() == nothing());
    CHECK(p.carry_b_to_a() == ack(100).seq(201));
    CHECK(p.carry_a_to_b() == data(101, "101").ack(200));
}

//      Host A                           Host B
//
// 1.   <SEQ=100><SYN>            --->
// 2.                             <--- <SEQ=300><ACK=77>          (of an older connection)
// 3.   <SEQ=78><ACK=300><RST>    --->
// 4.   <SEQ=100><SYN>            --->
// 5.                             <--- <SEQ=200><ACK=100><SYN>
// 6.   <SEQ=101><ACK=200>        --->
//
// RFC 908 drops everything that has an ACK before it looks for a SYN ACK: 5 is lost on it.
TEST_CASE("RFC 1151, 2: in SYN-SENT a wrong ACK is answered, a right one is used",
          "[scenario][rfc1151:2][R-7.13][R-7.15]") {
    pair p;
    REQUIRE(p.b.listen(7) == errc::ok);
    REQUIRE(p.a.connect(p.now, 7, 5'001) == errc::ok);
    CHECK(p.from_a() == syn(100));  // lost
    const rrdp::testing::segments old{.source_port = 7, .destination_port = 5'001};
    p.a.engine().handle_frame(p.now, old.ack(300, 77));
    CHECK(p.from_a() == rst(78, 2).ack(300));
    p.wait(100ms);
    CHECK(p.carry_a_to_b() == syn(100));
    CHECK(p.carry_b_to_a() == syn(200).ack(100));
    CHECK(p.carry_a_to_b() == ack(200).seq(101));
    CHECK(p.a.told() == "connected");
    CHECK(p.b.told() == "accepted");
}

//      Host A                           Host B (CLOSED)
//
// 1.   <SEQ=100><ACK=200><Data>  --->
// 2.                             <--- <SEQ=201><ACK=100><RST>
//
// RFC 908 acknowledges RCV.CUR, which a side without a record does not have.
TEST_CASE("RFC 1151, 3: the RST of a side without a record acknowledges SEG.SEQ",
          "[scenario][rfc1151:3][R-7.5]") {
    corrected p;
    const frame f = p.data_from_a(100);
    p.b.crash();
    p.to_b(f);
    CHECK(p.carry_b_to_a() == rst(201, 2).ack(100));
    CHECK(p.a.told() == "closed reset(2) 1/1/0");
}

//      Host A (CLOSE-WAIT)              Host B
//
// 1.                             <--- <SEQ=202><ACK=101><RST>
// 2.                             <--- <SEQ=201><ACK=100><FIN>    (the ACK of it was lost)
// 3.   <SEQ=101><ACK=201>        --->
//
// RFC 908 would have left CLOSE-WAIT at once, so that nobody could answer 2.
TEST_CASE("RFC 1151, 4: an RST in CLOSE-WAIT changes nothing", "[scenario][rfc1151:4][R-7.35]") {
    pair p{{.first = 99}, {.first = 200}};
    REQUIRE(p.open());
    REQUIRE(p.a.engine().close(p.now, p.a.id) == errc::ok);
    CHECK(p.carry_a_to_b() == fin(100).ack(200));
    frame second;
    for (frame f = p.from_b(); f; f = p.from_b()) {
        if (f.shows.what.control == "FIN") second = f;
        p.to_a(f);
    }
    CHECK(second == fin(201).ack(100));
    CHECK(p.from_a() == ack(201).seq(101));  // lost
    REQUIRE(p.a.state() == rrdp::state::close_wait);
    const rrdp::testing::segments b{.source_port = 7, .destination_port = 5'001};
    p.a.engine().handle_frame(p.now, b.rst(202, 101));
    CHECK(p.a.state() == rrdp::state::close_wait);
    p.to_a(second);
    CHECK(p.carry_a_to_b() == ack(201).seq(101));
}

//      Host A                           Host B
//
// 1.   <SEQ=100><ACK=200><Data> (segment lost)
// 2.   <SEQ=101><ACK=200><Data> (segment lost)
// 3.   <SEQ=102><ACK=200><Data>  --->
// 4.                             <--- <SEQ=201><ACK=99><EA=102>
// 5.   <SEQ=100><ACK=200><Data>  --->
// 6.                             <--- <SEQ=201><ACK=100><EA=102>
//
// RFC 908 sends a list only for a segment out of sequence: 6 would have none.
TEST_CASE("RFC 1151, 5: a list goes with the ACK of a segment in sequence, too",
          "[scenario][rfc1151:5][R-2.13][R-8.13]") {
    corrected p;
    const frame first = p.data_from_a(100);
    static_cast<void>(p.data_from_a(101));
    p.to_b(p.data_from_a(102));
    CHECK(p.carry_b_to_a() == ack(99).seq(201).ea({102}));
    p.to_b(first);
    CHECK(p.carry_b_to_a() == ack(100).seq(201).ea({102}));
}

//      Host A                           Host B (X = 2: the window is 100, 101, 102, 103)
//
// 1.   <SEQ=103><ACK=200><Data>  --->
// 2.                             <--- <SEQ=201><ACK=99><EA=103>
// 3.   <SEQ=104><ACK=200><Data>  --->
// 4.                             <--- <SEQ=201><ACK=99><EA=103>  (beyond: not taken)
//
// RFC 908 takes RCV.CUR + 2*X + 1 as well, one more than the sender may use.
TEST_CASE("RFC 1151, 6: the right edge is outside the window", "[scenario][rfc1151:6][R-7.2]") {
    corrected p{2};
    const rrdp::testing::segments a{.source_port = 5'001, .destination_port = 7};
    p.b.engine().handle_frame(p.now, a.data(103, 200, "103"));
    CHECK(p.from_b() == ack(99).seq(201).ea({103}));
    p.b.engine().handle_frame(p.now, a.data(104, 200, "104"));
    CHECK(p.from_b() == ack(99).seq(201).ea({103}));
    CHECK(p.b.dropped(rrdp::drop_reason::beyond_window) == 1);
}

//      Host A                           Host B (X = 1, reads nothing: room for two)
//
// 1.   <SEQ=100><ACK=200><Data>  --->
// 2.                             <--- <SEQ=201><ACK=100>
// 3.   <SEQ=101><ACK=200><Data>  --->
// 4.                             <--- <SEQ=201><ACK=101>
// 5.   <SEQ=102><ACK=200><Data>  --->                            (no slot: not acknowledged)
//                                                                (B reads one)
// 6.   <SEQ=102><ACK=200><Data>  --->
// 7.                             <--- <SEQ=201><ACK=102>
//
// RFC 908 acknowledges 5 when it arrives, wherever it is to be put.
TEST_CASE("RFC 1151, 7: a receiver that does not read closes the window by its silence",
          "[scenario][rfc1151:7][R-8.17][R-8.23]") {
    corrected p{1};
    p.to_b(p.data_from_a(100));
    CHECK(p.carry_b_to_a() == ack(100).seq(201));
    p.to_b(p.data_from_a(101));
    CHECK(p.carry_b_to_a() == ack(101).seq(201));
    p.to_b(p.data_from_a(102));
    CHECK(p.from_b() == nothing());
    CHECK(p.b.dropped(rrdp::drop_reason::no_slot) == 1);
    CHECK(p.b.taken() == "100");
    p.wait(200ms);
    CHECK(p.carry_a_to_b() == data(102, "102").ack(200));
    CHECK(p.carry_b_to_a() == ack(102).seq(201));
    CHECK(p.b.all_taken() == "101 102");
}

}  // namespace
}  // namespace script
