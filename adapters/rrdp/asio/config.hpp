// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// Which Asio: Boost's (1.81 or later), or with RRDP_ASIO_STANDALONE the one without Boost (1.22 or
/// later). All else here is written once, for `net`.
#if defined(RRDP_ASIO_STANDALONE)
#include <asio.hpp>
#include <system_error>
#else
#include <boost/asio.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <boost/version.hpp>
static_assert(BOOST_VERSION >= 108100, "rrdp/asio.hpp wants Boost 1.81: libboost1.81-dev");
#endif

namespace rrdp::asio {

#if defined(RRDP_ASIO_STANDALONE)
namespace net = ::asio;
using error_code = std::error_code;
using system_error = std::system_error;
#else
namespace net = ::boost::asio;
using error_code = boost::system::error_code;      ///< of Asio
using system_error = boost::system::system_error;  ///< of Asio
#endif

/// What a handler, or what stands for one, is called with.
template <class T>
concept plain_token = net::completion_token_for<T, void(error_code)>;
/// The same for an operation that tells how many octets it has moved.
template <class T>
concept sized_token = net::completion_token_for<T, void(error_code, std::size_t)>;
/// The token that an operation has where none is given.
template <class Executor>
using default_token = typename net::default_completion_token<Executor>::type;

/// Memory to send from: one buffer or several, which make one message.
template <class B>
concept const_buffers = net::is_const_buffer_sequence<B>::value;
/// Memory to receive into, of a fixed size.
template <class B>
concept mutable_buffers = net::is_mutable_buffer_sequence<B>::value;
/// Memory to receive into that grows with the message.
template <class B>
concept dynamic_buffer = net::is_dynamic_buffer_v2<B>::value;

}  // namespace rrdp::asio
