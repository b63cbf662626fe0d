// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include <rrdp/rrdp.hpp>

namespace script {

using namespace std::chrono_literals;

struct quiet : rrdp::default_policy {
    static constexpr bool audits = true;
    using framing = rrdp::wire::bare_framing;
};

/// Two engines in memory of their own and their applications, without a container between them;
/// every eleventh frame is lost.
struct bare_bones {
    using engine = rrdp::endpoint<quiet>;
    static constexpr rrdp::capacities room{
        .connections = 2, .rings = 2, .segments = 64, .segment_max = 100, .nodes = 1};
    struct end {
        alignas(64) std::array<std::byte, engine::memory_required(room)> memory;
        engine held;
        rrdp::connection_id id{};
        bool open = false;
        bool closed = false;
        std::uint64_t sent = 0;
        std::uint64_t received = 0;
        std::uint64_t errors = 0;

        end(std::uint16_t number, std::uint16_t other)
            : held{memory, room, {.node = rrdp::node_id{number}}, rrdp::entropy{number, 9}} {
            errors += held.add_node(rrdp::node_id{other}, {}) != rrdp::errc::ok;
        }
        void act(rrdp::instant when, std::uint64_t goal) {
            while (const auto e = held.poll_event()) {
                open |= e->kind == rrdp::event_kind::connected;
                open |= e->kind == rrdp::event_kind::accepted;
                closed |= e->kind == rrdp::event_kind::closed;
                errors += e->kind == rrdp::event_kind::closed &&
                          (e->reason != rrdp::end_reason::clean || e->ledger.confirmed != goal);
                id = e->connection;
            }
            if (!open || closed) return;
            while (const auto m = held.receive(id)) errors += m->size() != 1 + received++ % 50;
            const rrdp::octets_view text{filler};
            while (sent < goal && held.send(when, id, text.first(1 + sent % 50))) ++sent;
            if (sent == goal) static_cast<void>(held.close(when, id));
        }
    };
    static constexpr rrdp::options by_hand{.auto_close = false};
    static constexpr std::array<std::byte, 50> filler{};

    end& a;
    end& b;
    rrdp::instant now{1s};
    std::uint64_t frames = 0;

    bool carry(end& from, end& to) {
        std::array<std::byte, 1'500> frame;
        const auto size = from.held.poll_transmit(now, frame);
        if (!size) return false;
        if (++frames % 11 != 0) to.held.handle_frame(now, rrdp::octets_view{frame}.first(*size));
        return true;
    }
    /// One conversation of `goal` messages each way, from the SYN to the last CLOSE-WAIT.
    bool converse(std::uint64_t goal) {
        for (end* e : {&a, &b}) e->open = e->closed = false, e->sent = e->received = 0;
        if (!a.held.connect(now, {rrdp::node_id{2}, 7, 5'001}, by_hand)) return false;
        for (std::uint64_t step = 0; step < 100'000 + 100 * goal; ++step) {
            if (carry(a, b) || carry(b, a)) continue;
            a.act(now, goal);
            b.act(now, goal);
            if (a.held.wants_transmit(now) || b.held.wants_transmit(now)) continue;
            if (a.held.connections() + b.held.connections() == 0) break;
            const auto x = a.held.next_timeout();
            const auto y = b.held.next_timeout();
            if (!x && !y) return false;
            now = std::min(x.value_or(rrdp::never), y.value_or(rrdp::never));
            a.held.handle_timeout(now);
            b.held.handle_timeout(now);
        }
        return a.closed && b.closed && a.received == goal && b.received == goal &&
               a.errors + b.errors == 0;
    }
};

}  // namespace script
