// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <net/if.h>

#include <linux/if_packet.h>

#include <optional>
#include <vector>

#include "job.hpp"
#include "kernel_socket.hpp"
#include "openers.hpp"
#include "timing.hpp"

namespace rrdp::bench {

/// What UDP and AF_PACKET have in common here: a socket with one `send` and one `recv` for each
/// message, as one writes it at first. `Kind` opens the socket and says how much stands in front.
template <class Kind>
class datagram_end {
public:
    static constexpr bool reliable = false;

    datagram_end(const place& p, const job& j) : job_{j}, kind_{p, j} {
        frame_.resize(Kind::head + j.size);
        kind_.head_of(frame_, p);
        room_.resize(Kind::head + std::max<std::size_t>(j.size, 64));
        for (const int name : {SO_RCVBUF, SO_SNDBUF}) {
            const int octets = 4 << 20;
            ::setsockopt(kind_.fd(), SOL_SOCKET, name, &octets, sizeof octets);
        }
        timeval longest{0, 100'000};
        ::setsockopt(kind_.fd(), SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
    }
    void open() { kind_.open(); }
    void turn() {}

    [[nodiscard]] static instant now() { return {}; }
    bool send(octets_view message, instant) { return submit(message); }
    bool submit(octets_view message) {
        copy_octets(message, octets{frame_}.subspan(Kind::head, message.size()));
        const auto n = ::send(kind_.fd(), frame_.data(), Kind::head + message.size(),
                              MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0 || errno == EAGAIN || errno == ENOBUFS) return n >= 0;
        fail("send");
    }
    void push() {}

    template <class Take>
    std::size_t receive(Take take) {
        return read(take, MSG_DONTWAIT);
    }
    template <class Take>
    std::size_t await(Take take, std::optional<instant> until) {
        if (job_.spin) return receive(take);
        if (!until) return read(take, 0);
        sleep_on(kind_.fd(), POLLIN, until);
        return receive(take);
    }

    [[nodiscard]] static bool over() { return false; }
    void close() {}
    [[nodiscard]] static std::uint64_t repeated() { return 0; }

private:
    template <class Take>
    std::size_t read(Take take, int flags) {
        const auto n = ::recv(kind_.fd(), room_.data(), room_.size(), flags);
        if (n < static_cast<ssize_t>(Kind::head)) return 0;
        const auto inside = static_cast<std::size_t>(n) - Kind::head;
        take(octets_view{room_}.subspan(Kind::head, std::min(inside, job_.size)));
        return 1;
    }

    job job_;
    Kind kind_;
    std::vector<std::byte> frame_;  ///< what is sent, with its head
    std::vector<std::byte> room_;
};

/// The kernel's UDP.
class udp_kind {
public:
    static constexpr std::size_t head = 0;
    udp_kind(const place& p, const job& j) : place_{p} {
        if (j.size > 65'507) throw std::runtime_error{"a datagram has 65507 octets at most"};
        socket_.bind(p.own_ip, p.near() ? udp_near : udp_far);
    }
    void open() const { socket_.connect(place_.peer_ip, place_.near() ? udp_far : udp_near); }
    [[nodiscard]] int fd() const { return socket_.fd(); }
    static void head_of(octets, const place&) {}

private:
    place place_;
    kernel_socket socket_{SOCK_DGRAM};
};

/// AF_PACKET with `send` and `recv`: raw Ethernet without a ring and without batches.
class packet_kind {
public:
    static constexpr std::size_t head = 14;
    packet_kind(const place& p, const job& j)
        : fd_{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ethertype))} {
        if (j.size > p.mtu) throw std::runtime_error{"does not fit a frame"};
        sockaddr_ll at{};
        at.sll_family = AF_PACKET;
        at.sll_protocol = htons(ethertype);
        at.sll_ifindex = static_cast<int>(::if_nametoindex(interface_of(p)));
        const void* const a = &at;
        if (!fd_) fail("AF_PACKET");
        if (::bind(fd_.get(), static_cast<const sockaddr*>(a), sizeof at) != 0) fail("bind");
        const int on = 1;  // else an end would hear what it sends itself
        ::setsockopt(fd_.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
    }
    void open() const {}
    [[nodiscard]] int fd() const { return fd_.get(); }
    static void head_of(octets frame, const place& p) {
        wire::ethernet_framing{ethertype}.write_header(frame, p.peer, p.own);
    }

private:
    static constexpr std::uint16_t ethertype = 0x88b5;  // the other one for local experiments
    adapters::detail::unique_fd fd_;
};

}  // namespace rrdp::bench
