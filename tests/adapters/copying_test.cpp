// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>

#include <array>

#include <rrdp/adapters/detail/unique_fd.hpp>
#include <rrdp/link/copying.hpp>

#include "adapters/conforms.hpp"

namespace rrdp {
namespace {

/// A link as a user writes one: frames in a socket that keeps their bounds.
class seqpacket_port {
public:
    explicit seqpacket_port(int fd) noexcept : fd_{fd} {}

    link_properties properties() const noexcept { return {.max_frame = 1'514}; }
    std::size_t read(octets into) noexcept {
        const auto size = ::recv(fd_.get(), into.data(), into.size(), MSG_DONTWAIT);
        return size > 0 ? static_cast<std::size_t>(size) : 0;
    }
    bool write(octets_view frame) noexcept {
        return ::send(fd_.get(), frame.data(), frame.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
    }
    int native_handle() const noexcept { return fd_.get(); }

private:
    adapters::detail::unique_fd fd_;
};

using seqpacket_link = copying<seqpacket_port>;
static_assert(rrdp::link<seqpacket_link> && pollable_link<seqpacket_link>);

std::array<int, 2> connected_sockets() {
    std::array<int, 2> fds{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds.data()) == 0);
    return fds;
}

struct socket_pair {
    explicit socket_pair(std::array<int, 2> fds = connected_sockets()) : a{fds[0]}, b{fds[1]} {}

    seqpacket_link a;
    std::optional<seqpacket_link> b;
};

}  // namespace

TEST_CASE("copying: makes a link of a socket pair", "[adapters][copying]") {
    require_conformance(testing::link_conformance([] { return socket_pair{}; }), 0);
}

}  // namespace rrdp
