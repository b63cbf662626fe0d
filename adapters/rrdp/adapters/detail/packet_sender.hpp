// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <rrdp/adapters/detail/frame_store.hpp>
#include <rrdp/adapters/detail/packet_socket.hpp>

namespace rrdp::adapters::detail {

/// The transmit side of an AF_PACKET link: committed frames are gathered and handed to the kernel
/// with one system call.
///
/// A full send buffer (EAGAIN) keeps them, and `lease` refuses once all slots are in use. What the
/// kernel refuses otherwise is lost and counted, as if the wire had lost it.
class packet_sender {
public:
    using tx_lease = leased_frame<packet_sender>;

    /// `socket` must outlive the sender. Throws std::bad_alloc.
    packet_sender(packet_socket& socket, std::size_t batch)
        : socket_{&socket},
          frame_max_{socket.properties().max_frame},
          store_{batch, std::max(frame_max_, wire::ethernet_framing::frame_min)},
          slots_(batch),
          pieces_(batch),
          messages_(batch) {
        for (std::size_t i = 0; i < batch; ++i) {
            messages_[i].msg_hdr.msg_iov = &pieces_[i];
            messages_[i].msg_hdr.msg_iovlen = 1;
        }
    }
    packet_sender(const packet_sender&) = delete;
    packet_sender& operator=(const packet_sender&) = delete;

    /// Room for a frame; when none is left, what waits is handed over first.
    [[nodiscard]] std::optional<tx_lease> lease(std::size_t size) noexcept {
        if (size > frame_max_) return std::nullopt;
        if (store_.available() == 0) flush();
        const frame_slot slot = store_.take();
        if (slot == no_slot) return std::nullopt;
        return tx_lease{*this, slot, size};
    }

    /// Hands over what was committed; false when the kernel would not take all of it now. Each
    /// round sends, drops, stops, or is the one that is allowed to have met an error of the
    /// interface: it may be of a fall that is over, or mended by looking.
    bool flush() noexcept {
        std::size_t done = 0;
        bool once = true;
        while (done < count_) {
            const int taken = hand_over(done);
            if (taken > 0) {
                done += static_cast<std::size_t>(taken);
                sent_ += static_cast<std::uint64_t>(taken);
                socket_->mend();
                continue;
            }
            const int error = errno;
            if (error == EAGAIN || error == EINTR) break;
            if (of_interface(error) && std::exchange(once, false)) {
                socket_->failed(error);
                socket_->mend();
                continue;
            }
            done += refuse(error, count_ - done);
        }
        forget(done);
        return count_ == 0;
    }

    [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }
    [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

private:
    friend tx_lease;

    [[nodiscard]] octets room(frame_slot slot) noexcept { return store_.room(slot); }
    void cancel(frame_slot slot) noexcept { store_.give_back(slot); }

    /// Queues a frame, padded with zeros to the least that Ethernet carries. One without a
    /// whole header is refused here, before the kernel does.
    void commit(frame_slot slot, std::size_t size) noexcept {
        if (size < wire::ethernet_framing::overhead) {
            refused_ += size != 0;
            return store_.give_back(slot);
        }
        const octets room = store_.room(slot);
        if (size < wire::ethernet_framing::frame_min) {
            clear_octets(room.subspan(size, wire::ethernet_framing::frame_min - size));
            size = wire::ethernet_framing::frame_min;
        }
        slots_[count_] = slot;
        pieces_[count_] = {room.data(), size};
        ++count_;
    }

    /// How many of the frames from `first` on the kernel took, or -1.
    int hand_over(std::size_t first) noexcept {
        if (count_ - first > 1)
            return ::sendmmsg(socket_->fd(), &messages_[first],
                              static_cast<unsigned>(count_ - first), MSG_DONTWAIT);
        const iovec& piece = pieces_[first];
        return ::send(socket_->fd(), piece.iov_base, piece.iov_len, MSG_DONTWAIT) < 0 ? -1 : 1;
    }

    [[nodiscard]] static bool of_interface(int error) noexcept {
        return error == ENETDOWN || error == ENXIO || error == ENODEV;
    }

    /// How many of the `waiting` frames an error costs: all of them when the interface is at fault.
    /// A full queue of the device, or a frame longer than the MTU is by now, is no trouble.
    std::size_t refuse(int error, std::size_t waiting) noexcept {
        const bool usual = error == ENOBUFS || error == EMSGSIZE;
        if (!usual) socket_->failed(error);
        const std::size_t lost = of_interface(error) ? waiting : 1;
        refused_ += lost;
        return lost;
    }

    /// Gives the first `done` slots back and moves the others to the front.
    void forget(std::size_t done) noexcept {
        for (std::size_t i = 0; i < done; ++i) store_.give_back(slots_[i]);
        for (std::size_t i = done; i < count_; ++i) {
            slots_[i - done] = slots_[i];
            pieces_[i - done] = pieces_[i];
        }
        count_ -= done;
    }

    packet_socket* socket_;
    std::size_t frame_max_;
    frame_store store_;
    std::vector<frame_slot> slots_;
    std::vector<iovec> pieces_;
    std::vector<mmsghdr> messages_;
    std::size_t count_ = 0;
    std::uint64_t sent_ = 0;
    std::uint64_t refused_ = 0;
};

}  // namespace rrdp::adapters::detail
