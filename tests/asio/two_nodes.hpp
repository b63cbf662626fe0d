// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include <rrdp/adapters/loopback.hpp>
#include <rrdp/asio.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>

/// Two nodes in one io_context, joined in memory.
namespace rrdp::testing {

namespace net = rrdp::asio::net;
using rrdp::asio::error_code;

inline constexpr peer there{.node = node_id{2}, .port = 7};

/// What an operation ended with, for operations that are begun with `into(…)`.
struct report {
    int calls = 0;
    error_code error;
    std::size_t size = 0;

    [[nodiscard]] auto into() {
        return [this](const error_code& e, std::size_t n = 0) {
            ++calls;
            error = e;
            size = n;
        };
    }
};

class two_nodes {
public:
    explicit two_nodes(const capacities& c = {}, const adapters::wait_plan& plan = {})
        : a{io, left_, c, options_of(1, wire_.a), entropy{1, 2}, plan},
          b{io, right_, c, options_of(2, wire_.b), entropy{3, 4}, plan} {
        known_ = a.add_node(node_id{2}, wire_.b.properties().address) == errc::ok &&
                 b.add_node(node_id{1}, wire_.a.properties().address) == errc::ok;
    }

    /// Runs what `main` does, then closes both nodes; what it throws is thrown here. False: it did
    /// not end within ten seconds.
    template <class Main>
    [[nodiscard]] bool run(Main main) {
        bool ended = false;
        std::exception_ptr thrown;
        net::co_spawn(io, std::move(main), [&](std::exception_ptr e) {
            thrown = e;
            ended = true;
            close();
        });
        io.run_for(std::chrono::seconds{10});
        if (thrown) std::rethrow_exception(thrown);
        return ended && known_;
    }
    /// Runs handlers until `done` says so; false: that took more than ten seconds.
    template <class Done>
    [[nodiscard]] bool run_until(Done done) {
        const auto last = std::chrono::steady_clock::now() + std::chrono::seconds{10};
        while (!done() && std::chrono::steady_clock::now() < last)
            io.run_one_for(std::chrono::milliseconds{100});
        return done() && known_;
    }
    void close() {
        a.close();
        b.close();
    }

private:
    using end = adapters::loopback::end;

    static node_options<wire::ethernet_framing> options_of(std::uint16_t number, const end& at) {
        node_options<wire::ethernet_framing> o;
        o.node = node_id{number};
        o.address = at.properties().address;
        return o;
    }

    adapters::loopback wire_;
    erased<end> left_{wire_.a}, right_{wire_.b};
    bool known_ = false;

public:
    net::io_context io;
    asio::node a, b;
};

/// A connection between them, both ends.
class connected_nodes : public two_nodes {
public:
    explicit connected_nodes(const options& o = {}, const capacities& c = {})
        : two_nodes{c}, in{b, 7, o}, left{a} {
        report opened;
        left.async_connect(there, o, opened.into());
        bool failed = false;
        in.async_accept([&](const error_code& e, asio::socket s) {
            failed = static_cast<bool>(e);
            right.emplace(std::move(s));
        });
        ready = run_until([&] { return right && opened.calls == 1; }) && !failed && !opened.error;
    }

    asio::acceptor in;
    asio::socket left;
    std::optional<asio::socket> right;
    bool ready = false;
};

inline net::const_buffer text(const std::string& s) {
    return net::buffer(s);
}

}  // namespace rrdp::testing
