// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <rrdp/base/time.hpp>
#include <rrdp/wire/errc.hpp>
#include <rrdp/wire/framing.hpp>
#include <rrdp/wire/reset.hpp>

namespace rrdp {

/// Why a received segment was dropped or not used. One counter each; none is shared by two causes
/// . The first ones are the names of 2.2, in the order of wire::wire_errc.
enum class drop_reason : std::uint8_t {
    short_frame,
    bad_version,
    bad_zero_bit,
    bad_header_length,
    bad_data_length,
    bad_flags,
    bad_port,
    bad_syn,
    bad_checksum,
    bad_extension,
    bad_tag,
    bad_crc,
    bad_bundle,
    nr_malformed,
    nr_foreign,
    foreign_frame,      ///< of another protocol, or too short for the framing
    foreign_vlan,       ///< of another VLAN, or untagged where a tag is due (R-16.2)
    fragment,           ///< a piece of an IP datagram
    datagram_length,    ///< a length of IP or UDP does not fit the frame
    datagram_checksum,  ///< an IPv4 header or a UDP datagram is damaged, or not summed
    group_destination,  ///< not addressed to our own unicast address
    bad_source,         ///< from a group address, zero or our own
    unknown_node,       ///< from an address that no node of the table has
    wrong_source,       ///< from an address that the connection's node had before (R-15.9)
    foreign_port,       ///< no record here, and the policy is `ignore` (R-7.7)
    no_record,          ///< no record here: answered by a bare RST (R-7.5)
    stray_reset,        ///< an RST for which there is no record (R-7.5)
    inexact_reset,      ///< an RST outside the window, or not plausible (R-7.20)
    backlog_full,       ///< a SYN beyond the half-open ones that a listener may have (R-14.1)
    accept_queue_full,  ///< a SYN while too many connections were not told yet (R-14.1)
    table_full,         ///< a SYN while every connection record is in use
    unsuitable_offer,   ///< a SYN that lacks a required feature: answered by an RST (R-5.8)
    stale_ack,          ///< acknowledges another SYN than ours: answered by an RST (R-7.15, R-7.18)
    no_ack_flag,        ///< a segment without ACK where one is required
    early_segment,      ///< a segment that a connection being opened cannot use (R-7.18)
    bad_ack,            ///< acknowledges what cannot be (R-7.22)
    beyond_window,      ///< a sequence number right of the window (R-7.26)
    duplicate,          ///< received already (R-7.26)
    no_slot,            ///< in the window, but beyond what was promised to be held (R-7.27)
    pool_exhausted,     ///< promised to be held, but no segment of the pool, or no ring, was free
    bad_credit,         ///< a credit word out of range (R-8.19)
    window_too_large,   ///< a SYN with X above 8191 where the link keeps no order (R-5.16)
    governors_in_use,   ///< a SYN while every governor is in use (R-13.2): answered by an RST
    connection_closed,  ///< meant for a connection that has ended and lingers (R-7.35)
    wrong_node,         ///< a SYN meant for, or said to be from, another node: answered by an RST
                        ///< (R-5.11)
    number_not_held,    ///< a segment while the own node number is not ours yet, or any more
    nr_bad_number,      ///< resolution: speaks of a number that no node can have
    nr_static,          ///< resolution: contradicts an entry made by hand (R-15.3)
    nr_stale,           ///< resolution: a goodbye of another incarnation or address (R-15.10)
    nr_table_full,      ///< resolution: a new node, and no place in the table
    count_,
};

/// How many there are.
inline constexpr std::size_t drop_reasons = static_cast<std::size_t>(drop_reason::count_);

/// The counter of a failed check of 2.2.
[[nodiscard]] constexpr drop_reason to_drop_reason(wire::wire_errc e) noexcept {
    return static_cast<drop_reason>(e);
}

/// The counter of a frame that the framing could not use.
[[nodiscard]] constexpr drop_reason to_drop_reason(wire::framing_errc e) noexcept {
    const auto first = static_cast<unsigned>(drop_reason::foreign_frame);
    return static_cast<drop_reason>(first + static_cast<unsigned>(e));
}

static_assert(to_drop_reason(wire::framing_errc::foreign_vlan) == drop_reason::foreign_vlan);
static_assert(to_drop_reason(wire::framing_errc::datagram_checksum) ==
              drop_reason::datagram_checksum);
static_assert(to_drop_reason(wire::wire_errc::short_frame) == drop_reason::short_frame);
static_assert(to_drop_reason(wire::wire_errc::bad_checksum) == drop_reason::bad_checksum);
static_assert(to_drop_reason(wire::wire_errc::bad_crc) == drop_reason::bad_crc);
static_assert(to_drop_reason(wire::wire_errc::nr_foreign) == drop_reason::nr_foreign);

/// The counter's name, as the specification writes it.
[[nodiscard]] constexpr const char* name(drop_reason r) noexcept {
    constexpr std::array<const char*, drop_reasons> names{
        "short_frame",       "bad_version",       "bad_zero_bit",     "bad_header_length",
        "bad_data_length",   "bad_flags",         "bad_port",         "bad_syn",
        "bad_checksum",      "bad_extension",     "bad_tag",          "bad_crc",
        "bad_bundle",        "nr_malformed",      "nr_foreign",       "foreign_frame",
        "foreign_vlan",      "fragment",          "datagram_length",  "datagram_checksum",
        "group_destination", "bad_source",        "unknown_node",     "wrong_source",
        "foreign_port",      "no_record",         "stray_reset",      "inexact_reset",
        "backlog_full",      "accept_queue_full", "table_full",       "unsuitable_offer",
        "stale_ack",         "no_ack_flag",       "early_segment",    "bad_ack",
        "beyond_window",     "duplicate",         "no_slot",          "pool_exhausted",
        "bad_credit",        "window_too_large",  "governors_in_use", "connection_closed",
        "wrong_node",        "number_not_held",   "nr_bad_number",    "nr_static",
        "nr_stale",          "nr_table_full"};
    return r < drop_reason::count_ ? names[static_cast<std::size_t>(r)] : "?";
}

/// RSTs by what they say: a counter for each reason of 3.4, and one for all that have no name.
struct reset_counters {
    static constexpr std::size_t reasons = 13;  ///< how many reasons have names
    /// By reason; the last one for reasons without a name.
    std::array<std::uint64_t, reasons + 1> counts{};

