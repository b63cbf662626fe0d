// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include <rrdp/adapters/detail/frame_store.hpp>

namespace rrdp::adapters::detail {

/// The transmit side of a link over datagram sockets: committed frames are gathered and handed to
/// the kernel with one system call, and neighbours of one size to one peer as one long datagram,
/// which the kernel or the card cuts (UDP_SEGMENT), where that is wanted.
///
/// `Owner` has `outgoing(octets, Datagram&)`, which says what of a frame goes where (or false:
/// nothing), `retry(errno)`, whether an error was news of an earlier datagram, and `refused(errno)`
/// for one that is final; the answer to that is whether all that waits is lost with it.
template <class Owner, class Sockaddr>
class datagram_sender {
public:
    using tx_lease = leased_frame<datagram_sender>;

    /// What of a frame is sent, where to, and with which traffic class.
    struct datagram {
        frame_slot slot = no_slot;
        iovec piece{};
        Sockaddr to{};
        socklen_t to_size = sizeof(Sockaddr);
        int traffic_class = 0;
    };

    /// Throws std::bad_alloc. `class_level` and `class_type` are those of the control message that
    /// carries the traffic class; type 0: none.
    datagram_sender(Owner& owner, std::size_t batch, std::size_t frame_max, int class_level = 0,
                    int class_type = 0)
        : owner_{&owner},
          frame_max_{frame_max},
          class_level_{class_level},
          class_type_{class_type},
          store_{batch, frame_max},
          waiting_(batch),
          pieces_(batch),
          runs_(batch),
          controls_(batch),
          messages_(batch) {}
    datagram_sender(const datagram_sender&) = delete;
    datagram_sender& operator=(const datagram_sender&) = delete;

    /// Room for a frame; when none is left, what waits is handed over first.
    [[nodiscard]] std::optional<tx_lease> lease(int fd, std::size_t size) noexcept {
        if (size > frame_max_) return std::nullopt;
        if (store_.available() == 0) flush(fd);
        const frame_slot slot = store_.take();
        if (slot == no_slot) return std::nullopt;
        return tx_lease{*this, slot, size};
    }

    /// Hands over what was committed; false when the kernel would not take all of it now. Each
    /// round sends, drops, or stops.
    bool flush(int fd) noexcept {
        std::size_t done = 0;
        std::size_t news = 0;
        lone_until_ = 0;
        while (done < count_) {
            const std::size_t groups = gather(done);
            const int taken = hand_over(fd, groups);
            for (int i = 0; i < taken; ++i) done += passed(runs_[static_cast<std::size_t>(i)]);
            if (taken > 0) continue;
            const int error = errno;
            if (error == EAGAIN || error == EINTR) break;
            if (news++ < news_max && owner_->retry(error)) continue;
            if (runs_[0] > 1)
                part(error, done);
            else
                done += refused(error, count_ - done);
        }
        forget(done);
        return count_ == 0;
    }

    /// Neighbours are joined from now on, or no longer.
    void join(bool wanted) noexcept { joins_ = wanted; }
    [[nodiscard]] bool joins() const noexcept { return joins_; }

    [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }
    [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }
    /// Datagrams that left as part of a longer one.
    [[nodiscard]] std::uint64_t joined() const noexcept { return joined_; }

private:
    friend tx_lease;

    static constexpr std::size_t news_max = 16;
    static constexpr std::size_t run_max = 64;             // UDP_MAX_SEGMENTS of older kernels
    static constexpr std::size_t run_octets_max = 65'000;  // an IP datagram and its headers
    static constexpr std::size_t control_size = CMSG_SPACE(sizeof(int)) + CMSG_SPACE(2);

    struct alignas(cmsghdr) control {
        std::array<std::byte, control_size> octets{};
    };

    [[nodiscard]] octets room(frame_slot slot) noexcept { return store_.room(slot); }
    void cancel(frame_slot slot) noexcept { store_.give_back(slot); }

    void commit(frame_slot slot, std::size_t size) noexcept {
        datagram& d = waiting_[count_];
        d.slot = slot;
        const bool sendable = size != 0 && owner_->outgoing(store_.room(slot).first(size), d);
        if (sendable) ++count_;
        if (!sendable) store_.give_back(slot);
        refused_ += !sendable && size != 0;
    }

    /// Whether `next` may follow in the run from `first` on.
    [[nodiscard]] bool follows(const datagram& first, const datagram& next,
                               std::size_t octets) const noexcept {
        return next.piece.iov_len <= first.piece.iov_len &&
               octets + next.piece.iov_len <= run_octets_max &&
               next.traffic_class == first.traffic_class &&
               std::memcmp(&next.to, &first.to, sizeof first.to) == 0;
    }

