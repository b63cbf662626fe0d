// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <rrdp/rrdp.hpp>

#include "end_text.hpp"
#include "failure.hpp"
#include "input.hpp"
#include "output.hpp"
#include "waiting.hpp"

namespace tools {

/// What one end of a crossing is to do.
struct cat_role {
    std::optional<std::uint16_t> listen;  ///< wait for a connection on this port
    rrdp::peer connect{};                 ///< or else open one to there
    std::size_t message_size = 0;         ///< octets; 0: as long as a message may be
    bool until_eof = false;               ///< never give standard input up before its end
    std::function<void()> opened{};       ///< called when the connection is open, if it is there
};

/// One end of a connection that carries a stream of octets each way, like netcat: what it reads
/// becomes messages, what messages bring is written, and the end of the input becomes the end of
/// its direction. Drives no link and reads no clock: call `step` after each turn of the engine.
///
/// An end that has nothing to say and listens keeps its own direction open until what it received
/// is safely stored, so that for its peer a clean close means "stored".
template <class Engine>
class cat_end {
public:
    cat_end(Engine& engine, const cat_role& role, input& in, output& out)
        : engine_{engine}, role_{role}, in_{in}, out_{out} {}

    void start(rrdp::instant now, const rrdp::options& options) {
        rrdp::errc error = rrdp::errc::ok;
        if (role_.listen) {
            error = engine_.listen(*role_.listen, options);
        } else {
            const auto id = engine_.connect(now, role_.connect, options);
            error = id ? rrdp::errc::ok : id.error();
        }
        if (error != rrdp::errc::ok)
            throw failure{exit_status::failed, peer_text(), start_text(error)};
    }

    /// Does what can be done at present, without waiting. False: nothing could.
    bool step(rrdp::instant now) {
        bool moved = false;
        while (const auto event = engine_.poll_event()) {
            handle(now, *event);
            moved = true;
        }
        if (!open_) return moved;
        moved |= receive();
        out_.write_some();
        moved |= send(now);
        moved |= store();
        return moved | end_sending(now);
    }

    /// Adds what this end waits for, besides its link and the engine's next deadline.
    void watch(sleeper& sleep) const noexcept {
        if (open_ && !full_ && !ended_sending_) sleep.watch(in_.native_handle(), POLLIN);
        if (out_.blocked()) sleep.watch(out_.native_handle(), POLLOUT);
    }

    /// Gives up: the peer is told at the next turn of the engine.
    void abort(rrdp::instant now) noexcept {
        if (open_ && !closed_) static_cast<void>(engine_.abort(now, id_));
    }

    /// The connection has ended cleanly and everything is stored: what is else is thrown by `step`.
    [[nodiscard]] bool over() const noexcept { return closed_ && stored_; }
    [[nodiscard]] bool open() const noexcept { return open_; }
    /// Something is going on aside that no descriptor tells of.
    [[nodiscard]] bool storing() const noexcept { return peer_ended_ && !stored_; }
    [[nodiscard]] rrdp::instant opened_at() const noexcept { return opened_at_; }
    [[nodiscard]] rrdp::instant closed_at() const noexcept { return closed_at_; }
    [[nodiscard]] const rrdp::send_ledger& ledger() const noexcept { return ledger_; }
    [[nodiscard]] std::uint64_t octets_sent() const noexcept { return in_.consumed(); }
    [[nodiscard]] std::uint64_t octets_received() const noexcept { return out_.appended(); }

    /// "node 2 port 7", the other end.
    [[nodiscard]] std::string peer_text() const {
        if (role_.listen && remote_.port == 0) return "port " + std::to_string(*role_.listen);
        const rrdp::peer& p = role_.listen ? remote_ : role_.connect;
        return "node " + std::to_string(static_cast<unsigned>(p.node)) + " port " +
               std::to_string(p.port);
    }

private:
    void handle(rrdp::instant now, const rrdp::event& event) {
        switch (event.kind) {
            case rrdp::event_kind::connected:
            case rrdp::event_kind::accepted: return opened(now, event);
            case rrdp::event_kind::writable: full_ = false; return;
            case rrdp::event_kind::peer_closed: peer_ended_ = true; return;
            case rrdp::event_kind::closed: return closed(now, event);
            default: return;  // readable: `receive` looks anyway
        }
    }

