// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/base/result.hpp>
#include <rrdp/core/bundling.hpp>
#include <rrdp/core/context.hpp>
#include <rrdp/core/gather.hpp>
#include <rrdp/core/transmit.hpp>

/// How a message gets from the application into the send queue (section 8.2). Whatever is refused
/// has changed nothing, but for `would_block`: `writable` will follow.
namespace rrdp::detail {

template <class Policy>
[[nodiscard]] constexpr bool takes_messages(const connection_record<Policy>& c) noexcept {
    return c.at == state::open && !c.fin_wanted;
}

/// The longest message that needs one segment only.
template <class Policy>
[[nodiscard]] constexpr std::size_t short_message_max(const connection_record<Policy>& c) noexcept {
    return c.segment_payload < c.message_max ? c.segment_payload : c.message_max;
}

/// How many segments must be free in the pool for a message of so many. One of several that would
/// stand behind others leaves the share of the other connections: a queue counts messages, and a
/// connection whose peer takes none could fill the pool with a few long ones.
template <class Policy>
[[nodiscard]] constexpr std::size_t room_needed(const connection_record<Policy>& c,
                                                const segment_pool& pool,
                                                std::size_t segments) noexcept {
    return segments + (segments > 1 && c.queued != 0 ? pool.share_of_others() : 0);
}

/// Whether a message of so many segments has a place in the queue and room in the pool.
template <class Policy>
[[nodiscard]] constexpr bool has_place(connection_record<Policy>& c, const context<Policy>& x,
                                       std::size_t segments) noexcept {
    const bool room = segments == 0 || x.segments.has_room(room_needed(c, x.segments, segments));
    if (c.queued < x.opt.send_queue && room) return true;
    c.room_wanted = static_cast<std::uint16_t>(segments == 0 ? 1 : segments);
    return false;
}

/// A message of which all segments are queued.
template <class Policy>
[[nodiscard]] constexpr message_index accepted(connection_record<Policy>& c,
                                               context<Policy>& x) noexcept {
    ++c.queued;
    settle_persist(c, x);
    return c.ledger.accepted++;
}

/// Cuts a message for which there is room: all segments but the last are full. They are
/// queued in a row, so that nothing gets between them.
template <class Policy>
constexpr void cut(connection_record<Policy>& c, context<Policy>& x, gather& message,
                   std::size_t segments) noexcept {
    for (std::size_t following = segments; following-- > 0;) {
        const segment_handle h = x.segments.take(segment_pool::purpose::send, x.slot);
        const bool whole = message.left() > c.segment_payload;
        segment_descriptor& d = x.segments.at(h);
        d.following = static_cast<std::uint16_t>(following);
        if (message.left() == 0) d.kind = segment_kind::empty;
        d.messages = following == 0;
        d.whole = segments == 1 && message.left() != 0;
        x.segments.store(h, message, whole ? c.segment_payload : message.left());
        c.queue.push(x.segments, h);
    }
}

/// Copies a message into the pool, in as many segments as it needs.
template <class Policy>
[[nodiscard]] constexpr result<message_index, errc> accept(connection_record<Policy>& c,
                                                           context<Policy>& x,
                                                           gather message) noexcept {
    const std::size_t size = message.left();
    if (!takes_messages(c)) return errc::not_open;
    if (size == 0 && !c.agreed.has(wire::features::empty)) return errc::empty_not_agreed;
    if (size > c.message_max) return errc::message_too_long;
    const bool shares = joins(c, x.segments, size);
    const std::size_t segments = size == 0 ? 1 : 1 + (size - 1) / c.segment_payload;
    if (!has_place(c, x, shares ? 0 : segments)) return errc::would_block;
    if (shares)
        message.read(join(c, x.segments, size));
    else
        cut(c, x, message, segments);
    return accepted(c, x);
}

/// The same for a message in one piece; most fit one segment.
template <class Policy>
[[nodiscard]] constexpr result<message_index, errc> accept(connection_record<Policy>& c,
                                                           context<Policy>& x,
                                                           octets_view message) noexcept {
    const bool special = message.empty() || message.size() > short_message_max(c);
    if (special || joins(c, x.segments, message.size()))
        return accept(c, x, gather{std::span<const octets_view>{&message, 1}});
    if (!takes_messages(c)) return errc::not_open;
    if (!has_place(c, x, 1)) return errc::would_block;
    const segment_handle h = x.segments.take(segment_pool::purpose::send, x.slot);
    x.segments.store(h, message);
    x.segments.at(h).hold_message();
    c.queue.push(x.segments, h);
    return accepted(c, x);
}

/// A segment in which the application writes a message of `size` octets itself.
template <class Policy>
[[nodiscard]] constexpr result<segment_handle, errc> compose(connection_record<Policy>& c,
                                                             context<Policy>& x,
                                                             std::size_t size) noexcept {
    if (!takes_messages(c)) return errc::not_open;
    if (size == 0 || size > short_message_max(c)) return errc::message_too_long;
    if (!has_place(c, x, 1)) return errc::would_block;
    const segment_handle h = x.segments.take(segment_pool::purpose::send, x.slot);
    x.segments.at(h).size = static_cast<std::uint16_t>(size);
    return h;
}

/// Queues what was written into a segment of `compose`. The path may have become narrower since.
template <class Policy>
[[nodiscard]] constexpr result<message_index, errc> accept(connection_record<Policy>& c,
                                                           context<Policy>& x,
                                                           segment_handle composed) noexcept {
    if (!takes_messages(c)) return errc::not_open;
    if (x.segments.at(composed).size > short_message_max(c)) return errc::message_too_long;
    if (!has_place(c, x, 0)) return errc::would_block;
    x.segments.at(composed).hold_message();
    c.queue.push(x.segments, composed);
    return accepted(c, x);
}

}  // namespace rrdp::detail
