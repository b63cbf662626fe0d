// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <rrdp/wire/resolution.hpp>

#include "support/catch.hpp"
#include "unit/wire/describe.hpp"
#include "vectors/golden.hpp"

namespace rrdp::wire {
namespace {

using testing::equal;
using testing::hex;
using vectors::golden;
using frame_octets = std::vector<std::byte>;

// The vectors are proved at compile time: each is decoded, encoded back octet for octet, and is
// what the builders of the testing kit build.

constexpr bool survives(const golden& vector) {
    const auto decoded = decode(vector.octets, vector.agreed);
    if (!decoded) return false;
    testing::octet_buffer<64> out;
    const auto size = encode(*decoded, vector.agreed, out.room());
    if (!size) return false;
    out.resize(*size);
    return equal(out, vector.octets);
}

constexpr testing::segments opener{};
constexpr testing::segments responder = opener.reversed();
constexpr syn_parameters jumbo{.max_outstanding = 32, .max_segment_size = 9000};

static_assert(survives(vectors::v1) && equal(vectors::v1.octets, opener.syn(0x1000)));
static_assert(survives(vectors::v2) &&
              equal(vectors::v2.octets, responder.syn_ack(0xffff, 0x1000, jumbo)));
static_assert(survives(vectors::v3) && equal(vectors::v3.octets, opener.ack(0x1001, 0xffff)));
static_assert(survives(vectors::v4) &&
              equal(vectors::v4.octets, opener.data(0x1001, 0xffff, "hello")));
static_assert(survives(vectors::v5) &&
              equal(vectors::v5.octets, responder.data(0, 0x1001, "\x01\x02")));
static_assert(survives(vectors::v6) &&
              equal(vectors::v6.octets, responder.eack(1, 0x1001, {0x1003, 0x1004})));
static_assert(survives(vectors::v7) && equal(vectors::v7.octets, opener.nul(0x1005, 0)));
static_assert(survives(vectors::v8) && equal(vectors::v8.octets, opener.fin(0x1006, 0)));

static_assert(decode(vectors::v1.octets)->syn->max_outstanding == 64);
static_assert(decode(vectors::v1.octets)->syn->max_segment_size == 1500);
static_assert(decode(vectors::v1.octets)->syn->sequenced);
static_assert(decode(vectors::v2.octets)->base.sequence == seq16{0xffff});
static_assert(decode(vectors::v2.octets)->base.acknowledgement == seq16{0x1000});
static_assert(equal(decode(vectors::v4.octets)->payload, hex("6865 6c6c 6f")));
static_assert(decode(vectors::v6.octets)->words.eacks.size() == 2);
static_assert(decode(vectors::v6.octets)->words.eacks[1] == seq16{0x1004});
static_assert(decode(vectors::v7.octets)->words.nul_code == 0);
static_assert(decode(vectors::v8.octets)->words.nul_code == 1);

static_assert(decode(vectors::n1.octets).error() == wire_errc::bad_checksum);
static_assert(decode(vectors::n2.octets).error() == wire_errc::bad_version);
static_assert(is_resolution(vectors::n2.octets));
static_assert(decode(vectors::n3.octets).has_value(), "the sum does not see exchanged words");
static_assert(survives(vectors::n3) && survives(vectors::n3_before));
static_assert(crc32c(decode(vectors::n3.octets)->payload) !=
              crc32c(decode(vectors::n3_before.octets)->payload));

static_assert(survives(vectors::x1) && survives(vectors::x2) && survives(vectors::x3));
static_assert(survives(vectors::x4) && survives(vectors::x5) && survives(vectors::x6));
static_assert(survives(vectors::x7) && survives(vectors::x8) && survives(vectors::x9));

/// The frame on the heap, as long as it is: reading past its end is seen by the sanitizers.
frame_octets copied(octets_view octets) {
    return {octets.begin(), octets.end()};
}

std::optional<wire_errc> failure(octets_view frame, features agreed) {
    const auto decoded = decode(frame, agreed);
    if (decoded.has_value()) return std::nullopt;
    return decoded.error();
}

std::string file(std::string_view name, std::string_view kind) {
    std::ifstream in{std::string{RRDP_TEST_DATA "/vectors/"} + std::string{name} +
                     std::string{kind}};
    REQUIRE(in.good());
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

TEST_CASE("vectors: each is decoded and encoded back octet for octet at run time too",
          "[wire][R-2.1][R-4.1]") {
    for (const golden& vector : vectors::segments) {
        INFO(vector.name);
        CHECK(survives(vector));
    }
    CHECK(failure(vectors::n1.octets, {}) == wire_errc::bad_checksum);
    CHECK(failure(vectors::n2.octets, {}) == wire_errc::bad_version);
    CHECK(failure(vectors::n3.octets, {}) == std::nullopt);
}

TEST_CASE("vectors: the files hold the same octets, and say what they mean", "[wire][R-2.1]") {
    for (const golden& vector : vectors::segments) {
        INFO(vector.name);
        frame_octets octets;
        CHECK(testing::append_hex(file(vector.name, ".hex"), octets));
        CHECK(equal(octets, vector.octets));
        const auto decoded = decode(octets, vector.agreed);
        REQUIRE(decoded.has_value());
        CHECK(testing::describe(*decoded, vector.agreed) == file(vector.name, ".txt"));
    }
    for (const golden& vector :
         {vectors::n1, vectors::n2, vectors::n3_before, vectors::n3, vectors::nr_hello}) {
        INFO(vector.name);
        frame_octets octets;
        CHECK(testing::append_hex(file(vector.name, ".hex"), octets));
        CHECK(equal(octets, vector.octets));
        CHECK_FALSE(file(vector.name, ".txt").empty());
    }
}

TEST_CASE("vectors: 1 to 46 octets of any padding change nothing", "[wire][R-2.8][T-L1]") {
    for (const golden& vector : vectors::segments) {
        const auto plain = decode(vector.octets, vector.agreed);
        frame_octets frame = copied(vector.octets);
        for (unsigned octet = 1; octet <= 46; ++octet) {
            frame.push_back(static_cast<std::byte>(octet * 89 + 7));
            const auto padded = decode(frame, vector.agreed);
            INFO(vector.name << " with " << octet << " octets of padding");
            REQUIRE(padded.has_value());
            CHECK(equal(*padded, *plain));
            CHECK(padded->base == plain->base);
        }
    }
}

TEST_CASE("vectors: cut short at any length, each is refused for its length",
          "[wire][R-2.15][T-L7]") {
    for (const golden& vector : vectors::segments) {
        const header base = load_header(vector.octets);
        for (std::size_t size = 0; size < vector.octets.size(); ++size) {
            const frame_octets frame = copied(vector.octets.view().first(size));
            const auto expected = size < 14                     ? wire_errc::short_frame
                                  : size < base.header_octets() ? wire_errc::bad_header_length
                                                                : wire_errc::bad_data_length;
            INFO(vector.name << " cut to " << size);
            CHECK(failure(frame, vector.agreed) == expected);
        }
    }
}

TEST_CASE("vectors: every single-bit flip is refused, and read within bounds",
          "[wire][R-2.15][R-4.1][R-4.2]") {
    for (const golden& vector : vectors::segments)
        for (std::size_t bit = 0; bit < 8 * vector.octets.size(); ++bit) {
            frame_octets frame = copied(vector.octets);
            frame[bit / 8] ^= static_cast<std::byte>(0x80U >> bit % 8);
            INFO(vector.name << " with bit " << bit << " flipped");
            const bool in_a_length = bit / 8 == 1 || bit / 8 == 6 || bit / 8 == 7;
            const auto decoded = decode(frame, vector.agreed);
            // Another length moves the end of what is summed, so that it may fit by chance.
            if (!in_a_length) CHECK_FALSE(decoded.has_value());
            if (decoded.has_value()) CHECK(decoded->payload.size() < frame.size());
        }
}

TEST_CASE("vectors: every set of features that accepts one also encodes it back", "[wire][R-3.2]") {
    std::size_t accepted = 0;
    for (golden vector : vectors::segments)
        for (unsigned high = 0; high <= 0x1ff; ++high) {
            const unsigned bits = (high & 0xff) << 8 | (high >> 8) << 6;
            vector.agreed = features{static_cast<std::uint16_t>(bits)};
            const frame_octets frame = copied(vector.octets);
            if (!decode(frame, vector.agreed).has_value()) continue;
            ++accepted;
            INFO(vector.name << " with features " << high);
            CHECK(survives(vector));
        }
    CHECK(accepted >= vectors::segments.size());
}

}  // namespace
}  // namespace rrdp::wire
