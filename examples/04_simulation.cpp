// SPDX-License-Identifier: Apache-2.0
// A thousand seconds on a bad wire, in virtual time: the same octets on every run and machine.
#include <array>
#include <chrono>
#include <cstdio>

#include <rrdp/adapters/simulated.hpp>
#include <rrdp/rrdp.hpp>

namespace {

/// Takes what has arrived at `b`: every message once, in order. False: one was wrong.
bool take(rrdp::endpoint<>& b, std::uint32_t& received) {
    while (const auto event = b.poll_event())
        while (const auto message = b.receive(event->connection))
            if (rrdp::load_be32(message->bytes(), 0) != received++) return false;
    return true;
}

}  // namespace

int main() {
    //-- begin snippet
    using namespace std::chrono_literals;
    const rrdp::adapters::wire_conditions weather{
        .faults = {.loss = 0.2, .duplicate = 0.1, .reorder = 0.1, .corrupt = 0.01},
        .delay = 50us,
        .jitter = 100us};
    rrdp::adapters::simulated wire{42, weather};  // 42: the seed of all that happens
    const auto at_a = wire.a.properties().address, at_b = wire.b.properties().address;
    rrdp::endpoint<> a{{}, {.node = rrdp::node_id{1}, .address = at_a}, rrdp::entropy{1, 2}};
    rrdp::endpoint<> b{{}, {.node = rrdp::node_id{2}, .address = at_b}, rrdp::entropy{3, 4}};
    if (a.add_node(rrdp::node_id{2}, at_b) != rrdp::errc::ok ||
        b.add_node(rrdp::node_id{1}, at_a) != rrdp::errc::ok || b.listen(7) != rrdp::errc::ok)
        return 1;
    const auto id = a.connect(wire.time(), {.node = rrdp::node_id{2}, .port = 7});

    constexpr rrdp::instant end{1'000s};
    std::uint32_t sent = 0, received = 0;
    for (rrdp::instant next{}; wire.time() < end;) {
        rrdp::pump(a, wire.a, wire.time());
        rrdp::pump(b, wire.b, wire.time());
        while (const auto event = a.poll_event())
            if (event->kind == rrdp::event_kind::closed) return 1;
        std::array<std::byte, 200> message{};  // one every 20 ms, numbered
        rrdp::store_be32(message, 0, sent);
        if (wire.time() >= next && id && a.send(wire.time(), *id, message)) {
            ++sent;
            next = wire.time() + 20ms;
        }
        if (!take(b, received)) return 1;
        if (a.wants_transmit(wire.time()) || b.wants_transmit(wire.time())) continue;
        const auto alarm = std::optional{next > wire.time() ? next : wire.time() + 20ms};
        wire.advance(a.next_timeout(), b.next_timeout(), alarm);  // to what happens next
    }
    //-- end snippet

    const auto& there = wire.statistics(rrdp::adapters::direction::a_to_b);
    std::printf("1000 s: %u messages sent, %u received, each once and in order\n", sent, received);
    std::printf("the wire lost %llu frames of %llu, doubled %llu, reordered %llu, damaged %llu\n",
                static_cast<unsigned long long>(there.lost),
                static_cast<unsigned long long>(there.sent),
                static_cast<unsigned long long>(there.duplicated),
                static_cast<unsigned long long>(there.reordered),
                static_cast<unsigned long long>(there.corrupted));
    return received + 200 > sent && received > 40'000 && there.lost > 0 ? 0 : 1;
}
