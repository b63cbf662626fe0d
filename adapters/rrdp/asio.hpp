// SPDX-License-Identifier: Apache-2.0
#pragma once

/// RRDP for programs that live in Asio: nodes, sockets, acceptors, streams (docs/guides/asio.md).
#include <rrdp/asio/acceptor.hpp>
#include <rrdp/asio/node.hpp>
#include <rrdp/asio/socket.hpp>
#include <rrdp/asio/stream.hpp>
