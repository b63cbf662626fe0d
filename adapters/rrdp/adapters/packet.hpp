// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include <rrdp/adapters/detail/packet_sender.hpp>
#include <rrdp/link/concepts.hpp>

namespace rrdp::adapters {

/// Raw Ethernet through AF_PACKET: frames of one EtherType on one interface, in batches.
///
/// Needs CAP_NET_RAW, and only while it is constructed. Never blocks; sleep on `native_handle`.
/// What is for another host or VLAN, or longer than `max_frame`, is dropped and counted. For one
/// thread; must not be moved, because frames and leases point into it.
class packet {
public:
    using rx_frame = detail::borrowed_frame<packet>;
    using tx_lease = detail::packet_sender::tx_lease;

    /// Opens `interface` and begins to receive. Throws std::system_error with one line that says
    /// what is missing, or std::bad_alloc; nothing throws afterwards.
    explicit packet(const char* interface, const packet_options& options = {})
        : socket_{interface, options},
          sender_{socket_, options.batch},
          store_{2 * options.batch, socket_.properties().max_frame},
          slots_(options.batch),
          pieces_(options.batch),
          senders_(options.batch),
          messages_(options.batch),
          taken_{options.batch} {
        for (std::size_t i = 0; i < options.batch; ++i) {
            pieces_[i].iov_len = socket_.properties().max_frame;
            messages_[i].msg_hdr.msg_name = &senders_[i];
            messages_[i].msg_hdr.msg_iov = &pieces_[i];
            messages_[i].msg_hdr.msg_iovlen = 1;
        }
        socket_.start();
    }
    packet(const packet&) = delete;
    packet& operator=(const packet&) = delete;

    /// MTU and address as they were when the link was opened.
    [[nodiscard]] link_properties properties() const noexcept { return socket_.properties(); }

    /// The next frame. Nothing also while more than a batch of frames is held.
    [[nodiscard]] std::optional<rx_frame> receive() noexcept {
        for (;;) {
            if (next_ == taken_ && !fetch()) return std::nullopt;
            const std::size_t i = next_++;
            if (!wanted(i)) continue;
            ++received_;
            return rx_frame{*this, slots_[i]};
        }
    }

    /// Room for a frame; nothing while the kernel's send buffer is full.
    [[nodiscard]] std::optional<tx_lease> lease(std::size_t size) noexcept {
        return sender_.lease(size);
    }

    /// Sends what was committed.
    bool flush() noexcept { return sender_.flush(); }

    /// For poll(2): readable when a frame waits, and when the interface fell.
    [[nodiscard]] int native_handle() const noexcept { return socket_.fd(); }

    /// The last failure, until a frame passes again: ENETDOWN while the interface is down, ENODEV
    /// or ENXIO when it is gone.
    [[nodiscard]] std::error_code error() const noexcept { return socket_.error(); }

    /// Asks the kernel (a few system calls): when `error` is set, and now and then in silence.
    [[nodiscard]] interface_state state() noexcept { return socket_.state(); }

    /// The counts so far; asks the kernel for those of its own (one system call).
    [[nodiscard]] packet_statistics statistics() noexcept {
        kernel_drops_ += socket_.new_kernel_drops();
        return {.received = received_,
                .sent = sender_.sent(),
                .refused = sender_.refused(),
                .truncated = truncated_,
                .other_host = other_host_,
                .kernel_drops = kernel_drops_};
    }

private:
    friend rx_frame;

    [[nodiscard]] octets_view frame(detail::frame_slot slot) noexcept { return store_.frame(slot); }
    void release(detail::frame_slot slot) noexcept { store_.give_back(slot); }

    /// Takes the next batch from the kernel; false when there is nothing.
    ///
    /// A batch that was not full has emptied the kernel's queue, so the next call does not ask
    /// again: an answer to a lone frame goes out one system call earlier.
    bool fetch() noexcept {
        if (std::exchange(emptied_, false)) return false;
        if (!rearm()) return false;
        const int count =
            ::recvmmsg(socket_.fd(), messages_.data(), static_cast<unsigned>(messages_.size()),
                       MSG_DONTWAIT, nullptr);
        next_ = 0;
        taken_ = count > 0 ? static_cast<std::size_t>(count) : 0;
        if (count < 0 && errno != EAGAIN && errno != EINTR) socket_.failed(errno);
        if (count > 0) socket_.passed();
        emptied_ = count > 0 && taken_ < messages_.size();
        return count > 0;
    }

    /// Puts a free slot in the place of each that was handed out; false when too many are held.
    bool rearm() noexcept {
        if (store_.available() < taken_) return false;
        for (std::size_t i = 0; i < taken_; ++i) {
            slots_[i] = store_.take();
            pieces_[i].iov_base = store_.room(slots_[i]).data();
            messages_[i].msg_hdr.msg_namelen = sizeof(sockaddr_ll);
        }
        taken_ = next_ = 0;
        return true;
    }

    /// Whether the frame at `i` of the batch is whole and for us; gives its slot back if not.
    bool wanted(std::size_t i) noexcept {
        const bool whole = (messages_[i].msg_hdr.msg_flags & MSG_TRUNC) == 0;
        const auto type = senders_[i].sll_pkttype;
        const bool ours =
            type == PACKET_HOST || type == PACKET_BROADCAST || type == PACKET_MULTICAST;
        if (whole && ours) {
            store_.resize(slots_[i], messages_[i].msg_len);
            return true;
        }
        ++(ours ? truncated_ : other_host_);
        store_.give_back(slots_[i]);
        return false;
    }

    detail::packet_socket socket_;
    detail::packet_sender sender_;
    detail::frame_store store_;
    std::vector<detail::frame_slot> slots_;
    std::vector<iovec> pieces_;
    std::vector<sockaddr_ll> senders_;
    std::vector<mmsghdr> messages_;
    std::size_t taken_;  ///< how many of the batch the kernel filled, or all before the first
    std::size_t next_ = taken_;
    bool emptied_ = false;
    std::uint64_t received_ = 0;
    std::uint64_t truncated_ = 0;
    std::uint64_t other_host_ = 0;
    std::uint64_t kernel_drops_ = 0;
};

static_assert(flushable_link<packet> && pollable_link<packet>);

}  // namespace rrdp::adapters
