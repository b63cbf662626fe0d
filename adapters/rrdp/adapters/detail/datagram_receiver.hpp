// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <rrdp/base/octets.hpp>

namespace rrdp::adapters::detail {

/// The receive side of a link over datagram sockets: a batch is taken from the kernel with one
/// system call, and handed out one by one from where the kernel put it.
///
/// Several datagrams that the kernel hands over as one (UDP_GRO) lie next to each other. `headroom`
/// octets in front of each belong to the caller: they hold the end of the one before, which is why
/// only one may be in use at a time.
template <class Sockaddr>
class datagram_receiver {
public:
    /// A datagram and who sent it.
    struct arrival {
        octets room;  ///< headroom and datagram
        const Sockaddr* from = nullptr;
        socklen_t from_size = 0;
        bool truncated = false;
    };

    /// `longest` is the most octets that the kernel hands over as one. Throws std::bad_alloc.
    datagram_receiver(std::size_t batch, std::size_t headroom, std::size_t longest)
        : headroom_{headroom},
          stride_{(headroom + longest + 63) / 64 * 64},
          memory_{std::make_unique_for_overwrite<std::byte[]>(batch * stride_)},
          pieces_(batch),
          senders_(batch),
          controls_(batch),
          messages_(batch) {
        for (std::size_t i = 0; i < batch; ++i) {
            pieces_[i] = {memory_.get() + i * stride_ + headroom, longest};
            messages_[i].msg_hdr.msg_name = &senders_[i];
            messages_[i].msg_hdr.msg_iov = &pieces_[i];
            messages_[i].msg_hdr.msg_iovlen = 1;
        }
        rearm(batch);
    }
    datagram_receiver(const datagram_receiver&) = delete;
    datagram_receiver& operator=(const datagram_receiver&) = delete;

    /// The next datagram; nothing when none waits, or on an error, which is then in `error`. The
    /// one before must not be in use any more.
    [[nodiscard]] std::optional<arrival> next(int fd, int& error) noexcept {
        error = 0;
        if (left_ == 0 && !next_message(fd, error)) return std::nullopt;
        const mmsghdr& m = messages_[current_];
        const std::size_t size = std::min(left_, each_);
        const octets room{memory_.get() + current_ * stride_ + offset_, headroom_ + size};
        offset_ += size;
        left_ -= size;
        return arrival{room, &senders_[current_], m.msg_hdr.msg_namelen,
                       (m.msg_hdr.msg_flags & MSG_TRUNC) != 0};
    }

    /// Long datagrams that were several.
    [[nodiscard]] std::uint64_t coalesced() const noexcept { return coalesced_; }

private:
    static constexpr int fetches_max = 4;  // of batches in which all datagrams are empty

    struct alignas(cmsghdr) control {
        std::array<std::byte, CMSG_SPACE(sizeof(int))> octets{};
    };

    /// Goes on to the next message that has octets; false when there is none.
    bool next_message(int fd, int& error) noexcept {
        for (int fetches = 0; left_ == 0;) {
            if (++current_ >= taken_ && (fetches++ == fetches_max || !fetch(fd, error)))
                return false;
            left_ = messages_[current_].msg_len;
        }
        each_ = segment_size(messages_[current_].msg_hdr, left_);
        coalesced_ += each_ < left_;
        offset_ = 0;
        return true;
    }

    /// Takes the next batch. One that was not full has emptied the kernel's queue, so the next call
    /// does not ask again: an answer to a lone datagram goes out one system call earlier.
    bool fetch(int fd, int& error) noexcept {
        rearm(taken_);
        current_ = taken_ = 0;
        if (std::exchange(emptied_, false)) return false;
        const int count = ::recvmmsg(fd, messages_.data(), static_cast<unsigned>(messages_.size()),
                                     MSG_DONTWAIT, nullptr);
        if (count < 0 && errno != EAGAIN && errno != EINTR) error = errno;
        if (count <= 0) return false;
        taken_ = static_cast<std::size_t>(count);
        emptied_ = taken_ < messages_.size();
        return true;
    }

    /// Makes the first `count` messages ready again; the kernel has written to no others, and who
    /// spins looks in vain most of the time.
    void rearm(std::size_t count) noexcept {
        for (std::size_t i = 0; i < count; ++i) {
            messages_[i].msg_hdr.msg_namelen = sizeof(Sockaddr);
            messages_[i].msg_hdr.msg_control = controls_[i].octets.data();
            messages_[i].msg_hdr.msg_controllen = controls_[i].octets.size();
        }
    }

    /// How long each of the datagrams is that the kernel has joined.
    [[nodiscard]] static std::size_t segment_size(msghdr& m, std::size_t whole) noexcept {
        for (cmsghdr* c = CMSG_FIRSTHDR(&m); c != nullptr; c = CMSG_NXTHDR(&m, c)) {
            if (c->cmsg_level != SOL_UDP || c->cmsg_type != UDP_GRO) continue;
            int size = 0;
            std::memcpy(&size, CMSG_DATA(c), sizeof size);
            if (size > 0) return std::min(whole, static_cast<std::size_t>(size));
        }
        return whole;
    }

    std::size_t headroom_;
    std::size_t stride_;
    std::unique_ptr<std::byte[]> memory_;
    std::vector<iovec> pieces_;
    std::vector<Sockaddr> senders_;
    std::vector<control> controls_;
    std::vector<mmsghdr> messages_;
    std::size_t current_ = 0;
    std::size_t taken_ = 0;
    std::size_t offset_ = 0;  ///< of the next datagram in the current message
    std::size_t left_ = 0;
    std::size_t each_ = 0;
    bool emptied_ = false;
    std::uint64_t coalesced_ = 0;
};

}  // namespace rrdp::adapters::detail
