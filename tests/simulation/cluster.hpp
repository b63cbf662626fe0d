// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <rrdp/adapters/simulated_network.hpp>
#include <rrdp/rrdp.hpp>

namespace simulation {

using namespace std::chrono_literals;

/// The two ends of a connection between nodes of a cluster.
struct channel {
    std::size_t from = 0;
    std::size_t to = 0;
    rrdp::connection_id out{};  ///< as node `from` knows it
    rrdp::connection_id in{};   ///< as node `to` does
};

/// Nodes around a simulated switch, each with an engine; who uses it brings the application.
template <class Policy = rrdp::default_policy>
class basic_cluster {
public:
    using engine_type = rrdp::endpoint<Policy>;

    basic_cluster(std::uint64_t seed, const rrdp::adapters::network_conditions& weather,
                  const rrdp::adapters::network_options& made = {},
                  const rrdp::capacities& room = {.nodes = 128},
                  const std::vector<rrdp::entropy>& keys = {})
        : net{seed, weather, made}, made_{made}, room_{room} {
        engines_.resize(made.stations);
        for (std::size_t n = 0; n < made.stations; ++n)
            start(n, n < keys.size() ? keys[n] : rrdp::entropy{seed, n + 1});
    }

    /// Node `n` begins anew, as after a crash: nothing of what it knew is left.
    void start(std::size_t n, rrdp::entropy key) {
        rrdp::node_options<typename Policy::framing> own;
        own.node = number(n);
        own.address = net.address(n);
        own.mtu = static_cast<std::uint16_t>(made_.max_frame - 14);
        engines_[n] = std::make_unique<engine_type>(room_, own, key);
        for (std::size_t other = 0; other < size(); ++other)
            if (other != n) ok = ok && add(n, other);
    }

    static constexpr rrdp::node_id number(std::size_t n) {
        return rrdp::node_id{static_cast<std::uint16_t>(n + 1)};
    }
    [[nodiscard]] engine_type& operator[](std::size_t n) { return *engines_[n]; }
    [[nodiscard]] std::size_t size() const { return engines_.size(); }
    [[nodiscard]] rrdp::instant now() const { return net.time(); }

    /// Calls `act(n)` for every node at every step, and goes on until `done()`; false when the
    /// steps or `limit` ran out before. `act` answers when it wants to be called next, if ever.
    template <class Act, class Done>
    bool run(Act act, Done done, rrdp::duration limit, std::size_t steps = 50'000'000) {
        const rrdp::instant end = now() + limit;
        for (std::size_t step = 0; !done(); ++step) {
            if (step == steps || now() >= end) return false;
            std::optional<rrdp::instant> next = end;
            bool moved = false;
            for (std::size_t n = 0; n < size(); ++n) {
                const auto turn = rrdp::pump(*engines_[n], net.at(n), now());
                const std::optional<rrdp::instant> alarm = act(n);
                const engine_type& e = *engines_[n];  // `act` may have started it anew
                moved = moved || turn.received + turn.sent != 0 ||
                        (e.wants_transmit(now()) && !turn.blocked);
                next = earlier(next, earlier(alarm, e.next_timeout()));
            }
            if (!moved) net.advance(next);
        }
        return true;
    }

    /// Opens a connection from port 0 of one node to a listener on `port` of another; both ends
    /// have the same options.
    channel open(std::size_t from, std::size_t to, std::uint16_t port, const rrdp::options& o) {
        channel c{from, to};
        ok = ok && (*this)[to].listen(port, o) == rrdp::errc::ok;
        const auto id = (*this)[from].connect(now(), {number(to), port}, o);
        ok = ok && id.has_value();
        if (!ok) return c;
        c.out = *id;
        bool connected = false;
        bool accepted = false;
        const auto act = [&](std::size_t n) -> std::optional<rrdp::instant> {
            while (const auto e = (*this)[n].poll_event()) {
                connected = connected || (n == from && e->kind == rrdp::event_kind::connected);
                if (n != to || e->kind != rrdp::event_kind::accepted) continue;
                accepted = true;
                c.in = e->connection;
            }
            return std::nullopt;
        };
        ok = run(
                 act, [&] { return connected && accepted; }, 60s) &&
             ok;
        return c;
    }

    rrdp::adapters::simulated_network net;
    bool ok = true;  ///< all that was asked for in preparation could be done

private:
    static std::optional<rrdp::instant> earlier(std::optional<rrdp::instant> x,
                                                std::optional<rrdp::instant> y) {
        if (!x || !y) return x ? x : y;
        return std::min(*x, *y);
    }
    bool add(std::size_t n, std::size_t other) {
        return (*this)[n].add_node(number(other), net.address(other)) == rrdp::errc::ok;
    }

    rrdp::adapters::network_options made_;
    rrdp::capacities room_;
    std::vector<std::unique_ptr<engine_type>> engines_;
};

using cluster = basic_cluster<>;

}  // namespace simulation
