// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include <rrdp/adapters/detail/frame_store.hpp>
#include <rrdp/adapters/detail/xdp_socket.hpp>

namespace rrdp::adapters::detail {

/// The transmit side of an AF_XDP link: frames are built where the kernel or the device reads
/// them. A long one lies in neighbouring chunks and leaves in as many pieces, without a copy.
class xdp_sender {
public:
    using tx_lease = leased_frame<xdp_sender>;

    /// `nic` and `memory` must outlive the sender. Throws std::bad_alloc.
    xdp_sender(xdp_interface& nic, const xdp_layout& layout, std::byte* memory)
        : nic_{&nic},
          memory_{memory},
          chunk_{layout.chunk},
          stride_{layout.stride()},
          pieces_max_{static_cast<std::uint32_t>(layout.lease_pieces)},
          unfinished_(layout.leases),
          free_(layout.leases),
          available_{layout.leases} {
        for (std::size_t i = 0; i < free_.size(); ++i)
            free_[i] = static_cast<frame_slot>(free_.size() - 1 - i);
    }
    xdp_sender(const xdp_sender&) = delete;
    xdp_sender& operator=(const xdp_sender&) = delete;

    /// Sends by `socket` from now on.
    void use(xdp_socket& socket) noexcept { socket_ = &socket; }

    /// Leaves the socket, if there is one. What it has not sent is lost; leases stay good.
    void leave() noexcept {
        if (socket_ == nullptr) return;
        refuse_pending();
        withdraw();
        for (std::size_t slot = 0; slot < unfinished_.size(); ++slot)
            while (unfinished_[slot] != 0) finish({slot * stride_, 0, 0});
    }

    /// Room for a frame; nothing while all is leased or on its way out.
    [[nodiscard]] std::optional<tx_lease> lease(std::size_t size) noexcept {
        if (size > nic_->properties().max_frame) return std::nullopt;
        if (available_ == 0) reap();
        const std::uint32_t places = pieces_max_ * (leased_ + 1);
        if (available_ == 0 || socket_->transmit.room(places) < places) return std::nullopt;
        ++leased_;
        return tx_lease{*this, free_[--available_], size};
    }

    [[nodiscard]] bool idle() const noexcept { return pending_ == 0 && !backlog_; }

    /// Hands over what was committed; `idle` tells whether the kernel took all of it. 0, or the
    /// error that shows that the interface is at fault: then all of it is lost.
    int flush() noexcept {
        socket_->transmit.publish();
        sent_ += std::exchange(pending_, 0);
        std::uint32_t waiting = socket_->transmit.unconsumed();
        for (std::uint32_t rounds = waiting + 1; waiting != 0 && rounds != 0; --rounds) {
            const int error = socket_->transmit.needs_wakeup() ? socket_->kick() : 0;
            if (error == ENETDOWN || error == ENXIO) {
                withdraw();
                return error;
            }
            if (error == 0 && socket_->mode().zero_copy) waiting = 0;  // the device will
            if (waiting == 0) break;
            const std::uint32_t before = std::exchange(waiting, socket_->transmit.unconsumed());
            if (error == EBUSY) --sent_, ++refused_;  // taken, and dropped by the device
            if (error != 0 && waiting == before) break;
        }
        backlog_ = waiting != 0;
        reap();
        return 0;
    }

    /// Loses what was committed since the last `flush`.
    void refuse_pending() noexcept {
        const std::uint32_t places = socket_->transmit.retract();
        for (std::uint32_t i = 0; i < places; ++i) finish(socket_->transmit.next(i));
        refused_ += std::exchange(pending_, 0);
    }

    void add_to(xdp_statistics& counts) const noexcept {
        counts.sent = sent_;
        counts.refused = refused_;
    }

private:
    friend tx_lease;

    /// An address outside the memory: the kernel skips a descriptor that has it.
    static constexpr std::uint64_t nowhere = 0xffff'ffff'ffff'0000;

    [[nodiscard]] octets room(frame_slot slot) noexcept {
        return {memory_ + slot * stride_, stride_};
    }
    void cancel(frame_slot slot) noexcept {
        --leased_;
        free_[available_++] = slot;
    }

    /// Queues a frame, padded with zeros to the least that Ethernet carries. One without a
    /// whole header is refused here, before a device is asked to send it.
    void commit(frame_slot slot, std::size_t size) noexcept {
        if (size < wire::ethernet_framing::overhead) {
            refused_ += size != 0;
            return cancel(slot);
        }
        --leased_;
        if (size < wire::ethernet_framing::frame_min) {
            clear_octets(room(slot).subspan(size, wire::ethernet_framing::frame_min - size));
            size = wire::ethernet_framing::frame_min;
        }
        for (std::size_t at = 0; at < size; at += chunk_) {
            const std::size_t rest = size - at;
            const bool more = rest > chunk_;
            socket_->transmit.put({slot * stride_ + at,
                                   static_cast<std::uint32_t>(more ? chunk_ : rest),
                                   more ? xdp_socket::continued : 0});
            ++unfinished_[slot];
        }
        ++pending_;
    }

    /// Takes back the chunks that have left.
    void reap() noexcept {
        const std::uint32_t count = socket_->completion.waiting();
        for (std::uint32_t i = 0; i < count; ++i) finish({socket_->completion.next(i), 0, 0});
        if (count != 0) socket_->completion.consume(count);
    }

    /// A piece is done with; its lease's memory is free when all are. Newer kernels also give back
    /// what was withdrawn, without an address of ours, and a device may have taken a piece before
    /// that: neither is counted again.
    void finish(const xdp_desc& piece) noexcept {
        const std::size_t slot = piece.addr / stride_;
        if (slot < unfinished_.size() && unfinished_[slot] != 0 && --unfinished_[slot] == 0)
            free_[available_++] = static_cast<frame_slot>(slot);
    }

    /// Loses what the kernel has not taken, because it cannot be sent: left in the ring, it would
    /// leave when the interface is up again, minutes late and out of its time.
    void withdraw() noexcept {
        const std::uint32_t count = socket_->transmit.unconsumed();
        for (std::uint32_t i = 0; i < count; ++i) {
            xdp_desc& piece = socket_->transmit.published(i);
            if (piece.addr == nowhere) continue;
            const bool last = (piece.options & xdp_socket::continued) == 0;
            sent_ -= last;
            refused_ += last;
            finish(piece);
            piece.addr = nowhere;
        }
        backlog_ = false;
    }

    xdp_interface* nic_;
    std::byte* memory_;
    std::size_t chunk_;
    std::size_t stride_;
    std::uint32_t pieces_max_;
    std::vector<std::uint8_t> unfinished_;  ///< pieces of a lease that the kernel has
    std::vector<frame_slot> free_;
    std::size_t available_;
    xdp_socket* socket_ = nullptr;
    std::uint32_t leased_ = 0;
    std::uint32_t pending_ = 0;  ///< frames committed and not published
    bool backlog_ = false;       ///< the kernel left frames in the ring
    std::uint64_t sent_ = 0;
    std::uint64_t refused_ = 0;
};

}  // namespace rrdp::adapters::detail
