// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <vector>

#include <rrdp/adapters/faulty.hpp>
#include <rrdp/adapters/simulated_network.hpp>
#include <rrdp/rrdp.hpp>

#include "support/catch.hpp"
#include "support/dice.hpp"

/// The bad wire of examples/run in virtual time: two hosts that need time for a turn and for each
/// frame, that wake up late, and that come back for frames kept back only now and then; at both
/// ends a `faulty` link. A frame kept back goes on when others have overtaken it, or after many
/// turns: to a window that stands still it comes very late.
namespace {

using namespace std::chrono_literals;
using rrdp::duration;
using rrdp::instant;
using rrdp::adapters::simulated_network;

constexpr std::size_t message_octets = 65'000;
constexpr rrdp::adapters::frame_faults bad{.loss = 0.05, .duplicate = 0.02, .reorder = 0.1};

/// What a host's time goes by for.
struct pace {
    duration turn = 4us;
    duration frame = 4us;      ///< sent or received
    duration wake_up = 100us;  ///< at most, from the arrival of a frame
    duration look = 100us;     ///< to twice that, between looks while frames are kept back
};

class host {
public:
    host(simulated_network& net, std::uint32_t number, std::uint64_t seed, std::uint16_t mtu,
         const rrdp::adapters::frame_faults& faults, const pace& p)
        : wire_{net.at(number)},
          link{wire_, 2 * seed + number, {.transmit = faults, .receive = faults}},
          engine{{.connections = 4,
                  .rings = 8,
                  .segments = 1'024,
                  .segment_max = mtu - 14U,
                  .nodes = 4,
                  .governors = 8},
                 own(net, number, mtu, link.properties()),
                 rrdp::entropy{seed, number + 1}},
          pace_{p},
          chance_{seed + number} {
        const auto other = static_cast<std::uint16_t>(2 - number);
        REQUIRE(engine.add_node(rrdp::node_id{other}, net.address(1 - number)) == rrdp::errc::ok);
    }

    /// Whether it is its turn; a frame that has arrived wakes it up.
    [[nodiscard]] bool due(instant now) {
        if (wire_.has_frame() && woken_ == rrdp::never) woken_ = now + by_chance(pace_.wake_up);
        return now >= next();
    }
    [[nodiscard]] instant next() const {
        return std::max(free_, wire_.has_frame() ? std::min(wake_, woken_) : wake_);
    }

    void turn(instant now) {
        const auto did = rrdp::pump(engine, link, now, 16);
        woken_ = rrdp::never;
        free_ = now + pace_.turn + pace_.frame * static_cast<int>(did.received + did.sent);
    }
    /// Sleeps, if there is nothing to do.
    void rest(instant now, bool busy) {
        wake_ = std::min(now + pace_.look + by_chance(pace_.look),
                         engine.next_timeout().value_or(rrdp::never));
        if (busy || (engine.wants_transmit(now) && wire_.queued() == 0)) wake_ = now;
        wake_ = std::max(wake_, free_);
    }

private:
    using framing = rrdp::default_policy::framing;
    static rrdp::node_options<framing> own(simulated_network& net, std::uint32_t number,
                                           std::uint16_t mtu, const rrdp::link_properties& said) {
        rrdp::node_options<framing> o;
        o.node = rrdp::node_id{static_cast<std::uint16_t>(number + 1)};
        o.address = net.address(number);
        o.mtu = mtu;
        o.fifo = said.fifo;
        o.msl = said.msl;
        return o;
    }
    duration by_chance(duration most) {
        return duration{chance_.below(static_cast<std::uint64_t>(most.count()))};
    }

