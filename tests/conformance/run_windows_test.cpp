// SPDX-License-Identifier: Apache-2.0
// Messages of several segments meet loss, the wrap, and windows that are too small for them.
#include "support/agreed.hpp"
#include "support/catch.hpp"
#include "support/pair.hpp"

namespace script {

using rrdp::errc;

namespace {

const features fin_frag = features::fin | features::frag;

setup runs(features f, std::uint16_t outstanding = 8) {
    setup s = offering(f);
    s.capacities.segment_max = 50;
    s.options.max_outstanding = outstanding;
    s.options.receive_slots = static_cast<std::uint16_t>(2 * outstanding);
    return s;
}

std::string text_of(std::size_t length) {
    std::string text(length, ' ');
    for (std::size_t i = 0; i < length; ++i) text[i] = static_cast<char>('a' + i % 23);
    return text;
}

}  // namespace

TEST_CASE("runs: across the 16-bit wrap any one and any two segments of five may be lost",
          "[conformance][R-7.31][R-9.3][T-M3]") {
    const auto first_lost = GENERATE(range(1, 6));
    const auto second_lost = GENERATE(range(1, 6));
    CAPTURE(first_lost, second_lost);
    setup of_a = runs(fin_frag);
    of_a.first = 0xfffd;
    pair p{of_a, runs(fin_frag)};
    REQUIRE(p.open());
    const auto before = p.sent_by_a();
    std::size_t lost = 0;
    p.decide = [&](bool from_a, std::size_t number, const shown&) {
        const auto place = static_cast<int>(number - before);
        if (!from_a || (place != first_lost && place != second_lost)) return fate::arrives;
        ++lost;
        return fate::is_lost;
    };
    const std::size_t payload = 48;
    REQUIRE(p.a.send(p.now, text_of(4 * payload + 1)) == errc::ok);
    std::string got;
    REQUIRE(p.run_until([&] { return !(got = p.b.taken()).empty(); }));
    CHECK(got == text_of(4 * payload + 1));
    CHECK(lost == (first_lost == second_lost ? 1U : 2U));
    CHECK(p.run_until([&] { return p.a.ledger().confirmed == 1; }));
}

TEST_CASE("runs: a run as long as twice the window completes, however slowly it is read",
          "[conformance][R-8.16][R-8.17][R-8.9][T-M10]") {
    const auto outstanding = GENERATE(as<std::uint16_t>{}, 1, 2, 3);
    const bool credit = GENERATE(false, true);
    CAPTURE(outstanding, credit);
    const setup s = runs(credit ? fin_frag | features::credit : fin_frag, outstanding);
    pair p{s, s};
    REQUIRE(p.open());
    const std::size_t longest = p.a.engine().info(p.a.id)->message_max;
    CHECK(longest == 2U * outstanding * (credit ? 46 : 48));
    const auto free = p.b.engine().segments_available();
    std::size_t most = 0;
    for (int i = 0; i < 3; ++i) REQUIRE(p.a.send(p.now, text_of(longest)) == errc::ok);
    for (int i = 0; i < 3; ++i) {
        p.run_for(300ms);  // the reader sleeps; meanwhile the window must not overflow
        most = std::max(most, free - p.b.engine().segments_available());
        std::string got;
        REQUIRE(p.run_until([&] { return !(got = p.b.taken()).empty(); }));
        CHECK(got == text_of(longest));
    }
    CHECK(most >= 2U * outstanding);
    CHECK(most <= 2U * outstanding + 1);  // B
    REQUIRE(p.run_until([&] { return p.a.ledger().confirmed == 3; }));
}

TEST_CASE("runs: a window that closes inside a run is probed, and nothing else gets a number",
          "[conformance][R-8.10][R-3.25][R-8.22][R-11.1][T-M11]") {
    setup s = runs(fin_frag | features::credit, 4);
    s.options.keepalive = 50ms;
    agreed_lone e{fin_frag | features::credit, s};
    auto offer = e.offer();
    offer.max_outstanding = 2;  // the peer promises 201 to 204 at first
    REQUIRE(e.own.listen(1'024) == errc::ok);
    e.hear(e.peer.syn(100, offer));
    REQUIRE(e.says() == syn(200).ack(100));
    e.learn();
    e.peer.words.credit = 204;  // and no more, for a while
    e.hear(e.peer.ack(101, 200));
    REQUIRE(e.told() == "accepted");
    REQUIRE(e.send("x") == errc::ok);
    REQUIRE(e.send(text_of(200)) == errc::ok);  // four segments
    REQUIRE(e.close() == errc::ok);
    for (std::uint16_t n = 201; n <= 204; ++n) {
        CHECK(e.says().what.sequence == n);
        e.hear(e.peer.ack(101, n));
    }
    CHECK(e.says() == nothing());
    int probes = 0;
    for (const shown& said : e.listen_to(1s)) {
        CHECK(said == nul(204).ack(100));
        ++probes;
    }
    CHECK(probes >= 4);
    e.peer.words.credit = 208;
    e.hear(e.peer.ack(101, 204));
    CHECK(e.says().what.sequence == 205);
    CHECK(e.words().fragments_left == 0);
    e.hear(e.peer.ack(101, 205));
    CHECK(e.says() == fin(206).ack(100));
}

TEST_CASE("runs: a segment is sent again as it was cut", "[conformance][R-8.3][T-M12]") {
    agreed_lone e{fin_frag, runs(fin_frag)};
    REQUIRE(e.open_passively());
    REQUIRE(e.send(text_of(101)) == errc::ok);
    std::vector<shown> first;
    for (int i = 0; i < 3; ++i) first.push_back(e.says().what);
    e.hear(e.peer.data(101, 200, "news", 0));
    for (std::size_t i = 0; i < 3; ++i) {
        shown expected = first[i];
        expected.acknowledged = 101;
        seen again = e.says_within(5s);
        const auto probe = first[2].sequence;  // of the tail, which comes before the timer
        while (again == ack(101).seq(204) || (i < 2 && again.what.sequence == probe))
            again = e.says_within(5s);
        CHECK(again == expected);
        CHECK(e.words().fragments_left == 2 - i);
        e.hear(e.peer.ack(102, static_cast<std::uint16_t>(201 + i)));
    }
}

TEST_CASE("runs: a message counts as sent with its last segment, and until then as not sent",
          "[conformance][R-19.6][R-19.7][T-O4]") {
    const auto left_over = GENERATE(range(0, 4));
    agreed_lone e{fin_frag, runs(fin_frag)};
    REQUIRE(e.open_passively());
    REQUIRE(e.send(text_of(3 * 50)) == errc::ok);
    for (int i = 0; i < left_over; ++i) CHECK(e.says().what.sequence == 201 + i);
    REQUIRE(e.abort() == errc::ok);
    CHECK(e.told() == (left_over == 3 ? "closed aborted 1/1/0" : "closed aborted 1/0/0"));
}

TEST_CASE("runs: one whose last segment is EACKed is not confirmed before the others are",
          "[conformance][R-19.7][R-7.24][T-O5]") {
    agreed_lone e{fin_frag, runs(fin_frag)};
    REQUIRE(e.open_passively());
    REQUIRE(e.send(text_of(3 * 50)) == errc::ok);
    for (int i = 0; i < 3; ++i) CHECK(e.says().what.sequence == 201 + i);
    e.hear(e.peer.eack(101, 200, {202, 203}));
    CHECK(e.own.ledger() == rrdp::send_ledger{1, 1, 0});
    e.hear(e.peer.ack(101, 203));
    CHECK(e.own.ledger() == rrdp::send_ledger{1, 1, 1});
}

TEST_CASE("acked: where it is wanted, progress of the confirmations is told, once for all of it",
          "[conformance][R-10.9][R-19.3]") {
    const bool wanted = GENERATE(true, false);
    setup s = runs(fin_frag);
    s.options.tell_acked = wanted;
    agreed_lone e{fin_frag, s};
    REQUIRE(e.open_passively());
    for (const std::size_t length : {50U, 100U, 10U}) REQUIRE(e.send(text_of(length)) == errc::ok);
    for (int i = 0; i < 4; ++i) CHECK(e.says().what.sequence == 201 + i);
    const auto next = [&] { return e.own.engine().poll_event(); };
    e.hear(e.peer.ack(101, 202));  // the first message, and half of the second
    auto told = next();
    REQUIRE(told.has_value() == wanted);
    if (wanted) CHECK((told->kind == rrdp::event_kind::acked && told->ledger.confirmed == 1));
    e.hear(e.peer.ack(101, 203));
    e.hear(e.peer.ack(101, 204));
    told = next();
    REQUIRE(told.has_value() == wanted);
    if (wanted) CHECK(told->ledger == rrdp::send_ledger{3, 3, 3});
    CHECK_FALSE(next().has_value());
}

}  // namespace script
