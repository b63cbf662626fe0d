// SPDX-License-Identifier: Apache-2.0
// Captures a conversation on a bad wire, then replays it into an engine as it was before.
#include <array>
#include <chrono>
#include <cstdio>

#include <rrdp/adapters/capture_file.hpp>
#include <rrdp/adapters/captured.hpp>
#include <rrdp/adapters/pcap_replay.hpp>
#include <rrdp/adapters/simulated.hpp>
#include <rrdp/rrdp.hpp>

namespace {

using namespace std::chrono_literals;
namespace adapters = rrdp::adapters;
constexpr adapters::simulated_options stations{};
constexpr auto at_a = stations.addresses[0], at_b = stations.addresses[1];

/// The engine that listens; with the same key it does the same whenever it gets the same.
struct listener : rrdp::endpoint<> {
    listener() : endpoint{{}, {.node = rrdp::node_id{2}, .address = at_b}, rrdp::entropy{3, 4}} {
        ready = add_node(rrdp::node_id{1}, at_a) == rrdp::errc::ok && listen(7) == rrdp::errc::ok;
    }
    void take() {
        while (const auto event = poll_event())
            while (receive(event->connection)) ++messages;
    }
    bool ready = false;
    int messages = 0;
};

int talk_and_capture(const char* path) {
    //-- begin snippet capture
    adapters::simulated wire{42, {.faults = {.loss = 0.2, .duplicate = 0.1}}};
    adapters::capture_file file{path};
    adapters::captured link{wire.b, file, "b"};  // what b sends and receives
    //-- end snippet
    rrdp::endpoint<> a{{}, {.node = rrdp::node_id{1}, .address = at_a}, rrdp::entropy{1, 2}};
    listener b;
    if (a.add_node(rrdp::node_id{2}, at_b) != rrdp::errc::ok || !b.ready) return 0;
    const auto id = a.connect(wire.time(), {.node = rrdp::node_id{2}, .port = 7});
    for (int sent = 0; wire.time() < rrdp::instant{10s};) {
        rrdp::pump(a, wire.a, wire.time());
        rrdp::pump(b, link, wire.time());  // tells the link what time it is
        while (a.poll_event()) {}
        b.take();
        if (id && sent < 100 && a.send(wire.time(), *id, std::array<std::byte, 200>{})) ++sent;
        if (a.wants_transmit(wire.time()) || b.wants_transmit(wire.time())) continue;
        if (!wire.advance(a.next_timeout(), b.next_timeout())) break;
    }
    return b.messages;
}

}  // namespace

int main() {
    const char* const path = "07_capture.pcapng";
    const int heard = talk_and_capture(path);

    //-- begin snippet replay
    adapters::pcap_replay replay{path, {.station = at_b}};  // the frames to b, from a file
    listener b;
    for (rrdp::instant now{}; !replay.done();) {
        rrdp::pump(b, replay, now);
        b.take();
        if (const auto due = replay.next_due(); due && *due > now) now = *due;
    }
    //-- end snippet
    std::printf("%d messages on the wire; %d again from %llu frames of the capture\n", heard,
                b.messages, static_cast<unsigned long long>(replay.statistics().replayed));
    return b.ready && heard == 100 && b.messages == heard && !replay.error() ? 0 : 1;
}
