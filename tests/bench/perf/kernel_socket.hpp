// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

#include <rrdp/adapters/detail/unique_fd.hpp>

#include "place.hpp"

namespace rrdp::bench {

/// The ports of the rows of the kernel's protocols; the near end of UDP has one of its own, so that
/// both may be on one host.
inline constexpr std::uint16_t tcp_port = 50'028, udp_far = 50'029, udp_near = 50'030;

[[noreturn]] inline void fail(const char* what) {
    throw std::runtime_error{std::string{what} + ": " + std::strerror(errno)};
}

[[nodiscard]] inline sockaddr_in socket_address(std::uint32_t host, std::uint16_t port) {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(port);
    a.sin_addr.s_addr = htonl(host);
    return a;
}

/// A socket of IPv4, and what is done with it before it carries anything.
class kernel_socket {
public:
    explicit kernel_socket(int type) : fd_{::socket(AF_INET, type | SOCK_CLOEXEC, 0)} {
        if (!fd_) fail("socket");
        set(SOL_SOCKET, SO_REUSEADDR, 1);
    }
    [[nodiscard]] int fd() const noexcept { return fd_.get(); }
    void set(int level, int name, int value) const {
        ::setsockopt(fd_.get(), level, name, &value, sizeof value);
    }
    void bind(std::uint32_t host, std::uint16_t port) const {
        const sockaddr_in at = socket_address(host, port);
        const void* const p = &at;
        if (::bind(fd_.get(), static_cast<const sockaddr*>(p), sizeof at) != 0) fail("bind");
    }
    void connect(std::uint32_t host, std::uint16_t port) const {
        const sockaddr_in to = socket_address(host, port);
        const void* const p = &to;
        if (::connect(fd_.get(), static_cast<const sockaddr*>(p), sizeof to) != 0) fail("connect");
    }
    void listen() const {
        if (::listen(fd_.get(), 1) != 0) fail("listen");
    }
    /// Becomes the connection that was made to it.
    void become_accepted() {
        adapters::detail::unique_fd made{::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
        if (!made) fail("accept");
        fd_ = std::move(made);
    }

private:
    adapters::detail::unique_fd fd_;
};

}  // namespace rrdp::bench