    simulated_network::station& wire_;

public:
    rrdp::adapters::faulty<simulated_network::station> link;
    rrdp::endpoint<rrdp::default_policy> engine;

private:
    pace pace_;
    rrdp::testing::dice chance_;
    instant free_{};
    instant wake_{};
    instant woken_ = rrdp::never;
};

/// One host sends `total` octets to the other, as fast as it may.
struct crossing {
    crossing(std::uint64_t seed, std::uint16_t mtu, const rrdp::adapters::frame_faults& faults,
             std::uint64_t total, const pace& p)
        : net{seed,
              {.rate = 1'250'000'000, .delay = 2us},
              {.stations = 2, .frames = 8'192, .max_frame = mtu + 14U}},
          a{net, 0, seed, mtu, faults, p},
          b{net, 1, seed, mtu, faults, p} {
        net.advance_to(instant{1s});
        REQUIRE(b.engine.listen(7, {}) == rrdp::errc::ok);
        const auto made = a.engine.connect(net.time(), {rrdp::node_id{2}, 7}, {});
        REQUIRE(made);
        for (int step = 0; received < total && !closed; ++step) {
            REQUIRE(step < 20'000'000);
            const instant now = net.time();
            if (a.due(now)) a.turn(now), a.rest(now, send(now, *made, total));
            if (b.due(now)) b.turn(now), b.rest(now, receive());
            if (!a.due(now) && !b.due(now))
                net.advance(std::optional{a.next()}, std::optional{b.next()});
        }
    }

    /// Millions of octets a second.
    [[nodiscard]] double rate() const {
        return static_cast<double>(received) / 1e6 /
               std::chrono::duration<double>(net.time() - began).count();
    }
    [[nodiscard]] const rrdp::statistics& stats() const { return a.engine.stats(); }

    simulated_network net;
    host a;
    host b;
    instant began{};
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    bool closed = false;

private:
    bool send(instant now, rrdp::connection_id to, std::uint64_t total) {
        while (const auto e = a.engine.poll_event()) {
            closed = closed || e->kind == rrdp::event_kind::closed;
            if (e->kind == rrdp::event_kind::connected) began = now;
        }
        static const std::vector<std::byte> message(message_octets);
        bool moved = false;
        for (; began != instant{} && sent < total && a.engine.send(now, to, message); moved = true)
            sent += message_octets;
        return moved;
    }
    bool receive() {
        bool moved = false;
        while (const auto e = b.engine.poll_event()) {
            if (e->kind != rrdp::event_kind::readable) continue;
            while (const auto m = b.engine.receive(e->connection)) received += m->size();
            moved = true;
        }
        return moved;
    }
};

}  // namespace

TEST_CASE("bad wire: with AIMD it carries a fifth of the good wire, a third with long frames",
          "[simulation][R-9.7][R-9.8]") {
    const std::uint16_t mtu = GENERATE(as<std::uint16_t>{}, 1'500, 9'000);
    const std::uint64_t total = mtu * std::uint64_t{6'666};  // 10 or 60 MB
    const pace p{.frame = mtu > 1'500 ? 8us : 4us};
    const crossing good{1, mtu, {}, total, p};
    REQUIRE_FALSE(good.closed);
    double sum = 0;
    constexpr std::uint64_t seeds = 4;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        const crossing c{seed, mtu, bad, total, p};
        REQUIRE_FALSE(c.closed);
        const auto& there = c.a.link.transmitted();
        CHECK(static_cast<double>(there.lost) > 0.04 * static_cast<double>(there.frames));
        CHECK(static_cast<double>(there.reordered) > 0.08 * static_cast<double>(there.frames));
        CHECK(there.duplicated > 0);
        const auto& s = c.stats();
        std::printf("bad wire, MTU %u: %.1f MB/s; fast %llu, rack %llu, tlp %llu, rto %llu\n",
                    unsigned{mtu}, c.rate(),
                    static_cast<unsigned long long>(s.retransmissions_fast),
                    static_cast<unsigned long long>(s.retransmissions_rack),
                    static_cast<unsigned long long>(s.retransmissions_tlp),
                    static_cast<unsigned long long>(s.retransmissions_rto));
        sum += c.rate();
    }
    std::printf("bad wire, MTU %u: mean %.1f MB/s, good wire %.1f\n", unsigned{mtu}, sum / seeds,
                good.rate());
    CHECK(sum / seeds >= (mtu > 1'500 ? 0.35 : 0.2) * good.rate());
}
