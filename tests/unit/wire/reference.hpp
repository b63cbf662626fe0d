// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <rrdp/base/octets.hpp>

/// A second encoder, and other ways to answer the questions that the wire layer answers: slow,
/// written from the specification's tables, and without a line of the library but its octets. What
/// both agree on is right, or misread twice in the same way.
namespace rrdp::reference {

using octet_list = std::vector<std::byte>;

inline void append_word(octet_list& out, unsigned word) {
    out.push_back(static_cast<std::byte>(word / 256 % 256));
    out.push_back(static_cast<std::byte>(word % 256));
}

/// The sum of RFC 1071, one octet after the other, and its complement.
inline unsigned checksum(const octet_list& summed) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < summed.size(); ++i)
        sum += std::to_integer<std::uint64_t>(summed[i]) * (i % 2 == 0 ? 256 : 1);
    while (sum > 0xffff) sum = sum % 0x1'0000 + sum / 0x1'0000;
    return static_cast<unsigned>(0xffff - sum);
}

/// CRC32C bit after bit, as a division of polynomials.
inline std::uint32_t crc32c(const octet_list& data) {
    std::uint32_t remainder = 0xffff'ffff;
    for (const std::byte octet : data)
        for (int bit = 0; bit < 8; ++bit) {
            const bool in = (std::to_integer<unsigned>(octet) >> bit & 1) != (remainder & 1);
            remainder = remainder / 2 ^ (in ? 0x82f6'3b78 : 0);
        }
    return 0xffff'ffff - remainder;
}

/// What goes into a frame, in numbers.
struct plan {
    unsigned octet0 = 0x43;
    unsigned source_port = 5001;
    unsigned destination_port = 1024;
    unsigned sequence = 0;
    unsigned acknowledgement = 0;
    std::vector<unsigned> words;  ///< all header words after word 6
    octet_list data;
    bool header_only = false;  ///< what the checksum covers
};

/// The frame of a plan.
inline octet_list encode(const plan& p) {
    const auto header = [&p](unsigned checksum_field) {
        octet_list out;
        append_word(out, p.octet0 * 256 + 7 + static_cast<unsigned>(p.words.size()));
        append_word(out, p.source_port);
        append_word(out, p.destination_port);
        append_word(out, static_cast<unsigned>(p.data.size()));
        append_word(out, p.sequence);
        append_word(out, p.acknowledgement);
        append_word(out, checksum_field);
        for (const unsigned word : p.words) append_word(out, word);
        return out;
    };
    const auto with_data = [&p](octet_list out) {
        out.insert(out.end(), p.data.begin(), p.data.end());
        return out;
    };
    const octet_list bare = header(0);
    return with_data(header(checksum(p.header_only ? bare : with_data(bare))));
}

/// The features as single truths.
struct agreement {
    bool wide, credit, crc32c, frag, tag, empty, fin;

    /// The set number `n` of the 128.
    static agreement of(unsigned n) {
        const auto bit = [n](unsigned i) { return (n >> i & 1U) != 0; };
        return {bit(0), bit(1), bit(2), bit(3), bit(4), bit(5), bit(6)};
    }
    /// As the value of the FEATURES TLV (specification, 5.2).
    [[nodiscard]] std::uint16_t bits() const {
        return static_cast<std::uint16_t>(wide * 0x8000 + credit * 0x4000 + fin * 0x2000 +
                                          crc32c * 0x1000 + empty * 0x0400 + frag * 0x0200 +
                                          tag * 0x0100);
    }
    /// E of the specification.
    [[nodiscard]] unsigned e() const { return tag * 2U + wide * 2U + crc32c * 2U; }
};

/// The rows of table 3.2.
enum class row { pure_ack, data, eack, eack_data, nul, reset };

/// Table 3.2 and, for an RST to a record, R-3.19: whether this header length is right. The words of
/// the segment are such that an RST has the reflected-tag bit where `reflected` says so.
inline bool length_fits(row r, const agreement& a, unsigned length, bool reflected) {
    const unsigned e = a.e();
    const unsigned f = a.frag ? 1 : 0;
    const unsigned c = a.credit ? 1 : 0;
    switch (r) {
        case row::pure_ack: return length == 7 + e || (a.credit && length == 8 + e);
        case row::data: return length == 7 + e + f || (a.credit && length == 8 + e + f);
        case row::eack: return length > 7 + e + c && length <= 255;
        case row::eack_data: return length > 7 + e + f + c && length <= 255;
        case row::nul: return length == 7 + e || length == 8 + e;
        case row::reset: break;
    }
    if (reflected) return length == 10;  // bare, tagged; in no other form may the bit be set
    return length == 7 + e || length == 8 + e || length == 7 || length == 8;
}

}  // namespace rrdp::reference
