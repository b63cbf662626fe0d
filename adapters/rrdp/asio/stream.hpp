// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include <rrdp/asio/detail/blocking.hpp>
#include <rrdp/asio/socket.hpp>

namespace rrdp::asio {

/// A connection as a stream of octets: models AsyncReadStream and AsyncWriteStream, so that what is
/// written for those runs over RRDP as it is: net::async_read, ssl::stream, Boost.Beast.
///
/// What is written travels in messages of any size; where one ends means nothing. The end of the
/// stream travels in order behind them, and is eof at the other end: async_shutdown().
///
/// It models SyncReadStream and SyncWriteStream, too, for threads that do not run the executor:
/// what waits needs another thread in io_context::run(). A handler of a single io_context gets
/// EDEADLK (resource_deadlock_would_occur) instead; elsewhere it would wait for ever.
template <class Engine = endpoint<>, class Link = any_link, class Executor = net::any_io_executor>
class basic_stream {
public:
    using executor_type = Executor;  ///< what handlers run on unless they say otherwise
    using next_layer_type = basic_socket<Engine, Link, Executor>;   ///< the socket below
    using lowest_layer_type = next_layer_type;                      ///< the same
    using endpoint_type = typename next_layer_type::endpoint_type;  ///< a node and a port

    /// The same with another executor, as Asio asks for it.
    template <class Other>
    struct rebind_executor {
        using other = basic_stream<Engine, Link, Other>;  ///< the type with that executor
    };

    /// Over a socket, or over a new one of a node.
    explicit basic_stream(next_layer_type over) noexcept : socket_{std::move(over)} {}
    /// Over a socket of its own.
    explicit basic_stream(const typename next_layer_type::node_type& on) : socket_{on} {}
    /// Over a socket of its own.
    template <std::convertible_to<Executor> Other>
    basic_stream(basic_stream<Engine, Link, Other>&& other)
        : socket_{std::move(other.next_layer())} {}

    /// What handlers run on unless they say otherwise.
    [[nodiscard]] executor_type get_executor() const noexcept { return socket_.get_executor(); }
    /// The socket below.
    [[nodiscard]] next_layer_type& next_layer() noexcept { return socket_; }
    /// The socket below.
    [[nodiscard]] const next_layer_type& next_layer() const noexcept { return socket_; }
    /// The same.
    [[nodiscard]] lowest_layer_type& lowest_layer() noexcept { return socket_; }
    /// The same.
    [[nodiscard]] const lowest_layer_type& lowest_layer() const noexcept { return socket_; }

    /// Reads what has arrived, at least one octet. `void(error_code, size_t)`.
    template <mutable_buffers MutableBuffers, sized_token Token = default_token<Executor>>
    auto async_read_some(const MutableBuffers& buffers, Token&& token = default_token<Executor>{}) {
        return socket_.template start<void(error_code, std::size_t)>(
            detail::wish::receive, detail::receive_some<MutableBuffers>{buffers}, token);
    }
    /// Writes some octets: as many as one message carries. `void(error_code, size_t)`.
    template <const_buffers ConstBuffers, sized_token Token = default_token<Executor>>
    auto async_write_some(const ConstBuffers& buffers, Token&& token = default_token<Executor>{}) {
        return socket_.template start<void(error_code, std::size_t)>(
            detail::wish::send, detail::send_some<ConstBuffers>{buffers}, token);
    }
    /// Ends what is written, and waits until the peer has all of it. `void(error_code)`.
    template <plain_token Token = default_token<Executor>>
    auto async_shutdown(Token&& token = default_token<Executor>{}) {
        return socket_.async_shutdown(std::forward<Token>(token));
    }

    /// Reads what has arrived, at least one octet, and waits for that.
    template <mutable_buffers MutableBuffers>
    std::size_t read_some(const MutableBuffers& buffers, error_code& e) {
        return detail::blocking(get_executor(), e, [&](detail::answer::handler h) {
            this->async_read_some(buffers, std::move(h));
        });
    }
    /// Writes some octets, and waits until they are accepted.
    template <const_buffers ConstBuffers>
    std::size_t write_some(const ConstBuffers& buffers, error_code& e) {
        return detail::blocking(get_executor(), e, [&](detail::answer::handler h) {
            this->async_write_some(buffers, std::move(h));
        });
    }
    /// Ends what is written, and waits until the peer has all of it.
    void shutdown(error_code& e) {
        detail::blocking(get_executor(), e,
                         [&](detail::answer::handler h) { this->async_shutdown(std::move(h)); });
    }
    /// The same as with an error code, which is thrown as a system_error.
    template <mutable_buffers MutableBuffers>
    std::size_t read_some(const MutableBuffers& buffers) {
        error_code e;
        const std::size_t size = read_some(buffers, e);
        if (e) throw system_error{e, "read_some"};
        return size;
    }
    /// The same as with an error code, which is thrown as a system_error.
    template <const_buffers ConstBuffers>
    std::size_t write_some(const ConstBuffers& buffers) {
        error_code e;
        const std::size_t size = write_some(buffers, e);
        if (e) throw system_error{e, "write_some"};
        return size;
    }
    /// The same as with an error code, which is thrown as a system_error.
    void shutdown() {
        error_code e;
        shutdown(e);
        if (e) throw system_error{e, "shutdown"};
    }

    /// Ends waiting operations with operation_aborted.
    void cancel() { socket_.cancel(); }
    /// Ends it behind what was sent.
    void close() noexcept { socket_.close(); }
    /// Ends waiting operations with operation_aborted.
    void cancel(error_code& e) { socket_.cancel(e); }
    /// Ends it behind what was sent.
    void close(error_code& e) noexcept { socket_.close(e); }
    /// Whether it has a connection.
    [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }

private:
    next_layer_type socket_;
};

/// One of `node`.
using stream = basic_stream<>;

}  // namespace rrdp::asio
