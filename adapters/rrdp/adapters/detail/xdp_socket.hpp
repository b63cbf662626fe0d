// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <bit>
#include <chrono>

#include <rrdp/adapters/detail/xdp_filter.hpp>
#include <rrdp/adapters/detail/xdp_ring.hpp>

namespace rrdp::adapters::detail {

/// How the memory shared with the kernel is divided into chunks, which hold a frame or a piece of
/// one.
///
/// ```
///   | lease 0: c c c | lease 1: c c c | ... | c | c | c | c | ...        c  a chunk
///     a lease's chunks are neighbours         arrivals: the kernel picks them one by one
/// ```
struct xdp_layout {
    /// What the kernel leaves free in front of a frame that arrives (XDP_PACKET_HEADROOM).
    static constexpr std::size_t arrival_headroom = 256;
    /// Beyond this, drivers take no program that does not know of frames in pieces: a page holds
    /// the frame, the headroom, and notes of the kernel's behind it.
    static constexpr std::size_t whole_max = 3'400;

    std::size_t chunk;           ///< octets; the kernel takes no more than a page
    std::size_t lease_pieces;    ///< chunks of a lease
    std::size_t leases;          ///< how many there are
    std::size_t arrival_pieces;  ///< chunks that the longest frame arrives in
    std::size_t arrivals;        ///< chunks for frames that arrive
    bool fragments;              ///< whether the driver may have a frame in several pieces

    [[nodiscard]] static xdp_layout of(std::size_t frame_max, const xdp_options& options) noexcept {
        const auto pieces = [frame_max](std::size_t piece) {
            return (frame_max + piece - 1) / piece;
        };
        const std::size_t chunk = frame_max + arrival_headroom <= 2'048 ? 2'048 : 4'096;
        const std::size_t arrival = pieces(chunk - arrival_headroom);
        return {chunk,
                pieces(chunk),
                options.transmit_frames,
                arrival,
                options.receive_frames * arrival,
                frame_max > whole_max};
    }

    [[nodiscard]] std::size_t stride() const noexcept { return lease_pieces * chunk; }
    [[nodiscard]] std::size_t first_arrival() const noexcept { return leases * stride(); }
    [[nodiscard]] std::size_t size() const noexcept { return first_arrival() + arrivals * chunk; }
};

/// An AF_XDP socket on one queue of one interface, with its rings: all that has to be made anew
/// when the interface is.
class xdp_socket {
public:
    static constexpr std::uint32_t continued = 1;  ///< XDP_PKT_CONTD: another piece follows

