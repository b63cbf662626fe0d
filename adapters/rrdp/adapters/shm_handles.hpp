// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include <rrdp/adapters/detail/shm_layout.hpp>
#include <rrdp/adapters/detail/spared_signals.hpp>
#include <rrdp/adapters/detail/unique_fd.hpp>

namespace rrdp::adapters {

/// What two processes need for a `shm` link without a name: memory that cannot shrink, and two ends
/// of a socket by which one wakes the other. Both processes hold all three, so that the one that
/// survives can hand them to a successor of the other.
struct shm_handles {
    detail::unique_fd region;  ///< a memfd
    detail::unique_fd bell_a;  ///< side a sleeps on this one
    detail::unique_fd bell_b;  ///< and side b on this
};

/// Makes them, for `max_frame` and `slots` of `options`. Throws std::system_error.
[[nodiscard]] inline shm_handles make_shm_handles(const shm_options& options = {}) {
    const auto fail = [](const char* what) {
        throw std::system_error{errno, std::generic_category(), what};
    };
    const char* const wrong = detail::shm_layout::complaint(options);
    if (wrong != nullptr)
        throw std::system_error{EINVAL, std::generic_category(), std::string{"shm: "} + wrong};
    shm_handles made;
    made.region = detail::unique_fd{::memfd_create("rrdp-shm", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    if (!made.region) fail("shm: cannot make memory to share");
    const std::size_t size =
        detail::shm_layout::size(std::bit_ceil(options.slots), options.max_frame);
    const detail::spared_signals spared;
    const int error = ::posix_fallocate(made.region.get(), 0, static_cast<off_t>(size));
    if (error != 0) errno = error;
    if (error != 0) fail("shm: not enough memory to share");
    if (::fcntl(made.region.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        fail("shm: cannot seal the memory");
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        fail("shm: cannot make the bells");
    made.bell_a = detail::unique_fd{ends[0]};
    made.bell_b = detail::unique_fd{ends[1]};
    return made;
}

/// Sends copies of the descriptors over a connected socket of AF_UNIX. Throws std::system_error.
inline void send_shm_handles(int socket, const shm_handles& handles) {
    const std::array<int, 3> fds{handles.region.get(), handles.bell_a.get(), handles.bell_b.get()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof fds)> control{};
    char octet = 0;
    iovec piece{&octet, 1};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* const rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof fds);
    std::memcpy(CMSG_DATA(rights), fds.data(), sizeof fds);
    if (::sendmsg(socket, &message, MSG_NOSIGNAL) != 1)
        throw std::system_error{errno, std::generic_category(), "shm: cannot send the handles"};
}

/// Receives what `send_shm_handles` sent; waits for it as `socket` is set to. Throws
/// std::system_error, also when something else came; no descriptor stays open then.
[[nodiscard]] inline shm_handles receive_shm_handles(int socket) {
    std::array<int, 4> fds{-1, -1, -1, -1};  // alignment leaves room for one too many
    constexpr std::size_t wanted = 3 * sizeof(int);
    alignas(cmsghdr) std::array<char, CMSG_SPACE(wanted)> control{};
    char octet = 0;
    iovec piece{&octet, 1};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (::recvmsg(socket, &message, MSG_CMSG_CLOEXEC) < 0)
        throw std::system_error{errno, std::generic_category(), "shm: no handles came"};
    const cmsghdr* const rights = CMSG_FIRSTHDR(&message);
    const bool some = rights != nullptr && rights->cmsg_level == SOL_SOCKET &&
                      rights->cmsg_type == SCM_RIGHTS && rights->cmsg_len >= CMSG_LEN(0);
    const std::size_t size = some ? rights->cmsg_len - CMSG_LEN(0) : 0;
    if (some) std::memcpy(fds.data(), CMSG_DATA(rights), size < sizeof fds ? size : sizeof fds);
    shm_handles got{detail::unique_fd{fds[0]}, detail::unique_fd{fds[1]},
                    detail::unique_fd{fds[2]}};
    const detail::unique_fd surplus{fds[3]};
    if (size != wanted || (message.msg_flags & MSG_CTRUNC) != 0)
        throw std::system_error{EPROTO, std::generic_category(), "shm: what came is no handles"};
    return got;
}

}  // namespace rrdp::adapters
