// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cstdio>

#include <rrdp/adapters/loopback.hpp>
#include <rrdp/rrdp.hpp>

// A stranger's program: a message from one engine to another, and an answer back.
int main() {
    constexpr rrdp::node_id alice{1}, bob{2};
    rrdp::adapters::loopback wire;
    const auto at_a = wire.a.properties().address, at_b = wire.b.properties().address;
    rrdp::endpoint<> a{{}, {.node = alice, .address = at_a}, rrdp::entropy{1, 2}};
    rrdp::endpoint<> b{{}, {.node = bob, .address = at_b}, rrdp::entropy{3, 4}};
    if (a.add_node(bob, at_b) != rrdp::errc::ok || b.add_node(alice, at_a) != rrdp::errc::ok ||
        b.listen(7) != rrdp::errc::ok)
        return 1;
    const auto asked = a.connect({}, {.node = bob, .port = 7});
    if (!asked) return 1;

    constexpr rrdp::instant end{std::chrono::seconds{1}};
    for (rrdp::instant now{}; now < end; now += std::chrono::microseconds{10}) {
        rrdp::pump(a, wire.a, now);
        rrdp::pump(b, wire.b, now);
        while (const auto event = b.poll_event())
            while (const auto message = b.receive(event->connection))
                if (!b.send(now, event->connection, message->bytes())) return 1;
        while (const auto event = a.poll_event())
            if (event->kind == rrdp::event_kind::connected &&
                !a.send(now, *asked, std::as_bytes(std::span{"question"})))
                return 1;
        if (const auto answer = a.receive(*asked)) {
            std::printf("RRDP %d.%d.%d: %zu octets came back\n", RRDP_VERSION_MAJOR,
                        RRDP_VERSION_MINOR, RRDP_VERSION_PATCH, answer->size());
            return answer->size() == sizeof "question" ? 0 : 1;
        }
    }
    return 1;
}
