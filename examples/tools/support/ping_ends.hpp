// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <rrdp/rrdp.hpp>

#include "end_text.hpp"
#include "failure.hpp"
#include "round_trips.hpp"
#include "waiting.hpp"

/// Both ends of a ping over RRDP. They drive no link: call `step` after each turn of the engine.
namespace tools {

/// Sends back every message of every connection.
template <class Engine>
class echo_end {
public:
    explicit echo_end(Engine& engine) : engine_{engine} {}

    void start(std::uint16_t port, const rrdp::options& options) {
        const rrdp::errc error = engine_.listen(port, options);
        if (error != rrdp::errc::ok)
            throw failure{exit_status::failed, "port " + std::to_string(port), rrdp::name(error)};
    }

    /// False: there was nothing to do.
    bool step(rrdp::instant now) {
        bool moved = false;
        while (const auto event = engine_.poll_event()) {
            moved = true;
            if (event->kind == rrdp::event_kind::closed) {
                refused_.erase(event->connection.slot);
                ++closed_;
            } else if (resend(now, event->connection)) {
                echo(now, event->connection);
            }
        }
        return moved;
    }

    /// Connections that have ended.
    [[nodiscard]] std::uint64_t closed() const noexcept { return closed_; }

private:
    void echo(rrdp::instant now, rrdp::connection_id id) {
        while (const auto message = engine_.receive(id)) {
            scratch_.resize(message->size());
            const rrdp::octets_view octets = message->whole(scratch_);
            if (engine_.send(now, id, octets)) continue;
            refused_[id.slot].assign(octets.begin(), octets.end());
            return;  // `writable` will come
        }
    }

    /// Sends what had to wait. False: it still has to.
    bool resend(rrdp::instant now, rrdp::connection_id id) {
        const auto waiting = refused_.find(id.slot);
        if (waiting == refused_.end()) return true;
        if (!engine_.send(now, id, waiting->second)) return false;
        refused_.erase(waiting);
        return true;
    }

    Engine& engine_;
    std::unordered_map<std::uint32_t, std::vector<std::byte>> refused_;
    std::vector<std::byte> scratch_;  ///< a message that came in several segments, put together
    std::uint64_t closed_ = 0;
};

/// What to send, and how often.
struct ping_plan {
    std::uint64_t count = 10'000;
    std::uint64_t warm_up = 200;  ///< round trips before those that count
    std::size_t size = 64;        ///< octets of a message, at least 8
    rrdp::duration interval{};    ///< from one message to the next; 0: at once
};

/// The other end: sends a message, waits for its return, and so on.
template <class Engine>
class ping_end {
public:
    ping_end(Engine& engine, const rrdp::peer& to, const ping_plan& plan)
        : engine_{engine}, to_{to}, plan_{plan}, message_(plan.size), times_{plan.count} {}

    void start(rrdp::instant now, const rrdp::options& options) {
        const auto id = engine_.connect(now, to_, options);
        if (!id) throw failure{exit_status::failed, peer_text(), start_text(id.error())};
        id_ = *id;
    }

    /// False: there was nothing to do.
    bool step(rrdp::instant now) {
        bool moved = false;
        while (const auto event = engine_.poll_event()) {
            moved = true;
            handle(*event);
        }
        if (!open_ || over_) return moved;
        moved |= receive();
        if (waiting_ || now < next_) return moved;
        if (sent_ == plan_.count + plan_.warm_up) return finish(now) || moved;
        send(now);
        return true;
    }

    [[nodiscard]] bool over() const noexcept { return over_; }
    /// Round trips that were measured.
    [[nodiscard]] std::uint64_t done() const noexcept { return times_.count(); }
    /// When the next message is to leave, if that is not when the last one came back.
    [[nodiscard]] std::optional<rrdp::instant> next_send() const noexcept {
        if (!open_ || waiting_ || closing_) return std::nullopt;
        return next_;
    }
    /// Ends the measurement before its time.
    void stop(rrdp::instant now) noexcept { static_cast<void>(engine_.abort(now, id_)); }

    [[nodiscard]] ping_report report(const std::string& wait, const std::string& wait_words) const {
        ping_report r{"rrdp", peer_text(), plan_.size, wait, wait_words, 0, 0, times_};
        r.sent = sent_ > plan_.warm_up ? sent_ - plan_.warm_up : 0;
        const rrdp::statistics& s = engine_.stats();
        r.retransmissions = s.retransmissions_rto + s.retransmissions_fast +
                            s.retransmissions_rack + s.retransmissions_tlp;
        r.times.sort();
        return r;
    }
    /// Why it ended, unless it was as it should be.
    [[nodiscard]] std::optional<failure> trouble() const {
        if (reason_ == rrdp::end_reason::none || reason_ == rrdp::end_reason::clean) return {};
        return failure{open_ ? exit_status::lost : exit_status::not_connected, peer_text(),
                       end_text(reason_, reset_)};
    }

private:
    void handle(const rrdp::event& event) {
        if (event.connection != id_) return;
        if (event.kind == rrdp::event_kind::connected) {
            open_ = true;
            const std::size_t longest = engine_.info(id_)->message_max;
            if (plan_.size > longest)
                throw failure{exit_status::usage, "--size",
                              std::to_string(plan_.size) + " octets are too long: " + peer_text() +
                                  " takes " + std::to_string(longest)};
        }
        if (event.kind == rrdp::event_kind::peer_closed) over_ = !closing_;
        if (event.kind != rrdp::event_kind::closed) return;
        over_ = true;
        reason_ = event.reason;
        reset_ = event.reset;
    }

    bool receive() {
        bool moved = false;
        while (const auto message = engine_.receive(id_)) {
            moved = true;
            const rrdp::instant back = clock_now();
            scratch_.resize(message->size());
            const rrdp::octets_view echo = message->whole(scratch_);
            if (echo.size() != message_.size() ||
                !std::equal(echo.begin(), echo.end(), message_.begin()))
                throw failure{exit_status::lost, peer_text(), "the echo is not what was sent"};
            if (sent_ > plan_.warm_up) times_.add(back - left_);
            waiting_ = false;
        }
        return moved;
    }

    void send(rrdp::instant now) {
        rrdp::store_be32(message_, 0, static_cast<std::uint32_t>(sent_ >> 32));
        rrdp::store_be32(message_, 4, static_cast<std::uint32_t>(sent_));
        left_ = clock_now();
        if (!engine_.send(now, id_, message_)) return;
        waiting_ = true;
        ++sent_;
        next_ = now + plan_.interval;
    }

    bool finish(rrdp::instant now) {
        if (closing_) return false;
        closing_ = true;
        static_cast<void>(engine_.close(now, id_));
        return true;
    }

    [[nodiscard]] std::string peer_text() const {
        return "node " + std::to_string(static_cast<unsigned>(to_.node)) + " port " +
               std::to_string(to_.port);
    }

    Engine& engine_;
    rrdp::peer to_;
    ping_plan plan_;
    std::vector<std::byte> message_;
    std::vector<std::byte> scratch_;  ///< an echo that came in several segments, put together
    round_trips times_;
    rrdp::connection_id id_{};
    bool open_ = false, waiting_ = false, closing_ = false, over_ = false;
    std::uint64_t sent_ = 0;
    rrdp::instant left_{}, next_{};
    rrdp::end_reason reason_ = rrdp::end_reason::none;
    rrdp::wire::reset_reason reset_{};
};

}  // namespace tools
