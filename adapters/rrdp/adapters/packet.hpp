// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include <rrdp/adapters/detail/packet_link.hpp>
#include <rrdp/link/concepts.hpp>

namespace rrdp::adapters {

/// Raw Ethernet through AF_PACKET: frames of one EtherType on one interface, in batches.
///
/// Needs CAP_NET_RAW, and only while it is constructed. Never blocks; sleep on `native_handle`.
/// What is for another host or VLAN, or longer than `max_frame`, is dropped and counted. It lives
/// through an interface that falls, and one that is removed and made again under the same name. For
/// one thread; must not be moved, because frames and leases point into it.
class packet : public detail::packet_link {
public:
    /// A frame received, until it is released (concept `link`).
    using rx_frame = detail::borrowed_frame<packet>;

    /// Opens `interface` and begins to receive. Throws std::system_error with one line that says
    /// what is missing, or std::bad_alloc; nothing throws afterwards.
    explicit packet(const char* interface, const packet_options& options = {})
        : packet_link{interface, options},
          store_{2 * options.batch, frame_max()},
          slots_(options.batch),
          pieces_(options.batch),
          senders_(options.batch),
          messages_(options.batch),
          taken_{options.batch} {
        for (std::size_t i = 0; i < options.batch; ++i) {
            pieces_[i].iov_len = frame_max();
            messages_[i].msg_hdr.msg_name = &senders_[i];
            messages_[i].msg_hdr.msg_iov = &pieces_[i];
            messages_[i].msg_hdr.msg_iovlen = 1;
        }
        socket().start();
    }

    /// The next frame. Nothing also while more than a batch of frames is held.
    [[nodiscard]] std::optional<rx_frame> receive() noexcept {
        for (;;) {
            if (next_ == taken_ && !fetch()) {
                socket().mend();
                return std::nullopt;
            }
            const std::size_t i = next_++;
            if (!wanted(i)) continue;
            return rx_frame{*this, slots_[i]};
        }
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
            ::recvmmsg(native_handle(), messages_.data(), static_cast<unsigned>(messages_.size()),
                       MSG_DONTWAIT | MSG_TRUNC, nullptr);
        next_ = 0;
        taken_ = count > 0 ? static_cast<std::size_t>(count) : 0;
        if (count < 0 && errno != EAGAIN && errno != EINTR) socket().failed(errno);
        if (count > 0) socket().mend();
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
        const std::size_t length = messages_[i].msg_len;  // before it was cut: MSG_TRUNC
        const bool admitted = admit(senders_[i], store_.room(slots_[i]), length);
        if (admitted) store_.resize(slots_[i], length);
        if (!admitted) store_.give_back(slots_[i]);
        return admitted;
    }

    detail::frame_store store_;
    std::vector<detail::frame_slot> slots_;
    std::vector<iovec> pieces_;
    std::vector<sockaddr_ll> senders_;
    std::vector<mmsghdr> messages_;
    std::size_t taken_;  ///< how many of the batch the kernel filled, or all before the first
    std::size_t next_ = taken_;
    bool emptied_ = false;
};

static_assert(flushable_link<packet> && pollable_link<packet>);

}  // namespace rrdp::adapters
