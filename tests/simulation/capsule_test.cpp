// SPDX-License-Identifier: Apache-2.0
#include <deque>

#include "simulation/world.hpp"
#include "support/catch.hpp"
#include "support/sanitized.hpp"

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t wraps = rrdp::testing::sanitized ? 2 : 10;

/// Frames of long ago, which come again.
struct capsule {
    struct frame {
        bool for_b;
        std::vector<std::byte> octets;
    };
    std::deque<frame> kept;
    std::uint64_t came_again = 0;

    void keep(bool for_b, rrdp::octets_view octets) {
        if (kept.size() == 2'000) kept.pop_front();
        kept.push_back({for_b, {octets.begin(), octets.end()}});
    }
};

/// A station that keeps one of so many frames that arrive.
struct keeping {
    using inner = rrdp::adapters::simulated::end;
    using rx_frame = inner::rx_frame;
    using tx_lease = inner::tx_lease;

    inner* link;
    capsule* into;
    bool is_b;
    std::uint64_t seen = 0;

    [[nodiscard]] rrdp::link_properties properties() const noexcept { return link->properties(); }
    [[nodiscard]] std::optional<rx_frame> receive() {
        auto frame = link->receive();
        if (frame && ++seen % 331 == 0) into->keep(is_b, frame->bytes());
        return frame;
    }
    [[nodiscard]] std::optional<tx_lease> lease(std::size_t size) noexcept {
        return link->lease(size);
    }
};

/// Two sides of which one sends numbers, counted from 0, and the other checks them.
struct two {
    rrdp::adapters::simulated wire{5, {.faults = {.loss = 0.001}, .delay = 20us}};
    capsule old;
    keeping at_a{&wire.a, &old, false};
    keeping at_b{&wire.b, &old, true};
    rrdp::endpoint<> a;
    rrdp::endpoint<> b;
    rrdp::connection_id out{}, in{};
    std::uint64_t sent = 0, received = 0;
    bool wrong = false, ended = false;

    two() : a{{}, node(0), rrdp::entropy{1, 2}}, b{{}, node(1), rrdp::entropy{3, 4}} {}

    [[nodiscard]] rrdp::node_options<rrdp::wire::ethernet_framing> node(std::size_t n) {
        rrdp::node_options<rrdp::wire::ethernet_framing> o;
        o.node = rrdp::node_id{static_cast<std::uint16_t>(n + 1)};
        o.address = address(n);
        return o;
    }
    rrdp::wire::mac_address address(std::size_t n) {
        return n == 0 ? wire.a.properties().address : wire.b.properties().address;
    }
    void open(const rrdp::options& o) {
        REQUIRE(a.add_node(rrdp::node_id{2}, address(1)) == rrdp::errc::ok);
        REQUIRE(b.add_node(rrdp::node_id{1}, address(0)) == rrdp::errc::ok);
        REQUIRE(b.listen(7, o) == rrdp::errc::ok);
        out = *a.connect(wire.time(), {rrdp::node_id{2}, 7}, o);
    }
    /// One turn of everybody.
    void turn(std::uint64_t last) {
        rrdp::pump(a, at_a, wire.time());
        rrdp::pump(b, at_b, wire.time());
        while (const auto e = a.poll_event()) ended = ended || e->kind == rrdp::event_kind::closed;
        while (const auto e = b.poll_event()) {
            if (e->kind == rrdp::event_kind::accepted) in = e->connection;
            ended = ended || e->kind == rrdp::event_kind::closed;
        }
        std::array<std::byte, 8> octets{};
        while (sent < last) {
            rrdp::store_be32(octets, 4, static_cast<std::uint32_t>(sent));
            if (!a.send(wire.time(), out, octets)) break;
            ++sent;
        }
        while (const auto m = b.receive(in)) {
            std::array<std::byte, 8> got{};
            m->copy_to(got);
            wrong = wrong || rrdp::load_be32(got, 4) != static_cast<std::uint32_t>(received);
            ++received;
        }
        if (!a.wants_transmit(wire.time()) && !b.wants_transmit(wire.time()))
            wire.advance(a.next_timeout(), b.next_timeout());
    }
    /// Everything that was kept comes again, now.
    void recall() {
        for (const auto& f : old.kept) {
            (f.for_b ? b : a).handle_frame(wire.time(), f.octets);
            ++old.came_again;
        }
    }
};

}  // namespace

TEST_CASE("capsule: with WIDE copies that are many wraps of 16 bits old do no harm",
          "[simulation][R-13.4][R-19.8]") {
    rrdp::options o = rrdp::profiles::lan;
    o.offered = (o.offered | rrdp::wire::features::wide) - rrdp::wire::features::bundle;
    o.required = rrdp::wire::features::wide;
    two world;
    world.open(o);
    const std::uint64_t last = wraps * 65'536 + 5'000;
    std::uint64_t next = 20'000;
    for (std::uint64_t turns = 0; world.received < last && turns < 50'000'000; ++turns) {
        world.turn(last);
        if (world.received >= next) {
            world.recall();
            next += 20'000;
        }
        if (world.wrong || world.ended) break;
    }
    CHECK_FALSE(world.wrong);
    CHECK_FALSE(world.ended);
    CHECK(world.received == last);
    // What is kept is up to 2 000 * 331 frames old: as many wraps as there are.
    // There are the more of them the longer it has gone on: with the square of that.
    CHECK(world.old.came_again > 250 * wraps * wraps);
}
