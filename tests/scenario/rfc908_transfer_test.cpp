// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/pair.hpp"

/// RFC 908, chapter 5: the examples of transfer. The drawings are the RFC's; where the protocol
/// differs, a note says so. Lists begin with the newest arrival; the RFC has no order.
namespace script {
namespace {

using rrdp::errc;

/// OPEN at both sides, A's next number is 100 and B's 201, as in all these pictures.
struct transfer : pair {
    static setup of(std::uint16_t first, std::uint16_t x) {
        setup s;
        s.first = first;
        s.options = rrdp::profiles::paper_exact;  // an acknowledgement for every segment
        s.options.max_outstanding = x;
        return s;
    }
    explicit transfer(std::uint16_t x = 32) : pair{of(99, x), of(200, x)} { REQUIRE(open()); }

    /// Host A sends the data that have this number.
    frame data_from_a(std::uint16_t number) {
        REQUIRE(a.send(now, std::to_string(number)) == errc::ok);
        const frame f = from_a();
        CHECK(f == data(number, std::to_string(number)).ack(200));
        return f;
    }
};

//        Host A                           Host B
//
// 1.     <SEQ=100><ACK=200><Data>  --->
// 2.                               <--- <SEQ=201><ACK=100>
// 3.     <SEQ=101><ACK=200><Data> (segment lost)
// 5.     <SEQ=102><ACK=200><Data>  --->
// 6.                               <--  <SEQ=201><ACK=100><EA=102>
// 7.     <SEQ=103><ACK=200><Data>  --->
// 8.                               <--- <SEQ=201><ACK=100><EA=102,103>
// 9.     <SEQ=101><ACK=200><Data>  --->
// 10.                              <--- <SEQ=201><ACK=103>
// 11.    <SEQ=104><ACK=200><Data>  --->
// 12.                              <--- <SEQ=201><ACK=104>
//
// The RFC does not say what makes A send 101 again. Two later segments are not yet the threshold of
// three, so it is the timer; only the missing segment is sent again.
TEST_CASE("RFC 908 5.3: lost segments", "[scenario][rfc908:5.3][R-7.28][R-8.13][R-9.4]") {
    transfer p;
    p.to_b(p.data_from_a(100));
    CHECK(p.carry_b_to_a() == ack(100).seq(201));
    static_cast<void>(p.data_from_a(101));
    p.to_b(p.data_from_a(102));
    CHECK(p.carry_b_to_a() == ack(100).seq(201).ea({102}));
    p.to_b(p.data_from_a(103));
    CHECK(p.carry_b_to_a() == ack(100).seq(201).ea({103, 102}));
    CHECK(p.from_a() == nothing());
    p.wait(100ms);
    CHECK(p.carry_a_to_b() == data(101, "101").ack(200));
    CHECK(p.from_a() == nothing());
    CHECK(p.carry_b_to_a() == ack(103).seq(201));
    p.to_b(p.data_from_a(104));
    CHECK(p.carry_b_to_a() == ack(104).seq(201));
    CHECK(p.b.all_taken() == "100 101 102 103 104");
    CHECK(p.a.ledger() == rrdp::send_ledger{5, 5, 5});
}

//      Host A                           Host B
//
// 1.   <SEQ=100><ACK=200><Data>  --->
// 2.                             <--- <SEQ=201><ACK=100>
// 3.   <SEQ=101><ACK=200><Data> (delayed)
// 5.   <SEQ=102><ACK=200><Data>  --->
// 6.                             <--- <SEQ=201><ACK=100><EA=102>
// 7.   <SEQ=103><ACK=200><Data>  --->
//                                ---> (delayed segment 101 arrives)
// 8.                             <--- <SEQ=201><ACK=103>
// 9.   <SEQ=104><ACK=200><Data>  --->
// 10.                            <--- <SEQ=201><ACK=104>
TEST_CASE("RFC 908 5.4: segments received out of order", "[scenario][rfc908:5.4][R-7.28][R-8.11]") {
    transfer p;
    p.to_b(p.data_from_a(100));
    CHECK(p.carry_b_to_a() == ack(100).seq(201));
    const frame delayed = p.data_from_a(101);
    p.to_b(p.data_from_a(102));
    CHECK(p.carry_b_to_a() == ack(100).seq(201).ea({102}));
    p.to_b(p.data_from_a(103));
    p.to_b(delayed);
    CHECK(p.carry_b_to_a() == ack(103).seq(201));
    CHECK(p.from_b() == nothing());
    p.to_b(p.data_from_a(104));
    CHECK(p.carry_b_to_a() == ack(104).seq(201));
    CHECK(p.b.all_taken() == "100 101 102 103 104");
    CHECK(p.a.engine().stats().retransmissions_rto == 0);
}

//          Host A                     Host B
//
// 1.   <SEQ=100><ACK=200><Data> -1->
// 2.   <SEQ=101><ACK=200><Data> -2->
// 3.   <SEQ=102><ACK=200><Data> -3->
//                               -1-> (received)
// 4.                           <-4-  <SEQ=201><ACK=100>
// 5.   <SEQ=103><ACK=200><Data> -5->
//                               -2-> (received)
// 6.                           <-6-  <SEQ=201><ACK=101>
// 7.   <SEQ=104><ACK=200><Data> -7->
//                               -3-> (received)
// 8.                           <-8-  <SEQ=201><ACK=102>
//                   (received) <-4-
// 9.   <SEQ=105><ACK=200><Data> -9->
//                               -5-> (received)
// 10.                          <-10- <SEQ=201><ACK=103>
//                   (received) <-6-
// 11.  <SEQ=106><ACK=200><Data> -11->
//                               -7-> (received)
// 12.                          <-12- <SEQ=201><ACK=104>
//                   (received) <-8-
// 13.                           -9-> (received)
// 14.                          <-13- <SEQ=201><ACK=105>
//                   (received) <-10-
// 15.                           -11-> (received)
// 16.                          <-14- <SEQ=201><ACK=106>
//                   (received) <-12-
// 17.               (received) <-13-
// 18.               (received) <-14-
TEST_CASE("RFC 908 5.5: communication over a long delay path",
          "[scenario][rfc908:5.5][R-8.1][R-7.23]") {
    transfer p{5};
    const frame f1 = p.data_from_a(100);
    const frame f2 = p.data_from_a(101);
    const frame f3 = p.data_from_a(102);
    p.to_b(f1);
    const frame f4 = p.from_b();
    CHECK(f4 == ack(100).seq(201));
    const frame f5 = p.data_from_a(103);
    p.to_b(f2);
    const frame f6 = p.from_b();
    CHECK(f6 == ack(101).seq(201));
    const frame f7 = p.data_from_a(104);
    p.to_b(f3);
    const frame f8 = p.from_b();
    CHECK(f8 == ack(102).seq(201));
    CHECK(p.a.send(p.now, "105") == errc::ok);
    CHECK(p.from_a() == nothing());  // five are outstanding
    p.to_a(f4);
    const frame f9 = p.from_a();
    CHECK(f9 == data(105, "105").ack(200));
    p.to_b(f5);
    const frame f10 = p.from_b();
    CHECK(f10 == ack(103).seq(201));
    p.to_a(f6);
    const frame f11 = p.data_from_a(106);
    p.to_b(f7);
    const frame f12 = p.from_b();
    CHECK(f12 == ack(104).seq(201));
    p.to_a(f8);
    p.to_b(f9);
    const frame f13 = p.from_b();
    CHECK(f13 == ack(105).seq(201));
    p.to_a(f10);
    p.to_b(f11);
    const frame f14 = p.from_b();
    CHECK(f14 == ack(106).seq(201));
    for (const frame& f : {f12, f13, f14}) p.to_a(f);
    CHECK(p.a.ledger() == rrdp::send_ledger{7, 7, 7});
    CHECK(p.b.all_taken() == "100 101 102 103 104 105 106");
    CHECK(p.from_a() == nothing());
    CHECK(p.from_b() == nothing());
}

//        Host A                     Host B
//
// 1. <SEQ=100><ACK=200><Data>  -1->
// 2. <SEQ=101><ACK=200><Data>  -2->
// 3. <SEQ=102><ACK=200><Data>  -3->
//                              -1-> (received)
// 4.                          <-4-  <SEQ=201><ACK=100>
// 5. <SEQ=103><ACK=200><Data> (segment lost)
//                              -2-> (received)
// 6.                          <-5-  <SEQ=201><ACK=101>
// 7. <SEQ=104><ACK=200><Data>  -6->
//                              -3-> (received)
// 8.                          <-7-  <SEQ=201><ACK=102>
//                  (received) <-4-
// 9. <SEQ=105><ACK=200><Data>  -8->
// 10.
//                  (received) <-5-
// 11. <SEQ=106><ACK=200><Data> -10->
//                              -6-> (received)
// 12.                         <-11- <SEQ=201><ACK=102><EA=104>
//                  (received) <-7-
//                              -8-> (received)
// 13.                         <-12- <SEQ=201><ACK=102><EA=104,105>
//                              -10-> (received)
// 14.                         <-13- <SEQ=201><ACK=102><EA=104-106>
//                  (received) <-11-
// 15. <SEQ=103><ACK=200><Data> -14->
//                  (received) <-12-
// 16.              (received) <-13-
//                              -14-> (received)
// 17.                         <-15- <SEQ=201><ACK=106>
// 19.              (received) <-15-
//
// The RFC's A sends 103 again as soon as one later segment is EACKed. That may be mere reordering,
// so it takes three here, and frame 14 leaves after 13 has arrived, not after 11.
TEST_CASE("RFC 908 5.6: communication over a long delay path with lost segments",
          "[scenario][rfc908:5.6][R-9.6][R-7.24]") {
    transfer p{5};
    const frame f1 = p.data_from_a(100);
    const frame f2 = p.data_from_a(101);
    const frame f3 = p.data_from_a(102);
    p.to_b(f1);
    const frame f4 = p.from_b();
    static_cast<void>(p.data_from_a(103));
    p.to_b(f2);
    const frame f5 = p.from_b();
    const frame f6 = p.data_from_a(104);
    p.to_b(f3);
    const frame f7 = p.from_b();
    CHECK(f7 == ack(102).seq(201));
    p.to_a(f4);
    const frame f8 = p.data_from_a(105);
    p.to_a(f5);
    const frame f10 = p.data_from_a(106);
    p.to_b(f6);
    const frame f11 = p.from_b();
    CHECK(f11 == ack(102).seq(201).ea({104}));
    p.to_a(f7);
    p.to_b(f8);
    const frame f12 = p.from_b();
    CHECK(f12 == ack(102).seq(201).ea({105, 104}));
    p.to_b(f10);
    const frame f13 = p.from_b();
    CHECK(f13 == ack(102).seq(201).ea({106, 105, 104}));
    p.to_a(f11);
    CHECK(p.from_a() == nothing());
    p.to_a(f12);
    CHECK(p.from_a() == nothing());
    p.to_a(f13);
    const frame f14 = p.from_a();
    CHECK(f14 == data(103, "103").ack(200));
    p.to_b(f14);
    const frame f15 = p.from_b();
    CHECK(f15 == ack(106).seq(201));
    p.to_a(f15);
    CHECK(p.a.ledger() == rrdp::send_ledger{7, 7, 7});
    CHECK(p.b.all_taken() == "100 101 102 103 104 105 106");
    CHECK(p.a.engine().stats().retransmissions_fast == 1);
    CHECK(p.a.engine().stats().retransmissions_rto == 0);
}

}  // namespace
}  // namespace script
