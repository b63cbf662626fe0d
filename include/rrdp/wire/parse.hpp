// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/wire/syn.hpp>

namespace rrdp::wire {

/// Finds the segment in what a link received: steps 1 to 8 of the validation, in their order, with
/// the first failure as the reason; nothing is allocated or changed. Padding is
/// cut off. The checksum is not looked at, because what it covers depends on the
/// connection: see `checksum_valid`.
///
/// A frame of node resolution is `bad_version` here; ask `is_resolution()` first.
[[nodiscard]] constexpr result<segment_view, wire_errc> parse(octets_view l2_payload) noexcept {
    if (l2_payload.size() < base_octets) return wire_errc::short_frame;
    const header base = load_header(l2_payload);
    const std::size_t size = base.header_octets() + base.data_length;
    if (base.control.version() != protocol_version) return wire_errc::bad_version;
    if (base.control.zero_bit()) return wire_errc::bad_zero_bit;
    if (base.header_length < base_words || base.header_octets() > l2_payload.size())
        return wire_errc::bad_header_length;
    if (size > l2_payload.size()) return wire_errc::bad_data_length;
    if (!legal(base.control, base.data_length)) return wire_errc::bad_flags;
    if (base.source_port == 0 || base.destination_port == 0) return wire_errc::bad_port;

    if (base.control.syn()) {
        const octets_view words = l2_payload.first(size).subspan(base_octets);
        if (!detail::parse_syn_words(words, base.control.ack())) return wire_errc::bad_syn;
    }
    return segment_view{base, l2_payload.first(size)};
}

/// Step 11: whether the checksum is right under the connection's rule. `pseudo_header` is
/// the sum of what it covers besides the segment: nothing on Ethernet.
[[nodiscard]] constexpr bool checksum_valid(const segment_view& segment, coverage covered,
                                            std::uint32_t pseudo_header = 0) noexcept {
    ones_complement_sum sum;
    sum.add(pseudo_header);
    sum.add(covered == coverage::header_only ? segment.octets.first(segment.base.header_octets())
                                             : segment.octets);
    return sum.value() == 0xffff;
}

/// Step 11 where no record tells the rule: either coverage will do, so that a node that lost its
/// record can still answer.
[[nodiscard]] constexpr bool checksum_valid_either(const segment_view& segment,
                                                   std::uint32_t pseudo_header = 0) noexcept {
    ones_complement_sum sum;
    sum.add(pseudo_header);
    sum.add(segment.octets.first(segment.base.header_octets()));
    if (sum.value() == 0xffff) return true;
    sum.add(segment.payload());
    return sum.value() == 0xffff;
}

/// The rule for a segment of a connection with `agreed`.
[[nodiscard]] constexpr coverage coverage_of(flags control, features agreed) noexcept {
    return !control.syn() && agreed.has(features::crc32c) ? coverage::header_only
                                                          : coverage::header_and_data;
}

}  // namespace rrdp::wire
