// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"

#include <array>
#include <memory>
#include <vector>

#include "asio/two_nodes.hpp"

namespace rrdp::testing {
namespace {

net::awaitable<void> echo(asio::acceptor& in) {
    asio::socket s = co_await in.async_accept(net::use_awaitable);
    try {
        for (;;) {
            std::string message;
            co_await s.async_receive(net::dynamic_buffer(message), net::use_awaitable);
            co_await s.async_send(net::buffer(message), net::use_awaitable);
        }
    } catch (const asio::system_error& e) {
        if (e.code() != net::error::eof) throw;
    }
    co_await s.async_close(net::use_awaitable);
}

/// An allocator that counts what it gave.
template <class T>
struct counting {
    using value_type = T;
    explicit counting(int& n) : count{&n} {}
    template <class U>
    counting(const counting<U>& other) : count{other.count} {}
    T* allocate(std::size_t n) {
        ++*count;
        return std::allocator<T>{}.allocate(n);
    }
    void deallocate(T* p, std::size_t n) { std::allocator<T>{}.deallocate(p, n); }
    friend bool operator==(const counting& a, const counting& b) { return a.count == b.count; }
    int* count;
};

struct counted_handler {
    using allocator_type = counting<char>;
    allocator_type get_allocator() const noexcept { return allocator_type{*count}; }
    void operator()(const error_code&, std::size_t) { *called = true; }
    int* count;
    bool* called;
};

}  // namespace

TEST_CASE("asio/socket: a coroutine talks to another", "[asio]") {
    two_nodes nodes;
    asio::acceptor in{nodes.b, 7};
    int answers = 0;
    net::co_spawn(nodes.io, echo(in), net::detached);
    const bool ended = nodes.run([&]() -> net::awaitable<void> {
        asio::socket s{nodes.a};
        co_await s.async_connect(there, net::use_awaitable);
        CHECK(s.remote_endpoint()->node == node_id{2});
        CHECK(s.info()->at == state::open);
        for (int i = 0; i < 200; ++i) {
            const std::string question = "message " + std::to_string(i);
            std::string answer;
            const std::size_t sent =
                co_await s.async_send(net::buffer(question), net::use_awaitable);
            co_await s.async_receive(net::dynamic_buffer(answer), net::use_awaitable);
            answers += sent == question.size() && answer == question;
        }
        co_await s.async_close(net::use_awaitable);
    });
    CHECK(ended);
    CHECK(answers == 200);
}

TEST_CASE("asio/socket: tokens are the executor's default, and a socket can be rebound", "[asio]") {
    using token = net::use_awaitable_t<>;
    using default_socket = token::as_default_on_t<asio::socket>;
    two_nodes nodes;
    asio::acceptor in{nodes.b, 7};
    net::co_spawn(nodes.io, echo(in), net::detached);
    std::string answer;
    const bool ended = nodes.run([&]() -> net::awaitable<void> {
        default_socket s{asio::socket{nodes.a}};
        co_await s.async_connect(there);
        const std::array<net::const_buffer, 2> halves{net::buffer("ab", 2), net::buffer("cd", 2)};
        co_await s.async_send(halves);
        co_await s.async_receive(net::dynamic_buffer(answer));
        co_await s.async_flush();
        co_await s.async_close();
    });
    CHECK(ended);
    CHECK(answer == "abcd");
}

TEST_CASE("asio/socket: many buffers are one message, and scatter again", "[asio]") {
    connected_nodes nodes;
    REQUIRE(nodes.ready);
    std::vector<net::const_buffer> from;
    const std::string letters = "abcdefghijklmnopqrstuvwxyz";
    for (const char& c : letters) from.push_back(net::buffer(&c, 1));
    report sent, received;
    std::array<char, 10> first{};
    std::array<char, 20> rest{};
    const std::array<net::mutable_buffer, 2> into{net::buffer(first), net::buffer(rest)};
    nodes.right->async_receive(into, received.into());
    nodes.left.async_send(from, sent.into());
    REQUIRE(nodes.run_until([&] { return sent.calls + received.calls == 2; }));
    CHECK(sent.size == 26);
    CHECK(received.size == 26);
    CHECK(std::string(first.data(), 10) + std::string(rest.data(), 16) == letters);
}

TEST_CASE("asio/socket: no handler is called from within the call that begins it", "[asio]") {
    connected_nodes nodes;
    REQUIRE(nodes.ready);
    report sent, aborted;
    nodes.left.async_send(text("now"), sent.into());
    CHECK(sent.calls == 0);
    asio::socket closed{nodes.a};
    std::array<char, 4> room{};
    closed.async_receive(net::buffer(room), aborted.into());
    CHECK(aborted.calls == 0);
    REQUIRE(nodes.run_until([&] { return sent.calls + aborted.calls == 2; }));
    CHECK_FALSE(sent.error);
    CHECK(aborted.error == net::error::not_connected);
}

TEST_CASE("asio/socket: a message that does not fit is told of, and stays", "[asio]") {
    connected_nodes nodes;
    REQUIRE(nodes.ready);
    report sent, small, right;
    std::array<char, 4> four{};
    std::string all;
    nodes.left.async_send(text("eight ch"), sent.into());
    nodes.right->async_receive(net::buffer(four), small.into());
    REQUIRE(nodes.run_until([&] { return small.calls == 1; }));
    CHECK(small.error == net::error::message_size);
    CHECK(small.size == 8);
    nodes.right->async_receive(net::dynamic_buffer(all, 7), small.into());
    REQUIRE(nodes.run_until([&] { return small.calls == 2; }));
    CHECK(small.error == net::error::message_size);
    nodes.right->async_receive(net::dynamic_buffer(all), right.into());
    REQUIRE(nodes.run_until([&] { return right.calls == 1; }));
    CHECK_FALSE(right.error);
    CHECK(all == "eight ch");
}

namespace {

/// Memory of which there is none.
template <class T>
struct no_memory {
    using value_type = T;
    no_memory() = default;
    template <class Other>
    no_memory(const no_memory<Other>&) {}
    T* allocate(std::size_t) { throw std::bad_alloc{}; }
    void deallocate(T*, std::size_t) {}
    bool operator==(const no_memory&) const = default;
};

}  // namespace

TEST_CASE("asio/socket: a message for which there is no memory is told of, and stays", "[asio]") {
    connected_nodes nodes;
    REQUIRE(nodes.ready);
    report sent, failed, received;
    std::vector<char, no_memory<char>> nowhere;
    std::array<char, 8> room{};
    nodes.left.async_send(text("stays"), sent.into());
    nodes.right->async_receive(net::dynamic_buffer(nowhere), failed.into());
    REQUIRE(nodes.run_until([&] { return failed.calls == 1; }));
    CHECK(failed.error == net::error::no_memory);
    nodes.right->async_receive(net::buffer(room), received.into());
    REQUIRE(nodes.run_until([&] { return received.calls == 1; }));
    CHECK_FALSE(received.error);
    CHECK(received.size == 5);
}

TEST_CASE("asio/socket: what the engine refuses is an error of its category", "[asio]") {
    connected_nodes nodes;
    REQUIRE(nodes.ready);
    const auto most = nodes.left.info()->message_max;
    const std::string huge(most + 1, 'x');
    report sent, unknown;
    nodes.left.async_send(net::buffer(huge), sent.into());
    asio::socket other{nodes.a};
    other.async_connect({.node = node_id{77}, .port = 7}, unknown.into());
    REQUIRE(nodes.run_until([&] { return sent.calls + unknown.calls == 2; }));
    CHECK(sent.error == make_error_code(errc::message_too_long));
    CHECK(unknown.error == make_error_code(errc::unknown_node));
    CHECK_THROWS_AS(asio::acceptor(nodes.b, 7), asio::system_error);
}

TEST_CASE("asio/socket: a refused connection is connection_refused", "[asio]") {
    two_nodes nodes;
    report opened;
    asio::socket s{nodes.a};
    s.async_connect({.node = node_id{2}, .port = 99}, opened.into());
    REQUIRE(nodes.run_until([&] { return opened.calls == 1; }));
    const std::error_code standard = opened.error;
    CHECK(standard == std::errc::connection_refused);
    CHECK(standard.message() == "refused");
}

TEST_CASE("asio/socket: sends wait while the peer takes nothing, and go on when it does",
          "[asio]") {
    connected_nodes nodes;
    REQUIRE(nodes.ready);
    constexpr int count = 2'000;
    const std::string message(1'000, 'm');
    int sent = 0;
    for (int i = 0; i < count; ++i)
        nodes.left.async_send(net::buffer(message),
                              [&](const error_code& e, std::size_t) { sent += !e; });
    const auto began = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - began < std::chrono::milliseconds{50})
        nodes.io.run_one_for(std::chrono::milliseconds{1});
    CHECK(sent > 0);
    CHECK(sent < count);
    int received = 0;
    std::string room(1'000, ' ');
    const auto next = [&](auto&& self) -> void {
        nodes.right->async_receive(net::buffer(room), [&, self](const error_code& e, std::size_t) {
            received += !e;
            if (!e) self(self);
        });
    };
    next(next);
    REQUIRE(nodes.run_until([&] { return received == count; }));
    CHECK(sent == count);
}

TEST_CASE("asio/socket: cancelled by its slot, by cancel() and by close()", "[asio]") {
    connected_nodes nodes;
    REQUIRE(nodes.ready);
    std::array<char, 4> room{};
    report by_slot, by_cancel, by_close, after, sent;
    net::cancellation_signal stop;
    nodes.right->async_receive(net::buffer(room),
                               net::bind_cancellation_slot(stop.slot(), by_slot.into()));
    nodes.right->async_receive(net::buffer(room), by_cancel.into());
    stop.emit(net::cancellation_type::total);
    REQUIRE(nodes.run_until([&] { return by_slot.calls == 1; }));
    CHECK(by_slot.error == net::error::operation_aborted);
    CHECK(by_cancel.calls == 0);
    nodes.right->cancel();
    REQUIRE(nodes.run_until([&] { return by_cancel.calls == 1; }));
    CHECK(by_cancel.error == net::error::operation_aborted);
    stop.emit(net::cancellation_type::total);  // nothing is left of it

    nodes.right->async_receive(net::buffer(room), after.into());
    nodes.left.async_send(text("more"), sent.into());
    nodes.right->async_receive(net::buffer(room), by_close.into());
    REQUIRE(nodes.run_until([&] { return after.calls == 1; }));
    CHECK_FALSE(after.error);
    nodes.right->close();
    REQUIRE(nodes.run_until([&] { return by_close.calls == 1; }));
    CHECK(by_close.error == net::error::operation_aborted);
}

TEST_CASE("asio/socket: a cancelled connect leaves nothing behind", "[asio]") {
    two_nodes nodes;
    REQUIRE(nodes.a.add_node(node_id{9}, {{2, 0, 0, 0, 0, 9}}) == errc::ok);
    report opened;
    net::cancellation_signal stop;
    asio::socket s{nodes.a};
    s.async_connect({.node = node_id{9}, .port = 7},
                    net::bind_cancellation_slot(stop.slot(), opened.into()));
    stop.emit(net::cancellation_type::terminal);
    REQUIRE(nodes.run_until([&] { return opened.calls == 1; }));
    CHECK(opened.error == net::error::operation_aborted);
    CHECK(nodes.a.with_engine([](auto& e, instant) { return e.connections(); }) == 0);
}

TEST_CASE("asio/socket: a receive can be given a time", "[asio]") {
    using namespace net::experimental::awaitable_operators;
    connected_nodes nodes;
    REQUIRE(nodes.ready);
    std::size_t which = 7;
    const bool ended = nodes.run([&]() -> net::awaitable<void> {
        net::steady_timer timer{nodes.io, std::chrono::milliseconds{5}};
        std::array<char, 4> room{};
        const auto first =
            co_await (nodes.right->async_receive(net::buffer(room), net::use_awaitable) ||
                      timer.async_wait(net::use_awaitable));
        which = first.index();
    });
    CHECK(ended);
    CHECK(which == 1);
}

TEST_CASE("asio/socket: eof comes behind the last message, and the other way stays open",
          "[asio]") {
    connected_nodes nodes;
    REQUIRE(nodes.ready);
    report sent, shut, first, last, back, answer;
    std::array<char, 8> room{};
    nodes.left.async_send(text("last"), sent.into());
    nodes.left.async_shutdown(shut.into());
    nodes.right->async_receive(net::buffer(room), first.into());
    nodes.right->async_receive(net::buffer(room), last.into());
    REQUIRE(nodes.run_until([&] { return last.calls == 1 && shut.calls == 1; }));
    CHECK_FALSE(first.error);
    CHECK(first.size == 4);
    CHECK(last.error == net::error::eof);
    CHECK_FALSE(shut.error);
    nodes.right->async_send(text("answer"), back.into());
    nodes.left.async_receive(net::buffer(room), answer.into());
    REQUIRE(nodes.run_until([&] { return answer.calls == 1; }));
    CHECK(answer.size == 6);
    report refused;
    nodes.left.async_send(text("no more"), refused.into());
    REQUIRE(nodes.run_until([&] { return refused.calls == 1; }));
    CHECK(refused.error == make_error_code(errc::not_open));
}

TEST_CASE("asio/socket: the peer's abort ends what waits, with the reason", "[asio]") {
    connected_nodes nodes;
    REQUIRE(nodes.ready);
    report waiting, later;
    std::array<char, 8> room{};
    nodes.left.async_receive(net::buffer(room), waiting.into());
    nodes.right->abort();
    REQUIRE(nodes.run_until([&] { return waiting.calls == 1; }));
    CHECK(std::error_code{waiting.error} == std::errc::connection_reset);
    nodes.left.async_send(text("anybody?"), later.into());
    REQUIRE(nodes.run_until([&] { return later.calls == 1; }));
    CHECK(std::error_code{later.error} == std::errc::connection_reset);
}

TEST_CASE("asio/socket: a node that goes takes its operations with it", "[asio]") {
    connected_nodes nodes;
    REQUIRE(nodes.ready);
    report left, right, accept;
    std::array<char, 8> room{};
    nodes.left.async_receive(net::buffer(room), left.into());
    nodes.right->async_receive(net::buffer(room), right.into());
    bool accepted = false;
    nodes.in.async_accept([&](const error_code& e, asio::socket s) {
        accept.error = e;
        accepted = s.is_open();
        ++accept.calls;
    });
    nodes.b.close();
    REQUIRE(nodes.run_until([&] { return left.calls + right.calls + accept.calls == 3; }));
    CHECK(right.error == net::error::operation_aborted);
    CHECK(accept.error == net::error::operation_aborted);
    CHECK_FALSE(accepted);
    CHECK(std::error_code{left.error} == std::errc::connection_reset);
    report after;
    nodes.right->async_send(text("x"), after.into());
    REQUIRE(nodes.run_until([&] { return after.calls == 1; }));
    CHECK(after.error == net::error::operation_aborted);
}

TEST_CASE("asio/socket: run() returns once the nodes are closed", "[asio]") {
    two_nodes nodes;
    nodes.close();
    nodes.io.run_for(std::chrono::seconds{5});
    CHECK(nodes.io.stopped());
}

TEST_CASE("asio/socket: handlers run on their executor and use their allocator", "[asio]") {
    connected_nodes nodes;
    REQUIRE(nodes.ready);
    const auto strand = net::make_strand(nodes.io);
    bool on_strand = false, called = false;
    int allocations = 0;
    nodes.left.async_send(text("x"),
                          net::bind_executor(strand, [&](const error_code&, std::size_t) {
                              on_strand = strand.running_in_this_thread();
                          }));
    std::array<char, 8> room{};
    nodes.right->async_receive(net::buffer(room), counted_handler{&allocations, &called});
    CHECK(allocations == 1);
    REQUIRE(nodes.run_until([&] { return on_strand && called; }));
    CHECK(allocations >= 1);
}

TEST_CASE("asio/socket: handlers may be such as can only be moved, and throw", "[asio]") {
    connected_nodes nodes;
    REQUIRE(nodes.ready);
    report second;
    auto mine = std::make_unique<int>(5);
    std::array<char, 8> room{};
    nodes.right->async_receive(
        net::buffer(room),
        [mine = std::move(mine)](const error_code&, std::size_t) { throw *mine; });
    nodes.right->async_receive(net::buffer(room), second.into());
    report one, two;
    nodes.left.async_send(text("a"), one.into());
    nodes.left.async_send(text("b"), two.into());
    int thrown = 0;
    while (thrown == 0) {
        try {
            if (!nodes.run_until([] { return false; })) break;
        } catch (int what) {
            thrown = what;
        }
    }
    CHECK(thrown == 5);
    CHECK(nodes.run_until([&] { return second.calls == 1; }));
}

TEST_CASE("asio/socket: moved with an operation outstanding, it goes on", "[asio]") {
    connected_nodes nodes;
    REQUIRE(nodes.ready);
    report received, sent;
    std::array<char, 8> room{};
    nodes.right->async_receive(net::buffer(room), received.into());
    asio::socket moved{std::move(*nodes.right)};
    CHECK_FALSE(nodes.right->is_open());
    nodes.left.async_send(text("hi"), sent.into());
    REQUIRE(nodes.run_until([&] { return received.calls == 1; }));
    CHECK(received.size == 2);
    CHECK(moved.is_open());
}

TEST_CASE("asio/socket: a node spins, blocks or does both by its wait plan", "[asio]") {
    const auto mode = GENERATE(adapters::wait_mode::spin, adapters::wait_mode::block,
                               adapters::wait_mode::adaptive);
    two_nodes nodes{{}, adapters::wait_plan{.mode = mode}};
    asio::acceptor in{nodes.b, 7};
    net::co_spawn(nodes.io, echo(in), net::detached);
    std::string answer;
    const bool ended = nodes.run([&]() -> net::awaitable<void> {
        asio::socket s{nodes.a};
        co_await s.async_connect(there, net::use_awaitable);
        co_await s.async_send(text("ping"), net::use_awaitable);
        co_await s.async_receive(net::dynamic_buffer(answer), net::use_awaitable);
        co_await s.async_close(net::use_awaitable);
    });
    CHECK(ended);
    CHECK(answer == "ping");
}

TEST_CASE("asio/socket: wrong capacities are an exception that says so", "[asio]") {
    adapters::loopback wire;
    erased<adapters::loopback::end> link{wire.a};
    net::io_context io;
    CHECK_THROWS_AS(asio::node(io, link, {.connections = 0}, {.node = node_id{1}}, entropy{1, 2}),
                    asio::system_error);
}

}  // namespace rrdp::testing
