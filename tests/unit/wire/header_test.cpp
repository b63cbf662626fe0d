// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include <rrdp/testing/hex.hpp>
#include <rrdp/wire/errc.hpp>
#include <rrdp/wire/header.hpp>

#include "support/catch.hpp"

namespace rrdp::wire {
namespace {

using testing::hex;

TEST_CASE("header: the seven words stand where figure 4 has them", "[wire][R-2.1]") {
    constexpr header read = load_header(hex("c30a 1122 3344 5566 7788 99aa bbcc"));
    STATIC_REQUIRE(read.control == flags_syn_ack);
    STATIC_REQUIRE(read.header_length == 10);
    STATIC_REQUIRE(read.header_octets() == 20);
    STATIC_REQUIRE(read.source_port == 0x1122);
    STATIC_REQUIRE(read.destination_port == 0x3344);
    STATIC_REQUIRE(read.data_length == 0x5566);
    STATIC_REQUIRE(read.sequence == seq16{0x7788});
    STATIC_REQUIRE(read.acknowledgement == seq16{0x99aa});
    STATIC_REQUIRE(read.checksum == 0xbbcc);
}

TEST_CASE("header: every octet of the base header belongs to one named field", "[wire][R-2.1]") {
    std::size_t next = 0;
    for (const field& f : layout::base) {
        CHECK(f.offset == next);
        CHECK(f.name[0] != '\0');
        next = f.end();
    }
    CHECK(next == base_octets);
}

TEST_CASE("header: the longest header is 510 octets", "[wire][R-2.4]") {
    header longest;
    longest.header_length = header_words_max;
    CHECK(longest.header_octets() == 510);
    CHECK(header{}.header_octets() == 14);
}

TEST_CASE("wire_errc: every reason has the name of its counter", "[wire][R-2.15]") {
    constexpr std::string_view names[] = {
        "short_frame", "bad_version", "bad_zero_bit", "bad_header_length", "bad_data_length",
        "bad_flags",   "bad_port",    "bad_syn",      "bad_checksum",      "bad_extension",
        "bad_tag",     "bad_crc",     "bad_bundle",   "nr_malformed",      "nr_foreign",
    };
    unsigned i = 0;
    for (const std::string_view expected : names)
        CHECK(name(static_cast<wire_errc>(i++)) == expected);
    CHECK(name(static_cast<wire_errc>(i)) == std::string_view{"unknown"});
}

}  // namespace
}  // namespace rrdp::wire
