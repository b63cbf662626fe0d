// SPDX-License-Identifier: Apache-2.0
// Handlers that run in other threads, before the call that began them has returned or while they
// keep a thread for themselves.
#include "support/catch.hpp"

#include <array>
#include <cerrno>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "asio/two_nodes.hpp"
#include "asio/two_threads.hpp"

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

TEST_CASE("asio/threads: one that waits reads, writes and hears the end", "[asio]") {
    two_threads nodes;
    REQUIRE(nodes.known);
    asio::acceptor in{nodes.b, 7};
    auto [near, far] = connect(nodes, in);
    auto echoed = std::async(std::launch::async, [own = std::move(far)]() mutable {
        asio::stream s{std::move(own)};
        std::string heard;
        error_code e;
        net::read(s, net::dynamic_buffer(heard), e);
        const std::size_t size = net::write(s, net::buffer(heard));
        s.shutdown();
        return e == net::error::eof && size == heard.size();
    });
    asio::stream s{std::move(near)};
    const std::string said(50'000, 'm');
    net::write(s, net::buffer(said));
    s.shutdown();
    std::string heard(said.size(), ' ');
    net::read(s, net::buffer(heard));
    CHECK_THROWS_AS(s.read_some(net::buffer(heard)), asio::system_error);
    CHECK(echoed.get());
    CHECK(heard == said);
}

TEST_CASE("asio/threads: the one that runs everything does not wait for itself", "[asio]") {
    connected_nodes nodes;
    REQUIRE(nodes.ready);
    asio::stream s{std::move(nodes.left)};
    std::array<char, 8> room{};
    error_code reading, writing, ending;
    CHECK(nodes.run([&]() -> net::awaitable<void> {
        s.read_some(net::buffer(room), reading);
        s.write_some(net::buffer(room), writing);
        s.shutdown(ending);
        co_return;
    }));
    for (const error_code& e : {reading, writing, ending}) CHECK(e.value() == EDEADLK);
    asio::detail::answer given;
    error_code aborted;
    static_cast<void>(asio::detail::answer::handler{given});
    CHECK(given.wait(aborted) == 0);
    CHECK(aborted == net::error::operation_aborted);
}

}  // namespace rrdp::testing
