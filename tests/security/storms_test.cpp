// SPDX-License-Identifier: Apache-2.0
#include "security/siege.hpp"
#include "support/catch.hpp"
#include "support/pair.hpp"

/// Two who answer each other: no frame may be worth more frames than it is, for ever.
namespace siege {
namespace {

using rrdp::drop_reason;

/// An engine that believes to be open, with the numbers of a conversation of its own: the peer was
/// played by hand, and has been replaced by another engine that believes the like.
struct believer {
    using side = script::basic_side<script::bare_policy>;
    side own;
    rrdp::testing::segments peer;
    bool open = false;

    /// `first` is the own number, `theirs` that of the peer who was.
    believer(std::uint16_t first, std::uint16_t theirs, bool left, const rrdp::options& o,
             rrdp::instant now)
        : own{script::setup{.first = first, .options = o}, static_cast<std::uint16_t>(left ? 1 : 2),
              static_cast<std::uint16_t>(left ? 2 : 1)},
          peer{.source_port = static_cast<std::uint16_t>(left ? 20 : 10),
               .destination_port = static_cast<std::uint16_t>(left ? 10 : 20)} {
        std::array<std::byte, 1'600> room{};
        auto said = rrdp::testing::segments::plain();
        said.extended = true;
        said.offered = o.offered;
        if (own.listen(peer.destination_port) != rrdp::errc::ok) return;
        own.engine().handle_frame(now, peer.syn(theirs, said));
        static_cast<void>(own.engine().poll_transmit(now, room));
        own.engine().handle_frame(now, peer.ack(static_cast<std::uint16_t>(theirs + 1), first));
        open = own.told() == "accepted";
    }
};

struct tally {
    std::uint64_t frames = 0;
    std::uint64_t later = 0;  ///< of these, in the second half of the time
    bool over = false;        ///< both have ended
};

/// Joins two that were opened apart, and lets them talk for `span`.
tally join(believer& a, believer& b, rrdp::instant now, rrdp::duration span) {
    tally t;
    const rrdp::instant begin = now;
    std::array<std::byte, 1'600> room{};
    while (now < begin + span && t.frames < 1'000'000) {
        bool any = false;
        for (int turn = 0; turn < 2; ++turn) {
            auto& from = (turn == 0 ? a : b).own.engine();
            auto& to = (turn == 0 ? b : a).own.engine();
            const auto size = from.poll_transmit(now, room);
            if (!size) continue;
            any = true;
            ++t.frames;
            t.later += now - begin > span / 2 ? 1U : 0U;
            to.handle_frame(now, rrdp::octets_view{room}.first(*size));
        }
        if (any) continue;
        rrdp::instant next = begin + span;
        for (believer* one : {&a, &b})
            if (const auto due = one->own.engine().next_timeout()) next = std::min(next, *due);
        now = std::max(now, next);
        for (believer* one : {&a, &b}) one->own.engine().handle_timeout(now);
    }
    t.over = a.own.all_told().find("closed") != std::string::npos &&
             b.own.all_told().find("closed") != std::string::npos;
    return t;
}

rrdp::options talkative(features offered) {
    rrdp::options o = script::only_fin;
    o.offered = offered;
    return o;
}

TEST_CASE("two that are open with each other's numbers wrong exchange few frames, then end or idle",
          "[security][R-7.4][R-7.22][R-7.30][R-3.18][T-D5]") {
    // Where each believes the other to be: right, within two windows, or anywhere.
    constexpr std::array<std::int32_t, 8> off{0, 1, 60, 128, 129, 5'000, 32'768, 65'535};
    std::uint64_t most = 0;
    std::uint64_t pairs = 0;
    std::uint64_t ended = 0;
    for (const std::int32_t x : off) {
        for (const std::int32_t y : off) {
            if (x == 0 && y == 0) continue;
            const rrdp::instant now{1s};
            const auto o = talkative(features::fin);
            believer a{1'000, static_cast<std::uint16_t>(2'000 + x), true, o, now};
            believer b{2'000, static_cast<std::uint16_t>(1'000 + y), false, o, now};
            REQUIRE((a.open && b.open));
            REQUIRE(a.own.send(now, "from a") == rrdp::errc::ok);
            REQUIRE(b.own.send(now, "from b") == rrdp::errc::ok);
            const tally t = join(a, b, now, 60s);
            INFO("off by " << x << " and " << y << ": " << t.frames << " frames");
            CHECK(t.frames >= 4);  // there was something to answer
            CHECK(t.frames <= 400);
            // Off by one or less they may agree after all: then there are keepalives, two frames
            // each, of either side each second, and no more.
            CHECK(t.later <= (t.over ? 0U : 120U));
            ended += t.over ? 1U : 0U;
            most = std::max(most, t.frames);
            ++pairs;
        }
    }
    CHECK(pairs == 63);
    CHECK(ended >= 55);
    CHECK(most >= 10);
}

TEST_CASE("a storm of ACKs is not answered, one of data by a challenge a hundredth of a second",
          "[security][R-7.4][R-7.22][R-7.30]") {
    const rrdp::instant begin{1s};
    believer a{1'000, 2'000, true, talkative(features::fin), begin};
    REQUIRE(a.open);
    std::array<std::byte, 1'600> room{};
    auto& engine = a.own.engine();
    const auto answers = [&] {
        std::uint64_t n = 0;
        while (engine.poll_transmit(begin, room)) ++n;
        return n;
    };
    for (std::uint32_t number = 0; number <= 0xffff; ++number)
        engine.handle_frame(begin, a.peer.ack(static_cast<std::uint16_t>(number), 1'000));
    CHECK(answers() == 0);
    CHECK(engine.stats().acks_in >= 65'536);
    for (std::uint32_t number = 0; number <= 0xffff; ++number)
        engine.handle_frame(begin, a.peer.ack(2'001, static_cast<std::uint16_t>(number)));
    CHECK(answers() == 0);
    CHECK(engine.stats().dropped(drop_reason::bad_ack) == 65'536 - 130);

    rrdp::instant now = begin;
    std::uint64_t challenges = 0;
    const std::uint64_t count = rounds(200'000);
    for (std::uint64_t i = 0; i < count; ++i) {
        now += 10us;
        engine.handle_frame(now, a.peer.data(9'000, 1'000, "beyond"));
        while (engine.poll_transmit(now, room)) ++challenges;
    }
    CHECK(engine.stats().dropped(drop_reason::beyond_window) == count);
    const std::uint64_t tokens = 16 + count / 1'000;  // a burst, and a hundred a second
    CHECK(challenges <= tokens + 1);
    CHECK(challenges + 1 >= tokens);
    CHECK(engine.stats().challenges_suppressed >= count - challenges - 1);
    CHECK(a.own.all_told().empty());
}

TEST_CASE("a storm of RSTs in the window draws challenges within their limit and ends nothing",
          "[security][R-7.20][R-7.4][R-3.18]") {
    rrdp::instant now{1s};
    believer a{1'000, 2'000, true, talkative(features::fin), now};
    REQUIRE(a.open);
    std::array<std::byte, 1'600> room{};
    std::uint64_t challenges = 0;
    const std::uint64_t count = rounds(200'000);
    for (std::uint64_t i = 0; i < count; ++i) {
        now += 10us;
        const auto number = static_cast<std::uint16_t>(2'002 + i % 127);
        a.own.engine().handle_frame(now, a.peer.rst(number, 1'000));
        while (const auto size = a.own.engine().poll_transmit(now, room)) {
            ++challenges;
            CHECK(script::read(rrdp::octets_view{room}.first(*size)).control.empty());
        }
    }
    CHECK(challenges >= count / 1'000);
    CHECK(challenges <= 17 + count / 1'000);
    CHECK(a.own.all_told().empty());
}

TEST_CASE("strays from every node are answered within the limit of each, and RSTs by nothing",
          "[security][R-7.6][R-3.18][R-20.2][T-K5]") {
    host a{1, {.connections = 16, .rings = 4, .segments = 32, .segment_max = 100, .nodes = 8}};
    host b{2, {.connections = 16, .rings = 4, .segments = 32, .segment_max = 100, .nodes = 8}};
    REQUIRE((a.knows(1, 7) && b.knows(1, 7)));
    wire net{{&a, &b}};
    const rrdp::testing::segments stray{.source_port = 5, .destination_port = 6};
    const std::uint64_t count = rounds(600'000);
    for (std::uint64_t i = 0; i < count; ++i) {  // five nodes' names, one of which listens: b's
        net.now += 2us;
        const auto from = static_cast<std::uint8_t>(2 + i % 5);
        a.engine.handle_frame(net.now, framed(station(from), a.address, stray.data(1, 2, "x")));
        net.settle();
    }
    REQUIRE(net.run(1s));
    const std::uint64_t each = 16 + count / 5'000;  // a hundred a second, and a burst
    const std::uint64_t answers = a.stats().resets_out.total();
    CHECK(answers + 10 >= 5 * each);
    CHECK(answers <= 5 * each + 10);
    CHECK(a.stats().resets_suppressed == count - answers);
    CHECK(b.stats().frames_in >= each - 2);
    CHECK(b.dropped(drop_reason::stray_reset) == b.stats().frames_in);
    CHECK(b.stats().frames_out == 0);
}

}  // namespace
}  // namespace siege