    void opened(rrdp::instant now, const rrdp::event& event) {
        if (open_) {  // one connection is all it came for
            static_cast<void>(engine_.abort(now, event.connection));
            return;
        }
        open_ = true;
        id_ = event.connection;
        remote_ = event.remote;
        opened_at_ = now;
        if (role_.listen) static_cast<void>(engine_.stop_listening(*role_.listen));
        const std::size_t longest = engine_.info(id_)->message_max;
        if (role_.message_size > longest)
            throw failure{exit_status::failed, "--message-size",
                          std::to_string(role_.message_size) + " octets are too long: " +
                              peer_text() + " takes " + std::to_string(longest)};
        message_size_ = role_.message_size != 0 ? role_.message_size : longest;
        if (role_.opened) role_.opened();
    }

    void closed(rrdp::instant now, const rrdp::event& event) {
        if (open_ && event.connection != id_) return;
        ledger_ = event.ledger;
        closed_ = ended_sending_ = true;
        closed_at_ = now;
        if (event.reason == rrdp::end_reason::clean && peer_ended_) return;
        throw failure{open_ ? exit_status::lost : exit_status::not_connected, peer_text(),
                      why(event)};
    }

    [[nodiscard]] std::string why(const rrdp::event& event) const {
        std::string text = end_text(event.reason, event.reset);
        if (open_ && event.ledger.accepted != 0)
            text += ", " + std::to_string(event.ledger.confirmed) + " of " +
                    std::to_string(event.ledger.accepted) + " messages were confirmed";
        return text;
    }

    bool receive() {
        bool moved = false;
        for (;; moved = true) {
            if (out_.room() < longest_message) out_.write_some();
            if (out_.room() < longest_message) return moved;
            const auto message = engine_.receive(id_);
            if (!message) return moved;
            for (const rrdp::octets_view part : message->parts()) out_.append(part);
        }
    }

    bool send(rrdp::instant now) {
        bool moved = false;
        for (int i = 0; i < messages_per_step && !full_ && !ended_sending_; ++i) {
            const rrdp::octets_view message = in_.next(message_size_);
            if (message.empty()) break;
            const auto index = engine_.send(now, id_, message);
            full_ = !index && index.error() == rrdp::errc::would_block;
            if (!index && !full_)
                throw failure{exit_status::failed, peer_text(), rrdp::name(index.error())};
            if (index) in_.consume(message.size());
            moved |= bool{index};
        }
        return moved;
    }

    /// Brings everything that came to its place, once the peer has ended its direction.
    bool store() {
        if (!peer_ended_ || stored_) return false;
        const bool silent = !in_.is_file() && in_.consumed() == 0 && !role_.until_eof;
        if (silent && out_.appended() != 0) in_.stop();
        stored_ = out_.finish();
        return stored_;
    }

    bool end_sending(rrdp::instant now) {
        const bool held_back = role_.listen && in_.consumed() == 0 && !stored_;
        if (ended_sending_ || !in_.at_end() || held_back) return false;
        ended_sending_ = true;
        static_cast<void>(engine_.shutdown_send(now, id_));
        return true;
    }

    static constexpr std::size_t longest_message = 65'536;
    static constexpr int messages_per_step = 64;

    Engine& engine_;
    cat_role role_;
    input& in_;
    output& out_;
    rrdp::connection_id id_{};
    rrdp::peer remote_{};
    std::size_t message_size_ = 0;
    bool open_ = false, closed_ = false, full_ = false;
    bool ended_sending_ = false, peer_ended_ = false, stored_ = false;
    rrdp::instant opened_at_{}, closed_at_{};
    rrdp::send_ledger ledger_{};
};

}  // namespace tools
