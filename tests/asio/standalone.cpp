// SPDX-License-Identifier: Apache-2.0
// The same sockets with the Asio that comes without Boost: everything is instantiated, and a
// conversation goes through.
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>

#include <rrdp/adapters/loopback.hpp>
#include <rrdp/asio.hpp>

namespace {

namespace net = rrdp::asio::net;
using end = rrdp::adapters::loopback::end;
static_assert(std::is_same_v<rrdp::asio::error_code, std::error_code>);

rrdp::node_options<rrdp::wire::ethernet_framing> host(std::uint16_t number, const end& at) {
    rrdp::node_options<rrdp::wire::ethernet_framing> o;
    o.node = rrdp::node_id{number};
    o.address = at.properties().address;
    return o;
}

net::awaitable<void> answer(rrdp::asio::acceptor& in) {
    rrdp::asio::stream s{co_await in.async_accept(net::use_awaitable)};
    std::string line;
    const std::size_t size =
        co_await net::async_read_until(s, net::dynamic_buffer(line), '\n', net::use_awaitable);
    co_await net::async_write(s, net::buffer(line, size), net::use_awaitable);
    rrdp::asio::error_code waits;  // a thread that runs everything cannot, here as with Boost
    std::array<char, 1> more{};
    s.read_some(net::buffer(more), waits);
    if (waits.value() != EDEADLK) co_return;
    co_await s.async_shutdown(net::use_awaitable);
    co_await s.next_layer().async_close(net::use_awaitable);
}

/// Asks, and hears the answer and then the end.
net::awaitable<bool> ask(rrdp::asio::node& node) {
    rrdp::asio::socket s{node};
    co_await s.async_connect({.node = rrdp::node_id{2}, .port = 7}, net::use_awaitable);
    co_await s.async_send(net::buffer("hel", 3), net::use_awaitable);
    const std::array<net::const_buffer, 2> parts{net::buffer("l", 1), net::buffer("o\n", 2)};
    co_await s.async_send(parts, net::use_awaitable);
    co_await s.async_flush(net::use_awaitable);
    std::string heard;
    rrdp::asio::error_code at_end;
    while (!at_end)
        co_await s.async_receive(net::dynamic_buffer(heard),
                                 net::redirect_error(net::use_awaitable, at_end));
    co_await s.async_close(net::use_awaitable);
    co_return heard == "hello\n" && at_end == net::error::eof;
}

/// Whether cancellation by a slot reaches an accept, a connect and a receive.
int cancelled(rrdp::asio::node& node, rrdp::asio::acceptor& in, net::io_context& io) {
    std::array<net::cancellation_signal, 2> stop;
    int count = 0;
    in.async_accept(net::bind_cancellation_slot(stop[0].slot(),
                                                [&](const std::error_code& e, rrdp::asio::socket) {
                                                    count += e == net::error::operation_aborted;
                                                }));
    rrdp::asio::socket s{node};
    s.async_connect({.node = rrdp::node_id{2}, .port = 9},
                    net::bind_cancellation_slot(stop[1].slot(), [&](const std::error_code& e) {
                        count += e == net::error::operation_aborted;
                    }));
    for (auto& signal : stop) signal.emit(net::cancellation_type::total);
    io.restart();
    io.run_for(std::chrono::milliseconds{20});
    return count;
}

}  // namespace

int main() {
    rrdp::adapters::loopback wire;
    rrdp::erased<end> left{wire.a}, right{wire.b};
    net::io_context io;
    rrdp::asio::node a{io, left, {}, host(1, wire.a), rrdp::entropy{1, 2}};
    rrdp::asio::node b{io, right, {}, host(2, wire.b), rrdp::entropy{3, 4}};
    if (a.add_node(rrdp::node_id{2}, wire.b.properties().address) != rrdp::errc::ok) return 1;
    if (b.add_node(rrdp::node_id{1}, wire.a.properties().address) != rrdp::errc::ok) return 1;
    rrdp::asio::acceptor in{b, 7};
    std::optional<bool> good;
    net::co_spawn(io, answer(in), net::detached);
    net::co_spawn(io, ask(a), [&](std::exception_ptr thrown, bool all) {
        good = thrown == nullptr && all;
        io.stop();
    });
    io.run_for(std::chrono::seconds{10});
    const int stopped = good ? cancelled(a, in, io) : 0;
    if (!good.value_or(false) || stopped != 2) std::printf("failed: %d cancelled\n", stopped);
    return good.value_or(false) && stopped == 2 ? 0 : 1;
}
