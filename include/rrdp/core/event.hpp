// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <rrdp/base/octets.hpp>
#include <rrdp/core/address.hpp>
#include <rrdp/core/outcome.hpp>
#include <rrdp/wire/reset.hpp>

namespace rrdp {

/// What an endpoint tells, in the order in which a connection's pending events are told.
enum class event_kind : std::uint8_t {
    connected,    ///< an active connection opened
    accepted,     ///< a listener's connection opened
    readable,     ///< receive() may return something: call it until it does not
    writable,     ///< send() has room again, after it answered would_block
    acked,        ///< more is confirmed, see `event::ledger`; with `options::tell_acked`
    drained,      ///< everything accepted is confirmed, after flush()
    peer_closed,  ///< the peer will send no more; every message of it has been taken
    closed,       ///< the last event: carries the reason and the final ledger
    link_down,    ///< of the link, not of a connection (R-19.5)
    link_up,
    node_up,          ///< of a node: heard of, for the first time, again, or under a new boot id
    node_down,        ///< it has left, or is not to be found
    duplicate_node,   ///< two claim its number; the one that was known is kept
    number_conflict,  ///< another node has the own number: nothing is sent under it (R-15.4)
};

/// Why a connection ended: the rows of the table in 19.3.
enum class end_reason : std::uint8_t {
    none,                 ///< it has not
    clean,                ///< both sides finished; everything is confirmed
    unanswered,           ///< own side finished and confirmed; the peer did not finish
    reset,                ///< the peer's RST; see `event::reset`
    refused,              ///< while opening; see `event::reset`
    timed_out_connect,    ///< the handshake was not answered within connect_timeout
    timed_out_data,       ///< a segment was not acknowledged within give_up
    timed_out_keepalive,  ///< an idle peer did not answer within give_up
    timed_out_persist,    ///< a closed window did not open, and probes went unanswered
    peer_restarted,       ///< the peer's node has a new boot id
    protocol_error,       ///< the peer broke the protocol; see `event::reset`
    aborted,              ///< by abort(), or by close() before it was open
    path_mtu_black_hole,  ///< large frames do not arrive, small ones do
    host_unreachable,     ///< the node number cannot be resolved
    link_lost,            ///< the link was removed and did not come back
    internal_error,       ///< our own bug
};

/// The name of `r` as it is written in the code.
[[nodiscard]] constexpr const char* name(end_reason r) noexcept {
    constexpr std::array names{"none",
                               "clean",
                               "unanswered",
                               "reset",
                               "refused",
                               "timed_out_connect",
                               "timed_out_data",
                               "timed_out_keepalive",
                               "timed_out_persist",
                               "peer_restarted",
                               "protocol_error",
                               "aborted",
                               "path_mtu_black_hole",
                               "host_unreachable",
                               "link_lost",
                               "internal_error"};
    return names[static_cast<std::size_t>(r)];
}

/// The boot id a node had, and the one it has now; 0 where it is not known.
struct boot_ids {
    std::uint32_t old = 0;  ///< before the restart
    std::uint32_t now = 0;  ///< since then

    /// Whether all members are equal.
    friend constexpr bool operator==(const boot_ids&, const boot_ids&) noexcept = default;
};

/// Something to tell the application. Messages are not in it: fetch them with receive().
struct event {
    event_kind kind{};  ///< what has happened
    /// To which connection; of none, where it is of a node or the link.
    connection_id connection{};
    peer remote{};                         ///< with the own port as local_port
    end_reason reason = end_reason::none;  ///< of `closed`
    wire::reset_reason reset{};            ///< of `closed`: what an RST said
    send_ledger ledger{};                  ///< of `closed`: how each message ended; of `acked`
    boot_ids boots{};                      ///< of `peer_restarted`, and of the events of a node
    octets_view application{};             ///< of `connected`, `accepted`: what the peer's SYN
                                           ///< said in APP; valid until the next poll_event()
};

}  // namespace rrdp
