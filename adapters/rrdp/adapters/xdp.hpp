// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/epoll.h>

#include <climits>

#include <rrdp/adapters/detail/xdp_receiver.hpp>
#include <rrdp/adapters/detail/xdp_sender.hpp>
#include <rrdp/link/concepts.hpp>

namespace rrdp::adapters {

/// Raw Ethernet through AF_XDP: frames of one EtherType are picked before the kernel makes packets
/// of them, and are read and written in memory shared with it.
///
/// Needs CAP_NET_RAW, CAP_NET_ADMIN and CAP_BPF while it is constructed, and again when the
/// interface was removed and made anew. One link owns the program of an interface; what is not for
/// it passes to the kernel, and from there to the `packet` links of other processes. Never blocks;
/// sleep on `native_handle`. For one thread; must not be moved, because frames and leases point
/// into it.
class xdp {
public:
    /// A frame received, until it is released (concept `link`).
    using rx_frame = detail::xdp_receiver::rx_frame;
    using tx_lease = detail::xdp_sender::tx_lease;  ///< room for a frame to send (concept `link`)

    /// Opens a queue of `interface` and begins to receive. Throws std::system_error with one line
    /// that says what is missing, or std::bad_alloc; nothing throws afterwards.
    explicit xdp(const char* interface, const xdp_options& options = {})
        : options_{options},
          nic_{interface, options},
          layout_{detail::xdp_layout::of(nic_.properties().max_frame, checked(options))},
          memory_{-1, layout_.size()},
          filter_{nic_, options, layout_.fragments},
          receiver_{nic_, layout_, memory_.data(), options},
          sender_{nic_, layout_, memory_.data()},
          poll_{::epoll_create1(EPOLL_CLOEXEC)} {
        if (!poll_ || !watch(nic_.fd())) nic_.fail("cannot make a descriptor to sleep on");
        errno = ENOMEM;
        if (memory_.data() == nullptr) nic_.fail("cannot obtain memory for frames");
        use(open(options.patience));
    }
    xdp(const xdp&) = delete;
    xdp& operator=(const xdp&) = delete;

    /// MTU and address as they were when the link was opened.
    [[nodiscard]] link_properties properties() const noexcept { return nic_.properties(); }

    /// What was got of what `xdp_options` let open.
    [[nodiscard]] const xdp_mode& mode() const noexcept { return socket_->mode(); }

    /// The next frame, where the kernel wrote it. `held_frames` may be held at one time, and
    /// released in any order.
    [[nodiscard]] std::optional<rx_frame> receive() noexcept {
        auto frame = receiver_.receive();
        if (!frame) look_for_trouble();
        return frame;
    }

    /// Room for a frame, in the shared memory; nothing while all is leased or on its way out.
    [[nodiscard]] std::optional<tx_lease> lease(std::size_t size) noexcept {
        return sender_.lease(size);
    }

    /// Sends what was committed, with one system call for 32 frames, or none where the device looks
    /// by itself; false when the kernel would not take all of it now.
    bool flush() noexcept {
        if (sender_.idle()) return true;
        if (nic_.error()) mend();
        if (nic_.error()) {
            sender_.refuse_pending();
            return true;
        }
        note(sender_.flush());
        return sender_.idle();
    }

    /// For poll(2): readable when a frame waits, and when the interface fell. The same descriptor
    /// for life, also in an epoll of yours: it is an epoll of the sockets, which may change.
    [[nodiscard]] int native_handle() const noexcept { return poll_.get(); }

    /// The last failure, until the interface is seen to work: ENETDOWN while it is down, ENODEV
    /// while it is removed, and what stood in the way where a new one cannot be opened, for example
    /// EPERM.
    [[nodiscard]] std::error_code error() const noexcept { return nic_.error(); }

    /// Asks the kernel (a few system calls), and mends what can be mended. The link does so itself
    /// when it meets trouble; this is for whoever wants to know, or sleeps long.
    [[nodiscard]] interface_state state() noexcept {
        nic_.collect();
        if (socket_->wake() == ENXIO && !recover()) return interface_state::removed;
        return nic_.look();
    }

    /// The counts so far; asks the kernel for those of its own (one system call).
    [[nodiscard]] xdp_statistics statistics() const noexcept {
        xdp_statistics counts = before_;
        receiver_.add_to(counts);
        sender_.add_to(counts);
        add_counts_of_kernel(counts);
        return counts;
    }

private:
    static constexpr std::uint32_t quiet_looks = 64;  ///< of which one reads the coarse clock
    static constexpr std::size_t frames_max = 65'536;

