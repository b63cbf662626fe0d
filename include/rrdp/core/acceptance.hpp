// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include <rrdp/core/context.hpp>
#include <rrdp/wire/parse.hpp>

/// The tests of 7.1: what a segment must pass before it may change anything.
namespace rrdp {

/// The whole numbers of a segment.
struct segment_numbers {
    sequence number;
    sequence acknowledged;  ///< meaningful with the ACK flag (R-2.7)
};

/// Makes the numbers of `s` whole: from what we know, or with WIDE agreed from its own words, which
/// `Block` has. `words` is false for an RST of a bare form, which has none.
template <class Policy, class Block>
[[nodiscard]] constexpr segment_numbers numbers_of(const connection_record<Policy>& c,
                                                   const wire::segment_view& s, const Block& said,
                                                   bool words = true) noexcept {
    if (words && c.agreed.has(wire::features::wide))
        return {join(said.sequence_high, s.base.sequence),
                join(said.acknowledgement_high, s.base.acknowledgement)};
    return {expand(s.base.sequence, c.receiving.last_in_order()),
            expand(s.base.acknowledgement, c.sending.oldest_unacknowledged().previous())};
}

namespace detail {

template <class Policy>
[[nodiscard]] constexpr bool acknowledges_between(const connection_record<Policy>& c,
                                                  sequence acknowledged, sequence last) noexcept {
    const sequence base = c.sending.oldest_unacknowledged().previous();
    const std::int32_t k = distance(base, acknowledged);
    return k >= -(2 * std::int32_t{c.sending.outstanding_max()} + 1) && k <= distance(base, last);
}

}  // namespace detail

/// A(SEG): the number acknowledged was sent, and not too long ago.
template <class Policy>
[[nodiscard]] constexpr bool acceptable_ack(const connection_record<Policy>& c,
                                            sequence acknowledged) noexcept {
    return detail::acknowledges_between(c, acknowledged, c.sending.next().previous());
}

enum class reset_verdict : std::uint8_t {
    valid,    ///< exact and plausible: it ends the connection
    inexact,  ///< in the window: the peer is asked by a challenge ACK (RFC 5961, section 3)
    stray,    ///< neither
};

/// Judges an RST by SEQ and by B(SEG). B reaches up to SND.NXT, because a peer without a record
/// echoes the number of whatever it was sent, and a pure ACK carries SND.NXT. For
/// the same reason the number confirms nothing.
template <class Policy>
[[nodiscard]] constexpr reset_verdict judge_reset(const connection_record<Policy>& c,
                                                  const context<Policy>& x,
                                                  const wire::segment_view& s,
                                                  const segment_numbers& n) noexcept {
    const std::int32_t k = distance(c.receiving.last_in_order(), n.number);
    if (k < 1 || k > 2 * std::int32_t{x.opt.max_outstanding}) return reset_verdict::stray;
    if (k != 1) return reset_verdict::inexact;
    const bool plausible =
        !s.base.control.ack() || detail::acknowledges_between(c, n.acknowledged, c.sending.next());
    return plausible ? reset_verdict::valid : reset_verdict::stray;
}

/// `challenge()`: an ACK of what we have, through the bucket of this connection. False when
/// the bucket was empty.
template <class Policy>
constexpr bool challenge(connection_record<Policy>& c, context<Policy>& x) noexcept {
    if (!c.challenges.take(x.now, x.opt.challenges)) {
        ++x.stats.challenges_suppressed;
        return false;
    }
    ++x.stats.challenges_sent;
    c.acks.at_once();
    return true;
}

/// Steps 12c to 12e of 2.2 for a segment, neither SYN nor RST, that says `e`: nothing if it is
/// meant for this incarnation, undamaged and no broken bundle,
/// else why it is dropped. There must be a record that knows what was agreed.
template <class Policy>
[[nodiscard]] constexpr std::optional<drop_reason> refusal_of(const connection_record<Policy>& c,
                                                              const wire::segment_view& s,
                                                              const wire::extensions& e) noexcept {
    if (c.agreed.has(wire::features::tag) && e.tag != c.own_tag) return drop_reason::bad_tag;
    if (c.agreed.has(wire::features::crc32c) && !wire::crc_valid(s, e)) return drop_reason::bad_crc;
    if (!wire::bundle_valid(s, e)) return drop_reason::bad_bundle;
    return std::nullopt;
}

/// The same for an RST: with TAG agreed a form without a tag is not believed; the bare form may
/// reflect either tag, for whoever sends it has no record to know better.
template <class Policy>
[[nodiscard]] constexpr std::optional<drop_reason> refusal_of(const connection_record<Policy>& c,
                                                              const wire::reset_form& r) noexcept {
    const bool of_connection = r.form == wire::reset_form::kind::connection;
    if (c.agreed.has(wire::features::tag)) {
        const bool own = r.tag == c.own_tag;
        const bool reflected = !of_connection && r.tag == c.peer_tag;
        if (!r.tag || (!own && !reflected)) return drop_reason::bad_tag;
    }
    const bool summed = of_connection && c.agreed.has(wire::features::crc32c);
    if (summed && r.crc != wire::crc32c({})) return drop_reason::bad_crc;
    return std::nullopt;
}

}  // namespace rrdp
