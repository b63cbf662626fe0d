// SPDX-License-Identifier: Apache-2.0
// Messages of several segments: what leaves, and what of it arrives (3.5, 7.7).
#include "support/agreed.hpp"
#include "support/catch.hpp"
#include "support/pair.hpp"

namespace script {

using rrdp::drop_reason;
using rrdp::errc;
using rrdp::wire::nul_code;

namespace {

const features fin_frag = features::fin | features::frag;

/// Segments of 114 octets, 98 of them data, and runs.
setup runs(features f = fin_frag) {
    setup s = offering(f);
    s.capacities.segment_max = 100;
    s.options.max_outstanding = 8;
    s.options.receive_slots = 16;
    s.options.ack_every = 100;  // acknowledgements come when the timer or a gap asks for them
    return s;
}

std::string text_of(std::size_t length, char first = 'a') {
    std::string text(length, ' ');
    for (std::size_t i = 0; i < length; ++i)
        text[i] = static_cast<char>(first + static_cast<char>(i % 23));
    return text;
}

}  // namespace

TEST_CASE("runs: every length up to the longest arrives whole, one octet more is refused",
          "[conformance][R-3.26][R-3.28][R-8.9][R-19.8][T-M1]") {
    setup s = runs();
    s.options.message_max = GENERATE(1'000U, 1'550U, 65'536U);
    pair p{s, s};
    REQUIRE(p.open());
    const std::size_t longest = p.a.engine().info(p.a.id)->message_max;
    CHECK(longest == std::min<std::size_t>(s.options.message_max, 16 * 98));
    const std::size_t payload = 98;
    for (const std::size_t length : {std::size_t{1}, payload - 1, payload, payload + 1, 2 * payload,
                                     2 * payload + 1, 7 * payload, longest - 1, longest}) {
        CAPTURE(length);
        REQUIRE(p.a.send(p.now, text_of(length)) == errc::ok);
        REQUIRE(p.run_until([&] { return p.a.ledger().confirmed == p.a.ledger().accepted; }));
        CHECK(p.b.told() == "readable");
        CHECK(p.b.taken() == text_of(length));
        CHECK(p.b.taken().empty());
    }
    const auto before = p.a.ledger();
    CHECK(p.a.send(p.now, text_of(longest + 1)) == errc::message_too_long);
    CHECK(p.a.ledger() == before);
    CHECK(p.b.engine().stats().messages_received.several == 6);
    CHECK(p.b.engine().stats().messages_received.one == 3);
    CHECK(p.a.engine().stats().messages_sent.several == 6);
}

TEST_CASE("runs: a head and a page that lie apart are sent as one message",
          "[conformance][R-8.9]") {
    pair p{runs(), runs()};
    REQUIRE(p.open());
    const std::string head = text_of(14, 'A');
    const std::string page = text_of(800);
    const std::array parts{octets_of(head), rrdp::octets_view{}, octets_of(page)};
    REQUIRE(p.a.engine().send(p.now, p.a.id, parts).has_value());
    REQUIRE(p.settle());
    CHECK(p.b.taken() == head + page);
}

TEST_CASE("runs: FRAG words count down on consecutive numbers, and stand on data only",
          "[conformance][R-3.6][R-3.24][R-3.25][T-M2][T-E5]") {
    agreed_lone e{fin_frag | features::empty, runs()};
    REQUIRE(e.open_passively());
    REQUIRE(e.send(text_of(250)) == errc::ok);
    REQUIRE(e.send("") == errc::ok);
    REQUIRE(e.send("x") == errc::ok);
    for (int left = 2; left >= 0; --left) {
        CHECK(e.says().what.sequence == 203 - left);
        CHECK(e.words().fragments_left == left);
    }
    CHECK(e.says() == shown{.control = "NUL", .sequence = 204, .acknowledged = 100, .said = 2});
    CHECK(rrdp::wire::parse(e.last())->base.header_length == 8);  // the code, and no other word
    CHECK(e.says() == data(205, "x").ack(100));
    CHECK(e.words().fragments_left == 0);
    e.hear(e.peer.data(102, 205, "gap"));
    CHECK(e.says() == ack(100).seq(206).ea({102}));  // no FRAG word before the list
    REQUIRE(e.abort() == errc::ok);
    CHECK(e.says() == rst(206, 6).ack(100));
}

TEST_CASE("runs: without FRAG agreed a message is a segment",
          "[conformance][R-3.23][R-3.28][T-M13]") {
    agreed_lone e{features::fin, runs()};
    REQUIRE(e.open_passively());
    CHECK(e.own.engine().info(e.own.id)->message_max == 100);
    CHECK(e.send(text_of(101)) == errc::message_too_long);
    REQUIRE(e.send(text_of(100)) == errc::ok);
    CHECK(e.says() == data(201, text_of(100)).ack(100));
    CHECK(rrdp::wire::parse(e.last())->base.header_length == 7);
}

TEST_CASE("runs: the longest message is the smaller of both sides' wishes",
          "[conformance][R-5.5][R-3.26][T-M13][T-H7]") {
    setup s = runs();
    s.options.send_message_cap = GENERATE(500U, 5'000U);
    agreed_lone e{fin_frag, s};
    auto offer = e.offer();
    offer.max_message = GENERATE(400U, 0xffff'ffffU);
    REQUIRE(e.own.listen(1'024) == errc::ok);
    e.hear(e.peer.syn(100, offer));
    REQUIRE(e.says() == syn(200).ack(100));
    CHECK(e.announced().max_message == 75U * 100);  // what the reserve of the pool can hold
    e.learn();
    e.hear(e.peer.ack(101, 200));
    REQUIRE(e.own.told() == "accepted");
    const auto longest = e.own.engine().info(e.own.id)->message_max;
    CHECK(longest == std::min(*offer.max_message, s.options.send_message_cap));
}

TEST_CASE("runs: a message is complete, or it is not there",
          "[conformance][R-7.34][R-7.29][T-M8]") {
    agreed_lone e{fin_frag, runs()};
    REQUIRE(e.open_passively());
    e.hear(e.peer.data(101, 200, "one ", 2));
    e.hear(e.peer.data(103, 200, "three", 0));
    CHECK(e.own.taken().empty());
    CHECK(e.told().empty());
    e.hear(e.peer.data(102, 200, "two ", 1));
    CHECK(e.told() == "readable");
    CHECK(e.own.taken() == "one two three");
}

TEST_CASE("runs: what was begun is never delivered, however the connection ends",
          "[conformance][R-7.34][T-M8][R-6.3]") {
    agreed_lone e{fin_frag, runs()};
    REQUIRE(e.open_passively());
    e.hear(e.peer.data(101, 200, "whole", 0));
    e.hear(e.peer.data(102, 200, "half a ", 1));
    std::string end;
    SECTION("RST") {
        e.hear(e.peer.rst(103, 200));
        end = "closed reset(0) 0/0/0";
    }
    SECTION("abort") {
        REQUIRE(e.abort() == errc::ok);
        end = "closed aborted 0/0/0";
    }
    SECTION("time-out") {
        e.own.engine().handle_link(e.now, rrdp::link_state::removed);
        e.jump(11s);
        end = "closed link_lost 0/0/0";
    }
    const std::string read = e.own.all_taken();
    CHECK((read == "whole" || end == "closed aborted 0/0/0"));
    CHECK(e.own.all_told().find(end) != std::string::npos);
    CHECK(e.stats().messages_cut_off == 1);
    CHECK(e.own.engine().segments_available() == 300);
}

TEST_CASE("runs: a run that breaks off ends the connection when it is reached, and not before",
          "[conformance][R-7.31][R-7.32][T-M4][T-M6]") {
    const bool reversed = GENERATE(false, true);
    agreed_lone e{fin_frag | features::empty, runs()};
    REQUIRE(e.open_passively());
    std::vector<rrdp::testing::segment_octets> frames;
    frames.push_back(e.peer.data(101, 200, "before", 0));
    frames.push_back(e.peer.data(102, 200, "begun ", 2));
    SECTION("by another message") {
        frames.push_back(e.peer.data(103, 200, "other", 0));
    }
    SECTION("by a count that stays") {
        frames.push_back(e.peer.data(103, 200, "same", 2));
    }
    SECTION("by a count that rises") {
        frames.push_back(e.peer.data(103, 200, "more", 3));
    }
    SECTION("by a keepalive") {
        frames.push_back(e.peer.nul(103, 200));
    }
    SECTION("by an empty message") {
        frames.push_back(e.peer.nul(103, 200, nul_code::empty));
    }
    SECTION("by a FIN") {
        frames.push_back(e.peer.fin(103, 200));
    }
    frames.push_back(e.peer.data(104, 200, "after", 0));
    if (reversed) std::reverse(frames.begin(), frames.end());
    for (const auto& frame : frames) e.hear(frame);
    shown last = nothing();
    for (seen s = e.says(); s.what != nothing(); s = e.says()) last = s.what;
    CHECK(last == rst(201, 3).ack(102));  // the segment that breaks it is not acknowledged
    CHECK(e.own.all_taken() == "before");
    CHECK(e.own.all_told().find("closed protocol_error") != std::string::npos);
    CHECK(e.stats().protocol_errors.of(rrdp::wire::reset_reason::protocol_error) == 1);
    e.hear(e.peer.data(104, 201, "later", 0));  // a tombstone answers
    CHECK(e.says() == rst(202, 2).ack(104));
}

TEST_CASE("runs: too long a run ends the connection at the segment that shows it",
          "[conformance][R-7.31][R-7.32][T-M5][T-M6]") {
    setup s = runs();
    s.options.message_max = 300;
    agreed_lone e{fin_frag, s};
    REQUIRE(e.open_passively());
    e.hear(e.peer.data(101, 200, "before", 0));
    std::uint16_t last_good = 101;
    SECTION("17 segments are one more than 2X") {
        e.hear(e.peer.data(102, 200, "x", 16));
    }
    SECTION("an octet too much") {
        e.hear(e.peer.data(102, 200, text_of(98), 4));
        e.hear(e.peer.data(103, 200, text_of(98), 3));
        e.hear(e.peer.data(104, 200, text_of(98), 2));
        last_good = 104;
        e.hear(e.peer.data(105, 200, text_of(6), 1));  // another octet must follow
    }
    shown last = nothing();
    for (seen said = e.says(); said.what != nothing(); said = e.says()) last = said.what;
    CHECK(last == rst(201, 4).ack(last_good));
    CHECK(e.own.all_taken() == "before");
    CHECK(e.own.all_told().find("closed protocol_error") != std::string::npos);
}

TEST_CASE("runs: exactly the longest passes, by segments and by octets",
          "[conformance][R-7.31][T-M5]") {
    setup s = runs();
    s.options.message_max = 300;
    agreed_lone e{fin_frag, s};
    REQUIRE(e.open_passively());
    for (std::uint16_t left = 16; left-- > 0;)
        e.hear(e.peer.data(static_cast<std::uint16_t>(116 - left), 200, "y", left));
    CHECK(e.own.taken() == std::string(16, 'y'));
    for (std::uint16_t left = 4; left-- > 0;)
        e.hear(e.peer.data(static_cast<std::uint16_t>(120 - left), 200, text_of(75), left));
    CHECK(e.own.taken().size() == 300);
}

TEST_CASE("runs: a FRAG word with its top bit set is dropped, and the connection lives",
          "[conformance][R-3.6][T-M7]") {
    agreed_lone e{fin_frag, runs()};
    REQUIRE(e.open_passively());
    auto frame = e.peer.data(101, 200, "text", 0);
    frame.room()[14] = std::byte{0x80};
    rrdp::testing::repair_checksum(frame.room().first(frame.size()));
    e.hear(frame);
    CHECK(e.dropped(drop_reason::bad_extension) == 1);
    CHECK(e.says() == nothing());
    e.hear(e.peer.data(101, 200, "text", 0));
    CHECK(e.own.taken() == "text");
}

TEST_CASE("runs: a segment for which the pool has no room leaves its run as it was",
          "[conformance][R-7.27][R-7.31][R-8.23]") {
    const auto refused = GENERATE(as<std::uint16_t>{}, 0, 1, 2);  // the place in the run
    setup s = runs();
    s.capacities.segments = 8;
    agreed_lone e{fin_frag, s};
    REQUIRE(e.open_passively());
    std::uint16_t n = 101;
    const auto run_begins = static_cast<std::uint16_t>(101 + 8 - refused);
    while (n < run_begins) e.hear(e.peer.data(n++, 200, "x", 0));
    const char* parts[]{"one ", "two ", "three"};
    for (std::uint16_t i = 0; i < 3; ++i)
        e.hear(e.peer.data(static_cast<std::uint16_t>(n + i), 200, parts[i],
                           static_cast<std::uint16_t>(2 - i)));
    CHECK(e.dropped(drop_reason::pool_exhausted) >= 1);
    for (std::uint16_t i = 0; i < 8 - refused; ++i) CHECK(e.own.taken() == "x");
    for (std::uint16_t i = refused; i < 3; ++i)
        e.hear(e.peer.data(static_cast<std::uint16_t>(n + i), 200, parts[i],
                           static_cast<std::uint16_t>(2 - i)));
    CHECK(e.own.taken() == "one two three");
    CHECK(e.own.all_told().find("closed") == std::string::npos);
}

TEST_CASE("runs: a message that finds no room is refused whole, and told when it fits",
          "[conformance][R-8.5][R-8.8]") {
    setup s = runs();
    s.capacities.segments = 40;  // 30 for sending, 10 kept
    s.options.send_cap = 4;
    agreed_lone e{fin_frag, s};
    REQUIRE(e.open_passively());
    for (int i = 0; i < 3; ++i)
        REQUIRE(e.send(text_of(800, static_cast<char>('a' + i))) == errc::ok);
    CHECK(e.own.engine().segments_available() == 16);
    CHECK(e.send(text_of(700)) == errc::would_block);
    CHECK(e.own.engine().segments_available() == 16);
    CHECK(e.own.ledger() == rrdp::send_ledger{3, 0, 0});
    CHECK(e.told().empty());
    for (std::uint16_t n = 201; n <= 208; ++n) {
        CHECK(e.says().what.sequence == n);
        e.hear(e.peer.ack(101, n));
        CHECK(e.told() == (n >= 201 ? (n == 201 ? "writable" : "") : ""));
    }
    CHECK(e.own.ledger() == rrdp::send_ledger{3, 1, 1});
    CHECK(e.send(text_of(700)) == errc::ok);
}

TEST_CASE("runs: behind a FIN all is ignored, also what breaks the rules",
          "[conformance][R-7.29][R-7.31]") {
    setup s = runs();
    s.options.auto_close = false;
    agreed_lone e{fin_frag, s};
    REQUIRE(e.open_passively());
    e.hear(e.peer.fin(101, 200));
    e.hear(e.peer.data(102, 200, "begun", 16));  // longer than any run may be
    e.hear(e.peer.data(103, 200, "other", 0));
    CHECK(e.own.all_told() == "peer_closed");
    CHECK(e.own.taken().empty());
    CHECK(e.own.state() == rrdp::state::open);
    CHECK(e.stats().messages_cut_off == 0);
    CHECK(e.own.engine().segments_available() == 300);
}

TEST_CASE("runs: a message of one segment may be as long as any other, and no longer",
          "[conformance][R-7.31][T-M5]") {
    setup s = runs();
    s.options.message_max = 64;
    agreed_lone e{fin_frag, s};
    REQUIRE(e.open_passively());
    e.hear(e.peer.data(101, 200, text_of(64), 0));
    CHECK(e.own.taken() == text_of(64));
    e.hear(e.peer.data(102, 200, text_of(65), 0));
    CHECK(e.says() == rst(201, 4).ack(101));
    CHECK(e.own.taken().empty());
    CHECK(e.own.all_told().find("closed protocol_error(4)") != std::string::npos);
}

}  // namespace script
