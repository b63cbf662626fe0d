// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"

#include <array>
#include <string>
#include <vector>

#include "asio/two_nodes.hpp"

namespace rrdp::testing {
namespace {

std::string some_text(std::size_t size) {
    std::string s(size, ' ');
    for (std::size_t i = 0; i < size; ++i) s[i] = static_cast<char>('a' + i * 7 % 26);
    return s;
}

}  // namespace

TEST_CASE("asio/stream: a megabyte goes through, in pieces of any size, to its end", "[asio]") {
    connected_nodes nodes;
    REQUIRE(nodes.ready);
    asio::stream from{std::move(nodes.left)}, to{std::move(*nodes.right)};
    const std::string whole = some_text(1'000'000);
    std::string arrived;
    net::co_spawn(
        nodes.io,
        [&]() -> net::awaitable<void> {
            co_await net::async_write(from, net::buffer(whole), net::use_awaitable);
            co_await from.async_shutdown(net::use_awaitable);
        },
        net::detached);
    const bool ended = nodes.run([&]() -> net::awaitable<void> {
        std::array<char, 777> some{};
        try {
            for (;;) {
                const std::size_t n =
                    co_await to.async_read_some(net::buffer(some), net::use_awaitable);
                if (n == 0) break;
                arrived.append(some.data(), n);
            }
        } catch (const asio::system_error& e) {
            if (e.code() != net::error::eof) throw;
        }
    });
    CHECK(ended);
    CHECK(arrived == whole);
}

TEST_CASE("asio/stream: nothing asked is nothing done, at once", "[asio]") {
    connected_nodes nodes;
    REQUIRE(nodes.ready);
    asio::stream s{std::move(nodes.left)};
    report read, written;
    s.async_read_some(net::mutable_buffer{}, read.into());
    s.async_write_some(net::const_buffer{}, written.into());
    REQUIRE(nodes.run_until([&] { return read.calls + written.calls == 2; }));
    CHECK_FALSE(read.error);
    CHECK_FALSE(written.error);
    CHECK(read.size + written.size == 0);
}

TEST_CASE("asio/stream: as many buffers as there are go on together", "[asio]") {
    connected_nodes nodes;
    REQUIRE(nodes.ready);
    asio::stream from{std::move(nodes.left)}, to{std::move(*nodes.right)};
    const std::string letters = some_text(4'000);
    std::vector<net::const_buffer> many;
    for (std::size_t i = 0; i < letters.size(); i += 100)
        many.push_back(net::buffer(letters.data() + i, 100));
    std::string arrived(letters.size(), ' ');
    report sent, read;
    net::async_write(from, many, sent.into());
    net::async_read(to, net::buffer(arrived), read.into());
    REQUIRE(nodes.run_until([&] { return sent.calls + read.calls == 2; }));
    CHECK(sent.size == letters.size());
    CHECK(arrived == letters);
}

TEST_CASE("asio/stream: lines are read as from any other stream", "[asio]") {
    connected_nodes nodes;
    REQUIRE(nodes.ready);
    asio::stream from{std::move(nodes.left)}, to{std::move(*nodes.right)};
    std::string lines;
    report line, sent;
    net::async_read_until(to, net::dynamic_buffer(lines), "\r\n", line.into());
    net::async_write(from, std::array{net::buffer("one\r", 4), net::buffer("\ntwo", 4)},
                     sent.into());
    REQUIRE(nodes.run_until([&] { return line.calls + sent.calls == 2; }));
    CHECK(line.size == 5);
    CHECK(lines == "one\r\ntwo");
}

TEST_CASE("asio/stream: a socket reads the rest of what a stream began", "[asio]") {
    connected_nodes nodes;
    REQUIRE(nodes.ready);
    report sent, begun, rest;
    std::array<char, 3> three{};
    std::string all;
    nodes.left.async_send(text("threefour"), sent.into());
    asio::stream to{std::move(*nodes.right)};
    to.async_read_some(net::buffer(three), begun.into());
    REQUIRE(nodes.run_until([&] { return begun.calls == 1; }));
    to.next_layer().async_receive(net::dynamic_buffer(all), rest.into());
    REQUIRE(nodes.run_until([&] { return rest.calls == 1; }));
    CHECK(all == "eefour");
}

TEST_CASE("asio/stream: it is cancelled and closed as other streams are", "[asio]") {
    connected_nodes nodes;
    REQUIRE(nodes.ready);
    asio::stream s{std::move(nodes.left)};
    report cancelled, closed, heard, accept;
    std::array<char, 8> room{};
    error_code e = net::error::eof;
    s.async_read_some(net::buffer(room), cancelled.into());
    s.lowest_layer().cancel(e);
    CHECK_FALSE(e);
    s.async_read_some(net::buffer(room), closed.into());
    nodes.right->async_receive(net::buffer(room), heard.into());
    e = net::error::eof;
    s.lowest_layer().close(e);
    CHECK_FALSE(e);
    CHECK_FALSE(s.is_open());
    nodes.in.async_accept([&](const error_code& why, const asio::socket&) { accept.into()(why); });
    nodes.in.close(e);
    REQUIRE(nodes.run_until(
        [&] { return cancelled.calls + closed.calls + heard.calls + accept.calls == 4; }));
    CHECK(cancelled.error == net::error::operation_aborted);
    CHECK(closed.error == net::error::operation_aborted);
    CHECK(accept.error == net::error::operation_aborted);
    CHECK(heard.error == net::error::eof);
    CHECK(make_error_code(end_reason::refused) == std::errc::connection_refused);
    CHECK(error_code{make_error_code(end_reason::refused)} == std::errc::connection_refused);
}

}  // namespace rrdp::testing
