// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/errqueue.h>

#include <cerrno>
#include <optional>
#include <system_error>

#include <rrdp/adapters/detail/datagram_receiver.hpp>
#include <rrdp/adapters/detail/datagram_sender.hpp>
#include <rrdp/adapters/detail/udp_family.hpp>
#include <rrdp/adapters/detail/unique_fd.hpp>
#include <rrdp/link/concepts.hpp>

namespace rrdp::adapters {

/// What is bound to where, and how long its datagrams may be.
template <class Framing>
struct basic_udp_options {
    typename Framing::address address{};  ///< of this end, one host's; port 0: one that is free
    std::size_t max_frame = 1'500;        ///< octets of the longest IP datagram, header included
    std::size_t batch = 64;               ///< datagrams a system call, each way
    int buffer = 4 << 20;      ///< octets the kernel may keep for us, each way, if it allows that
    bool segmentation = true;  ///< equal datagrams to one peer leave as one (UDP_SEGMENT)
    bool coalescing = true;    ///< the kernel may hand several over as one (UDP_GRO)
};

/// What a `basic_udp` link has seen, in datagrams.
struct udp_statistics {
    std::uint64_t received = 0;     ///< datagrams handed out
    std::uint64_t sent = 0;         ///< datagrams that the kernel took
    std::uint64_t refused = 0;      ///< by the kernel, for good: too long for the path, no route
    std::uint64_t truncated = 0;    ///< longer than `max_frame`: dropped
    std::uint64_t unreachable = 0;  ///< came back as news: nobody at that port, no such host
    std::uint64_t segmented = 0;    ///< of those sent: as part of a longer one
    std::uint64_t coalesced = 0;    ///< times that several were received as one
};

/// A link over a UDP socket, which needs no privilege: the frames are those of `Framing`, whole IP
/// datagrams. The kernel has the headers; in front of what it hands over they are put again, in
/// the same memory, so that an engine sees where a segment came from.
///
/// Never blocks. One received frame may be held at a time, and any number of leases. What cannot
/// be sent is lost and counted. For one thread; must not be moved.
template <class Framing>
class basic_udp {
    using family = detail::udp_family<Framing>;
    using sockaddr_type = typename family::sockaddr_type;
    using sender = detail::datagram_sender<basic_udp, sockaddr_type>;
    using receiver = detail::datagram_receiver<sockaddr_type>;

public:
    using address_type = typename Framing::address;   ///< an address and a port
    using options_type = basic_udp_options<Framing>;  ///< what it is opened with
    using tx_lease = typename sender::tx_lease;       ///< room for a frame to send (concept `link`)

    /// The datagram in the receive buffer; the next is handed out when this one is gone.
    class rx_frame {
    public:
        /// Made by its link.
        rx_frame(basic_udp& owner, octets_view bytes) noexcept : owner_{&owner}, bytes_{bytes} {}
        /// What is moved from is empty afterwards.
        rx_frame(rx_frame&& other) noexcept
            : owner_{std::exchange(other.owner_, nullptr)},
              bytes_{std::exchange(other.bytes_, {})} {}
        /// What is moved from is empty afterwards.
        rx_frame& operator=(rx_frame&& other) noexcept {
            if (this == &other) return *this;
            release();
            owner_ = std::exchange(other.owner_, nullptr);
            bytes_ = std::exchange(other.bytes_, {});
            return *this;
        }
        ~rx_frame() { release(); }
        /// Its octets.
        [[nodiscard]] octets_view bytes() const noexcept { return bytes_; }

    private:
        void release() noexcept {
            if (owner_ != nullptr) owner_->reading_ = false;
        }

        basic_udp* owner_;
        octets_view bytes_;
    };

