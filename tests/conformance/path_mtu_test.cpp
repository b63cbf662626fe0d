// SPDX-License-Identifier: Apache-2.0
// Section 12: what size a path carries, how more is proved, and what a black hole is.
#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/dice.hpp"
#include "support/pair.hpp"

namespace script {
namespace {

using rrdp::instant;
using rrdp::wire::features;

/// Bare segments on a link whose paths carry no more than 1500 octets for certain.
struct jumbo_framing : rrdp::wire::bare_framing {
    static constexpr std::uint16_t base_mtu = 1'500;
};
using jumbo_policy = watched<jumbo_framing>;

constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

setup jumbo(std::uint16_t first, std::uint16_t mtu = 9'000) {
    setup s{.first = first};
    s.capacities.segment_max = 8'986;
    s.capacities.segments = 64;
    s.node.mtu = mtu;
    s.options.max_outstanding = 8;
    s.options.receive_slots = 16;
    return s;
}

/// Two such engines and a wire that swallows what is longer than `hole_*`, without a word.
struct path {
    using engine = rrdp::endpoint<jumbo_policy>;

    struct end {
        setup said;
        engine held;
        rrdp::connection_id id{};
        std::string told{};
        std::size_t hole = unlimited;  ///< the longest frame that this end gets through
        std::vector<std::size_t> sizes{};
        std::size_t swallowed = 0;
        std::uint64_t received = 0;

        end(const setup& s, std::uint16_t number, std::uint16_t other, std::uint16_t other_mtu)
            : said{s}, held{s.capacities, node_of(s, number), key_for(s.first)} {
            REQUIRE(held.add_node(rrdp::node_id{other}, {}, other_mtu) == rrdp::errc::ok);
        }
        static rrdp::node_options<jumbo_framing> node_of(const setup& s, std::uint16_t number) {
            return {.node = rrdp::node_id{number}, .mtu = s.node.mtu};
        }
        std::uint32_t message_max() const { return held.info(id)->message_max; }
        rrdp::errc send(instant when, std::size_t size) {
            const std::vector<std::byte> text(size, std::byte{0x55});
            const auto sent = held.send(when, id, text);
            return sent ? rrdp::errc::ok : sent.error();
        }
    };

