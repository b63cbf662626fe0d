// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <net/if.h>
#include <sys/socket.h>

#include <linux/if_packet.h>

#include <string>
#include <system_error>

#include <rrdp/adapters/detail/coarse_tick.hpp>
#include <rrdp/adapters/detail/packet_interface.hpp>
#include <rrdp/adapters/detail/unique_fd.hpp>
#include <rrdp/adapters/packet_options.hpp>
#include <rrdp/adapters/xdp_options.hpp>
#include <rrdp/link/properties.hpp>
#include <rrdp/wire/resolution.hpp>

namespace rrdp::adapters::detail {

inline constexpr const char* xdp_privileges =
    "AF_XDP needs CAP_NET_RAW, CAP_NET_ADMIN and CAP_BPF: run as root, or once "
    "`sudo setcap cap_net_raw,cap_net_admin,cap_bpf+ep PROGRAM`";

/// An Ethernet interface by its name, the trouble with it that is not over yet, and a sentinel: an
/// AF_PACKET socket that asks the interface to hear our addresses, and wakes sleepers.
///
/// An AF_XDP socket tells nobody that its interface fell or went. The sentinel does: bound to the
/// interface, it hears no frame and reports the fall; bound to all interfaces while there is none
/// of the name, it reports that something stirs on one of them.
class xdp_interface {
public:
    /// Throws std::system_error with one line that names what is missing.
    xdp_interface(const char* name, const xdp_options& options)
        : name_{name}, ethertype_{options.ethertype}, hear_resolution_{options.hear_resolution} {
        if (::if_nametoindex(name) == 0) fail("no such network interface");
        sentinel_ = unique_fd{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
        if (!sentinel_) fail(errno == EPERM ? xdp_privileges : "cannot open an AF_PACKET socket");
        const auto report = report_on(fd(), name);
        if (!report) fail("no such network interface");
        if (!report->ethernet) refuse("not an Ethernet interface");
        if (report->mtu < mtu_min) refuse("the MTU is too small: RRDP needs 64");
        properties_.address = report->address;
        properties_.max_frame = report->mtu + wire::ethernet_framing::overhead;
        index_ = report->index;
        if (!watch(index_, nobodys)) fail("cannot watch the interface");
        if (!join()) fail("cannot join the group of node resolution");
    }

    /// The sentinel, to sleep on beside the AF_XDP socket.
    [[nodiscard]] int fd() const noexcept { return sentinel_.get(); }
    [[nodiscard]] unsigned index() const noexcept { return static_cast<unsigned>(index_); }

    /// MTU and address as they were at construction.
    [[nodiscard]] const link_properties& properties() const noexcept { return properties_; }

    /// The trouble that is not over yet, as far as is known.
    [[nodiscard]] std::error_code error() const noexcept { return error_; }
    void failed(std::error_code error) noexcept { error_ = error; }
    void failed(int number) noexcept { error_.assign(number, std::generic_category()); }

    /// Whether it is worth while to look whether trouble is over. No system call.
    [[nodiscard]] bool due() noexcept { return tick_.passed(); }

    /// Takes what the sentinel has to report, so that poll(2) stops reporting it.
    void collect() noexcept {
        int number = 0;
        socklen_t size = sizeof number;
        if (::getsockopt(fd(), SOL_SOCKET, SO_ERROR, &number, &size) == 0 && number != 0)
            failed(number);
        for (int i = 0; i < 64; ++i)
            if (::recv(fd(), nullptr, 0, MSG_DONTWAIT | MSG_TRUNC) < 0) break;
    }

    /// Asks the kernel how the interface is, and forgets an error that is no longer true.
    interface_state look() noexcept {
        const auto report = report_on(fd(), index_);
        if (!report) {
            failed(ENODEV);
            return interface_state::removed;
        }
        keep_address(report->address);
        if (report->running) error_.clear();
        if (!report->running) failed(ENETDOWN);
        return report->running ? interface_state::up : interface_state::down;
    }

    /// The interface we had is gone: takes the one that has its name now. False when there is none;
    /// then the sentinel wakes sleepers when a frame comes to any interface.
    bool find_again() noexcept {
        const auto report = report_on(fd(), name_.c_str());
        if (report && report->ethernet) {
            index_ = report->index;
            return true;
        }
        failed(ENODEV);
        // The kernel takes a removed interface for all of them and would change nothing, were the
        // EtherType not another in between.
        if (index_ != 0) watch(0, nobodys) && watch(0, ethertype_);
        index_ = 0;
        return false;
    }

    /// Watches the interface found again, and has it hear us.
    void settle() noexcept {
        watch(index_, nobodys);
        foreign_ = false;  // memberships have gone with the interface before
        join();
        collect();  // what came meanwhile; a bind to an interface that is down leaves an error
    }

    /// Throws std::system_error for the current `errno`, naming the interface.
    [[noreturn]] void fail(const std::string& what) const {
        throw std::system_error{errno, std::generic_category(), name_ + ": " + what};
    }
    /// Throws std::system_error for what the caller asked for.
    [[noreturn]] void refuse(const std::string& what) const {
        errno = EINVAL;
        fail(what);
    }

private:
    static constexpr std::uint16_t nobodys = 0x0006;  // an EtherType that no frame has
    static constexpr std::size_t mtu_min = 64;        // of a node

    /// Index 0 is all interfaces.
    bool watch(int index, std::uint16_t ethertype) noexcept {
        sockaddr_ll address{};
        address.sll_family = AF_PACKET;
        address.sll_protocol = htons(ethertype);
        address.sll_ifindex = index;
        const void* const where = &address;
        return ::bind(fd(), static_cast<const sockaddr*>(where), sizeof address) == 0;
    }

    /// The link's address is the one it was opened with: where the interface has another, it is
    /// asked to hear ours too.
    void keep_address(const wire::mac_address& now) noexcept {
        const bool foreign = now != properties_.address;
        if (foreign == foreign_) return;
        foreign_ = foreign;
        membership(foreign, PACKET_MR_UNICAST, properties_.address);
    }
    bool join() noexcept {
        return !hear_resolution_ || membership(true, PACKET_MR_MULTICAST, wire::resolution_group);
    }
    bool membership(bool wanted, unsigned short kind, const wire::mac_address& address) noexcept {
        packet_mreq request{};
        request.mr_ifindex = index_;
        request.mr_type = kind;
        request.mr_alen = 6;
        std::memcpy(request.mr_address, address.octets.data(), 6);
        const int option = wanted ? PACKET_ADD_MEMBERSHIP : PACKET_DROP_MEMBERSHIP;
        return ::setsockopt(fd(), SOL_PACKET, option, &request, sizeof request) == 0;
    }

    std::string name_;
    std::uint16_t ethertype_;
    bool hear_resolution_;
    bool foreign_ = false;  ///< the interface has another address than the link
    int index_ = 0;         ///< 0: removed, and not found again yet
    unique_fd sentinel_;
    link_properties properties_{};
    std::error_code error_;
    coarse_tick tick_;
};

}  // namespace rrdp::adapters::detail
