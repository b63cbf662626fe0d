// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <type_traits>

#include <rrdp/core/acknowledger.hpp>
#include <rrdp/core/deadlines.hpp>
#include <rrdp/core/event.hpp>
#include <rrdp/core/governor_pool.hpp>
#include <rrdp/core/incoming_run.hpp>
#include <rrdp/core/path_mtu.hpp>
#include <rrdp/core/policy.hpp>
#include <rrdp/core/receive_window.hpp>
#include <rrdp/core/rto.hpp>
#include <rrdp/core/send_window.hpp>
#include <rrdp/core/state.hpp>
#include <rrdp/core/token_bucket.hpp>

namespace rrdp {

/// Whether a listener's connection still counts against the backlog, against that of the openers
/// which have shown a cookie, or against the queue of those whose `accepted` was not told yet
///
enum class backlog_place : std::uint8_t { none, half_open, proved, untold };

/// All that is known of one connection (section 6): plain data. It holds handles into the pools of
/// its endpoint and no pointer, so it can be copied as octets and put back.
template <class Policy>
struct connection_record {
    // what every segment touches
    send_window sending;
    receive_window receiving;
    deadlines timers;
    acknowledger acks;
    instant since{};        ///< the last proof that the peer lives (R-11.2), CLOSE-WAIT begins with
                            ///< one; before OPEN, when the last SYN left
    segment_queue queue;    ///< accepted, not yet sent
    segment_queue inbox;    ///< complete, not yet taken by the application
    segment_queue partial;  ///< the beginning of a message, passed but not complete
    incoming_run run;       ///< how far that is
    std::uint16_t queued = 0;           ///< messages in `queue`
    std::uint16_t segment_payload = 0;  ///< octets of a message in one segment (R-3.27)
    std::uint32_t message_max = 0;      ///< octets (R-3.27, R-3.28)
    std::uint16_t local_port = 0;
    std::uint16_t remote_port = 0;
    wire::features agreed{};
    state at = state::closed;
    std::uint8_t events = 0;          ///< pending, one bit an event_kind
    std::uint8_t duplicate_acks = 0;  ///< in a row (R-9.9)

    bool active : 1 = false;          ///< made by connect(), not by a listener
    bool visible : 1 = false;         ///< the application knows of it
    bool reset_due : 1 = false;       ///< an RST is to be sent, the last segment
    bool reset_bare : 1 = false;      ///< in the form of one that never was open (R-3.17)
    bool syn_due : 1 = false;         ///< the SYN or SYN ACK is to be sent (again)
    bool keepalive_due : 1 = false;   ///< a sequenced NUL is to be sent
    bool probe_due : 1 = false;       ///< a NUL without a number of its own (R-8.20)
    bool fin_wanted : 1 = false;      ///< close() was called
    bool fin_sent : 1 = false;        ///< the FIN has its number
    bool half_closed : 1 = false;     ///< by shutdown_send(): no fin_wait (R-10.4)
    bool peer_fin : 1 = false;        ///< the peer's FIN was passed
    bool peer_lists : 1 = false;      ///< the peer has sent an EACK list (R-9.9)
    bool addressed : 1 = false;       ///< a segment beyond the handshake has come (R-7.21)
    bool mid_run : 1 = false;         ///< the last number sent has others of its message behind it
    bool ordered : 1 = true;          ///< messages are delivered in the order of sending (R-5.9)
    bool retransmit_now : 1 = false;  ///< whatever the congestion window says
    bool held_back : 1 = false;       ///< the governor does not permit the next number (R-13.2)
    bool wants_drained : 1 = false;   ///< flush() was called
    bool peer_extended : 1 = false;   ///< the peer's SYN has EXT: a plain one gets none (R-5.10)
    bool peer_named : 1 = false;      ///< ... the TLV NODE
    bool peer_timed : 1 = false;      ///< ... the TLV TIMING
    bool knows_boot : 1 = false;      ///< ... the TLV BOOT: `peer_boot` is known
    bool suspects : 1 = false;        ///< `suspect_boot` was seen since (R-7.21)
    bool ask_peer : 1 = false;        ///< the keepalive timer stands for one probe (R-15.9)
    bool has_cookie : 1 = false;      ///< in SYN-SENT: `cookie` goes back (R-14.3)
    bool straight_in : 1 = false;     ///< what arrives may be predicted (core/straight.hpp)
    bool straight_out : 1 = false;    ///< what leaves is the next of the queue
    bool in_use : 1 = false;          ///< its place in the endpoint's table is taken
    bool indexed : 1 = false;         ///< its ports lead to it

    // what is touched now and then
    send_ledger ledger{};
    round_trip rtt;
    [[no_unique_address]] typename Policy::congestion congestion{};
    token_bucket challenges;
    sequence iss;
    sequence irs;
    path_mtu path;
    std::uint32_t rto_longest_us = 0;         ///< of this connection (R-10.8)
    std::uint32_t peer_ack_delay_us = 1'000;  ///< assumed without a TIMING TLV (R-5.10)
    std::uint32_t generation = 0;             ///< of its slot
    std::uint32_t own_tag = 0;                ///< what every segment to us must carry (R-5.13);
                                              ///< of a free place: the next one
    std::uint32_t send_message_max = 0;       ///< SND.MAXMSG, with FRAG
    std::uint32_t peer_tag = 0;               ///< what every segment from us carries (R-3.3)
    std::uint32_t peer_boot = 0;              ///< of the incarnation it is open to (5.2, BOOT);
                                              ///< before that the first half of a cookie
    std::uint32_t suspect_boot = 0;           ///< of a later one, perhaps; or the other half
    segment_handle said = no_segment;         ///< what the own SYN says in APP, if active
    segment_handle heard = no_segment;        ///< what the peer's said in APP, not told yet
    std::uint16_t peer_outstanding = 0;       ///< PEER.MAX
    std::uint16_t told_room = 0;              ///< the credit that was last told (R-8.21)
    std::uint16_t room_wanted = 0;            ///< segments for which send() answered would_block
    governor_handle governor = no_governor;
    std::uint16_t node = 0;        ///< index in the node table
    std::uint16_t option_set = 0;  ///< index in the table of option sets
    std::uint16_t listener = 0;    ///< index of the one it came from, if passive
    backlog_place backlog = backlog_place::none;
    std::uint8_t syn_transmissions = 0;
    std::uint8_t peer_ack_every = 2;  ///< assumed without a TIMING TLV
    std::uint8_t probes = 0;          ///< sent since the peer was last heard
    end_reason reason = end_reason::none;
    wire::reset_reason reset{};  ///< said by the RST that ended it, or to be said

    constexpr void raise(event_kind e) noexcept {
        events = static_cast<std::uint8_t>(events | 1U << static_cast<unsigned>(e));
    }
    [[nodiscard]] constexpr bool pending(event_kind e) const noexcept {
        return (events >> static_cast<unsigned>(e) & 1U) != 0;
    }
    /// OPEN or CLOSING: the states in which data flow.
    [[nodiscard]] constexpr bool established() const noexcept {
        return at == state::open || at == state::closing;
    }
    /// The own FIN is acknowledged: it is the last number that was assigned.
    [[nodiscard]] constexpr bool fin_acknowledged() const noexcept {
        return fin_sent && sending.empty();
    }
};

static_assert(std::is_trivially_copyable_v<connection_record<default_policy>>);

}  // namespace rrdp
