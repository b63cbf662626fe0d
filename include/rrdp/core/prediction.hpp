// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include <rrdp/core/arrival.hpp>
#include <rrdp/core/straight.hpp>
#include <rrdp/wire/data_header.hpp>

/// Header prediction (Van Jacobson): nearly every segment of an open connection is the one that is
/// expected next, a whole message in order. What the rules of 2.2 and 7.6 do with such a one is a
/// straight line, and is written here as one. Whatever is not as predicted changes nothing and goes
/// the general way, which gives the same answers for these segments too.
namespace rrdp::detail {

/// What a segment from the peer has to begin with.
template <bool LongWords, class Policy>
[[nodiscard]] constexpr wire::data_header<LongWords> expected_header(
    const connection_record<Policy>& c) noexcept {
    return {c.remote_port, c.local_port, c.own_tag, c.agreed};
}

/// Whether `shown`, as a segment shows it, is `number`: by its low half only, without WIDE.
template <bool LongWords, class Policy>
[[nodiscard]] constexpr bool shows(const connection_record<Policy>& c, std::uint32_t number,
                                   std::uint32_t shown) noexcept {
    const bool whole = LongWords && c.agreed.has(wire::features::wide);
    return shown == (whole ? number : number & 0xffff);
}

/// The data of the segment at the start of `octets`, if it is the one that is expected next and has
/// any; else nothing.
template <bool LongWords, class Policy>
[[nodiscard]] constexpr octets_view predicted_data(const connection_record<Policy>& c,
                                                   const context<Policy>& x,
                                                   octets_view octets) noexcept {
    const auto expected = expected_header<LongWords>(c);
    const std::size_t header = expected.size();
    if (octets.size() <= header || !expected.begins(octets)) return {};
    const std::size_t length = load_be16(octets, wire::layout::data_length.offset);
    if (header + length > octets.size() || header + length > x.receive_limit()) return {};
    const bool cut = c.agreed.has(wire::features::frag);
    if (cut && length > x.message_limit()) return {};
    if (!shows<LongWords>(c, (c.receiving.last_in_order() + 1).value(),
                          expected.numbers(octets).sequence))
        return {};
    return octets.subspan(header, length);
}

/// How many of the numbers outstanding the acknowledgement in `octets` passes; nothing if it passes
/// others, or if numbers beyond a gap were acknowledged.
template <bool LongWords, class Policy>
[[nodiscard]] constexpr std::optional<std::uint16_t> predicted_acknowledgement(
    const connection_record<Policy>& c, octets_view octets) noexcept {
    const std::uint32_t last = c.sending.oldest_unacknowledged().previous().value();
    const std::uint32_t number = expected_header<LongWords>(c).numbers(octets).acknowledgement;
    const auto count = static_cast<std::uint16_t>(number - last);
    if (count > c.sending.outstanding() || !c.sending.unbroken()) return std::nullopt;
    if (!shows<LongWords>(c, last + count, number)) return std::nullopt;
    return count;
}

/// Steps 4 to 7 of 7.6 for an acknowledgement that rides on data without a list or a credit word.
template <class Policy>
constexpr void take_ridden_acknowledgement(connection_record<Policy>& c, context<Policy>& x,
                                           std::uint16_t count) noexcept {
    const sequence number = c.sending.oldest_unacknowledged().previous() + count;
    if (c.agreed.has(wire::features::credit)) c.sending.extend(number + 2U * c.peer_outstanding);
    if (count != 0) {
        delivery news = c.sending.judge().begin_delivery(x.now, c.rtt.shortest());
        c.sending.acknowledge(x.segments, x.rings, number, news);
        take_delivery(c, x, news);
    }
    detect_losses(c, x);
}

/// Copies `data`, which lie in the segment at the start of `from`, into `to`. Whether checksum and
/// CRC are right; what is not guarded by a CRC is summed in the same pass.
template <bool LongWords, class Policy>
[[nodiscard]] constexpr bool copy_checked(const connection_record<Policy>& c, octets_view from,
                                          octets_view data, octets to) noexcept {
    if constexpr (!Policy::checksum::verifies) {
        copy_octets(data, to);
        return true;
    }
    const auto header = static_cast<std::size_t>(data.data() - from.data());
    wire::ones_complement_sum sum;
    sum.add(from.first(header));
    if (!LongWords || !c.agreed.has(wire::features::crc32c)) {
        sum.copy_and_add(data, to);
        return sum.value() == 0xffff;
    }
    copy_octets(data, to);
    return sum.value() == 0xffff && wire::crc32c(to) == expected_header<true>(c).crc(from);
}

/// Steps 8 and 9 for a whole message in order, which lies in segment `h`.
template <class Policy>
constexpr void take_message(connection_record<Policy>& c, context<Policy>& x,
                            segment_handle h) noexcept {
    heard(c, x);
    c.receiving.pass_message();
    c.inbox.push(x.segments, h);
    announce(c, x, false, false, 1);
    place(x, x.segments.data(h), 0);
    owe_acknowledgement(c, x, placement::in_order, segment_kind::data, false);
}

/// Handles the segment at the start of `octets`, what the link carried, if it is as predicted; else
/// false, and nothing has changed. The connection receives straight.
template <bool LongWords, class Policy>
[[nodiscard]] constexpr bool take_as_predicted(connection_record<Policy>& c, context<Policy>& x,
                                               octets_view octets) noexcept {
    const octets_view data = predicted_data<LongWords>(c, x, octets);
    if (data.empty() || !c.receiving.has_room()) return false;
    const auto count = predicted_acknowledgement<LongWords>(c, octets);
    if (!count || x.segments.available() <= x.segments.reserve()) return false;
    const segment_handle h = x.segments.take(segment_pool::purpose::in_order, x.slot);
    if (!copy_checked<LongWords>(c, octets, data, x.segments.room(h, data.size()))) {
        x.segments.give_back(h);
        return false;
    }
    c.addressed = true;
    take_ridden_acknowledgement(c, x, *count);
    take_message(c, x, h);
    return true;
}

/// The same, whatever words were agreed.
template <class Policy>
[[nodiscard]] constexpr bool take_predicted(connection_record<Policy>& c, context<Policy>& x,
                                            octets_view octets) noexcept {
    return wire::has_long_words(c.agreed) ? take_as_predicted<true>(c, x, octets)
                                          : take_as_predicted<false>(c, x, octets);
}

}  // namespace rrdp::detail
