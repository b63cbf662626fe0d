// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <vector>

#include <rrdp/rrdp.hpp>

#include "bench/engines/wire.hpp"
#include "bench/engines/workload.hpp"

namespace rrdp::bench {

/// Two engines with many connections between them. Every segment is acknowledged at once, so that
/// a connection that is seldom used costs no more frames than one that is used often.
class crowd {
public:
    explicit crowd(std::uint32_t connections)
        : a_{std::make_unique<end>(1, connections)}, b_{std::make_unique<end>(2, connections)} {
        open(connections);
    }

    [[nodiscard]] std::size_t size() const noexcept { return connections_.size(); }
    [[nodiscard]] std::uint64_t frames() const noexcept { return wires_.frames(); }

    /// Messages of 32 octets, `batch` at a time, each on a connection drawn at random and each
    /// answered by another; `count` messages in all, or the rest of a batch more.
    void exchange(std::uint64_t count, std::uint64_t batch) {
        for (std::uint64_t done = 0; done < count; done += 2 * batch) {
            for (std::uint64_t i = 0; i < batch; ++i) {
                const connection_id id = connections_[draw() % connections_.size()];
                if (!a_->engine.send(now_, id, message_)) throw std::runtime_error{"refused"};
            }
            std::uint64_t answered = 0;
            for (int turn = 0; answered < batch; ++turn) {
                if (turn == 1'000) throw std::runtime_error{"no answer gets through"};
                answered += turn_around();
            }
        }
    }

    /// What a driver does when time has passed and nothing else happened; whether a timer was due.
    bool idle_turn(duration d) {
        now_ += d;
        const auto due = a_->engine.next_timeout();
        a_->engine.handle_timeout(now_);
        return due && *due <= now_;
    }

private:
    static constexpr std::uint16_t first_port = 7;
    static constexpr std::uint32_t ports = 50'000;  ///< of the caller's, for each of the listener's

    static constexpr options at_once = [] {
        options o = profiles::lan;
        o.ack_delay = {};
        return o;
    }();

    struct end {
        end(std::uint16_t own, std::uint32_t connections)
            : engine{{.connections = connections, .rings = 1'024, .segments = 4'096},
                     node(own),
                     {own, 7}},
              side_{own == 1 ? side::a : side::b} {
            const auto far = static_cast<std::uint16_t>(3 - own);
            if (engine.add_node(node_id{far}, address(far)) != errc::ok)
                throw std::runtime_error{"add_node"};
        }
        endpoint<> engine;
        side side_;
    };

    static wire::mac_address address(std::uint16_t node) noexcept {
        return {{2, 0, 0, 0, 0, static_cast<std::uint8_t>(node)}};
    }
    static node_options<wire::ethernet_framing> node(std::uint16_t own) noexcept {
        node_options<wire::ethernet_framing> o;
        o.node = node_id{own};
        o.address = address(own);
        return o;
    }

    /// All that `from` has to send arrives at `to`.
    void carry(end& from, end& to) {
        now_ += hop;
        const auto due = from.engine.next_timeout();
        if (due && *due <= now_) from.engine.handle_timeout(now_);
        frame_queue& out = wires_.out(from.side_);
        while (const auto size = from.engine.poll_transmit(now_, out.room())) out.commit(*size);
        for (; !out.empty(); out.pop()) to.engine.handle_frame(now_, out.front());
    }

    /// What a has to send, the answers of b to it, and their acknowledgements; how many answers.
    std::uint64_t turn_around() {
        carry(*a_, *b_);
        while (const auto told = b_->engine.poll_event())
            while (b_->engine.receive(told->connection))
                if (!b_->engine.send(now_, told->connection, message_))
                    throw std::runtime_error{"refused"};
        carry(*b_, *a_);
        std::uint64_t answered = 0;
        while (const auto told = a_->engine.poll_event())
            while (a_->engine.receive(told->connection)) ++answered;
        carry(*a_, *b_);
        return answered;
    }

    void open(std::uint32_t connections) {
        for (std::uint32_t port = first_port; port <= first_port + connections / ports; ++port)
            if (b_->engine.listen(static_cast<std::uint16_t>(port), at_once) != errc::ok)
                throw std::runtime_error{"listen"};
        while (connections_.size() < connections) {
            const auto next = static_cast<std::uint32_t>(connections_.size());
            const peer to{node_id{2}, static_cast<std::uint16_t>(first_port + next / ports),
                          static_cast<std::uint16_t>(1'000 + next % ports)};
            const auto made = a_->engine.connect(now_, to, at_once);
            if (!made) throw std::runtime_error{name(made.error())};
            connections_.push_back(*made);
            if (connections_.size() % 32 == 0 || connections_.size() == connections) greet();
        }
    }
    /// Those that were begun become open.
    void greet() {
        for (int turn = 0; turn < 2; ++turn) {
            carry(*a_, *b_);
            carry(*b_, *a_);
        }
        for (end* e : {a_.get(), b_.get()})
            while (const auto told = e->engine.poll_event())
                if (told->kind == event_kind::closed) throw std::runtime_error{name(told->reason)};
    }

    std::uint64_t draw() noexcept {
        state_ = state_ * 6'364'136'223'846'793'005 + 1'442'695'040'888'963'407;
        return state_ >> 33;
    }

    wire_pair wires_{1'514};
    std::unique_ptr<end> a_;
    std::unique_ptr<end> b_;
    std::vector<connection_id> connections_;
    std::vector<std::byte> message_ = std::vector<std::byte>(32);
    instant now_{std::chrono::seconds{10}};
    std::uint64_t state_ = 1;
};

/// Octets of an endpoint's arena that one more idle connection takes, all tables included.
[[nodiscard]] inline double octets_per_idle_connection() {
    constexpr std::uint32_t some = 1 << 16;
    const auto less = endpoint<>::memory_required({.connections = some});
    const auto more = endpoint<>::memory_required({.connections = 2 * some});
    return static_cast<double>(more - less) / some;
}

}  // namespace rrdp::bench
