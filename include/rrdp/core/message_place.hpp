// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <rrdp/base/endian.hpp>
#include <rrdp/core/segment_pool.hpp>

namespace rrdp {

/// Where a complete message lies: in its first segment and those behind it, or in a bundle.
struct message_place {
    segment_handle first = no_segment;
    std::uint16_t offset = 0;  ///< in the data of a bundle; 0 where there is none
    std::uint16_t length = 0;  ///< octets of it in that segment

    /// What begins with segment `h`, and is in no bundle; nowhere for `no_segment`.
    [[nodiscard]] static constexpr message_place from(const segment_pool& pool,
                                                      segment_handle h) noexcept {
        return h == no_segment ? message_place{} : message_place{h, 0, pool.at(h).size};
    }

    [[nodiscard]] constexpr bool none() const noexcept { return first == no_segment; }
    [[nodiscard]] constexpr bool in_bundle() const noexcept { return offset != 0; }

    /// Its octets in its first segment.
    [[nodiscard]] constexpr octets_view data(const segment_pool& pool) const noexcept {
        return pool.data(first, offset, length);
    }
    /// Where it goes on; nowhere, if that was all.
    [[nodiscard]] constexpr message_place next(const segment_pool& pool) const noexcept {
        return in_bundle() ? message_place{} : from(pool, pool.at(first).next);
    }

    friend constexpr bool operator==(const message_place&, const message_place&) noexcept = default;
};

static_assert(sizeof(message_place) == 8);

/// Takes the next message of the bundle in front of `inbox`, which stays there until it is read to
/// its end; `read` counts the octets that were taken. Their lengths were judged when they came.
[[nodiscard]] constexpr message_place take_bundled(segment_pool& pool, segment_queue& inbox,
                                                   std::uint16_t& read) noexcept {
    const segment_handle h = inbox.front();
    const auto offset = static_cast<std::uint16_t>(read + wire::bundle_prefix);
    const std::uint16_t length = load_be16(pool.data(h, read, wire::bundle_prefix), 0);
    read = static_cast<std::uint16_t>(offset + length);
    if (read == pool.at(h).size) {
        (void)inbox.pop(pool);
        read = 0;
    }
    return {h, offset, length};
}

/// Takes the first message of `inbox`; none if it is empty.
[[nodiscard]] constexpr message_place take_message(segment_pool& pool, segment_queue& inbox,
                                                   std::uint16_t& read) noexcept {
    if (inbox.empty()) return {};
    if (pool.at(inbox.front()).messages != 0) return take_bundled(pool, inbox, read);
    return message_place::from(pool, inbox.pop_message(pool));
}

/// A message is done with. If another of its bundle is in use, or not yet taken, it only counts one
/// less: true, and nothing else is to be done. The last stays counted: a bundle that was
/// delivered early is held on, and must be known for one.
[[nodiscard]] constexpr bool leave_bundle(segment_pool& pool, message_place m) noexcept {
    const bool stays = m.in_bundle() && pool.at(m.first).messages > 1;
    if (stays) --pool.at(m.first).messages;
    return stays;
}

/// A message that was taken is done with: calls `done(handle)` for each of its segments that need
/// not stay.
template <class Done>
constexpr void release_message(segment_pool& pool, message_place m, Done&& done) noexcept {
    if (leave_bundle(pool, m)) return;
    while (!m.none()) {
        const message_place next = m.next(pool);
        done(m.first);
        m = next;
    }
}

}  // namespace rrdp
