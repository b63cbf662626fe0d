// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <rrdp/testing/segments.hpp>

#include "support/catch.hpp"
#include "unit/wire/reference.hpp"

namespace rrdp::wire {
namespace {

using word_list = std::vector<unsigned>;
using testing::hex;

/// Options: ordered delivery, and whether TLVs follow.
constexpr unsigned plain = 0x8000;
constexpr unsigned extended = 0xc000;

/// What is made of a SYN or SYN ACK with these words after word 6. Views in it are good until the
/// next call.
result<syn_parameters, wire_errc> read(const word_list& words, bool reply = false) {
    static reference::octet_list frame;
    reference::plan p;
    p.octet0 = reply ? 0xc3 : 0x83;
    p.words = words;
    frame = reference::encode(p);
    const auto segment = parse(frame);
    if (!segment) return segment.error();
    return parse_syn(*segment);
}

/// A SYN of 64 outstanding segments of 1500 octets with these TLVs.
word_list with_tlvs(const word_list& tlvs) {
    word_list words{64, 1500, extended};
    words.insert(words.end(), tlvs.begin(), tlvs.end());
    return words;
}

bool malformed(const word_list& words, bool reply = false) {
    const auto read_words = read(words, reply);
    return !read_words.has_value() && read_words.error() == wire_errc::bad_syn;
}
bool bad_tlvs(const word_list& tlvs, bool reply = false) {
    return malformed(with_tlvs(tlvs), reply);
}

TEST_CASE("syn: the three words are Max Outstanding, Max Segment Size and options",
          "[wire][R-5.1]") {
    const auto p = read({0x0040, 0x05dc, 0x8000});
    REQUIRE(p.has_value());
    CHECK(p->max_outstanding == 64);
    CHECK(p->max_segment_size == 1500);
    CHECK(p->sequenced);
    CHECK_FALSE(p->extended);
    CHECK(p->offered.none());
    const auto unordered = read({1, 64, 0x3fff});  // the other option bits are ignored
    REQUIRE(unordered.has_value());
    CHECK_FALSE(unordered->sequenced);
    CHECK_FALSE(unordered->extended);
}

TEST_CASE("syn: fewer than ten words, no window, or segments below 64 octets are malformed",
          "[wire][R-5.3][T-C6]") {
    CHECK(malformed({}));
    CHECK(malformed({64}));
    CHECK(malformed({64, 1500}));
    CHECK(malformed({0, 1500, plain}));
    CHECK(malformed({64, 63, plain}));
    CHECK(malformed({64, 0, plain}));
    CHECK_FALSE(malformed({64, 64, plain}));
    CHECK_FALSE(malformed({1, 1500, plain}));
    CHECK_FALSE(malformed({0xffff, 0xffff, plain}));
}

TEST_CASE("syn: a TLV past the end of the header is malformed", "[wire][R-5.3][T-C6]") {
    CHECK(bad_tlvs({0x0101}));
    CHECK(bad_tlvs({0x0202, 1}));
    CHECK(bad_tlvs({0x0801}));
    CHECK(bad_tlvs({0x63ff, 1, 2, 3}));  // an unknown kind too
    CHECK_FALSE(bad_tlvs({0x6303, 1, 2, 3}));
}

TEST_CASE("syn: a known TLV that comes twice is malformed", "[wire][R-5.3][T-C6]") {
    CHECK(bad_tlvs({0x0101, 0x2000, 0x0101, 0x2000}));
    CHECK(bad_tlvs({0x0202, 1, 2, 0x0202, 1, 2}));
    CHECK(bad_tlvs({0x0302, 1, 2, 0x0302, 1, 2}));
    CHECK(bad_tlvs({0x0403, 1, 2, 3, 0x0403, 1, 2, 3}));
    CHECK(bad_tlvs({0x0501, 1, 0x0501, 1}));
    CHECK(bad_tlvs({0x0600, 0x0600}));
    CHECK(bad_tlvs({0x0702, 1, 2, 0x0702, 1, 2}));
    CHECK(bad_tlvs({0x0801, 1, 0x0802, 1, 2}));
    CHECK(bad_tlvs({0x0902, 1, 2, 0x0902, 1, 2}));
    CHECK(bad_tlvs({0x0a02, 1, 2, 0x0a02, 1, 2}));
}

TEST_CASE("syn: each known TLV has one length, and any other is malformed", "[wire][R-5.3][T-C6]") {
    const std::vector<unsigned> right{0, 1, 2, 2, 3, 1, 99, 2, 99, 2, 2};  // 99: any
    for (unsigned kind = 0; kind < right.size(); ++kind)
        for (unsigned length = 0; length <= 5; ++length) {
            word_list tlv(1 + length, 0);
            tlv[0] = kind * 256 + length;
            INFO("kind " << kind << ", length " << length);
            CHECK(bad_tlvs(tlv) == (right[kind] != 99 && right[kind] != length));
        }
}

TEST_CASE("syn: features without the TLV they need are malformed", "[wire][R-5.3][T-C6]") {
    CHECK(bad_tlvs({0x0101, 0x8000}));
    CHECK(bad_tlvs({0x0101, 0x0200}));
    CHECK(bad_tlvs({0x0101, 0x0100}));
    CHECK(bad_tlvs({0x0101, 0x0100, 0x0a02, 0, 1}, true));  // a SYN ACK without PEER TAG
    CHECK(bad_tlvs({0x0101, 0x0100, 0x0a02, 0, 0}));        // tag 0
    CHECK(bad_tlvs({0x0101, 0x0200, 0x0902, 0, 0}));        // no message at all
    CHECK_FALSE(bad_tlvs({0x0101, 0x8000, 0x0501, 0}));
    CHECK_FALSE(bad_tlvs({0x0101, 0x0200, 0x0902, 0, 1}));
    CHECK_FALSE(bad_tlvs({0x0101, 0x0100, 0x0a02, 1, 0}));
    CHECK_FALSE(bad_tlvs({0x0101, 0x0100, 0x0a02, 0, 1, 0x0702, 0, 0}, true));
    CHECK_FALSE(bad_tlvs({0x0101, 0x7c00}));  // CREDIT, FIN, CRC32C, COOKIE, EMPTY need nothing
}

TEST_CASE("syn: pads may stand anywhere between TLVs, but only as zeros", "[wire][R-5.2][T-C6]") {
    const auto p = read(with_tlvs({0, 0, 0x0101, 0x2000, 0, 0x0202, 7, 8, 0}));
    REQUIRE(p.has_value());
    CHECK(p->offered == features::fin);
    CHECK(p->node == node_pair{7, 8});
    CHECK(bad_tlvs({0x0001, 0}));
    CHECK(bad_tlvs({0x00ff}));
}

TEST_CASE("syn: unknown and reserved TLVs are skipped, however often they come",
          "[wire][R-3.7][R-5.2][T-C7]") {
    const auto kind = GENERATE(as<unsigned>{}, 11, 12, 13, 14, 15, 16, 0x80, 0xff);
    const auto p = read(
        with_tlvs({kind * 256, kind * 256 + 2, 0xdead, 0xbeef, 0x0101, 0x2000, kind * 256 + 1, 0}));
    REQUIRE(p.has_value());
    CHECK(p->offered == features::fin);
}

TEST_CASE("syn: without EXT whatever follows the three words is ignored",
          "[wire][R-5.1][R-5.10][T-C7]") {
    const auto p = read({64, 1500, plain, 0x0101, 0x2000, 0x0001, 0xffff});
    REQUIRE(p.has_value());
    CHECK(p->offered.none());
}

TEST_CASE("syn: SEC and the reserved feature bits count as not offered",
          "[wire][R-3.7][R-5.2][T-C7]") {
    const auto p = read(with_tlvs({0x0101, 0x20bf}));
    REQUIRE(p.has_value());
    CHECK(p->offered == features::fin);
}

TEST_CASE("syn: TLVs of features that are not set are ignored, whatever they say",
          "[wire][R-5.4][T-C7]") {
    const auto p = read(with_tlvs({0x0501, 9, 0x0601, 9, 0x0702, 9, 9, 0x0902, 0, 0, 0x0a02, 0, 0}),
                        GENERATE(false, true));
    REQUIRE(p.has_value());
    CHECK(p->sequence_high == 0);
    CHECK_FALSE(p->has_cookie);
    CHECK(p->cookie.empty());
    CHECK_FALSE(p->peer_tag.has_value());
    CHECK_FALSE(p->max_message.has_value());
    CHECK_FALSE(p->tag.has_value());
}

TEST_CASE("syn: a cookie counts in a SYN only, the peer's tag in a SYN ACK only",
          "[wire][R-5.4][T-C7]") {
    const auto tlvs =
        with_tlvs({0x0101, 0x0900, 0x0602, 0x1122, 0x3344, 0x0702, 0, 5, 0x0a02, 0, 6});
    const auto syn = read(tlvs);
    REQUIRE(syn.has_value());
    CHECK(syn->has_cookie);
    CHECK(testing::equal(syn->cookie, hex("1122 3344")));
    CHECK_FALSE(syn->peer_tag.has_value());
    CHECK(syn->tag == 6U);
    const auto reply = read(tlvs, true);
    REQUIRE(reply.has_value());
    CHECK_FALSE(reply->has_cookie);
    CHECK(reply->peer_tag == 5U);
    CHECK(reply->tag == 6U);
}

TEST_CASE("syn: every TLV is read, high word first, in any order", "[wire][R-5.2]") {
    const word_list tlvs{0x0a02, 0x0102, 0x0304, 0x0902, 0x0001, 0x0002, 0x0802, 0x6162,
                         0x6364, 0x0501, 0xabcd, 0x0403, 1000,   2,      500,    0x0302,
                         0x1111, 0x2222, 0x0202, 17,     18,     0x0101, 0xff40};
    const auto p = read(with_tlvs(tlvs));
    REQUIRE(p.has_value());
    CHECK(p->extended);
    CHECK(p->offered == features::all);
    CHECK(p->tag == 0x0102'0304U);
    CHECK(p->max_message == 0x0001'0002U);
    CHECK(testing::equal(p->application, hex("6162 6364")));
    CHECK(p->sequence_high == 0xabcd);
    CHECK(p->timing == syn_timing{1000, 2, 500});
    CHECK(p->boot == 0x1111'2222U);
    CHECK(p->node == node_pair{17, 18});
}

TEST_CASE("syn: a SYN ACK is never taken for a SYN", "[wire][R-2.11][T-C8]") {
    const auto syn = testing::segments{}.syn(1);
    const auto reply = testing::segments{}.syn_ack(1, 2);
    CHECK_FALSE(decode(syn)->base.control.ack());
    CHECK(decode(reply)->base.control.ack());
    CHECK(decode(syn)->base.control != decode(reply)->base.control);
    // The tag of the peer makes the difference between them show: a SYN has no need of it.
    const word_list offer = with_tlvs({0x0101, 0x0100, 0x0a02, 0, 1});
    CHECK_FALSE(malformed(offer, false));
    CHECK(malformed(offer, true));
}

}  // namespace
}  // namespace rrdp::wire