    end a, b;
    instant now{1s};
    std::vector<std::byte> room = std::vector<std::byte>(9'000);

    explicit path(const setup& of_a = jumbo(100), const setup& of_b = jumbo(200),
                  std::uint16_t a_knows = 0, std::uint16_t b_knows = 0)
        : a{of_a, 1, 2, a_knows}, b{of_b, 2, 1, b_knows} {}

    bool carry(end& from, end& to) {
        const auto size = from.held.poll_transmit(now, room);
        if (!size) return false;
        from.sizes.push_back(*size);
        if (*size <= from.hole)
            to.held.handle_frame(now, rrdp::octets_view{room}.first(*size));
        else
            ++from.swallowed;
        return true;
    }
    void hear(end& e) {
        while (const auto what = e.held.poll_event()) {
            e.id = what->connection;
            e.told += (e.told.empty() ? "" : ", ") + to_string(*what);
        }
        while (const auto m = e.held.receive(e.id)) ++e.received;
    }
    void run(rrdp::duration span) {
        const instant limit = now + span;
        for (int step = 0; step < 100'000; ++step) {
            if (carry(a, b) || carry(b, a)) continue;
            hear(a);
            hear(b);
            if (a.held.wants_transmit(now) || b.held.wants_transmit(now)) continue;
            if (now >= limit) return;
            const auto x = a.held.next_timeout();
            const auto y = b.held.next_timeout();
            now = std::min({limit, x.value_or(rrdp::never), y.value_or(rrdp::never)});
            a.held.handle_timeout(now);
            b.held.handle_timeout(now);
        }
        FAIL("it never ends");
    }
    void open() {
        REQUIRE(b.held.listen(7, b.said.options) == rrdp::errc::ok);
        const auto made = a.held.connect(now, {rrdp::node_id{2}, 7, 5'001}, a.said.options);
        REQUIRE(made);
        a.id = *made;
    }
    void open_and_run(rrdp::duration span = 500ms) {
        open();
        run(span);
        REQUIRE(a.told == "connected");
        REQUIRE(b.told == "accepted");
    }
};

TEST_CASE("a link of the base size is used as it is, and nothing is padded", "[core][R-12.2]") {
    path p{jumbo(100, 1'500), jumbo(200, 1'500)};
    p.open_and_run();
    CHECK(p.a.message_max() == 1'486);
    CHECK(p.a.sizes.at(0) < 100);
    CHECK(p.a.held.stats().mtu_probes == 0);
}

TEST_CASE("without verify_mtu the link's own size is believed at once", "[core][R-12.2]") {
    setup of_a = jumbo(100);
    of_a.options.verify_mtu = false;
    path p{of_a, jumbo(200)};
    p.open_and_run(1ms);
    CHECK(p.a.message_max() == 8'986);
    CHECK(p.a.sizes.at(0) < 100);
}

TEST_CASE("a padded SYN and its padded answer prove both directions at once", "[core][R-12.3]") {
    path p;
    p.open_and_run(1ms);
    CHECK(p.a.sizes.at(0) == 9'000);
    CHECK(p.b.sizes.at(0) == 9'000);
    CHECK(p.a.message_max() == 8'986);
    CHECK(p.b.message_max() == 8'986);
    CHECK(p.a.held.stats().mtu_probes + p.b.held.stats().mtu_probes == 0);

    REQUIRE(p.a.send(p.now, 8'986) == rrdp::errc::ok);
    p.run(10ms);
    CHECK(p.b.received == 1);
    CHECK(p.a.sizes.at(2) == 9'000);
}

TEST_CASE("padding is zeros, whatever was in the room before", "[core][R-2.8][R-12.3]") {
    path p;
    std::fill(p.room.begin(), p.room.end(), std::byte{0xa5});
    p.open();
    REQUIRE(p.a.held.poll_transmit(p.now, p.room) == 9'000U);
    const std::size_t segment = rrdp::wire::parse(p.room)->octets.size();
    REQUIRE(segment < 100);
    CHECK(std::all_of(p.room.begin() + static_cast<std::ptrdiff_t>(segment), p.room.end(),
                      [](std::byte octet) { return octet == std::byte{0}; }));
}

TEST_CASE("padding goes no further than the smaller of the two links", "[core][R-12.3]") {
    const std::uint16_t known = GENERATE(as<std::uint16_t>{}, 4'000, 1'500, 600);
    path p{jumbo(100), jumbo(200, known), known, 9'000};
    p.open_and_run(1ms);
    CHECK(p.a.sizes.at(0) == (known > 1'500 ? known : p.a.sizes.at(0)));
    if (known <= 1'500) CHECK(p.a.sizes.at(0) < 100);
    CHECK(p.a.message_max() == known - 14U);
    CHECK(p.b.message_max() == known - 14U);
}

TEST_CASE("a SYN ACK is never longer than the frame of its SYN", "[core][R-12.3][R-20.2]") {
    setup of_a = jumbo(100);
    const auto known = GENERATE(as<std::uint16_t>{}, 0, 3'000);
    if (known == 0) of_a.options.verify_mtu = false;  // its SYN is short
    path p{of_a, jumbo(200), known, 0};
    p.open();
    REQUIRE(p.carry(p.a, p.b));
    REQUIRE(p.carry(p.b, p.a));
    if (known != 0) CHECK(p.b.sizes.at(0) == known);
    if (known == 0) CHECK(p.b.sizes.at(0) < 100);
    CHECK(p.b.sizes.at(0) <= std::max<std::size_t>(p.a.sizes.at(0), 46));
}

TEST_CASE("a SYN ACK is no longer than the frame of the SYN where both have sent one, either",
          "[core][R-12.3][R-20.2][T-O3]") {
    path p{jumbo(100), jumbo(200), 3'000, 0};
    const auto by_a = p.a.held.connect(p.now, {rrdp::node_id{2}, 7, 5'001}, p.a.said.options);
    const auto by_b = p.b.held.connect(p.now, {rrdp::node_id{1}, 5'001, 7}, p.b.said.options);
    REQUIRE((by_a && by_b));
    p.a.id = *by_a;
    std::array<std::byte, 9'014> room{};
    REQUIRE(p.b.held.poll_transmit(p.now, room));  // its SYN, which is lost
    REQUIRE(p.carry(p.a, p.b));
    REQUIRE(p.carry(p.b, p.a));
    CHECK(p.a.sizes.at(0) == 3'000);
    CHECK(p.b.sizes.at(0) == 3'000);
}

TEST_CASE("the third SYN is unpadded, and the path stays at the base size",
          "[core][T-L3][R-12.1][R-12.3]") {
    path p;
    p.a.hole = p.b.hole = 1'500;
    p.open_and_run(400ms);
    REQUIRE(p.a.sizes.size() >= 3);
    CHECK(p.a.sizes.at(0) == 9'000);
    CHECK(p.a.sizes.at(1) == 9'000);
    CHECK(p.a.sizes.at(2) < 100);
    CHECK(p.a.swallowed >= 2);
    CHECK(p.b.sizes.at(0) < 100);
    CHECK(p.a.message_max() == 1'486);
    CHECK(p.b.message_max() == 1'486);

    REQUIRE(p.a.send(p.now, 1'487) == rrdp::errc::message_too_long);
    REQUIRE(p.a.send(p.now, 1'486) == rrdp::errc::ok);
    p.run(100ms);
    CHECK(p.b.received == 1);
}

TEST_CASE("a second padded SYN that is answered proves the size, too", "[core][R-12.3]") {
    path p;
    p.open();
    p.a.hole = 0;  // the first is lost for another reason
    p.run(10ms);
    p.a.hole = unlimited;
    p.run(300ms);
    REQUIRE(p.a.told == "connected");
    CHECK(p.a.sizes.at(1) == 9'000);
    CHECK(p.a.message_max() == 8'986);
}

TEST_CASE("only the direction that was proved carries more", "[core][T-L3][R-12.1][R-12.3]") {
    path p;
    p.b.hole = 1'500;
    p.open_and_run(400ms);
    CHECK(p.b.swallowed >= 2);
    // The padded SYNs of a have arrived, but no answer told it so: a probe does.
    p.run(3s);
    CHECK(p.a.message_max() == 8'986);  // by a probe
    CHECK(p.a.held.stats().mtu_raised == 1);
    CHECK(p.b.message_max() == 1'486);
}

TEST_CASE("a probe that is acknowledged raises the limit", "[core][T-L4][R-12.4]") {
    path p;
    p.a.hole = p.b.hole = 1'500;
    p.open();
    for (int n = 0; n < 400 && p.a.told.empty(); ++n) p.run(1ms);
    REQUIRE(p.a.told == "connected");
    p.a.hole = p.b.hole = unlimited;
    p.a.sizes.clear();
    REQUIRE(p.a.send(p.now, 10) == rrdp::errc::ok);
    p.run(200ms);
    CHECK(p.a.held.stats().mtu_probes >= 1);
    CHECK(p.a.held.stats().mtu_raised == 1);
    CHECK(p.a.message_max() == 8'986);
    CHECK(std::count(p.a.sizes.begin(), p.a.sizes.end(), 9'000U) == 1);
    CHECK(p.b.received == 1);  // the probe is no message
    REQUIRE(p.a.send(p.now, 8'986) == rrdp::errc::ok);
    p.run(10ms);
    CHECK(p.b.received == 2);
}

TEST_CASE("three probes are lost, the size stays, and 600 s later it is tried again",
          "[core][T-L4][R-12.4]") {
    path p;
    p.a.hole = p.b.hole = 1'500;
    p.open_and_run(20s);
    CHECK(p.a.held.stats().mtu_probes == 3);
    CHECK(p.a.held.stats().mtu_probes_lost == 3);
    CHECK(p.a.message_max() == 1'486);
    CHECK(p.a.told == "connected");
    p.run(560s);
    CHECK(p.a.held.stats().mtu_probes == 3);
    p.run(60s);
    CHECK(p.a.held.stats().mtu_probes == 6);
    CHECK(p.a.held.stats().mtu_raised == 0);
    p.a.hole = p.b.hole = unlimited;
    p.run(700s);
    CHECK(p.a.held.stats().mtu_probes == 7);
    CHECK(p.a.held.stats().mtu_raised == 1);
    CHECK(p.a.message_max() == 8'986);
}

TEST_CASE("a lost probe goes again unpadded under its own number", "[core][T-L4][R-12.4]") {
    path p;
    p.a.hole = 1'500;
    p.open();
    std::vector<std::pair<std::uint16_t, std::size_t>> nuls;  // of a: number, size
    for (int step = 0; step < 5'000; ++step) {
        const auto before = p.a.sizes.size();
        if (p.carry(p.a, p.b)) {
            const auto s = rrdp::wire::parse(rrdp::octets_view{p.room}.first(p.a.sizes.back()));
            REQUIRE(s);
            if (s->base.control.nul())
                nuls.emplace_back(s->base.sequence.value(), p.a.sizes.back());
        }
        if (p.a.sizes.size() != before || p.carry(p.b, p.a)) continue;
        p.hear(p.a);
        p.hear(p.b);
        p.now += 1ms;
        p.a.held.handle_timeout(p.now);
        p.b.held.handle_timeout(p.now);
    }
    REQUIRE(nuls.size() >= 2);
    CHECK(nuls.at(0).second == 9'000);
    CHECK(nuls.at(1).first == nuls.at(0).first);
    CHECK(nuls.at(1).second == 14);
    CHECK(p.a.message_max() == 1'486);
}

TEST_CASE("nothing is probed that the peer or the pool would not take", "[core][R-12.4]") {
    setup of_a = jumbo(100);
    of_a.options.verify_mtu = true;
    setup of_b = jumbo(200);
    SECTION("the peer's segments are short") {
        of_b.capacities.segment_max = 1'486;
    }
    SECTION("the own ones are") {
        of_a.capacities.segment_max = 1'486;
    }
    path p{of_a, of_b};
    p.a.hole = p.b.hole = 1'500;
    p.open_and_run(5s);
    CHECK(p.a.held.stats().mtu_probes == 0);
    CHECK(p.a.message_max() == 1'486);
}

TEST_CASE("large segments that vanish while small ones pass are a black hole",
          "[core][T-L3][R-12.5][R-19.14]") {
    path p;
    p.open_and_run(10ms);
    REQUIRE(p.a.message_max() == 8'986);
    p.a.hole = 1'500;
    const bool alone = GENERATE(true, false);
    REQUIRE(p.a.send(p.now, 8'000) == rrdp::errc::ok);
    if (!alone) REQUIRE(p.a.send(p.now, 10) == rrdp::errc::ok);
    p.run(3s);
    CHECK(p.a.swallowed >= 5);
    CHECK(p.a.told ==
          "connected, closed path_mtu_black_hole " + std::string{alone ? "1/1/0" : "2/2/0"});
    CHECK(p.a.held.stats().mtu_black_holes == 1);
    CHECK(p.a.held.stats().resets_out.of(rrdp::wire::reset_reason::too_long) == 1);
    // Numbers of ours are missing over there: the RST is not exact, and a challenge asks again.
    CHECK(p.b.told == "accepted, closed reset(2) 0/0/0");
    CHECK(p.b.received == 0);
}

TEST_CASE("a dead peer is no black hole, nor are small segments that vanish", "[core][R-12.5]") {
    path p;
    p.open_and_run(10ms);
    const std::size_t size = GENERATE(as<std::size_t>{}, 8'000, 100);
    p.a.hole = 0;
    REQUIRE(p.a.send(p.now, size) == rrdp::errc::ok);
    p.run(20s);
    CHECK(p.a.swallowed >= 4);
    CHECK(p.a.told == "connected, closed timed_out_data 1/1/0");
    CHECK(p.a.held.stats().mtu_black_holes == 0);
}

TEST_CASE("a large segment that is lost again and again while others arrive is no black hole",
          "[core][R-12.5]") {
    path p;
    p.open_and_run(10ms);
    int losses = 0;  // of the first: when it leaves, as a fast retransmission, after a time-out
    std::optional<std::uint16_t> unlucky;
    const auto step = [&] {
        const auto size = p.a.held.poll_transmit(p.now, p.room);
        if (!size) return p.carry(p.b, p.a);
        const auto f = rrdp::wire::parse(rrdp::octets_view{p.room}.first(*size));
        if (!unlucky && f->base.data_length != 0) unlucky = f->base.sequence.value();
        const bool drop = f->base.data_length != 0 && f->base.sequence.value() == unlucky;
        if (drop && ++losses <= 3) return true;
        p.b.held.handle_frame(p.now, rrdp::octets_view{p.room}.first(*size));
        return true;
    };
    const auto settle = [&] {
        while (step()) {}
        p.hear(p.a);
        p.hear(p.b);
    };
    for (int n = 0; n < 5; ++n) REQUIRE(p.a.send(p.now, 8'000) == rrdp::errc::ok);
    settle();
    REQUIRE(losses == 2);
    p.now += 100us;
    for (int n = 0; n < 2; ++n) REQUIRE(p.a.send(p.now, 8'000) == rrdp::errc::ok);
    settle();
    for (int n = 0; n < 1'000 && losses < 4; ++n) {
        p.now = std::max(p.now, *p.a.held.next_timeout());
        p.a.held.handle_timeout(p.now);
        p.b.held.handle_timeout(p.now);
        settle();
    }
    CHECK(losses == 4);
    CHECK(p.a.told == "connected");
    CHECK(p.b.received == 7);
}

TEST_CASE("one large segment that is lost and then arrives is no black hole", "[core][R-12.5]") {
    path p;
    p.open_and_run(10ms);
    const auto again = [&p] {
        const rrdp::statistics& s = p.a.held.stats();
        return s.retransmissions_rto + s.retransmissions_tlp;
    };
    for (int round = 0; round < 4; ++round) {
        p.a.hole = 1'500;
        REQUIRE(p.a.send(p.now, 8'000) == rrdp::errc::ok);
        const auto before = again();
        for (int n = 0; n < 1'000 && again() == before; ++n) {
            const auto next = p.a.held.next_timeout();
            REQUIRE(next);
            p.now = std::max(p.now, *next);
            p.a.held.handle_timeout(p.now);
            p.a.hole = unlimited;
            p.run(0ms);
            p.a.hole = 1'500;
        }
        p.a.hole = unlimited;
        p.run(50ms);
    }
    CHECK(p.b.received == 4);
    CHECK(again() >= 4);
    CHECK(p.a.told == "connected");
}

TEST_CASE("a path that loses a twentieth of its frames is no black hole", "[core][R-12.5]") {
    path p;
    p.open_and_run(10ms);
    rrdp::testing::dice dice{9};
    for (std::uint64_t n = 1; n <= 400;
         ++n) {  // one by one: nothing else is under way when one is lost
        REQUIRE(p.a.send(p.now, 8'000) == rrdp::errc::ok);
        for (int wait = 0; wait < 200 && p.b.received < n; ++wait) {
            p.a.hole = dice.chance(5) ? 0 : unlimited;
            p.b.hole = dice.chance(5) ? 0 : unlimited;
            p.run(1ms);
        }
        REQUIRE(p.b.received == n);
    }
    CHECK(p.a.told == "connected");
    CHECK(p.a.held.stats().retransmissions_rto > 0);
}

TEST_CASE("no probe of the path stands within a message of several segments",
          "[core][T-M11][R-8.10][R-12.4]") {
    setup of_a = jumbo(100);
    setup of_b = jumbo(200);
    of_a.options.offered = of_b.options.offered = features::fin | features::frag;
    path p{of_a, of_b};
    p.a.hole = p.b.hole = 1'500;
    p.open();
    for (int n = 0; n < 1'000 && p.a.told.empty(); ++n) p.run(1ms);
    REQUIRE(p.a.told == "connected");
    p.run(1s);  // whatever was asked for at the beginning has been tried
    const auto before = p.a.held.stats().mtu_probes;
    REQUIRE(before == 3);
    p.now += 600s;  // the search goes on with the next delivery
    p.a.held.handle_timeout(p.now);
    p.b.held.handle_timeout(p.now);

    REQUIRE(p.a.send(p.now, 1) == rrdp::errc::ok);
    REQUIRE(p.a.send(p.now, 20'000) == rrdp::errc::ok);  // 14 segments, a window has 8
    std::vector<std::uint16_t> data_numbers, probe_numbers;
    for (int step = 0; step < 2'000 && p.b.received < 2; ++step) {
        const auto frames = p.a.sizes.size();
        if (p.carry(p.a, p.b)) {
            const auto f = rrdp::wire::parse(rrdp::octets_view{p.room}.first(p.a.sizes.back()));
            REQUIRE(f);
            const auto number = f->base.sequence.value();
            if (f->base.data_length > 1) data_numbers.push_back(number);
            if (f->base.control.nul() && p.a.sizes.back() > 1'500) probe_numbers.push_back(number);
        }
        p.hear(p.b);
        if (p.a.sizes.size() != frames || p.carry(p.b, p.a)) continue;
        p.now += 1ms;
        p.a.held.handle_timeout(p.now);
        p.b.held.handle_timeout(p.now);
    }
    REQUIRE(p.b.received == 2);
    REQUIRE(data_numbers.size() >= 14);
    p.run(1s);
    CHECK(p.a.held.stats().mtu_probes > before);  // it was asked for in the middle, and waited
    for (const std::uint16_t probe : probe_numbers)
        CHECK_FALSE((probe > data_numbers.front() && probe < data_numbers.back()));
    const auto [first, last] = std::minmax_element(data_numbers.begin(), data_numbers.end());
    CHECK(*last - *first == 13);  // the numbers of a message follow each other
}

}  // namespace
}  // namespace script
