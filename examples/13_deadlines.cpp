// SPDX-License-Identifier: Apache-2.0
// Questions with deadlines: who asks waits so long and no longer. An answer that comes later is
// known by its number and left aside, and the conversation goes on.
#include <array>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include <rrdp/adapters/unix_datagram.hpp>
#include <rrdp/blocking.hpp>

using namespace std::chrono_literals;
using octets = std::vector<std::byte>;

//-- begin snippet
/// Asks on a connection; `late` counts the answers to questions that were given up.
struct caller {
    /// The answer; nothing when none has come in time.
    std::optional<octets> ask(std::string_view question, std::chrono::milliseconds patience) {
        const auto deadline = clock::now() + patience;
        const auto left = [&] { return std::max(deadline - clock::now(), 0ns); };
        std::array<std::byte, 4> number{};
        rrdp::store_be32(number, 0, ++asked);
        const std::array<rrdp::octets_view, 2> parts{number, std::as_bytes(std::span{question})};
        try {
            server.send(parts, left());  // both are one message
            for (octets answer(1'400); const auto size = server.recv(answer, left()); ++late) {
                if (rrdp::load_be32(answer, 0) != asked) continue;
                return octets(answer.begin() + 4, answer.begin() + std::ptrdiff_t(*size));
            }
        } catch (const std::system_error& e) {
            if (e.code() != std::errc::timed_out) throw;  // not late: gone
        }
        return std::nullopt;
    }
    using clock = std::chrono::steady_clock;
    rrdp::blocking::socket server;
    std::uint32_t asked = 0, late = 0;
};
//-- end snippet

/// Says what it hears, number and all; about "why?" it thinks until something else is asked.
void answer(rrdp::blocking::socket client) {
    octets room(1'400), thought;
    while (const auto size = client.recv(room, 10s)) {
        if (!thought.empty()) client.send(std::exchange(thought, {}));
        const rrdp::octets_view question = rrdp::octets_view{room}.first(*size);
        if (question.back() == std::byte{'?'}) thought.assign(question.begin(), question.end());
        if (thought.empty()) client.send(question);
    }
}

int main() {
    constexpr rrdp::wire::mac_address one{{2, 0, 0, 0, 0, 1}}, two{{2, 0, 0, 0, 0, 2}};
    const std::string name = "@rrdp-example-13-" + std::to_string(::getpid());
    rrdp::adapters::unix_datagram left{name}, right{name};  // or packet_ring{"eth0"}
    rrdp::erased at_a{left}, at_b{right};
    rrdp::blocking::node a{at_a, {}, {.node = rrdp::node_id{1}, .address = one}, {1, 2}};
    rrdp::blocking::node b{at_b, {}, {.node = rrdp::node_id{2}, .address = two}, {3, 4}};
    a.add_node(rrdp::node_id{2}, two);
    b.add_node(rrdp::node_id{1}, one);
    auto port = b.listen(7);
    std::jthread server{[&] { answer(port.accept(10s)); }};

    caller to_b{a.connect({.node = rrdp::node_id{2}, .port = 7}, {}, 10s)};
    for (const char* question : {"hello", "why?", "and now"}) {
        const auto answer = to_b.ask(question, question[0] == 'w' ? 50ms : 10'000ms);
        if (answer) std::printf("%s: %zu octets came back\n", question, answer->size());
        if (!answer) std::printf("%s: no answer in time\n", question);
    }
    return to_b.late == 1 ? 0 : 1;
}
