// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <rrdp/testing/segments.hpp>

#include "check.hpp"
#include "frames.hpp"
#include "input.hpp"

/// Any segment that may be sent, built part by part from the fuzzer's octets: encoded, padded and
/// decoded it must be the same again, and one changed bit must be noticed.
namespace rrdp::wire {
namespace {

using fuzz::check;
using fuzz::input;

constexpr std::array kinds{flags_syn,     flags_syn_ack, flags_ack, flags_ack_eack,
                           flags_nul_ack, flags_nul,     flags_rst, flags_rst_ack};

/// `value`, or 1 where 0 is not allowed.
template <class Value>
Value non_zero(Value value) {
    return value == 0 ? Value{1} : value;
}

syn_parameters read_syn(input& in, bool reply) {
    syn_parameters p;
    p.max_outstanding = non_zero(in.word());
    p.max_segment_size = in.word() | max_segment_size_min;
    p.sequenced = in.flag();
    p.extended = in.flag();
    if (!p.extended) return p;
    p.offered = features{in.word()};
    if (in.flag()) p.node = node_pair{in.word(), in.word()};
    if (in.flag()) p.boot = in.word32();
    if (in.flag()) p.timing = syn_timing{in.word(), in.word(), in.word()};
    if (p.offered.has(features::wide)) p.sequence_high = in.word();
    if (p.offered.has(features::frag)) p.max_message = non_zero(in.word32());
    if (p.offered.has(features::tag)) p.tag = non_zero(in.word32());
    if (p.offered.has(features::tag) && reply) p.peer_tag = in.word32();
    p.has_cookie = p.offered.has(features::cookie) && !reply && in.flag();
    if (p.has_cookie) p.cookie = in.take_words(in.octet() % 90U);
    p.application = in.take_words(in.octet() % 90U);
    return p;
}

reset_form read_reset(input& in, flags control, features agreed) {
    using kind = reset_form::kind;
    constexpr std::size_t cookie_octets = 8;
    reset_form r;
    r.form = static_cast<kind>(in.octet() % 5);
    r.reason = static_cast<reset_reason>(in.octet());
    if (r.form == kind::bare_tagged || r.form == kind::cookie_tagged) r.tag = in.word32();
    if (r.form == kind::cookie || r.form == kind::cookie_tagged) {
        r.cookie = in.take(cookie_octets);
        r.reason = reset_reason::retry_with_cookie;
        // Only an opener takes it, and it has agreed on nothing.
        if (agreed.none() && r.cookie.size() == cookie_octets) return r;
        r = {.form = kind::bare};
    }
    // Without extension words both forms are the same, and are read as the connection form.
    if (r.form == kind::bare && agreed.extension_words() == 0) r.form = kind::connection;
    if (r.form != kind::connection) return r;
    if (agreed.has(features::tag)) r.tag = in.word32();
    if (agreed.has(features::wide)) r.sequence_high = in.word();
    if (agreed.has(features::wide) && control.ack()) r.acknowledgement_high = in.word();
    return r;
}

extensions read_words(input& in, flags control, features agreed, octets_view payload) {
    extensions e;
    if (agreed.has(features::tag)) e.tag = in.word32();
    if (agreed.has(features::wide)) e.sequence_high = in.word();
    if (agreed.has(features::wide) && control.ack()) e.acknowledgement_high = in.word();
    if (agreed.has(features::crc32c)) e.crc = crc32c(payload);
    if (control.nul()) {
        e.nul_code = in.word();
        return e;
    }
    if (agreed.has(features::frag) && !payload.empty()) {
        const std::uint16_t word = in.word();
        const bool several = agreed.has(features::bundle) && counts_bundle(word);
        (several ? e.bundled : e.fragments_left) = word & 0x7fff;
    }
    if (agreed.has(features::credit) && (control.eack() || in.flag())) e.credit = in.word();
    return e;
}

/// The numbers of an EACK list, at least one.
octets_view read_list(input& in) {
    static constexpr std::array<std::byte, word_octets> zero{};
    const octets_view words = in.take_words(in.octet() % 241U);
    return words.empty() ? octets_view{zero} : words;
}

void check_round_trip(const segment& s, features agreed, std::size_t padding, unsigned bit) {
    static fuzz::watched<510 + 4'096 + 47> room, padded;
    const octets written = room.last(510 + s.payload.size());
    const auto size = encode(s, agreed, written);
    check(size.has_value(), "what may be sent can be encoded");
    const octets frame = padded.last(*size + padding);
    copy_octets(written.first(*size), frame.first(*size));
    for (std::byte& octet : frame.subspan(*size)) octet = std::byte{0xa5};

    const auto decoded = decode(frame, agreed);
    check(decoded.has_value(), "what is sent is accepted");
    check(testing::equal(*decoded, s), "what is received is what was sent");

    bit %= 8 * static_cast<unsigned>(*size);
    if (bit / 8 == 1 || bit / 8 == 6 || bit / 8 == 7) return;  // another length may fit by chance
    frame[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    check(!decode(frame, agreed).has_value(), "one changed bit is noticed");
}

void build_and_read(input in) {
    const features agreed{static_cast<std::uint16_t>(in.octet() << 8)};
    const std::size_t padding = in.octet() % 47U;
    const unsigned bit = in.word();
    segment s;
    s.base.control = kinds[in.octet() % kinds.size()];
    s.base.source_port = non_zero(in.word());
    s.base.destination_port = non_zero(in.word());
    s.base.sequence = seq16{in.word()};
    s.base.acknowledgement = seq16{in.word()};

    const flags control = s.base.control;
    octets_view list;
    if (control.syn()) {
        s.syn = read_syn(in, control.ack());
    } else if (control.rst()) {
        s.reset = read_reset(in, control, agreed);
    } else {
        if (control.eack()) list = read_list(in);
        if (control.ack() && !control.nul()) s.payload = in.take(in.word() % 4'096U);
        s.words = read_words(in, control, agreed, s.payload);
        s.words.eacks = eack_view{list};
    }
    check_round_trip(s, agreed, padding, bit);
}

}  // namespace
}  // namespace rrdp::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    rrdp::wire::build_and_read({data, size});
    return 0;
}
