// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/adapters/detail/packet_sender.hpp>

namespace rrdp::adapters::detail {

/// What `packet` and `packet_ring` have in common: all but how frames are received.
class packet_link {
public:
    using tx_lease = packet_sender::tx_lease;

    packet_link(const packet_link&) = delete;
    packet_link& operator=(const packet_link&) = delete;

    /// MTU and address as they were when the link was opened, whatever becomes of the interface.
    [[nodiscard]] link_properties properties() const noexcept { return socket_.properties(); }

    /// Room for a frame; nothing while the kernel's send buffer is full.
    [[nodiscard]] std::optional<tx_lease> lease(std::size_t size) noexcept {
        return sender_.lease(size);
    }

    /// Sends what was committed; false when the kernel would not take all of it now.
    bool flush() noexcept { return sender_.flush(); }

    /// For poll(2): readable when a frame waits, and once when the interface fell. The same
    /// descriptor for life.
    [[nodiscard]] int native_handle() const noexcept { return socket_.fd(); }

    /// The last failure, until the interface is seen to work: ENETDOWN while it is down, ENODEV or
    /// ENXIO while it is removed.
    [[nodiscard]] std::error_code error() const noexcept { return socket_.error(); }

    /// Asks the kernel (a few system calls), and mends what can be mended. The link does so itself
    /// when it meets trouble; this is for whoever wants to know, or sleeps long.
    [[nodiscard]] interface_state state() noexcept { return socket_.state(); }

    /// The counts so far; asks the kernel for those of its own (one system call).
    [[nodiscard]] packet_statistics statistics() noexcept {
        kernel_drops_ += socket_.new_kernel_drops();
        return {.received = received_,
                .sent = sender_.sent(),
                .refused = sender_.refused(),
                .truncated = truncated_,
                .other_host = other_host_,
                .kernel_drops = kernel_drops_,
                .rebound = socket_.rebound()};
    }

protected:
    packet_link(const char* interface, const packet_options& options)
        : socket_{interface, options}, sender_{socket_, options.batch} {}
    ~packet_link() = default;

    [[nodiscard]] packet_socket& socket() noexcept { return socket_; }
    [[nodiscard]] std::size_t frame_max() const noexcept { return socket_.properties().max_frame; }

    /// Whether a frame of `length` octets is to be handed out, and counts it either way. `head` is
    /// its beginning, at least the Ethernet header.
    [[nodiscard]] bool admit(const sockaddr_ll& from, octets_view head,
                             std::size_t length) noexcept {
        const bool ours = length >= wire::ethernet_framing::overhead && socket_.ours(from, head);
        const bool whole = length <= frame_max();
        ++(!ours ? other_host_ : !whole ? truncated_ : received_);
        return ours && whole;
    }

private:
    packet_socket socket_;
    packet_sender sender_;
    std::uint64_t received_ = 0;
    std::uint64_t truncated_ = 0;
    std::uint64_t other_host_ = 0;
    std::uint64_t kernel_drops_ = 0;
};

}  // namespace rrdp::adapters::detail
