// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include <rrdp/asio/stream.hpp>

#include <boost/beast/core/role.hpp>

/// What a WebSocket of Boost.Beast must know of a stream, and finds by these names. TLS and HTTP
/// need nothing of it.
namespace rrdp::asio {

/// Ends the stream below in good order. `void(error_code)`.
template <class Engine, class Link, class Executor, class Handler>
void async_teardown(boost::beast::role_type, basic_stream<Engine, Link, Executor>& below,
                    Handler&& handler) {
    below.async_shutdown(std::forward<Handler>(handler));
}
/// The same, and waits for that: by then another thread runs the executor.
template <class Engine, class Link, class Executor>
void teardown(boost::beast::role_type, basic_stream<Engine, Link, Executor>& below, error_code& e) {
    below.shutdown(e);
}
/// Gives up the connection of one whose time is over.
template <class Engine, class Link, class Executor>
void beast_close_socket(basic_socket<Engine, Link, Executor>& below) noexcept {
    below.close();
}

}  // namespace rrdp::asio
