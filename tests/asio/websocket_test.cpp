// SPDX-License-Identifier: Apache-2.0
// A WebSocket of Boost.Beast over RRDP: it must know how to end the stream below, and give it up.
#include "support/catch.hpp"

#include <chrono>
#include <future>
#include <string>

#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

#include <rrdp/asio/beast.hpp>

#include "asio/two_nodes.hpp"
#include "asio/two_threads.hpp"

namespace rrdp::testing {
namespace beast = boost::beast;
namespace websocket = beast::websocket;

namespace {

using channel = websocket::stream<asio::stream>;

/// Sends one message back, and waits for the end.
net::awaitable<void> echo(asio::acceptor& in, error_code& end) {
    channel s{asio::stream{co_await in.async_accept(net::use_awaitable)}};
    co_await s.async_accept(net::use_awaitable);
    beast::flat_buffer message;
    co_await s.async_read(message, net::use_awaitable);
    s.text(s.got_text());
    co_await s.async_write(message.data(), net::use_awaitable);
    message.clear();
    co_await s.async_read(message, net::redirect_error(net::use_awaitable, end));
}

}  // namespace

TEST_CASE("asio/websocket: a message goes and comes, and both sides close", "[asio]") {
    using namespace net::experimental::awaitable_operators;
    two_nodes nodes;
    asio::acceptor in{nodes.b, 80};
    error_code end;
    std::string heard;
    const std::string said(100'000, 'w');
    const auto ask = [&]() -> net::awaitable<void> {
        asio::socket plain{nodes.a};
        co_await plain.async_connect({.node = node_id{2}, .port = 80}, net::use_awaitable);
        channel s{asio::stream{std::move(plain)}};
        co_await s.async_handshake("node 2", "/", net::use_awaitable);
        co_await s.async_write(net::buffer(said), net::use_awaitable);
        beast::flat_buffer buffer;
        co_await s.async_read(buffer, net::use_awaitable);
        heard = beast::buffers_to_string(buffer.data());
        co_await s.async_close(websocket::close_code::normal, net::use_awaitable);
    };
    const bool ended =
        nodes.run([&]() -> net::awaitable<void> { co_await (echo(in, end) && ask()); });
    CHECK(ended);
    CHECK(heard == said);
    CHECK(end == websocket::error::closed);
}

TEST_CASE("asio/websocket: a thread that waits speaks, and closes", "[asio]") {
    error_code end, closed = net::error::eof;
    two_threads nodes;
    REQUIRE(nodes.known);
    asio::acceptor in{nodes.b, 80};
    auto echoed = net::co_spawn(nodes.io_b, echo(in, end), net::use_future);
    asio::socket plain{nodes.a};
    plain.async_connect({.node = node_id{2}, .port = 80}, net::use_future).get();
    channel s{asio::stream{std::move(plain)}};
    s.handshake("node 2", "/");
    const std::string said(100'000, 'w');
    s.write(net::buffer(said));
    beast::flat_buffer buffer;
    s.read(buffer);
    CHECK(beast::buffers_to_string(buffer.data()) == said);
    s.close(websocket::close_code::normal, closed);
    CHECK_FALSE(closed);
    echoed.get();
    CHECK(end == websocket::error::closed);
}

TEST_CASE("asio/websocket: one that nobody answers is given up in its time", "[asio]") {
    two_nodes nodes;
    asio::acceptor in{nodes.b, 80};
    error_code end;
    bool let_go = false;
    const bool ended = nodes.run([&]() -> net::awaitable<void> {
        asio::socket plain{nodes.a};
        co_await plain.async_connect({.node = node_id{2}, .port = 80}, net::use_awaitable);
        channel s{asio::stream{std::move(plain)}};
        s.set_option(websocket::stream_base::timeout{std::chrono::milliseconds{20},
                                                     websocket::stream_base::none(), false});
        co_await s.async_handshake("node 2", "/", net::redirect_error(net::use_awaitable, end));
        let_go = !s.next_layer().is_open();
    });
    CHECK(ended);
    CHECK(end == beast::error::timeout);
    CHECK(let_go);
}

}  // namespace rrdp::testing
