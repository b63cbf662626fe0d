// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include <rrdp/adapters/simulated.hpp>
#include <rrdp/rrdp.hpp>

/// Two engines on a simulated wire, and a judge that knows what was sent.
namespace simulation {

using namespace std::chrono_literals;

/// The content of message `index` of a side: a function of both, so that any mix-up shows.
inline std::vector<std::byte> message_of(std::uint64_t seed, std::size_t side, std::uint64_t index,
                                         std::size_t longest, bool may_be_empty) {
    rrdp::adapters::frame_dice dice{seed ^ 0x6d65'7373, side, index};
    std::size_t size = 1 + dice.up_to(dice.up_to(7) == 0 ? longest - 1 : 31);
    if (may_be_empty && dice.up_to(3) == 0) size = 0;
    std::vector<std::byte> octets(size);
    for (std::byte& octet : octets) octet = static_cast<std::byte>(dice.next64());
    return octets;
}

struct plan {
    std::uint64_t messages = 500;  ///< each way
    std::size_t longest = 1'000;   ///< octets
    bool empty_messages = false;   ///< every fourth has no octets
    /// Each side closes when it has sent everything. A message has a number of its own, so that
    /// there are as many to lose as messages.
    rrdp::options options{.offered = rrdp::lan_features - rrdp::wire::features::bundle,
                          .auto_close = false};
    rrdp::capacities capacities{.connections = 4, .rings = 8, .segments = 1'024, .nodes = 2};
    rrdp::duration limit = 600s;  ///< virtual
    std::size_t steps = 2'000'000;
};

/// One engine and its application: sends its messages, checks what arrives, closes when it is done.
template <class Policy>
class node {
public:
    using engine_type = rrdp::endpoint<Policy>;

    node(std::uint64_t seed, std::size_t side, const plan& p, const rrdp::wire::mac_address& own,
         const rrdp::wire::mac_address& other)
        : engine{p.capacities,
                 {.node = number(side), .address = own},
                 rrdp::entropy{seed, side + 1}},
          seed_{seed},
          side_{side},
          plan_{p} {
        if (engine.add_node(number(1 - side), other) != rrdp::errc::ok) complain("add_node");
    }

    static constexpr rrdp::node_id number(std::size_t side) {
        return rrdp::node_id{static_cast<std::uint16_t>(side + 1)};
    }

    void listen() {
        if (engine.listen(7, plan_.options) != rrdp::errc::ok) complain("listen");
    }
    void connect(rrdp::instant now) {
        const auto made = engine.connect(now, {number(1 - side_), 7}, plan_.options);
        if (!made) complain("connect");
    }

    /// What the application does in a turn.
    void act(rrdp::instant now) {
        while (const auto e = engine.poll_event()) hear(now, *e);
        if (!open_) return;
        while (sent_ < plan_.messages) {
            const auto octets =
                message_of(seed_, side_, sent_, plan_.longest, plan_.empty_messages);
            const auto index = engine.send(now, id_, octets);
            if (!index) {
                if (index.error() != rrdp::errc::would_block) complain("send");
                break;
            }
            if (*index != sent_++) complain("the index of a message is not its number");
        }
        if (sent_ == plan_.messages && !closing_) {
            closing_ = true;
            if (engine.close(now, id_) != rrdp::errc::ok) complain("close");
        }
        const auto ledger = engine.ledger(id_);
        if (ledger.confirmed > ledger.sent || ledger.sent > ledger.accepted) complain("ledger");
        const auto info = engine.info(id_);
        if (info && info->outstanding > plan_.options.max_outstanding) complain("more than X");
    }

    [[nodiscard]] bool closed() const { return end_.has_value(); }
    [[nodiscard]] const std::optional<rrdp::event>& end() const { return end_; }
    [[nodiscard]] std::uint64_t received() const { return received_; }
    [[nodiscard]] const std::string& complaint() const { return complaint_; }

    engine_type engine;

private:
    void complain(const char* what) {
        if (complaint_.empty()) complaint_ = std::string{side_ == 0 ? "a: " : "b: "} + what;
    }

    void hear(rrdp::instant now, const rrdp::event& e) {
        if (end_) complain("an event after the last one");
        switch (e.kind) {
            case rrdp::event_kind::connected:
            case rrdp::event_kind::accepted:
                if (open_) complain("opened twice");
                open_ = true;
                id_ = e.connection;
                break;
            case rrdp::event_kind::readable: read(); break;
            case rrdp::event_kind::closed:
                open_ = false;
                end_ = e;
                break;
            default: break;
        }
        static_cast<void>(now);
    }

    void read() {
        while (const auto message = engine.receive(id_)) {
            const auto expected =
                message_of(seed_, 1 - side_, received_, plan_.longest, plan_.empty_messages);
            std::vector<std::byte> got(message->size());
            message->copy_to(got);
            const bool same =
                got.size() == expected.size() &&
                (got.empty() || std::memcmp(got.data(), expected.data(), got.size()) == 0);
            if (!same) complain("a message is not the next one that was sent");
            ++received_;
        }
    }

    std::uint64_t seed_;
    std::size_t side_;
    plan plan_;
    rrdp::connection_id id_{};
    std::uint64_t sent_ = 0;
    std::uint64_t received_ = 0;
    bool open_ = false;
    bool closing_ = false;
    std::optional<rrdp::event> end_;
    std::string complaint_;
};

/// The whole experiment: opens, exchanges `plan.messages` each way, closes, lets the records linger
/// out.
template <class Policy>
class basic_world {
public:
    basic_world(std::uint64_t seed, const rrdp::adapters::wire_conditions& weather,
                const plan& p = {})
        : plan_{p},
          wire{seed, weather},
          a{seed, 0, p, wire.a.properties().address, wire.b.properties().address},
          b{seed, 1, p, wire.b.properties().address, wire.a.properties().address} {
        b.listen();
        a.connect(now());
    }

    [[nodiscard]] rrdp::instant now() const { return wire.time(); }

    /// Goes on until `done()`; false when virtual time, steps or events ran out before.
    template <class Done>
    bool run_until(Done done) {
        for (std::size_t step = 0; !done(); ++step) {
            if (step == plan_.steps || now() - rrdp::instant{} > plan_.limit) return false;
            const auto x = rrdp::pump(a.engine, wire.a, now());
            const auto y = rrdp::pump(b.engine, wire.b, now());
            a.act(now());
            b.act(now());
            if (!idle_when_it_says_so(a.engine) || !idle_when_it_says_so(b.engine))
                late_ = "wants_transmit is false, and poll_transmit has something";
            if (!complaint().empty()) return false;
            const bool moved = x.received + x.sent + y.received + y.sent != 0;
            if (moved || a.engine.wants_transmit(now()) || b.engine.wants_transmit(now())) continue;
            const auto next_a = a.engine.next_timeout();
            const auto next_b = b.engine.next_timeout();
            if ((next_a && *next_a < now()) || (next_b && *next_b < now())) {
                late_ = "a deadline in the past after handle_timeout";
                return false;
            }
            if (!wire.advance(next_a, next_b)) return done();
        }
        return true;
    }

    [[nodiscard]] bool both_closed() const { return a.closed() && b.closed(); }
    /// Nothing is left: no record, no segment in use.
    [[nodiscard]] bool forgotten() const {
        return a.engine.connections() == 0 && b.engine.connections() == 0;
    }
    [[nodiscard]] bool every_segment_is_back() const {
        return a.engine.segments_available() == plan_.capacities.segments &&
               b.engine.segments_available() == plan_.capacities.segments;
    }
    [[nodiscard]] const std::string& complaint() const {
        if (!late_.empty()) return late_;
        return a.complaint().empty() ? b.complaint() : a.complaint();
    }

private:
    /// An engine that wants nothing must have nothing: else a driver that sleeps would lose it.
    bool idle_when_it_says_so(rrdp::endpoint<Policy>& engine) {
        if (engine.wants_transmit(now())) return true;
        std::array<std::byte, 1'514> frame;
        return !engine.poll_transmit(now(), frame);
    }

    plan plan_;
    std::string late_;

public:
    rrdp::adapters::simulated wire;
    node<Policy> a;
    node<Policy> b;
};

/// The engine as users have it, but proving at each step that the places of its connections are
/// right.
struct audited : rrdp::default_policy {
    static constexpr bool audits = true;
};
using world = basic_world<audited>;

}  // namespace simulation
