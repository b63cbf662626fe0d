// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <linux/capability.h>

#include <functional>

#include <rrdp/adapters/xdp.hpp>
#include <rrdp/testing/link_conformance.hpp>

#include "adapters/counted_new.hpp"
#include "adapters/packet_kit.hpp"

// The AF_XDP link over a veth pair. Knows no test framework, because it needs a network of its own
// before anything else runs; exits with 77 where it may not have one, or the kernel has no AF_XDP.

namespace rrdp {

using namespace std::chrono_literals;
using adapters::xdp;
using adapters::xdp_attachment;
using adapters::xdp_transfer;
using packet_kit::comes_to;
using packet_kit::comes_up;
using packet_kit::everybody;
using packet_kit::expect;
using packet_kit::expect_equal;
using packet_kit::failures;
using packet_kit::first;
using packet_kit::interface_state;
using packet_kit::ip;
using packet_kit::next;
using packet_kit::notices;
using packet_kit::numbers_until_marker;
using packet_kit::packet;
using packet_kit::second;
using packet_kit::send;
using packet_kit::stranger;

namespace {

constexpr adapters::xdp_options natively{.attachment = xdp_attachment::native};
constexpr adapters::xdp_options generically{.attachment = xdp_attachment::generic};

/// Commits a frame whose octets after the addresses are `words`, in network order, then a pattern
/// of its last word.
template <class Link>
bool put(Link& from, const wire::mac_address& to, std::initializer_list<std::uint16_t> words,
         std::size_t size = 60) {
    auto lease = from.lease(size);
    if (!lease) return false;
    const octets frame = lease->bytes();
    for (std::size_t i = 0; i < size; ++i) frame[i] = static_cast<std::byte>(i * 7 & 0xff);
    wire::store_mac(frame, 0, to);
    wire::store_mac(frame, 6, from.properties().address);
    std::size_t at = 12;
    for (const std::uint16_t word : words) {
        store_be16(frame, at, word);
        at += 2;
    }
    lease->commit(size);
    return true;
}

/// Whether something becomes true at last.
bool at_last(const std::function<bool()>& what) {
    for (int look = 0; look < 3'000; ++look) {
        if (what()) return true;
        ::usleep(1'000);
    }
    return false;
}

struct pair {
    explicit pair(const adapters::xdp_options& options = {}) {
        a.emplace("v0", options);
        b.emplace("v1", options);
    }
    std::optional<xdp> a;
    std::optional<xdp> b;
};

/// What the constructor says; empty when it succeeds.
std::string complaint(const char* interface, const adapters::xdp_options& options = {}) {
    try {
        xdp{interface, options};
        return {};
    } catch (const std::system_error& error) {
        return error.what();
    }
}

void expect_says(const std::string& text, const std::string& part) {
    expect(text.find(part) != std::string::npos && text.find('\n') == std::string::npos,
           "\"" + part + "\" is in: " + text);
}

/// Runs `act` in a child, because what is given up there does not come back. It answers whether
/// its claims were kept.
void in_a_child(const char* claim, const std::function<void()>& act) {
    std::fflush(stdout);
    const pid_t child = ::fork();
    if (child == 0) {
        failures = 0;
        act();
        std::fflush(stdout);
        ::_exit(failures == 0 ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, claim);
}

/// Gives up these capabilities for good, or all.
void give_up(std::initializer_list<int> capabilities = {}) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct sets[2]{};
    if (capabilities.size() != 0) ::syscall(SYS_capget, &header, sets);
    for (const int which : capabilities) {
        const std::uint32_t bit = 1U << (which % 32);
        sets[which / 32].effective &= ~bit;
        sets[which / 32].permitted &= ~bit;
        sets[which / 32].inheritable &= ~bit;
    }
    expect(::syscall(SYS_capset, &header, sets) == 0, "capabilities can be given up");
}

/// Whether ip(8) shows an XDP program on the interface.
bool marked(const char* interface) {
    return std::system((std::string{"ip link show "} + interface + " | grep -q xdp").c_str()) == 0;
}

void is_a_link(int mtu, const adapters::xdp_options& options) {
    const private_network::wire wire{mtu};
    const auto settle = [](auto&) { ::usleep(50); };
    const auto results = testing::link_conformance([&] { return pair{options}; },
                                                   {.lossless = false, .flood = 3'000}, settle);
    for (const auto& check : results)
        expect(check.outcome == testing::verdict::passed,
               "MTU " + std::to_string(mtu) + ": " + check.name + ": " + check.why);
    expect_equal(results.size(), testing::link_promises, "the number of checks");
}

void native_conformance() {
    is_a_link(1'500, natively);
    is_a_link(9'000, natively);
}
void generic_conformance() {
    is_a_link(1'500, generically);
    is_a_link(9'000, generically);
}
void conformance_with_one_of_each() {
    constexpr adapters::xdp_options least{
        .receive_frames = 16, .transmit_frames = 1, .held_frames = 1};
    is_a_link(1'500, least);
    is_a_link(9'000, least);
}

void says_what_was_got() {
    const private_network::wire wire{9'000};
    {
        pair ends;
        const link_properties said = ends.a->properties();
        expect_equal(said.max_frame, std::size_t{9'014}, "max_frame");
        expect(said.address == first, "the address is the interface's");
        expect(said.fifo, "Ethernet keeps order (R-13.1)");
        expect(ends.a->state() == interface_state::up && !ends.a->error(), "the interface is up");
        expect(ends.a->mode().native, "veth takes native programs, and native comes first");
        expect(!ends.a->mode().zero_copy, "veth copies");
        expect(ends.a->mode().gathers, "9 014 octets do not fit a chunk");
    }
    {
        //-- begin snippet open
        rrdp::adapters::xdp_options options;
        options.first_port = 7'000;  // other ports, and other traffic, go to the kernel
        options.last_port = 7'999;
        options.attachment = rrdp::adapters::xdp_attachment::generic;  // or native, or any
        rrdp::adapters::xdp link{"v0", options};
        const bool in_the_driver = link.mode().native;
        //-- end snippet
        expect(!in_the_driver, "generic was asked for, and got");
    }
    expect_says(complaint("v0", {.transfer = xdp_transfer::zero_copy}),
                "v0: unsupported mode: the driver has no zero-copy");
    expect_says(complaint("v0", {.attachment = xdp_attachment::generic,
                                 .transfer = xdp_transfer::zero_copy}),
                "v0: unsupported mode: zero-copy needs native XDP");
    const private_network::wire again;
    ip("link add name d0 type bridge");
    ip("link set d0 up");
    expect_says(complaint("d0", natively), "d0: unsupported mode: the driver takes no native XDP");
    expect(complaint("d0").empty(), "and generic is taken where it need not be native");
    ip("link delete d0");
}

/// Frames of many sizes from one to the other.
template <class From, class To>
void carries(From& from, To& to, const char* which) {
    const testing::frame_ends ends{from.properties().address, to.properties().address};
    std::size_t number = 0;
    const std::size_t most = from.properties().max_frame;
    for (std::size_t size = 60; size <= most;
         size = size == most ? most + 1 : std::min(size + 97, most)) {
        auto lease = from.lease(size);
        if (!lease) return expect(false, "the link has room");
        testing::write_test_frame(lease->bytes().first(size), ends, ++number);
        lease->commit(size);
        from.flush();
        const auto frame = next(to);
        if (!frame || !testing::is_test_frame(frame->bytes(), size, ends, number))
            return expect(false, std::string{which} + ": " + std::to_string(size) + " octets");
    }
    expect(number > 10, "there were sizes");
}

void understands_af_packet() {
    for (const int mtu : {1'500, 3'000, 3'700, 9'000}) {
        for (const auto& options : {natively, generically}) {
            const private_network::wire wire{mtu};
            xdp a{"v0", options};
            packet b{"v1"};
            carries(a, b, "xdp to packet");
            carries(b, a, "packet to xdp");
            expect_equal(a.statistics().gathered != 0, mtu == 9'000, "frames were gathered");
            expect_equal(a.statistics().kernel_drops, std::uint64_t{0}, "drops");
        }
    }
}

void short_frames_are_padded() {
    const private_network::wire wire;
    pair ends{{.transmit_frames = 1}};
    {  // leaves octets of a long frame where the short one will be
        auto lease = ends.a->lease(200);
        std::fill(lease->bytes().begin(), lease->bytes().end(), std::byte{0xa5});
    }
    auto lease = ends.a->lease(20);
    testing::write_test_frame(lease->bytes(), {first, second}, 1);
    lease->commit(20);
    ends.a->flush();
    const auto frame = next(*ends.b);
    expect(frame && frame->bytes().size() == 60, "20 octets become 60 (R-16.3)");
    expect(frame && testing::is_test_frame(frame->bytes(), 20, {first, second}, 1),
           "the padding is zeros");
    expect(at_last([&] {
               auto room = ends.a->lease(20);
               if (room) room->commit(13);
               return room.has_value();
           }),
           "the only lease comes back");
    ends.a->flush();
    expect_equal(ends.a->statistics().refused, std::uint64_t{1}, "frames without a header");
}

void only_what_is_for_us_arrives() {
    for (const auto& options : {natively, generically}) {
        const private_network::wire wire;
        packet a{"v0"};
        xdp b{"v1", options};
        packet others{"v1", {.ethertype = 0x88b5}};
        packet tagged{"v1", {.ethertype = 0x8100}};
        send(a, second, {0x88b6, 1});
        send(a, stranger, {0x88b6, 2});           // another host
        send(a, everybody, {0x88b6, 3});          // a broadcast: resolution needs it
        send(a, second, {0x88b5, 4});             // another EtherType
        send(a, second, {0x8100, 5, 0x88b6, 5});  // VLAN 5
        send(a, second, {0x88b6, 0xffff});
        expect(numbers_until_marker(b) == std::vector{1, 3}, "frames 1 and 3 (R-16.2)");
        expect_equal(b.statistics().other_host, std::uint64_t{1}, "other hosts");
        expect_equal(b.statistics().received, std::uint64_t{3}, "received");
        const auto passed = next(others);
        expect(passed && load_be16(passed->bytes(), 14) == 4, "the other EtherType passes");
        send(b, first, {0x88b6, 6});
        expect(next(a).has_value() && !b.receive(), "nobody hears himself");
    }
}

void ports_are_shared_with_af_packet() {
    const private_network::wire wire;
    packet from{"v0"};
    xdp own{"v1", {.first_port = 1'000, .last_port = 1'999}};
    packet rest{"v1", {.first_port = 2'000, .last_port = 0xffff}};
    const auto to_port = [&](std::uint16_t port) { send(from, second, {0x88b6, 0x4307, 9, port}); };
    for (const int port : {999, 1'000, 1'999, 2'000, 2'001})
        to_port(static_cast<std::uint16_t>(port));
    send(from, second, {0x88b6, 0x0001, 9, 9});  // version 0, node resolution
    const auto ports = [](auto& at) {
        std::vector<int> seen;
        while (const auto frame = next(at, 300)) seen.push_back(load_be16(frame->bytes(), 18));
        return seen;
    };
    expect(ports(own) == std::vector{1'000, 1'999, 9}, "our ports, and what has none");
    expect(ports(rest) == std::vector{2'000, 2'001}, "the ports of the other process");
}

/// The far end of `other_traffic_flows`, in a network of its own.
void echo_for_a_while(int told) {
    char moved = 0;
    expect(::read(told, &moved, 1) == 1, "the interface is here");
    expect(ip("addr add 10.99.0.2/24 dev v1") && ip("link set v1 up"), "it is configured");
    xdp link{"v1"};
    const int udp = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    sockaddr_in here{AF_INET, htons(7'777), {htonl(INADDR_ANY)}, {}};
    void* const address = &here;
    expect(::bind(udp, static_cast<sockaddr*>(address), sizeof here) == 0, "UDP is bound");
    for (int look = 0; look < 10'000; ++look) {
        pollfd ready[]{{udp, POLLIN, 0}, {link.native_handle(), POLLIN, 0}};
        ::poll(ready, 2, 1);
        char text[64];
        socklen_t size = sizeof here;
        const auto got =
            ::recvfrom(udp, text, sizeof text, 0, static_cast<sockaddr*>(address), &size);
        if (got > 0)
            ::sendto(udp, text, static_cast<std::size_t>(got), 0, static_cast<sockaddr*>(address),
                     size);
        while (const auto frame = link.receive()) {
            const int number = load_be16(frame->bytes(), 14);
            send(link, first, {0x88b6, static_cast<std::uint16_t>(number)});
            if (number == 0xffff) return;
        }
    }
    expect(false, "the last frame came");
}

/// Sends a datagram and expects it back.
bool datagram_returns(int udp) {
    sockaddr_in there{AF_INET, htons(7'777), {inet_addr("10.99.0.2")}, {}};
    const void* const address = &there;
    for (int i = 0; i < 300; ++i) {  // the first ones wait for ARP, and for the far end
        ::sendto(udp, "hello", 5, 0, static_cast<const sockaddr*>(address), sizeof there);
        pollfd ready{udp, POLLIN, 0};
        char text[64];
        if (::poll(&ready, 1, 10) == 1 && ::recv(udp, text, sizeof text, 0) == 5) return true;
    }
    return false;
}

void other_traffic_flows() {
    const private_network::wire wire;
    int tell[2];
    expect(::pipe(tell) == 0, "there is a pipe");
    const pid_t child = ::fork();
    if (child == 0) {
        failures = ::unshare(CLONE_NEWNET) != 0;
        ip("link set lo up");
        echo_for_a_while(tell[0]);
        ::_exit(failures == 0 ? 0 : 1);
    }
    ::usleep(50'000);  // the child's network has to be there; if it is not, v1 stays and we fail
    expect(ip("link set v1 netns " + std::to_string(child)), "v1 moves");
    ip("addr add 10.99.0.1/24 dev v0");
    xdp link{"v0"};
    expect(::write(tell[1], "x", 1) == 1, "the child is told");
    const int udp = ::socket(AF_INET, SOCK_DGRAM, 0);
    expect(datagram_returns(udp), "UDP flows beside AF_XDP");
    int returned = 0;
    for (std::uint16_t i = 1; i <= 50; ++i) {
        send(link, second, {0x88b6, i});
        const auto frame = next(link);
        returned += frame && load_be16(frame->bytes(), 14) == i;
        if (i % 10 == 0) expect(datagram_returns(udp), "and UDP between our frames");
    }
    expect_equal(returned, 50, "our frames that came back");
    send(link, second, {0x88b6, 0xffff});
    int status = -1;
    ::waitpid(child, &status, 0);
    expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the far end kept its claims");
    for (const int fd : {tell[0], tell[1], udp}) ::close(fd);
}

void a_batch_is_one_flush() {
    const private_network::wire wire;
    pair ends;
    for (std::uint16_t i = 0; i < 64; ++i)
        expect(put(*ends.a, second, {0x88b6, i == 63 ? std::uint16_t{0xffff} : i}), "room");
    expect(!ends.a->lease(60), "all is leased");
    expect(!next(*ends.b, 100), "nothing leaves before flush");
    expect(ends.a->flush(), "flush takes all");
    const auto numbers = numbers_until_marker(*ends.b);
    expect_equal(numbers.size(), std::size_t{63}, "frames of the batch");
    expect(std::is_sorted(numbers.begin(), numbers.end()), "they are in order");
    expect_equal(ends.a->statistics().sent, std::uint64_t{64}, "sent");
    expect(at_last([&] { return ends.a->lease(60).has_value(); }), "there is room again");
}

void held_frames_are_bounded(int mtu) {
    const private_network::wire wire{mtu};
    pair ends{{.receive_frames = 16, .held_frames = 4}};
    const std::size_t size = mtu == 9'000 ? 9'014 : 60;
    for (std::uint16_t i = 0; i < 8; ++i) send(*ends.a, second, {0x88b6, i}, size);
    std::vector<xdp::rx_frame> held;
    for (int i = 0; i < 4; ++i)
        if (auto frame = next(*ends.b)) held.push_back(std::move(*frame));
    expect_equal(held.size(), std::size_t{4}, "held");
    expect(!ends.b->receive() && ends.b->statistics().held_back == 1, "the fifth waits");
    for (std::size_t i = 0; i < held.size(); ++i)
        expect(held[i].bytes().size() == size && load_be16(held[i].bytes(), 14) == i,
               "held frames are untouched");
    std::swap(held[0], held[2]);
    held.erase(held.begin());  // the third
    const auto fifth = next(*ends.b);
    expect(fifth && load_be16(fifth->bytes(), 14) == 4, "it comes when one is released");
    expect_equal(ends.b->statistics().gathered != 0, mtu == 9'000, "they were gathered");
}

void held_frames() {
    held_frames_are_bounded(1'500);
    held_frames_are_bounded(9'000);
}

void what_nobody_receives_is_counted() {
    const private_network::wire wire;
    pair ends{{.receive_frames = 8, .held_frames = 8}};
    for (std::uint16_t i = 0; i < 50; ++i) send(*ends.a, second, {0x88b6, i});
    expect(at_last([&] { return ends.b->statistics().kernel_drops >= 42; }), "42 are lost");
    std::vector<xdp::rx_frame> held;
    while (auto frame = next(*ends.b, 50)) held.push_back(std::move(*frame));
    expect_equal(held.size(), std::size_t{8}, "received");
    const auto before = ends.b->statistics();
    send(*ends.a, second, {0x88b6, 50});  // no chunk is free, because all are held
    expect(at_last([&] { return ends.b->statistics().kernel_drops > before.kernel_drops; }),
           "a frame without memory for it is counted");
    held.clear();
    send(*ends.a, second, {0x88b6, 51});
    const auto frame = next(*ends.b);
    expect(frame && load_be16(frame->bytes(), 14) == 51, "then it goes on");
}

void longer_frames_than_promised_are_dropped() {
    const private_network::wire wire;
    xdp b{"v1", generically};  // a native program would keep the MTU from being raised
    expect(ip("link set v0 mtu 3000") && ip("link set v1 mtu 3000"), "the MTU is raised");
    packet a{"v0"};
    send(a, second, {0x88b6, 1}, 1'514);
    send(a, second, {0x88b6, 2}, 1'515);  // fits a chunk
    send(a, second, {0x88b6, 3}, 3'014);  // does not
    send(a, second, {0x88b6, 0xffff});
    expect(numbers_until_marker(b) == std::vector{1}, "only the frame of 1 514 octets arrives");
    expect_equal(b.statistics().truncated, std::uint64_t{1}, "truncated");
    expect_equal(b.statistics().kernel_drops, std::uint64_t{1}, "dropped by the kernel");
}

void what_the_kernel_refuses_is_lost_and_counted() {
    for (const auto& options : {natively, generically}) {
        const private_network::wire wire{9'000};
        pair ends{options};
        expect(ip("link set v1 mtu 1500"), "what the other end takes shrinks");
        send(*ends.a, second, {0x88b6, 1}, 1'000);
        send(*ends.a, second, {0x88b6, 2}, 4'000);
        send(*ends.a, second, {0x88b6, 0xffff});
        expect(numbers_until_marker(*ends.b) == std::vector{1}, "the others arrive");
        expect_equal(ends.a->statistics().refused, std::uint64_t{1}, "refused (R-16.4)");
        expect_equal(ends.a->statistics().sent, std::uint64_t{2}, "sent");
        expect(!ends.a->error(), "a refusal is no trouble of the link");
    }
}

void poll_tells_when_a_frame_waits() {
    const private_network::wire wire;
    pair ends;
    pollfd ready{ends.b->native_handle(), POLLIN, 0};
    expect(::poll(&ready, 1, 0) == 0, "nothing is ready");
    send(*ends.a, second, {0x88b6, 1});
    expect(::poll(&ready, 1, 5'000) == 1 && (ready.revents & POLLIN) != 0, "a frame is ready");
    expect(next(*ends.b).has_value(), "and is there");
    expect(::poll(&ready, 1, 0) == 0, "then nothing is ready again");
}

void a_fallen_interface_recovers(const adapters::xdp_options& options) {
    const private_network::wire wire;
    pair ends{options};
    send(*ends.b, first, {0x88b6, 1});
    expect(next(*ends.a).has_value(), "it works before");
    ip("link set v1 down");
    for (std::uint16_t i = 2; i < 202; ++i) send(*ends.b, first, {0x88b6, i}, 100);
    expect_equal(ends.b->statistics().refused, std::uint64_t{200}, "refused by the fallen one");
    expect(ends.b->error() == std::errc::network_down, "ENETDOWN is the error");
    expect(ends.b->state() == interface_state::down, "v1 is down");
    expect(comes_to(*ends.a, interface_state::down), "v0 has no carrier");
    int frames = 0;
    for (int look = 0; look < 2'000; ++look) frames += ends.b->receive().has_value();
    expect_equal(frames, 0, "frames from the fallen interface");
    pollfd ready{ends.b->native_handle(), POLLIN, 0};
    expect(::poll(&ready, 1, 0) == 0, "poll does not return for ever because of it");

    ip("link set v1 up");
    expect(comes_up(*ends.b) && comes_up(*ends.a), "both are up");
    expect(!ends.b->error() && !ends.a->error(), "the error is over");
    send(*ends.b, first, {0x88b6, 300});
    send(*ends.b, first, {0x88b6, 0xffff});
    expect(numbers_until_marker(*ends.a) == std::vector{300}, "nothing late arrives (R-13.1)");
    send(*ends.a, second, {0x88b6, 4});
    send(*ends.a, second, {0x88b6, 0xffff});
    expect(numbers_until_marker(*ends.b) == std::vector{4}, "and so does the other way");
    for (std::uint16_t i = 0; i < 1'000; ++i) {  // all memory has come back
        send(*ends.b, first, {0x88b6, i});
        expect(next(*ends.a).has_value(), "frame after frame");
    }
    expect_equal(ends.b->statistics().rebound, std::uint64_t{0}, "sockets made anew");
}

void a_flap() {
    a_fallen_interface_recovers(natively);
    a_fallen_interface_recovers(generically);
}

void a_receiver_hears_of_the_fall() {
    const private_network::wire wire;
    pair ends;
    ip("link set v1 down");
    expect(
        at_last([&] { return !ends.b->receive() && ends.b->error() == std::errc::network_down; }),
        "without having sent");
    ip("link set v1 up");
    expect(at_last([&] { return !ends.b->receive() && !ends.b->error(); }), "and of its end");
}

void opened_while_down_it_works_later() {
    const private_network::wire wire;
    ip("link set v1 down");
    pair ends;
    expect(ends.b->state() == interface_state::down, "v1 is down");
    ip("link set v1 up");
    expect(comes_up(*ends.b) && comes_up(*ends.a), "both are up");
    send(*ends.a, second, {0x88b6, 1});
    expect(next(*ends.b).has_value(), "a frame arrives when it is up");
}

/// Without a call of `state`: what a driver does anyway has to do.
void a_new_interface_is_taken(int mtu) {
    std::optional<private_network::wire> wire{mtu};
    const std::size_t size = mtu == 9'000 ? 9'014 : 200;
    pair ends;
    const int handle = ends.b->native_handle();
    send(*ends.a, second, {0x88b6, 7}, size);
    const auto held = next(*ends.b);
    auto leased = ends.b->lease(size);
    wire.reset();
    expect(
        at_last([&] { return !ends.b->receive() && ends.b->error() == std::errc::no_such_device; }),
        "the loss is noticed");
    expect(ends.b->state() == interface_state::removed, "v1 is removed");
    for (int i = 0; i < 300; ++i) send(*ends.a, second, {0x88b6, 8}, size);
    expect_equal(ends.a->statistics().refused, std::uint64_t{300}, "refused");

    wire.emplace(mtu);
    expect(at_last([&] {
               const bool quiet = !ends.a->receive() && !ends.b->receive();
               return quiet && !ends.a->error() && !ends.b->error();
           }),
           "both take the new interfaces");
    expect(held && held->bytes().size() == size && load_be16(held->bytes(), 14) == 7,
           "a held frame outlives the interface");
    expect_equal(ends.b->native_handle(), handle, "the handle to sleep on");
    pollfd ready{handle, POLLIN, 0};
    send(*ends.a, second, {0x88b6, 9}, size);
    expect(::poll(&ready, 1, 5'000) == 1, "which still wakes");
    expect(next(*ends.b).has_value(), "with a frame");
    if (leased) leased->commit(0);
    carries(*ends.b, *ends.a, "after that");
    carries(*ends.a, *ends.b, "after that, back");
    expect_equal(ends.a->statistics().rebound, std::uint64_t{1}, "rebound");
    expect(ends.a->state() == interface_state::up, "v0 is up");
}

void new_interfaces_are_taken() {
    a_new_interface_is_taken(1'500);
    a_new_interface_is_taken(9'000);
}

void the_address_stays() {
    std::optional<private_network::wire> wire{std::in_place};
    pair ends;
    send(*ends.a, second, {0x88b6, 1});
    expect(next(*ends.b).has_value(), "it works before");
    wire.reset();
    expect(notices(*ends.a) && notices(*ends.b), "the loss is noticed");
    expect(ip("link add v0 address 02:00:00:00:00:77 type veth peer name v1") &&
               ip("link set v0 up") && ip("link set v1 up"),
           "new interfaces have other addresses");
    expect(comes_up(*ends.a) && comes_up(*ends.b), "both are taken");
    expect(ends.a->properties().address == first, "the promised address does not change");
    carries(*ends.a, *ends.b, "to the old address");
    carries(*ends.b, *ends.a, "and back");
    ip("link delete v0");
}

/// A receiver that only sleeps and looks hears of all that happens.
void sleepers_are_woken() {
    std::optional<private_network::wire> wire{std::in_place};
    xdp a{"v0"};
    const auto sleeps_until = [&a](const std::function<bool()>& what) {
        pollfd ready{a.native_handle(), POLLIN, 0};
        for (int wakes = 0; wakes < 10'000; ++wakes) {
            if (a.receive() || what()) return what();
            if (::poll(&ready, 1, 5'000) != 1) return false;
        }
        return false;
    };
    const auto fails = [&a](std::errc with) { return [&a, with] { return a.error() == with; }; };
    ip("link set v0 down");
    expect(sleeps_until(fails(std::errc::network_down)), "the fall wakes");
    ip("link set v0 up");
    expect(comes_up(a), "it is up again");
    wire.reset();
    expect(sleeps_until([&a] { return static_cast<bool>(a.error()); }), "the removal wakes");
    expect(a.state() == interface_state::removed, "and it is removed");
    wire.emplace();
    packet b{"v1"};
    send(b, first, {0x88b6, 1});
    expect(sleeps_until([&a] { return !a.error(); }), "the first frame wakes");
    send(b, first, {0x88b6, 2});
    const auto frame = next(a);
    expect(frame && load_be16(frame->bytes(), 14) == 2, "the next arrives");
}

void a_new_interface_may_need_the_privilege() {
    in_a_child("a child without privileges", [] {
        std::optional<private_network::wire> wire{std::in_place};
        xdp link{"v0"};
        wire.reset();
        wire.emplace();
        give_up();
        const auto refused = std::errc::operation_not_permitted;
        expect(at_last([&] { return !link.receive() && link.error() == refused; }),
               "it may not open it again, and says so");
        send(link, second, {0x88b6, 1});
        expect_equal(link.statistics().refused, std::uint64_t{1}, "refused");
    });
    ip("link delete v0");
}

void a_busy_queue_is_an_error() {
    const private_network::wire wire;
    {
        const xdp owner{"v0"};
        expect_says(complaint("v0", {.patience = 20ms}),
                    "v0: is busy: another XDP program is attached");
        expect_says(complaint("v0", {.attachment = xdp_attachment::generic, .patience = 20ms}),
                    "v0: is busy: another XDP program is attached");
    }
    const adapters::detail::xdp_interface nic{"v0", {}};
    const auto layout = adapters::detail::xdp_layout::of(1'514, {});
    const adapters::detail::mapping memory{-1, layout.size()};
    std::optional<adapters::detail::xdp_socket> squatter{std::in_place, nic, layout, memory.data()};
    {
        const adapters::detail::xdp_filter filter{nic, {}, false};
        squatter->start(nic, {}, layout, filter, 1s);
    }
    squatter->detach();
    expect(!marked("v0"), "there is no program");
    expect_says(complaint("v0", {.patience = 20ms}),
                "v0: queue 0 is busy: another AF_XDP socket has it");
    in_a_child("patience is rewarded", [&] {
        const pid_t owner = ::fork();
        if (owner == 0) {
            squatter.reset();
            const xdp mine{"v1"};
            ::usleep(200'000);
            ::_exit(0);
        }
        expect(at_last([] { return marked("v1"); }), "the other has it");
        expect_says(complaint("v1", {.patience = 0ms}), "is busy");
        expect(complaint("v1").empty(), "and gives it up in time");
        ::waitpid(owner, nullptr, 0);
    });
}

void a_killed_process_leaves_nothing() {
    const private_network::wire wire;
    for (const auto& options : {natively, generically}) {
        int ready[2];
        expect(::pipe(ready) == 0, "there is a pipe");
        const pid_t child = ::fork();
        if (child == 0) {
            const xdp link{"v0", options};
            if (::write(ready[1], "x", 1) == 1) ::pause();
            ::_exit(1);
        }
        char opened = 0;
        expect(::read(ready[0], &opened, 1) == 1 && marked("v0"), "the child has v0");
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        expect(at_last([] { return !marked("v0"); }), "no program is left");
        expect(complaint("v0", options).empty(), "and the queue opens again");
        for (const int fd : ready) ::close(fd);
    }
}

void nothing_is_allocated_after_construction(int mtu) {
    const private_network::wire wire{mtu};
    pair ends;
    const auto size = static_cast<std::size_t>(mtu);
    const std::size_t before = allocations;
    std::size_t received = 0;
    for (int i = 0; i < 1'000; ++i) {
        put(*ends.a, second, {0x88b6, 1}, size);
        ends.a->flush();
        received += next(*ends.b).has_value();
    }
    const std::size_t after = allocations;
    expect_equal(received, std::size_t{1'000}, "received");
    expect_equal(after - before, std::size_t{0}, "allocations (R-17.2)");
    expect(before != 0, "the counter counts");
}

void no_allocations() {
    nothing_is_allocated_after_construction(1'500);
    nothing_is_allocated_after_construction(9'000);
}

void what_cannot_work_is_refused() {
    const private_network::wire wire;
    expect(complaint("nowhere0") == "nowhere0: no such network interface: No such device",
           "it says: " + complaint("nowhere0"));
    expect_says(complaint("a-name-longer-than-any-interface"), "no such network interface");
    expect_says(complaint("lo"), "lo: not an Ethernet interface");
    expect_says(complaint("v0", {.queue = 7}), "v0: no queue 7");
    expect_says(complaint("v0", {.ethertype = 0x05ff}), "v0: EtherTypes begin at 0x0600");
    expect_says(complaint("v0", {.last_port = 9}), "v0: a last port without a first");
    expect_says(complaint("v0", {.first_port = 9, .last_port = 8}), "v0: the last port comes");
    expect_says(complaint("v0", {.held_frames = 0}), "v0: receive, transmit and held frames");
    expect_says(complaint("v0", {.receive_frames = std::size_t{1} << 40}), "v0: receive, transmit");
    expect(!marked("v0"), "what failed has left no program");

    const adapters::detail::xdp_interface nic{"v0", {}};
    adapters::detail::xdp_filter filter{nic, {}, false};
    using namespace adapters::detail::xdp_code;
    const std::array bad{copy(0, 9), leave()};  // r9 holds nothing
    try {
        filter.load(nic, bad.data(), bad.size(), false);
        expect(false, "a bad program is refused");
    } catch (const std::system_error& error) {
        expect_says(error.what(), "v0: the kernel refuses our program (");
        expect_says(error.what(), "R9 !read_ok");
    }
}

void a_missing_privilege_is_named_with_the_remedy() {
    const private_network::wire wire;
    in_a_child("without any privilege", [] {
        give_up();
        const std::string text = complaint("v0");
        expect_says(text, "v0: AF_XDP needs CAP_NET_RAW, CAP_NET_ADMIN and CAP_BPF");
        expect_says(text, "sudo setcap cap_net_raw,cap_net_admin,cap_bpf+ep");
    });
    in_a_child("without CAP_NET_RAW", [] {
        give_up({CAP_NET_RAW});
        expect_says(complaint("v0"), "v0: AF_XDP needs CAP_NET_RAW");
    });
    in_a_child("without the right to lock memory", [] {
        const rlimit least{65'536, 65'536};
        ::setrlimit(RLIMIT_MEMLOCK, &least);
        give_up({CAP_IPC_LOCK});
        expect_says(complaint("v0"), "v0: needs 640 KiB of locked memory: raise `ulimit -l`");
    });
}

/// What stands in the way of AF_XDP here; empty when nothing does.
std::string obstacle() {
    const std::string none = private_network::enter();
    if (!none.empty()) return none;
    const private_network::wire wire;
    const std::string text = complaint("v0");
    const bool lacks = text.find("AF_XDP needs") != std::string::npos ||
                       text.find("no AF_XDP") != std::string::npos ||
                       text.find("map of AF_XDP") != std::string::npos;
    if (!lacks) expect(text.empty(), text);
    return lacks ? text : std::string{};
}

void check(const char* claim, void (*test)()) {
    std::printf("xdp: %s\n", claim);
    std::fflush(stdout);
    test();
}

}  // namespace
}  // namespace rrdp

int main() {
    using namespace rrdp;
    if (const std::string what = obstacle(); !what.empty()) {
        std::printf("skipped: %s\n", what.c_str());
        return 77;
    }
    check("is a link, natively", native_conformance);
    check("is a link, generically", generic_conformance);
    check("is a link with the least memory", conformance_with_one_of_each);
    check("says what was got", says_what_was_got);
    check("understands AF_PACKET", understands_af_packet);
    check("short frames are padded", short_frames_are_padded);
    check("only what is for us arrives", only_what_is_for_us_arrives);
    check("ports are shared with AF_PACKET", ports_are_shared_with_af_packet);
    check("other traffic flows", other_traffic_flows);
    check("a batch is one flush", a_batch_is_one_flush);
    check("held frames are bounded", held_frames);
    check("what nobody receives is counted", what_nobody_receives_is_counted);
    check("longer frames than promised are dropped", longer_frames_than_promised_are_dropped);
    check("what the kernel refuses is lost and counted",
          what_the_kernel_refuses_is_lost_and_counted);
    check("poll tells when a frame waits", poll_tells_when_a_frame_waits);
    check("a fallen interface recovers", a_flap);
    check("a receiver hears of the fall", a_receiver_hears_of_the_fall);
    check("opened while down it works later", opened_while_down_it_works_later);
    check("a new interface of the name is taken", new_interfaces_are_taken);
    check("the address stays", the_address_stays);
    check("sleepers are woken", sleepers_are_woken);
    check("a new interface may need the privilege", a_new_interface_may_need_the_privilege);
    check("a busy queue is an error", a_busy_queue_is_an_error);
    check("a killed process leaves nothing", a_killed_process_leaves_nothing);
    check("nothing is allocated after construction", no_allocations);
    check("what cannot work is refused", what_cannot_work_is_refused);
    check("a missing privilege is named with the remedy",
          a_missing_privilege_is_named_with_the_remedy);
    std::printf("%s\n", failures == 0 ? "all kept" : "promises were broken");
    return failures == 0 ? 0 : 1;
}
