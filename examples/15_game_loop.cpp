// SPDX-License-Identifier: Apache-2.0
// A game-like loop on a bad wire: sixty ticks a second, whatever arrives. What the player does must
// all arrive, in order. Where he is need not: the newest place is what counts, so that a place is
// not sent while older ones are still under way, and a late one holds up nothing.
#include <array>
#include <chrono>
#include <cstdio>
#include <optional>

#include <rrdp/adapters/simulated.hpp>
#include <rrdp/rrdp.hpp>

using namespace std::chrono_literals;
namespace {

constexpr std::uint16_t moves = 1, places = 2;  // ports
constexpr rrdp::options any_order{.ordered = false};

struct news {
    std::uint32_t tick = 0, place = 0;
};
bool send(rrdp::endpoint<>& e, rrdp::instant now, rrdp::connection_id to, const news& n) {
    std::array<std::byte, 8> octets{};
    rrdp::store_be32(octets, 0, n.tick);
    rrdp::store_be32(octets, 4, n.place);
    return e.send(now, to, octets).has_value();
}
std::optional<news> receive(rrdp::endpoint<>& e, rrdp::connection_id from) {
    const auto message = e.receive(from);
    if (!message) return std::nullopt;
    return news{rrdp::load_be32(message->bytes(), 0), rrdp::load_be32(message->bytes(), 4)};
}

}  // namespace

int main() {
    rrdp::adapters::simulated wire{42, {.faults = {.loss = 0.1}, .delay = 20ms, .jitter = 10ms}};
    const auto at_a = wire.a.properties().address, at_b = wire.b.properties().address;
    rrdp::endpoint<> player{{}, {.node = rrdp::node_id{1}, .address = at_a}, rrdp::entropy{1, 2}};
    rrdp::endpoint<> server{{}, {.node = rrdp::node_id{2}, .address = at_b}, rrdp::entropy{3, 4}};
    if (player.add_node(rrdp::node_id{2}, at_b) != rrdp::errc::ok ||
        server.add_node(rrdp::node_id{1}, at_a) != rrdp::errc::ok ||
        server.listen(moves) != rrdp::errc::ok ||
        server.listen(places, any_order) != rrdp::errc::ok)
        return 1;
    const auto out = player.connect({}, {.node = rrdp::node_id{2}, .port = moves});
    const auto in = player.connect({}, {.node = rrdp::node_id{2}, .port = places}, any_order);
    if (!out || !in) return 1;

    std::optional<rrdp::connection_id> heard, shown;  // the same two, as the server knows them
    news at_server{}, on_screen{};
    std::uint32_t moved = 0, oldest = 0;
    for (std::uint32_t n = 1; n <= 1'000; ++n) {
        //-- begin snippet
        const std::uint32_t step = n < 900 ? n % 3 : 0;  // what the player does in this tick
        if (step != 0 && send(player, wire.time(), *out, {n, step})) moved += step;
        while (const auto move = heard ? receive(server, *heard) : std::nullopt)
            at_server.place += move->place;
        at_server.tick = n;
        const auto way = shown ? server.info(*shown)->outstanding : 8;
        if (way < 8) send(server, wire.time(), *shown, at_server);  // else: next time, and newer
        while (const auto place = receive(player, *in))
            if (place->tick > on_screen.tick) on_screen = *place;  // an older one is no news
        //-- end snippet
        if (n > 100) oldest = std::max(oldest, n - on_screen.tick);
        for (const rrdp::instant end{n * 16'667us}; wire.time() < end;) {
            rrdp::pump(player, wire.a, wire.time());
            rrdp::pump(server, wire.b, wire.time());
            while (player.poll_event()) {}
            while (const auto event = server.poll_event())
                if (event->kind == rrdp::event_kind::accepted)
                    (event->remote.local_port == moves ? heard : shown) = event->connection;
            if (player.wants_transmit(wire.time()) || server.wants_transmit(wire.time())) continue;
            wire.advance(player.next_timeout(), server.next_timeout(), std::optional{end});
        }
    }
    std::printf("the screen shows %u, the server %u, the player went %u; %u ticks late at most\n",
                on_screen.place, at_server.place, moved, oldest);
    return on_screen.place == moved && at_server.place == moved && oldest < 60 ? 0 : 1;
}
