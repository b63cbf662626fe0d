// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <rrdp/testing/segments.hpp>
#include <rrdp/wire/resolution.hpp>

#include "check.hpp"
#include "frames.hpp"
#include "input.hpp"
#include "mutator.hpp"

/// Any octets, read as a frame: nothing may be read outside of it, and what is accepted must come
/// through encoding and decoding unchanged (R-20.3: header, SYN TLVs, EACK list, RST forms, NR).
///
/// Input: the features in one octet, what to repair in one octet, then the frame. With the checksum
/// and the CRC repaired the fuzzer gets past them, and its time goes where the logic is.
namespace rrdp::wire {
namespace {

using fuzz::check;
using fuzz::watched;

constexpr std::size_t longest = 4'096;

constexpr unsigned repair_the_checksum = 1;
constexpr unsigned repair_the_crc = 2;

/// Puts the CRC of the data where the features say it stands, if the frame has the place.
void repair_crc(octets frame, features agreed) {
    const auto segment = parse(frame);
    if (!segment || segment->base.control.syn() || !agreed.has(features::crc32c)) return;
    const features before = agreed & (features::tag | features::wide);
    const std::size_t at = word_octets * before.extension_words();
    if (segment->variable().size() < at + 4) return;
    store_be32(frame, base_octets + at, crc32c(segment->payload()));
}

/// A segment's octets in the form that is sent, as far as its length allows: fields that are
/// ignored are 0.
octets_view canonical(const segment_view& view, const segment& s, features agreed) {
    static watched<longest> room;
    const octets octets = room.put(view.octets);
    if (!s.base.control.ack()) store_be16(octets, layout::acknowledgement.offset, 0);
    const std::size_t tag_words = (agreed & features::tag).extension_words();
    const bool has_block = !s.reset.has_value() || s.reset->form == reset_form::kind::connection;
    if (agreed.has(features::wide) && has_block && !s.base.control.ack())
        store_be16(octets, base_octets + word_octets * (tag_words + 1), 0);
    if (s.reset.has_value() && view.base.header_length > base_words) {
        const std::size_t reason = view.base.header_octets() - word_octets - s.reset->cookie.size();
        octets[reason] &= std::byte{0x80};
    }
    testing::repair_checksum(octets, coverage_of(s.base.control, agreed));
    return octets;
}

void check_views(octets_view frame, const segment_view& view) {
    check(view.octets.size() <= frame.size(), "a segment lies in its frame");
    check(view.octets.size() == view.base.header_octets() + view.base.data_length,
          "a segment is its header and its data");
    check(view.variable().size() + base_octets + view.payload().size() == view.octets.size(),
          "the parts of a segment fill it");
    static_cast<void>(checksum_valid_either(view));
    if (view.base.control.rst()) static_cast<void>(parse_reset_opening(view).has_value());
}

void check_accepted(const segment_view& view, const segment& s, features agreed) {
    static watched<longest> first_room, second_room;
    // A reason that was left out is sent.
    const octets wide = first_room.last(view.octets.size() + word_octets);
    const auto size = encode(s, agreed, wide);
    check(size.has_value(), "what is accepted can be sent");
    const octets_view once = wide.first(*size);
    const auto back = decode(once, agreed);
    check(back.has_value(), "what is sent is accepted");
    check(testing::equal(*back, s), "what is sent is what was meant");

    const octets twice = second_room.last(once.size());
    check(encode(*back, agreed, twice).has_value() && testing::equal(once, twice),
          "there is one way to say it");
    if (!s.syn.has_value() && once.size() == view.octets.size())
        check(testing::equal(once, canonical(view, s, agreed)),
              "what was canonical comes back octet for octet");
}

void check_resolution(octets_view frame) {
    if (!is_resolution(frame) || frame.size() < resolution_octets) return;
    const auto read = parse_resolution(frame, load_be32(frame, 4), load_mac(frame, 16));
    if (!read) {
        check(read.error() == wire_errc::nr_malformed, "nobody is foreign to himself");
        return;
    }
    std::array<std::byte, resolution_octets> written;
    write_resolution(written, *read);
    check(*parse_resolution(written, read->cluster, read->sender_mac) == *read,
          "a resolution frame that is sent is what was meant");
}

void read(fuzz::input in) {
    const features agreed{static_cast<std::uint16_t>(in.octet() << 8)};
    const unsigned repairs = in.octet();
    static watched<longest> room;
    const octets frame = room.put(in.take(longest - 64));  // its end is watched
    if ((repairs & repair_the_crc) != 0) repair_crc(frame, agreed);
    if ((repairs & repair_the_checksum) != 0 && !frame.empty()) {
        const flags control{std::to_integer<std::uint8_t>(frame[0])};
        testing::repair_checksum(frame, coverage_of(control, agreed));
    }

    check_resolution(frame);
    const auto view = parse(frame);
    const auto decoded = decode(frame, agreed);
    if (!view) {
        check(!decoded.has_value() && decoded.error() == view.error(), "one frame has one reason");
        return;
    }
    check_views(frame, *view);
    if (decoded.has_value()) check_accepted(*view, *decoded, agreed);
}

}  // namespace
}  // namespace rrdp::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    rrdp::wire::read({data, size});
    return 0;
}

#ifdef RRDP_MUTATORS
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t room, unsigned seed) {
    constexpr std::size_t prefix = 2;  // the features, what to repair
    return rrdp::fuzz::mutate_segment(data, size, room, seed, prefix);
}
#endif
