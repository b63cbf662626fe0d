// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <span>
#include <thread>

#include <rrdp/rrdp.hpp>

/// Node 1 says hello, node 2 says it back. False: that has not happened within ten seconds.
template <class Policy, class Link, class Address>
bool converse(Link& link, std::uint16_t own, Address here, Address there) {
    const auto clock = [] { return rrdp::to_instant(std::chrono::steady_clock::now()); };
    const rrdp::node_id other{static_cast<std::uint16_t>(3 - own)};
    //-- begin snippet engine
    using framing = typename Policy::framing;
    rrdp::node_options<framing> node{.node = rrdp::node_id{own}, .address = here};
    const std::size_t room = link.properties().max_frame - framing::overhead;  // udp: 1472
    node.mtu = static_cast<std::uint16_t>(std::min<std::size_t>(room, 1'500));
    rrdp::endpoint<Policy> engine{{}, node, rrdp::entropy{own, 7}};  // of yours: from getrandom
    if (engine.add_node(other, there) != rrdp::errc::ok) return false;
    //-- end snippet
    if (own == 2 && engine.listen(7) != rrdp::errc::ok) return false;
    if (own == 1 && !engine.connect(clock(), {.node = other, .port = 7})) return false;
    bool heard = false;
    for (const rrdp::instant end = clock() + std::chrono::seconds{10}; clock() < end;) {
        const rrdp::instant now = clock();
        if (rrdp::pump(engine, link, now).misfit) return false;  // the MTU is wrong
        while (const auto event = engine.poll_event()) {
            const rrdp::connection_id id = event->connection;
            if (event->kind == rrdp::event_kind::connected &&
                !engine.send(now, id, std::as_bytes(std::span{"hello"})))
                return false;
            while (const auto message = engine.receive(id)) {
                heard = true;
                if (own == 2 && !engine.send(now, id, message->bytes())) return false;
                if (own == 1) static_cast<void>(engine.close(now, id));
            }
            if (event->kind == rrdp::event_kind::peer_closed)
                static_cast<void>(engine.close(now, id));
            if (event->kind == rrdp::event_kind::closed) return heard;
        }
        std::this_thread::sleep_for(std::chrono::microseconds{100});  // or poll its native_handle()
    }
    return false;
}