    /// Binds. Throws std::system_error with one line that says what is wrong, or std::bad_alloc;
    /// nothing throws afterwards.
    explicit basic_udp(const options_type& options)
        : address_{options.address},
          max_frame_{options.max_frame},
          coalesces_{open(options)},
          sender_{*this, options.batch, max_frame_, family::level, family::traffic_class},
          receiver_{options.batch, Framing::overhead,
                    coalesces_ ? longest_datagram : max_frame_ - Framing::overhead} {
        int size = 0;
        socklen_t length = sizeof size;
        sender_.join(options.segmentation &&
                     ::getsockopt(fd_.get(), SOL_UDP, UDP_SEGMENT, &size, &length) == 0);
    }
    basic_udp(const basic_udp&) = delete;
    basic_udp& operator=(const basic_udp&) = delete;

    /// What the link says of itself (concept `link`).
    [[nodiscard]] link_properties properties() const noexcept {
        return {.max_frame = max_frame_,
                .fifo = Framing::fifo,
                .msl = std::chrono::microseconds{Framing::msl_us}};
    }

    /// Where this end is bound, with the port that the kernel chose.
    [[nodiscard]] const address_type& address() const noexcept { return address_; }

    /// The next datagram as a frame. Nothing also while the last one is still held.
    [[nodiscard]] std::optional<rx_frame> receive() noexcept {
        for (int looks = 0; !reading_ && looks < looks_max; ++looks) {
            int error = 0;
            const auto next = receiver_.next(fd_.get(), error);
            if (!next && error == 0) break;
            if (!next) {
                retry(error);
                continue;
            }
            const bool fits = !next->truncated && next->room.size() <= max_frame_;
            truncated_ += !fits;
            if (!fits || next->from_size != sizeof(sockaddr_type)) continue;
            ++received_;
            news_.clear();
            reading_ = true;
            const Framing framing;
            framing.write_header(next->room, address_, family::to_address(*next->from));
            const auto size = framing.finish(next->room, next->room.size() - Framing::overhead);
            return rx_frame{*this, next->room.first(size)};
        }
        return std::nullopt;
    }

    /// Room for a frame; nothing while the kernel's send buffer is full.
    [[nodiscard]] std::optional<tx_lease> lease(std::size_t size) noexcept {
        return sender_.lease(fd_.get(), size);
    }

    /// Sends what was committed.
    bool flush() noexcept { return sender_.flush(fd_.get()); }

    /// For poll(2): readable when a datagram waits, or news of one that was sent.
    [[nodiscard]] int native_handle() const noexcept { return fd_.get(); }

    /// The last failure: of sending, until a datagram leaves again; from the network (nobody at a
    /// port, no such host), until one arrives.
    [[nodiscard]] std::error_code error() const noexcept { return local_ ? local_ : news_; }

    /// Whether equal datagrams to one peer leave as one, and whether the kernel may hand several
    /// over as one; false where the kernel or the device cannot.
    [[nodiscard]] bool segments() const noexcept { return sender_.joins(); }
    /// Whether the kernel hands several datagrams over as one.
    [[nodiscard]] bool coalesces() const noexcept { return coalesces_; }

    /// The counts so far.
    [[nodiscard]] udp_statistics statistics() const noexcept {
        return {.received = received_,
                .sent = sender_.sent(),
                .refused = sender_.refused(),
                .truncated = truncated_,
                .unreachable = unreachable_,
                .segmented = sender_.joined(),
                .coalesced = receiver_.coalesced()};
    }

private:
    friend rx_frame;
    friend sender;

    static constexpr int looks_max = 64;
    static constexpr std::size_t batch_max = 1'024;  // what the kernel takes in one call
    static constexpr int news_max = 64;
    static constexpr std::size_t longest_datagram = 65'535;

