// SPDX-License-Identifier: Apache-2.0
#include "support/agreed.hpp"
#include "support/catch.hpp"
#include "support/pair.hpp"

/// EMPTY: a message of length 0 is a NUL of code 2 (3.3, R-3.14).
namespace script {
namespace {

using rrdp::drop_reason;
using rrdp::errc;

constexpr features with_empty = features::fin | features::empty;

shown empty(std::uint16_t number) {
    shown s = nul(number);
    s.said = 2;
    return s;
}

/// Takes one message; its text, or "-" for an empty one, "" for none.
std::string take(side& s) {
    const auto m = s.engine().receive(s.id);
    if (!m) return "";
    std::string text;
    for (const std::byte octet : m->bytes()) text += static_cast<char>(octet);
    return text.empty() ? "-" : text;
}

TEST_CASE("EMPTY: it has an index, a number, code 2 and no data; it is sent again as what it was",
          "[conformance][R-3.14][R-8.6][R-8.3][R-3.13][T-E3]") {
    agreed_lone e{with_empty};
    REQUIRE(e.open_passively());
    CHECK(e.send("first") == errc::ok);
    CHECK(e.send("") == errc::ok);
    CHECK(e.own.ledger().accepted == 2);
    CHECK(e.says() == data(201, "first").ack(100));
    CHECK(e.says() == empty(202).ack(100));
    CHECK(e.last().size() == 16);
    CHECK(e.own.ledger() == rrdp::send_ledger{2, 2, 0});
    CHECK(e.own.engine().info(e.own.id)->outstanding == 2);
    e.hear(e.peer.ack(101, 201));
    CHECK(e.own.ledger() == rrdp::send_ledger{2, 2, 1});
    CHECK(e.says_within(100ms) == empty(202).ack(100));
    e.hear(e.peer.ack(101, 202));
    CHECK(e.own.ledger() == rrdp::send_ledger{2, 2, 2});
}

TEST_CASE("EMPTY: it is delivered once, in its place, and acknowledged like data, not at once",
          "[conformance][R-3.14][R-7.29][R-8.11][T-E2][T-E3]") {
    agreed_lone e{with_empty};
    REQUIRE(e.open_passively());
    const auto hear_empty = [&](std::uint16_t number) {
        e.hear(e.peer.nul(number, 200, rrdp::wire::nul_code::empty));
    };
    hear_empty(101);
    CHECK(e.says() == nothing());
    CHECK(e.says_within(2ms) == ack(101).seq(201));  // ack_delay
    hear_empty(103);                                 // behind a gap
    CHECK(e.says() == ack(101).seq(201).ea({103}));
    hear_empty(103);
    CHECK(e.says() == ack(101).seq(201).ea({103}));
    CHECK(e.dropped(drop_reason::duplicate) == 1);
    e.hear(e.peer.data(102, 200, "between"));
    CHECK(e.says() == ack(103).seq(201));
    e.hear(e.peer.data(104, 200, "after"));
    CHECK(take(e.own) == "-");
    CHECK(take(e.own) == "between");
    CHECK(take(e.own) == "-");
    CHECK(take(e.own) == "after");
    CHECK(take(e.own).empty());
    CHECK(e.stats().messages_received.total() == 4);
}

TEST_CASE("EMPTY: it takes a receive slot until it is read, and waits for window and credit",
          "[conformance][R-3.14][R-8.1][R-8.16][R-8.17][T-E3]") {
    setup s;
    s.options.max_outstanding = 2;
    s.options.receive_slots = 4;
    agreed_lone e{with_empty | features::credit, s};
    REQUIRE(e.own.listen(1'024) == errc::ok);
    auto p = e.offer();
    p.max_outstanding = 2;
    e.hear(e.peer.syn(100, p));
    CHECK(e.says() == syn(200).ack(100));
    e.learn();
    e.hear(e.peer.ack(101, 200));
    CHECK(e.told() == "accepted");
    for (std::uint16_t number = 101; number <= 104; ++number)
        e.hear(e.peer.nul(number, 200, rrdp::wire::nul_code::empty));
    e.listen_to(5ms);
    CHECK(e.own.engine().info(e.own.id)->unread == 4);
    e.hear(e.peer.nul(105, 200, rrdp::wire::nul_code::empty));
    CHECK(e.dropped(drop_reason::no_slot) == 1);
    CHECK(take(e.own) == "-");
    e.hear(e.peer.nul(105, 200, rrdp::wire::nul_code::empty));
    CHECK(e.dropped(drop_reason::no_slot) == 1);
    e.listen_to(5ms);
    for (int i = 0; i < 6; ++i) CHECK(e.send("") == errc::ok);
    CHECK(e.says() == empty(201).ack(105));
    CHECK(e.says() == empty(202).ack(105));
    CHECK(e.says() == nothing());  // two are outstanding
    e.peer.words.credit = std::uint16_t{203};
    e.hear(e.peer.ack(106, 202));
    CHECK(e.says() == empty(203).ack(105));
    CHECK(e.says() == empty(204).ack(105));  // the first promise was up to 204
    CHECK(e.says() == nothing());
    e.hear(e.peer.ack(106, 204));  // the word lies behind now
    CHECK(e.says() == nothing());
    CHECK(e.dropped(drop_reason::bad_credit) == 1);
    e.peer.words.credit = std::uint16_t{205};
    e.hear(e.peer.ack(106, 204));
    CHECK(e.says() == empty(205).ack(105));
    CHECK(e.says() == nothing());
}

TEST_CASE("EMPTY: there is no FRAG word on it, though FRAG is agreed and data have one",
          "[conformance][R-3.6][R-3.1][T-E5]") {
    agreed_lone e{with_empty | features::frag};
    REQUIRE(e.open_passively());
    CHECK(e.send("x") == errc::ok);
    CHECK(e.send("") == errc::ok);
    CHECK(e.says() == data(201, "x").ack(100));
    CHECK(e.last().size() == 14 + 2 + 1);
    CHECK(e.says() == empty(202).ack(100));
    CHECK(e.last().size() == 14 + 2);
    e.hear(e.peer.nul(101, 202, rrdp::wire::nul_code::empty));
    CHECK(take(e.own) == "-");
    auto with_word = e.peer.nul(102, 202, rrdp::wire::nul_code::empty);
    with_word.resize(18);
    with_word[1] = std::byte{9};
    with_word[16] = with_word[17] = std::byte{0};
    rrdp::testing::repair_checksum(with_word.room().first(18));
    e.hear(with_word);
    CHECK(e.dropped(drop_reason::bad_extension) == 1);
    CHECK(take(e.own).empty());
}

TEST_CASE("EMPTY: without ordering it is delivered at once, behind any gap, and once",
          "[conformance][R-3.14][R-7.29][R-7.33][T-E6]") {
    const bool frag = GENERATE(false, true);
    setup s;
    s.options.ordered = false;
    agreed_lone e{frag ? with_empty | features::frag : with_empty, s};
    REQUIRE(e.own.listen(1'024) == errc::ok);
    auto p = e.offer();
    p.sequenced = false;
    e.hear(e.peer.syn(100, p));
    CHECK(e.says() == syn(200).ack(100));
    e.learn();
    e.hear(e.peer.ack(101, 200));
    CHECK(e.told() == "accepted");
    e.hear(e.peer.nul(105, 200, rrdp::wire::nul_code::empty));
    CHECK(take(e.own) == "-");
    e.hear(e.peer.nul(105, 200, rrdp::wire::nul_code::empty));
    CHECK(take(e.own).empty());
    for (std::uint16_t number = 101; number <= 104; ++number)
        e.hear(e.peer.data(number, 200, std::to_string(number)));
    for (std::uint16_t number = 101; number <= 104; ++number)
        CHECK(take(e.own) == std::to_string(number));
    CHECK(take(e.own).empty());
    e.hear(e.peer.nul(105, 200, rrdp::wire::nul_code::empty));
    CHECK(take(e.own).empty());
    CHECK(e.stats().messages_received.total() == 5);
}

TEST_CASE("EMPTY: over a wire that loses, doubles and delays each keeps its place",
          "[conformance][R-3.14][R-8.8][T-E2]") {
    setup of_a = offering(with_empty);
    of_a.first = 65'500;
    pair p{of_a, offering(with_empty)};
    REQUIRE(p.open());
    std::size_t bad = 0;
    p.decide = [&](bool, std::size_t number, const shown&) {
        if (number % 7 == 3) return ++bad, fate::is_lost;
        if (number % 5 == 1) return ++bad, fate::arrives_twice;
        return number % 11 == 4 ? (++bad, fate::is_late) : fate::arrives;
    };
    std::string sent;
    for (int i = 0; i < 120; ++i) {
        const std::string text = i % 3 == 1 ? "" : std::to_string(i);
        REQUIRE(p.a.send(p.now, text) == errc::ok);
        sent += (text.empty() ? "-" : text) + " ";
    }
    std::string taken;
    const auto read = [&] {
        for (std::string one = take(p.b); !one.empty(); one = take(p.b)) taken += one + " ";
        return p.a.ledger().confirmed == 120;
    };
    CHECK(p.run_until(read));
    CHECK(read());
    CHECK(taken == sent);
    CHECK(bad > 20);
    CHECK(p.a.engine().stats().messages_sent.total() == 120);
}

}  // namespace
}  // namespace script