    /// Counts one.
    constexpr void count(wire::reset_reason r) noexcept { ++counts[place_of(r)]; }
    /// How many said so.
    [[nodiscard]] constexpr std::uint64_t of(wire::reset_reason r) const noexcept {
        return counts[place_of(r)];
    }
    /// How many there were.
    [[nodiscard]] constexpr std::uint64_t total() const noexcept {
        std::uint64_t sum = 0;
        for (const std::uint64_t n : counts) sum += n;
        return sum;
    }

private:
    static constexpr std::size_t place_of(wire::reset_reason r) noexcept {
        const auto number = static_cast<std::size_t>(r);
        return number < reasons ? number : reasons;
    }
};

static_assert(static_cast<std::size_t>(wire::reset_reason::retry_with_cookie) + 1 ==
              reset_counters::reasons);

/// Messages by what they are made of.
struct message_counters {
    std::uint64_t one = 0;      ///< segment
    std::uint64_t several = 0;  ///< segments
    std::uint64_t empty = 0;    ///< messages of length 0
    std::uint64_t bundled = 0;  ///< several in one segment (R-3.35)

    /// `messages` that end in one segment: more than one are a bundle.
    constexpr void count(bool is_empty, bool of_several, std::uint8_t messages = 1) noexcept {
        (messages > 1 ? bundled : is_empty ? empty : of_several ? several : one) += messages;
    }
    /// The sum of all kinds.
    [[nodiscard]] constexpr std::uint64_t total() const noexcept {
        return one + several + empty + bundled;
    }
};

/// What an endpoint has counted since it was made. Plain numbers; copy them to compare.
/// What a link refused to send, the link counts.
struct statistics {
    std::uint64_t frames_in = 0;                      ///< frames given to handle_frame
    std::uint64_t frames_out = 0;                     ///< frames returned by poll_transmit
    std::uint64_t octets_in = 0;                      ///< their octets, framing included
    std::uint64_t octets_out = 0;                     ///< of the frames returned by poll_transmit
    std::array<std::uint64_t, drop_reasons> drops{};  ///< by `drop_reason`

