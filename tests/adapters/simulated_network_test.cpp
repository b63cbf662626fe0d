// SPDX-License-Identifier: Apache-2.0
#include <rrdp/adapters/simulated_network.hpp>

#include "adapters/conforms.hpp"

namespace rrdp {

using namespace std::chrono_literals;
using adapters::network_conditions;
using adapters::network_options;
using adapters::simulated_network;

namespace {

using station = simulated_network::station;

/// 1 Gb/s: eight nanoseconds an octet. A frame of 976 octets takes 8 us on a cable.
constexpr std::size_t frame_size = 976;
constexpr duration frame_time = 8us;

/// Two stations, as the kit for links wants them.
struct two_stations {
    simulated_network net;
    station& a{net.at(0)};
    station& b{net.at(1)};
};

/// Commits a frame to station `to` that is marked with `number`.
void send(station& from, const wire::mac_address& to, std::uint16_t number,
          std::size_t size = frame_size) {
    auto lease = from.lease(size);
    REQUIRE(lease);
    clear_octets(lease->bytes());
    wire::store_mac(lease->bytes(), 0, to);
    store_be16(lease->bytes(), 20, number);
    lease->commit(size);
}
void send(simulated_network& net, std::size_t from, std::size_t to, std::uint16_t number) {
    send(net.at(from), simulated_network::address(to), number);
}

std::vector<int> arrived(station& at) {
    std::vector<int> numbers;
    while (const auto frame = at.receive()) numbers.push_back(load_be16(frame->bytes(), 20));
    return numbers;
}

std::vector<int> drained(simulated_network& net, std::size_t at) {
    while (net.advance()) {}
    return arrived(net.at(at));
}

/// What was sent is accounted for, once nothing is under way.
bool balanced(const simulated_network& net) {
    const auto& s = net.statistics();
    return s.sent + s.duplicated + s.copied == s.delivered + s.lost + s.queue_full + s.nobody;
}

bool is_about(std::uint64_t counted, std::uint64_t expected) {
    return counted > expected * 4 / 5 && counted < expected * 6 / 5;
}

}  // namespace

TEST_CASE("simulated_network: two stations without faults have a link",
          "[adapters][simulated_network]") {
    const auto make = [] { return two_stations{simulated_network{7}}; };
    const auto advance = [](two_stations& pair) { pair.net.advance(); };
    require_conformance(testing::link_conformance(make, {}, advance), 1);
}

TEST_CASE("simulated_network: a frame takes the time of two cables, whole at the switch",
          "[adapters][simulated_network]") {
    simulated_network net{1, {.delay = 3us}};
    CHECK(net.time_on_wire(frame_size) == frame_time);
    CHECK(net.time_on_wire(20) == 84 * 8ns);  // padded to 60
    send(net, 0, 1, 5);
    const instant due{2 * (frame_time + 3us)};
    net.advance_to(due - 1ns);
    CHECK(arrived(net.at(1)).empty());
    net.advance_to(due);
    CHECK(net.at(1).has_frame());
    CHECK(arrived(net.at(1)) == std::vector{5});
    CHECK_FALSE(net.advance());
}

TEST_CASE("simulated_network: a station tells how many frames have not left it",
          "[adapters][simulated_network]") {
    simulated_network net{1, {}, {.transmit_queue = 3}};
    static_assert(queueing_link<station>);
    for (std::uint16_t n = 0; n < 3; ++n) send(net, 0, 1, n);
    CHECK(net.at(0).queued() == 3);
    CHECK_FALSE(net.at(0).lease(60));
    net.advance_to(instant{frame_time - 1ns});
    CHECK(net.at(0).queued() == 3);
    net.advance_to(instant{frame_time});
    CHECK(net.at(0).queued() == 2);
    CHECK(net.at(0).lease(60));
    CHECK(drained(net, 1) == std::vector{0, 1, 2});
    CHECK(net.at(0).queued() == 0);
}

TEST_CASE("simulated_network: the port of a busy receiver holds so many octets and drops the rest",
          "[adapters][simulated_network]") {
    // Four senders, ten frames each, one receiver: four times what its cable takes.
    simulated_network net{1, {.port_queue = 5'000}, {.stations = 5}};
    for (std::size_t from = 1; from < 5; ++from)
        for (std::uint16_t n = 0; n < 10; ++n) send(net, from, 0, n);
    const auto got = drained(net, 0);
    CHECK(net.statistics().queue_full == 40 - got.size());
    // Ten frame times of arrivals, one frame each passes; five are in the queue at the end.
    CHECK(got.size() == 14);
    CHECK(balanced(net));
}

TEST_CASE("simulated_network: other ports do not wait for a busy one",
          "[adapters][simulated_network]") {
    simulated_network net{1, {.delay = 0us}, {.stations = 4}};
    for (std::uint16_t n = 0; n < 10; ++n) send(net, 0, 1, n);
    for (std::uint16_t n = 0; n < 10; ++n) send(net, 2, 1, n);
    send(net, 3, 0, 77);
    net.advance_to(instant{2 * frame_time});
    CHECK(arrived(net.at(0)) == std::vector{77});
}

TEST_CASE("simulated_network: a frame for a group reaches all but its sender, one for nobody none",
          "[adapters][simulated_network]") {
    simulated_network net{1, {}, {.stations = 3}};
    send(net.at(1), {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}, 9);
    send(net.at(1), {{2, 0, 0, 0, 0, 9}}, 8);
    send(net.at(1), {{4, 0, 0, 0, 0, 0}}, 8);
    while (net.advance()) {}
    CHECK(arrived(net.at(0)) == std::vector{9});
    CHECK(arrived(net.at(1)).empty());
    CHECK(arrived(net.at(2)) == std::vector{9});
    CHECK(net.statistics().nobody == 2);
    CHECK(net.statistics().copied == 1);
    CHECK(balanced(net));
}

TEST_CASE("simulated_network: every fault happens about as often as was asked for",
          "[adapters][simulated_network]") {
    simulated_network net{
        3,
        {.faults = {.loss = 0.1, .duplicate = 0.05, .reorder = 0.2, .corrupt = 0.03},
         .damage = 0.04}};
    for (int i = 0; i < 20'000; ++i) {
        send(net, 0, 1, 1);
        net.advance_to(net.time() + frame_time);
        arrived(net.at(1));
    }
    while (net.advance()) arrived(net.at(1));
    const auto& s = net.statistics();
    CHECK(is_about(s.lost, 2'000));
    CHECK(is_about(s.duplicated, 900));
    CHECK(is_about(s.reordered, 3'600));
    CHECK(is_about(s.corrupted, 540));
    CHECK(is_about(s.damaged, 720));
    CHECK(balanced(net));
}

TEST_CASE("simulated_network: bursts of losses are as frequent and as long as was asked for",
          "[adapters][simulated_network]") {
    simulated_network net{3, {.bursts = {.begins = 0.01, .ends = 0.1}}};
    std::vector<int> got;
    for (int i = 0; i < 60'000; ++i) {
        send(net, 0, 1, static_cast<std::uint16_t>(i));
        net.advance_to(net.time() + frame_time);
        for (const int number : arrived(net.at(1))) got.push_back(number);
    }
    std::uint64_t gaps = 0;
    for (std::size_t i = 1; i < got.size(); ++i) gaps += got[i] != got[i - 1] + 1;
    const auto& s = net.statistics();
    CHECK(s.lost == s.lost_in_bursts);
    CHECK(is_about(s.lost, 10 * gaps));        // ten frames in a burst
    CHECK(is_about(gaps, s.delivered / 100));  // one frame in a hundred begins one
}

TEST_CASE("simulated_network: a burst does not outlast the weather that has bursts",
          "[adapters][simulated_network]") {
    simulated_network net{3, {.bursts = {.begins = 1.0, .ends = 0}}};
    send(net, 0, 1, 0);
    CHECK(drained(net, 1).empty());
    net.conditions.bursts = {};
    send(net, 0, 1, 1);
    CHECK(drained(net, 1) == std::vector{1});
}

TEST_CASE("simulated_network: frames overtake where there is jitter, and only there",
          "[adapters][simulated_network]") {
    const duration jitter = GENERATE(duration{}, duration{100us});
    simulated_network net{3, {.jitter = jitter}};
    CHECK(net.at(0).properties().fifo == (jitter == duration{}));
    for (std::uint16_t n = 0; n < 100; ++n) send(net, 0, 1, n);
    const auto got = drained(net, 1);
    REQUIRE(got.size() == 100);
    CHECK(std::is_sorted(got.begin(), got.end()) == (jitter == duration{}));
}

TEST_CASE("simulated_network: equal seeds make equal traces, others do not",
          "[adapters][simulated_network][determinism]") {
    const auto trace = [](std::uint64_t seed) {
        simulated_network net{seed, {.faults = {.loss = 0.5}, .jitter = 50us}, {.stations = 3}};
        for (std::uint16_t n = 0; n < 60; ++n) send(net, n % 3, (n + 1) % 3, n);
        while (net.advance()) {}
        return net.trace();
    };
    CHECK(trace(1) == trace(1));
    CHECK(trace(1) != trace(2));
}

TEST_CASE("simulated_network: a way that is cut loses what comes by, and no other does",
          "[adapters][simulated_network]") {
    simulated_network net{1, {}, {.stations = 3}};
    net.partition(0, 1, true);
    for (std::uint16_t n = 0; n < 4; ++n) send(net, 0, 1, n);
    send(net, 1, 0, 4);
    send(net, 0, 2, 5);
    CHECK(drained(net, 1).empty());
    CHECK(drained(net, 0) == std::vector{4});
    CHECK(drained(net, 2) == std::vector{5});
    CHECK(net.statistics().partitioned == 4);
    net.partition(0, 1, false);
    send(net, 0, 1, 6);
    CHECK(drained(net, 1) == std::vector{6});
    CHECK(net.statistics().partitioned == 4);
}

TEST_CASE("simulated_network: who does not take what comes loses the rest of it",
          "[adapters][simulated_network]") {
    simulated_network net{1, {}, {.receive_queue = 2}};
    for (std::uint16_t n = 0; n < 4; ++n) send(net, 0, 1, n);
    CHECK(drained(net, 1) == std::vector{0, 1});
    CHECK(net.statistics().overrun == 2);
    send(net, 0, 1, 4);
    CHECK(drained(net, 1) == std::vector{4});
}

TEST_CASE("simulated_network: begun anew it does what a new one does",
          "[adapters][simulated_network][determinism]") {
    const auto run = [](simulated_network& net) {
        for (std::uint16_t n = 0; n < 60; ++n) send(net, n % 3, (n + 1) % 3, n);
        while (net.advance()) {}
        return net.trace();
    };
    const network_conditions bad{.faults = {.loss = 0.3}, .jitter = 50us};
    simulated_network used{7, {.faults = {.duplicate = 0.5}}, {.stations = 3}};
    used.partition(0, 1, true);
    run(used);  // frames have arrived, and nobody has taken them
    used.restart(1, bad);
    simulated_network fresh{1, bad, {.stations = 3}};
    CHECK(run(used) == run(fresh));
    CHECK(used.statistics().delivered == fresh.statistics().delivered);
    CHECK(used.statistics().partitioned == 0);
}

TEST_CASE("simulated_network: without slots it is a full link, and no frame is lost over it",
          "[adapters][simulated_network]") {
    simulated_network net{1, {}, {.frames = 4}};
    for (std::uint16_t n = 0; n < 4; ++n) send(net, 0, 1, n);
    CHECK_FALSE(net.at(0).lease(60));
    CHECK(drained(net, 1) == std::vector{0, 1, 2, 3});
    CHECK(net.at(0).lease(60));
}

}  // namespace rrdp
