// SPDX-License-Identifier: Apache-2.0
// A link of one's own: whatever moves whole frames will do, here a SOCK_SEQPACKET socket.
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include <rrdp/rrdp.hpp>
#include <rrdp/testing/link_conformance.hpp>

//-- begin snippet
class seqpacket_port {
public:
    explicit seqpacket_port(int fd) noexcept : fd_{fd} {}
    ~seqpacket_port() { ::close(fd_); }
    seqpacket_port(const seqpacket_port&) = delete;
    seqpacket_port& operator=(const seqpacket_port&) = delete;

    rrdp::link_properties properties() const noexcept { return {.max_frame = 1'514}; }
    std::size_t read(rrdp::octets frame) noexcept {        // 0: nothing is waiting
        const auto size = ::recv(fd_, frame.data(), frame.size(), MSG_DONTWAIT | MSG_TRUNC);
        return size > 0 ? static_cast<std::size_t>(size) : 0;
    }
    bool write(rrdp::octets_view frame) noexcept {         // false: not now, ask again
        return ::send(fd_, frame.data(), frame.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 ||
               errno != EAGAIN;                            // lost for good, as on a wire
    }
    int native_handle() const noexcept { return fd_; }     // for poll(); a link may do without

private:
    int fd_;
};

using seqpacket_link = rrdp::copying<seqpacket_port>;      // port -> link: adds the buffers
static_assert(rrdp::link<seqpacket_link> && rrdp::pollable_link<seqpacket_link>);
//-- end snippet

//-- begin snippet pair
struct seqpacket_pair {
    seqpacket_pair() {
        std::array<int, 2> fds{-1, -1};
        ::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds.data());
        a.emplace(fds[0]), b.emplace(fds[1]);
    }
    std::optional<seqpacket_link> a, b;                    // optional, so that b can vanish
};
//-- end snippet

int main() {
    //-- begin snippet kit
    for (const auto& check : rrdp::testing::link_conformance([] { return seqpacket_pair{}; }))
        if (!check.passed()) return std::printf("%s: %s\n", check.name, check.why.c_str()), 1;
    //-- end snippet
    constexpr rrdp::wire::mac_address at_a{{2, 0, 0, 0, 0, 1}}, at_b{{2, 0, 0, 0, 0, 2}};
    seqpacket_pair ends;
    rrdp::endpoint<> a{{}, {.node = rrdp::node_id{1}, .address = at_a}, rrdp::entropy{1, 2}};
    rrdp::endpoint<> b{{}, {.node = rrdp::node_id{2}, .address = at_b}, rrdp::entropy{3, 4}};
    if (a.add_node(rrdp::node_id{2}, at_b) != rrdp::errc::ok ||
        b.add_node(rrdp::node_id{1}, at_a) != rrdp::errc::ok || b.listen(7) != rrdp::errc::ok)
        return 1;
    const auto id = a.connect({}, {.node = rrdp::node_id{2}, .port = 7});
    if (!id) return 1;

    constexpr unsigned messages = 1'000;
    std::array<std::byte, 1'000> text{};
    unsigned sent = 0, received = 0;
    for (rrdp::instant now{}; received < messages; now += std::chrono::microseconds{10}) {
        rrdp::pump(a, *ends.a, now);
        rrdp::pump(b, *ends.b, now);
        while (a.poll_event()) {}
        while (sent < messages && a.send(now, *id, text)) ++sent;
        while (const auto event = b.poll_event())
            while (const auto message = b.receive(event->connection))
                received += message->size() == text.size();
        if (now > rrdp::instant{std::chrono::seconds{10}}) return 1;
    }
    std::printf("%u messages of %zu octets through a socket\n", received, text.size());
}
