// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstring>
#include <vector>

#include <rrdp/rrdp.hpp>

#include "support/catch.hpp"

/// Numbers that come round on a link that keeps copies and gives them back (section 13).
namespace {

using namespace std::chrono_literals;
using rrdp::instant;

struct bare : rrdp::default_policy {
    using framing = rrdp::wire::bare_framing;
};

/// a sends `goal` numbered messages to b as fast as it may. The link keeps the last copy of each
/// 16-bit number and gives back, before each delivery, those of the numbers that b waits for next,
/// if they are younger than a lifetime: the worst that a link without order can do.
struct hostile_link {
    static constexpr rrdp::duration lifetime = 2ms;

    struct copy {
        std::vector<std::byte> frame;
        instant left{};
    };
    rrdp::capacities room{.connections = 1, .rings = 2, .segments = 512, .segment_max = 50};
    std::vector<copy> copies = std::vector<copy>(0x1'0000);
    std::uint64_t injected = 0;
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    std::uint64_t corrupt = 0;
    std::uint64_t stalls = 0;
    bool lost_connection = false;

    /// `aware`: the engines know what the link is like.
    hostile_link(bool aware, std::uint64_t goal,
                 rrdp::wire::features offered = rrdp::wire::features::fin) {
        room.governors = aware ? 1 : 0;
        const auto node = [&](std::uint16_t number) {
            rrdp::node_options<rrdp::wire::bare_framing> o;
            o.node = rrdp::node_id{number};
            o.fifo = !aware;
            o.msl = aware ? lifetime : 0ms;
            return o;
        };
        const rrdp::options o = with(offered);
        rrdp::endpoint<bare> a{room, node(1), {1, 1}};
        rrdp::endpoint<bare> b{room, node(2), {2, 2}};
        REQUIRE(a.add_node(rrdp::node_id{2}, {}) == rrdp::errc::ok);
        REQUIRE(b.add_node(rrdp::node_id{1}, {}) == rrdp::errc::ok);
        REQUIRE(b.listen(7, o) == rrdp::errc::ok);
        instant now{1s};
        a.handle_timeout(now);
        b.handle_timeout(now);
        now += lifetime;
        const auto made = a.connect(now, {rrdp::node_id{2}, 7}, o);
        REQUIRE(made);
        bool open = false;
        rrdp::connection_id at_b{};
        for (std::uint64_t step = 0; step < 4 * goal && received < goal; ++step) {
            while (const auto e = a.poll_event()) {
                open |= e->kind == rrdp::event_kind::connected;
                lost_connection |= e->kind == rrdp::event_kind::closed;
            }
            while (const auto e = b.poll_event()) at_b = e->connection;
            while (const auto m = b.receive(at_b)) take(m->bytes());
            if (lost_connection) break;
            for (; open && sent < goal; ++sent) {
                std::array<std::byte, 8> number;
                std::memcpy(number.data(), &sent, 8);
                if (!a.send(now, *made, number)) break;
            }
            std::array<std::byte, 1'500> frame;
            bool moved = false;
            if (const auto n = a.poll_transmit(now, frame)) {
                moved = true;
                deliver(b, now, rrdp::octets_view{frame}.first(*n));
            }
            if (const auto n = b.poll_transmit(now, frame)) {
                moved = true;
                a.handle_frame(now, rrdp::octets_view{frame}.first(*n));
            }
            now += 10ns;
            if (moved) continue;
            const auto x = a.next_timeout();
            const auto y = b.next_timeout();
            instant next = x.value_or(rrdp::never);
            if (y && *y < next) next = *y;
            now = next > now ? next : now;
            a.handle_timeout(now);
            b.handle_timeout(now);
        }
        stalls = a.stats().governor_stalls;
    }

private:
    static rrdp::options with(rrdp::wire::features offered) {
        rrdp::options o{.msl = lifetime};
        o.congestion = rrdp::congestion_kind::fixed;
        o.offered = offered;
        return o;
    }
    void take(rrdp::octets_view message) {
        std::uint64_t number = 0;
        std::memcpy(&number, message.data(), 8);
        corrupt += number != received++;
    }
    void deliver(rrdp::endpoint<bare>& b, instant now, rrdp::octets_view frame) {
        const auto s = rrdp::wire::parse(frame);
        if (s->base.data_length != 0) {
            const std::uint16_t number = s->base.sequence.value();
            for (std::uint16_t ahead = 1; ahead <= 3; ++ahead) {
                const copy& old = copies[static_cast<std::uint16_t>(number + ahead)];
                if (old.frame.empty() || now - old.left > lifetime) continue;
                ++injected;
                b.handle_frame(now, old.frame);
            }
            copy& kept = copies[number];
            kept.frame.assign(frame.begin(), frame.end());
            kept.left = now;
            if (injected_old_ != number) {  // and one of half a window ago, which is harmless
                injected_old_ = number;
                const copy& recent = copies[static_cast<std::uint16_t>(number - 30)];
                if (!recent.frame.empty() && now - recent.left <= lifetime) {
                    ++injected;
                    b.handle_frame(now, recent.frame);
                }
            }
        }
        b.handle_frame(now, frame);
    }
    std::uint32_t injected_old_ = 0x1'0000;
};

}  // namespace

TEST_CASE("governor: of all the copies that a link gives back, over three wraps, none is taken",
          "[simulation][R-13.2][R-13.3][T-W1]") {
    const hostile_link governed{true, 200'000};
    CHECK(governed.received == 200'000);
    CHECK(governed.corrupt == 0);
    CHECK_FALSE(governed.lost_connection);
    CHECK(governed.injected > 100'000);
    CHECK(governed.stalls > 0);
}

TEST_CASE("governor: on the same link an engine that takes it for a fifo one delivers old copies",
          "[simulation][R-13.2][T-W1]") {
    const hostile_link unaware{false, 100'000};
    CHECK(unaware.stalls == 0);
    CHECK((unaware.corrupt > 0 || unaware.lost_connection));
}

TEST_CASE("governor: with WIDE there is none, and no copy is taken, either",
          "[simulation][R-13.4]") {
    using rrdp::wire::features;
    const hostile_link wide{true, 200'000, features::fin | features::wide};
    CHECK(wide.received == 200'000);
    CHECK(wide.corrupt == 0);
    CHECK_FALSE(wide.lost_connection);
    CHECK(wide.injected > 100'000);
    CHECK(wide.stalls == 0);
}