    /// How many of the datagrams from `first` on may be one.
    [[nodiscard]] std::size_t run_from(std::size_t first) const noexcept {
        std::size_t length = 1;
        std::size_t octets = waiting_[first].piece.iov_len;
        if (!joins_ || first < lone_until_) return length;
        for (std::size_t i = first + 1; i < count_ && length < run_max; ++i, ++length) {
            const bool last_was_short =
                waiting_[i - 1].piece.iov_len != waiting_[first].piece.iov_len;
            if (last_was_short || !follows(waiting_[first], waiting_[i], octets)) break;
            octets += waiting_[i].piece.iov_len;
        }
        return length;
    }

    /// Makes messages of all that waits from `first` on; answers how many.
    std::size_t gather(std::size_t first) noexcept {
        std::size_t groups = 0;
        for (std::size_t i = first; i < count_; ++groups) {
            const std::size_t length = run_from(i);
            runs_[groups] = length;
            msghdr& m = messages_[groups].msg_hdr;
            m = {};
            m.msg_name = &waiting_[i].to;
            m.msg_namelen = waiting_[i].to_size;
            m.msg_iov = &pieces_[i];
            m.msg_iovlen = length;
            for (const std::size_t end = i + length; i < end; ++i) pieces_[i] = waiting_[i].piece;
            add_controls(m, groups, waiting_[i - length], length > 1);
        }
        return groups;
    }

    /// How many of the first `groups` messages the kernel took, or -1. A lone datagram goes by the
    /// call that has the least to read.
    int hand_over(int fd, std::size_t groups) noexcept {
        const msghdr& m = messages_[0].msg_hdr;
        if (groups > 1 || m.msg_iovlen > 1 || m.msg_controllen != 0)
            return ::sendmmsg(fd, messages_.data(), static_cast<unsigned>(groups), MSG_DONTWAIT);
        const iovec& piece = *m.msg_iov;
        const auto* const to = static_cast<const sockaddr*>(m.msg_name);
        const auto n = ::sendto(fd, piece.iov_base, piece.iov_len, MSG_DONTWAIT, to, m.msg_namelen);
        return n < 0 ? -1 : 1;
    }

    void add_controls(msghdr& m, std::size_t group, const datagram& d, bool run) noexcept {
        std::size_t used = 0;
        const auto add = [&](int level, int type, const void* value, std::size_t size) {
            void* const at = controls_[group].octets.data() + used;
            auto* const c = static_cast<cmsghdr*>(at);
            c->cmsg_level = level;
            c->cmsg_type = type;
            c->cmsg_len = CMSG_LEN(size);
            std::memcpy(CMSG_DATA(c), value, size);
            used += CMSG_SPACE(size);
        };
        if (class_type_ != 0 && d.traffic_class != 0)
            add(class_level_, class_type_, &d.traffic_class, sizeof d.traffic_class);
        const auto size = static_cast<std::uint16_t>(d.piece.iov_len);
        if (run) add(SOL_UDP, UDP_SEGMENT, &size, sizeof size);
        m.msg_control = used == 0 ? nullptr : controls_[group].octets.data();
        m.msg_controllen = used;
    }

    std::size_t passed(std::size_t run) noexcept {
        sent_ += run;
        if (run > 1) joined_ += run;
        owner_->passed();
        return run;
    }

    /// The run at `first` was refused as one: its datagrams are tried alone. Where the kernel or
    /// the device cannot cut, none is joined any more.
    void part(int error, std::size_t first) noexcept {
        lone_until_ = first + runs_[0];
        if (error == EIO || error == ENOPROTOOPT || error == EOPNOTSUPP) joins_ = false;
    }

    std::size_t refused(int error, std::size_t waiting) noexcept {
        const std::size_t lost = owner_->refused(error) ? waiting : 1;
        refused_ += lost;
        return lost;
    }

    /// Gives the first `done` slots back and moves the others to the front.
    void forget(std::size_t done) noexcept {
        for (std::size_t i = 0; i < done; ++i) store_.give_back(waiting_[i].slot);
        for (std::size_t i = done; i < count_; ++i) waiting_[i - done] = waiting_[i];
        count_ -= done;
    }

    Owner* owner_;
    std::size_t frame_max_;
    int class_level_;
    int class_type_;
    frame_store store_;
    std::vector<datagram> waiting_;
    std::vector<iovec> pieces_;
    std::vector<std::size_t> runs_;
    std::vector<control> controls_;
    std::vector<mmsghdr> messages_;
    std::size_t count_ = 0;
    std::size_t lone_until_ = 0;
    bool joins_ = false;
    std::uint64_t sent_ = 0;
    std::uint64_t refused_ = 0;
    std::uint64_t joined_ = 0;
};

}  // namespace rrdp::adapters::detail
