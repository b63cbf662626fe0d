// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <rrdp/testing/hex.hpp>
#include <rrdp/testing/segments.hpp>

#include "support/side.hpp"

/// Several nodes on one Ethernet without delay, in virtual time: a frame goes to whoever has its
/// destination address, or to all others.
namespace script {

using ethernet_policy = watched<rrdp::wire::ethernet_framing>;
using mac = rrdp::wire::mac_address;

inline mac station(std::uint8_t number) {
    return {{2, 0, 0, 0, 0, number}};
}

/// A machine: an engine behind an interface.
struct machine {
    using engine_type = rrdp::endpoint<ethernet_policy>;

    std::uint16_t number = 0;
    mac address{};
    rrdp::nr_role role = rrdp::nr_role::active;
    std::uint32_t boot = 0;
    bool plugged_in = true;
    rrdp::connection_id id{};
    std::optional<rrdp::event> end{};
    std::unique_ptr<engine_type> held{};
    rrdp::capacities room{.connections = 16,
                          .rings = 8,
                          .segments = 64,
                          .nodes = 6,
                          .listeners = 2,
                          .option_sets = 4};

    engine_type& engine() { return *held; }
    /// Starts, or starts anew with nothing in memory.
    void start(std::uint64_t key) {
        rrdp::node_options<rrdp::wire::ethernet_framing> o;
        o.node = rrdp::node_id{number};
        o.address = address;
        o.boot_id = boot;
        o.resolution = role;
        held = std::make_unique<engine_type>(room, o, rrdp::entropy{key, number});
    }
    rrdp::errc connect(rrdp::instant now, std::uint16_t to, const rrdp::options& o = {}) {
        const auto made = engine().connect(now, {rrdp::node_id{to}, 7}, o);
        if (made) id = *made;
        return made ? rrdp::errc::ok : made.error();
    }
    rrdp::errc send(rrdp::instant now, std::string_view text) {
        const auto index = engine().send(now, id, octets_of(text));
        return index ? rrdp::errc::ok : index.error();
    }
    [[nodiscard]] rrdp::node_state knows(std::uint16_t other) {
        const auto e = engine().node(rrdp::node_id{other});
        return e ? e->state : rrdp::node_state::incomplete;
    }
    /// All events there are; those of a node with its number.
    std::string told() {
        std::string all;
        while (const auto e = engine().poll_event()) {
            using enum rrdp::event_kind;
            if (e->kind == accepted) id = e->connection;
            if (e->kind == closed) end = *e;
            if (!all.empty()) all += ", ";
            while (e->kind == readable && engine().receive(e->connection)) {}
            all += to_string(*e);
            if (e->kind >= node_up)
                all += ' ' + std::to_string(static_cast<unsigned>(e->remote.node));
        }
        return all;
    }
};

/// A frame of resolution that was on the wire.
struct spoken {
    rrdp::duration at;
    mac from, to;
    rrdp::wire::resolution_frame said;
};

struct network {
    std::vector<std::unique_ptr<machine>> machines;
    rrdp::instant now{1s};
    std::vector<spoken> heard;
    std::size_t segments = 0;  ///< frames that are no resolution
    std::function<bool(const machine& from, rrdp::octets_view)> loses;

    machine& add(std::uint16_t number, std::uint8_t interface,
                 rrdp::nr_role role = rrdp::nr_role::active) {
        auto m = std::make_unique<machine>();
        m->number = number;
        m->address = station(interface);
        m->role = role;
        m->start(machines.size() + 1);
        machines.push_back(std::move(m));
        return *machines.back();
    }
    /// A frame comes from `from`, or from nowhere.
    void carry(const machine* from, rrdp::octets_view frame) {
        const auto parsed = *rrdp::wire::ethernet_framing{}.parse(frame);
        const auto r = rrdp::wire::parse_resolution(parsed.payload, 0, parsed.source);
        if (r)
            heard.push_back({now - rrdp::instant{1s}, parsed.source, parsed.destination, *r});
        else
            ++segments;
        if (from != nullptr && loses && loses(*from, frame)) return;
        const std::vector<std::byte> copy{frame.begin(), frame.end()};
        for (auto& m : machines) {
            const bool for_it = parsed.destination.is_group() || parsed.destination == m->address;
            if (m.get() == from || !m->plugged_in || !for_it) continue;
            m->engine().handle_frame(now, copy);
        }
    }
    /// A frame of resolution as anybody could send it.
    void forge(const mac& from, const mac& to, rrdp::wire::resolution_frame r) {
        std::array<std::byte, 60> frame{};
        r.sender_mac = from;
        const rrdp::wire::ethernet_framing framing{};
        framing.write_header(frame, to, from);
        const auto size = rrdp::wire::write_resolution(rrdp::octets{frame}.subspan(14), r);
        carry(nullptr, rrdp::octets_view{frame}.first(framing.finish(frame, size)));
    }
    /// Everything there is to send now; false if that never ends.
    bool settle() {
        std::array<std::byte, 1'600> room{};
        for (int frames = 0; frames < 5'000; ++frames) {
            bool any = false;
            for (auto& m : machines) {
                const auto size = m->engine().poll_transmit(now, room);
                if (!size) continue;
                any = true;
                if (m->plugged_in) carry(m.get(), rrdp::octets_view{room}.first(*size));
            }
            if (!any) return true;
        }
        return false;
    }
    /// Lets `span` pass; false if the wire never falls silent.
    bool run(rrdp::duration span) {
        const rrdp::instant limit = now + span;
        for (int step = 0; step < 100'000; ++step) {
            for (auto& m : machines) m->engine().handle_timeout(now);
            if (!settle()) return false;
            if (now >= limit) return true;
            rrdp::instant next = limit;
            for (auto& m : machines)
                if (const auto t = m->engine().next_timeout()) next = std::min(next, *t);
            now = std::max(now, next);
        }
        return false;
    }
    /// How often `op` was said by `from`, about `target`.
    [[nodiscard]] std::size_t count(rrdp::wire::resolution_op op, const mac& from) const {
        return static_cast<std::size_t>(
            std::count_if(heard.begin(), heard.end(),
                          [&](const spoken& s) { return s.said.op == op && s.from == from; }));
    }
};

}  // namespace script
