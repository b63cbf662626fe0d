// SPDX-License-Identifier: Apache-2.0
// Several messages in one segment (3.7): what leaves, and what of it arrives.
#include "support/agreed.hpp"
#include "support/catch.hpp"
#include "support/dice.hpp"
#include "support/pair.hpp"

namespace script {

using rrdp::drop_reason;
using rrdp::errc;
using rrdp::octets_view;

namespace {

const features bundles = features::fin | features::frag | features::empty | features::bundle;

/// Segments of 100 octets of data.
setup small(features f = bundles) {
    setup s = offering(f);
    s.capacities.segment_max = 100;
    s.capacities.segments = 300;
    s.options.max_outstanding = 8;
    s.options.receive_slots = 16;
    s.options.ack_every = 100;  // acknowledgements come when the timer or a gap asks for them
    return s;
}

/// The data of a bundle of these messages.
std::string bundle_of(std::initializer_list<std::string_view> messages) {
    std::string all;
    for (const std::string_view message : messages) {
        all += static_cast<char>(message.size() >> 8);
        all += static_cast<char>(message.size() & 0xff);
        all += message;
    }
    return all;
}

/// Octets of data in a segment of `small`.
constexpr std::size_t payload = 100;

/// The peer opens the connection with this SYN.
void open_by(agreed_lone& e, const rrdp::wire::syn_parameters& offer) {
    REQUIRE(e.own.listen(1'024) == errc::ok);
    e.hear(e.peer.syn(100, offer));
    REQUIRE(e.says() == syn(200).ack(100));
    e.learn();
    e.hear(e.peer.ack(101, 200));
    REQUIRE(e.own.told() == "accepted");
}

}  // namespace

TEST_CASE("bundles: agreed beside FRAG only", "[conformance][R-3.30][R-5.6]") {
    agreed_lone e{bundles, small()};
    auto offer = e.offer();
    const bool frag = GENERATE(false, true);
    if (!frag) {
        offer.offered = features::fin | features::bundle;
        offer.max_message.reset();
    }
    REQUIRE(e.own.listen(1'024) == errc::ok);
    e.hear(e.peer.syn(100, offer));
    REQUIRE(e.says() == syn(200).ack(100));
    CHECK(e.announced().offered.has(features::bundle) == frag);
    e.hear(e.peer.ack(101, 200));
    REQUIRE(e.own.told() == "accepted");
    CHECK(e.own.engine().info(e.own.id)->agreed == (frag ? bundles : features::fin));
}

TEST_CASE("bundles: an offer without FRAG is the caller's mistake",
          "[conformance][R-3.30][R-17.6]") {
    rrdp::options o;
    o.offered = features::fin | features::bundle;
    CHECK(check(o, 64) == errc::feature_not_supported);
    o.offered = o.offered | features::frag;
    CHECK(check(o, 64) == errc::ok);
}

TEST_CASE("bundles: what waits shares a frame, one that does not leaves as ever",
          "[conformance][R-3.31][R-3.36][R-3.6][R-8.9]") {
    agreed_lone e{bundles, small()};
    REQUIRE(e.open_passively());
    REQUIRE(e.send("alone") == errc::ok);
    CHECK(e.says() == data(201, "alone").ack(100));
    CHECK(e.words().bundled == 0);
    for (const char* text : {"one", "three", "2"}) REQUIRE(e.send(text) == errc::ok);
    CHECK(e.says() == data(202, bundle_of({"one", "three", "2"})).ack(100));
    CHECK(e.words().bundled == 3);
    CHECK(e.words().fragments_left == 0);
    CHECK(e.says() == nothing());
    REQUIRE(e.send("late") == errc::ok);
    CHECK(e.says() == data(203, "late").ack(100));
    CHECK(e.stats().messages_sent.bundled == 3);
    CHECK(e.stats().messages_sent.one == 2);
    CHECK(e.own.ledger().sent == 5);
}

TEST_CASE("bundles: nothing is shared where it was not agreed", "[conformance][R-3.23]") {
    agreed_lone e{bundles - features::bundle, small(bundles - features::bundle)};
    REQUIRE(e.open_passively());
    REQUIRE(e.send("one") == errc::ok);
    REQUIRE(e.send("two") == errc::ok);
    CHECK(e.says() == data(201, "one").ack(100));
    CHECK(e.says() == data(202, "two").ack(100));
}

TEST_CASE("bundles: the same octets go out again", "[conformance][R-3.33][R-3.36][R-8.2][R-8.3]") {
    agreed_lone e{bundles, small()};
    REQUIRE(e.open_passively());
    REQUIRE(e.send("one") == errc::ok);
    REQUIRE(e.send("two") == errc::ok);
    CHECK(e.says() == data(201, bundle_of({"one", "two"})).ack(100));
    REQUIRE(e.send("three") == errc::ok);  // has no place in what has left
    CHECK(e.says() == data(202, "three").ack(100));
    CHECK(e.says_within(1s) == data(202, "three").ack(100));  // a probe of the tail
    e.hear(e.peer.eack(101, 200, {202}));
    CHECK(e.says_within(1s) == data(201, bundle_of({"one", "two"})).ack(100));
    CHECK(e.words().bundled == 2);
}

TEST_CASE("bundles: a segment is filled to its last octet, and no further",
          "[conformance][R-3.31][R-3.27][R-8.9]") {
    agreed_lone e{bundles, small()};
    REQUIRE(e.open_passively());
    const std::size_t more = GENERATE(0U, 1U);
    const std::string first = "0123456789";
    const std::string second(payload - 2 - 2 - first.size() + more, 'x');
    REQUIRE(e.send(first) == errc::ok);
    REQUIRE(e.send(second) == errc::ok);
    if (more == 0) {
        CHECK(e.says() == data(201, bundle_of({first, second})).ack(100));
    } else {
        CHECK(e.says() == data(201, first).ack(100));
        CHECK(e.says() == data(202, second).ack(100));
    }
    CHECK(e.says() == nothing());
}

TEST_CASE("bundles: 255 messages at most", "[conformance][R-3.31]") {
    setup s = small();
    s.capacities.segment_max = 1'400;
    s.options.send_queue = 300;
    agreed_lone e{bundles, s};
    REQUIRE(e.open_passively());
    for (int i = 0; i < 257; ++i) REQUIRE(e.send("x") == errc::ok);
    CHECK(e.says().what.sequence == 201);
    CHECK(e.words().bundled == 255);
    CHECK(e.says() == data(202, bundle_of({"x", "x"})).ack(100));
}

TEST_CASE("bundles: neither a run nor an empty message has part in one",
          "[conformance][R-3.33][R-3.14][R-3.25]") {
    agreed_lone e{bundles, small()};
    REQUIRE(e.open_passively());
    const std::string run(payload + 5, 'r');
    for (const std::string& text : {std::string{"a"}, run, std::string{"b"}, std::string{},
                                    std::string{"c"}, std::string{"d"}})
        REQUIRE(e.send(text) == errc::ok);
    CHECK(e.says() == data(201, "a").ack(100));
    CHECK(e.says().what.sequence == 202);
    CHECK(e.words().fragments_left == 1);
    CHECK(e.says() == data(203, "rrrrr").ack(100));
    CHECK(e.words().bundled == 0);
    CHECK(e.says() == data(204, "b").ack(100));
    CHECK(e.says() == shown{.control = "NUL", .sequence = 205, .acknowledged = 100, .said = 2});
    CHECK(e.says() == data(206, bundle_of({"c", "d"})).ack(100));
}

TEST_CASE("bundles: messages in pieces and composed ones join too", "[conformance][R-8.9]") {
    agreed_lone e{bundles, small()};
    REQUIRE(e.open_passively());
    auto& engine = e.own.engine();
    auto draft = engine.compose(e.own.id, 3);
    REQUIRE(draft.has_value());
    rrdp::copy_octets(octets_of("abc"), draft->bytes());
    REQUIRE(engine.send(e.now, std::move(*draft)).has_value());
    const std::array pieces{octets_of("de"), octets_view{}, octets_of("fg")};
    REQUIRE(engine.send(e.now, e.own.id, pieces).has_value());
    REQUIRE(e.send("h") == errc::ok);
    CHECK(e.says() == data(201, bundle_of({"abc", "defg", "h"})).ack(100));
}

TEST_CASE("bundles: others join a message in pieces that waits", "[conformance][R-8.9]") {
    agreed_lone e{bundles, small()};
    REQUIRE(e.open_passively());
    const std::array pieces{octets_of("ab"), octets_of("c")};
    REQUIRE(e.own.engine().send(e.now, e.own.id, pieces).has_value());
    REQUIRE(e.send("d") == errc::ok);
    CHECK(e.says() == data(201, bundle_of({"abc", "d"})).ack(100));
}

TEST_CASE("bundles: the queue is counted in messages", "[conformance][R-8.5]") {
    setup s = small();
    s.options.send_queue = 3;
    agreed_lone e{bundles, s};
    REQUIRE(e.open_passively());
    for (const char* text : {"1", "2", "3"}) REQUIRE(e.send(text) == errc::ok);
    CHECK(e.send("4") == errc::would_block);
    CHECK(e.says() == data(201, bundle_of({"1", "2", "3"})).ack(100));
    CHECK(e.own.told() == "writable");
    REQUIRE(e.send("4") == errc::ok);
    CHECK(e.says() == data(202, "4").ack(100));
}

TEST_CASE("bundles: each message counts when the number is passed",
          "[conformance][R-3.35][R-19.7]") {
    agreed_lone e{bundles, small()};
    REQUIRE(e.open_passively());
    REQUIRE(e.send("first") == errc::ok);
    REQUIRE(e.says() == data(201, "first").ack(100));
    for (const char* text : {"1", "2", "3"}) REQUIRE(e.send(text) == errc::ok);
    REQUIRE(e.says() == data(202, bundle_of({"1", "2", "3"})).ack(100));
    e.hear(e.peer.eack(101, 200, {202}));
    CHECK(e.own.ledger().confirmed == 0);
    e.hear(e.peer.ack(101, 202));
    CHECK(e.own.ledger().confirmed == 4);
    CHECK(e.stats().messages_confirmed == 4);
    CHECK(e.own.engine().segments_available() == 300);
}

TEST_CASE("bundles: the messages arrive one by one, and occupy one slot",
          "[conformance][R-3.33][R-3.35][R-3.37][R-8.16][R-8.17]") {
    agreed_lone e{bundles, small()};
    REQUIRE(e.open_passively());
    e.hear(e.peer.bundle(101, 200, {"one", "two", "three"}));
    e.hear(e.peer.data(102, 200, "four"));
    CHECK(e.own.told() == "readable");
    CHECK(e.own.told().empty());
    CHECK(e.own.engine().info(e.own.id)->unread == 2);
    CHECK(e.own.taken() == "one");
    CHECK(e.own.taken() == "two");
    CHECK(e.own.engine().info(e.own.id)->unread == 2);
    CHECK(e.own.taken() == "three");
    CHECK(e.own.engine().info(e.own.id)->unread == 1);
    CHECK(e.own.taken() == "four");
    CHECK(e.own.taken().empty());
    CHECK(e.own.engine().segments_available() == 300);
    CHECK(e.stats().messages_received.bundled == 3);
    CHECK(e.stats().messages_received.one == 1);
}

TEST_CASE("bundles: messages are given back in any order, the segment with the last",
          "[conformance][R-3.37][R-6.3]") {
    agreed_lone e{bundles, small()};
    REQUIRE(e.open_passively());
    auto& engine = e.own.engine();
    e.hear(e.peer.bundle(101, 200, {"one", "two", "three"}));
    auto one = engine.receive(e.own.id);
    auto two = engine.receive(e.own.id);
    REQUIRE((one && two));
    two.reset();
    CHECK(one->contiguous());
    CHECK(one->size() == 3);
    auto three = engine.receive(e.own.id);
    REQUIRE(three);
    CHECK_FALSE(engine.receive(e.own.id).has_value());
    CHECK(three->bytes().size() == 5);
    CHECK(three->bytes()[4] == std::byte{'e'});
    three.reset();
    CHECK(engine.segments_available() == 299);
    CHECK(one->bytes()[0] == std::byte{'o'});
    one.reset();
    CHECK(engine.segments_available() == 300);
    CHECK(engine.info(e.own.id)->unread == 0);
}

TEST_CASE("bundles: one beyond a gap waits, or without order does not",
          "[conformance][R-3.35][R-7.28][R-7.33]") {
    setup s = small();
    s.options.ordered = GENERATE(true, false);
    agreed_lone e{bundles, s};
    auto offer = e.offer();
    offer.sequenced = s.options.ordered;
    open_by(e, offer);
    e.hear(e.peer.data(102, 200, "x"));  // shows that the next begins a message
    e.hear(e.peer.bundle(103, 200, {"one", "two"}));
    e.hear(e.peer.bundle(103, 200, {"one", "two"}));
    std::string early = e.own.all_taken();
    CHECK(early == (s.options.ordered ? "" : "one two"));
    e.hear(e.peer.data(101, 200, "gap"));
    CHECK(e.own.all_taken() == (s.options.ordered ? "gap x one two" : "gap x"));
    CHECK(e.own.engine().segments_available() == 300);
    CHECK(e.own.engine().info(e.own.id)->unread == 0);
    CHECK(e.stats().messages_received.bundled == 2);
}

TEST_CASE("bundles: one read early and given back is still one when its number is passed",
          "[conformance][R-3.34][R-3.37][R-7.33]") {
    setup s = small();
    s.options.ordered = false;
    s.options.message_max = 5;  // the bundle is longer, its messages are not
    agreed_lone e{bundles, s};
    auto offer = e.offer();
    offer.sequenced = false;
    open_by(e, offer);
    e.hear(e.peer.data(102, 200, "x"));
    e.hear(e.peer.bundle(103, 200, {"12345", "67890"}));
    CHECK(e.own.taken() == "12345");
    const bool all = GENERATE(true, false);
    if (all) CHECK(e.own.taken() == "67890");
    e.hear(e.peer.data(101, 200, "gap"));
    CHECK(e.own.state() == rrdp::state::open);
    CHECK(e.own.all_taken() == (all ? "gap x" : "67890 gap x"));
    CHECK(e.own.engine().segments_available() == 300);
    CHECK(e.own.engine().info(e.own.id)->unread == 0);
}

TEST_CASE("bundles: what does not add up is dropped and counted, and not acknowledged",
          "[conformance][R-3.31][R-3.32][R-2.15]") {
    agreed_lone e{bundles, small()};
    REQUIRE(e.open_passively());
    const auto spoilt = [&](std::size_t at, int value) {
        auto frame = e.peer.bundle(101, 200, {"one", "two"});
        const std::size_t header = 2 * (7 + 1);
        frame.room()[header + at] = static_cast<std::byte>(value);
        rrdp::testing::repair_checksum(frame.room().first(frame.size()));
        e.hear(frame);
    };
    spoilt(1, 4);  // the first length
    spoilt(1, 0);
    spoilt(6, 2);  // the second
    spoilt(0, 0xff);
    CHECK(e.dropped(drop_reason::bad_bundle) == 4);
    const auto counted = [&](std::uint16_t word) {
        auto frame = e.peer.bundle(101, 200, {"one", "two"});
        rrdp::store_be16(frame.room(), 14, word);
        rrdp::testing::repair_checksum(frame.room().first(frame.size()));
        e.hear(frame);
    };
    counted(0x8003);
    CHECK(e.dropped(drop_reason::bad_bundle) == 5);
    for (const unsigned word : {0x8000U, 0x8001U, 0x8100U, 0xffffU})
        counted(static_cast<std::uint16_t>(word));
    CHECK(e.dropped(drop_reason::bad_extension) == 4);
    CHECK(e.says() == nothing());
    CHECK_FALSE(e.own.engine().receive(e.own.id).has_value());
    CHECK(e.own.state() == rrdp::state::open);
}

TEST_CASE("bundles: where none was agreed the top bit is refused", "[conformance][R-3.6]") {
    agreed_lone e{bundles - features::bundle, small(bundles - features::bundle)};
    REQUIRE(e.open_passively());
    auto other = e.peer;
    other.agreed = bundles;
    e.hear(other.bundle(101, 200, {"one", "two"}));
    CHECK(e.dropped(drop_reason::bad_extension) == 1);
    CHECK_FALSE(e.own.engine().receive(e.own.id).has_value());
}

TEST_CASE("bundles: damage is a bad CRC before it is a bad bundle",
          "[conformance][R-3.32][R-2.15]") {
    const features summed = bundles | features::crc32c;
    agreed_lone e{summed, small(summed)};
    REQUIRE(e.open_passively());
    auto frame = e.peer.bundle(101, 200, {"one", "two"});
    frame.room()[frame.size() - 5] ^= std::byte{0x40};  // the second length
    e.hear(frame);
    CHECK(e.dropped(drop_reason::bad_crc) == 1);
    CHECK(e.dropped(drop_reason::bad_bundle) == 0);
}

TEST_CASE("bundles: one inside a run ends the connection, in whatever order it came",
          "[conformance][R-3.33][R-7.31]") {
    agreed_lone e{bundles, small()};
    REQUIRE(e.open_passively());
    const bool in_order = GENERATE(true, false);
    if (in_order) e.hear(e.peer.data(101, 200, "piece", 1));
    e.hear(e.peer.bundle(102, 200, {"one", "two"}));
    if (!in_order) {
        CHECK(e.says() == ack(100).seq(201).ea({102}));
        e.hear(e.peer.data(101, 200, "piece", 1));
    }
    CHECK(e.says() == rst(201, 3).ack(101));
    CHECK(e.own.engine().segments_available() == 300);
}

TEST_CASE("bundles: a message that is too long for the peer is refused beside one that waits",
          "[conformance][R-3.28][R-8.5]") {
    agreed_lone e{bundles, small()};
    auto offer = e.offer();
    offer.max_message = 40;
    open_by(e, offer);
    CHECK(e.own.engine().info(e.own.id)->message_max == 40);
    CHECK(e.send("one") == errc::ok);
    CHECK(e.send(std::string(41, 'x')) == errc::message_too_long);
    CHECK(e.send("two") == errc::ok);
    CHECK(e.says() == data(201, bundle_of({"one", "two"})).ack(100));
    CHECK(e.own.ledger() == rrdp::send_ledger{2, 2, 0});
}

TEST_CASE("bundles: a message longer than was announced ends the connection",
          "[conformance][R-3.34][R-7.31]") {
    setup s = small();
    s.options.message_max = 5;
    agreed_lone e{bundles, s};
    REQUIRE(e.open_passively());
    e.hear(e.peer.bundle(101, 200, {"12345", "12345"}));
    CHECK(e.own.all_taken() == "12345 12345");
    e.hear(e.peer.bundle(102, 200, {"1", "123456"}));
    CHECK(e.says() == rst(201, 4).ack(101));
}

TEST_CASE("bundles: an abort discards what was not taken and spares what is in use",
          "[conformance][R-3.37][R-10.6]") {
    agreed_lone e{bundles, small()};
    REQUIRE(e.open_passively());
    auto& engine = e.own.engine();
    e.hear(e.peer.bundle(101, 200, {"one", "two", "three"}));
    auto one = engine.receive(e.own.id);
    REQUIRE(one);
    REQUIRE(e.abort() == errc::ok);
    CHECK(engine.segments_available() == 299);
    CHECK(one->bytes()[2] == std::byte{'e'});
    while (e.says().what != nothing()) {}
    e.now += 10s;
    engine.handle_timeout(e.now);
    one.reset();
    CHECK(engine.segments_available() == 300);
}

TEST_CASE("bundles: messages of all lengths cross a bad wire in order",
          "[conformance][R-3.35][R-8.9]") {
    setup s = small();
    s.options.receive_slots = 16;
    pair p{s, s};
    REQUIRE(p.open());
    rrdp::testing::dice dice{11};
    p.decide = [&](bool, std::size_t, const shown&) {
        const auto d = dice.below(10);
        return d == 0 ? pair::fate::is_lost : d == 1 ? pair::fate::is_late : pair::fate::arrives;
    };
    std::size_t sent = 0;
    std::size_t taken = 0;
    const auto text_of = [](std::size_t index) {
        return std::to_string(index) + std::string(index * index % 61, 'x');
    };
    REQUIRE(p.run_until([&] {
        while (sent < 2'000 && p.a.send(p.now, text_of(sent)) == errc::ok) ++sent;
        for (std::string text = p.b.taken(); !text.empty(); text = p.b.taken())
            if (text != text_of(taken++)) return true;
        return taken == 2'000;
    }));
    CHECK(taken == 2'000);
    CHECK(p.b.taken().empty());
    CHECK(p.b.engine().stats().messages_received.bundled > 500);
    CHECK(p.b.engine().stats().messages_received.total() == 2'000);
    REQUIRE(p.run_until([&] { return p.a.ledger().confirmed == 2'000; }));
}

}  // namespace script
