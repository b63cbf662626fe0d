// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <rrdp/base/octets.hpp>

#include "failure.hpp"
#include "unique_fd.hpp"
#include "waiting.hpp"

/// The kernel's TCP, as the thing to compare with: Nagle's algorithm off, and either blocking or
/// spinning on a non-blocking receive.
namespace tools {

class tcp_stream {
public:
    tcp_stream(unique_fd fd, bool spin) : fd_{std::move(fd)}, spin_{spin} {
        const int on = 1;
        const timeval tenth{0, 100'000};
        ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &tenth, sizeof tenth);
    }

    /// Sends all of `octets`; false: the peer is gone.
    [[nodiscard]] bool send(rrdp::octets_view octets) const noexcept {
        while (!octets.empty()) {
            const ssize_t count = ::send(fd_.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
            if (count <= 0) return false;
            octets = octets.subspan(static_cast<std::size_t>(count));
        }
        return true;
    }

    /// One receive of what is there: how many octets, 0 when the peer is gone. Waits for at most a
    /// tenth of a second, or a thousand attempts when spinning; nothing came then.
    [[nodiscard]] std::optional<std::size_t> receive(rrdp::octets octets) const noexcept {
        for (int turn = 0; turn < (spin_ ? 1000 : 1); ++turn) {
            const int flags = spin_ ? MSG_DONTWAIT : 0;
            const ssize_t count = ::recv(fd_.get(), octets.data(), octets.size(), flags);
            if (count >= 0) return static_cast<std::size_t>(count);
            if (errno != EAGAIN && errno != EINTR) return 0;
        }
        return std::nullopt;
    }

    /// Fills all of `octets`; false: the peer is gone, or silent until `deadline`.
    [[nodiscard]] bool receive_all(rrdp::octets octets, rrdp::instant deadline) const noexcept {
        while (!octets.empty()) {
            const auto count = receive(octets);
            if (count == 0 || (!count && clock_now() > deadline)) return false;
            octets = octets.subspan(count.value_or(0));
        }
        return true;
    }

private:
    unique_fd fd_;
    bool spin_;
};

/// The socket address of an IPv4 address and a port; `any` is every address of this host.
inline sockaddr_in tcp_address(const std::string& host, std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1)
        throw failure{exit_status::usage, host, "not an IPv4 address"};
    return address;
}

/// The general form that the socket calls want.
inline const sockaddr* generic(const sockaddr_in& address) noexcept {
    return static_cast<const sockaddr*>(static_cast<const void*>(&address));
}

/// Connects within `patience`; as long as nobody listens there, it tries again.
inline tcp_stream tcp_connect(const std::string& host, std::uint16_t port, bool spin,
                              rrdp::duration patience) {
    const std::string what = "tcp " + host + ':' + std::to_string(port);
    const sockaddr_in address = tcp_address(host, port);
    const rrdp::instant deadline = clock_now() + patience;
    for (int error = 0;; ::usleep(10'000)) {
        unique_fd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
        if (!fd.valid()) throw system_failure(what);
        error = ::connect(fd.get(), generic(address), sizeof address) == 0 ? 0 : errno;
        if (error == EINPROGRESS) {
            pollfd ready{fd.get(), POLLOUT, 0};
            socklen_t size = sizeof error;
            error = ETIMEDOUT;
            if (::poll(&ready, 1, rrdp::poll_wait(clock_now(), deadline)) > 0)
                ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
        }
        if (error == 0) {
            ::fcntl(fd.get(), F_SETFL, 0);  // what waits, waits in the kernel again
            return {std::move(fd), spin};
        }
        if (error != ECONNREFUSED || clock_now() > deadline)
            throw failure{exit_status::not_connected, what, system_text(error)};
    }
}

/// A socket that accepts on `port` of every address of this host.
inline unique_fd tcp_listen(std::uint16_t port) {
    const std::string what = "tcp port " + std::to_string(port);
    const sockaddr_in address = tcp_address("0.0.0.0", port);
    unique_fd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const int on = 1;
    if (!fd.valid()) throw system_failure(what);
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(fd.get(), generic(address), sizeof address) != 0 || ::listen(fd.get(), 8) != 0)
        throw system_failure(what);
    return fd;
}

}  // namespace tools