    std::uint64_t segments_out_of_order = 0;     ///< held for later, beyond a gap
    std::uint64_t retransmissions_rto = 0;       ///< by the retransmission timer (R-9.4)
    std::uint64_t retransmissions_fast = 0;      ///< by the packet threshold (R-9.6, R-9.9)
    std::uint64_t retransmissions_rack = 0;      ///< overtaken, and its time was over (R-9.7)
    std::uint64_t retransmissions_tlp = 0;       ///< probes of the tail (R-9.8)
    std::uint64_t spurious_retransmissions = 0;  ///< answered too soon to have been needed (R-9.7)
    std::uint64_t retransmissions_open = 0;      ///< of a SYN or SYN ACK
    std::uint64_t acks_in = 0;                   ///< pure ACKs, with or without a list
    std::uint64_t acks_out = 0;                  ///< pure acknowledgements sent
    std::uint64_t eacks_in = 0;                  ///< segments with an EACK list
    std::uint64_t eacks_out = 0;                 ///< with a list of what arrived beyond a gap
    std::uint64_t challenges_sent = 0;           ///< challenge ACKs (R-7.4)
    std::uint64_t challenges_suppressed = 0;     ///< held back by the token bucket
    reset_counters resets_in{};                  ///< RSTs that ended something
    reset_counters resets_out{};                 ///< by what they say
    std::uint64_t resets_suppressed = 0;         ///< by the limit per node (R-7.6)
    std::uint64_t resets_crowded_out = 0;        ///< no place among those that wait to leave
    std::uint64_t keepalives_out = 0;            ///< questions to idle peers
    duration zero_window_time{};               ///< in which news waited for credit and nothing else
    std::uint64_t governor_stalls = 0;         ///< the governor held the next number back (R-13.2)
    std::uint64_t persist_probes = 0;          ///< of a window that the peer keeps closed (R-8.22)
    std::uint64_t mtu_probes = 0;              ///< padded NULs of the search of R-12.4
    std::uint64_t mtu_probes_lost = 0;         ///< of them, those that had to be sent again
    std::uint64_t mtu_raised = 0;              ///< paths that a probe proved to carry more
    std::uint64_t mtu_black_holes = 0;         ///< connections ended by R-12.5
    message_counters messages_sent{};          ///< left for the first time, to the last segment
    message_counters messages_received{};      ///< complete, and given to the application
    std::uint64_t messages_cut_off = 0;        ///< begun, and discarded when their connection ended
    std::uint64_t messages_confirmed = 0;      ///< acknowledged in sequence by the peer
    std::uint64_t messages_in_doubt = 0;       ///< at the end of their connection
    std::uint64_t messages_not_sent = 0;       ///< never left, at the end of their connection
    std::uint64_t connections_opened = 0;      ///< reached OPEN
    std::uint64_t connections_timed_out = 0;   ///< nothing was heard for too long
    std::uint64_t connections_unanswered = 0;  ///< closed without the peer's FIN (R-10.4, R-10.5)
    std::uint64_t internal_errors = 0;         ///< ended by a bug of ours: stays 0 (R-19.14)
    reset_counters protocol_errors{};          ///< that ended a connection (R-7.32)
    std::uint64_t connections_restarted = 0;   ///< ended by a new boot id of the peer (R-7.21)
    std::uint64_t connections_unreachable = 0;  ///< their node could not be resolved (R-15.6)
    std::uint64_t resolution_in = 0;            ///< frames of node resolution, well formed (15)
    std::uint64_t resolution_out = 0;           ///< frames of node resolution sent
    std::uint64_t resolution_crowded_out = 0;   ///< no place among those that wait to leave
    std::uint64_t link_flaps = 0;               ///< the link went down or was removed

    /// Counts one.
    constexpr void drop(drop_reason r) noexcept { ++drops[static_cast<std::size_t>(r)]; }

    /// How many were dropped for that reason.
    [[nodiscard]] constexpr std::uint64_t dropped(drop_reason r) const noexcept {
        return drops[static_cast<std::size_t>(r)];
    }
    /// Received segments that were dropped or not used, for whatever reason.
    [[nodiscard]] constexpr std::uint64_t dropped() const noexcept {
        std::uint64_t sum = 0;
        for (const std::uint64_t n : drops) sum += n;
        return sum;
    }
};

}  // namespace rrdp
