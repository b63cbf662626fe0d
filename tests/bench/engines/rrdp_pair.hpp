// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include <rrdp/rrdp.hpp>

#include "bench/engines/workload.hpp"

namespace rrdp::bench {

/// RRDP as it comes: default policy (Ethernet framing, Internet checksum over header and data), the
/// profile `lan`. A driver like that of docs/guides/embed.md: timers when they are due, transmit
/// until empty, events until empty, messages where they lie.
///
/// With `InPlace` the application composes its messages in the engine's memory and so spares a
/// copy; here it writes their first octet only.
template <bool InPlace>
class basic_rrdp_pair {
public:
    using engine_type = endpoint<>;

    explicit basic_rrdp_pair(std::size_t size)
        : size_{size},
          wires_{mtu_for(size) + default_policy::framing::overhead},
          a_{1, 2, mtu_for(size)},
          b_{2, 1, mtu_for(size)} {}

    void connect() {
        if (b_.engine.listen(port, profiles::lan) != errc::ok) throw std::runtime_error{"listen"};
        const auto made = a_.engine.connect(now_, {node_id{2}, port}, profiles::lan);
        if (!made) throw std::runtime_error{name(made.error())};
        for (int turn = 0; turn < 100 && !(a_.open && b_.open); ++turn) {
            for (const side s : {side::a, side::b}) {
                flush(s);
                static_cast<void>(receive(other(s)));
            }
            advance(hop);
        }
        if (!a_.open || !b_.open) throw std::runtime_error{"the connection does not open"};
    }

    [[nodiscard]] bool send(side from, octets_view message) {
        end& e = at(from);
        if constexpr (InPlace) {
            auto draft = e.engine.compose(e.connection, message.size());
            if (!draft) return false;
            draft->bytes()[0] = message[0];
            return e.engine.send(now_, std::move(*draft)).has_value();
        }
        return e.engine.send(now_, e.connection, message).has_value();
    }

    void flush(side from) {
        end& e = at(from);
        frame_queue& out = wires_.out(from);
        const auto due = e.engine.next_timeout();
        if (due && *due <= now_) e.engine.handle_timeout(now_);
        while (const auto size = e.engine.poll_transmit(now_, out.room())) out.commit(*size);
    }

    [[nodiscard]] std::uint64_t receive(side s) {
        end& e = at(s);
        for (frame_queue& in = wires_.in(s); !in.empty(); in.pop())
            e.engine.handle_frame(now_, in.front());
        std::uint64_t got = 0;
        while (const auto told = e.engine.poll_event()) {
            if (told->kind == event_kind::readable)
                got += take(e);
            else
                hear(e, *told);
        }
        return got;
    }

    void advance(duration d) noexcept { now_ += d; }
    [[nodiscard]] wire_pair& wires() noexcept { return wires_; }

private:
    static constexpr std::uint16_t port = 7;

    struct end {
        end(std::uint16_t own, std::uint16_t far, std::size_t mtu)
            : engine{holding(mtu), node(own, mtu), {own, 7}} {
            const errc added =
                engine.add_node(node_id{far}, address(far), static_cast<std::uint16_t>(mtu));
            if (added != errc::ok) throw std::runtime_error{name(added)};
        }

        engine_type engine;
        connection_id connection{};
        bool open = false;
    };

    static wire::mac_address address(std::uint16_t node) noexcept {
        return {{2, 0, 0, 0, 0, static_cast<std::uint8_t>(node)}};
    }
    static capacities holding(std::size_t mtu) noexcept {
        return {.connections = 16,
                .rings = 16,
                .segments = 1'024,
                .segment_max = static_cast<std::uint32_t>(mtu - 14),
                .nodes = 4,
                .listeners = 4};
    }
    static node_options<wire::ethernet_framing> node(std::uint16_t own, std::size_t mtu) noexcept {
        node_options<wire::ethernet_framing> o;
        o.node = node_id{own};
        o.address = address(own);
        o.mtu = static_cast<std::uint16_t>(mtu);
        return o;
    }

    [[nodiscard]] end& at(side s) noexcept { return s == side::a ? a_ : b_; }

    std::uint64_t take(end& e) {
        std::uint64_t got = 0;
        while (const auto message = e.engine.receive(e.connection)) {
            if (message->size() != size_) throw std::runtime_error{"a message has another length"};
            ++got;
        }
        return got;
    }
    static void hear(end& e, const event& told) {
        if (told.kind == event_kind::closed) throw std::runtime_error{name(told.reason)};
        if (told.kind != event_kind::connected && told.kind != event_kind::accepted) return;
        e.connection = told.connection;
        e.open = true;
    }

    std::size_t size_;
    wire_pair wires_;
    instant now_{std::chrono::seconds{10}};
    end a_;
    end b_;
};

using rrdp_pair = basic_rrdp_pair<false>;
using rrdp_in_place_pair = basic_rrdp_pair<true>;

static_assert(engine_pair<rrdp_pair>);

}  // namespace rrdp::bench
