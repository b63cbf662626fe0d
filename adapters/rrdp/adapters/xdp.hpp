// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/epoll.h>

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
    using rx_frame = detail::xdp_receiver::rx_frame;
    using tx_lease = detail::xdp_sender::tx_lease;

    /// Opens a queue of `interface` and begins to receive. Throws std::system_error with one line
    /// that says what is missing, or std::bad_alloc; nothing throws afterwards.
    explicit xdp(const char* interface, const xdp_options& options = {})
        : options_{options},
          nic_{interface},
          layout_{detail::xdp_layout::of(nic_.properties().max_frame, checked(options))},
          memory_{-1, layout_.size()},
          filter_{nic_, options, layout_.fragments()},
          receiver_{nic_, layout_, memory_.data(), options},
          sender_{nic_, layout_, memory_.data()},
          poll_{::epoll_create1(EPOLL_CLOEXEC)} {
        if (!poll_) nic_.fail("cannot make a descriptor to sleep on");
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
        if (nic_.error() && !fit()) {
            sender_.refuse_pending();
            return true;
        }
        if (const int error = sender_.flush()) nic_.failed(error == ENXIO ? ENODEV : error);
        return sender_.idle();
    }

    /// For poll(2), readable when a frame waits; the same as long as the link lives.
    [[nodiscard]] int native_handle() const noexcept { return poll_.get(); }

    /// The last failure, until it is over: ENETDOWN while the interface is down, ENODEV while there
    /// is none, EADDRNOTAVAIL when the new one has another address, EPERM when there is a new one
    /// that may not be opened.
    [[nodiscard]] std::error_code error() const noexcept { return nic_.error(); }

    /// Asks the kernel (a few system calls): when `error` is set, and now and then in silence. Also
    /// looks for a new interface where the old one was removed.
    [[nodiscard]] interface_state state() noexcept {
        if (!fit() && nic_.error() != std::errc::network_down) return interface_state::removed;
        const interface_state now = nic_.state();
        if (now == interface_state::down) nic_.failed(ENETDOWN);
        return now;
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
    static constexpr std::uint32_t quiet_looks = 1'024;  ///< of which one asks the kernel
    static constexpr std::uint32_t troubled_looks = 16;  ///< the same while there is an error

    static constexpr std::size_t frames_max = 65'536;

    const xdp_options& checked(const xdp_options& options) const {
        if (options.ethertype < 0x0600) nic_.refuse("EtherTypes begin at 0x0600");
        for (const std::size_t count :
             {options.receive_frames, options.transmit_frames, options.held_frames})
            if (count == 0 || count > frames_max)
                nic_.refuse("receive, transmit and held frames are 1 to 65536 each");
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
        epoll_event when{};
        when.events = EPOLLIN;
        ::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, socket_->fd(), &when);
    }

    /// In vain: wakes the device where it asks for that, and now and then sees whether the
    /// interface is still there, because nobody else would tell.
    void look_for_trouble() noexcept {
        const bool asked = options_.busy_poll.count() != 0 || socket_->fill.needs_wakeup();
        const std::uint32_t every = nic_.error() ? troubled_looks : quiet_looks;
        if (asked || ++looks_ % every == 0) fit();
    }

    /// Whether the interface can be used now. Takes a new one where the old one was removed.
    bool fit() noexcept {
        const int error = socket_->wake();
        if (error == ENXIO) return recover();
        if (error == ENETDOWN) nic_.failed(error);
        if (error != ENETDOWN && nic_.error() == std::errc::network_down) nic_.passed();
        return error != ENETDOWN;
    }

    /// Makes the socket anew on the interface that has the name now; the memory stays, and so do
    /// frames and leases in it. That costs milliseconds, so failures are repeated rarely.
    bool recover() noexcept {
        if (!nic_.find()) return false;
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
        ++before_.recoveries;
        tries_ = 0;
        nic_.passed();
        return true;
    }

    void add_counts_of_kernel(xdp_statistics& counts) const noexcept {
        const ::xdp_statistics kernel = socket_->counts();
        counts.kernel_drops += kernel.rx_dropped + kernel.rx_ring_full;
        counts.starved += kernel.rx_fill_ring_empty_descs;
        counts.invalid += kernel.rx_invalid_descs + kernel.tx_invalid_descs;
    }

    const xdp_options options_;
    detail::interface nic_;
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
