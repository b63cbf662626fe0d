// SPDX-License-Identifier: Apache-2.0
// Calls that return when it is done, by the names that sockets have: for simple programs.
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>

#include <unistd.h>

#include <rrdp/adapters/unix_datagram.hpp>
#include <rrdp/blocking.hpp>

namespace {

using namespace std::chrono_literals;

rrdp::octets_view as_octets(std::string_view text) {
    return std::as_bytes(std::span{text});
}

rrdp::wire::mac_address address(std::uint8_t node) {
    return {{2, 0, 0, 0, 0, node}};
}

rrdp::node_options<rrdp::wire::ethernet_framing> host(std::uint8_t node) {
    return {.node = rrdp::node_id{node}, .address = address(node)};
}

//-- begin snippet
void serve(rrdp::blocking::listener& port) {
    auto client = port.accept(10s);
    std::array<std::byte, 1'400> room{};
    while (const auto size = client.recv(room)) client.send(rrdp::octets_view{room}.first(*size));
    client.close(10s);
}

void ask(rrdp::blocking::node& node) {
    auto server = node.connect({.node = rrdp::node_id{2}, .port = 7}, {}, 10s);
    std::array<std::byte, 1'400> room{};
    for (const std::string_view word : {"reduced", "reliable", "data", "protocol"}) {
        server.send(as_octets(word));
        const auto size = server.recv(room, 10s);
        std::printf("%zu octets back\n", size.value_or(0));
    }
    server.shutdown(10s);
    server.close(10s);
}
//-- end snippet

}  // namespace

int main() try {
    const std::string name = "@rrdp-example-" + std::to_string(::getpid());
    rrdp::adapters::unix_datagram left{name}, right{name};  // or adapters::packet_ring{"eth0"}
    rrdp::erased at_a{left}, at_b{right};
    rrdp::blocking::node a{at_a, {}, host(1), rrdp::entropy{1, 2}};
    rrdp::blocking::node b{at_b, {}, host(2), rrdp::entropy{3, 4}};
    a.add_node(rrdp::node_id{2}, address(2));
    b.add_node(rrdp::node_id{1}, address(1));
    auto port = b.listen(7);
    bool served = false;
    std::thread server{[&] {
        try {
            serve(port);
            served = true;
        } catch (const std::system_error& e) {
            std::fprintf(stderr, "server: %s\n", e.what());
        }
    }};
    ask(a);
    server.join();
    return served ? 0 : 1;
} catch (const std::system_error& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
}
