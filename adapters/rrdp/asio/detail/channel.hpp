// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>

#include <rrdp/asio/detail/operation.hpp>
#include <rrdp/rrdp.hpp>

namespace rrdp::asio::detail {

/// What can be waited for on a connection. Each kind has its row: first come, first served.
enum class wish : std::uint8_t { connect, receive, send, flush, close, count_ };

/// What a node knows of the connection in one slot of its engine besides what the engine knows: who
/// waits for what, and how it ended.
template <class Core>
struct channel {
    std::uint32_t generation = 0;
    bool owned = false;               ///< a socket has it, or an acceptor that will give it to one
    bool open = false;                ///< told so
    bool peer_ended = false;          ///< every message was taken, and no more will come
    std::optional<error_code> ended;  ///< it is over; without a failure, if both sides finished
    bool confirmed = false;           ///< ... and everything that was sent is confirmed
    std::optional<typename Core::message> held;  ///< taken of the engine, and not all of it read
    std::size_t read = 0;                        ///< octets of it that were
    std::array<queue<Core>, static_cast<std::size_t>(wish::count_)> waiting;

    [[nodiscard]] queue<Core>& of(wish w) noexcept { return waiting[static_cast<std::size_t>(w)]; }
    /// All that waits has failed.
    void fail_all(const error_code& why, queue<Core>& to) noexcept {
        for (auto& row : waiting) row.fail_all(why, to);
    }
    /// Why nothing can be received any more; success while something may.
    [[nodiscard]] error_code end_of_receiving() const noexcept {
        if (ended && *ended) return *ended;
        return ended || peer_ended ? error_code{net::error::eof} : error_code{};
    }
    /// Why nothing can be sent any more, where the engine has refused it as `said`.
    [[nodiscard]] error_code end_of_sending(errc said) const noexcept {
        if (!ended) return make_error_code(said);
        return *ended ? *ended : error_code{net::error::broken_pipe};
    }
    /// Becomes that of another connection; nobody waits for anything.
    void begin(std::uint32_t of_generation) noexcept {
        generation = of_generation;
        owned = open = peer_ended = confirmed = false;
        ended.reset();
        held.reset();
        read = 0;
    }
};

/// What a socket still has of a connection that is over and whose slot is another's.
template <class Core>
struct past_channel {
    connection_id id;
    channel<Core> left;
};

/// A port at which connections are taken: who waits for one, and which wait for somebody.
template <class Core>
struct door {
    std::uint16_t port = 0;
    queue<Core> waiting;
    std::deque<connection_id> arrived;
};

}  // namespace rrdp::asio::detail
