// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <optional>
#include <string_view>
#include <system_error>

#include <rrdp/adapters/detail/datagram_receiver.hpp>
#include <rrdp/adapters/detail/datagram_sender.hpp>
#include <rrdp/adapters/detail/unique_fd.hpp>
#include <rrdp/adapters/detail/unix_name.hpp>
#include <rrdp/link/concepts.hpp>

namespace rrdp::adapters {

/// How a `unix_datagram` link is opened.
struct unix_options {
    std::size_t max_frame = 9'014;  ///< octets
    std::size_t batch = 32;         ///< frames a system call, each way
    int buffer = 1 << 20;           ///< octets that may be on their way to the other end
};

/// What a `unix_datagram` link has seen, in frames.
struct unix_statistics {
    std::uint64_t received = 0;   ///< frames handed out
    std::uint64_t sent = 0;       ///< frames that the kernel took
    std::uint64_t refused = 0;    ///< lost, because there was no other end
    std::uint64_t truncated = 0;  ///< longer than `max_frame`: dropped
    std::uint64_t foreign = 0;    ///< from a socket that is not the other end: dropped
};

/// A cable between two processes of one machine: datagrams between two AF_UNIX sockets that find
/// each other by a path, or by "@" and a name that is no file. Needs no privilege; frames are
/// opaque and keep their order; nothing is lost while both ends live: a full queue is backpressure.
///
/// Whoever opens a name first is one end, who comes next the other. One that is missing is silence
/// until somebody opens it again. For one thread; must not be moved.
class unix_datagram {
    using sender = detail::datagram_sender<unix_datagram, sockaddr_un>;

public:
    using tx_lease = sender::tx_lease;  ///< room for a frame to send (concept `link`)

    /// The frame in the receive buffer; the next is handed out when this one is gone.
    class rx_frame {
    public:
        /// Made by its link.
        rx_frame(unix_datagram& owner, octets_view bytes) noexcept
            : owner_{&owner}, bytes_{bytes} {}
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

        unix_datagram* owner_;
        octets_view bytes_;
    };

    /// Takes an end of `name` that is free. Throws std::system_error with one line that says what
    /// is wrong, or std::bad_alloc; nothing throws afterwards.
    explicit unix_datagram(std::string_view name, const unix_options& options = {})
        : max_frame_{options.max_frame},
          name_{name},
          fd_{open(options)},
          sender_{*this, options.batch, max_frame_},
          receiver_{options.batch, 0, max_frame_} {}
    unix_datagram(const unix_datagram&) = delete;
    unix_datagram& operator=(const unix_datagram&) = delete;

    /// What the link says of itself (concept `link`).
    [[nodiscard]] link_properties properties() const noexcept { return {.max_frame = max_frame_}; }

    /// The next frame. Nothing also while the last one is still held.
    [[nodiscard]] std::optional<rx_frame> receive() noexcept {
        for (int looks = 0; !reading_ && looks < looks_max; ++looks) {
            int error = 0;
            const auto next = receiver_.next(fd_.get(), error);
            if (!next) break;
            const bool ours = name_.is_peer(*next->from, next->from_size);
            foreign_ += !ours;
            truncated_ += ours && next->truncated;
            if (!ours || next->truncated) continue;
            ++received_;
            passed();
            reading_ = true;
            return rx_frame{*this, next->room};
        }
        return std::nullopt;
    }

    /// Room for a frame; nothing while the other end does not take what was sent.
    [[nodiscard]] std::optional<tx_lease> lease(std::size_t size) noexcept {
        return sender_.lease(fd_.get(), size);
    }

    /// Sends what was committed; false while the other end's queue is full.
    bool flush() noexcept { return sender_.flush(fd_.get()); }

    /// For poll(2): readable when a frame waits.
    [[nodiscard]] int native_handle() const noexcept { return fd_.get(); }

    /// ECONNREFUSED or ENOENT when there was no other end, until a frame passes again.
    [[nodiscard]] std::error_code error() const noexcept { return error_; }

    /// The counts so far.
    [[nodiscard]] unix_statistics statistics() const noexcept {
        return {.received = received_,
                .sent = sender_.sent(),
                .refused = sender_.refused(),
                .truncated = truncated_,
                .foreign = foreign_};
    }

private:
    friend rx_frame;
    friend sender;

    static constexpr int looks_max = 64;
    static constexpr std::size_t batch_max = 1'024;  // what the kernel takes in one call

    detail::unique_fd open(const unix_options& options) {
        if (options.batch == 0) name_.refuse(EINVAL, "a batch has to hold a frame");
        if (options.batch > batch_max) name_.refuse(EINVAL, "a batch holds 1024 frames at most");
        if (options.max_frame == 0) name_.refuse(EINVAL, "a frame has to hold an octet");
        detail::unique_fd fd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
        if (!fd) name_.refuse(errno, "cannot open a socket");
        ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &options.buffer, sizeof options.buffer);
        int got = 0;
        socklen_t size = sizeof got;
        constexpr std::size_t kernels = 32;  // octets of the buffer that no datagram gets
        if (::getsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &got, &size) == 0 &&
            options.max_frame > static_cast<std::size_t>(got) - kernels)
            name_.refuse(EMSGSIZE,
                         "the send buffer is too small for a frame: raise `buffer` and "
                         "net.core.wmem_max");
        name_.bind(fd.get());
        return fd;
    }

    [[nodiscard]] bool outgoing(octets frame, sender::datagram& d) const noexcept {
        d.piece = {frame.data(), frame.size()};
        d.to = name_.peer();
        d.to_size = name_.peer_size();
        return true;
    }
    void passed() noexcept {
        if (error_) error_.clear();
    }
    static bool retry(int) noexcept { return false; }
    /// Without another end, all that waits is lost.
    bool refused(int error) noexcept {
        error_.assign(error, std::generic_category());
        return error == ECONNREFUSED || error == ENOENT;
    }

    std::size_t max_frame_;
    detail::unix_name name_;
    detail::unique_fd fd_;
    sender sender_;
    detail::datagram_receiver<sockaddr_un> receiver_;
    bool reading_ = false;
    std::error_code error_;
    std::uint64_t received_ = 0;
    std::uint64_t truncated_ = 0;
    std::uint64_t foreign_ = 0;
};

static_assert(flushable_link<unix_datagram> && pollable_link<unix_datagram>);

}  // namespace rrdp::adapters
