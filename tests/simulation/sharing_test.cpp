// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "simulation/cluster.hpp"
#include "support/catch.hpp"
#include "support/dice.hpp"

using namespace std::chrono_literals;
using rrdp::duration;
using rrdp::instant;
using rrdp::testing::dice;
using simulation::channel;
using simulation::cluster;

namespace {

constexpr std::size_t longest = 1'486;

/// Keeps the send queue of a channel full of messages of `size` octets.
void saturate(cluster& c, const channel& by, std::size_t size) {
    const std::array<std::byte, longest> message{};
    while (c[by.from].send(c.now(), by.out, rrdp::octets_view{message}.first(size))) {}
}

/// Takes all messages of a channel; their octets.
std::uint64_t take(cluster& c, const channel& from) {
    std::uint64_t octets = 0;
    while (const auto message = c[from.to].receive(from.in)) octets += message->size();
    return octets;
}

/// Bulk between nodes 0 and 1 and a connection with short messages at moments of chance beside it.
struct beside_bulk {
    bool urgent = true;
    std::size_t bulk = 1;    ///< connections from 0 to 1, where the short messages go
    bool bulk_back = false;  ///< from 1 to 0
    std::uint64_t messages = 2'000;
    rrdp::adapters::network_conditions weather{};
};

struct measured {
    duration median{};
    duration p99{};
    duration longest{};
    double bulk = 0;  ///< octets of messages per octet that the cable could carry
};

/// How long short messages take, from send() to receive().
measured measure(const beside_bulk& plan) {
    cluster c{11, plan.weather};
    rrdp::options o;
    o.offered = rrdp::wire::features::fin;  // no words beside the data, whose share is measured
    std::vector<channel> there;
    for (std::size_t i = 0; i < plan.bulk; ++i)
        there.push_back(c.open(0, 1, static_cast<std::uint16_t>(i + 20), o));
    const channel back = c.open(1, 0, 8, o);
    o.urgent = plan.urgent;
    const channel quick = c.open(0, 1, 9, o);
    REQUIRE(c.ok);

    dice chance{5};
    std::vector<duration> took;
    std::vector<instant> sent;
    std::uint64_t octets = 0;
    const instant begin = c.now();
    instant next = begin + 1ms;
    const auto act = [&](std::size_t n) -> std::optional<instant> {
        while (c[n].poll_event()) {}
        for (const channel& bulk : there)
            if (n == 0) saturate(c, bulk, longest);
        if (n == 1 && plan.bulk_back) saturate(c, back, longest);
        if (n == 0) take(c, back);
        if (n == 1) {
            for (const channel& bulk : there) octets += take(c, bulk);
            while (const auto message = c[1].receive(quick.in))
                took.push_back(c.now() - sent[took.size()]);
            return std::nullopt;
        }
        if (c.now() < next || sent.size() == plan.messages) return next;
        const std::array<std::byte, 16> message{};
        REQUIRE(c[0].send(c.now(), quick.out, message));
        sent.push_back(c.now());
        next = c.now() + duration{chance.below(200'000)};
        return next;
    };
    REQUIRE(c.run(
        act, [&] { return took.size() == plan.messages; }, 10s));
    std::sort(took.begin(), took.end());
    const double cable = std::chrono::duration<double>(c.now() - begin).count() *
                         static_cast<double>(c.net.conditions.rate);
    return {took[took.size() / 2], took[took.size() * 99 / 100], took.back(),
            static_cast<double>(octets) / cable};
}

}  // namespace

TEST_CASE("sharing: urgent messages beside bulk take two frame times longer at most",
          "[simulation][urgent]") {
    const measured alone = measure({.bulk = 0});
    const bool both_ways = GENERATE(false, true);
    const std::size_t connections = GENERATE(1U, 8U);
    const measured beside = measure({.bulk = connections, .bulk_back = both_ways});
    const duration frame = simulation::cluster{1, {}}.net.time_on_wire(1'514);
    CAPTURE(both_ways, connections, alone.p99.count(), beside.median.count(), beside.p99.count(),
            beside.longest.count(), frame.count(), beside.bulk);
    CHECK(beside.p99 <= alone.p99 + 2 * frame);
    CHECK(beside.longest <= alone.longest + 2 * frame);
    CHECK(beside.bulk > 0.90);  // the bulk must have been there, and may not suffer
}

TEST_CASE("sharing: without the mark the same messages wait for the turns of the others",
          "[simulation][urgent]") {
    const measured alone = measure({.bulk = 0});
    const measured beside = measure({.urgent = false, .bulk = 8});
    const duration frame = simulation::cluster{1, {}}.net.time_on_wire(1'514);
    CAPTURE(alone.p99.count(), beside.p99.count(), frame.count());
    CHECK(beside.p99 > alone.p99 + 5 * frame);  // else the mark would prove nothing
    CHECK(beside.p99 <= alone.p99 + 12 * frame);
}

namespace {

/// Three connections with these weights and sizes of messages, all to node 1 or each to its own:
/// what each delivered, in octets on the cable.
std::array<double, 3> shares(const std::array<std::uint8_t, 3>& weights,
                             const std::array<std::size_t, 3>& sizes, bool one_peer) {
    cluster c{3, {}, {.stations = 4}};
    std::array<channel, 3> all{};
    for (std::size_t i = 0; i < 3; ++i) {
        rrdp::options o;
        o.offered = rrdp::wire::features::fin;
        o.weight = weights[i];
        all[i] = c.open(0, one_peer ? 1 : i + 1, static_cast<std::uint16_t>(i + 7), o);
    }
    REQUIRE(c.ok);
    std::array<double, 3> got{};
    const auto act = [&](std::size_t n) -> std::optional<instant> {
        while (c[n].poll_event()) {}
        for (std::size_t i = 0; i < 3; ++i) {
            if (n == 0) saturate(c, all[i], sizes[i]);
            if (n != all[i].to) continue;
            const double per_message = static_cast<double>(sizes[i] + 14 + 14 + 24);
            got[i] +=
                static_cast<double>(take(c, all[i])) / static_cast<double>(sizes[i]) * per_message;
        }
        return std::nullopt;
    };
    CHECK_FALSE(c.run(
        act, [] { return false; }, 200ms));
    const double total = got[0] + got[1] + got[2];
    CHECK(total > 0.95 * 0.2 * static_cast<double>(c.net.conditions.rate));
    for (double& octets : got) octets /= total;
    return got;
}

}  // namespace

TEST_CASE("sharing: connections share a link by weight, to one peer or to several",
          "[simulation][weight]") {
    const bool one_peer = GENERATE(true, false);
    const auto weights =
        GENERATE(values<std::array<std::uint8_t, 3>>({{1, 1, 1}, {1, 2, 4}, {4, 1, 2}}));
    const auto sizes = GENERATE(values<std::array<std::size_t, 3>>(
        {{longest, longest, longest}, {longest, 500, 1'000}, {200, longest, 300}}));
    const auto got = shares(weights, sizes, one_peer);
    const double sum = weights[0] + weights[1] + weights[2];
    for (std::size_t i = 0; i < 3; ++i) {
        CAPTURE(one_peer, i, weights[i], sizes[i], got[i]);
        CHECK(got[i] == Approx(weights[i] / sum).epsilon(0.05));
    }
}
