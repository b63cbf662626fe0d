// SPDX-License-Identifier: Apache-2.0
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/capability.h>

#include <rrdp/adapters/pcap.hpp>
#include <rrdp/testing/link_conformance.hpp>

#include "adapters/counted_new.hpp"
#include "adapters/packet_kit.hpp"

// The link over libpcap, on a veth pair, alone and with an AF_PACKET link at the other end.

namespace rrdp {

using adapters::interface_state;
using adapters::packet;
using adapters::packet_ring;
using adapters::pcap;
using adapters::pcap_options;
using packet_kit::comes_up;
using packet_kit::everybody;
using packet_kit::expect;
using packet_kit::expect_equal;
using packet_kit::first;
using packet_kit::next;
using packet_kit::notices;
using packet_kit::numbers_until_marker;
using packet_kit::second;
using packet_kit::send;
using packet_kit::stranger;
using private_network::ip;

namespace {

template <class A, class B>
struct ends {
    ends() {
        a.emplace("v0");
        b.emplace("v1");
    }
    std::optional<A> a;
    std::optional<B> b;
};

struct pcap_pair {
    explicit pcap_pair(const pcap_options& options = {}) {
        a.emplace("v0", options);
        b.emplace("v1", options);
    }
    std::optional<pcap> a;
    std::optional<pcap> b;
};

std::string refusal(const char* interface, const pcap_options& options = {}) {
    try {
        pcap{interface, options};
        return {};
    } catch (const std::system_error& error) {
        return error.what();
    }
}

void is_a_link(int mtu, const pcap_options& options = {}) {
    const private_network::wire wire{mtu};
    const auto settle = [](auto&) { ::usleep(50); };
    const auto results = testing::link_conformance([&] { return pcap_pair{options}; },
                                                   {.lossless = false, .flood = 3'000}, settle);
    for (const auto& check : results)
        expect(check.outcome == testing::verdict::passed,
               "MTU " + std::to_string(mtu) + ": " + check.name + ": " + check.why);
    expect_equal(results.size(), testing::link_promises, "the number of checks");
}

void conformance() {
    is_a_link(1'500);
    is_a_link(9'000);
    is_a_link(1'500, {.batch = 1});
}

/// Frames of all lengths go both ways between libpcap and AF_PACKET.
template <class Other>
void interoperates() {
    const private_network::wire wire{9'000};
    ends<pcap, Other> e;
    const auto cross = [](auto& from, auto& to, std::size_t size) {
        const auto lengths =
            testing::frame_ends{from.properties().address, to.properties().address};
        {
            auto lease = from.lease(size);
            testing::write_test_frame(lease->bytes().first(size), lengths, size);
            lease->commit(size);
        }
        from.flush();
        const auto frame = next(to);
        return frame && testing::is_test_frame(frame->bytes(), size, lengths, size);
    };
    std::size_t failed = 0;
    for (std::size_t size = 14; size <= 9'014; size += size < 100 ? 1 : 347) {
        failed += !cross(*e.a, *e.b, size);
        failed += !cross(*e.b, *e.a, size);
    }
    failed += !cross(*e.a, *e.b, 9'014);
    failed += !cross(*e.b, *e.a, 9'014);
    expect_equal(failed, std::size_t{0}, "frames that did not cross");
}

void only_what_is_for_us_arrives() {
    const private_network::wire wire;
    pcap_pair e;
    send(*e.a, second, {0x88b6, 1});
    send(*e.a, stranger, {0x88b6, 2});           // another host
    send(*e.a, everybody, {0x88b6, 3});          // a broadcast: resolution needs it
    send(*e.a, second, {0x88b5, 4});             // another EtherType
    send(*e.a, second, {0x8100, 5, 0x88b6, 5});  // VLAN 5
    send(*e.a, second, {0x8100, 0, 0x88b6, 6});  // a priority tag of no VLAN
    send(*e.a, second, {0x88b6, 0xffff});
    expect(numbers_until_marker(*e.b) == std::vector{1, 3}, "frames 1 and 3 (R-16.2)");
    expect(e.b->statistics().other_host >= 1, "other hosts are counted");
    expect_equal(e.b->statistics().received, std::uint64_t{3}, "received");
    expect_equal(e.a->statistics().sent, std::uint64_t{7}, "sent");
    expect(!e.a->receive(), "nobody hears himself");
}

void processes_share_an_interface_by_port() {
    const private_network::wire wire;
    pcap from{"v0"};
    pcap low{"v1", {.first_port = 1'000, .last_port = 1'999}};
    pcap single{"v1", {.first_port = 2'000}};
    for (const int port : {999, 1'000, 1'999, 2'000, 2'001})
        send(from, second, {0x88b6, 0x4307, 9, static_cast<std::uint16_t>(port)});
    send(from, second, {0x88b6, 0x0001, 9, 9});  // version 0, node resolution: for everybody
    const auto ports = [](pcap& at) {
        std::vector<int> seen;
        while (const auto frame = next(at, 500)) seen.push_back(load_be16(frame->bytes(), 18));
        return seen;
    };
    expect(ports(low) == std::vector{1'000, 1'999, 9}, "the ports of the one");
    expect(ports(single) == std::vector{2'000, 9}, "the port of the other");
}

void lengths_are_kept() {
    const private_network::wire wire;
    pcap b{"v1"};
    {
        pcap a{"v0"};
        a.lease(20)->commit(13);
        a.flush();
        expect_equal(a.statistics().refused, std::uint64_t{1}, "frames without a header");
    }
    ip("link set v0 mtu 3000");
    ip("link set v1 mtu 3000");
    pcap a{"v0"};
    send(a, second, {0x88b6, 1}, 1'514);
    send(a, second, {0x88b6, 2}, 1'515);
    send(a, second, {0x88b6, 3}, 3'014);
    ip("link set v0 mtu 1500");
    send(a, second, {0x88b6, 4}, 2'000);  // EMSGSIZE
    send(a, second, {0x88b6, 0xffff}, 20);
    expect(numbers_until_marker(b) == std::vector{1}, "only the frame of 1 514 octets arrives");
    expect_equal(b.statistics().truncated, std::uint64_t{2}, "truncated");
    expect_equal(a.statistics().refused, std::uint64_t{1}, "refused (R-16.4)");
    expect(!a.error(), "a refusal is no trouble of the link");
}

void what_nobody_takes_is_counted() {
    const private_network::wire wire;
    pcap a{"v0"};
    pcap b{"v1", {.receive_buffer = 1 << 17}};
    for (std::uint16_t i = 0; i < 2'000; ++i) send(a, second, {0x88b6, i}, 1'000);
    std::uint64_t taken = 0;
    while (next(b, 50)) ++taken;
    const auto counts = b.statistics();
    expect(counts.kernel_drops > 0, "the kernel drops what does not fit");
    expect_equal(taken + counts.kernel_drops, std::uint64_t{2'000}, "taken and dropped");
}

void poll_tells_when_a_frame_waits() {
    const private_network::wire wire;
    pcap_pair e;
    pollfd ready{e.b->native_handle(), POLLIN, 0};
    expect(::poll(&ready, 1, 0) == 0, "nothing is ready");
    send(*e.a, second, {0x88b6, 1});
    expect(::poll(&ready, 1, 5'000) == 1 && (ready.revents & POLLIN) != 0, "a frame is ready");
    expect(next(*e.b).has_value(), "and is there");
    expect(::poll(&ready, 1, 0) == 0, "then nothing is ready again");
}

void a_fallen_interface_recovers() {
    const private_network::wire wire;
    pcap_pair e;
    const int handle = e.b->native_handle();
    ip("link set v1 down");
    expect(!next(*e.b, 100), "silence");
    expect(e.b->state() == interface_state::down, "v1 is down");
    expect(e.b->error() == std::errc::network_down, "ENETDOWN is the error");
    send(*e.b, first, {0x88b6, 1});
    expect_equal(e.b->statistics().refused, std::uint64_t{1}, "refused by the fallen one");
    pollfd ready{e.b->native_handle(), POLLIN, 0};
    int frames = 0;
    for (int look = 0; look < 2'000; ++look) frames += e.b->receive().has_value();
    expect_equal(frames, 0, "frames from the fallen interface");
    expect(::poll(&ready, 1, 0) == 0, "poll does not return for ever because of it");

    ip("link set v1 up");
    expect(comes_up(*e.b) && comes_up(*e.a), "both are up");
    expect(!e.b->error(), "the error is over");
    send(*e.b, first, {0x88b6, 3});
    expect(next(*e.a).has_value(), "the first frame after the fall arrives");
    send(*e.a, second, {0x88b6, 4});
    send(*e.a, second, {0x88b6, 0xffff});
    expect(numbers_until_marker(*e.b) == std::vector{4}, "and so does the other way");
    expect_equal(e.b->native_handle(), handle, "the descriptor");
}

void opens_as_documented() {
    const private_network::wire wire;
    //-- begin snippet open
    pcap_options options;
    options.first_port = 7'000;  // this process answers for the ports 7000 to 7999
    options.last_port = 7'999;
    pcap link{"v0", options};
    //-- end snippet
    expect(link.state() == interface_state::up, "the interface is up");
    expect_equal(link.properties().max_frame, std::size_t{1'514}, "max_frame");
    expect(link.properties().address == first, "the address is the interface's");
}

void opened_while_down_it_works_later() {
    const private_network::wire wire;
    ip("link set v1 down");
    pcap_pair e;
    expect(e.b->error() == std::errc::network_down, "v1 is down");
    expect(!e.b->receive(), "and silent");
    send(*e.b, first, {0x88b6, 1});
    ip("link set v1 up");
    expect(comes_up(*e.b) && comes_up(*e.a), "both are up");
    expect_equal(e.b->statistics().rebound, std::uint64_t{0}, "it was opened once");
    send(*e.a, second, {0x88b6, 1});
    expect(next(*e.b).has_value(), "a frame arrives when it is up");
}

/// With the same or with another address: the link's own stays, and is heard.
void a_new_interface_is_found(const char* address) {
    std::optional<private_network::wire> wire{std::in_place};
    pcap_pair e;
    const link_properties said = e.b->properties();
    const int handle = e.b->native_handle();
    send(*e.a, second, {0x88b6, 7});
    auto held = next(*e.b);
    expect(held.has_value(), "a frame is held meanwhile");
    wire.reset();
    expect(notices(*e.b) && notices(*e.a), "the removal is noticed");
    expect(e.b->state() == interface_state::removed, "v1 is removed");
    expect(e.b->error() == std::errc::no_such_device, "ENODEV is the error");
    for (int look = 0; look < 100; ++look) expect(!e.b->receive(), "silence");
    send(*e.a, second, {0x88b6, 1});
    expect(e.a->statistics().refused >= 1, "what is sent meanwhile is lost and counted");

    wire.emplace();
    if (address != nullptr) ip(std::string{"link set v1 address "} + address);
    bool arrived = false;  // without being asked: by sending and receiving alone
    for (int look = 0; look < 500 && !arrived; ++look) {
        send(*e.a, second, {0x88b6, 2});
        arrived = next(*e.b, 10).has_value();
    }
    expect(arrived, "frames arrive again");
    expect(!e.a->error() && !e.b->error(), "the errors are over");
    expect(e.b->properties() == said, "the properties are what they were");
    expect_equal(e.b->native_handle(), handle, "the descriptor");
    expect(e.b->statistics().rebound == 1, "it was opened again once");
    expect(held && load_be16(held->bytes(), 14) == 7, "the held frame is untouched");
    pollfd ready{handle, POLLIN, 0};
    while (next(*e.b, 20)) {}
    send(*e.a, second, {0x88b6, 3});
    expect(::poll(&ready, 1, 5'000) == 1, "the descriptor tells of frames again");
}

void nothing_is_allocated_after_construction() {
    const private_network::wire wire;
    pcap_pair e;
    const std::size_t before = allocations;
    std::size_t received = 0;
    for (int i = 0; i < 1'000; ++i) {
        if (auto lease = e.a->lease(100)) {
            testing::write_test_frame(lease->bytes(), {first, second}, 1);
            lease->commit(100);
        }
        e.a->flush();
        received += next(*e.b).has_value();
    }
    const std::size_t after = allocations;
    expect_equal(received, std::size_t{1'000}, "received");
    expect_equal(after - before, std::size_t{0}, "allocations of ours (R-17.2)");
}

void what_cannot_work_is_refused() {
    const private_network::wire wire;
    ip("link add low mtu 68 type veth peer name low1");
    const auto says = [](const std::string& text, const char* part) {
        expect(text.find(part) == 0 && text.find('\n') == std::string::npos, "it says: " + text);
    };
    says(refusal("nowhere0"), "nowhere0: no such network interface: No such device");
    says(refusal("a-name-longer-than-any-interface"),
         "a-name-longer-than-any-interface: no such network interface");
    says(refusal("any"), "any: no such network interface");
    says(refusal("lo"), "lo: not an Ethernet interface");
    says(refusal("v0", {.batch = 0}), "v0: a batch has to hold a frame");
    says(refusal("v0", {.batch = 1'025}), "v0: a batch holds 1024 frames at most");
    says(refusal("v0", {.ethertype = 0x05ff}), "v0: EtherTypes begin at 0x0600");
    says(refusal("v0", {.last_port = 7}), "v0: a last port without a first");
    says(refusal("v0", {.first_port = 8, .last_port = 7}), "v0: the last port comes before");
    says(refusal("v0", {.receive_buffer = 0}), "v0: the receive buffer is of no possible size");
    expect(refusal("v0", {.ethertype = 0x0600}).empty(), "0x0600 is an EtherType");
    ip("link delete low");
}

bool give_up_privileges() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct none[2]{};
    return ::syscall(SYS_capset, &header, none) == 0;
}

/// In a child, because what is given up does not come back.
void a_missing_privilege_is_named_with_the_remedy() {
    const private_network::wire wire;
    const pid_t child = ::fork();
    if (child == 0) {
        pcap before{"v1"};
        if (!give_up_privileges()) ::_exit(2);
        const std::string text = refusal("v0");
        const bool clear = text.find("v0: ") == 0 && text.find('\n') == std::string::npos &&
                           text.find("CAP_NET_RAW") != std::string::npos &&
                           text.find("sudo setcap cap_net_raw+ep") != std::string::npos;
        if (!clear) std::printf("    it says: %s\n", text.c_str());
        std::fflush(stdout);
        send(before, first, {0x88b6, 1});  // what was opened before works on
        ::_exit(clear && before.statistics().sent == 1 ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the text names capability and command");
}

void run() {
    const auto check = [](const char* claim, auto test) {
        std::printf("%s\n", claim);
        std::fflush(stdout);
        test();
    };
    check("is a link at MTU 1500 and 9000", conformance);
    check("opens as documented", opens_as_documented);
    check("understands packet, both ways", interoperates<packet>);
    check("understands packet_ring, both ways", interoperates<packet_ring>);
    check("only what is for us arrives", only_what_is_for_us_arrives);
    check("processes share an interface by port", processes_share_an_interface_by_port);
    check("lengths are kept", lengths_are_kept);
    check("what nobody takes is counted", what_nobody_takes_is_counted);
    check("poll tells when a frame waits", poll_tells_when_a_frame_waits);
    check("a fallen interface recovers", a_fallen_interface_recovers);
    check("opened while down it works later", opened_while_down_it_works_later);
    check("a new interface is found", [] { a_new_interface_is_found(nullptr); });
    check("a new interface with another address is found",
          [] { a_new_interface_is_found("02:00:00:00:00:77"); });
    check("nothing is allocated after construction", nothing_is_allocated_after_construction);
    check("what cannot work is refused", what_cannot_work_is_refused);
    check("a missing privilege is named with the remedy",
          a_missing_privilege_is_named_with_the_remedy);
}

}  // namespace
}  // namespace rrdp

int main() {
    return rrdp::packet_kit::with_network(rrdp::run);
}
