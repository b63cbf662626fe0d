// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/lone.hpp"
#include "support/pair.hpp"

/// The TLV APP: what the applications say to each other before there is a connection (5.2).
namespace script {
namespace {

using rrdp::errc;

std::string text_of(rrdp::octets_view octets) {
    std::string text;
    for (const std::byte octet : octets) text += static_cast<char>(octet);
    return text;
}

/// The events of a side, with what they carry.
std::string heard_by(side& s) {
    std::string all;
    while (const auto e = s.engine().poll_event()) {
        if (e->kind == rrdp::event_kind::accepted) s.id = e->connection;
        all += to_string(*e) + '<' + text_of(e->application) + '>';
    }
    return all;
}

TEST_CASE("application data go both ways with the handshake, and nothing of them stays",
          "[conformance][R-5.15][5.2]") {
    pair p;
    const auto free = p.a.engine().segments_available();
    REQUIRE(p.b.engine().listen(7, p.b.said.options, octets_of("welcome!")) == errc::ok);
    const auto made = p.a.engine().connect(p.now, {rrdp::node_id{2}, 7, 5'001}, p.a.said.options,
                                           octets_of("name=ab!"));
    REQUIRE(made);
    p.a.id = *made;
    int lost = 0;
    p.decide = [&lost](bool, std::size_t, const shown& s) {
        return s.control == "SYN" && lost++ % 2 == 0 ? fate::is_lost : fate::arrives;
    };
    std::string at_a;
    std::string at_b;
    CHECK(p.run_until([&] {
        at_a += heard_by(p.a);
        at_b += heard_by(p.b);
        return !at_a.empty() && !at_b.empty();
    }));
    CHECK(lost >= 2);
    CHECK(at_a == "connected<welcome!>");
    CHECK(at_b == "accepted<name=ab!>");
    REQUIRE(p.a.send(p.now, "first") == errc::ok);
    CHECK(p.run_until([&] { return p.b.taken() == "first"; }));
    CHECK(p.b.send(p.now, "second") == errc::ok);
    CHECK(p.run_until([&] { return p.a.taken() == "second"; }));
    p.run_for(100ms);
    static_cast<void>(heard_by(p.a));
    static_cast<void>(heard_by(p.b));
    CHECK(p.a.engine().segments_available() == free);
    CHECK(p.b.engine().segments_available() == free - 1);  // the listener's own
    CHECK(p.b.engine().stop_listening(7) == errc::ok);
    CHECK(p.b.engine().segments_available() == free);
}

TEST_CASE("application data of a listener that was stopped stay as long as a SYN ACK may say them",
          "[conformance][R-5.15][R-14.1]") {
    pair p;
    const auto free = p.b.engine().segments_available();
    REQUIRE(p.b.engine().listen(7, p.b.said.options, octets_of("welcome!")) == errc::ok);
    REQUIRE(p.a.connect(p.now, 7, 5'001) == errc::ok);
    p.to_b(p.from_a());
    REQUIRE(p.b.engine().stop_listening(7) == errc::ok);
    CHECK(p.b.engine().segments_available() < free);
    p.to_a(p.from_b());
    CHECK(heard_by(p.a) == "connected<welcome!>");
    p.to_b(p.from_a());
    CHECK(heard_by(p.b) == "accepted<>");
    CHECK(p.b.engine().segments_available() == free);
}

TEST_CASE("application data: simultaneous open tells both, once", "[conformance][R-7.14]") {
    pair p;
    REQUIRE(p.a.engine().connect(p.now, {rrdp::node_id{2}, 7, 5'001}, p.a.said.options,
                                 octets_of("from a")));
    REQUIRE(p.b.engine().connect(p.now, {rrdp::node_id{1}, 5'001, 7}, p.b.said.options,
                                 octets_of("from b")));
    const frame a = p.from_a();
    const frame b = p.from_b();
    p.to_a(b);
    p.to_b(a);
    CHECK(p.settle());
    CHECK(heard_by(p.a) == "connected<from b>");
    CHECK(heard_by(p.b) == "connected<from a>");
}

TEST_CASE("application data are an even number of octets, as a TLV counts words",
          "[conformance][R-5.2]") {
    lone e;
    const rrdp::peer to{rrdp::node_id{2}, 5'001, 1'024};
    const auto& o = e.own.said.options;
    CHECK(e.own.engine().connect(e.now, to, o, octets_of("odd")).error() ==
          errc::bad_application_data);
    CHECK(e.own.engine().listen(1'024, o, octets_of("x")) == errc::bad_application_data);
    auto plain = o;
    plain.extended = false;
    plain.offered = {};
    CHECK(e.own.engine().listen(1'024, plain, octets_of("even")) == errc::bad_application_data);
    CHECK(e.says() == nothing());
    CHECK(e.own.engine().segments_available() == 300);
}

TEST_CASE("application data may fill a segment of the pool, and no more", "[conformance][R-6.3]") {
    setup s;
    s.capacities.segment_max = 100;
    lone e{s};
    const std::string octets(102, 'x');
    const rrdp::peer to{rrdp::node_id{2}, 5'001, 1'024};
    CHECK(e.own.engine().connect(e.now, to, s.options, octets_of(octets)).error() ==
          errc::message_too_long);
    CHECK(e.own.engine().connect(e.now, to, s.options, octets_of(octets).first(100)));
}

TEST_CASE("application data that a SYN has no room for are refused, the longest goes",
          "[conformance][R-3.29][R-2.4]") {
    setup s;
    s.node.mtu = GENERATE(as<std::uint16_t>{}, 200, 1'500);
    lone e{s};
    const std::string octets(600, 'x');
    std::size_t longest = 0;
    for (std::size_t size = 0; size <= octets.size(); size += 2) {
        const auto made = e.own.engine().connect(e.now, {rrdp::node_id{2}, 5'001, 1'024}, s.options,
                                                 octets_of(octets).first(size));
        if (!made) {
            CHECK(made.error() == errc::message_too_long);
            break;
        }
        longest = size;
        const seen said = e.says();
        REQUIRE(said.what.control == "SYN");
        REQUIRE(e.announced().application.size() == size);
        REQUIRE(e.own.engine().abort(e.now, *made) == errc::ok);
        while (e.own.engine().poll_event()) {}
    }
    CHECK(longest >= 100);
    CHECK(longest < octets.size());
    CHECK(e.last().size() <= s.node.mtu);
    CHECK(e.last().size() > (s.node.mtu == 200 ? 150U : 400U));
}

TEST_CASE("application data that no segment of the pool can keep are refused with reason 4",
          "[conformance][R-14.1]") {
    setup s;
    s.capacities.segment_max = 50;
    lone e{s};
    const std::string octets(52, 'x');
    auto p = e.offer();
    p.application = octets_of(octets);
    REQUIRE(e.own.listen(1'024) == errc::ok);
    e.hear(e.peer.syn(100, p));
    CHECK(e.says() == rst(0, 4).ack(100));
    REQUIRE(e.own.connect(e.now, 5'001, 1'025) == errc::ok);
    const seen mine = e.says();
    e.hear(rrdp::testing::segments{.source_port = 5'001, .destination_port = 1'025}.syn_ack(
        100, *mine.what.sequence, p));
    CHECK(e.says().what.said == 4);
    CHECK(e.told() == "closed refused(4) 0/0/0");
    p.application = p.application.first(50);
    e.hear(e.peer.syn(100, p));
    CHECK(e.says().what.control == "SYN");
}

TEST_CASE("application data of an answer for which there is no room now are said again",
          "[conformance][R-14.1]") {
    setup s;
    s.capacities.segments = 8;
    lone e{s};
    REQUIRE(e.own.listen(1'024) == errc::ok);
    auto p = e.offer();
    p.application = octets_of("an octet");
    for (std::uint16_t port = 6'000; port < 6'010; ++port)
        e.hear(rrdp::testing::segments{.source_port = port}.syn(100, p));
    static_cast<void>(e.listen_to(2s));
    REQUIRE(e.own.connect(e.now, 5'001, 1'025) == errc::ok);
    const seen mine = e.says();
    const auto refused = e.dropped(rrdp::drop_reason::pool_exhausted);
    REQUIRE(refused > 0);
    const auto answer =
        rrdp::testing::segments{.source_port = 5'001, .destination_port = 1'025}.syn_ack(
            100, *mine.what.sequence, p);
    e.hear(answer);
    CHECK(e.dropped(rrdp::drop_reason::pool_exhausted) == refused + 1);
    CHECK(e.told() == "");
    static_cast<void>(e.listen_to(2'500ms));  // those that were never opened are given up
    e.hear(answer);
    CHECK(e.told() == "connected");
}

TEST_CASE("application data of openers that vanish are given back", "[conformance][R-6.3]") {
    setup s;
    s.capacities.segments = 8;
    lone e{s};
    const auto free = e.own.engine().segments_available();
    REQUIRE(e.own.listen(1'024) == errc::ok);
    auto p = e.offer();
    p.application = octets_of("hostile!");
    for (std::uint16_t port = 6'000; port < 6'010; ++port)
        e.hear(rrdp::testing::segments{.source_port = port}.syn(100, p));
    CHECK(e.own.engine().segments_available() < free);
    CHECK(e.dropped(rrdp::drop_reason::pool_exhausted) > 0);
    static_cast<void>(e.listen_to(4s));
    CHECK(e.own.engine().connections() == 0);
    CHECK(e.own.engine().segments_available() == free);
}

}  // namespace
}  // namespace script
