// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <net/if.h>
#include <sys/ioctl.h>

#include <sstream>
#include <string>

#include <rrdp/interop/address_text.hpp>
#include <rrdp/interop/link_text.hpp>

#include "kernel_socket.hpp"
#include "line.hpp"

namespace rrdp::bench {

/// The two ends on hosts that are what they are: a TCP connection beside the link carries what is
/// measured next, and at first where the link of each is.
class remote {
public:
    static constexpr std::uint16_t usual_port = 50'026;

    /// Waits at `at`, ADDRESS[:PORT], for one client after the other.
    static line accept(const kernel_socket& listening) {
        adapters::detail::unique_fd fd{::accept4(listening.fd(), nullptr, nullptr, SOCK_CLOEXEC)};
        if (!fd) fail("accept");
        return line{std::move(fd)};
    }
    static kernel_socket listen(const std::string& at) {
        const auto [host, port] = address(at);
        kernel_socket s{SOCK_STREAM};
        s.bind(host, port);
        s.listen();
        return s;
    }
    static line connect(const std::string& server) {
        const auto [host, port] = address(server);
        const kernel_socket s{SOCK_STREAM};
        s.connect(host, port);
        return line{adapters::detail::unique_fd{::dup(s.fd())}};
    }

    /// Where this end is, and, by what the other end says, where that is.
    static place meet(side end, const std::string& link, line& other, std::size_t mtu) {
        place p;
        p.end = end;
        p.link_text = link;
        p.mtu = mtu;
        read_link(p);
        p.own_ip = end_of(other.fd(), ::getsockname);
        p.peer_ip = end_of(other.fd(), ::getpeername);
        std::ostringstream own;
        own << "rrdp-perf-1 " << link.substr(0, link.find(':')) << ' ' << p.mtu;
        for (const std::uint8_t octet : p.own.octets) own << ' ' << unsigned{octet};
        for (const std::uint8_t octet : p.own_udp.host.octets) own << ' ' << unsigned{octet};
        own << ' ' << p.own_udp.port;
        other.say(own.str());
        hear_place(p, other);
        return p;
    }

private:
    struct host_port {
        std::uint32_t host;
        std::uint16_t port;
    };
    static host_port address(const std::string& text) {
        framings::udp4::address a{};
        const std::string with_port =
            text.find(':') == std::string::npos ? text + ':' + std::to_string(usual_port) : text;
        if (!read_address(with_port, a))
            throw std::runtime_error{text + " is no IPv4 address with perhaps :PORT"};
        std::uint32_t host = 0;
        for (const std::uint8_t octet : a.host.octets) host = host << 8 | octet;
        return {host, a.port};
    }
    template <class Ask>
    static std::uint32_t end_of(int fd, Ask ask) {
        sockaddr_in a{};
        socklen_t size = sizeof a;
        void* const p = &a;
        if (ask(fd, static_cast<sockaddr*>(p), &size) != 0) fail("address");
        return ntohl(a.sin_addr.s_addr);
    }
    static void read_link(place& p) {
        const auto said = link_text::read(p.link_text);
        if (!said) throw std::runtime_error{"the link cannot be read"};
        const std::string where{said->base.where};
        switch (said->kind()) {
            case link_kind::packet:
            case link_kind::packet_ring:
            case link_kind::xdp:
            case link_kind::pcap: return read_interface(p, where);
            case link_kind::udp: static_cast<void>(read_address(where, p.own_udp)); break;
            default: break;
        }
        p.why_no_interface = "only with a link on an interface";
    }
    static void read_interface(place& p, const std::string& name) {
        const adapters::detail::unique_fd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
        ifreq request{};
        name.copy(request.ifr_name, IFNAMSIZ - 1);
        if (::ioctl(fd.get(), SIOCGIFMTU, &request) != 0) fail(name.c_str());
        p.mtu = std::min(p.mtu, static_cast<std::size_t>(request.ifr_mtu));
        if (::ioctl(fd.get(), SIOCGIFHWADDR, &request) != 0) fail(name.c_str());
        for (std::size_t i = 0; i < p.own.octets.size(); ++i)
            p.own.octets[i] = static_cast<std::uint8_t>(request.ifr_hwaddr.sa_data[i]);
        p.interface = name;
    }
    static void hear_place(place& p, line& other) {
        std::istringstream words{other.hear(std::chrono::seconds{10}).value_or("")};
        std::string greeting;
        std::string kind;
        std::size_t mtu = 0;
        words >> greeting >> kind >> mtu;
        const auto octet = [&words](std::uint8_t& into) {
            unsigned value = 0;
            words >> value;
            into = static_cast<std::uint8_t>(value);
        };
        for (std::uint8_t& o : p.peer.octets) octet(o);
        for (std::uint8_t& o : p.peer_udp.host.octets) octet(o);
        words >> p.peer_udp.port;
        if (!words || greeting != "rrdp-perf-1")
            throw std::runtime_error{"the other end is no rrdp-perf of this kind"};
        if (kind != p.link_text.substr(0, p.link_text.find(':')))
            throw std::runtime_error{"the other end has another link: " + kind};
        p.mtu = std::min(p.mtu, mtu);
    }
};

}  // namespace rrdp::bench
