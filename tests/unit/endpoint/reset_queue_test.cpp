// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <deque>

#include <rrdp/endpoint/reset_queue.hpp>
#include <rrdp/testing/segments.hpp>

#include "support/catch.hpp"
#include "support/dice.hpp"

namespace rrdp {
namespace {

using testing::segments;
using wire::features;
using wire::reset_form;
using wire::reset_reason;

constexpr std::uint32_t own_tag = 0x1234'abcd;

/// A peer with whom nothing is agreed, or TAG and what else `agreed` says.
segments peer_with(features agreed) {
    segments peer;
    peer.agreed = agreed;
    if (agreed.has(features::tag)) peer.words.tag = own_tag;
    return peer;
}

wire::segment_view parsed(const testing::segment_octets& octets) {
    const auto s = wire::parse(octets);
    REQUIRE(s.has_value());
    return *s;
}

/// The octets of the answer to `octets`, as a frame holds them.
struct answer {
    std::array<std::byte, 64> room{};
    wire::segment_view segment{};

    answer(const testing::segment_octets& octets, reset_reason why) {
        const bare_reset r = answer_to(parsed(octets), 3, why);
        CHECK(r.node == 3);
        const std::size_t size = write(r, room);
        const auto s = wire::parse(octets_view{room}.first(size));
        REQUIRE(s.has_value());
        CHECK(wire::checksum_valid(*s, wire::coverage::header_and_data));
        CHECK(s->octets.size() == size);
        segment = *s;
    }
};

TEST_CASE("reset_queue: an answer has SEQ = SEG.ACK + 1 and ACK = SEG.SEQ, ports exchanged",
          "[endpoint][R-7.5][R-2.14]") {
    constexpr segments peer{.source_port = 5001, .destination_port = 1024};
    for (const auto& octets : {peer.ack(0x1001, 0xffff), peer.data(0x1001, 0xffff, "hello"),
                               peer.nul(0x1001, 0xffff), peer.syn_ack(0x1001, 0xffff)}) {
        const answer a{octets, reset_reason::no_such_connection};
        CHECK(a.segment.base.control == wire::flags_rst_ack);
        CHECK(a.segment.base.source_port == 1024);
        CHECK(a.segment.base.destination_port == 5001);
        CHECK(a.segment.base.sequence == wire::seq16{0});
        CHECK(a.segment.base.acknowledgement == wire::seq16{0x1001});
    }
}

TEST_CASE("reset_queue: the answer to a segment without ACK has SEQ 0", "[endpoint][R-7.5]") {
    const answer a{segments{}.syn(0xfffe), reset_reason::refused};
    CHECK(a.segment.base.control == wire::flags_rst_ack);
    CHECK(a.segment.base.sequence == wire::seq16{0});
    CHECK(a.segment.base.acknowledgement == wire::seq16{0xfffe});
}

TEST_CASE("reset_queue: without a tag to reflect the answer is bare, with its reason",
          "[endpoint][R-3.16][R-3.15]") {
    constexpr segments peer;
    for (const auto& octets : {peer.ack(1, 2), peer.data(1, 2, "x"), peer.nul(1, 2), peer.fin(1, 2),
                               peer.syn(1), peer.syn_ack(1, 2), peer.eack(1, 2, {4})}) {
        const answer a{octets, reset_reason::wrong_node};
        CHECK(a.segment.base.header_length == 8);
        const auto form = wire::parse_reset_opening(a.segment);
        REQUIRE(form.has_value());
        CHECK(form->form == reset_form::kind::bare);
        CHECK(form->reason == reset_reason::wrong_node);
        CHECK_FALSE(form->tag.has_value());
    }
}

TEST_CASE("reset_queue: the TAG of a SYN is reflected", "[endpoint][R-3.16]") {
    auto offer = segments::plain();
    offer.extended = true;
    offer.offered = features::tag;
    offer.tag = own_tag;
    auto reply = offer;
    reply.peer_tag = 0x5555'6666;
    for (const auto& octets : {segments{}.syn(7, offer), segments{}.syn_ack(7, 8, reply)}) {
        const answer a{octets, reset_reason::refused};
        const auto form = wire::parse_reset_opening(a.segment);
        REQUIRE(form.has_value());
        CHECK(form->form == reset_form::kind::bare_tagged);
        CHECK(form->tag == own_tag);
        CHECK(form->reason == reset_reason::refused);
    }
}

TEST_CASE("reset_queue: with TAG agreed every segment's tag comes back, whatever else is agreed",
          "[endpoint][R-3.16][R-3.20][T-G5]") {
    for (unsigned others = 0; others < 0x80; ++others) {
        const features agreed = features::tag | features{static_cast<std::uint16_t>(others << 9)};
        const segments peer = peer_with(agreed);
        INFO("features " << agreed.bits());
        for (const auto& octets : {peer.ack(5, 6), peer.data(5, 6, "data"), peer.nul(5, 6),
                                   peer.fin(5, 6), peer.eack(5, 6, {8, 9})}) {
            const answer a{octets, reset_reason::no_such_connection};
            CHECK(a.segment.base.header_length == 10);
            const auto form = wire::parse_reset(a.segment, agreed);
            REQUIRE(form.has_value());
            CHECK(form->form == reset_form::kind::bare_tagged);
            CHECK(form->tag == own_tag);
            CHECK(form->reason == reset_reason::no_such_connection);
        }
    }
}

TEST_CASE("reset_queue: words 7 and 8 are copied unexamined, whatever they are",
          "[endpoint][R-3.16]") {
    constexpr segments peer;
    const answer two{peer.eack(1, 2, {0xcafe, 0xf00d}), reset_reason::no_such_connection};
    const auto form = wire::parse_reset_opening(two.segment);
    REQUIRE(form.has_value());
    CHECK(form->tag == 0xcafe'f00d);
    const answer many{peer.eack(1, 2, {4, 5, 6, 7, 8}), reset_reason::no_such_connection};
    CHECK(wire::parse_reset_opening(many.segment)->tag == 0x0004'0005);
}

TEST_CASE("reset_queue: an answer is no longer than the shortest Ethernet payload",
          "[endpoint][R-20.2]") {
    constexpr segments peer;
    CHECK(answer{peer.eack(1, 2, {4, 5, 6}), {}}.segment.octets.size() <= 46);
    CHECK(answer{peer.syn(1), {}}.segment.octets.size() <= peer.syn(1).size());
}

bare_reset numbered(std::uint16_t n) {
    bare_reset r;
    r.source_port = n;
    return r;
}

TEST_CASE("reset_queue: first in, first out, and no more than it has places for",
          "[endpoint][R-7.6]") {
    testing::dice random{2};
    reset_queue queue;
    std::deque<std::uint16_t> model;
    std::size_t fullest = 0;
    for (std::uint16_t n = 0; n < 4'000; ++n) {
        if (random.chance(n % 400 < 200 ? 85 : 15)) {
            const bool room = model.size() < reset_queue::places;
            REQUIRE(queue.push(numbered(n)) == room);
            if (room) model.push_back(n);
            fullest = std::max(fullest, model.size());
        } else if (!model.empty()) {
            REQUIRE(queue.pop().source_port == model.front());
            model.pop_front();
        }
        REQUIRE(queue.empty() == model.empty());
    }
    CHECK(fullest == reset_queue::places);
}

}  // namespace
}  // namespace rrdp
