// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <rrdp/core/segment_pool.hpp>

namespace rrdp {

/// Where a complete message lies: in its first segment and those behind it, or in a bundle.
struct message_place {
    segment_handle first = no_segment;
    std::uint16_t offset = 0;  ///< in the data of a bundle; 0 where there is none

    [[nodiscard]] constexpr bool none() const noexcept { return first == no_segment; }
    [[nodiscard]] constexpr bool in_bundle() const noexcept { return offset != 0; }

    /// Its octets in its first segment.
    [[nodiscard]] constexpr octets_view data(const segment_pool& pool) const noexcept {
        const octets_view all = pool.data(first);
        return in_bundle() ? wire::bundled(all, offset - wire::bundle_prefix) : all;
    }
    /// Where it goes on; nowhere, if that was all.
    [[nodiscard]] constexpr message_place next(const segment_pool& pool) const noexcept {
        return {in_bundle() ? no_segment : pool.at(first).next};
    }

    friend constexpr bool operator==(const message_place&, const message_place&) noexcept = default;
};

/// Takes the next message of the bundle in front of `inbox`, which stays there until it is read to
/// its end; `read` counts the octets that were taken.
[[nodiscard]] constexpr message_place take_bundled(segment_pool& pool, segment_queue& inbox,
                                                   std::uint16_t& read) noexcept {
    const segment_handle h = inbox.front();
    const auto offset = static_cast<std::uint16_t>(read + wire::bundle_prefix);
    const std::size_t end = offset + wire::bundled(pool.data(h), read).size();
    read = static_cast<std::uint16_t>(end);
    if (end == pool.at(h).size) {
        (void)inbox.pop(pool);
        read = 0;
    }
    return {h, offset};
}

/// Whether a bundle is in front of `inbox`.
[[nodiscard]] constexpr bool begins_with_bundle(const segment_pool& pool,
                                                const segment_queue& inbox) noexcept {
    return !inbox.empty() && pool.at(inbox.front()).messages != 0;
}

/// Takes the first message of `inbox`; none if it is empty.
[[nodiscard]] constexpr message_place take_message(segment_pool& pool, segment_queue& inbox,
                                                   std::uint16_t& read) noexcept {
    if (begins_with_bundle(pool, inbox)) return take_bundled(pool, inbox, read);
    return {inbox.empty() ? no_segment : inbox.pop_message(pool)};
}

/// A message that was taken is done with: calls `done(handle)` for each of its segments, but not
/// for a bundle while another message of it is in use, or not yet taken. The last stays
/// counted: a bundle that was delivered early is held on, and must be known for one.
template <class Done>
constexpr void release_message(segment_pool& pool, message_place m, Done&& done) noexcept {
    if (m.in_bundle() && pool.at(m.first).messages > 1) {
        --pool.at(m.first).messages;
        return;
    }
    while (!m.none()) {
        const message_place next = m.next(pool);
        done(m.first);
        m = next;
    }
}

}  // namespace rrdp
