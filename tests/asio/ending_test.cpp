// SPDX-License-Identifier: Apache-2.0
// What becomes of operations when a connection ends, or has ended, around them.
#include "support/catch.hpp"

#include <array>
#include <list>
#include <vector>

#include "asio/two_nodes.hpp"

namespace rrdp::testing {
namespace {

/// Connections of which nothing stays.
const options brief = [] {
    options o;
    o.linger = o.fin_wait = std::chrono::milliseconds{1};
    return o;
}();

std::uint32_t connections(asio::node& of) {
    return of.with_engine([](auto& e, instant) { return e.connections(); });
}

}  // namespace

TEST_CASE("asio/ending: what is sent after a clean end is an error, of sockets and streams",
          "[asio]") {
    connected_nodes nodes;
    REQUIRE(nodes.ready);
    report one, two, message, octets, flushed;
    nodes.left.async_close(one.into());
    nodes.right->async_close(two.into());
    REQUIRE(nodes.run_until([&] { return one.calls + two.calls == 2; }));
    REQUIRE_FALSE(one.error);
    nodes.left.async_send(text("late"), message.into());
    nodes.left.async_flush(flushed.into());
    asio::stream right{std::move(*nodes.right)};
    net::async_write(right, text("late"), octets.into());
    REQUIRE(nodes.run_until([&] { return message.calls + octets.calls + flushed.calls == 3; }));
    CHECK(message.error == net::error::broken_pipe);
    CHECK(octets.error == net::error::broken_pipe);
    CHECK_FALSE(flushed.error);
}

TEST_CASE("asio/ending: async_close tells of a bad end also when that came before", "[asio]") {
    connected_nodes nodes;
    REQUIRE(nodes.ready);
    report heard, closed;
    std::array<char, 8> room{};
    nodes.left.async_receive(net::buffer(room), heard.into());
    nodes.right->abort();
    REQUIRE(nodes.run_until([&] { return heard.calls == 1; }));
    nodes.left.async_close(closed.into());
    REQUIRE(nodes.run_until([&] { return closed.calls == 1; }));
    CHECK(std::error_code{closed.error} == std::errc::connection_reset);
}

TEST_CASE("asio/ending: a shutdown behind a flush ends the direction", "[asio]") {
    connected_nodes nodes;
    REQUIRE(nodes.ready);
    report sent, flushed, shut, message, end;
    std::array<char, 8> room{};
    nodes.left.async_send(text("last"), sent.into());
    nodes.left.async_flush(flushed.into());
    nodes.left.async_shutdown(shut.into());
    nodes.right->async_receive(net::buffer(room), message.into());
    nodes.right->async_receive(net::buffer(room), end.into());
    REQUIRE(nodes.run_until([&] { return flushed.calls + shut.calls == 2; }));
    REQUIRE(nodes.run_until([&] { return end.calls == 1; }));
    CHECK(end.error == net::error::eof);
}

TEST_CASE("asio/ending: sends that wait are told when their direction ends", "[asio]") {
    connected_nodes nodes;
    REQUIRE(nodes.ready);
    constexpr int count = 2'000;
    const std::string message(1'000, 'm');
    int sent = 0, refused = 0;
    for (int i = 0; i < count; ++i)
        nodes.left.async_send(net::buffer(message), [&](const error_code& e, std::size_t) {
            ++(e == make_error_code(errc::not_open) ? refused : sent);
        });
    report shut;
    nodes.left.async_shutdown(shut.into());
    REQUIRE(nodes.run_until([&] { return sent + refused == count; }));
    CHECK(sent > 0);
    CHECK(refused > 0);
}

TEST_CASE("asio/ending: what a socket has not read is its own when its slot is another's",
          "[asio]") {
    connected_nodes nodes{brief, {.connections = 1, .rings = 1}};
    REQUIRE(nodes.ready);
    report sent, begun, rest, end, opened;
    std::array<char, 3> three{};
    std::array<char, 8> room{};
    asio::stream old{std::move(*nodes.right)};
    nodes.left.async_send(text("threefour"), sent.into());
    old.async_read_some(net::buffer(three), begun.into());
    REQUIRE(nodes.run_until([&] { return begun.calls == 1; }));
    nodes.left.abort();
    REQUIRE(nodes.run_until([&] { return connections(nodes.a) + connections(nodes.b) == 0; }));

    nodes.left.async_connect(there, brief, opened.into());
    std::optional<asio::socket> next;
    nodes.in.async_accept([&](const error_code&, asio::socket s) { next.emplace(std::move(s)); });
    REQUIRE(nodes.run_until([&] { return next && opened.calls == 1; }));
    REQUIRE(next->native_handle().slot == old.next_layer().native_handle().slot);

    report question, answer;
    std::string all;
    next->async_receive(net::buffer(room), answer.into());
    old.next_layer().async_receive(net::dynamic_buffer(all), rest.into());
    old.async_read_some(net::buffer(room), end.into());
    nodes.left.async_send(text("new"), question.into());
    REQUIRE(nodes.run_until([&] { return rest.calls + end.calls + answer.calls == 3; }));
    CHECK(all == "eefour");
    CHECK(std::error_code{end.error} == std::errc::connection_reset);
    CHECK(answer.size == 3);
    old.close();
    CHECK(next->info().has_value());
}

TEST_CASE("asio/ending: who has gone before he was accepted is not accepted", "[asio]") {
    two_nodes nodes;
    asio::acceptor in{nodes.b, 7, brief};
    for (int i = 0; i < 3; ++i) {
        asio::socket hasty{nodes.a};
        report opened;
        hasty.async_connect(there, brief, opened.into());
        REQUIRE(nodes.run_until([&] { return opened.calls == 1; }));
        REQUIRE_FALSE(opened.error);
        hasty.abort();
        REQUIRE(nodes.run_until([&] { return connections(nodes.b) == 0; }));
    }
    asio::socket patient{nodes.a};
    report opened, sent, received;
    std::optional<asio::socket> taken;
    in.async_accept([&](const error_code&, asio::socket s) { taken.emplace(std::move(s)); });
    patient.async_connect(there, brief, opened.into());
    REQUIRE(nodes.run_until([&] { return taken && opened.calls == 1; }));
    std::array<char, 8> room{};
    taken->async_receive(net::buffer(room), received.into());
    patient.async_send(text("here"), sent.into());
    REQUIRE(nodes.run_until([&] { return received.calls == 1; }));
    CHECK_FALSE(received.error);
    CHECK(received.size == 4);
}

TEST_CASE("asio/ending: a node that goes tells each of its many peers", "[asio]") {
    two_nodes nodes;
    asio::acceptor in{nodes.b, 7};
    constexpr int count = 150;
    std::list<asio::socket> near, far;
    int opened = 0, told = 0;
    std::array<char, 8> room{};
    for (int i = 0; i < count; ++i) {
        near.emplace_back(nodes.a).async_connect(there, [&](const error_code& e) { opened += !e; });
        in.async_accept([&](const error_code& e, asio::socket s) {
            if (e) return;
            far.push_back(std::move(s));
            far.back().async_receive(net::buffer(room),
                                     [&](const error_code&, std::size_t) { ++told; });
        });
    }
    REQUIRE(nodes.run_until([&] { return opened == count && std::ssize(far) == count; }));
    nodes.a.close();
    CHECK(nodes.run_until([&] { return told == count; }));
}

}  // namespace rrdp::testing
