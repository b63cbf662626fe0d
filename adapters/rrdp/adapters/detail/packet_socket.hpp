// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/filter.h>
#include <linux/if_packet.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include <rrdp/adapters/detail/unique_fd.hpp>
#include <rrdp/adapters/packet_options.hpp>
#include <rrdp/link/properties.hpp>

namespace rrdp::adapters::detail {

/// An AF_PACKET socket of one interface and one EtherType: all that `packet` and `packet_ring` have
/// in common but the moving of frames.
class packet_socket {
public:
    /// Opens the socket, deaf until `start`: a socket opened with a protocol would first gather
    /// frames of all interfaces. Throws std::system_error with a text that names what is missing.
    packet_socket(const char* interface, const packet_options& options)
        : name_{interface}, ethertype_{options.ethertype} {
        index_ = ::if_nametoindex(interface);
        if (index_ == 0) fail("no such network interface");
        if (options.batch == 0) refuse("a batch has to hold a frame");
        if (options.ethertype < ethertype_min) refuse("EtherTypes begin at 0x0600");
        fd_ = unique_fd{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
        if (!fd_ && (errno == EPERM || errno == EACCES))
            fail(
                "raw Ethernet needs CAP_NET_RAW: run as root, or once "
                "`sudo setcap cap_net_raw+ep PROGRAM`");
        if (!fd_) fail("cannot open an AF_PACKET socket");
        read_properties();
        ask_for(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
        if (options.bypass_queueing && !ask_for(SOL_PACKET, PACKET_QDISC_BYPASS, 1))
            fail("cannot bypass the queueing discipline");
        const auto octets = static_cast<int>(options.receive_buffer);
        if (!ask_for(SOL_SOCKET, SO_RCVBUFFORCE, octets)) ask_for(SOL_SOCKET, SO_RCVBUF, octets);
        if (options.first_port != 0) attach_filter(options);
    }

    /// Begins to receive. Throws std::system_error.
    void start() {
        sockaddr_ll address{};
        address.sll_family = AF_PACKET;
        address.sll_protocol = htons(ethertype_);
        address.sll_ifindex = static_cast<int>(index_);
        const void* const where = &address;
        if (::bind(fd(), static_cast<const sockaddr*>(where), sizeof address) != 0)
            fail("cannot bind to the interface");
    }

    [[nodiscard]] int fd() const noexcept { return fd_.get(); }
    [[nodiscard]] const link_properties& properties() const noexcept { return properties_; }

    /// The trouble that is not over yet; `passed` ends it.
    [[nodiscard]] std::error_code error() const noexcept { return error_; }
    void failed(int number) noexcept { error_.assign(number, std::generic_category()); }
    void passed() noexcept {
        if (error_) error_.clear();
    }

    /// Takes the error that the kernel keeps for us, so that poll(2) stops reporting it.
    void collect_error() noexcept {
        int number = 0;
        socklen_t size = sizeof number;
        if (::getsockopt(fd(), SOL_SOCKET, SO_ERROR, &number, &size) == 0 && number != 0)
            failed(number);
    }

    /// Asks the kernel how the interface is, and forgets an error that is no longer true: one stale
    /// ENETDOWN is still pending after the interface has come up again.
    [[nodiscard]] interface_state state() noexcept {
        collect_error();
        sockaddr_ll address{};
        socklen_t size = sizeof address;
        void* const where = &address;
        ifreq request{};
        const bool bound = ::getsockname(fd(), static_cast<sockaddr*>(where), &size) == 0 &&
                           address.sll_ifindex == static_cast<int>(index_);
        request.ifr_ifindex = static_cast<int>(index_);
        if (!bound || ::ioctl(fd(), SIOCGIFNAME, &request) != 0 ||
            ::ioctl(fd(), SIOCGIFFLAGS, &request) != 0) {
            failed(ENODEV);
            return interface_state::removed;
        }
        const bool running =
            (request.ifr_flags & IFF_UP) != 0 && (request.ifr_flags & IFF_RUNNING) != 0;
        if (running) passed();
        if (!running) failed(ENETDOWN);
        return running ? interface_state::up : interface_state::down;
    }

    /// Frames the kernel dropped since the last call.
    [[nodiscard]] std::uint64_t new_kernel_drops() noexcept {
        tpacket_stats counts{};
        socklen_t size = sizeof counts;
        if (::getsockopt(fd(), SOL_PACKET, PACKET_STATISTICS, &counts, &size) != 0) return 0;
        return counts.tp_drops;
    }

    /// Sets an option of the socket; false when the kernel refuses it.
    template <class Value>
    bool ask_for(int level, int option, const Value& value) noexcept {
        return ::setsockopt(fd(), level, option, &value, sizeof value) == 0;
    }

    /// Throws std::system_error for the current `errno`, naming the interface.
    [[noreturn]] void fail(const char* what) const {
        throw std::system_error{errno, std::generic_category(), name_ + ": " + what};
    }

private:
    static constexpr std::uint16_t ethertype_min = 0x0600;  // below, the field is a length

    /// Throws std::system_error for what the caller asked for.
    [[noreturn]] void refuse(const char* what) const {
        errno = EINVAL;
        fail(what);
    }

    void read_properties() {
        ifreq request{};
        std::strncpy(request.ifr_name, name_.c_str(), IFNAMSIZ - 1);
        if (::ioctl(fd(), SIOCGIFHWADDR, &request) != 0) fail("cannot read the address");
        if (request.ifr_hwaddr.sa_family != ARPHRD_ETHER) refuse("not an Ethernet interface");
        std::memcpy(properties_.address.octets.data(), request.ifr_hwaddr.sa_data, 6);
        if (::ioctl(fd(), SIOCGIFMTU, &request) != 0) fail("cannot read the MTU");
        properties_.max_frame =
            static_cast<std::size_t>(request.ifr_mtu) + wire::ethernet_framing::overhead;
    }

    /// Lets through what is for our ports, and version 0, which has no ports (specification 15).
    void attach_filter(const packet_options& options) {
        const std::uint32_t first = options.first_port;
        const std::uint32_t last = options.last_port == 0 ? first : options.last_port;
        std::array<sock_filter, 7> code{{
            BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 14),         // octet 0 of the segment
            BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 3, 0, 3),  // its version bits
            BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 18),         // its destination port
            BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, first, 0, 2),
            BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, last, 1, 0),
            BPF_STMT(BPF_RET | BPF_K, 0xffff'ffff),
            BPF_STMT(BPF_RET | BPF_K, 0),
        }};
        sock_fprog program{};
        program.len = static_cast<unsigned short>(code.size());
        program.filter = code.data();
        if (!ask_for(SOL_SOCKET, SO_ATTACH_FILTER, program)) fail("cannot filter by port");
    }

    std::string name_;
    std::uint16_t ethertype_;
    unsigned index_ = 0;
    unique_fd fd_;
    link_properties properties_{};
    std::error_code error_;
};

}  // namespace rrdp::adapters::detail
