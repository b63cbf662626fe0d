// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/pair.hpp"

/// Every kind of conversation with the least memory that is accepted, then with one piece more at a
/// time: it may be slow, it may not stop, and everything is given back.
namespace script {
namespace {

using rrdp::errc;

/// What the engines of a test have, and how much they may use at once.
struct means {
    std::uint32_t segments;
    std::uint32_t rings;
    std::uint16_t x;
};

setup with(const means& m, std::uint16_t first, std::uint32_t connections = 1) {
    setup s;
    s.first = first;
    s.capacities = {.connections = connections,
                    .rings = m.rings,
                    .segments = m.segments,
                    .segment_max = 50,
                    .nodes = 1,
                    .listeners = 1,
                    .option_sets = 1};
    REQUIRE(check(s.capacities) == errc::ok);
    s.options.auto_close = false;
    s.options.max_outstanding = m.x;
    s.options.receive_slots = static_cast<std::uint16_t>(2 * m.x);
    s.options.give_up = 60s;
    return s;
}

means any_means() {
    return {GENERATE(4U, 5U, 6U, 7U, 8U, 10U, 12U), GENERATE(1U, 2U, 3U, 4U),
            GENERATE(as<std::uint16_t>{}, 1, 2, 4, 64)};
}

/// An application that sends `count` numbers, reads what it gets, and closes.
struct talker {
    side& own;
    rrdp::connection_id id;
    int count;
    int sent = 0;
    int received = 0;
    bool closing = false;

