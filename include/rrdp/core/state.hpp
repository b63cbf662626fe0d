// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace rrdp {

/// Where a connection is in its life: RFC 908's states and CLOSING. LISTEN is not here: a listener
/// belongs to the endpoint, and each SYN it accepts starts a connection of its own.
enum class state : std::uint8_t { closed, syn_sent, syn_received, open, closing, close_wait };

/// What can move a connection from one state to another, already judged acceptable. Everything else
/// that happens to it (data, EACKs, duplicates, retransmissions) happens inside a state.
enum class stimulus : std::uint8_t {
    active_open,     ///< connect()
    accept,          ///< a listener takes a SYN
    close,           ///< close() or shutdown_send(), or auto_close
    abort,           ///< abort()
    syn,             ///< the peer opens, too
    syn_ack,         ///< the peer answers our SYN
    ack,             ///< the peer acknowledges our SYN ACK
    rst,             ///< the peer has no such connection, or wants none
    refusal,         ///< the peer's offer does not suit us
    finished,        ///< both FINs are sent and acknowledged
    unanswered,      ///< our FIN is acknowledged, the peer's will not come
    protocol_error,  ///< the peer broke the protocol
    timed_out,       ///< nothing was heard for too long
    linger_over,     ///< nothing old can arrive any more
    reuse,           ///< a new SYN takes the ports over
    restarted,       ///< the peer lost its memory
};

/// A row of the table of states.
struct transition {
    state from;   ///< the state before
    stimulus on;  ///< what happened
    state to;     ///< the state after

    /// Whether all members are equal.
    friend constexpr bool operator==(const transition&, const transition&) noexcept = default;
};

/// The whole machine. `next()` reads this table and nothing else decides a state; the diagram in
/// docs/protocol.md is generated from it and a test fails when the two differ.
inline constexpr std::array transitions{
    transition{state::closed, stimulus::active_open, state::syn_sent},  // RFC 908, 3.2.3
    transition{state::closed, stimulus::accept, state::syn_received},

    transition{state::syn_sent, stimulus::syn_ack, state::open},
    transition{state::syn_sent, stimulus::syn, state::syn_received},
    transition{state::syn_sent, stimulus::rst, state::closed},
    transition{state::syn_sent, stimulus::refusal, state::closed},
    transition{state::syn_sent, stimulus::abort, state::closed},
    transition{state::syn_sent, stimulus::timed_out, state::closed},

    transition{state::syn_received, stimulus::ack, state::open},
    transition{state::syn_received, stimulus::syn_ack, state::open},
    transition{state::syn_received, stimulus::rst, state::closed},
    transition{state::syn_received, stimulus::refusal, state::closed},
    transition{state::syn_received, stimulus::abort, state::closed},
    transition{state::syn_received, stimulus::timed_out, state::closed},
    transition{state::syn_received, stimulus::restarted, state::closed},

    transition{state::open, stimulus::close, state::closing},
    transition{state::open, stimulus::rst, state::closed},
    transition{state::open, stimulus::abort, state::closed},
    transition{state::open, stimulus::protocol_error, state::closed},
    transition{state::open, stimulus::timed_out, state::closed},
    transition{state::open, stimulus::restarted, state::closed},

    transition{state::closing, stimulus::finished, state::close_wait},
    transition{state::closing, stimulus::unanswered, state::closed},
    transition{state::closing, stimulus::rst, state::closed},
    transition{state::closing, stimulus::abort, state::closed},
    transition{state::closing, stimulus::protocol_error, state::closed},
    transition{state::closing, stimulus::timed_out, state::closed},
    transition{state::closing, stimulus::restarted, state::closed},

    transition{state::close_wait, stimulus::rst, state::close_wait},      // RFC 1151
    transition{state::close_wait, stimulus::reuse, state::closed},
    transition{state::close_wait, stimulus::linger_over, state::closed},
};

/// The state that follows, or nothing when `on` means nothing here and must be ignored or refused.
[[nodiscard]] constexpr std::optional<state> next(state from, stimulus on) noexcept {
    for (const transition& t : transitions)
        if (t.from == from && t.on == on) return t.to;
    return std::nullopt;
}

/// The name of `s` as the RFC writes it, in lower case.
[[nodiscard]] constexpr const char* name(state s) noexcept {
    constexpr std::array names{"closed", "syn_sent", "syn_received",
                               "open",   "closing",  "close_wait"};
    return names[static_cast<std::size_t>(s)];
}

static_assert(next(state::syn_sent, stimulus::syn_ack) == state::open);
static_assert(!next(state::closed, stimulus::ack), "a stray ACK opens nothing");

}  // namespace rrdp
