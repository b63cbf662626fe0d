// SPDX-License-Identifier: Apache-2.0
#include <string_view>
#include <vector>

#include <rrdp/testing/segments.hpp>

#include "support/catch.hpp"
#include "unit/wire/reference.hpp"

namespace rrdp::wire {
namespace {

using kind = reset_form::kind;
using reading = result<reset_form, wire_errc>;
using word_list = std::vector<unsigned>;
using testing::hex;

/// The octets of the last RST, because forms may point into them.
reference::octet_list& rst(const word_list& words, unsigned octet0 = 0x53) {
    static reference::octet_list frame;
    reference::plan p;
    p.octet0 = octet0;
    p.words = words;
    frame = reference::encode(p);
    return frame;
}
reading to_record(const word_list& words, features agreed = {}) {
    return parse_reset(*parse(rst(words)), agreed);
}
reading to_opener(const word_list& words) {
    return parse_reset_opening(*parse(rst(words)));
}
bool refused(const reading& r) {
    return !r.has_value() && r.error() == wire_errc::bad_extension;
}

TEST_CASE("reset: without a word the reason is 0, with one it is its low octet", "[wire][R-3.19]") {
    CHECK(to_record({})->reason == reset_reason::unspecified);
    CHECK(to_record({6})->reason == reset_reason::aborted);
    CHECK(to_record({0x7f06})->reason == reset_reason::aborted);  // bits 14 to 8 are ignored
    CHECK(to_record({200})->reason == static_cast<reset_reason>(200));
    CHECK(to_opener({})->reason == reset_reason::unspecified);
    CHECK(to_opener({0x0101})->reason == reset_reason::refused);
}

TEST_CASE("reset: a record knows the connection form by its extension words", "[wire][R-3.19]") {
    const features agreed = features::tag | features::wide | features::crc32c;
    const auto r = to_record({0xcafe, 0x0001, 2, 3, 0, 4, 7}, agreed);
    REQUIRE(r.has_value());
    CHECK(r->form == kind::connection);
    CHECK(r->tag == 0xcafe'0001U);
    CHECK(r->sequence_high == 2);
    CHECK(r->acknowledgement_high == 3);
    CHECK(r->crc == 4);
    CHECK(r->reason == reset_reason::timed_out);
    CHECK(to_record({0xcafe, 0x0001, 2, 3, 0, 4}, agreed)->reason == reset_reason::unspecified);
    CHECK(refused(to_record({0xcafe, 0x0001, 2, 3, 0, 4, 0x8007}, agreed)));
}

TEST_CASE("reset: ten words with two extension words agreed: the bit in the last decides",
          "[wire][R-3.19][T-G7]") {
    const features agreed =
        GENERATE(as<features>{}, features::tag, features::wide, features::crc32c);
    CHECK(agreed.extension_words() == 2);
    const auto connection = to_record({0xcafe, 0x0001, 0x0006}, agreed);
    const auto reflected = to_record({0xcafe, 0x0001, 0x8006}, agreed);
    REQUIRE(connection.has_value());
    REQUIRE(reflected.has_value());
    CHECK(connection->form == kind::connection);
    CHECK(connection->tag.has_value() == agreed.has(features::tag));
    CHECK(reflected->form == kind::bare_tagged);
    CHECK(reflected->tag == 0xcafe'0001U);
    CHECK(reflected->reason == reset_reason::aborted);
}

TEST_CASE("reset: the bare forms are right for every record", "[wire][R-3.19][R-3.20]") {
    const features agreed =
        GENERATE(as<features>{}, features::tag, features::tag | features::wide, features::all);
    CHECK(to_record({}, agreed)->form == kind::bare);
    CHECK(to_record({2}, agreed)->form == kind::bare);
    CHECK_FALSE(to_record({2}, agreed)->tag.has_value());
    CHECK(refused(to_record({0x8002}, agreed)));  // no tag before the word that promises one
    CHECK(to_record({1, 2, 0x8002}, agreed)->form == kind::bare_tagged);
    CHECK(refused(to_record({1, 2, 3, 4, 5, 6, 7, 8}, agreed)));
}

TEST_CASE("reset: with nothing agreed ten words need the bit, and longer forms are refused",
          "[wire][R-3.19][R-3.20]") {
    CHECK(to_record({1, 2, 0x8002})->form == kind::bare_tagged);
    CHECK(refused(to_record({1, 2, 0x0002})));
    CHECK(refused(to_record({0x8002})));
    for (std::size_t words = 4; words <= 248; ++words)
        if (!refused(to_record(word_list(words, 0x8000)))) FAIL_CHECK(words << " words");
}

TEST_CASE("reset: an opener takes the bare forms and those with a cookie",
          "[wire][R-3.19][T-G14]") {
    CHECK(to_opener({1})->form == kind::bare);
    const auto tagged = to_opener({0x0102, 0x0304, 0x8001});
    REQUIRE(tagged.has_value());
    CHECK(tagged->form == kind::bare_tagged);
    CHECK(tagged->tag == 0x0102'0304U);
    const auto cookie = to_opener({12, 0x1111, 0x2222, 0x3333, 0x4444});
    REQUIRE(cookie.has_value());
    CHECK(cookie->form == kind::cookie);
    CHECK_FALSE(cookie->tag.has_value());
    CHECK(testing::equal(cookie->cookie, hex("1111 2222 3333 4444")));
    const auto cookie_tagged = to_opener({7, 8, 0x800c, 0x1111, 0x2222, 0x3333, 0x4444});
    REQUIRE(cookie_tagged.has_value());
    CHECK(cookie_tagged->form == kind::cookie_tagged);
    CHECK(cookie_tagged->tag == 0x0007'0008U);
    CHECK(testing::equal(cookie_tagged->cookie, hex("1111 2222 3333 4444")));
}

TEST_CASE("reset: an opener refuses every other form", "[wire][R-3.19]") {
    CHECK(refused(to_opener({0x8001})));                    // the bit without a tag
    CHECK(refused(to_opener({1, 2, 0x0001})));              // a tag without the bit
    CHECK(refused(to_opener({11, 1, 2, 3, 4})));            // a cookie for another reason
    CHECK(refused(to_opener({0x800c, 1, 2, 3, 4})));        // the bit without a tag
    CHECK(refused(to_opener({1, 2, 0x000c, 1, 2, 3, 4})));  // a tag without the bit
    CHECK(refused(to_opener({1, 2, 0x800b, 1, 2, 3, 4})));  // a cookie for another reason
    CHECK(refused(to_opener({12})));                        // reason 12 without a cookie
    CHECK(refused(to_opener({1, 2, 0x800c})));
    for (std::size_t words = 0; words <= 248; ++words) {
        const bool possible = words == 0 || words == 1 || words == 3 || words == 5 || words == 7;
        if (!possible && !refused(to_opener(word_list(words, 0x800c))))
            FAIL_CHECK(words << " words");
    }
}

TEST_CASE("reset: what is written is read as it was meant", "[wire][R-3.15][R-3.16][R-3.17]") {
    const auto cookie = hex("0102 0304 0506 0708");
    const reset_form forms[] = {
        {.form = kind::connection, .reason = reset_reason::aborted, .tag = 9},
        {.form = kind::bare, .reason = reset_reason::refused},
        {.form = kind::bare_tagged, .reason = reset_reason::wrong_node, .tag = 0xffff'fffe},
        {.form = kind::cookie, .reason = reset_reason::retry_with_cookie, .cookie = cookie},
        {.form = kind::cookie_tagged,
         .reason = reset_reason::retry_with_cookie,
         .tag = 5,
         .cookie = cookie},
    };
    for (const reset_form& form : forms) {
        const bool for_opener = form.form >= kind::cookie;
        const features agreed = for_opener ? features{} : features::tag;
        segment s;
        s.base = {.control = flags_rst_ack, .source_port = 1, .destination_port = 2};
        s.reset = form;
        testing::segment_octets frame;
        const auto size = encode(s, agreed, frame.room());
        REQUIRE(size.has_value());
        frame.resize(*size);
        const auto read =
            for_opener ? parse_reset_opening(*parse(frame)) : parse_reset(*parse(frame), agreed);
        REQUIRE(read.has_value());
        CHECK(testing::equal(*read, form));
    }
}

TEST_CASE("reset: the cookie forms are right where nothing is agreed, and nowhere else",
          "[wire][R-3.19]") {
    const auto& frame = rst({12, 1, 2, 3, 4});
    CHECK(decode(frame)->reset->form == kind::cookie);
    CHECK(decode(frame, features::tag).error() == wire_errc::bad_extension);
}

TEST_CASE("reset_reason: the reasons have the numbers of the specification", "[wire][R-3.19]") {
    constexpr std::string_view names[] = {
        "unspecified",       "refused",        "no_such_connection",
        "protocol_error",    "too_long",       "no_resources",
        "aborted",           "timed_out",      "wrong_node",
        "feature_mismatch",  "peer_restarted", "shutting_down",
        "retry_with_cookie",
    };
    unsigned number = 0;
    for (const std::string_view expected : names)
        CHECK(name(static_cast<reset_reason>(number++)) == expected);
    CHECK(name(static_cast<reset_reason>(number)) == std::string_view{"unknown"});
}

/// What a form writes behind the base header.
struct written_words {
    word_list all;
    void word(std::uint16_t value) { all.push_back(value); }
    void word32(std::uint32_t value) {
        word(static_cast<std::uint16_t>(value >> 16));
        word(static_cast<std::uint16_t>(value));
    }
    void words(octets_view) {}
};

TEST_CASE("reset: that of a connection has the words that were agreed, 0 where nothing is known",
          "[wire][R-3.19]") {
    written_words out;
    write_reset(out, {.form = kind::connection, .reason = reset_reason::aborted},
                features{features::tag});
    CHECK(out.all == word_list{0, 0, 6});
    written_words known;
    write_reset(known,
                {.form = kind::connection, .reason = reset_reason::aborted, .tag = 0x1234'5678},
                features{features::tag});
    CHECK(known.all == word_list{0x1234, 0x5678, 6});
}

}  // namespace
}  // namespace rrdp::wire
