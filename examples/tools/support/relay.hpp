// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <exception>
#include <memory>
#include <utility>

#include <rrdp/asio.hpp>

namespace tools {

namespace net = rrdp::asio::net;
using tcp = net::ip::tcp;

/// What relays have carried so far.
struct relay_statistics {
    std::uint64_t opened = 0, ended = 0, broken = 0;
    std::uint64_t to_rrdp = 0, to_tcp = 0;  ///< octets
};

/// Ends what is written, so that the other end reads its end.
inline net::awaitable<void> end_writing(tcp::socket& to) {
    rrdp::asio::error_code ignored;  // it may have gone already, which its reader finds out
    to.shutdown(tcp::socket::shutdown_send, ignored);
    co_return;
}
template <class Engine, class Link>
net::awaitable<void> end_writing(rrdp::asio::basic_stream<Engine, Link>& to) {
    co_await to.async_shutdown(net::use_awaitable);
}

/// Carries what one stream brings to the other until it ends, and its end too; false: one of them
/// broke.
template <class From, class To>
net::awaitable<bool> carry(From& from, To& to, std::uint64_t& octets) {
    const auto buffer = std::make_unique<std::array<std::byte, 65'536>>();
    rrdp::asio::error_code end;
    while (!end) {
        const std::size_t n = co_await from.async_read_some(
            net::buffer(*buffer), net::redirect_error(net::use_awaitable, end));
        if (end && end != net::error::eof) co_return false;
        if (n == 0) continue;
        rrdp::asio::error_code failed;
        co_await net::async_write(to, net::buffer(*buffer, n),
                                  net::redirect_error(net::use_awaitable, failed));
        if (failed) co_return false;
        octets += n;
    }
    co_await end_writing(to);
    co_return true;
}

/// A TCP connection and an RRDP connection, of which each carries on what the other brings. An end
/// of one direction is passed on, and so is a reset.
template <class Engine, class Link>
class relay : public std::enable_shared_from_this<relay<Engine, Link>> {
public:
    using stream = rrdp::asio::basic_stream<Engine, Link>;

    relay(tcp::socket near, stream far, relay_statistics& counts)
        : near_{std::move(near)}, far_{std::move(far)}, counts_{counts} {
        rrdp::asio::error_code ignored;
        near_.set_option(tcp::no_delay{true}, ignored);
    }

    void start() {
        ++counts_.opened;
        spawn(carry(near_, far_, counts_.to_rrdp));
        spawn(carry(far_, near_, counts_.to_tcp));
    }

private:
    void spawn(net::awaitable<bool> way) {
        net::co_spawn(near_.get_executor(), std::move(way),
                      [self = this->shared_from_this()](std::exception_ptr thrown, bool good) {
                          self->over(!thrown && good);
                      });
    }
    void over(bool good) {
        if (!good) break_off();
        if (++over_ == 2) ++(broken_ ? counts_.broken : counts_.ended);
    }
    void break_off() {
        if (std::exchange(broken_, true)) return;
        rrdp::asio::error_code ignored;
        near_.set_option(net::socket_base::linger{true, 0}, ignored);  // an RST
        near_.close(ignored);
        far_.next_layer().abort();
    }

    tcp::socket near_;
    stream far_;
    relay_statistics& counts_;
    int over_ = 0;
    bool broken_ = false;
};

}  // namespace tools
