// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/core/ending.hpp>
#include <rrdp/core/sizes.hpp>

/// What follows from the size that a path carries (section 12): how long messages may be, when a
/// larger size is probed, and when a path that carried it has become a black hole.
namespace rrdp {

/// What every path of the link carries (section 12).
template <class Policy>
inline constexpr std::uint16_t base_mtu = Policy::framing::base_mtu;

namespace detail {

/// The longest segment whose data a segment of the pool can hold.
template <class Policy>
[[nodiscard]] constexpr std::size_t pooled_segment(const connection_record<Policy>& c,
                                                   const context<Policy>& x) noexcept {
    return header_octets(c) + x.segments.segment_max();
}

/// Zeros behind a segment, up to `size` octets: the frame tells whether the path carries so much
///
constexpr std::size_t pad(octets room, std::size_t segment, std::size_t size) noexcept {
    if (size <= segment) return segment;
    clear_octets(room.subspan(segment, size - segment));
    return size;
}

/// Looks whether a larger size may be probed.
template <class Policy>
constexpr void search_path(connection_record<Policy>& c, const context<Policy>& x) noexcept {
    c.path.search(pooled_segment(c, x), x.now);
}

/// Whether a path's probe may take the next number: none stands behind the FIN, nor within
/// a message of several segments.
template <class Policy>
[[nodiscard]] constexpr bool may_probe_path(const connection_record<Policy>& c) noexcept {
    return c.path.due() && !c.fin_wanted && !c.mid_run;
}

/// Whether data of `size` octets make a segment that a path may swallow for its length.
template <class Policy>
[[nodiscard]] constexpr bool large(const connection_record<Policy>& c, std::size_t size) noexcept {
    const std::size_t words =
        wire::base_words + c.agreed.extension_words() + c.agreed.fragment_words();
    return wire::word_octets * words + size > base_mtu<Policy>;
}

/// Something has been delivered: perhaps the probe, which raises the limit.
template <class Policy>
constexpr void follow_path(connection_record<Policy>& c, context<Policy>& x,
                           const delivery& news) noexcept {
    if (large(c, news.longest))
        c.path.large_passed(news.longest_sent);
    else if (c.path.settled())
        return;
    else if (news.segments != 0)
        c.path.small_passed();
    if (c.path.acknowledged(c.sending.oldest_unacknowledged())) {
        ++x.stats.mtu_raised;
        limit_sizes(c, x, c.path.segment_max());
    }
    search_path(c, x);
}

/// The retransmission timer has fired for `oldest`: whether that is a black hole. After
/// the first time a small segment is sent that the peer answers at once, because large ones alone
/// could not tell a black hole from a dead peer.
template <class Policy>
[[nodiscard]] constexpr bool falls_into_black_hole(connection_record<Policy>& c,
                                                   const segment_descriptor& oldest) noexcept {
    const bool suspicious = large(c, oldest.size);
    if (c.path.timed_out(suspicious, oldest.last_sent)) return true;
    if (suspicious) c.probe_due = true;
    return false;
}

/// Large segments do not arrive any more, and what was cut cannot be cut again.
template <class Policy>
constexpr void end_in_black_hole(connection_record<Policy>& c, context<Policy>& x) noexcept {
    ++x.stats.mtu_black_holes;
    end(c, x, stimulus::timed_out, end_reason::path_mtu_black_hole, wire::reset_reason::too_long,
        true);
}

}  // namespace detail

}  // namespace rrdp
