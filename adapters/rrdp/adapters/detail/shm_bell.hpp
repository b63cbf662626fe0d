// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <system_error>

#include <rrdp/adapters/detail/unique_fd.hpp>

namespace rrdp::adapters::detail {

/// What one side of a shared-memory link rings when the other sleeps: a datagram socket of AF_UNIX,
/// which poll(2) knows and which the peer cannot make block.
class shm_bell {
public:
    shm_bell() noexcept = default;

    /// An end of a socket pair, whose other end is the peer's.
    explicit shm_bell(unique_fd end) noexcept : fd_{std::move(end)} {}

    /// A socket that rings at the path `peer`, and listens at `own` if not empty; what stood
    /// there is replaced. Throws std::system_error.
    shm_bell(const std::string& own, const std::string& peer)
        : fd_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)}, to_{address(peer)}, named_{true} {
        if (!fd_) throw std::system_error{errno, std::generic_category(), "cannot make a bell"};
        if (own.empty()) return;
        ::unlink(own.c_str());
        const sockaddr_un here = address(own);
        const void* const at = &here;
        // The mode that the socket has now is the one of the file that bind() makes.
        if (::fchmod(fd_.get(), S_IRUSR | S_IWUSR) != 0 ||
            ::bind(fd_.get(), static_cast<const sockaddr*>(at), sizeof here) != 0)
            throw std::system_error{errno, std::generic_category(), "cannot make a bell at " + own};
    }

    /// The longest path that fits an address.
    static constexpr std::size_t path_max = sizeof(sockaddr_un::sun_path) - 1;

    [[nodiscard]] int fd() const noexcept { return fd_.get(); }
    explicit operator bool() const noexcept { return bool{fd_}; }

    /// Wakes the peer. A queue that is full has woken it already; nobody there is nobody asleep.
    void ring() const noexcept {
        const char octet = 0;
        const void* const at = &to_;
        static_cast<void>(::sendto(fd_.get(), &octet, 1, MSG_DONTWAIT | MSG_NOSIGNAL,
                                   named_ ? static_cast<const sockaddr*>(at) : nullptr,
                                   named_ ? sizeof to_ : 0));
    }

    /// Takes one ring away; false: there was none.
    bool take_ring() const noexcept {
        char octet = 0;
        return ::recv(fd_.get(), &octet, 1, MSG_DONTWAIT) >= 0;
    }

    /// Makes the descriptor unreadable until the next ring; bounded, because the peer may go on.
    void silence() const noexcept {
        for (int i = 0; i < rings_max; ++i)
            if (!take_ring()) return;
    }

    /// Sleeps until the bell rings or `longest` is over.
    void sleep(std::chrono::nanoseconds longest) const noexcept {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(longest);
        timespec limit{};
        limit.tv_sec = static_cast<time_t>(seconds.count());
        limit.tv_nsec = static_cast<decltype(limit.tv_nsec)>((longest - seconds).count());
        pollfd readable{fd_.get(), POLLIN, 0};
        static_cast<void>(::ppoll(&readable, 1, &limit, nullptr));
    }

private:
    static constexpr int rings_max = 64;

    static sockaddr_un address(const std::string& path) noexcept {
        sockaddr_un a{};
        a.sun_family = AF_UNIX;
        std::memcpy(a.sun_path, path.data(), path.size() < path_max ? path.size() : path_max);
        return a;
    }

    unique_fd fd_;
    sockaddr_un to_{};
    bool named_ = false;
};

}  // namespace rrdp::adapters::detail
