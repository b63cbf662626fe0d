// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "job.hpp"
#include "kernel_socket.hpp"
#include "timing.hpp"

namespace rrdp::bench {

/// An end of a TCP connection with TCP_NODELAY (without it streams are slower here): one write for
/// each message; reads take what is there, up to 256 KiB. Where ends block, they block in `recv`
/// itself, without a poll before it.
class tcp_end {
public:
    static constexpr bool reliable = true;

    tcp_end(const place& p, const job& j)
        : place_{p}, job_{j}, incoming_{p.near() ? j.answer_size() : j.size} {
        room_.resize(std::max<std::size_t>(1U << 18, 2 * incoming_));
        if (p.near()) return;
        socket_.bind(p.own_ip, tcp_port);
        socket_.listen();
    }
    void open() {
        if (place_.near())
            socket_.connect(place_.peer_ip, tcp_port);
        else if (wait_for(socket_.fd()))
            socket_.become_accepted();
        else
            throw std::runtime_error{"nobody connects"};
        socket_.set(IPPROTO_TCP, TCP_NODELAY, 1);
        timeval longest{0, 100'000};
        ::setsockopt(socket_.fd(), SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
    }
    void turn() { finish(); }

    [[nodiscard]] static instant now() { return {}; }
    bool send(octets_view message, instant) { return submit(message); }
    bool submit(octets_view message) {
        if (!finish()) return false;
        const std::size_t gone = write(message);
        if (gone == 0) return false;
        rest_.assign(message.begin() + static_cast<std::ptrdiff_t>(gone), message.end());
        return true;
    }
    void push() {}

    template <class Take>
    std::size_t receive(Take take) {
        finish();
        return read(take, MSG_DONTWAIT);
    }
    template <class Take>
    std::size_t await(Take take, std::optional<instant> until) {
        if (job_.spin) return receive(take);
        const bool reads_only = finish() && !refused_ && !until;
        if (reads_only) return read(take, 0);
        sleep_on(socket_.fd(), refused_ ? POLLIN | POLLOUT : POLLIN, until);
        return receive(take);
    }

    [[nodiscard]] bool over() const { return over_; }
    void close() { ::shutdown(socket_.fd(), SHUT_RDWR); }
    [[nodiscard]] std::uint64_t repeated() const {
        tcp_info info{};
        socklen_t size = sizeof info;
        ::getsockopt(socket_.fd(), IPPROTO_TCP, TCP_INFO, &info, &size);
        return info.tcpi_total_retrans;
    }

private:
    static bool wait_for(int fd) {
        pollfd ready{fd, POLLIN, 0};
        return ::poll(&ready, 1, 3'000) > 0;
    }
    /// How much of it the kernel took.
    std::size_t write(octets_view data) {
        const auto n = ::send(socket_.fd(), data.data(), data.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN && !over_) fail("send");
        refused_ = n < 0;
        return n < 0 ? 0 : static_cast<std::size_t>(n);
    }
    /// Writes what is left of a message; whether nothing is.
    bool finish() {
        if (rest_.empty()) return true;
        rest_.erase(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(write(rest_)));
        refused_ = !rest_.empty();
        return rest_.empty();
    }
    template <class Take>
    std::size_t read(Take take, int flags) {
        const auto n = ::recv(socket_.fd(), room_.data() + held_, room_.size() - held_, flags);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) over_ = true;
        if (n <= 0) {
            if (over_ && place_.near()) throw std::runtime_error{"the connection was lost"};
            return 0;
        }
        held_ += static_cast<std::size_t>(n);
        std::size_t at = 0;
        std::size_t count = 0;
        for (; held_ - at >= incoming_; at += incoming_, ++count)
            take(octets_view{room_}.subspan(at, incoming_));
        std::copy(room_.begin() + static_cast<std::ptrdiff_t>(at),
                  room_.begin() + static_cast<std::ptrdiff_t>(held_), room_.begin());
        held_ -= at;
        return count;
    }

    place place_;
    job job_;
    std::size_t incoming_;
    kernel_socket socket_{SOCK_STREAM};
    std::vector<std::byte> room_;
    std::vector<std::byte> rest_;
    std::size_t held_ = 0;
    bool refused_ = false;
    bool over_ = false;
};

}  // namespace rrdp::bench
