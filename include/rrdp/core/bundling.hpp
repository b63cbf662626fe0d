// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/core/context.hpp>

/// Small messages that wait share a frame (BUNDLE, docs/protocol/segments.md, 3.7). A message joins
/// the last segment of the queue, which has no number yet and is then sent, and sent again, as one
/// none ever waits for others to come.
namespace rrdp::detail {

/// Whether a message of `size` octets may join the last segment of the queue: that holds whole
/// messages and has room, and the numbers stay in range.
template <class Policy>
[[nodiscard]] constexpr bool joins(const connection_record<Policy>& c, const segment_pool& pool,
                                   std::size_t size) noexcept {
    if (c.queue.empty() || !c.agreed.has(wire::features::bundle)) return false;
    const segment_descriptor& last = pool.at(c.queue.back());
    if (!last.whole || last.messages == wire::bundled_max) return false;
    const std::size_t lengths = wire::bundle_prefix * (last.messages == 1 ? 2 : 1);
    return size != 0 && size <= c.message_max && last.size + lengths + size <= c.segment_payload;
}

/// Puts a length before the only message of segment `h`.
constexpr void begin_bundle(segment_pool& pool, segment_handle h) noexcept {
    const std::uint16_t length = pool.at(h).size;
    (void)pool.extend(h, wire::bundle_prefix);
    const octets all = pool.room(h);
    shift_octets(all, wire::bundle_prefix);
    store_be16(all, 0, length);
}

/// Appends a message, which may join, to the last segment of the queue: where to write it.
template <class Policy>
[[nodiscard]] constexpr octets join(connection_record<Policy>& c, segment_pool& pool,
                                    std::size_t size) noexcept {
    const segment_handle h = c.queue.back();
    if (pool.at(h).messages == 1) begin_bundle(pool, h);
    segment_descriptor& d = pool.at(h);
    d.following = wire::bundle_mark | ++d.messages;
    const octets room = pool.extend(h, wire::bundle_prefix + size);
    store_be16(room, 0, static_cast<std::uint16_t>(size));
    return room.subspan(wire::bundle_prefix);
}

}  // namespace rrdp::detail
