// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <net/if.h>
#include <sys/socket.h>

#include <linux/if_packet.h>

#include <climits>
#include <string>
#include <system_error>

#include <rrdp/adapters/detail/coarse_tick.hpp>
#include <rrdp/adapters/detail/packet_filter.hpp>
#include <rrdp/adapters/detail/packet_interface.hpp>
#include <rrdp/adapters/detail/unique_fd.hpp>
#include <rrdp/adapters/packet_options.hpp>
#include <rrdp/link/properties.hpp>

namespace rrdp::adapters::detail {

/// An AF_PACKET socket of one interface and one EtherType, which finds its interface again.
///
/// ```
///            down / no carrier               removed
///   bound <---------------------> bound  ----------------> bound to all interfaces, hears only
///   (up)                         (down)                    that something stirs on one of them
///     ^                                                          |
///     '----------------------------------------------------------'   one of the name is there
/// ```
///
/// The socket is the same for life, because only opening one needs a privilege. Whatever the kernel
/// reports becomes `error`; while that is set, `mend` asks how the interface is, at most once in a
/// tick of the kernel's coarse clock (1 to 10 ms), and without it never.
class packet_socket {
public:
    /// Opens the socket, deaf until `start`: a socket opened with a protocol would first gather
    /// frames of all interfaces. Throws std::system_error with a text that names what is missing.
    packet_socket(const char* interface, const packet_options& options)
        : name_{interface},
          ethertype_{options.ethertype},
          hear_resolution_{options.hear_resolution} {
        check(options);
        if (::if_nametoindex(interface) == 0) fail("no such network interface");
        fd_ = unique_fd{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
        if (!fd_ && (errno == EPERM || errno == EACCES))
            fail(
                "raw Ethernet needs CAP_NET_RAW: run as root, or once "
                "`sudo setcap cap_net_raw+ep PROGRAM`");
        if (!fd_) fail("cannot open an AF_PACKET socket");
        read_properties();
        set_options(options);
    }

    /// Begins to receive. Throws std::system_error.
    void start() {
        if (!bind_to(index_)) fail("cannot bind to the interface");
        if (!join()) fail("cannot join the group of node resolution");
    }

    [[nodiscard]] int fd() const noexcept { return fd_.get(); }
    [[nodiscard]] const link_properties& properties() const noexcept { return properties_; }
    /// How often the interface was found again after it had been removed.
    [[nodiscard]] std::uint64_t rebound() const noexcept { return rebound_; }

    /// The trouble that is not over yet, as far as is known.
    [[nodiscard]] std::error_code error() const noexcept { return error_; }
    void failed(int number) noexcept { error_.assign(number, std::generic_category()); }

    /// While there is trouble: looks whether it is over, and does what is needed.
    void mend() noexcept {
        if (error_ && tick_.passed()) static_cast<void>(state());
    }

    /// For whoever reads no socket, and so is not told: sees whether there is trouble.
    void ask_for_trouble() noexcept {
        if (!tick_.passed()) return;
        collect_error();
        if (error_) static_cast<void>(state());
    }

    /// Takes the error that the kernel keeps for us, so that poll(2) stops reporting it.
    void collect_error() noexcept {
        int number = 0;
        socklen_t size = sizeof number;
        if (::getsockopt(fd(), SOL_SOCKET, SO_ERROR, &number, &size) == 0 && number != 0)
            failed(number);
    }

    /// Asks the kernel how the interface is, forgets an error that is no longer true, and binds
    /// anew when another interface has the name.
    [[nodiscard]] interface_state state() noexcept {
        collect_error();  // before looking: of what happens meanwhile we hear the next time
        if (index_ != 0 && !bound()) let_go();
        const auto report = index_ != 0 ? report_on(fd(), index_) : find_again();
        if (!report) {
            failed(ENODEV);
            return interface_state::removed;
        }
        keep_address(report->address);
        if (!report->running) failed(ENETDOWN);
        if (report->running) error_.clear();
        return report->running ? interface_state::up : interface_state::down;
    }

    /// Whether a frame that begins with `head` is for us. While the interface has another address
    /// than the link, the kernel takes our frames for another host's.
    [[nodiscard]] bool ours(const sockaddr_ll& from, octets_view head) noexcept {
        if (from.sll_ifindex != index_) mend();
        if (from.sll_ifindex != index_ || from.sll_pkttype == PACKET_OUTGOING) return false;
        const auto type = from.sll_pkttype;
        if (type == PACKET_BROADCAST || type == PACKET_MULTICAST) return true;
        if (!foreign_) return type == PACKET_HOST;
        return wire::load_mac(head, 0) == properties_.address;
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
    static constexpr std::size_t mtu_min = 64;              // of a node
    static constexpr std::size_t batch_max = 1'024;         // what the kernel takes in one call
    static constexpr std::size_t ring_max = 1 << 20;
    static constexpr wire::mac_address resolution_group{{0x03, 0x52, 0x52, 0x44, 0x50, 0x00}};

    /// Throws std::system_error for what the caller asked for.
    [[noreturn]] void refuse(const char* what) const {
        errno = EINVAL;
        fail(what);
    }

    void check(const packet_options& o) const {
        if (o.batch == 0) refuse("a batch has to hold a frame");
        if (o.batch > batch_max) refuse("a batch holds 1024 frames at most");
        if (o.ring_frames == 0) refuse("a ring has to hold a frame");
        if (o.ring_frames > ring_max) refuse("a ring holds 1048576 frames at most");
        if (o.ethertype < ethertype_min) refuse("EtherTypes begin at 0x0600");
        if (o.first_port == 0 && o.last_port != 0) refuse("a last port without a first");
        if (o.last_port != 0 && o.last_port < o.first_port)
            refuse("the last port comes before the first");
        if (o.receive_buffer > INT_MAX / 2) refuse("the receive buffer is too large");
        if (o.busy_poll.count() < 0 || o.busy_poll.count() > INT_MAX)
            refuse("no time for which to poll");
    }

    void read_properties() {
        const auto report = report_on(fd(), name_.c_str());
        if (!report) fail("no such network interface");
        if (!report->ethernet) refuse("not an Ethernet interface");
        if (report->mtu < mtu_min) refuse("the MTU is too small: RRDP needs 64");
        index_ = report->index;
        properties_.address = report->address;
        properties_.max_frame = report->mtu + wire::ethernet_framing::overhead;
    }

    void set_options(const packet_options& o) {
        ask_for(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
        if (o.bypass_queueing && !ask_for(SOL_PACKET, PACKET_QDISC_BYPASS, 1))
            fail("cannot bypass the queueing discipline");
        const auto octets = static_cast<int>(o.receive_buffer);
        if (!ask_for(SOL_SOCKET, SO_RCVBUFFORCE, octets)) ask_for(SOL_SOCKET, SO_RCVBUF, octets);
        const auto spin = static_cast<int>(o.busy_poll.count());
        const int budget = o.busy_poll_budget;
        if ((spin != 0 && !ask_for(SOL_SOCKET, SO_BUSY_POLL, spin)) ||
            (budget != 0 && !ask_for(SOL_SOCKET, SO_BUSY_POLL_BUDGET, budget)) ||
            (o.prefer_busy_poll && !ask_for(SOL_SOCKET, SO_PREFER_BUSY_POLL, 1)))
            fail("busy polling is refused (it needs CAP_NET_ADMIN)");
        if (o.first_port != 0) {
            port_filter filter{o.first_port, o.last_port};
            if (!ask_for(SOL_SOCKET, SO_ATTACH_FILTER, filter.program()))
                fail("cannot filter by port");
        }
    }

    /// Index 0 is all interfaces.
    bool bind_to(int index) noexcept { return bind_to(index, ethertype_); }
    bool bind_to(int index, std::uint16_t ethertype) noexcept {
        sockaddr_ll address{};
        address.sll_family = AF_PACKET;
        address.sll_protocol = htons(ethertype);
        address.sll_ifindex = index;
        const void* const where = &address;
        return ::bind(fd(), static_cast<const sockaddr*>(where), sizeof address) == 0;
    }

    /// Whether the kernel still has us on our interface; it lets go when that is removed, and a
    /// new interface may have the old one's index.
    [[nodiscard]] bool bound() const noexcept {
        sockaddr_ll address{};
        socklen_t size = sizeof address;
        void* const where = &address;
        return ::getsockname(fd(), static_cast<sockaddr*>(where), &size) == 0 &&
               address.sll_ifindex == index_;
    }

    /// Bound to all interfaces, whoever sleeps on the socket is woken by the first frame that comes
    /// to the new interface. The kernel takes a removed interface for all of them and would change
    /// nothing, were the EtherType not another in between: one that no frame has.
    void let_go() noexcept {
        constexpr std::uint16_t nobodys = 0x0006;
        index_ = 0;
        foreign_ = false;  // memberships have gone with the interface
        bind_to(0, nobodys);
        bind_to(0);
    }

    /// Binds to the interface that has our name now, if there is one.
    std::optional<interface_report> find_again() noexcept {
        const auto found = report_on(fd(), name_.c_str());
        if (!found || !found->ethernet || !bind_to(found->index)) return std::nullopt;
        index_ = found->index;
        ++rebound_;
        join();
        collect_error();  // binding to an interface that is down leaves one
        return found;
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
        return !hear_resolution_ || membership(true, PACKET_MR_MULTICAST, resolution_group);
    }

    bool membership(bool wanted, unsigned short kind, const wire::mac_address& address) noexcept {
        packet_mreq request{};
        request.mr_ifindex = index_;
        request.mr_type = kind;
        request.mr_alen = 6;
        std::memcpy(request.mr_address, address.octets.data(), 6);
        return ask_for(SOL_PACKET, wanted ? PACKET_ADD_MEMBERSHIP : PACKET_DROP_MEMBERSHIP,
                       request);
    }

    std::string name_;
    std::uint16_t ethertype_;
    bool hear_resolution_;
    bool foreign_ = false;  ///< the interface has another address than the link
    int index_ = 0;         ///< of the interface we are bound to; 0: it is removed
    unique_fd fd_;
    link_properties properties_{};
    std::error_code error_;
    coarse_tick tick_;
    std::uint64_t rebound_ = 0;
};

}  // namespace rrdp::adapters::detail