    /// Opens and binds; whether the kernel may hand several datagrams over as one.
    bool open(const options_type& options) {
        errno = EINVAL;
        if (!is_one_host(options.address.host)) fail("is not the address of one host");
        if (options.batch == 0) fail("a batch has to hold a datagram");
        if (options.batch > batch_max) fail("a batch holds 1024 datagrams at most");
        if (options.max_frame <= Framing::overhead || options.max_frame > longest_datagram)
            fail("max_frame has to hold a header, and 65535 octets at most");
        fd_ = detail::unique_fd{
            ::socket(family::family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
        if (!fd_) fail("cannot open a UDP socket");
        if (family::family == AF_INET6) set(IPPROTO_IPV6, IPV6_V6ONLY, 1);
        set(family::level, family::discover, family::probe);
        set(family::level, family::report_errors, 1);
        set(SOL_SOCKET, SO_RCVBUF, options.buffer);
        set(SOL_SOCKET, SO_SNDBUF, options.buffer);
        bind();
        return options.coalescing && set(SOL_UDP, UDP_GRO, 1);
    }

    void bind() {
        sockaddr_type where = family::to_sockaddr(address_);
        void* const at = &where;
        socklen_t size = sizeof where;
        if (::bind(fd_.get(), static_cast<const sockaddr*>(at), size) != 0) {
            if (errno == EADDRINUSE) fail("the port is in use");
            if (errno == EADDRNOTAVAIL) fail("no interface of this host has the address");
            if (errno == EACCES) fail("ports below 1024 need CAP_NET_BIND_SERVICE");
            fail("cannot bind");
        }
        if (::getsockname(fd_.get(), static_cast<sockaddr*>(at), &size) == 0)
            address_.port = family::to_address(where).port;
    }

    /// What of a frame goes where.
    [[nodiscard]] bool outgoing(octets frame, typename sender::datagram& d) const noexcept {
        if (!family::is_datagram(frame)) return false;
        const octets payload = frame.subspan(Framing::overhead);
        d.piece = {payload.data(), payload.size()};
        d.to = family::to_sockaddr(family::destination(frame));
        d.traffic_class = family::class_of(frame);
        return true;
    }
    void passed() noexcept {
        if (local_) local_.clear();
    }
    /// One datagram is lost, and no other with it.
    bool refused(int error) noexcept {
        if (error != ENOBUFS && error != EMSGSIZE) local_.assign(error, std::generic_category());
        return false;
    }

    /// Takes the kernel's notes about earlier datagrams; whether there was one from the network,
    /// so that the error that was met is over.
    bool retry(int) noexcept {
        bool told = false;
        for (int i = 0; i < news_max; ++i) {
            alignas(cmsghdr) std::array<std::byte, 256> control;
            msghdr m{};
            m.msg_control = control.data();
            m.msg_controllen = control.size();
            if (::recvmsg(fd_.get(), &m, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) break;
            for (cmsghdr* c = CMSG_FIRSTHDR(&m); c != nullptr; c = CMSG_NXTHDR(&m, c)) {
                if (c->cmsg_level != family::level ||
                    c->cmsg_len < CMSG_LEN(sizeof(sock_extended_err)))
                    continue;
                sock_extended_err e{};
                std::memcpy(&e, CMSG_DATA(c), sizeof e);
                if (e.ee_origin != family::error_origin) continue;
                told = true;
                ++unreachable_;
                news_.assign(static_cast<int>(e.ee_errno), std::generic_category());
            }
        }
        return told;
    }

    bool set(int level, int name, int value) noexcept {
        return ::setsockopt(fd_.get(), level, name, &value, sizeof value) == 0;
    }
    [[noreturn]] void fail(const char* what) const {
        throw std::system_error{errno, std::generic_category(),
                                "udp " + detail::udp_text<Framing>(address_) + ": " + what};
    }

    address_type address_;
    std::size_t max_frame_;
    detail::unique_fd fd_;
    bool coalesces_;
    sender sender_;
    receiver receiver_;
    bool reading_ = false;
    std::error_code local_;
    std::error_code news_;
    std::uint64_t received_ = 0;
    std::uint64_t truncated_ = 0;
    std::uint64_t unreachable_ = 0;
};

using udp_options = basic_udp_options<framings::udp4>;
using udp6_options = basic_udp_options<framings::udp6>;

/// Over IPv4, for the framing `framings::udp4`.
using udp = basic_udp<framings::udp4>;
/// Over IPv6, for the framing `framings::udp6`.
using udp6 = basic_udp<framings::udp6>;

static_assert(flushable_link<udp> && pollable_link<udp>);
static_assert(flushable_link<udp6> && pollable_link<udp6>);

}  // namespace rrdp::adapters
