// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include <rrdp/base/octets.hpp>
#include <rrdp/wire/features.hpp>

namespace rrdp::wire {

/// The numbers of both nodes as the sender of a SYN believes them.
struct node_pair {
    std::uint16_t source = 0;       ///< who says so
    std::uint16_t destination = 0;  ///< whom it is meant for
    /// Whether all members are equal.
    friend constexpr bool operator==(const node_pair&, const node_pair&) noexcept = default;
};

/// How the sender of a SYN acknowledges and probes. Only the delay matters to its peer.
struct syn_timing {
    std::uint16_t ack_delay_us = 0;  ///< the longest; 65 535 also stands for more
    std::uint16_t ack_every = 0;     ///< segments
    std::uint16_t keepalive_ms = 0;  ///< 0: none
    /// Whether all members are equal.
    friend constexpr bool operator==(const syn_timing&, const syn_timing&) noexcept = default;
};

/// What a SYN or SYN ACK says of its sender (specification, section 5). TLVs that have to be
/// ignored are absent here. The views borrow the octets they were parsed from.
struct syn_parameters {
    std::uint16_t max_outstanding = 1;    ///< in segments, as announced: clamp it (R-5.5)
    std::uint16_t max_segment_size = 64;  ///< in octets, header and data (R-2.10)
    bool sequenced = true;                ///< option SDM: ordered delivery (R-5.9)
    bool extended = false;  ///< option EXT: TLVs follow; a plain peer has it not (R-5.10)

    features offered{};                   ///< what the sender offers
    std::optional<node_pair> node{};      ///< numbers of both nodes
    std::optional<std::uint32_t> boot{};  ///< the boot id of the sender
    std::optional<syn_timing> timing{};   ///< how the sender acknowledges
    std::uint16_t sequence_high = 0;      ///< with WIDE: high half of the initial sequence number
    bool has_cookie = false;              ///< in a SYN, with COOKIE
    octets_view cookie{};                 ///< an even number of octets
    std::optional<std::uint32_t> peer_tag{};     ///< in a SYN ACK, with TAG: the tag it answers
    octets_view application{};                   ///< opaque; an even number of octets
    std::optional<std::uint32_t> max_message{};  ///< with FRAG, in octets
    std::optional<std::uint32_t> tag{};          ///< with TAG, not 0
};

}  // namespace rrdp::wire
