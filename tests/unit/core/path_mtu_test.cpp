// SPDX-License-Identifier: Apache-2.0
#include <rrdp/core/path_mtu.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

using namespace std::chrono_literals;

constexpr instant start{1s};
constexpr std::size_t plenty = 65'535;

path_mtu opened(std::uint16_t own, std::uint16_t peer = 0, bool verify = true) {
    path_mtu p;
    p.open(own, peer, 1'500, verify);
    return p;
}

TEST_CASE("path_mtu: the limit is the link's up to the base, and the base until more is proved",
          "[core][R-12.2]") {
    CHECK(opened(1'000).limit() == 1'000);
    CHECK(opened(1'500).limit() == 1'500);
    CHECK(opened(1'501).limit() == 1'500);
    CHECK(opened(9'000).limit() == 1'500);
    CHECK(opened(9'000, 0, false).limit() == 9'000);
}

TEST_CASE("path_mtu: two copies of a SYN are padded, to the smaller MTU", "[core][R-12.3]") {
    CHECK(opened(9'000).padding(0) == 9'000);
    CHECK(opened(9'000).padding(1) == 9'000);
    CHECK(opened(9'000).padding(2) == 0);
    CHECK(opened(9'000, 4'000).padding(0) == 4'000);
    CHECK(opened(4'000, 9'000).padding(0) == 4'000);
    CHECK(opened(9'000, 1'500).padding(0) == 0);
    CHECK(opened(1'500, 9'000).padding(0) == 0);
    CHECK(opened(9'000, 0, false).padding(0) == 0);
    path_mtu answering = opened(9'000);
    answering.answer_to(3'000);
    answering.answer_to(4'000);
    CHECK(answering.padding(0) == 3'000);
}

TEST_CASE("path_mtu: an answer proves the size only while every copy was padded",
          "[core][R-12.3]") {
    for (unsigned copies = 1; copies <= 5; ++copies) {
        path_mtu p = opened(9'000);
        p.answered(copies);
        CHECK(p.limit() == (copies <= 2 ? 9'000 : 1'500));
    }
    path_mtu short_answer = opened(9'000);
    short_answer.answer_to(46);
    short_answer.answered(1);
    CHECK(short_answer.limit() == 1'500);
}

TEST_CASE("path_mtu: the peer's own limit holds whatever the path carries", "[core][R-3.28]") {
    path_mtu p = opened(9'000, 0, false);
    p.peer_takes(2'000);
    CHECK(p.segment_max() == 2'000);
    p.peer_takes(9'500);
    CHECK(p.segment_max() == 9'000);
}

TEST_CASE("path_mtu: a probe that arrives raises the limit to its size, once", "[core][R-12.4]") {
    path_mtu p = opened(9'000);
    CHECK_FALSE(p.due());
    p.search(plenty, start);
    REQUIRE(p.due());
    p.sent(sequence{7}, plenty);
    CHECK_FALSE(p.due());
    CHECK(p.size_of(sequence{7}) == 9'000);
    CHECK(p.size_of(sequence{8}) == 0);
    p.search(plenty, start);
    CHECK_FALSE(p.due());  // one at a time
    CHECK_FALSE(p.acknowledged(sequence{7}));
    CHECK(p.acknowledged(sequence{8}));
    CHECK(p.limit() == 9'000);
    CHECK_FALSE(p.acknowledged(sequence{9}));
    p.search(plenty, start + 10'000s);
    CHECK_FALSE(p.due());  // there is nothing more to gain
}

TEST_CASE("path_mtu: after three lost probes the search rests for 600 s", "[core][R-12.4]") {
    path_mtu p = opened(9'000);
    for (int round = 0; round < 2; ++round) {
        const instant now = start + round * 600s;
        for (int n = 0; n < 3; ++n) {
            p.search(plenty, now);
            REQUIRE(p.due());
            p.sent(sequence{7}, plenty);
            p.lost(now);
            CHECK(p.size_of(sequence{7}) == 0);
            CHECK_FALSE(p.acknowledged(sequence{8}));  // of the copy that was not padded
        }
        p.search(plenty, now + 599s);
        CHECK_FALSE(p.due());
    }
    CHECK(p.limit() == 1'500);
}

TEST_CASE("path_mtu: after a probe that arrived three may be lost again", "[core][R-12.4]") {
    path_mtu p = opened(9'000);
    p.search(4'000, start);
    REQUIRE(p.due());
    p.sent(sequence{1}, 4'000);
    REQUIRE(p.acknowledged(sequence{2}));
    for (int n = 0; n < 3; ++n) {
        p.search(plenty, start);
        CHECK(p.due());
        p.sent(sequence{7}, plenty);
        p.lost(start);
    }
    p.search(plenty, start);
    CHECK_FALSE(p.due());
}

TEST_CASE("path_mtu: nothing is probed that peer or pool do not take", "[core][R-12.4]") {
    path_mtu p = opened(9'000);
    p.search(1'500, start);
    CHECK_FALSE(p.due());
    p.peer_takes(1'500);
    p.search(plenty, start);
    CHECK_FALSE(p.due());
    p.peer_takes(4'000);
    p.search(3'000, start);
    CHECK(p.due());
    p.sent(sequence{1}, 3'000);
    CHECK(p.size_of(sequence{1}) == 3'000);
}

/// A large segment times out again and again while small ones pass: after how many times that is a
/// black hole; 0 if never.
unsigned time_outs_to_black_hole(path_mtu& p, rrdp::instant sent) {
    for (unsigned n = 1; n <= 20; ++n) {
        if (p.timed_out(true, sent)) return n;
        p.small_passed();
    }
    return 0;
}

TEST_CASE("path_mtu: time-outs of large segments are a black hole only if small ones pass",
          "[core][R-12.5]") {
    path_mtu p = opened(9'000);
    for (int n = 0; n < 10; ++n)  // nothing passes: the peer may be dead
        CHECK_FALSE(p.timed_out(true, start));
    p.small_passed();
    CHECK(time_outs_to_black_hole(p, start) == path_mtu::timeouts_max - 1);

    path_mtu q = opened(9'000);
    q.small_passed();  // before the first time-out it says nothing
    CHECK(time_outs_to_black_hole(q, start) == path_mtu::timeouts_max);
}

TEST_CASE("path_mtu: small segments have to pass between every two of those time-outs",
          "[core][R-12.5]") {
    path_mtu p = opened(9'000);
    CHECK_FALSE(p.timed_out(true, start));
    p.small_passed();
    for (int n = 0; n < 10; ++n) CHECK_FALSE(p.timed_out(true, start));  // they pass no more
    p.small_passed();
    CHECK(time_outs_to_black_hole(p, start) == path_mtu::timeouts_max - 2);
}

TEST_CASE("path_mtu: time-outs of large segments count in a row only", "[core][R-12.5]") {
    const bool large_arrives = GENERATE(true, false);
    path_mtu p = opened(9'000);
    for (unsigned n = 1; n < path_mtu::timeouts_max; ++n) {
        CHECK_FALSE(p.timed_out(true, start));
        p.small_passed();
    }
    if (large_arrives)
        p.large_passed(start - 1ms);
    else
        CHECK_FALSE(p.timed_out(false, start));
    CHECK(time_outs_to_black_hole(p, start) == path_mtu::timeouts_max);
}

TEST_CASE("path_mtu: a segment was lost for another reason if a later large one has arrived",
          "[core][R-12.5]") {
    path_mtu p = opened(9'000);
    p.large_passed(start + 1ms);
    CHECK(time_outs_to_black_hole(p, start) == 0);
    // But of what left afterwards it says nothing.
    CHECK(time_outs_to_black_hole(p, start + 2ms) == path_mtu::timeouts_max);
}

TEST_CASE("path_mtu: at its largest size it is settled, unless a time-out is to be explained",
          "[core][R-12.5]") {
    CHECK_FALSE(opened(9'000).settled());
    path_mtu p = opened(1'500);
    CHECK(p.settled());
    CHECK_FALSE(p.timed_out(true, start));
    CHECK_FALSE(p.settled());
    p.large_passed(start);
    CHECK(p.settled());
}

}  // namespace
}  // namespace rrdp
