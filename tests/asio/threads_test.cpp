// SPDX-License-Identifier: Apache-2.0
// Handlers that run in other threads, before the call that began them has returned or while they
// keep a thread for themselves.
#include "support/catch.hpp"
#include "support/ethernet_host.hpp"

#include <unistd.h>

#include <array>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include <rrdp/adapters/unix_datagram.hpp>

#include "asio/two_nodes.hpp"

namespace rrdp::testing {
namespace {

using namespace std::chrono_literals;

/// Runs what it is given in another thread, which is as fast as it can be: it is done already when
/// `execute` returns.
struct faster_thread {
    template <class F>
    void execute(F f) const {
        std::thread{std::move(f)}.join();
    }
    [[nodiscard]] faster_thread require(net::execution::blocking_t::never_t) const noexcept {
        return *this;
    }
    [[nodiscard]] static constexpr net::execution::blocking_t query(
        net::execution::blocking_t) noexcept {
        return net::execution::blocking_t::never;
    }
    [[maybe_unused]] friend bool operator==(const faster_thread&,
                                            const faster_thread&) noexcept = default;
};

/// Two nodes with a cable between them, each in a thread of its own.
struct two_threads {
    std::string name = "@rrdp-asio-threads-" + std::to_string(::getpid());
    adapters::unix_datagram left{name}, right{name};
    erased<adapters::unix_datagram> at_a{left}, at_b{right};
    net::io_context io_a, io_b;
    asio::node a{io_a, at_a, {}, ethernet_host(1), entropy{1, 2}};
    asio::node b{io_b, at_b, {}, ethernet_host(2), entropy{3, 4}};
    bool known = a.add_node(node_id{2}, ethernet_address(2)) == errc::ok &&
                 b.add_node(node_id{1}, ethernet_address(1)) == errc::ok;
    std::thread runs_a{[this] { io_a.run(); }}, runs_b{[this] { io_b.run(); }};

    ~two_threads() {
        a.close();
        b.close();
        runs_a.join();
        runs_b.join();
    }
};

/// A connection between them: both ends.
std::pair<asio::socket, asio::socket> connect(two_threads& nodes, asio::acceptor& in) {
    asio::socket near{nodes.a};
    auto far = in.async_accept(net::use_future);
    near.async_connect(there, net::use_future).get();
    return {std::move(near), far.get()};
}

}  // namespace

TEST_CASE("asio/threads: a handler may end what can cancel it before the call returns", "[asio]") {
    connected_nodes nodes;
    REQUIRE(nodes.ready);
    const auto on_elsewhere = [](net::cancellation_signal& by, auto f) {
        return net::bind_executor(faster_thread{},
                                  net::bind_cancellation_slot(by.slot(), std::move(f)));
    };
    auto stop = std::make_unique<net::cancellation_signal>();
    int calls = 0;
    nodes.left.async_send(text("x"), on_elsewhere(*stop, [&](const error_code& e, std::size_t) {
                              calls += !e;
                              stop.reset();
                          }));
    CHECK(calls == 1);
    CHECK(stop == nullptr);

    auto once_more = std::make_unique<net::cancellation_signal>();
    asio::socket none{nodes.a};
    none.async_connect({.node = node_id{77}, .port = 7},
                       on_elsewhere(*once_more, [&](const error_code& e) {
                           calls += e == make_error_code(errc::unknown_node);
                           once_more.reset();
                       }));
    CHECK(calls == 2);
    CHECK(once_more == nullptr);
}

TEST_CASE("asio/threads: a handler may connect again before the call returns", "[asio]") {
    two_nodes nodes;
    asio::acceptor in{nodes.b, 7};
    asio::socket s{nodes.a};
    report opened;
    s.async_connect({.node = node_id{77}, .port = 7},
                    net::bind_executor(faster_thread{}, [&](const error_code&) {
                        s.async_connect(there, opened.into());
                    }));
    CHECK(s.is_open());
    REQUIRE(nodes.run_until([&] { return opened.calls == 1; }));
    CHECK_FALSE(opened.error);
    CHECK(s.info().has_value());
}

TEST_CASE("asio/threads: what other threads send does not wait for a handler that takes long",
          "[asio]") {
    std::array<char, 8> slow_room{}, room{};
    std::promise<void> busy, release;
    auto released = release.get_future();
    two_threads nodes;  // its threads end before what handlers use
    REQUIRE(nodes.known);
    asio::acceptor in{nodes.b, 7};
    auto [one, at_one] = connect(nodes, in);
    auto [two, at_two] = connect(nodes, in);
    one.async_receive(net::buffer(slow_room), [&](const error_code&, std::size_t) {
        busy.set_value();
        released.wait();
    });
    auto arrived = at_two.async_receive(net::buffer(room), net::use_future);
    at_one.async_send(text("go"), net::detached);
    busy.get_future().wait();
    two.async_send(text("now"), net::detached);
    CHECK(arrived.wait_for(3s) == std::future_status::ready);
    release.set_value();
    CHECK(arrived.get() == 3);
}

}  // namespace rrdp::testing