    bool act(rrdp::instant now) {
        own.id = id;
        for (std::string m = own.taken(); !m.empty(); m = own.taken())
            CHECK(m == std::to_string(received++));
        while (sent < count && own.send(now, std::to_string(sent)) == errc::ok) ++sent;
        if (sent == count && !closing) closing = own.engine().close(now, id) == errc::ok;
        return closing && received == count;
    }
};

void everything_is_given_back(pair& p) {
    CHECK(p.run_until(
        [&] {
            static_cast<void>(p.a.all_told());
            static_cast<void>(p.b.all_told());
            return p.a.engine().connections() + p.b.engine().connections() == 0;
        },
        300s));
    CHECK(p.a.engine().segments_available() == p.a.said.capacities.segments);
    CHECK(p.b.engine().segments_available() == p.b.said.capacities.segments);
}

TEST_CASE("with_the_least_memory_both_sides_send_lose_frames_and_close",
          "[scenario][R-6.1][R-6.3][R-8.16][R-8.23]") {
    const means m = any_means();
    CAPTURE(m.segments, m.rings, m.x);
    pair p{with(m, 100), with(m, 200)};
    REQUIRE(p.open());
    p.decide = [](bool from_a, std::size_t number, const shown&) {
        if (number % 7 == (from_a ? 3U : 5U)) return fate::is_lost;
        return number % 5 == 2 ? fate::is_late : fate::arrives;
    };
    talker at_a{p.a, p.a.id, 60};
    talker at_b{p.b, p.b.id, 60};
    CHECK(p.run_until(
        [&] {
            const bool done = at_a.act(p.now);
            return at_b.act(p.now) && done;
        },
        300s));
    CHECK(p.run_until([&] {
        static_cast<void>(p.a.all_told());
        static_cast<void>(p.b.all_told());
        return p.a.end && p.b.end;
    }));
    CHECK(to_string(*p.a.end) == "closed clean 60/60/60");
    CHECK(to_string(*p.b.end) == "closed clean 60/60/60");
    p.decide = nullptr;
    everything_is_given_back(p);
}

TEST_CASE("with_the_least_memory_several_connections_take_turns", "[scenario][R-6.3][R-8.23]") {
    const means m = any_means();
    CAPTURE(m.segments, m.rings, m.x);
    pair p{with(m, 100, 3), with(m, 200, 3)};
    REQUIRE(p.b.listen(7) == errc::ok);
    std::vector<talker> talkers;
    for (std::uint16_t port = 5'001; port <= 5'003; ++port) {
        REQUIRE(p.a.connect(p.now, 7, port) == errc::ok);
        REQUIRE(p.settle());
        REQUIRE(p.a.told() == "connected");
        REQUIRE(p.b.told() == "accepted");
        talkers.push_back({p.a, p.a.id, 20});
        talkers.push_back({p.b, p.b.id, 20});
    }
    p.decide = [](bool, std::size_t number, const shown&) {
        return number % 9 == 4 ? fate::is_lost : fate::arrives;
    };
    CHECK(p.run_until(
        [&] {
            bool done = true;
            for (talker& t : talkers) done &= t.act(p.now);
            return done;
        },
        300s));
    p.decide = nullptr;
    everything_is_given_back(p);
    CHECK(p.a.engine().stats().messages_confirmed == 60);
    CHECK(p.b.engine().stats().messages_confirmed == 60);
}

TEST_CASE("with_the_least_memory_a_slow_reader_gets_everything",
          "[scenario][R-8.17][R-8.23][R-7.27]") {
    const means m = any_means();
    CAPTURE(m.segments, m.rings, m.x);
    pair p{with(m, 100), with(m, 200)};
    REQUIRE(p.open());
    int sent = 0;
    int received = 0;
    rrdp::instant next_read = p.now + 10ms;
    CHECK(p.run_until(
        [&] {
            while (sent < 30 && p.a.send(p.now, std::to_string(sent)) == errc::ok) ++sent;
            if (p.now >= next_read) {
                next_read = p.now + 10ms;
                const std::string text = p.b.taken();
                if (!text.empty()) CHECK(text == std::to_string(received++));
            }
            return received == 30;
        },
        300s));
    CHECK(p.b.engine().abort(p.now, p.b.id) == errc::ok);
    everything_is_given_back(p);
}

TEST_CASE("with_the_least_memory_a_simultaneous_open_and_a_reopening",
          "[scenario][R-7.14][R-7.35][R-6.3]") {
    const means m = any_means();
    CAPTURE(m.segments, m.rings, m.x);
    pair p{with(m, 100), with(m, 200)};
    REQUIRE(p.a.connect(p.now, 7, 5'001) == errc::ok);
    REQUIRE(p.b.connect(p.now, 5'001, 7) == errc::ok);
    for (int life = 0; life < 3; ++life) {
        CHECK(p.run_until(
            [&] { return p.a.state() == rrdp::state::open && p.b.state() == rrdp::state::open; }));
        static_cast<void>(p.a.all_told());
        static_cast<void>(p.b.all_told());
        talker at_a{p.a, p.a.id, 10};
        talker at_b{p.b, p.b.id, 10};
        CHECK(p.run_until([&] {
            const bool done = at_a.act(p.now);
            return at_b.act(p.now) && done;
        }));
        everything_is_given_back(p);
        if (life == 0) REQUIRE(p.b.listen(7) == errc::ok);
        REQUIRE(p.a.connect(p.now, 7, 5'001) == errc::ok);
    }
}

TEST_CASE("the_one_record_of_a_listener_is_used_again_at_once", "[scenario][R-7.35][T-K6]") {
    const means m{4, 1, 4};
    pair p{with(m, 100, 2), with(m, 200, 1)};
    REQUIRE(p.open());
    for (std::uint16_t round = 0; round < 5; ++round) {
        CHECK(p.a.engine().close(p.now, p.a.id) == errc::ok);
        CHECK(p.b.engine().close(p.now, p.b.id) == errc::ok);
        CHECK(p.settle());
        CHECK(p.a.all_told() == "peer_closed, closed clean 0/0/0");
        CHECK(p.b.all_told() == "peer_closed, closed clean 0/0/0");
        CHECK(p.b.engine().connections() == 1);  // in CLOSE-WAIT
        p.a.crash(static_cast<std::uint16_t>(1'000 + round));
        REQUIRE(p.a.connect(p.now, 7, 5'001) == errc::ok);
        CHECK(p.settle());
        CHECK(p.a.told() == "connected");
        CHECK(p.b.told() == "accepted");
    }
}

}  // namespace
}  // namespace script
