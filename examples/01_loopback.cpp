// SPDX-License-Identifier: Apache-2.0
// Two engines in one thread, joined in memory: no privilege, no network, no clock.
#include <cstdio>
#include <string_view>

#include <rrdp/adapters/loopback.hpp>
#include <rrdp/rrdp.hpp>

namespace {

rrdp::octets_view as_octets(std::string_view text) {
    return std::as_bytes(std::span{text});
}

void print(rrdp::octets_view octets) {
    for (const std::byte octet : octets) std::putchar(std::to_integer<int>(octet));
    std::putchar('\n');
}

}  // namespace

int main() {
    //-- begin snippet
    constexpr rrdp::node_id alice{1}, bob{2};
    rrdp::adapters::loopback wire;  // or a real one: adapters::packet_ring link{"eth0"};
    const auto at_a = wire.a.properties().address, at_b = wire.b.properties().address;
    rrdp::endpoint<> a{{}, {.node = alice, .address = at_a}, rrdp::entropy{1, 2}};
    rrdp::endpoint<> b{{}, {.node = bob, .address = at_b}, rrdp::entropy{3, 4}};
    if (a.add_node(bob, at_b) != rrdp::errc::ok || b.add_node(alice, at_a) != rrdp::errc::ok ||
        b.listen(7) != rrdp::errc::ok || !a.connect({}, {.node = bob, .port = 7}))
        return 1;

    bool arrived = false;
    for (rrdp::instant now{}; !arrived; now += std::chrono::microseconds{10}) {
        rrdp::pump(a, wire.a, now);  // frames in, time, frames out
        rrdp::pump(b, wire.b, now);
        while (const auto event = a.poll_event())
            if (event->kind == rrdp::event_kind::connected &&
                !a.send(now, event->connection, as_octets("hello over RRDP")))
                return 1;
        while (const auto event = b.poll_event())
            while (const auto message = b.receive(event->connection)) {
                print(message->bytes());
                arrived = true;
            }
    }
    //-- end snippet
}
