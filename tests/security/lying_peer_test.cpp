// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "security/siege.hpp"
#include "support/agreed.hpp"
#include "support/catch.hpp"

/// A peer that is who it says to be, and lies: about what it has received, about its room, about
/// time.
namespace siege {
namespace {

using rrdp::drop_reason;
using script::agreed_lone;
using script::ack;

/// OPEN, and `count` of the own segments in flight, 201 and up.
struct sender_to_liar : agreed_lone {
    explicit sender_to_liar(features f = features::fin, int count = 40) : agreed_lone{f, wide()} {
        REQUIRE(open_passively());
        for (int i = 0; i < count; ++i) REQUIRE(send("m") == rrdp::errc::ok);
        for (int i = 0; i < count; ++i) REQUIRE(says().what.control == "Data");
        REQUIRE(says() == script::nothing());
        in_flight = count;
    }
    static script::setup wide() {
        script::setup s;
        s.options.send_queue = 128;
        return s;
    }
    [[nodiscard]] std::uint16_t outstanding() const {
        return const_cast<sender_to_liar&>(*this).own.engine().info(own.id)->outstanding;
    }
    /// A list of `n` numbers from `number(i)`, behind the acknowledgement of `acknowledged`.
    template <class Number>
    void list(std::uint16_t acknowledged, std::size_t n, Number number) {
        rrdp::testing::octet_buffer<2 * rrdp::wire::eack_entries_max> octets;
        for (std::size_t i = 0; i < n; ++i) {
            const auto e = static_cast<std::uint16_t>(number(i));
            octets.push_back(static_cast<std::byte>(e >> 8));
            octets.push_back(static_cast<std::byte>(e & 0xff));
        }
        rrdp::wire::segment s;
        s.base.control = rrdp::wire::flags_ack_eack;
        s.base.source_port = peer.source_port;
        s.base.destination_port = peer.destination_port;
        s.base.sequence = rrdp::wire::seq16{101};
        s.base.acknowledgement = rrdp::wire::seq16{acknowledged};
        s.words = peer.words;
        s.words.eacks = rrdp::wire::eack_view{octets};
        if (peer.agreed.has(features::credit)) s.words.credit = acknowledged;
        rrdp::testing::segment_octets out;
        const auto size = rrdp::wire::encode(s, peer.agreed, out.room());
        REQUIRE(size.has_value());
        out.resize(*size);
        own.engine().handle_frame(now, out);
        ++lists;
    }
    int in_flight = 0;
    std::uint64_t lists = 0;
};

TEST_CASE("an acknowledgement of what was never sent changes nothing, whichever of all it is",
          "[security][R-7.1][R-7.22][R-7.23]") {
    sender_to_liar e;
    // 65 536 less those from two windows behind up to the newest that was sent.
    std::uint64_t refused = 0;
    for (std::uint32_t n = 241; n <= 200U - 129U + 65'535U; ++n) {
        e.own.engine().handle_frame(e.now, e.peer.ack(101, static_cast<std::uint16_t>(n)));
        ++refused;
    }
    CHECK(refused == 65'536 - 40 - 130);
    CHECK(e.dropped(drop_reason::bad_ack) == refused);
    CHECK(e.outstanding() == 40);
    CHECK(e.own.ledger().confirmed == 0);
    CHECK(e.says() == script::nothing());
    // With data they draw a challenge, within its limit, and the data are not taken.
    for (std::uint32_t n = 241; n < 10'241; ++n)
        e.own.engine().handle_frame(e.now, e.peer.data(101, static_cast<std::uint16_t>(n), "lie"));
    CHECK(e.own.all_taken().empty());
    CHECK(e.stats().challenges_sent == 16);
    CHECK(e.outstanding() == 40);
}

TEST_CASE("who acknowledges what is in flight before it can have come gains no more than a window",
          "[security][R-7.23][R-8.1][R-9.1][R-5.5]") {
    script::setup s;
    s.options.congestion = rrdp::congestion_kind::aimd;
    s.options.send_queue = 1'000;
    s.capacities.segments = 2'000;
    agreed_lone e{features::fin, s};
    REQUIRE(e.open_passively());
    std::uint64_t sent = 0;
    std::uint16_t newest = 200;
    std::uint16_t most = 0;
    for (int turn = 0; turn < 2'000; ++turn) {
        while (e.send("m") == rrdp::errc::ok) {}
        while (const auto n =
                   e.own.engine().wants_transmit(e.now) ? e.says().what.sequence : std::nullopt) {
            newest = *n;
            ++sent;
        }
        most = std::max(most, e.own.engine().info(e.own.id)->outstanding);
        e.own.engine().handle_frame(e.now, e.peer.ack(101, newest));  // at once: no time has passed
        static_cast<void>(e.own.all_told());
    }
    CHECK(sent > 50'000);  // it went on well: only the liar's own stream is in danger
    CHECK(most <= 64);     // X that it has announced, whatever it acknowledges
    CHECK(e.own.engine().info(e.own.id)->rto >= s.options.rto_min);
}

TEST_CASE("lists of every shape release what they name of what is in flight, and nothing else",
          "[security][R-7.24][R-3.10][R-3.11][R-8.13]") {
    sender_to_liar e;
    const auto nothing_new = [&e](std::uint16_t left) {
        CHECK(e.outstanding() == left);
        CHECK(e.own.ledger().confirmed == 0);
    };
    e.list(200, 248, [](std::size_t i) { return 241 + i; });  // never sent
    nothing_new(40);
    e.list(200, 248, [](std::size_t i) { return 200 - i; });  // before the window
    nothing_new(40);
    e.list(200, 248, [](std::size_t) { return 201; });  // what the ACK says is missing
    nothing_new(40);
    e.list(200, 248, [](std::size_t i) { return 32'000 + 130 * i; });  // anywhere
    nothing_new(40);
    e.list(200, 248, [](std::size_t) { return 210; });  // one, 248 times
    nothing_new(39);
    e.list(200, 39, [](std::size_t i) { return 240 - i; });  // the rest, from the end
    nothing_new(1);
    for (int i = 0; i < 1'000; ++i) e.list(200, 248, [](std::size_t k) { return 202 + k % 39; });
    nothing_new(1);
    CHECK(e.lists == 1'006);
    CHECK(e.stats().eacks_in == 1'006);
    // What is listed and never acknowledged holds its numbers: two windows, no more.
    int more = 0;
    while (e.send("n") == rrdp::errc::ok) ++more;
    std::uint64_t left = 0;
    for (const auto& said : e.listen_to(100ms)) left += said.control == "Data" ? 1U : 0U;
    CHECK(more >= 88);
    CHECK(e.outstanding() <= 64);
    CHECK(e.own.ledger().confirmed == 0);
    CHECK(left >= 64);
    // The lie was about the liar's own messages: in the end they are in doubt, and it was told so.
    for (int second = 0; second < 8; ++second) static_cast<void>(e.listen_to(1s));
    CHECK(e.own.all_told().find("closed timed_out_data") != std::string::npos);
}

TEST_CASE("random lists never release more than was sent, and cost no more than their length",
          "[security][R-7.24][R-2.16]") {
    rrdp::testing::dice dice{5};
    const std::uint64_t count = rounds(40'000);
    sender_to_liar e;
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto ack_of = static_cast<std::uint16_t>(200 - dice.below(140));
        e.list(ack_of, 1 + dice.below(248), [&](std::size_t) { return 150 + dice.below(200); });
    }
    CHECK(e.lists == count);
    CHECK(e.outstanding() <= 1);  // all that was named is released, and none of it confirmed
    CHECK(e.own.state() == rrdp::state::open);
    CHECK(e.own.ledger().confirmed == 0);
    CHECK(e.stats().internal_errors == 0);
}

TEST_CASE(
    "a peer that keeps its window closed is probed, at a bounded rate, and holds a bounded queue",
    "[security][R-8.19][R-8.22][R-8.5]") {
    agreed_lone e{features::fin | features::credit};
    REQUIRE(e.open_passively());
    const std::uint16_t edge = 200 + 128;  // promised by the SYN, and never moved
    e.peer.words.credit = edge;
    std::uint64_t probes = 0;
    std::uint16_t newest = 200;
    std::uint64_t queued = 0;
    for (int i = 0; i < 600; ++i) {  // two minutes of answers that open nothing
        while (e.send("m") == rrdp::errc::ok) ++queued;
        for (const auto& said : e.listen_to(200ms)) {
            probes += said.control == "NUL" ? 1U : 0U;
            if (said.control == "Data") newest = std::max(newest, *said.sequence);
            e.hear(e.peer.ack(101, newest));
        }
        static_cast<void>(e.own.engine().poll_event());
    }
    CHECK(newest == edge);
    CHECK(queued == 128 + 128);  // what was promised, and the queue
    CHECK(probes >= 100);
    CHECK(probes <= 900);
    CHECK(e.stats().persist_probes >= 100);
    CHECK(e.own.state() == rrdp::state::open);
    // It stops to answer: that ends it.
    for (int i = 0; i < 10; ++i) static_cast<void>(e.listen_to(1s));
    CHECK(e.own.all_told().find("closed timed_out_persist") != std::string::npos);
}

TEST_CASE("credit is judged before it is believed: of 65 536 words those in range move the edge",
          "[security][R-8.19][R-3.9]") {
    agreed_lone e{features::fin | features::credit};
    REQUIRE(e.open_passively());
    std::uint64_t words = 0;
    for (std::uint32_t w = 0; w <= 0xffff; ++w) {
        e.peer.words.credit = static_cast<std::uint16_t>(w);
        e.own.engine().handle_frame(e.now, e.peer.ack(101, 200));
        ++words;
    }
    CHECK(words == 65'536);
    CHECK(e.dropped(drop_reason::bad_credit) == 65'536 - 129);
    int queued = 0;
    while (queued < 200 && e.send("m") == rrdp::errc::ok) ++queued;
    std::uint64_t sent = 0;
    while (e.own.engine().wants_transmit(e.now)) sent += e.says().what.control == "Data" ? 1U : 0U;
    CHECK(sent <= 64);  // X, whatever was promised
}

TEST_CASE("whatever a peer says it can hold, it is sent no more at once than the node's own cap",
          "[security][R-5.5]") {
    const auto said = GENERATE(as<std::uint16_t>{}, 4, 64, 16'383, 65'535);
    script::setup s;
    s.options.send_cap = 3;
    script::lone e{s};
    auto p = e.offer();
    p.max_outstanding = said;
    REQUIRE(e.open_passively(p));
    for (int i = 0; i < 20; ++i) REQUIRE(e.send("m") == rrdp::errc::ok);
    std::size_t frames = 0;
    while (e.says().what.control == "Data") ++frames;
    CHECK(frames == 3);
    CHECK(e.own.engine().info(e.own.id)->outstanding == 3);
}

/// A window of 256 numbers.
struct roomy_policy : script::watched<rrdp::wire::bare_framing> {
    static constexpr std::uint16_t max_outstanding = 128;
};

TEST_CASE("a peer that leaves more holes than a header can name is sent lists that are segments",
          "[security][R-3.11][R-3.9]") {
    script::setup s;
    s.options.offered = features::fin | features::credit;
    s.options.eack_entries = 248;
    s.options.max_outstanding = 128;
    s.options.receive_slots = 256;
    s.capacities.segments = 500;
    script::basic_lone<roomy_policy> e{s};
    REQUIRE(e.open_passively());
    for (std::uint16_t number = 102; number < 102 + 254; ++number)
        e.hear(e.peer.data(number, 200, "x"));
    REQUIRE(e.own.engine().wants_transmit(e.now));
    static_cast<void>(e.says());
    const auto list = rrdp::wire::parse(e.last());
    REQUIRE(list);
    CHECK(list->octets.size() == e.last().size());
    CHECK(list->base.header_length == 255);
    CHECK(e.stats().internal_errors == 0);
}

TEST_CASE("who guesses cookies gets others for them, and no record", "[security][R-14.4]") {
    script::setup s;
    s.options.offered = features::fin | features::cookie;
    s.node.backlog = 2;
    s.node.accept_queue = 4;
    script::lone e{s};
    REQUIRE(e.own.listen(1'024) == rrdp::errc::ok);
    for (std::uint16_t port = 6'001; port < 6'003; ++port) {
        e.hear(rrdp::testing::segments{.source_port = port}.syn(100, e.offer()));
        REQUIRE(e.says().what.control == "SYN");
    }
    std::array<std::byte, 8> guess{};
    std::uint64_t refused = 0;
    for (std::uint64_t i = 0; i < 2'000; ++i) {
        rrdp::store_be32(guess, 0, static_cast<std::uint32_t>(i * 0x9e37'79b9));
        rrdp::store_be32(guess, 4, static_cast<std::uint32_t>(i * 0x85eb'ca6b));
        auto p = e.offer();
        p.has_cookie = true;
        p.cookie = guess;
        e.hear(e.peer.syn(100, p));
        refused += e.says() == script::rst(0, 12).ack(100);
    }
    CHECK(refused == 2'000);
    CHECK(e.own.engine().connections() == 2);
}

TEST_CASE("what a SYN says of windows, sizes and times is clamped or refused, and divides nothing",
          "[security][R-5.3][R-5.5][R-9.2][R-17.6]") {
    std::uint64_t opened = 0;
    for (const std::uint16_t x :
         std::initializer_list<std::uint16_t>{1, 2, 64, 16'383, 16'384, 65'535}) {
        for (const std::uint16_t mss :
             std::initializer_list<std::uint16_t>{64, 65, 100, 1'500, 65'535}) {
            for (const std::uint16_t delay : std::initializer_list<std::uint16_t>{0, 1, 65'535}) {
                agreed_lone e{features::fin | features::frag};
                REQUIRE(e.own.listen(1'024) == rrdp::errc::ok);
                auto p = e.offer();
                p.max_outstanding = x;
                p.max_segment_size = mss;
                p.max_message = 1 + std::uint32_t{delay} * 60'000;
                p.timing = {.ack_delay_us = delay, .ack_every = 0, .keepalive_ms = delay};
                e.hear(e.peer.syn(100, p));
                if (e.says().what.control != "SYN") continue;
                e.learn();
                e.hear(e.peer.ack(101, 200));
                if (e.told() != "accepted") continue;
                ++opened;
                while (e.send("m") == rrdp::errc::ok) {}
                std::uint64_t frames = 0;
                for (int i = 0; i < 100; ++i) frames += e.listen_to(100ms).size();
                CHECK(frames >= 4);
                CHECK(frames <= 1'000);
                CHECK(e.own.all_told().find("closed") != std::string::npos);
                CHECK(e.stats().internal_errors == 0);
            }
        }
    }
    CHECK(opened == 90);
}

TEST_CASE("a peer that answers as late as it can delays nobody's retransmission beyond rto_max",
          "[security][R-9.2][R-1.4][R-9.10]") {
    agreed_lone e{features::fin};
    REQUIRE(e.open_passively());
    for (std::uint16_t n = 201; n < 260; ++n) {
        REQUIRE(e.send("m") == rrdp::errc::ok);
        REQUIRE(e.says_within(2s).what.control == "Data");
        e.now +=
            e.own.said.options.rto_max - 1ms;  // the answer comes before any timer is looked at
        e.hear(e.peer.ack(101, n));
        while (e.own.engine().wants_transmit(e.now)) static_cast<void>(e.says());
    }
    const auto info = *e.own.engine().info(e.own.id);
    CHECK(info.rto <= e.own.said.options.rto_max);
    CHECK(info.srtt >= 100ms);  // it was believed that the path is slow
    // Time that goes back is time that stands.
    const rrdp::instant now = e.now;
    e.own.engine().handle_timeout(rrdp::instant{});
    e.own.engine().handle_frame(rrdp::instant{1ns}, e.peer.data(101, 259, "late"));
    CHECK(e.own.taken() == "late");
    e.now = now;
    REQUIRE(e.send("m") == rrdp::errc::ok);
    CHECK(e.says_within(2s).what.control == "Data");
}

}  // namespace
}  // namespace siege
