// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <optional>
#include <vector>

#include <rrdp/testing/segments.hpp>
#include <rrdp/wire/parse.hpp>

#include "support/catch.hpp"
#include "unit/wire/reference.hpp"

namespace rrdp::wire {
namespace {

using testing::hex;
using frame_octets = std::vector<std::byte>;

std::optional<wire_errc> failure(octets_view frame) {
    const auto parsed = parse(frame);
    if (parsed.has_value()) return std::nullopt;
    return parsed.error();
}

/// The verdict on lengths as the specification says it, in signed numbers and from the last check
/// to the first, each overruling the ones after it.
std::optional<wire_errc> length_verdict(int frame, int header_words, int data) {
    std::optional<wire_errc> verdict;
    if (2 * header_words + data - frame > 0) verdict = wire_errc::bad_data_length;
    if (header_words < 7 || 2 * header_words - frame > 0) verdict = wire_errc::bad_header_length;
    if (frame < 14) verdict = wire_errc::short_frame;
    return verdict;
}

TEST_CASE("parse: frame, header and data lengths are judged like a slow oracle does",
          "[wire][R-2.4][R-2.6][R-2.15][T-C2]") {
    std::vector<int> header_lengths;
    for (int words = 0; words <= 40; ++words) header_lengths.push_back(words);
    header_lengths.insert(header_lengths.end(), {127, 128, 254, 255});
    std::vector<int> data_lengths;
    for (int size = 0; size <= 40; ++size) data_lengths.push_back(size);
    data_lengths.insert(data_lengths.end(), {0x100, 0x7fff, 0x8000, 0xffff});

    for (int size = 0; size <= 64; ++size) {
        frame_octets frame(static_cast<std::size_t>(size), std::byte{0x11});
        for (const int words : header_lengths)
            for (const int data : data_lengths) {
                if (size > 0) frame[0] = std::byte{0x43};
                if (size > 1) frame[1] = static_cast<std::byte>(words);
                if (size > 7) store_be16(frame, 6, static_cast<std::uint16_t>(data));
                if (failure(frame) != length_verdict(size, words, data))
                    FAIL_CHECK("P " << size << ", HL " << words << ", DL " << data);
            }
    }
    CHECK(failure(frame_octets(64, std::byte{0x11})) == wire_errc::bad_version);
}

TEST_CASE("parse: the longest header and the longest data are found whole",
          "[wire][R-2.4][R-2.9]") {
    frame_octets frame(510 + 65'535 + 7, std::byte{0x11});
    frame[0] = std::byte{0x63};
    frame[1] = std::byte{255};
    store_be16(frame, 6, 0xffff);
    const auto parsed = parse(frame);
    REQUIRE(parsed.has_value());
    CHECK(parsed->octets.size() == 510 + 65'535);
    CHECK(parsed->variable().size() == 496);
    CHECK(parsed->payload().size() == 65'535);
}

TEST_CASE("parse: of the 256 values of octet 0 only legal ones pass, each for the first reason",
          "[wire][R-2.2][R-2.3][R-2.11][R-2.12][T-C1]") {
    const auto data = GENERATE(as<std::uint16_t>{}, 0, 2);
    // Ten words that make a well-formed SYN as well.
    auto frame = hex("000a 1389 0400 0000 1000 1000 0000 0040 05dc 8000 0000");
    store_be16(frame.room(), 6, data);
    for (unsigned octet = 0; octet <= 0xff; ++octet) {
        const flags f{static_cast<std::uint8_t>(octet)};
        frame[0] = std::byte{f.octet()};
        std::optional<wire_errc> expected;
        if (!legal(f, data)) expected = wire_errc::bad_flags;
        if (f.zero_bit()) expected = wire_errc::bad_zero_bit;
        if (f.version() != 3) expected = wire_errc::bad_version;
        INFO("octet " << octet << ", data " << data);
        CHECK(failure(frame) == expected);
    }
}

/// A defect that a frame can have, and the reason it must be dropped for. They stand in the order
/// of the checks, and each leaves the earlier ones as they are.
struct defect {
    wire_errc reason;
    void (*inflict)(frame_octets&);
};
const std::array<defect, 8> defects{{
    {wire_errc::short_frame, [](frame_octets& f) { f.resize(13); }},
    {wire_errc::bad_version, [](frame_octets& f) { f[0] &= ~std::byte{0x01}; }},
    {wire_errc::bad_zero_bit, [](frame_octets& f) { f[0] |= std::byte{0x04}; }},
    {wire_errc::bad_header_length, [](frame_octets& f) { f[1] = std::byte{6}; }},
    {wire_errc::bad_data_length, [](frame_octets& f) { f[6] = std::byte{0xff}; }},
    {wire_errc::bad_flags, [](frame_octets& f) { f[0] |= std::byte{0x10}; }},
    {wire_errc::bad_port, [](frame_octets& f) { f[2] = f[3] = std::byte{0}; }},
    {wire_errc::bad_syn, [](frame_octets& f) { f[14] = f[15] = std::byte{0}; }},
}};

TEST_CASE("parse: of several defects the first in the order of the checks is the reason",
          "[wire][R-2.15][T-C5]") {
    const auto valid = testing::segments{}.syn(0x1000);
    for (std::size_t some = 1; some < 1U << defects.size(); ++some) {
        frame_octets frame{valid.view().begin(), valid.view().end()};
        std::optional<wire_errc> first;
        for (std::size_t i = defects.size(); i-- > 0;)
            if ((some >> i & 1U) != 0) {
                defects[i].inflict(frame);
                first = defects[i].reason;
            }
        INFO("defects " << some);
        CHECK(failure(frame) == first);
    }
    CHECK(failure(valid) == std::nullopt);
}

TEST_CASE("parse: a port of 0 is refused on either side, every other port is not",
          "[wire][R-2.5]") {
    const auto changed = GENERATE(as<field>{}, layout::source_port, layout::destination_port);
    auto frame = hex("4307 1389 0400 0000 1001 ffff 956e");
    CHECK(failure(frame) == std::nullopt);
    for (unsigned port = 0; port <= 0xffff; ++port) {
        store_be16(frame.room(), changed.offset, static_cast<std::uint16_t>(port));
        if (failure(frame).has_value() != (port == 0)) FAIL_CHECK("port " << port);
    }
}

TEST_CASE("parse: frames of version 0 are not segments, and RDP is not RRDP", "[wire][R-2.2]") {
    CHECK(failure(frame_octets(14, std::byte{0})) == wire_errc::bad_version);
    CHECK(failure(hex("4007 1389 0400 0000 1001 ffff 956e")) == wire_errc::bad_version);
    CHECK(failure(hex("4107 1389 0400 0000 1001 ffff 956e")) == wire_errc::bad_version);
    CHECK(failure(hex("4207 1389 0400 0000 1001 ffff 956e")) == wire_errc::bad_version);
}

TEST_CASE("parse: without a record either coverage of the checksum will do", "[wire][R-2.17]") {
    reference::plan p;
    p.data = {std::byte{1}, std::byte{2}, std::byte{3}};
    for (const bool header_only : {false, true}) {
        p.header_only = header_only;
        auto frame = reference::encode(p);
        const auto segment = parse(frame);
        REQUIRE(segment.has_value());
        CHECK(checksum_valid(*segment, coverage::header_only) == header_only);
        CHECK(checksum_valid(*segment, coverage::header_and_data) == !header_only);
        CHECK(checksum_valid_either(*segment));
        frame[13] ^= std::byte{1};
        CHECK_FALSE(checksum_valid_either(*parse(frame)));
    }
}

TEST_CASE("parse: with CRC32C the checksum covers the header, but never only that of a SYN",
          "[wire][R-4.3]") {
    CHECK(coverage_of(flags_ack, {}) == coverage::header_and_data);
    CHECK(coverage_of(flags_ack, features::crc32c) == coverage::header_only);
    CHECK(coverage_of(flags_nul_ack, features::all) == coverage::header_only);
    CHECK(coverage_of(flags_syn, features::all) == coverage::header_and_data);
    CHECK(coverage_of(flags_syn_ack, features::all) == coverage::header_and_data);
}

}  // namespace
}  // namespace rrdp::wire
