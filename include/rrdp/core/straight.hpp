// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/core/permission.hpp>

/// When the straight lines may be taken (core/prediction.hpp, core/straight_transmit.hpp). What
/// changes seldom is judged once, whenever a connection was handled in the general way, and kept in
/// two bits of its record; the straight lines themselves leave it as it is.
namespace rrdp::detail {

/// Open in both directions, and nothing special going on.
template <class Policy>
[[nodiscard]] constexpr bool runs_smoothly(const connection_record<Policy>& c) noexcept {
    const bool ending = c.fin_wanted || c.peer_fin || c.reset_due || c.syn_due;
    const bool governed = c.held_back || c.governor != no_governor;
    const bool repairing = c.sending.any_lost() || c.sending.any_again() || c.path.busy();
    return c.at == state::open && !ending && !governed && !repairing && c.room_wanted == 0;
}

/// Nothing held, nothing in pieces, nothing waited for but acknowledgements.
template <class Policy>
[[nodiscard]] constexpr bool receives_straight(const connection_record<Policy>& c) noexcept {
    const bool in_pieces = c.receiving.has_gap() || !c.partial.empty();
    const bool waiting = waits_for_credit(c) || c.said != no_segment;
    return runs_smoothly(c) && !in_pieces && !waiting && c.rtt.backoff() == 0 &&
           c.duplicate_acks == 0;
}

/// Nothing is more urgent than the next of the queue.
template <class Policy>
[[nodiscard]] constexpr bool sends_straight(const connection_record<Policy>& c) noexcept {
    return runs_smoothly(c) && !c.probe_due && !c.acks.list_due();
}

/// Judges anew.
template <class Policy>
constexpr void settle_straight(connection_record<Policy>& c) noexcept {
    c.straight_in = receives_straight(c);
    c.straight_out = sends_straight(c);
}

}  // namespace rrdp::detail