    /// Registers `memory` with a new socket and makes the rings; nothing flows before `start`.
    /// Throws std::system_error with one line that names what is missing.
    xdp_socket(const xdp_interface& nic, const xdp_layout& layout, const void* memory)
        : socket_{::socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0)} {
        if (!socket_ && errno == EPERM) nic.fail(xdp_privileges);
        if (!socket_)
            nic.fail(errno == EAFNOSUPPORT ? "this kernel has no AF_XDP"
                                           : "cannot open an AF_XDP socket");
        xdp_umem_reg region{};
        region.addr = address_of(memory);
        region.len = layout.size();
        region.chunk_size = static_cast<std::uint32_t>(layout.chunk);
        if (!ask_for(SOL_XDP, XDP_UMEM_REG, region)) {
            const std::string need = std::to_string(layout.size() / 1'024);
            nic.fail(errno == ENOBUFS ? "needs " + need +
                                            " KiB of locked memory: raise `ulimit "
                                            "-l`, or give the program CAP_IPC_LOCK"
                                      : "cannot share " + need + " KiB with the kernel");
        }
        const auto size = [](std::size_t places) {
            return static_cast<std::uint32_t>(std::bit_ceil(places));
        };
        map_rings(nic, size(layout.leases * layout.lease_pieces), size(layout.arrivals));
    }

    /// Attaches the program and binds the socket, trying for `patience` while somebody else has
    /// the interface or the queue. Throws std::system_error.
    void start(const xdp_interface& nic, const xdp_options& options, const xdp_layout& layout,
               const xdp_filter& filter, std::chrono::milliseconds patience) {
        if (options.busy_poll.count() != 0) poll_busily(nic, options);
        const auto end = std::chrono::steady_clock::now() + patience;
        while (!attach(nic, options, filter) || !bind(nic, options, layout.fragments)) {
            if (std::chrono::steady_clock::now() >= end)
                nic.fail(program_ ? "queue " + std::to_string(options.queue) +
                                        " is busy: another AF_XDP socket has it"
                                  : "is busy: another XDP program is attached");
            ::usleep(5'000);
        }
        if (!filter.direct(options.queue, fd())) nic.fail("cannot direct frames to our socket");
        ::xdp_options got{};
        socklen_t size = sizeof got;
        if (::getsockopt(fd(), SOL_XDP, XDP_OPTIONS, &got, &size) == 0)
            mode_.zero_copy = (got.flags & XDP_OPTIONS_ZEROCOPY) != 0;
        mode_.gathers = layout.arrival_pieces > 1;
    }

    [[nodiscard]] int fd() const noexcept { return socket_.get(); }
    [[nodiscard]] const xdp_mode& mode() const noexcept { return mode_; }

    /// Takes the program off the interface; nothing is received any more.
    void detach() noexcept { program_ = unique_fd{}; }

    /// Makes the kernel look at the transmit ring; 0 or an error number.
    int kick() noexcept {
        return ::sendto(fd(), nullptr, 0, MSG_DONTWAIT, nullptr, 0) < 0 ? errno : 0;
    }
    /// Makes the kernel look at the fill ring, or poll the device; 0 or an error number: ENETDOWN
    /// while the interface is down, ENXIO for ever after it was removed.
    int wake() noexcept {
        return ::recvfrom(fd(), nullptr, 0, MSG_DONTWAIT, nullptr, nullptr) < 0 ? errno : 0;
    }

    /// The kernel's counts since the socket was made.
    [[nodiscard]] ::xdp_statistics counts() const noexcept {
        ::xdp_statistics counts{};
        socklen_t size = sizeof counts;
        ::getsockopt(fd(), SOL_XDP, XDP_STATISTICS, &counts, &size);
        return counts;
    }

private:
    template <class Value>
    bool ask_for(int level, int option, const Value& value) noexcept {
        return ::setsockopt(fd(), level, option, &value, sizeof value) == 0;
    }

    void map_rings(const xdp_interface& nic, std::uint32_t out, std::uint32_t in) {
        xdp_mmap_offsets at{};
        socklen_t size = sizeof at;
        if (!ask_for(SOL_XDP, XDP_UMEM_FILL_RING, in) ||
            !ask_for(SOL_XDP, XDP_UMEM_COMPLETION_RING, out) ||
            !ask_for(SOL_XDP, XDP_RX_RING, in) || !ask_for(SOL_XDP, XDP_TX_RING, out) ||
            ::getsockopt(fd(), SOL_XDP, XDP_MMAP_OFFSETS, &at, &size) != 0)
            nic.fail("cannot make rings");
        if (size < sizeof at) nic.refuse("this kernel's rings have no flags: Linux 5.4 is needed");
        fill = {fd(), XDP_UMEM_PGOFF_FILL_RING, at.fr, in};
        completion = {fd(), XDP_UMEM_PGOFF_COMPLETION_RING, at.cr, out};
        receive = {fd(), XDP_PGOFF_RX_RING, at.rx, in};
        transmit = {fd(), XDP_PGOFF_TX_RING, at.tx, out};
        if (!fill.mapped() || !completion.mapped() || !receive.mapped() || !transmit.mapped())
            nic.fail("cannot map the rings");
    }

    void poll_busily(const xdp_interface& nic, const xdp_options& options) {
        constexpr int prefer_busy_poll = 69;  // Debian's headers lack the names of both
        constexpr int busy_poll_budget = 70;
        if (!ask_for(SOL_SOCKET, prefer_busy_poll, 1) ||
            !ask_for(SOL_SOCKET, SO_BUSY_POLL, static_cast<int>(options.busy_poll.count())) ||
            !ask_for(SOL_SOCKET, busy_poll_budget, static_cast<int>(options.busy_poll_budget)))
            nic.fail("cannot poll the device busily");
    }

    /// Attaches the program, if it is not; false while the interface has another one.
    bool attach(const xdp_interface& nic, const xdp_options& options, const xdp_filter& filter) {
        const auto busy = [] { return errno == EBUSY || errno == EEXIST; };
        if (program_) return true;
        if (options.attachment != xdp_attachment::generic) {
            program_ = filter.attach(nic.index(), true);
            mode_.native = static_cast<bool>(program_);
            if (program_) return true;
            if (busy()) return false;
            if (errno == EPERM) nic.fail(xdp_privileges);
            if (options.attachment == xdp_attachment::native)
                nic.fail("unsupported mode: the driver takes no native XDP program at this MTU");
        }
        program_ = filter.attach(nic.index(), false);
        if (program_) return true;
        if (busy()) return false;
        nic.fail(errno == EPERM ? xdp_privileges : "cannot attach a program to the interface");
    }

    /// Binds the socket; false while the queue has another one.
    bool bind(const xdp_interface& nic, const xdp_options& options, bool fragments) {
        constexpr std::uint16_t in_pieces = 1 << 4;  // XDP_USE_SG
        const bool copies = options.transfer == xdp_transfer::copy || !mode_.native;
        const bool demanded = options.transfer == xdp_transfer::zero_copy;
        if (demanded && !mode_.native)
            nic.refuse("unsupported mode: zero-copy needs native XDP, which the driver lacks");
        sockaddr_xdp address{};
        address.sxdp_family = AF_XDP;
        address.sxdp_ifindex = nic.index();
        address.sxdp_queue_id = options.queue;
        address.sxdp_flags =
            static_cast<std::uint16_t>(XDP_USE_NEED_WAKEUP | (copies ? XDP_COPY : 0) |
                                       (demanded ? XDP_ZEROCOPY : 0) | (fragments ? in_pieces : 0));
        const void* const where = &address;
        if (::bind(fd(), static_cast<const sockaddr*>(where), sizeof address) == 0) return true;
        if (errno == EBUSY) return false;
        if (errno == EOPNOTSUPP && demanded)
            nic.fail("unsupported mode: the driver has no zero-copy for AF_XDP");
        if (errno == EINVAL)
            nic.fail(
                "no queue " + std::to_string(options.queue) +
                (fragments ? ", or no frames in pieces: for this MTU Linux 6.6 is needed" : ""));
        nic.fail("cannot bind to the queue");
    }

    unique_fd socket_;
    unique_fd program_;  ///< the attachment: closing it takes the program off
    xdp_mode mode_;

public:
    xdp_ring<std::uint64_t> fill;        ///< chunks for what arrives
    xdp_ring<std::uint64_t> completion;  ///< chunks that have left
    xdp_ring<xdp_desc> receive;
    xdp_ring<xdp_desc> transmit;
};

}  // namespace rrdp::adapters::detail