    const xdp_options& checked(const xdp_options& options) const {
        if (options.ethertype < 0x0600) nic_.refuse("EtherTypes begin at 0x0600");
        for (const std::size_t count :
             {options.receive_frames, options.transmit_frames, options.held_frames})
            if (count == 0 || count > frames_max)
                nic_.refuse("receive, transmit and held frames are 1 to 65536 each");
        if (options.first_port == 0 && options.last_port != 0)
            nic_.refuse("a last port without a first");
        if (options.last_port != 0 && options.last_port < options.first_port)
            nic_.refuse("the last port comes before the first");
        if (options.busy_poll.count() < 0 || options.busy_poll.count() > INT_MAX)
            nic_.refuse("no time for which to poll");
        return options;
    }

    [[nodiscard]] detail::xdp_socket open(std::chrono::milliseconds patience) {
        detail::xdp_socket socket{nic_, layout_, memory_.data()};
        receiver_.fill(socket);
        socket.start(nic_, options_, layout_, filter_, patience);
        return socket;
    }

    void use(detail::xdp_socket socket) noexcept {
        sender_.leave();
        if (socket_) ::epoll_ctl(poll_.get(), EPOLL_CTL_DEL, socket_->fd(), nullptr);
        socket_.emplace(std::move(socket));
        receiver_.use(*socket_);
        sender_.use(*socket_);
        watch(socket_->fd());
    }
    bool watch(int fd) noexcept {
        epoll_event when{};
        when.events = EPOLLIN;
        return ::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, fd, &when) == 0;
    }

    /// In vain: wakes the device where it asks for that, mends where there is trouble, and now and
    /// then sees whether there is, because an AF_XDP socket does not tell.
    void look_for_trouble() noexcept {
        if (nic_.error()) return mend();
        const bool late = ++looks_ % quiet_looks == 0 && nic_.due();
        const bool asked = options_.busy_poll.count() != 0 || socket_->fill.needs_wakeup();
        if (late) nic_.collect();
        if (late || asked) note(socket_->wake());
    }
    void mend() noexcept {
        if (nic_.due()) static_cast<void>(state());
    }
    void note(int error) noexcept {
        if (error == ENETDOWN) nic_.failed(error);
        if (error == ENXIO) nic_.failed(ENODEV);
    }

    /// Makes the socket anew on the interface that has the name now; the memory stays, and so do
    /// frames and leases in it. That costs milliseconds, so failures are repeated rarely.
    bool recover() noexcept {
        if (!nic_.find_again()) return false;
        const bool rarely = std::has_single_bit(++tries_) || tries_ % 64 == 0;
        if (!rarely) return false;
        try {
            detail::xdp_socket socket = open(std::chrono::milliseconds{0});
            add_counts_of_kernel(before_);
            before_.kernel_drops += socket_->receive.waiting(~0U);
            use(std::move(socket));
        } catch (const std::system_error& error) {
            nic_.failed(error.code());
            return false;
        } catch (...) {
            nic_.failed(ENOMEM);
            return false;
        }
        nic_.settle();
        ++before_.rebound;
        tries_ = 0;
        return true;
    }

    void add_counts_of_kernel(xdp_statistics& counts) const noexcept {
        const ::xdp_statistics kernel = socket_->counts();
        counts.kernel_drops += kernel.rx_dropped + kernel.rx_ring_full;
        counts.starved += kernel.rx_fill_ring_empty_descs;
        counts.invalid += kernel.rx_invalid_descs + kernel.tx_invalid_descs;
    }

    const xdp_options options_;
    detail::xdp_interface nic_;
    detail::xdp_layout layout_;
    detail::mapping memory_;
    detail::xdp_filter filter_;
    detail::xdp_receiver receiver_;
    detail::xdp_sender sender_;
    detail::unique_fd poll_;
    std::optional<detail::xdp_socket> socket_;
    xdp_statistics before_;  ///< the kernel's counts of sockets that are gone
    std::uint32_t looks_ = 0;
    std::uint32_t tries_ = 0;
};

static_assert(flushable_link<xdp> && pollable_link<xdp>);

}  // namespace rrdp::adapters
