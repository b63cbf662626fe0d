// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/core/straight.hpp>
#include <rrdp/core/transmit.hpp>
#include <rrdp/wire/data_header.hpp>

/// What an open connection sends nearly always: the next segment of its queue, for the first time.
/// `transmit` would send the same; here it is a straight line.
namespace rrdp::detail {

/// Whether the next segment of the queue may leave, where the connection sends straight.
template <class Policy>
[[nodiscard]] constexpr bool may_send_straight(const connection_record<Policy>& c) noexcept {
    return !c.queue.empty() && c.sending.admits() && has_credit(c) &&
           c.sending.outstanding() < c.congestion.window();
}

/// Writes a segment of data that says nothing of credit; its size.
template <bool LongWords, class Policy>
[[nodiscard]] constexpr std::size_t write_data(connection_record<Policy>& c, octets room,
                                               sequence number, std::uint16_t frag_word,
                                               octets_view payload) noexcept {
    if (c.agreed.has(wire::features::credit))
        c.told_room = static_cast<std::uint16_t>(c.receiving.room());
    const wire::data_header<LongWords> header{c.local_port, c.remote_port, c.peer_tag, c.agreed,
                                              frag_word};
    const std::size_t size = header.size();
    const octets data = room.subspan(size, payload.size());
    const bool summed = !LongWords || !c.agreed.has(wire::features::crc32c);
    wire::ones_complement_sum sum;
    if (!summed) copy_octets(payload, data);
    header.write(room, {number.value(), c.receiving.last_in_order().value()},
                 static_cast<std::uint16_t>(payload.size()), summed ? 0 : wire::crc32c(data), sum);
    if (summed) sum.copy_and_add(payload, data);
    store_be16(room, wire::layout::checksum.offset, static_cast<std::uint16_t>(~sum.value()));
    return size + payload.size();
}

/// Writes that segment into `room`; its size. There is a ring.
template <class Policy>
[[nodiscard]] constexpr std::size_t transmit_straight(connection_record<Policy>& c,
                                                      context<Policy>& x, octets room) noexcept {
    const bool borrowed = c.sending.borrow(x.rings);
    RRDP_ASSERT(borrowed);
    const segment_handle h = c.queue.front();
    const sequence number = number_next(c, x);
    const segment_descriptor& d = x.segments.at(h);
    if (d.kind != segment_kind::data || tells_credit(c)) return write_numbered(c, x, room, number);
    const octets_view data = x.segments.data(h);
    const std::size_t size = wire::has_long_words(c.agreed)
                                 ? write_data<true>(c, room, number, d.following, data)
                                 : write_data<false>(c, room, number, d.following, data);
    ride_along(c, true);
    if (!c.timers.running(timer::retransmit)) restart_retransmit_timer(c, x);
    hasten_probe(c, x);
    return size;
}

}  // namespace rrdp::detail
