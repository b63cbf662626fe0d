// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <numeric>

#include "simulation/cluster.hpp"
#include "support/catch.hpp"

using namespace std::chrono_literals;
using rrdp::duration;
using rrdp::instant;
using simulation::channel;

// The figures of docs/performance.md in virtual time. Each test prints what it has measured; the
// numbers are the same on every machine.

namespace {

struct counting : rrdp::null_observer {
    std::uint64_t retransmissions = 0;
    void on_retransmit(instant, std::uint32_t, std::uint32_t) noexcept { ++retransmissions; }
};
struct figures_policy : rrdp::default_policy {
    static constexpr bool audits = true;
    static constexpr std::uint16_t max_outstanding = 512;
    using observer = counting;
};
using cluster = simulation::basic_cluster<figures_policy>;

using rrdp::wire::features;

const rrdp::options lan = [] {
    rrdp::options o = rrdp::profiles::lan;
    o.offered = features::fin | features::credit | features::empty | features::frag | features::tag;
    return o;
}();

constexpr std::size_t longest = 1'400;

/// What a transfer of equal messages came to.
struct transfer {
    double goodput = 0;          ///< time that the frames of delivered messages need, of all time
    std::uint64_t messages = 0;  ///< delivered
    std::uint64_t lost = 0;      ///< frames of the senders
    std::uint64_t queue_full = 0;
    std::uint64_t retransmissions = 0;
};

/// `senders` nodes send `messages` messages each to node 0, all at once.
transfer measure(const rrdp::adapters::network_conditions& weather, std::size_t senders,
                 std::uint32_t messages, const rrdp::options& o = lan) {
    cluster c{5,
              weather,
              {.stations = senders + 1, .frames = 32'768},
              {.connections = 128, .rings = 128, .segments = 12'000, .nodes = 128}};
    c.net.conditions.faults = {};
    std::vector<channel> all;
    for (std::size_t n = 1; n <= senders; ++n)
        all.push_back(c.open(n, 0, static_cast<std::uint16_t>(n), o));
    REQUIRE(c.ok);
    c.net.conditions.faults = weather.faults;
    std::vector<std::uint32_t> sent(senders + 1);
    std::uint64_t got = 0;
    const std::array<std::byte, longest> message{};
    const auto act = [&](std::size_t n) -> std::optional<instant> {
        while (c[n].poll_event()) {}
        if (n != 0)
            while (sent[n] < messages && c[n].send(c.now(), all[n - 1].out, message)) ++sent[n];
        if (n == 0)
            for (const channel& from : all)
                while (c[0].receive(from.in)) ++got;
        return std::nullopt;
    };
    const instant begin = c.now();
    REQUIRE(c.run(
        act, [&] { return got == senders * messages; }, 100s));
    transfer t;
    const auto frame = c.net.time_on_wire(longest + 14 + 14);
    t.goodput = static_cast<double>(got) * std::chrono::duration<double>(frame).count() /
                std::chrono::duration<double>(c.now() - begin).count();
    t.messages = got;
    t.queue_full = c.net.statistics().queue_full;
    for (std::size_t n = 1; n <= senders; ++n) {
        t.lost += c.net.at(n).lost();
        t.retransmissions += c[n].observer().retransmissions;
    }
    return t;
}

void show(const char* what, const transfer& t) {
    std::printf("%-34s goodput %.3f  lost %llu  queue full %llu  sent again %llu of %llu\n", what,
                t.goodput, static_cast<unsigned long long>(t.lost),
                static_cast<unsigned long long>(t.queue_full),
                static_cast<unsigned long long>(t.retransmissions),
                static_cast<unsigned long long>(t.messages));
}

}  // namespace

TEST_CASE("figures: goodput under independent loss", "[simulation][figures]") {
    for (const double p : {0.0, 0.01, 0.1, 0.3}) {
        transfer t = measure({.delay = 5us, .faults = {.loss = p}}, 1, 20'000);
        t.goodput /= 1 - p;
        char text[40];
        std::snprintf(text, sizeof text, "loss %.0f %%, of (1 - p) x link", p * 100);
        show(text, t);
        if (p == 0.0) CHECK(t.goodput >= 0.99);
        if (p == 0.01) CHECK(t.goodput >= 0.95);
        if (p == 0.1) CHECK(t.goodput >= 0.85);
        if (p == 0.3) CHECK(t.goodput >= 0.5);
        if (p > 0)
            CHECK(static_cast<double>(t.retransmissions) <= 1.1 * static_cast<double>(t.lost));
    }
}

TEST_CASE("figures: pure reordering", "[simulation][figures]") {
    const transfer t =
        measure({.delay = 5us, .faults = {.reorder = 0.1}, .lateness = 100us}, 1, 20'000);
    show("10 % up to 100 us late", t);
    const transfer u = measure({.delay = 5us, .jitter = 30us}, 1, 20'000);
    show("all up to 30 us late", u);
    CHECK(t.goodput >= 0.95);
    CHECK(t.retransmissions <= t.messages / 500);
    CHECK(u.retransmissions <= u.messages / 500);
}

TEST_CASE("figures: 64 to 1", "[simulation][figures]") {
    for (const std::uint64_t buffer : {65'536U, 131'072U}) {
        const transfer t = measure({.delay = 2us, .port_queue = buffer}, 64, 200);
        char text[40];
        std::snprintf(text, sizeof text, "64 to 1, port of %u KiB",
                      static_cast<unsigned>(buffer / 1'024));
        show(text, t);
        CHECK(t.goodput >= 0.85);
    }
}

namespace {

/// One message, from send() to receive().
duration carry(cluster& c, const channel& by, std::size_t size) {
    std::vector<std::byte> message(size);
    for (std::size_t i = 0; i < size; ++i) message[i] = static_cast<std::byte>(i * 7 + i / 251);
    bool sent = false;
    bool arrived = false;
    const instant begin = c.now();
    const auto act = [&](std::size_t n) -> std::optional<instant> {
        while (c[n].poll_event()) {}
        if (n == by.from && !sent) sent = c[n].send(c.now(), by.out, message).has_value();
        if (n != by.to) return std::nullopt;
        if (const auto got = c[n].receive(by.in)) {
            std::vector<std::byte> copy(got->size());
            got->copy_to(copy);
            arrived = true;
            CHECK(copy == message);
        }
        return std::nullopt;
    };
    CHECK(c.run(
        act, [&] { return arrived; }, 20s));
    return c.now() - begin;
}

double us(duration d) {
    return std::chrono::duration<double, std::micro>(d).count();
}

}  // namespace

TEST_CASE("figures: a page with its head, and a mebibyte, are one message each",
          "[simulation][figures][R-8.6]") {
    rrdp::options o = lan;
    o.message_max = 1U << 20U;
    o.max_outstanding = 512;  // a message must fit a window, 2X
    o.receive_slots = 1'024;
    cluster c{9, {.delay = 5us}, {}, {.connections = 4, .rings = 4, .segments = 4'096, .nodes = 2}};
    const channel by = c.open(0, 1, 7, o);
    REQUIRE(c.ok);
    std::printf("4 KiB page and 14 octets, MTU 1500: %.1f us\n", us(carry(c, by, 4'096 + 14)));
    std::printf("1 MiB, no loss: %.1f us\n", us(carry(c, by, 1U << 20U)));
    c.net.conditions.faults.loss = 0.1;
    const duration took = carry(c, by, 1U << 20U);
    std::printf("1 MiB, 10 %% loss: %.1f us\n", us(took));
    CHECK(c.net.statistics().lost > 0);
    CHECK(took < 100ms);
}

namespace {

/// How long a message takes whose first transmission is lost; `before` others leave just before it.
duration lost_at_the_end(std::uint64_t before) {
    rrdp::options o = lan;
    o.offered = o.offered - features::frag;
    o.ack_delay = 50us;
    o.rto_initial = 5ms;
    o.rto_min = 200us;
    o.rto_max = 200ms;
    cluster c{9, {.delay = 12us}};
    const channel by = c.open(0, 1, 7, o);
    REQUIRE(c.ok);
    const std::array<std::byte, 32> message{};
    for (int i = 0; i < 100; ++i) carry(c, by, 32);  // the round trip becomes known
    c.run([](std::size_t) { return std::optional<instant>{}; }, [] { return false; }, 5ms);
    const std::uint64_t last = c.net.at(0).sent() + before;
    std::uint64_t sent = 0;
    std::uint64_t got = 0;
    const instant begin = c.now();
    const auto act = [&](std::size_t n) -> std::optional<instant> {
        while (c[n].poll_event()) {}
        if (n == 0)
            for (; sent <= before; ++sent) CHECK(c[0].send(c.now(), by.out, message));
        c.net.conditions.faults.loss = n == 1 && c.net.at(0).sent() == last ? 1.0 : 0.0;
        if (n == 1)
            while (c[1].receive(by.in)) ++got;
        return std::nullopt;
    };
    CHECK(c.run(
        act, [&] { return got > before; }, 1s));
    CHECK(c.net.at(0).lost() == 1);
    return c.now() - begin;
}

}  // namespace

TEST_CASE("figures: a lost last packet", "[simulation][figures]") {
    const duration alone = lost_at_the_end(0);
    const duration behind = lost_at_the_end(3);
    std::printf("lost last packet, round trip 50 us: alone %.1f us, behind three %.1f us\n",
                us(alone), us(behind));
    CHECK(alone <= 150us);
    CHECK(behind <= 150us);
}
