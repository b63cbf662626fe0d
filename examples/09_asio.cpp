// SPDX-License-Identifier: Apache-2.0
// Two nodes in one program that lives in Asio: coroutines that connect, ask and answer.
#include <cstdio>
#include <cstring>
#include <string>

#include <rrdp/adapters/loopback.hpp>
#include <rrdp/asio.hpp>

namespace net = rrdp::asio::net;  // boost::asio
using net::use_awaitable;

namespace {

constexpr rrdp::node_id alice{1}, bob{2};

//-- begin snippet
net::awaitable<void> answer(rrdp::asio::acceptor& in) {
    rrdp::asio::socket client = co_await in.async_accept(use_awaitable);
    for (;;) {
        std::string question;
        co_await client.async_receive(net::dynamic_buffer(question), use_awaitable);
        co_await client.async_send(net::buffer(question + "!"), use_awaitable);
    }
}

net::awaitable<void> ask(rrdp::asio::node& node) {
    rrdp::asio::socket server{node};
    co_await server.async_connect({.node = bob, .port = 7}, use_awaitable);
    for (const char* word : {"reduced", "reliable", "data", "protocol"}) {
        std::string heard;
        co_await server.async_send(net::buffer(word, std::strlen(word)), use_awaitable);
        co_await server.async_receive(net::dynamic_buffer(heard), use_awaitable);
        std::printf("%s ", heard.c_str());
    }
    std::printf("\n");
}
//-- end snippet

}  // namespace

int main() {
    rrdp::adapters::loopback wire;  // or a real one: adapters::packet_ring link{"eth0"};
    rrdp::erased left{wire.a}, right{wire.b};
    const auto at_a = wire.a.properties().address, at_b = wire.b.properties().address;
    net::io_context io;
    rrdp::asio::node a{io, left, {}, {.node = alice, .address = at_a}, rrdp::entropy{1, 2}};
    rrdp::asio::node b{io, right, {}, {.node = bob, .address = at_b}, rrdp::entropy{3, 4}};
    if (a.add_node(bob, at_b) != rrdp::errc::ok || b.add_node(alice, at_a) != rrdp::errc::ok)
        return 1;
    rrdp::asio::acceptor in{b, 7};
    int status = 1;
    net::co_spawn(io, answer(in), [](std::exception_ptr) {});  // the client goes: that is its end
    net::co_spawn(io, ask(a), [&](std::exception_ptr failed) {
        status = failed ? 1 : 0;
        io.stop();
    });
    io.run();
    return status;
}
