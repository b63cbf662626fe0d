// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <string>
#include <thread>

#include <rrdp/adapters/unix_datagram.hpp>
#include <rrdp/asio.hpp>

#include "support/ethernet_host.hpp"

namespace rrdp::testing {

/// Two nodes with a cable between them, each in a thread of its own.
struct two_threads {
    std::string name = "@rrdp-asio-threads-" + std::to_string(::getpid());
    adapters::unix_datagram left{name}, right{name};
    erased<adapters::unix_datagram> at_a{left}, at_b{right};
    asio::net::io_context io_a, io_b;
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

}  // namespace rrdp::testing
