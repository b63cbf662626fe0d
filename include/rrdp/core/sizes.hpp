// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/core/context.hpp>
#include <rrdp/wire/layout.hpp>

/// How long a segment and a message may be (3.6).
namespace rrdp {

/// The words before the data of a segment, on this connection: base, extension block, FRAG word,
/// and room for a credit word, which a retransmission may need.
template <class Policy>
[[nodiscard]] constexpr std::size_t header_octets(const connection_record<Policy>& c) noexcept {
    return wire::word_octets * (wire::base_words + c.agreed.extension_words() +
                                c.agreed.fragment_words() + c.agreed.credit_words());
}

/// Takes `limit`, the LIMIT of 3.6, in octets of header and data: what a segment carries, and what
/// a message may have: no more than half of what the pool has for sending, or it might never be
/// accepted, since what others hold of it they may hold for long.
template <class Policy>
constexpr void limit_sizes(connection_record<Policy>& c, const context<Policy>& x,
                           std::size_t limit) noexcept {
    c.segment_payload = detail::lesser(limit - header_octets(c), x.segments.segment_max());
    c.message_max = c.segment_payload;
    if (!c.agreed.has(wire::features::frag)) return;
    const std::size_t window = 2 * std::size_t{c.sending.outstanding_max()};
    const std::size_t pooled = x.segments.sendable() / 2;
    const std::size_t most = (window < pooled ? window : pooled) * c.segment_payload;
    c.message_max =
        most < c.send_message_max ? static_cast<std::uint32_t>(most) : c.send_message_max;
}

}  // namespace rrdp
