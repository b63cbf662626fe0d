// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <random>
#include <rrdp/adapters/udp.hpp>
#include <rrdp/framings/udp.hpp>
#include <rrdp/interop/poll_wait.hpp>
#include <rrdp/rrdp.hpp>
#include <stdexcept>
#include <string>

/// A room of nine nodes. Each speaks on the connections that it has opened, one to every other, and
/// hears on those that the others have opened.
class room {
    struct over_udp : rrdp::default_policy {
        using framing = rrdp::framings::udp4;
    };
    static rrdp::framings::udp4::address place(int node, std::uint16_t port) {
        return {{{127, 0, 0, static_cast<std::uint8_t>(node)}}, port};
    }
    static std::uint64_t dice() { return std::random_device{}() * 0x1'0000'0001ull; }
    static rrdp::instant now() { return rrdp::to_instant(std::chrono::steady_clock::now()); }

public:
    room(std::uint16_t own, std::uint16_t port)
        : link_{rrdp::adapters::udp_options{.address = place(own, port)}},
          engine_{{},
                  {.node = rrdp::node_id{own}, .address = link_.address(), .mtu = 1'472},
                  rrdp::entropy{dice(), dice()}} {
        if (engine_.listen(1) != rrdp::errc::ok) throw std::runtime_error{"cannot listen"};
        for (std::uint16_t other = 1; other <= 9; ++other)
            if (other != own &&
                engine_.add_node(rrdp::node_id{other}, place(other, port)) == rrdp::errc::ok)
                open(rrdp::node_id{other});  // those who are not here yet will call us
    }

    int handle() const { return link_.native_handle(); }
    int patience() const { return rrdp::poll_wait(now(), engine_.next_timeout()); }
    bool empty() const { return engine_.connections() == 0; }
    void say(const std::string& line) {  // one whose queue is full does not keep up, and misses it
        for (const auto& [who, id] : calls_)
            static_cast<void>(engine_.send(now(), id, std::as_bytes(std::span{line})));
    }
    void leave() {
        for (const auto& [who, id] : calls_) hang_up(who);
    }
    template <class Show>
    void turn(Show show) {  // moves frames, and shows what is heard
        rrdp::pump(engine_, link_, now());
        while (const auto event = engine_.poll_event()) {
            const rrdp::node_id who = event->remote.node;
            const auto call = calls_.find(who);
            const bool ours = call != calls_.end() && call->second == event->connection;
            if (event->kind == rrdp::event_kind::connected)
                show("* node " + std::to_string(static_cast<unsigned>(who)) + " hears you");
            if (event->kind == rrdp::event_kind::accepted && call == calls_.end()) open(who);
            if (event->kind == rrdp::event_kind::closed)  // who hangs up does not hear us either
                ours ? static_cast<void>(calls_.erase(call)) : hang_up(who);
            while (const auto message = engine_.receive(event->connection)) {
                std::string line(message->size(), ' ');
                message->copy_to(std::as_writable_bytes(std::span{line}));
                show(line);
            }
        }
        rrdp::pump(engine_, link_, now());
    }

private:
    void open(rrdp::node_id who) {
        if (const auto id = engine_.connect(now(), {.node = who, .port = 1})) calls_[who] = *id;
    }
    void hang_up(rrdp::node_id who) {  // behind all that was said
        if (calls_.contains(who)) static_cast<void>(engine_.close(now(), calls_[who]));
    }
    rrdp::adapters::udp link_;
    rrdp::endpoint<over_udp> engine_;
    std::map<rrdp::node_id, rrdp::connection_id> calls_;
};
