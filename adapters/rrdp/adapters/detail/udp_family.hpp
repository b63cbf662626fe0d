// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <string>

#include <rrdp/framings/udp.hpp>

/// What differs between UDP over IPv4 and over IPv6, for the sockets of the kernel.
namespace rrdp::adapters::detail {

template <class Framing>
struct udp_family;

template <>
struct udp_family<framings::udp4> {
    using address = framings::udp4::address;
    using sockaddr_type = sockaddr_in;

    static constexpr int family = AF_INET;
    static constexpr int level = IPPROTO_IP;
    static constexpr int discover = IP_MTU_DISCOVER;
    static constexpr int probe = IP_PMTUDISC_PROBE;  // DF, and no belief in ICMP
    static constexpr int report_errors = IP_RECVERR;
    static constexpr int traffic_class = IP_TOS;
    static constexpr int error_origin = 2;  // SO_EE_ORIGIN_ICMP

    [[nodiscard]] static sockaddr_in to_sockaddr(const address& a) noexcept {
        sockaddr_in s{};
        s.sin_family = AF_INET;
        s.sin_port = htons(a.port);
        std::memcpy(&s.sin_addr, a.host.octets.data(), a.host.octets.size());
        return s;
    }
    [[nodiscard]] static address to_address(const sockaddr_in& s) noexcept {
        address a;
        std::memcpy(a.host.octets.data(), &s.sin_addr, a.host.octets.size());
        a.port = ntohs(s.sin_port);
        return a;
    }

    /// Where the frame of an engine goes, whose header is of our own making and without options.
    [[nodiscard]] static address destination(octets_view frame) noexcept {
        return {framings::load_ip<framings::ipv4_address>(frame, 16), load_be16(frame, 22)};
    }
    [[nodiscard]] static bool is_datagram(octets_view frame) noexcept {
        return frame.size() > framings::udp4::overhead && frame[0] == std::byte{0x45} &&
               frame[9] == std::byte{framings::ip_protocol_udp};
    }
    [[nodiscard]] static int class_of(octets_view frame) noexcept {
        return std::to_integer<int>(frame[1]);
    }
};

template <>
struct udp_family<framings::udp6> {
    using address = framings::udp6::address;
    using sockaddr_type = sockaddr_in6;

    static constexpr int family = AF_INET6;
    static constexpr int level = IPPROTO_IPV6;
    static constexpr int discover = IPV6_MTU_DISCOVER;
    static constexpr int probe = IPV6_PMTUDISC_PROBE;
    static constexpr int report_errors = IPV6_RECVERR;
    static constexpr int traffic_class = IPV6_TCLASS;
    static constexpr int error_origin = 3;  // SO_EE_ORIGIN_ICMP6

    [[nodiscard]] static sockaddr_in6 to_sockaddr(const address& a) noexcept {
        sockaddr_in6 s{};
        s.sin6_family = AF_INET6;
        s.sin6_port = htons(a.port);
        std::memcpy(&s.sin6_addr, a.host.octets.data(), a.host.octets.size());
        return s;
    }
    [[nodiscard]] static address to_address(const sockaddr_in6& s) noexcept {
        address a;
        std::memcpy(a.host.octets.data(), &s.sin6_addr, a.host.octets.size());
        a.port = ntohs(s.sin6_port);
        return a;
    }
    [[nodiscard]] static address destination(octets_view frame) noexcept {
        return {framings::load_ip<framings::ipv6_address>(frame, 24), load_be16(frame, 42)};
    }
    [[nodiscard]] static bool is_datagram(octets_view frame) noexcept {
        return frame.size() > framings::udp6::overhead &&
               std::to_integer<unsigned>(frame[0]) >> 4 == 6 &&
               frame[6] == std::byte{framings::ip_protocol_udp};
    }
    [[nodiscard]] static int class_of(octets_view frame) noexcept {
        return static_cast<int>(load_be16(frame, 0) >> 4 & 0xff);
    }
};

/// "192.0.2.1:5000" or "[2001:db8::1]:5000".
template <class Framing>
[[nodiscard]] std::string udp_text(const typename Framing::address& a) {
    char host[INET6_ADDRSTRLEN] = "";
    ::inet_ntop(udp_family<Framing>::family, a.host.octets.data(), host, sizeof host);
    const bool bracketed = udp_family<Framing>::family == AF_INET6;
    return (bracketed ? "[" : "") + std::string{host} + (bracketed ? "]:" : ":") +
           std::to_string(a.port);
}

}  // namespace rrdp::adapters::detail
