// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/endpoint/straight_frames.hpp>

/// How an application takes messages, and gives them back.
namespace rrdp::detail {

/// The reader of connection `place` has gone on: what waited for that may be told now. Nothing else
/// depends on the inbox.
template <class Policy>
void settle_reader(board<Policy>& b, std::uint32_t place) noexcept {
    const auto& c = b.held.connections.at(place);
    if (c.record().events != 0) b.held.schedule.tell.set(place, c.has_event());
    b.audit(place);
}

/// The next complete message of a connection, if there is one.
template <class Policy>
[[nodiscard]] [[gnu::flatten]] message_place receive(board<Policy>& b, connection_id id) noexcept {
    const std::uint32_t place = b.held.connections.find(id);
    if (place == b.nothing) return {};
    const message_place m = b.held.connections.at(place).receive(b.held.segments);
    if (!m.none()) settle_reader(b, place);
    return m;
}

/// A message that was borrowed is done with; its connection may be gone.
template <class Policy>
[[gnu::flatten]] void release(board<Policy>& b, connection_id id, message_place m) noexcept {
    if (leave_bundle(b.held.segments, m)) return;
    const std::uint32_t place = b.held.connections.find(id);
    if (place == b.nothing)
        return release_message(b.held.segments, m,
                               [&](segment_handle h) { b.held.segments.give_back(h); });
    auto& c = b.held.connections.at(place);
    const bool owed = c.record().acks.due();
    c.release(b.held.segments, m);
    if (c.record().acks.due() != owed) b.refresh(place);  // the window was opened
    b.audit(place);
}

}  // namespace rrdp::detail
