// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/core/context.hpp>
#include <rrdp/wire/parse.hpp>

/// The tests of 7.1: what a segment must pass before it may change anything.
namespace rrdp {

/// The whole number that `s` acknowledges.
template <class Policy>
[[nodiscard]] constexpr sequence acknowledged_by(const connection_record<Policy>& c,
                                                 const wire::segment_view& s) noexcept {
    return expand(s.base.acknowledgement, c.sending.oldest_unacknowledged().previous());
}

/// The whole number of `s`.
template <class Policy>
[[nodiscard]] constexpr sequence number_of(const connection_record<Policy>& c,
                                           const wire::segment_view& s) noexcept {
    return expand(s.base.sequence, c.receiving.last_in_order());
}

namespace detail {

template <class Policy>
[[nodiscard]] constexpr bool acknowledges_between(const connection_record<Policy>& c,
                                                  const wire::segment_view& s,
                                                  sequence last) noexcept {
    const sequence base = c.sending.oldest_unacknowledged().previous();
    const std::int32_t k = distance(base, acknowledged_by(c, s));
    return k >= -(2 * std::int32_t{c.sending.outstanding_max()} + 1) && k <= distance(base, last);
}

}  // namespace detail

/// A(SEG): the number acknowledged was sent, and not too long ago.
template <class Policy>
[[nodiscard]] constexpr bool acceptable_ack(const connection_record<Policy>& c,
                                            const wire::segment_view& s) noexcept {
    return detail::acknowledges_between(c, s, c.sending.next().previous());
}

enum class reset_verdict : std::uint8_t {
    valid,    ///< exact and plausible: it ends the connection
    inexact,  ///< in the window: the peer is asked by a challenge ACK (RFC 5961, section 3)
    stray,    ///< neither
};

/// Judges an RST by SEQ and by B(SEG). B reaches up to SND.NXT, because a peer without a record
/// echoes the number of whatever it was sent, and a pure ACK carries SND.NXT.
template <class Policy>
[[nodiscard]] constexpr reset_verdict judge_reset(const connection_record<Policy>& c,
                                                  const context<Policy>& x,
                                                  const wire::segment_view& s) noexcept {
    const std::int32_t k = distance(c.receiving.last_in_order(), number_of(c, s));
    if (k < 1 || k > 2 * std::int32_t{x.opt.max_outstanding}) return reset_verdict::stray;
    if (k != 1) return reset_verdict::inexact;
    const bool plausible =
        !s.base.control.ack() || detail::acknowledges_between(c, s, c.sending.next());
    return plausible ? reset_verdict::valid : reset_verdict::stray;
}

/// `challenge()`: an ACK of what we have, through the bucket of this connection.
template <class Policy>
constexpr void challenge(connection_record<Policy>& c, context<Policy>& x) noexcept {
    if (c.challenges.take(x.now, reply_interval, reply_burst)) {
        ++x.stats.challenges_sent;
        c.acks.at_once();
    } else {
        ++x.stats.challenges_suppressed;
    }
}

}  // namespace rrdp
