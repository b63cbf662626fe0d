// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>

#include <rrdp/wire/flags.hpp>

#include "support/catch.hpp"

namespace rrdp::wire {
namespace {

/// Table 2.1 of the specification, row by row.
struct line_of_table {
    unsigned octet;
    bool may_carry_data;
};
constexpr std::array<line_of_table, 8> table{{
    {0x83, false},  // SYN
    {0xc3, false},  // SYN ACK
    {0x43, true},   // ACK
    {0x63, true},   // ACK EACK
    {0x4b, false},  // NUL ACK
    {0x0b, false},  // NUL
    {0x13, false},  // RST
    {0x53, false},  // RST ACK
}};

bool in_table(unsigned octet, bool data) {
    for (const line_of_table& r : table)
        if (r.octet == octet) return !data || r.may_carry_data;
    return false;
}

TEST_CASE(
    "flags: of the 256 values of octet 0 the eight of table 2.1 are legal, and data ride on two",
    "[wire][R-2.2][R-2.3][R-2.11][R-2.12][T-C1]") {
    const auto data_length = GENERATE(as<std::uint16_t>{}, 0, 1, 255, 256, 0x8000, 0xffff);
    for (unsigned octet = 0; octet <= 0xff; ++octet) {
        INFO("octet " << octet << ", data " << data_length);
        CHECK(legal(flags{static_cast<std::uint8_t>(octet)}, data_length) ==
              in_table(octet, data_length != 0));
    }
}

TEST_CASE("flags: every bit of octet 0 has its own name", "[wire][R-2.1]") {
    for (unsigned octet = 0; octet <= 0xff; ++octet) {
        const flags f{static_cast<std::uint8_t>(octet)};
        const unsigned rebuilt = f.syn() * 0x80U + f.ack() * 0x40U + f.eack() * 0x20U +
                                 f.rst() * 0x10U + f.nul() * 0x08U + f.zero_bit() * 0x04U +
                                 f.version();
        INFO("octet " << octet);
        CHECK(rebuilt == octet);
        CHECK(f.octet() == octet);
    }
}

TEST_CASE("flags: the named sets are the rows of the table, all of version 3", "[wire][R-2.2]") {
    constexpr std::array named{flags_syn,     flags_syn_ack, flags_ack, flags_ack_eack,
                               flags_nul_ack, flags_nul,     flags_rst, flags_rst_ack};
    for (std::size_t i = 0; i < named.size(); ++i) {
        CHECK(named[i].octet() == table[i].octet);
        CHECK(named[i].version() == protocol_version);
        CHECK_FALSE(named[i].zero_bit());
    }
}

}  // namespace
}  // namespace rrdp::wire
