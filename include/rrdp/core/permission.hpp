// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/core/path_limit.hpp>

/// What a connection may send now (8.1).
namespace rrdp {

/// Whether there is something that only a number and a place in the window keep from leaving.
template <class Policy>
[[nodiscard]] constexpr bool has_news(const connection_record<Policy>& c) noexcept {
    return !c.queue.empty() || (c.fin_wanted && !c.fin_sent) || c.keepalive_due;
}

/// Whether the peer has promised to hold the next number (S3 of ).
template <class Policy>
[[nodiscard]] constexpr bool has_credit(const connection_record<Policy>& c) noexcept {
    return !c.agreed.has(wire::features::credit) || c.sending.within_edge();
}

/// Whether a new number may be assigned now, the ring apart.
template <class Policy>
[[nodiscard]] constexpr bool may_send_news(const connection_record<Policy>& c) noexcept {
    const bool wanted = has_news(c) || detail::may_probe_path(c);
    return c.established() && wanted && !c.held_back && c.sending.admits() && has_credit(c) &&
           c.sending.outstanding() < c.congestion.window();
}

/// Whether something lost is to be sent again now: the first of a recovery at once, the others
/// while what is under way fits the congestion window (docs/decisions/0020).
template <class Policy>
[[nodiscard]] constexpr bool may_retransmit(const connection_record<Policy>& c) noexcept {
    return c.established() && c.sending.any_lost() &&
           (c.retransmit_now || c.sending.under_way() < c.congestion.window());
}

/// Whether news wait for credit, and nothing outstanding will bring any.
template <class Policy>
[[nodiscard]] constexpr bool waits_for_credit(const connection_record<Policy>& c) noexcept {
    return c.established() && has_news(c) && !has_credit(c) && c.sending.outstanding() == 0;
}

}  // namespace rrdp
