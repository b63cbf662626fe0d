// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <rrdp/testing/segments.hpp>

#include "support/catch.hpp"
#include "unit/wire/reference.hpp"

namespace rrdp::wire {
namespace {

using reference::agreement;
using testing::equal;
using testing::hex;
using frame_octets = std::vector<std::byte>;

constexpr testing::segments opener{};

frame_octets encoded(const segment& s, features agreed = {}) {
    frame_octets out(600 + s.payload.size());
    const auto size = encode(s, agreed, out);
    REQUIRE(size.has_value());
    out.resize(*size);
    return out;
}

wire_errc refusal(const segment& s, features agreed = {}) {
    frame_octets out(600);
    const auto size = encode(s, agreed, out);
    REQUIRE_FALSE(size.has_value());
    return size.error();
}

segment some(flags control) {
    segment s;
    s.base = {.control = control,
              .source_port = 5001,
              .destination_port = 1024,
              .sequence = seq16{0x1001},
              .acknowledgement = seq16{0xfff0}};
    return s;
}

/// The words of the features in the second encoder's numbers.
void append_block(reference::plan& p, const agreement& a, std::uint32_t crc) {
    if (a.tag) p.words.insert(p.words.end(), {0xcafe, 0x0002});
    if (a.wide) p.words.insert(p.words.end(), {0x0007, 0xfffe});
    if (a.crc32c) p.words.insert(p.words.end(), {crc >> 16, crc & 0xffff});
}

TEST_CASE("codec: both encoders make the same of every kind, for each of the 128 feature sets",
          "[wire][R-3.1][R-3.6][R-3.8][R-3.9]") {
    const auto data = hex("68 65 6c 6c 6f");
    const auto list = hex("fff3 fff2");
    for (unsigned n = 0; n < 128; ++n) {
        const agreement a = agreement::of(n);
        const features agreed{a.bits()};
        for (const flags control : {flags_ack, flags_ack_eack, flags_nul_ack})
            for (const bool with_data : {false, true}) {
                if (control == flags_nul_ack && with_data) continue;
                segment s = some(control);
                s.words = {.tag = 0xcafe'0002, .sequence_high = 7, .acknowledgement_high = 0xfffe};
                reference::plan p;
                p.octet0 = control.octet();
                p.sequence = 0x1001;
                p.acknowledgement = 0xfff0;
                p.header_only = a.crc32c;
                if (with_data) p.data.assign(data.view().begin(), data.view().end());
                if (with_data) s.payload = data;
                s.words.crc = reference::crc32c(p.data);
                append_block(p, a, s.words.crc);
                if (with_data && a.frag) p.words.push_back(s.words.fragments_left = 5);
                if (control != flags_nul_ack && a.credit) {
                    s.words.credit = 0xfff5;
                    p.words.push_back(0xfff5);
                }
                if (control.eack()) {
                    s.words.eacks = eack_view{list};
                    p.words.insert(p.words.end(), {0xfff3, 0xfff2});
                }
                if (control.nul()) p.words.push_back(s.words.nul_code = 2);
                if (encoded(s, agreed) != reference::encode(p))
                    FAIL_CHECK("set " << n << ", octet 0 " << p.octet0 << ", data " << with_data);
                const auto back = decode(reference::encode(p), agreed);
                if (!back.has_value() || back->payload.size() != p.data.size())
                    FAIL_CHECK("set " << n << " is not decoded");
            }
    }
    CHECK(encoded(some(flags_ack)).size() == 14);
}

TEST_CASE("codec: both encoders make the same of a SYN with every TLV", "[wire][R-5.1][R-5.2]") {
    const auto application = hex("6170 706c");
    const auto cookie = hex("0011 2233 4455 6677");
    segment s = some(flags_syn);
    s.syn = syn_parameters{
        .max_outstanding = 256,
        .max_segment_size = 9000,
        .sequenced = true,
        .extended = true,
        .offered = features::all,
        .node = node_pair{1, 2},
        .boot = 0x0102'0304,
        .timing = syn_timing{1000, 2, 1000},
        .sequence_high = 0x1234,
        .has_cookie = true,
        .cookie = cookie,
        .application = application,
        .max_message = 262'144,
        .tag = 0xcafe'0001,
    };
    reference::plan p;
    p.octet0 = 0x83;
    p.sequence = 0x1001;
    p.words = {256,    9000,   0xc000, 0x0101, 0xff40, 0x0202, 1,      2,
               0x0302, 0x0102, 0x0304, 0x0403, 1000,   2,      1000,   0x0501,
               0x1234, 0x0604, 0x0011, 0x2233, 0x4455, 0x6677, 0x0802, 0x6170,
               0x706c, 0x0902, 0x0004, 0x0000, 0x0a02, 0xcafe, 0x0001};
    const auto frame = encoded(s);
    CHECK(frame == reference::encode(p));
    CHECK(syn_words(*s.syn) == 7 + p.words.size());
    CHECK(equal(*decode(frame)->syn, *s.syn));
}

TEST_CASE("codec: a plain SYN has the three words of RFC 908 and no TLV", "[wire][R-18.2]") {
    segment s = some(flags_syn);
    s.syn = testing::segments::plain();
    s.syn->offered = features::all;  // not extended: nothing of this is written
    s.syn->boot = 7;
    CHECK(encoded(s).size() == 20);
    CHECK(syn_words(*s.syn) == 10);
}

TEST_CASE("codec: steps 11, 12b and 12d are made in this order", "[wire][R-2.15][T-C5]") {
    const features agreed = features::crc32c;
    auto frame = testing::segments{.agreed = agreed}.data(1, 2, "data");
    const auto reason = [&](octets_view f) { return decode(f, agreed).error(); };
    CHECK(decode(frame, agreed).has_value());
    auto damaged = frame;
    damaged[frame.size() - 1] ^= std::byte{1};
    CHECK(reason(damaged) == wire_errc::bad_crc);

    auto longer = damaged;  // one word more than the features have: the first octet of the data
    longer[1] = std::byte{10};
    longer[7] = std::byte{3};
    testing::repair_checksum(longer.room().first(longer.size()), coverage::header_only);
    CHECK(reason(longer) == wire_errc::bad_data_length);
    longer[7] = std::byte{2};
    testing::repair_checksum(longer.room().first(longer.size()), coverage::header_only);
    CHECK(reason(longer) == wire_errc::bad_extension);
    longer[12] ^= std::byte{1};
    CHECK(reason(longer) == wire_errc::bad_checksum);
    longer[3] = longer[2] = std::byte{0};
    CHECK(reason(longer) == wire_errc::bad_port);
}

TEST_CASE("codec: an acknowledgement without its flag is sent as 0", "[wire][R-2.7]") {
    segment s = some(flags_nul);
    CHECK(load_be16(encoded(s), 10) == 0);
    s = some(flags_nul_ack);
    CHECK(load_be16(encoded(s), 10) == 0xfff0);
}

TEST_CASE("codec: what would not be accepted is not encoded", "[wire][R-2.11]") {
    const auto data = hex("01");
    segment s = some(flags{0x23});
    CHECK(refusal(s) == wire_errc::bad_flags);
    s = some(flags_nul_ack);
    s.payload = data;
    CHECK(refusal(s) == wire_errc::bad_flags);
    CHECK(refusal(some(flags_syn)) == wire_errc::bad_flags);      // without its parameters
    CHECK(refusal(some(flags_rst_ack)) == wire_errc::bad_flags);  // without its form
    CHECK(refusal(some(flags_ack_eack)) == wire_errc::bad_extension);
    s = some(flags_ack);
    s.base.source_port = 0;
    CHECK(refusal(s) == wire_errc::bad_port);
    s = some(flags_syn);
    s.syn = syn_parameters{.max_outstanding = 0};
    CHECK(refusal(s) == wire_errc::bad_syn);
    s = some(flags_ack);
    s.words.fragments_left = 0x8000;
    s.payload = data;
    CHECK(refusal(s, features::frag) == wire_errc::bad_extension);
    CHECK(refusal(s, features::crc32c) == wire_errc::bad_crc);
}

TEST_CASE("codec: what does not fit is not encoded", "[wire][R-2.4][R-2.9]") {
    segment s = some(flags_ack);
    frame_octets room(13);
    CHECK(encode(s, {}, room).error() == wire_errc::short_frame);
    const frame_octets too_long(data_length_max + 1);
    s.payload = too_long;
    CHECK(refusal(s) == wire_errc::bad_data_length);
    s = some(flags_syn);
    s.syn = testing::segments::plain();
    s.syn->extended = true;
    const frame_octets application(2 * 245);
    s.syn->application = octets_view{application}.first(2 * 244);
    CHECK(encoded(s).size() == 510);
    s.syn->application = application;
    CHECK(refusal(s) == wire_errc::bad_header_length);
    s.syn->application = octets_view{application}.first(3);
    CHECK(refusal(s) == wire_errc::bad_syn);
    s = some(flags_rst_ack);
    s.reset = reset_form{.form = reset_form::kind::cookie,
                         .reason = reset_reason::retry_with_cookie,
                         .cookie = octets_view{application}.first(7)};
    CHECK(refusal(s) == wire_errc::bad_extension);
    s.reset->cookie = octets_view{application}.first(6);  // a cookie has four words
    CHECK(refusal(s) == wire_errc::bad_extension);
}

TEST_CASE("codec: a segment of one octet and of 65 535 octets of data", "[wire][R-2.9][T-C10]") {
    for (const std::size_t size :
         {std::size_t{1}, std::size_t{2}, std::size_t{65'534}, data_length_max}) {
        frame_octets data(size);
        for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<std::byte>(i * 31);
        segment s = some(flags_ack);
        s.payload = data;
        const auto frame = encoded(s);
        reference::plan p;
        p.sequence = 0x1001;
        p.acknowledgement = 0xfff0;
        p.data = data;
        CHECK(frame == reference::encode(p));
        CHECK(equal(decode(frame)->payload, data));
    }
}

TEST_CASE("codec: a frame is read the same at every address", "[wire][T-C10]") {
    const auto frame = opener.data(0x1001, 0xffff, "unaligned");
    for (std::size_t shift = 0; shift <= 16; ++shift) {
        frame_octets memory(shift + frame.size());
        copy_octets(frame, octets{memory}.subspan(shift));
        const auto decoded = decode(octets_view{memory}.subspan(shift));
        REQUIRE(decoded.has_value());
        CHECK(equal(*decoded, *decode(frame)));
    }
}

}  // namespace
}  // namespace rrdp::wire
