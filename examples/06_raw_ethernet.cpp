// SPDX-License-Identifier: Apache-2.0
// Real frames between the two ends of a virtual cable (veth), in a network namespace of its own:
//   ip link add rrdp-a address 02:00:00:00:00:01 type veth peer name rrdp-b address 02:...:02
// Without the right to make one it says so and exits with 77.
#include <sched.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include <rrdp/adapters/packet_ring.hpp>
#include <rrdp/rrdp.hpp>

namespace {

/// A namespace with a cable in it, which disappears with this process.
bool lay_cable() {
    const std::string ids = std::to_string(::geteuid());
    if (::unshare(CLONE_NEWNET) != 0) {  // not root: become root of a user namespace first
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
        std::ofstream{"/proc/self/uid_map"} << "0 " << ids << " 1";
    }
    constexpr const char* commands =
        "ip link add rrdp-a address 02:00:00:00:00:01 type veth "
        "peer name rrdp-b address 02:00:00:00:00:02 && "
        "ip link set rrdp-a up && ip link set rrdp-b up";
    return std::system(commands) == 0;
}

rrdp::instant clock_now() {
    return rrdp::to_instant(std::chrono::steady_clock::now());
}

}  // namespace

int main() try {
    if (!lay_cable()) {
        std::puts("skipped: no right to make a network namespace (or no `ip` command)");
        return 77;
    }
    //-- begin snippet
    rrdp::adapters::packet_ring link_a{"rrdp-a"}, link_b{"rrdp-b"};  // needs CAP_NET_RAW
    const auto at_a = link_a.properties().address, at_b = link_b.properties().address;
    rrdp::endpoint<> a{{}, {.node = rrdp::node_id{1}, .address = at_a}, rrdp::entropy{1, 2}};
    rrdp::endpoint<> b{{}, {.node = rrdp::node_id{2}, .address = at_b}, rrdp::entropy{3, 4}};
    if (a.add_node(rrdp::node_id{2}, at_b) != rrdp::errc::ok ||
        b.add_node(rrdp::node_id{1}, at_a) != rrdp::errc::ok || b.listen(7) != rrdp::errc::ok)
        return 1;
    const auto id = a.connect(clock_now(), {.node = rrdp::node_id{2}, .port = 7});
    const rrdp::instant start = clock_now();
    std::array<std::byte, 1'000> text{};
    unsigned sent = 0, received = 0;
    while (received < 10'000 && clock_now() < start + std::chrono::seconds{20}) {
        const rrdp::instant now = clock_now();
        rrdp::pump(a, link_a, now);
        rrdp::pump(b, link_b, now);
        while (a.poll_event()) {}
        while (sent < 10'000 && id && a.send(now, *id, text)) ++sent;
        while (const auto event = b.poll_event())
            while (const auto message = b.receive(event->connection)) ++received;
    }
    //-- end snippet
    std::printf("%u of %u messages crossed the cable; %llu frames went out\n", received, sent,
                static_cast<unsigned long long>(a.stats().frames_out));
    return received == 10'000 ? 0 : 1;
} catch (const std::exception& e) {
    std::fprintf(stderr, "06_raw_ethernet: %s\n", e.what());
    return 1;
}
