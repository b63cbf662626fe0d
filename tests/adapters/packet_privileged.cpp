// SPDX-License-Identifier: Apache-2.0
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/capability.h>

#include <cstdio>

#include <rrdp/adapters/packet.hpp>
#include <rrdp/adapters/packet_ring.hpp>
#include <rrdp/testing/link_conformance.hpp>

#include "adapters/counted_new.hpp"
#include "adapters/private_network.hpp"

// The AF_PACKET links over a veth pair. Knows no test framework, because it needs a network of its
// own before anything else runs; exits with 77 where it may not have one.

namespace rrdp {

using adapters::interface_state;
using adapters::packet;
using adapters::packet_options;
using adapters::packet_ring;
using private_network::ip;

namespace {

int failures = 0;

void expect(bool kept, const std::string& claim) {
    if (kept) return;
    ++failures;
    std::printf("    BROKEN: %s\n", claim.c_str());
}

template <class Value>
void expect_equal(const Value& is, const Value& should, const std::string& what) {
    expect(is == should, what + " is " + std::to_string(is) + ", not " + std::to_string(should));
}

constexpr wire::mac_address first{{2, 0, 0, 0, 0, 1}};
constexpr wire::mac_address second{{2, 0, 0, 0, 0, 2}};
constexpr wire::mac_address stranger{{2, 0, 0, 0, 0, 9}};
constexpr wire::mac_address everybody{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

/// Sends a frame whose octets after the addresses are `words`, in network order, then zeros.
template <class Link>
void send(Link& from, const wire::mac_address& to, std::initializer_list<std::uint16_t> words,
          std::size_t size = 60) {
    auto lease = from.lease(size);
    const octets frame = lease ? lease->bytes() : octets{};
    expect(frame.size() >= size, "the link has room");
    if (frame.size() < size) return;
    clear_octets(frame);
    wire::store_mac(frame, 0, to);
    wire::store_mac(frame, 6, from.properties().address);
    std::size_t at = 12;
    for (const std::uint16_t word : words) {
        store_be16(frame, at, word);
        at += 2;
    }
    lease->commit(size);
    from.flush();
}

/// The next frame, waited for at most `patience` milliseconds: long where one must come, since the
/// machine may be busy, and short where none may.
template <class Link>
std::optional<typename Link::rx_frame> next(Link& at, int patience = 3'000) {
    for (int look = 0; look < patience; ++look) {
        if (auto frame = at.receive()) return frame;
        pollfd ready{at.native_handle(), POLLIN, 0};
        ::poll(&ready, 1, 1);
    }
    return std::nullopt;
}

/// Whether the interface is up at last: the kernel may take a moment to notice the carrier.
template <class Link>
bool comes_up(Link& at) {
    for (int look = 0; look < 3'000; ++look) {
        if (at.state() == interface_state::up) return true;
        ::usleep(1'000);
    }
    return false;
}

/// The words at offset 14 of the frames that arrive until a frame with the word 0xffff there.
template <class Link>
std::vector<int> numbers_until_marker(Link& at) {
    std::vector<int> numbers;
    while (const auto frame = next(at)) {
        const int number = load_be16(frame->bytes(), 14);
        if (number == 0xffff) return numbers;
        numbers.push_back(number);
    }
    expect(false, "the marker arrives");
    return numbers;
}

template <class Link>
struct pair {
    explicit pair(const packet_options& options = {}) {
        a.emplace("v0", options);
        b.emplace("v1", options);
    }
    std::optional<Link> a;
    std::optional<Link> b;
};

template <class Link>
void is_a_link(int mtu, packet_options options = {}) {
    const private_network::wire wire{mtu};
    const auto settle = [](auto&) { ::usleep(50); };
    const auto results = testing::link_conformance([&] { return pair<Link>{options}; },
                                                   {.lossless = false, .flood = 3'000}, settle);
    for (const auto& check : results)
        expect(check.outcome == testing::verdict::passed,
               "MTU " + std::to_string(mtu) + ": " + check.name + ": " + check.why);
    expect_equal(results.size(), testing::link_promises, "the number of checks");
}

template <class Link>
void conformance() {
    is_a_link<Link>(1'500);
    is_a_link<Link>(9'000);
    is_a_link<Link>(1'500, {.batch = 1, .ring_frames = 1});
}

template <class Link>
void says_what_the_interface_is() {
    const private_network::wire wire{9'000};
    pair<Link> ends;
    const link_properties said = ends.a->properties();
    expect_equal(said.max_frame, std::size_t{9'014}, "max_frame");
    expect(said.address == first, "the address is the interface's");
    expect(said.fifo, "Ethernet keeps order (R-13.1)");
    expect(ends.a->state() == interface_state::up, "the interface is up");
    expect(!ends.a->error(), "there is no error");
}

template <class Link>
void short_frames_are_padded() {
    const private_network::wire wire;
    pair<Link> ends;
    {  // leaves octets of a long frame in the slot that the short one uses next
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

    ends.a->lease(20)->commit(13);
    ends.a->flush();
    expect_equal(ends.a->statistics().refused, std::uint64_t{1}, "frames without a header");
}

template <class Link>
void only_what_is_for_us_arrives() {
    const private_network::wire wire;
    pair<Link> ends;
    send(*ends.a, second, {0x88b6, 1});
    send(*ends.a, stranger, {0x88b6, 2});           // another host
    send(*ends.a, everybody, {0x88b6, 3});          // a broadcast: resolution needs it
    send(*ends.a, second, {0x88b5, 4});             // another EtherType
    send(*ends.a, second, {0x8100, 5, 0x88b6, 5});  // VLAN 5: the tag is stripped on the way
    send(*ends.a, second, {0x8100, 0, 0x88b6, 6});  // a priority tag of no VLAN
    send(*ends.a, second, {0x88b6, 0xffff});
    expect(numbers_until_marker(*ends.b) == std::vector{1, 3, 6}, "frames 1, 3 and 6 (R-16.2)");
    expect_equal(ends.b->statistics().other_host, std::uint64_t{2}, "other hosts and VLANs");
    expect_equal(ends.b->statistics().received, std::uint64_t{4}, "received");
    expect_equal(ends.a->statistics().sent, std::uint64_t{7}, "sent");
    expect(!ends.a->receive(), "nobody hears himself");
}

template <class Link>
void the_ethertype_may_be_another() {
    const private_network::wire wire;
    pair<Link> ends{{.ethertype = 0x88b5}};
    send(*ends.a, second, {0x88b6, 1});
    send(*ends.a, second, {0x88b5, 2});
    send(*ends.a, second, {0x88b5, 0xffff});
    expect(numbers_until_marker(*ends.b) == std::vector{2}, "only frames of the EtherType arrive");
}

template <class Link>
void processes_share_an_interface_by_port() {
    const private_network::wire wire;
    Link from{"v0"};
    Link low{"v1", {.first_port = 1'000, .last_port = 1'999}};
    Link single{"v1", {.first_port = 2'000}};
    const auto to_port = [&](std::uint16_t port) { send(from, second, {0x88b6, 0x4307, 9, port}); };
    for (const int port : {999, 1'000, 1'999, 2'000, 2'001})
        to_port(static_cast<std::uint16_t>(port));
    send(from, second, {0x88b6, 0x0001, 9, 9});  // version 0, node resolution: for everybody
    const auto ports = [](Link& at) {
        std::vector<int> seen;
        while (const auto frame = next(at, 500)) seen.push_back(load_be16(frame->bytes(), 18));
        return seen;
    };
    expect(ports(low) == std::vector{1'000, 1'999, 9}, "the ports of the one");
    expect(ports(single) == std::vector{2'000, 9}, "the port of the other");
}

template <class Link>
void longer_frames_than_promised_are_dropped() {
    const private_network::wire wire;
    Link b{"v1"};
    ip("link set v0 mtu 3000");
    ip("link set v1 mtu 3000");
    Link a{"v0"};
    expect_equal(a.properties().max_frame, std::size_t{3'014}, "max_frame of the later link");
    send(a, second, {0x88b6, 1}, 1'514);
    send(a, second, {0x88b6, 2}, 1'515);  // would fit a slot of the ring
    send(a, second, {0x88b6, 3}, 3'014);  // would not
    send(a, second, {0x88b6, 0xffff});
    expect(numbers_until_marker(b) == std::vector{1}, "only the frame of 1 514 octets arrives");
    expect_equal(b.statistics().truncated, std::uint64_t{2}, "truncated");
}

template <class Link>
void what_the_kernel_refuses_is_lost_and_counted() {
    const private_network::wire wire{9'000};
    Link a{"v0"};
    Link b{"v1"};
    ip("link set v0 mtu 1500");
    const auto put = [&a](std::uint16_t number, std::size_t size) {
        auto lease = a.lease(size);
        testing::write_test_frame(lease->bytes(), {first, second}, number);
        store_be16(lease->bytes(), 14, number);
        lease->commit(size);
    };
    put(1, 100);
    put(2, 4'000);  // EMSGSIZE, in the middle of a batch
    put(3, 100);
    put(0xffff, 100);
    a.flush();
    expect(numbers_until_marker(b) == std::vector{1, 3}, "the others of the batch arrive");
    expect_equal(a.statistics().refused, std::uint64_t{1}, "refused (R-16.4)");
    expect(!a.error(), "a refusal is no trouble of the link");
}

template <class Link>
void a_batch_is_one_flush() {
    const private_network::wire wire;
    pair<Link> ends{{.batch = 64}};
    for (std::uint16_t i = 0; i < 64; ++i) {
        auto lease = ends.a->lease(60);
        testing::write_test_frame(lease->bytes(), {first, second}, i);
        store_be16(lease->bytes(), 14, i == 63 ? std::uint16_t{0xffff} : i);
        lease->commit(60);
    }
    expect(!next(*ends.b, 100), "nothing leaves before flush");
    ends.a->flush();
    const auto numbers = numbers_until_marker(*ends.b);
    expect_equal(numbers.size(), std::size_t{63}, "frames of the batch");
    expect(std::is_sorted(numbers.begin(), numbers.end()), "they are in order");
}

template <class Link>
void poll_tells_when_a_frame_waits() {
    const private_network::wire wire;
    pair<Link> ends;
    pollfd ready{ends.b->native_handle(), POLLIN, 0};
    expect(::poll(&ready, 1, 0) == 0, "nothing is ready");
    send(*ends.a, second, {0x88b6, 1});
    expect(::poll(&ready, 1, 5'000) == 1 && (ready.revents & POLLIN) != 0, "a frame is ready");
    expect(next(*ends.b).has_value(), "and is there");
    expect(::poll(&ready, 1, 0) == 0, "then nothing is ready again");
}

template <class Link>
void a_fallen_interface_recovers() {
    const private_network::wire wire;
    pair<Link> ends;
    ip("link set v1 down");
    expect(!next(*ends.b, 100), "silence");
    expect(ends.b->state() == interface_state::down, "v1 is down");
    expect(ends.b->error() == std::errc::network_down, "ENETDOWN is the error");
    expect(ends.a->state() == interface_state::down, "v0 has no carrier");
    send(*ends.b, first, {0x88b6, 1});
    send(*ends.a, second, {0x88b6, 2});
    expect_equal(ends.b->statistics().refused, std::uint64_t{1}, "refused by the fallen one");

    pollfd ready{ends.b->native_handle(), POLLIN, 0};
    int frames = 0;
    for (int look = 0; look < 2'000; ++look) frames += ends.b->receive().has_value();
    expect_equal(frames, 0, "frames from the fallen interface");
    expect(::poll(&ready, 1, 0) == 0, "poll does not return for ever because of it");

    ip("link set v1 up");
    send(*ends.b, first, {0x88b6, 3});  // meets the stale error first
    expect(next(*ends.a).has_value(), "the first frame after the fall arrives");
    expect(comes_up(*ends.b) && comes_up(*ends.a), "both are up");
    expect(!ends.b->error(), "the error is over");
    send(*ends.a, second, {0x88b6, 4});
    send(*ends.a, second, {0x88b6, 0xffff});
    expect(numbers_until_marker(*ends.b) == std::vector{4}, "and so does the other way");
}

template <class Link>
void opened_while_down_it_works_later() {
    const private_network::wire wire;
    ip("link set v1 down");
    pair<Link> ends;
    expect(ends.b->state() == interface_state::down, "v1 is down");
    ip("link set v1 up");
    expect(comes_up(*ends.b) && comes_up(*ends.a), "both are up");
    send(*ends.a, second, {0x88b6, 1});
    expect(next(*ends.b).has_value(), "a frame arrives when it is up");
}

template <class Link>
void a_removed_interface_is_silence() {
    private_network::wire wire;
    pair<Link> ends;
    send(*ends.a, second, {0x88b6, 1});
    wire.remove();
    int arrived = 0;
    for (int i = 0; i < 100; ++i) {
        send(*ends.a, second, {0x88b6, 2});
        arrived += ends.b->receive().has_value();
    }
    expect(arrived <= 1 && !next(*ends.b, 100), "nothing but the first frame arrives");
    expect(ends.a->state() == interface_state::removed, "v0 is removed");
    expect(ends.b->state() == interface_state::removed, "v1 is removed");
    expect(ends.a->error() && ends.b->error(), "both have an error");
    expect_equal(ends.a->statistics().refused, std::uint64_t{100}, "refused");

    const private_network::wire again;
    expect(ends.a->state() == interface_state::removed, "a new interface of the name is another");
    pair<Link> reopened;
    send(*reopened.a, second, {0x88b6, 1});
    expect(next(*reopened.b).has_value(), "a link opened anew works");
}

template <class Link>
void nothing_is_allocated_after_construction() {
    const private_network::wire wire;
    pair<Link> ends;
    const std::size_t before = allocations;
    std::size_t received = 0;
    for (int i = 0; i < 1'000; ++i) {
        if (auto lease = ends.a->lease(100)) {
            testing::write_test_frame(lease->bytes(), {first, second}, 1);
            lease->commit(100);
        }
        ends.a->flush();
        received += next(*ends.b).has_value();
    }
    const std::size_t after = allocations;
    expect_equal(received, std::size_t{1'000}, "received");
    expect_equal(after - before, std::size_t{0}, "allocations (R-17.2)");
}

/// What the constructor says; empty when it succeeds.
template <class Link>
std::string complaint(const char* interface, const packet_options& options = {}) {
    try {
        Link{interface, options};
        return {};
    } catch (const std::system_error& error) {
        return error.what();
    }
}

template <class Link>
void a_missing_interface_is_named() {
    const std::string text = complaint<Link>("nowhere0");
    expect(text == "nowhere0: no such network interface: No such device", "it says: " + text);
    const std::string longer = complaint<Link>("a-name-longer-than-any-interface");
    expect(longer.find("no such network interface") != std::string::npos, "it says: " + longer);
}

template <class Link>
void what_cannot_work_is_refused() {
    const private_network::wire wire;
    const auto says = [](const std::string& text, const char* part) {
        expect(text.find(part) != std::string::npos, "it says: " + text);
    };
    says(complaint<Link>("lo"), "lo: not an Ethernet interface");
    says(complaint<Link>("v0", {.batch = 0}), "v0: a batch has to hold a frame");
    says(complaint<Link>("v0", {.ethertype = 0x05ff}), "v0: EtherTypes begin at 0x0600");
    expect(complaint<Link>("v0", {.ethertype = 0x0600}).empty(), "0x0600 is an EtherType");
}

/// In a child, because what is given up does not come back.
template <class Link>
void a_missing_privilege_is_named_with_the_remedy() {
    const private_network::wire wire;
    const pid_t child = ::fork();
    if (child == 0) {
        __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
        __user_cap_data_struct none[2]{};
        if (::syscall(SYS_capset, &header, none) != 0) ::_exit(2);
        const std::string text = complaint<Link>("v0");
        const bool clear = text.find("v0: ") == 0 && text.find('\n') == std::string::npos &&
                           text.find("CAP_NET_RAW") != std::string::npos &&
                           text.find("sudo setcap cap_net_raw+ep") != std::string::npos;
        if (!clear) std::printf("    it says: %s\n", text.c_str());
        std::fflush(stdout);
        ::_exit(clear ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the text names capability and command");
}

template <class Link>
void run(const char* link) {
    const auto check = [link](const char* claim, void (*test)()) {
        std::printf("%s: %s\n", link, claim);
        std::fflush(stdout);
        test();
    };
    check("is a link at MTU 1500 and 9000", conformance<Link>);
    check("says what the interface is", says_what_the_interface_is<Link>);
    check("short frames are padded", short_frames_are_padded<Link>);
    check("only what is for us arrives", only_what_is_for_us_arrives<Link>);
    check("the EtherType may be another", the_ethertype_may_be_another<Link>);
    check("processes share an interface by port", processes_share_an_interface_by_port<Link>);
    check("longer frames than promised are dropped", longer_frames_than_promised_are_dropped<Link>);
    check("what the kernel refuses is lost and counted",
          what_the_kernel_refuses_is_lost_and_counted<Link>);
    check("a batch is one flush", a_batch_is_one_flush<Link>);
    check("poll tells when a frame waits", poll_tells_when_a_frame_waits<Link>);
    check("a fallen interface recovers", a_fallen_interface_recovers<Link>);
    check("opened while down it works later", opened_while_down_it_works_later<Link>);
    check("a removed interface is silence", a_removed_interface_is_silence<Link>);
    check("nothing is allocated after construction", nothing_is_allocated_after_construction<Link>);
    check("a missing interface is named", a_missing_interface_is_named<Link>);
    check("what cannot work is refused", what_cannot_work_is_refused<Link>);
    check("a missing privilege is named with the remedy",
          a_missing_privilege_is_named_with_the_remedy<Link>);
}

}  // namespace
}  // namespace rrdp

int main() {
    if (const std::string obstacle = private_network::enter(); !obstacle.empty()) {
        std::printf("skipped: %s\n", obstacle.c_str());
        return 77;
    }
    rrdp::run<rrdp::packet>("packet");
    rrdp::run<rrdp::packet_ring>("packet_ring");
    std::printf("%s\n", rrdp::failures == 0 ? "all kept" : "promises were broken");
    return rrdp::failures == 0 ? 0 : 1;
}
