// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <string>
#include <vector>

#include <rrdp/adapters/udp.hpp>
#include <rrdp/rrdp.hpp>

#include "support/catch.hpp"

/// Real sockets, on loopback: the kernel makes and checks the headers, so that it is the judge of
/// ours.
namespace rrdp {
namespace {

using adapters::udp;
using framings::udp4;

constexpr framings::ipv4_address first{{127, 0, 0, 1}};
constexpr framings::ipv4_address second{{127, 0, 0, 2}};

/// The address at which a socket is bound, port 0 being any.
udp4::address bound(const udp& link, const framings::ipv4_address& host) {
    sockaddr_in where{};
    void* const at = &where;
    socklen_t size = sizeof where;
    REQUIRE(::getsockname(link.native_handle(), static_cast<sockaddr*>(at), &size) == 0);
    return {host, ntohs(where.sin_port)};
}

/// One end; port 0 at first, then the one that the kernel gave, so that tests do not collide.
struct socket_end {
    explicit socket_end(const framings::ipv4_address& host) {
        udp probe{adapters::udp_options{.address = {host, 0}}};
        address = bound(probe, host);
    }
    udp4::address address;
};

struct over_udp : default_policy {
    using framing = udp4;
};

options controlled() {
    options o;
    o.congestion = congestion_kind::aimd;
    return o;
}

std::vector<std::byte> frame_of(const udp4::address& to, const udp4::address& from,
                                std::size_t size, bool urgent = false) {
    std::vector<std::byte> frame(udp4::overhead + size, std::byte{0x5a});
    udp4{}.write_header(frame, to, from);
    if (urgent) udp4{}.mark_urgent(frame);
    REQUIRE(udp4{}.finish(frame, size) == frame.size());
    return frame;
}

bool send(udp& link, const std::vector<std::byte>& frame) {
    auto lease = link.lease(frame.size());
    if (!lease) return false;
    copy_octets(frame, lease->bytes());
    lease->commit(frame.size());
    return link.flush();
}

/// The next frame; loopback delivers at once.
std::vector<std::byte> received(udp& link) {
    for (int looks = 0; looks < 1'000; ++looks) {
        if (const auto frame = link.receive()) {
            const octets_view bytes = frame->bytes();
            return {bytes.begin(), bytes.end()};
        }
        ::usleep(100);
    }
    return {};
}

TEST_CASE("udp: a frame arrives as it left", "[adapters][udp][R-16.1]") {
    const auto here = socket_end{first}.address;
    const auto there = socket_end{second}.address;
    udp a{adapters::udp_options{.address = here}};
    udp b{adapters::udp_options{.address = there}};
    CHECK_FALSE(a.properties().fifo);
    CHECK(a.properties().msl == std::chrono::seconds{2});
    for (const std::size_t size : {14U, 15U, 1'472U}) {
        const auto frame = frame_of(there, here, size);
        REQUIRE(send(a, frame));
        CHECK(received(b) == frame);
    }
    CHECK(a.statistics().sent == 3);
    CHECK(b.statistics().received == 3);
}

TEST_CASE("udp: what is longer than a frame may be is dropped and counted",
          "[adapters][udp][R-16.2]") {
    const auto here = socket_end{first}.address;
    const auto there = socket_end{second}.address;
    udp a{adapters::udp_options{.address = here, .max_frame = 4'000}};
    udp b{adapters::udp_options{.address = there}};
    REQUIRE(send(a, frame_of(there, here, 1'473)));
    REQUIRE(send(a, frame_of(there, here, 20)));
    CHECK(received(b) == frame_of(there, here, 20));
    CHECK(b.statistics().truncated == 1);
}

TEST_CASE("udp: what the kernel refuses is loss, and counted", "[adapters][udp][R-16.4][T-L5]") {
    const auto here = socket_end{first}.address;
    udp a{adapters::udp_options{.address = here}};
    const udp4::address nowhere{{{255, 255, 255, 255}}, 7};  // broadcasting is not allowed
    REQUIRE(send(a, frame_of(nowhere, here, 20)));
    CHECK(a.statistics().refused == 1);
    CHECK(a.statistics().sent == 0);
}

TEST_CASE("udp: an address that is in use is an error with a reason", "[adapters][udp]") {
    const auto here = socket_end{first}.address;
    udp a{adapters::udp_options{.address = here}};
    CHECK_THROWS_AS(udp{adapters::udp_options{.address = here}}, std::system_error);
}

TEST_CASE("udp: two engines talk through the kernel, although a port moves",
          "[adapters][udp][R-16.1]") {
    const auto here = socket_end{first}.address;
    const auto there = socket_end{second}.address;
    udp a{adapters::udp_options{.address = here}};
    udp b{adapters::udp_options{.address = there}};
    const capacities room{.connections = 4, .rings = 4, .segments = 128, .nodes = 2};
    const auto node = [](std::uint16_t number, const udp4::address& where) {
        node_options<udp4> o;
        o.node = node_id{number};
        o.address = where;
        o.mtu = udp4::base_mtu;
        o.msl = {};  // no quiet time: the ports are new
        return o;
    };
    endpoint<over_udp> x{room, node(1, here), {1, 2}};
    endpoint<over_udp> y{room, node(2, there), {3, 4}};
    REQUIRE(x.add_node(node_id{2}, there) == errc::ok);
    REQUIRE(y.add_node(node_id{1}, {first, 9}) == errc::ok);  // knows the host, not the port
    REQUIRE(y.listen(7, controlled()) == errc::ok);
    instant now{std::chrono::seconds{1}};
    const auto id = x.connect(now, {node_id{2}, 7, 0}, controlled());
    REQUIRE(id);

    const std::string text(1'000, 'x');
    const octets_view message{std::as_bytes(std::span{text.data(), text.size()})};
    std::size_t sent = 0, got = 0;
    std::optional<connection_id> accepted;
    bool open = false;
    for (int turn = 0; turn < 20'000 && got < 50; ++turn) {
        pump(x, a, now);
        pump(y, b, now);
        while (const auto e = x.poll_event()) open |= e->kind == event_kind::connected;
        while (const auto e = y.poll_event())
            if (e->kind == event_kind::accepted) accepted = e->connection;
        while (open && sent < 50 && x.send(now, *id, message)) ++sent;
        while (accepted) {
            const auto m = y.receive(*accepted);
            if (!m) break;
            got += m->size() == text.size();
        }
        now += std::chrono::microseconds{100};
    }
    CHECK(got == 50);
    CHECK(y.stats().dropped() == 0);
}

}  // namespace
}  // namespace rrdp
