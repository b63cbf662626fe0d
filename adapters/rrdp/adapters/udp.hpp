// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

#include <rrdp/adapters/detail/unique_fd.hpp>
#include <rrdp/framings/udp.hpp>
#include <rrdp/link/copying.hpp>

namespace rrdp::adapters {

/// What is bound to where, and how long its datagrams may be.
struct udp_options {
    framings::udp4::address address{};  ///< of this end; host 0: of every interface
    std::size_t max_frame = 1'500;      ///< octets of the longest IP datagram, its header included
    int buffer = 1 << 20;               ///< octets the kernel may keep for us, each way
};

/// What a `udp_port` could not deliver.
struct udp_statistics {
    std::uint64_t received = 0;
    std::uint64_t sent = 0;
    std::uint64_t refused = 0;    ///< by the kernel, for good: too long for the path, no route
    std::uint64_t truncated = 0;  ///< longer than `max_frame`: dropped
};

/// A port over a UDP socket of IPv4, which needs no privilege: the frames are those of
/// `framings::udp4`, whole datagrams. The kernel has the headers; in front of what it hands over
/// they are put again, so that an engine sees where a segment came from.
class udp_port {
public:
    /// Binds. Throws std::system_error.
    explicit udp_port(const udp_options& options)
        : options_{options}, fd_{::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)} {
        if (!fd_) fail("socket");
        const sockaddr_in where = to_sockaddr(options.address);
        const void* const at = &where;
        if (::bind(fd_.get(), static_cast<const sockaddr*>(at), sizeof where) != 0) fail("bind");
        set(IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);  // DF, and no belief in ICMP
        set(SOL_SOCKET, SO_RCVBUF, options.buffer);
        set(SOL_SOCKET, SO_SNDBUF, options.buffer);
    }

    [[nodiscard]] link_properties properties() const noexcept {
        return {.max_frame = options_.max_frame,
                .fifo = framings::udp4::fifo,
                .msl = std::chrono::microseconds{framings::udp4::msl_us}};
    }

    /// The next datagram as a frame; what does not fit `max_frame` is dropped and counted.
    std::size_t read(octets in) noexcept {
        const octets room =
            in.first(in.size() < options_.max_frame ? in.size() : options_.max_frame)
                .subspan(framings::udp4::overhead);
        for (int looks = 0; looks < looks_max; ++looks) {
            sockaddr_in from{};
            void* const at = &from;
            socklen_t size = sizeof from;
            const auto got = ::recvfrom(fd_.get(), room.data(), room.size(), MSG_TRUNC,
                                        static_cast<sockaddr*>(at), &size);
            if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return 0;
            if (got < 0) continue;  // news of an earlier datagram, which is loss and no more
            const auto length = static_cast<std::size_t>(got);
            truncated_ += length > room.size();
            if (length > room.size()) continue;
            ++received_;
            const framings::udp4 framing;
            framing.write_header(in, options_.address, to_address(from));
            return framing.finish(in, length);
        }
        return 0;
    }

    /// Sends what a frame carries to where it is addressed. False while the socket is full.
    bool write(octets_view frame) noexcept {
        const auto parsed = framings::udp4{}.parse(frame);
        if (!parsed) return true;  // not of our framing: there is nothing to send
        const sockaddr_in to = to_sockaddr(parsed->destination);
        const void* const at = &to;
        const auto tos = std::to_integer<int>(frame[1]);
        if (tos != tos_) set(IPPROTO_IP, IP_TOS, tos_ = tos);
        const auto sent = ::sendto(fd_.get(), parsed->payload.data(), parsed->payload.size(), 0,
                                   static_cast<const sockaddr*>(at), sizeof to);
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
        ++(sent < 0 ? refused_ : sent_);
        return true;
    }

    /// For poll(2): readable when a datagram waits.
    [[nodiscard]] int native_handle() const noexcept { return fd_.get(); }

    [[nodiscard]] udp_statistics statistics() const noexcept {
        return {received_, sent_, refused_, truncated_};
    }

private:
    static constexpr int looks_max = 64;

    static sockaddr_in to_sockaddr(const framings::udp4::address& a) noexcept {
        sockaddr_in s{};
        s.sin_family = AF_INET;
        s.sin_port = htons(a.port);
        const auto& o = a.host.octets;
        s.sin_addr.s_addr = htonl(std::uint32_t{o[0]} << 24 | std::uint32_t{o[1]} << 16 |
                                  std::uint32_t{o[2]} << 8 | o[3]);
        return s;
    }
    static framings::udp4::address to_address(const sockaddr_in& s) noexcept {
        const std::uint32_t host = ntohl(s.sin_addr.s_addr);
        const auto octet = [host](int shift) {
            return static_cast<std::uint8_t>(host >> shift & 0xff);
        };
        return {{{octet(24), octet(16), octet(8), octet(0)}}, ntohs(s.sin_port)};
    }

    void set(int level, int name, int value) noexcept {
        static_cast<void>(::setsockopt(fd_.get(), level, name, &value, sizeof value));
    }
    [[noreturn]] static void fail(const char* what) {
        throw std::system_error{errno, std::generic_category(), what};
    }

    udp_options options_;
    detail::unique_fd fd_;
    int tos_ = 0;
    std::uint64_t received_ = 0;
    std::uint64_t sent_ = 0;
    std::uint64_t refused_ = 0;
    std::uint64_t truncated_ = 0;
};

/// The same as a link.
using udp = copying<udp_port>;

}  // namespace rrdp::adapters
