// SPDX-License-Identifier: Apache-2.0
// An engine in a poll() loop of one's own: here over a socket, with a second engine as its peer.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <thread>

#include <rrdp/interop/poll_wait.hpp>
#include <rrdp/rrdp.hpp>

namespace {

using engine = rrdp::endpoint<>;
constexpr rrdp::wire::mac_address client_address{{2, 0, 0, 0, 0, 1}};
constexpr rrdp::wire::mac_address server_address{{2, 0, 0, 0, 0, 2}};

rrdp::instant clock_now() {
    return rrdp::to_instant(std::chrono::steady_clock::now());
}

//-- begin snippet
/// Drives `e` over the datagram socket `fd`. `tell` hears of each event; false ends the loop.
template <class Tell>
bool run(int fd, engine& e, Tell tell) {
    std::array<std::byte, 1'514> frame{};
    for (;;) {
        const rrdp::instant now = clock_now();
        while (const auto size = e.poll_transmit(now, frame))        // 1. all it wants sent
            if (::send(fd, frame.data(), *size, MSG_NOSIGNAL) < 0) return false;
        while (const auto event = e.poll_event())                    // 2. all it has to tell
            if (!tell(now, *event)) return true;
        if (e.wants_transmit(now)) continue;                         // `tell` may have sent
        pollfd ready{fd, POLLIN, 0};                                 // 3. a frame, or time
        ::poll(&ready, 1, rrdp::poll_wait(now, e.next_timeout()));
        const rrdp::instant woken = clock_now();                     // 4. what happened
        const ssize_t size = ::recv(fd, frame.data(), frame.size(), MSG_DONTWAIT);
        if (size > 0)
            e.handle_frame(woken, rrdp::octets_view{frame}.first(static_cast<std::size_t>(size)));
        e.handle_timeout(woken);
    }
}
//-- end snippet

/// Sends back what it receives, until the peer has closed.
void serve(int fd) {
    engine e{{}, {.node = rrdp::node_id{2}, .address = server_address}, rrdp::entropy{3, 4}};
    if (e.add_node(rrdp::node_id{1}, client_address) != rrdp::errc::ok) return;
    if (e.listen(7) != rrdp::errc::ok) return;
    run(fd, e, [&](rrdp::instant now, const rrdp::event& event) {
        while (const auto message = e.receive(event.connection))
            if (!e.send(now, event.connection, message->bytes())) return false;
        return event.kind != rrdp::event_kind::closed;
    });
}

}  // namespace

int main() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_DGRAM, 0, ends.data()) != 0) return 1;
    std::thread server{serve, ends[1]};
    engine e{{}, {.node = rrdp::node_id{1}, .address = client_address}, rrdp::entropy{1, 2}};
    int replies = 0;
    if (e.add_node(rrdp::node_id{2}, server_address) == rrdp::errc::ok &&
        e.connect(clock_now(), {.node = rrdp::node_id{2}, .port = 7}))
        run(ends[0], e, [&](rrdp::instant now, const rrdp::event& event) {
            while (const auto message = e.receive(event.connection)) ++replies;
            if (event.kind == rrdp::event_kind::closed) return false;
            if (replies == 3) return e.close(now, event.connection) == rrdp::errc::ok;
            return bool{e.send(now, event.connection, std::as_bytes(std::span{"hello"}))};
        });
    server.join();
    for (const int fd : ends) ::close(fd);
    std::printf("%d replies\n", replies);
    return replies == 3 ? 0 : 1;
}
