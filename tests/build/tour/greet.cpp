// SPDX-License-Identifier: Apache-2.0
// The program of docs/guides/tour.md: one node that answers, and one that asks.
//-- begin snippet
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <sys/random.h>

#include <rrdp/adapters/open_link.hpp>
#include <rrdp/blocking.hpp>

using namespace std::chrono_literals;

void answer(rrdp::blocking::node& here) {
    auto port = here.listen(7);
    auto client = port.accept();
    std::array<std::byte, 1'400> room{};
    while (const auto size = client.recv(room)) {  // nothing: the other side has finished
        std::printf("%zu octets: ", *size);
        std::fwrite(room.data(), 1, *size, stdout);
        std::puts("");
        client.send(rrdp::octets_view{room}.first(*size));
    }
    client.close(10s);
}

void ask(rrdp::blocking::node& here, rrdp::node_id other, std::string_view text) {
    auto server = here.connect({.node = other, .port = 7}, {.connect_timeout = 10s});
    std::array<std::byte, 1'400> room{};
    for (int i = 0; i < 20; ++i) {
        server.send(std::as_bytes(std::span{text}));
        if (server.recv(room, 10s) != text.size()) std::puts("this is not what was sent");
    }
    server.shutdown(10s);
    server.close(10s);
    const rrdp::statistics counts = here.stats();
    std::printf(
        "%llu messages confirmed, %llu sent again\n",
        static_cast<unsigned long long>(counts.messages_confirmed),
        static_cast<unsigned long long>(counts.retransmissions_rto + counts.retransmissions_tlp));
}

rrdp::node_id number(const char* word) {
    return rrdp::node_id{static_cast<std::uint16_t>(std::atoi(word))};
}

rrdp::wire::mac_address address(rrdp::node_id node) {  // 02:00:00:00:00:01 for node 1
    return {{2, 0, 0, 0, 0, static_cast<std::uint8_t>(node)}};
}

int main(int count, char** words) try {
    if (count < 4) return std::puts("greet LINK OWN-NUMBER OTHER-NUMBER [TEXT]"), 2;
    const rrdp::node_id own = number(words[2]), other = number(words[3]);
    std::array<std::uint64_t, 2> key{};
    if (::getrandom(key.data(), sizeof key, 0) != sizeof key) return 1;

    rrdp::adapters::opened_link wire{words[1]};
    rrdp::blocking::node here{wire.link(),
                              {},  // capacities: the defaults
                              {.node = own, .address = address(own)},
                              rrdp::entropy{key[0], key[1]}};
    here.add_node(other, address(other));
    count > 4 ? ask(here, other, words[4]) : answer(here);
} catch (const std::exception& e) {
    std::fprintf(stderr, "greet: %s\n", e.what());
    return 1;
}
//-- end snippet
