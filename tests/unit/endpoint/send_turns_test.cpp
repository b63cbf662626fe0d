// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <vector>

#include <rrdp/endpoint/send_turns.hpp>

#include "support/catch.hpp"
#include "support/dice.hpp"

namespace rrdp {
namespace {

constexpr std::size_t frame_max = 1'514;
constexpr std::size_t share = frame_max + send_turns::frame_cost;

/// Connections with weights that always want to send, and what each has sent.
struct senders {
    std::vector<send_turn> places;
    send_turns all;
    std::vector<std::size_t> weight;
    std::vector<std::size_t> frames;
    std::vector<std::size_t> sent;

    explicit senders(std::vector<std::size_t> weights)
        : places(weights.size()),
          all{places},
          weight{std::move(weights)},
          frames(weight.size()),
          sent(weight.size()) {}

    /// Sends one frame; whose it was.
    std::uint32_t send(std::size_t size, traffic wanted = traffic::all) {
        const std::uint32_t place = all.next(wanted);
        if (place == send_turns::nobody) return place;
        all.spend(place, size, weight[place] * share);
        ++frames[place];
        sent[place] += size + send_turns::frame_cost;
        return place;
    }
};

TEST_CASE("send_turns: of nobody it is nobody's turn", "[endpoint]") {
    senders s{{1, 1}};
    CHECK(s.all.empty());
    CHECK(s.all.next(traffic::all) == send_turns::nobody);
    CHECK(s.all.next(traffic::urgent) == send_turns::nobody);
}

TEST_CASE("send_turns: equals send long frames in turn, one each", "[endpoint]") {
    senders s{{1, 1, 1}};
    for (std::uint32_t n = 0; n < 3; ++n) s.all.add(n, false);
    for (std::uint32_t n = 0; n < 30; ++n) CHECK(s.send(frame_max) == n % 3);
}

TEST_CASE("send_turns: octets are shared by weight, whatever the frames", "[endpoint]") {
    // Long frames of one, middling of another, the shortest of the third.
    const auto weights = GENERATE(values<std::vector<std::size_t>>(
        {{1, 1, 1}, {1, 2, 4}, {4, 2, 1}, {1, 1, 20}, {255, 1, 2}}));
    const std::array<std::size_t, 3> sizes{frame_max, 700, 60};
    senders s{weights};
    for (std::uint32_t n = 0; n < 3; ++n) s.all.add(n, false);
    for (int i = 0; i < 400'000; ++i) s.send(sizes[s.all.next(traffic::all)]);
    for (std::size_t n = 1; n < 3; ++n) {
        const double is = static_cast<double>(s.sent[n]) / static_cast<double>(s.sent[0]);
        const double due = static_cast<double>(weights[n]) / static_cast<double>(weights[0]);
        CHECK(is == Approx(due).epsilon(0.02));
    }
}

TEST_CASE("send_turns: frames of any length leave nobody more than a frame ahead", "[endpoint]") {
    testing::dice dice{7};
    senders s{{1, 1, 1, 1}};
    for (std::uint32_t n = 0; n < 4; ++n) s.all.add(n, false);
    for (int i = 0; i < 100'000; ++i) {
        s.send(60 + dice.below(frame_max - 59));
        const auto [least, most] = std::minmax_element(s.sent.begin(), s.sent.end());
        REQUIRE(*most - *least <= 2 * share);
    }
}

TEST_CASE("send_turns: who comes and goes does not gain by it", "[endpoint]") {
    senders s{{1, 1}};
    s.all.add(0, false);
    s.all.add(1, false);
    for (int i = 0; i < 10'000; ++i) {
        const std::uint32_t place = s.send(1'000);
        if (place != 1) continue;
        s.all.remove(1);  // as if its window were full
        s.all.add(1, false);
    }
    CHECK(s.sent[1] <= s.sent[0] + share);
}

TEST_CASE("send_turns: urgent frames leave before all others", "[endpoint]") {
    senders s{{1, 1, 1, 1}};
    s.all.add(0, false);
    s.all.add(1, false);
    s.send(frame_max);
    s.all.add(2, true);
    s.all.add(3, true);
    for (const std::uint32_t place : {2U, 3U, 2U, 3U}) CHECK(s.send(60) == place);
    s.all.remove(2);
    CHECK(s.send(60) == 3);
    s.all.remove(3);
    CHECK(s.send(60) == 1);
}

TEST_CASE("send_turns: of urgent frames at most 32 in a row leave while others wait",
          "[endpoint]") {
    senders s{{1, 1, 1}};
    s.all.add(0, false);
    s.all.add(1, true);
    s.all.add(2, true);
    const auto wanted = GENERATE(traffic::all, traffic::urgent);
    std::size_t in_a_row = 0;
    for (int i = 0; i < 1'000; ++i) {
        const bool urgent = s.send(60, wanted) != 0;
        in_a_row = urgent ? in_a_row + 1 : 0;
        REQUIRE(in_a_row <= send_turns::urgent_run);
    }
    CHECK(s.frames[0] == 1'000 / (send_turns::urgent_run + 1));
}

TEST_CASE("send_turns: urgent frames with nobody beside them owe nothing", "[endpoint]") {
    senders s{{1, 1}};
    s.all.add(1, true);
    for (int i = 0; i < 100; ++i) CHECK(s.send(60) == 1);
    s.all.add(0, false);
    CHECK(s.send(60) == 1);
}

TEST_CASE("send_turns: who asks for urgent frames gets no others", "[endpoint]") {
    senders s{{1, 1}};
    s.all.add(0, false);
    CHECK(s.all.empty(traffic::urgent));
    CHECK_FALSE(s.all.empty());
    CHECK(s.send(60, traffic::urgent) == send_turns::nobody);
    s.all.add(1, true);
    CHECK_FALSE(s.all.empty(traffic::urgent));
    CHECK(s.send(60, traffic::urgent) == 1);
}

TEST_CASE("send_turns: the place of one forgotten has no debt", "[endpoint]") {
    senders s{{1, 1}};
    s.all.add(0, false);
    for (int i = 0; i < 3; ++i) s.send(1'000);
    s.all.leave(0);
    CHECK_FALSE(s.all.contains(0));
    CHECK(s.places[0].credit == 0);
    s.all.leave(0);  // once more does no harm
    CHECK(s.all.empty());
}

}  // namespace
}  // namespace rrdp
