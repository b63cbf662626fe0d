// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <rrdp/testing/segments.hpp>

#include "support/catch.hpp"

namespace rrdp::testing {
namespace {

using wire::decode;
using wire::features;
using wire::seq16;

constexpr features lan =
    features::fin | features::credit | features::empty | features::frag | features::tag;
constexpr segments opener{.agreed = lan, .words = {.tag = 7}};

TEST_CASE("segments: every builder makes a valid segment of its kind", "[testing]") {
    CHECK(decode(opener.syn(1), lan)->syn->max_segment_size == 1500);
    CHECK(decode(opener.syn_ack(1, 2), lan)->base.acknowledgement == seq16{2});
    CHECK(decode(opener.ack(1, 2), lan)->base.control == wire::flags_ack);
    CHECK(decode(opener.fin(1, 2), lan)->words.nul_code == 1);
    CHECK(decode(opener.rst(1, 2), lan)->reset->form == wire::reset_form::kind::bare);
    const auto data = opener.data(1, 2, "abc", 3);
    CHECK(decode(data, lan)->payload.size() == 3);
    CHECK(decode(data, lan)->words.fragments_left == 3);
    CHECK(decode(data, lan)->words.tag == 7);
    const auto eack = opener.eack(1, 5, {7, 9});
    CHECK(decode(eack, lan)->words.eacks.size() == 2);
    CHECK(decode(eack, lan)->words.credit == 5);
}

TEST_CASE("segments: the connection form of an RST carries the tag of the connection",
          "[testing]") {
    const auto rst = opener.rst(
        1, 2, {.form = wire::reset_form::kind::connection, .reason = wire::reset_reason::aborted});
    CHECK(decode(rst, lan)->reset->tag == 7U);
}

TEST_CASE("segments: the other direction has the ports exchanged", "[testing]") {
    const auto segment = opener.reversed().ack(1, 2);
    CHECK(decode(segment, lan)->base.source_port == opener.destination_port);
    CHECK(decode(segment, lan)->base.destination_port == opener.source_port);
}

TEST_CASE("segments: segments that say other things are not equal", "[testing]") {
    const auto one = opener.data(1, 2, "abc");
    CHECK(equal(*decode(one, lan), *decode(one, lan)));
    for (const auto& other :
         {opener.data(2, 2, "abc"), opener.data(1, 3, "abc"), opener.data(1, 2, "abd"),
          opener.data(1, 2, "ab"), opener.data(1, 2, "abc", 1), opener.ack(1, 2),
          opener.eack(1, 2, {4}), opener.reversed().data(1, 2, "abc")})
        CHECK_FALSE(equal(*decode(one, lan), *decode(other, lan)));
    CHECK_FALSE(equal(*decode(opener.syn(1)), *decode(opener.syn(1, {.max_outstanding = 1}))));
    CHECK_FALSE(equal(*decode(opener.rst(1, 2)),
                      *decode(opener.rst(1, 2, {.reason = wire::reset_reason::refused}))));
}

/// Whether each of `changes` alone makes the same thing another one. They are pointers, because a
/// compiler evaluates what it knows, and then nobody has run it.
template <class Thing>
bool each_is_seen(std::initializer_list<void (*)(Thing&)> changes) {
    bool all = true;
    for (const auto change : changes) {
        Thing changed{};
        change(changed);
        all = all && equal(changed, changed) && !equal(changed, Thing{});
        all = all && !equal(Thing{}, changed);
    }
    return all;
}

TEST_CASE("segments: whatever two SYNs, RSTs or blocks say otherwise makes them unequal",
          "[testing]") {
    static constexpr std::array word{std::byte{1}, std::byte{2}};
    using syn = wire::syn_parameters;
    CHECK(each_is_seen<syn>(
        {[](syn& s) { s.max_outstanding = 2; }, [](syn& s) { s.max_segment_size = 65; },
         [](syn& s) { s.sequenced = false; }, [](syn& s) { s.extended = true; },
         [](syn& s) { s.offered = features::fin; }, [](syn& s) { s.node.emplace(); },
         [](syn& s) { s.boot = 1; }, [](syn& s) { s.timing.emplace(); },
         [](syn& s) { s.sequence_high = 1; }, [](syn& s) { s.has_cookie = true; },
         [](syn& s) { s.cookie = word; }, [](syn& s) { s.peer_tag = 1; },
         [](syn& s) { s.application = word; }, [](syn& s) { s.max_message = 1; },
         [](syn& s) { s.tag = 1; }}));
    using reset = wire::reset_form;
    CHECK(each_is_seen<reset>({[](reset& r) { r.form = reset::kind::connection; },
                               [](reset& r) { r.reason = wire::reset_reason::refused; },
                               [](reset& r) { r.tag = 1; }, [](reset& r) { r.sequence_high = 1; },
                               [](reset& r) { r.acknowledgement_high = 1; },
                               [](reset& r) { r.crc = 1; }, [](reset& r) { r.cookie = word; }}));
    using block = wire::extensions;
    CHECK(each_is_seen<block>(
        {[](block& e) { e.tag = 1; }, [](block& e) { e.sequence_high = 1; },
         [](block& e) { e.acknowledgement_high = 1; }, [](block& e) { e.crc = 1; },
         [](block& e) { e.fragments_left = 1; }, [](block& e) { e.bundled = 1; },
         [](block& e) { e.credit = std::uint16_t{1}; }, [](block& e) { e.nul_code = 1; },
         [](block& e) { e.eacks = wire::eack_view{word}; }}));
    CHECK_FALSE(equal(*decode(opener.eack(1, 2, {4}), lan), *decode(opener.eack(1, 2, {5}), lan)));
    const auto whole = *decode(opener.syn(1));
    auto bare = whole;
    bare.syn.reset();
    CHECK_FALSE(equal(whole, bare));
    CHECK_FALSE(equal(bare, whole));
    CHECK(equal(bare, bare));
    auto other_port = opener;
    ++other_port.destination_port;
    CHECK_FALSE(equal(*decode(opener.ack(1, 2), lan), *decode(other_port.ack(1, 2), lan)));
}

TEST_CASE("segments: a repaired checksum is right, and lengths that do not fit are left alone",
          "[testing]") {
    auto frame = segments{}.data(1, 2, "abc");
    frame[15] ^= std::byte{1};
    CHECK_FALSE(decode(frame).has_value());
    repair_checksum(frame.room().first(frame.size()));
    CHECK(decode(frame).has_value());
    auto cut = frame;
    cut.resize(16);
    repair_checksum(cut.room().first(16));
    CHECK(equal(cut, frame.view().first(16)));
    repair_checksum(cut.room().first(3));
    CHECK(equal(cut, frame.view().first(16)));
}

}  // namespace
}  // namespace rrdp::testing
