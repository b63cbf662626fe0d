// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include <rrdp/adapters/waiter.hpp>

#include "openers.hpp"
#include "timing.hpp"

namespace rrdp::bench {

template <class Framing>
struct engine_policy : default_policy {
    using framing = Framing;
    static constexpr std::uint16_t max_outstanding = 256;
};

/// The numbers of the connections that are measured: `low_latency` for single messages, `lan` with
/// a larger window for streams, `udp` where others share the path.
template <class Framing>
[[nodiscard]] options connection_options(const job& j, std::size_t mtu) {
    options o = profiles::lan;
    if (j.what != workload::stream) o = profiles::low_latency;
    if constexpr (Framing::congestion_controlled) o = profiles::udp;
    o.max_outstanding = 256;
    o.receive_slots = 512 + 16;  // an echo leaves while its message is held
    o.send_queue = 512;
    if (j.what == workload::stream) o.ack_every = 16;
    if (!j.spin && !Framing::congestion_controlled) {
        // A moment that is near makes the kernel set its timer at every sleep.
        o.rto_min = std::chrono::milliseconds{20};
        o.rto_initial = std::chrono::milliseconds{50};
        o.ack_delay = std::chrono::milliseconds{10};
    }
    constexpr std::size_t heads = 40;  // of a segment, at most
    if (j.size + heads > mtu) o.offered = o.offered | wire::features::frag;
    o.message_max = std::max<std::uint32_t>(o.message_max, 131'072);
    o.verify_mtu = false;  // the wire is ours
    o.linger = std::chrono::milliseconds{1};
    return o;
}

/// An end of an RRDP connection: a link, an engine over it, and a program that waits for it.
template <class Opener>
class engine_end {
    using link_type = typename Opener::link;
    using framing = typename Opener::framing;

public:
    using engine_type = endpoint<engine_policy<framing>>;

    /// Both ends keep what they send until it has arrived.
    static constexpr bool reliable = true;

    engine_end(const place& p, const job& j) : engine_end{p, j, Opener::open(p, j)} {}

    engine_end(const place& p, const job& j, std::unique_ptr<link_type> opened)
        : job_{j},
          near_{p.near()},
          wait_{j.wait()},
          link_{std::move(opened)},
          settings_{node_settings(p)},
          options_{connection_options<framing>(j, settings_.mtu)},
          engine_{{.connections = 2,
                   .rings = 4,
                   .segments = 1'024,
                   .segment_max = settings_.mtu - std::uint32_t{wire::base_octets},
                   .nodes = 2},
                  settings_,
                  {static_cast<std::uint64_t>(::getpid()), 7}} {
        check(engine_.status());
        check(engine_.add_node(number(!near_), Opener::peer(p)));
        if (!near_) check(engine_.listen(port, options_));
        if (!job_.spin && sleeps_on() < 0)
            throw std::runtime_error{"nobody can sleep on this link"};
        if (j.size + 40 > settings_.mtu) scratch_.resize(j.size);
    }

    /// Connects, or waits until the other end has; throws when that fails.
    void open() {
        start();
        for (patience wait{job_.spin}; !open_; wait.check()) {
            turn();
            if (!open_ && !job_.spin) sleep_on(sleeps_on(), POLLIN, engine_.next_timeout());
        }
    }
    /// The first half of `open`: the second is done by turns.
    void start() {
        if (!near_) return;
        const auto made = engine_.connect(clock_now(), {number(!near_), port}, options_);
        if (!made) check(made.error());
    }
    [[nodiscard]] bool is_open() const { return open_; }

    /// The moment of the current turn.
    [[nodiscard]] instant now() const { return now_; }

    /// Sends at once, at a moment that the caller knows already; false: not now.
    bool send(octets_view message, instant now) {
        if (!accept(now, message)) return false;
        turn_ = rrdp::push(engine_, *link_, now);
        return true;
    }
    /// Accepts a message that a later `push` sends with others.
    bool submit(octets_view message) { return accept(now_, message); }
    void push() {
        now_ = clock_now();
        pump_at(now_);
    }

    /// One look; `take` sees each message that is complete. How many.
    template <class Take>
    std::size_t receive(Take take) {
        if (const std::size_t got = deliver(take)) return got;
        if (std::exchange(untold_, false)) events();
        if (const auto frame = link_->receive()) {
            now_ = clock_now();
            engine_.handle_frame(now_, frame->bytes());
            more_ = untold_ = true;
        }
        if (job_.what == workload::stream || ++looks_ % 64 == 0) turn();
        return deliver(take);
    }
    /// The same, after waiting for it as the job says; until `until` at most, and not for long.
    template <class Take>
    std::size_t await(Take take, std::optional<instant> until) {
        if (job_.spin && one_processor) return receive(take);
        if (const std::size_t got = deliver(take)) return got;
        events();
        const instant latest = now_ + std::chrono::milliseconds{100};
        now_ = wait_.wait(engine_, *link_, now_, turn_, until ? std::min(*until, latest) : latest);
        more_ = true;
        const std::size_t got = deliver(take);
        if (got != 0 && job_.what != workload::stream) return got;
        turn();
        return got + deliver(take);
    }

    /// Whether the other end has gone.
    [[nodiscard]] bool over() const { return closed_; }
    void close() {
        static_cast<void>(engine_.abort(clock_now(), id_));
        push();
    }
    /// What had to be sent again.
    [[nodiscard]] std::uint64_t repeated() const {
        const statistics& s = engine_.stats();
        return s.retransmissions_rto + s.retransmissions_fast + s.retransmissions_rack +
               s.retransmissions_tlp;
    }

    /// A turn of the engine over its link, as any program makes it.
    void turn() {
        now_ = clock_now();
        pump_at(now_);
        events();
    }

private:
    static constexpr std::uint16_t port = 7;
    static node_id number(bool near) { return near ? node_id{1} : node_id{2}; }
    static void check(errc e) {
        if (e != errc::ok) throw std::runtime_error{name(e)};
    }

    node_options<framing> node_settings(const place& p) const {
        node_options<framing> o;
        o.node = number(near_);
        o.address = Opener::own(p);
        const auto properties = link_->properties();
        const std::size_t room = properties.max_frame - framing::overhead;
        o.mtu = static_cast<std::uint16_t>(std::min<std::size_t>(room, p.mtu));
        o.fifo = properties.fifo;
        o.msl = properties.msl;
        return o;
    }
    [[nodiscard]] int sleeps_on() const {
        if constexpr (pollable_link<link_type>) return link_->native_handle();
        return -1;
    }

    void pump_at(instant now) {
        turn_ = pump(engine_, *link_, now);
        more_ = more_ || turn_.received != 0;
    }
    bool accept(instant now, octets_view message) {
        const auto sent = engine_.send(now, id_, message);
        if (!sent && sent.error() != errc::would_block)
            throw std::runtime_error{closed_ ? "the connection was lost" : name(sent.error())};
        return sent.has_value();
    }
    void events() {
        while (const auto e = engine_.poll_event()) {
            if (e->kind == event_kind::accepted || e->kind == event_kind::connected) {
                id_ = e->connection;
                open_ = true;
                longest_ = engine_.info(id_)->message_max;
                if (longest_ < job_.size)
                    throw std::runtime_error{"a message has " + std::to_string(longest_) +
                                             " octets at most here"};
            }
            closed_ = closed_ || e->kind == event_kind::closed;
            if (closed_ && !open_) throw std::runtime_error{name(e->reason)};
        }
    }
    /// Of single messages one at a time, so that an answer leaves before anything else is done.
    template <class Take>
    std::size_t deliver(Take take) {
        std::size_t count = 0;
        while (more_) {
            const auto message = engine_.receive(id_);
            more_ = message.has_value();
            if (!more_) break;
            ++count;
            take(message->whole(scratch_));
            if (job_.what != workload::stream) break;
        }
        return count;
    }

    job job_;
    bool near_;
    adapters::waiter wait_;
    std::unique_ptr<link_type> link_;
    node_options<framing> settings_;
    options options_;
    engine_type engine_;
    connection_id id_{};
    std::vector<std::byte> scratch_;  ///< a message that came in several segments
    std::size_t longest_ = 0;
    instant now_ = clock_now();
    pump_result turn_{};
    std::uint64_t looks_ = 0;
    bool more_ = false;    ///< frames have come since there was no message
    bool untold_ = false;  ///< and since events were handled
    bool open_ = false;
    bool closed_ = false;
};

}  // namespace rrdp::bench
