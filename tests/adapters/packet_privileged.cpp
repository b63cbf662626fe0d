// SPDX-License-Identifier: Apache-2.0
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/capability.h>

#include <rrdp/rrdp.hpp>
#include <rrdp/testing/link_conformance.hpp>

#include "adapters/counted_new.hpp"
#include "adapters/packet_kit.hpp"

// The AF_PACKET links over a veth pair that nothing happens to. See packet_faults_privileged.cpp
// for what may happen to it, and tests/chaos for all of it at once.

namespace rrdp::packet_kit {
namespace {

template <class Link>
void is_a_link(int mtu, packet_options options = {}) {
    const private_network::wire wire{mtu};
    const auto settle = [](auto&) { ::usleep(50); };
    const auto results =
        testing::link_conformance([&] { return pair<Link>{options}; },
                                  {.lossless = false, .flood = 3'000, .patience = 2'000}, settle);
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
    expect(words(low, 18, 3) == std::vector{1'000, 1'999, 9}, "the ports of the one");
    expect(words(single, 18, 2) == std::vector{2'000, 9}, "the port of the other");
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

void opened_as_the_documentation_says() {
    const private_network::wire wire;
    //-- begin snippet open
    packet_options options;
    options.first_port = 7'000;  // this process answers for the ports 7000 to 7999
    options.last_port = 7'999;
    packet link{"v0", options};  // or packet_ring
    //-- end snippet
    expect(comes_up(link), "the link of the documentation is up");
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
        expect(text.find(part) == 0 && text.find('\n') == std::string::npos, "it says: " + text);
    };
    says(complaint<Link>("lo"), "lo: not an Ethernet interface");
    says(complaint<Link>("v0", {.batch = 0}), "v0: a batch has to hold a frame");
    says(complaint<Link>("v0", {.batch = 1'025}), "v0: a batch holds 1024 frames at most");
    says(complaint<Link>("v0", {.ring_frames = 0}), "v0: a ring has to hold a frame");
    says(complaint<Link>("v0", {.ring_frames = 1'048'577}),
         "v0: a ring holds 1048576 frames at most");
    says(complaint<Link>("v0", {.ethertype = 0x05ff}), "v0: EtherTypes begin at 0x0600");
    says(complaint<Link>("v0", {.last_port = 7}), "v0: a last port without a first");
    says(complaint<Link>("v0", {.first_port = 8, .last_port = 7}),
         "v0: the last port comes before the first");
    says(complaint<Link>("v0", {.receive_buffer = std::size_t{1} << 40}),
         "v0: the receive buffer is too large");
    says(complaint<Link>("v0", {.busy_poll = std::chrono::microseconds{-1}}),
         "v0: no time for which to poll");
    expect(complaint<Link>("v0", {.ethertype = 0x0600}).empty(), "0x0600 is an EtherType");
    expect(complaint<Link>("v0", {.batch = 1'024}).empty(), "1024 frames are a batch");
    if (ip("link add short0 mtu 63 type ifb")) {
        says(complaint<Link>("short0"), "short0: the MTU is too small: RRDP needs 64");
        ip("link set short0 mtu 64");
        expect(complaint<Link>("short0").empty(), "an MTU of 64 is enough");
        ip("link delete short0");
    } else {
        std::printf("    (no MTU is too small here: the kernel has no ifb)\n");
    }
}

template <class Link>
void node_resolution_is_heard_unless_told_otherwise() {
    const private_network::wire wire;
    constexpr wire::mac_address group{{0x03, 0x52, 0x52, 0x44, 0x50, 0x00}};
    {
        pair<Link> ends;
        expect_equal(places_in_the_group(), 2, "places in the group");
        send(*ends.a, group, {0x88b6, 1});
        send(*ends.a, second, {0x88b6, 0xffff});
        expect(numbers_until_marker(*ends.b) == std::vector{1}, "frames to the group arrive");
    }
    expect_equal(places_in_the_group(), 0, "places left behind");
    const pair<Link> deaf{{.hear_resolution = false}};
    expect_equal(places_in_the_group(), 0, "places of links that do not want to hear it");
}

/// Stations on one cable, which hear of a group only what they have asked for, as cards do.
struct filtering_interfaces {
    filtering_interfaces() {
        good = good && ip("link set v0 address 02:00:00:00:00:77");
        for (const std::string number : {"1", "2", "3", "4"}) {
            const std::string name = "m" + number;
            good = good &&
                   ip("link add " + name + " link v0 address 02:00:00:00:00:0" + number +
                      " type macvlan mode bridge") &&
                   ip("link set " + name + " up") && private_network::comes_up(name.c_str());
        }
    }

    private_network::wire wire;  // and they go with it
    bool good = wire.good();
};

/// How many of three stations hear a frame to the group; each hears one to everybody.
template <class Link>
int hearers(Link& from, bool ask) {
    constexpr wire::mac_address group{{0x03, 0x52, 0x52, 0x44, 0x50, 0x00}};
    int hearers = 0;
    for (const char* name : {"m2", "m3", "m4"}) {
        Link to{name, {.hear_resolution = ask}};
        send(from, group, {0x88b6, 1});
        send(from, everybody, {0x88b6, 2});
        const auto heard = words(to, 14, ask ? 2 : 1);
        expect(std::ranges::count(heard, 2) == 1, "what is for everybody arrives");
        hearers += static_cast<int>(std::ranges::count(heard, 1));
    }
    return hearers;
}

template <class Link>
void only_who_asks_hears_the_group() {
    const filtering_interfaces stations;
    if (!stations.good) {
        std::printf("    (nothing filters groups here: the kernel has no macvlan)\n");
        return;
    }
    Link from{"m1", {.hear_resolution = false}};
    // They filter by a hash of eight bits, where one may take the group for another that it has,
    // and go on hearing for a while what they asked for: so this comes first, and one is enough.
    expect(hearers(from, false) < 3, "stations that did not ask hear nothing");
    expect_equal(hearers(from, true), 3, "stations that asked for the group and hear it");
}

/// Engines that know nothing but the number of the other, where groups are filtered.
template <class Link>
void nodes_find_each_other() {
    const filtering_interfaces stations;
    if (!stations.good) return;
    Link link_a{"m1"};
    Link link_b{"m2"};
    const auto options = [](std::uint16_t node, const Link& link) {
        node_options<wire::ethernet_framing> o;
        o.node = node_id{node};
        o.address = link.properties().address;
        o.resolution = nr_role::active;
        return o;
    };
    constexpr capacities few{.connections = 4, .rings = 4, .segments = 64, .nodes = 4};
    endpoint<> a{few, options(1, link_a), entropy{1, 2}};
    endpoint<> b{few, options(2, link_b), entropy{3, 4}};
    expect(b.listen(7) == errc::ok, "b listens");
    const auto now = [] { return to_instant(std::chrono::steady_clock::now()); };
    const instant end = now() + std::chrono::seconds{10};
    bool asked = false;
    bool connected = false;
    while (!connected && now() < end) {
        pump(a, link_a, now());
        pump(b, link_b, now());
        while (const auto told = a.poll_event()) {
            connected = connected || told->kind == event_kind::connected;
            asked = asked && told->kind != event_kind::closed;  // too early: again
        }
        while (b.poll_event()) {}
        if (!asked) asked = a.connect(now(), {.node = node_id{2}, .port = 7}).has_value();
        ::usleep(100);
    }
    expect(connected, "a connection to a node that no table has");
    const auto known = a.node(node_id{2});
    expect(known && known->address == second, "its address is known by now");
}

/// Another process on the interface, with the ports from 1 000 to 1 999: how many frames it was
/// given until one for 1 999, which is its last.
template <class Link>
pid_t start_other_process(int ready) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    int frames = 0;
    try {
        Link link{"v1", {.first_port = 1'000, .last_port = 1'999}};
        if (::write(ready, "!", 1) != 1) ::_exit(100);
        while (const auto frame = next(link)) {
            ++frames;
            if (load_be16(frame->bytes(), 18) == 1'999) ::_exit(frames);
        }
    } catch (const std::exception&) {
        ::_exit(101);
    }
    ::_exit(102);
}

template <class Link>
void other_processes_have_other_ports() {
    const private_network::wire wire;
    Link from{"v0"};
    Link own{"v1", {.first_port = 2'000, .last_port = 2'999}};
    int ends[2];
    if (::pipe(ends) != 0) return expect(false, "there is a pipe");
    const pid_t child = start_other_process<Link>(ends[1]);
    ::close(ends[1]);
    char ready = 0;
    expect(::read(ends[0], &ready, 1) == 1, "the other process is there");
    ::close(ends[0]);
    for (const int port : {1'000, 2'000, 1'500, 2'500, 2'999, 999, 1'999})
        send(from, second, {0x88b6, 0x4307, 9, static_cast<std::uint16_t>(port)});
    int status = 0;
    ::waitpid(child, &status, 0);
    expect(WIFEXITED(status) && WEXITSTATUS(status) == 3, "the other process has three frames");
    expect_equal(words(own, 18, 3).size(), std::size_t{3}, "frames for this process");
}

template <class Link>
void the_kernel_may_be_asked_to_poll() {
    const private_network::wire wire;
    const packet_options polling{.busy_poll = std::chrono::microseconds{20},
                                 .busy_poll_budget = 16,
                                 .prefer_busy_poll = true};
    // The root of a user namespace has not the right that this takes: it is the machine's.
    if (const std::string why = complaint<Link>("v0", polling); !why.empty()) {
        expect(why.find("v0: busy polling is refused (it needs CAP_NET_ADMIN)") == 0, why);
        std::printf("    (left out: %s)\n", why.c_str());
        return;
    }
    pair<Link> ends{polling};
    int spin = 0;
    socklen_t size = sizeof spin;
    ::getsockopt(ends.a->native_handle(), SOL_SOCKET, SO_BUSY_POLL, &spin, &size);
    expect_equal(spin, 20, "the microseconds that the kernel polls");
    send(*ends.a, second, {0x88b6, 0xffff});
    expect(numbers_until_marker(*ends.b).empty(), "and frames arrive");
}

/// What the constructor says to a process with no capability but `kept`. In a child, because what
/// is given up does not come back.
template <class Link>
std::string complaint_with(std::uint32_t kept, const packet_options& options = {}) {
    int ends[2];
    if (::pipe(ends) != 0) return "no pipe";
    const pid_t child = ::fork();
    if (child == 0) {
        __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
        __user_cap_data_struct rights[2]{{kept, kept, 0}, {0, 0, 0}};
        if (::syscall(SYS_capset, &header, rights) != 0) ::_exit(2);
        const std::string text = complaint<Link>("v0", options);
        const auto written = ::write(ends[1], text.data(), text.size());
        ::_exit(written == static_cast<ssize_t>(text.size()) ? 0 : 1);
    }
    ::close(ends[1]);
    std::string text(1'000, '\0');
    const auto size = ::read(ends[0], text.data(), text.size());
    ::close(ends[0]);
    int status = -1;
    ::waitpid(child, &status, 0);
    expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child tells");
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
}

template <class Link>
void a_missing_privilege_is_named_with_the_remedy() {
    const private_network::wire wire;
    const std::string text = complaint_with<Link>(0);
    expect(text.find("v0: raw Ethernet needs CAP_NET_RAW") == 0 &&
               text.find("sudo setcap cap_net_raw+ep") != std::string::npos &&
               text.find('\n') == std::string::npos,
           "it says: " + text);
    constexpr std::uint32_t raw = 1U << CAP_NET_RAW;
    expect(complaint_with<Link>(raw).empty(), "CAP_NET_RAW is enough");
    const std::string polling = complaint_with<Link>(raw, {.prefer_busy_poll = true});
    expect(polling.find("v0: busy polling is refused (it needs CAP_NET_ADMIN)") == 0,
           "it says: " + polling);
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
    check("a batch is one flush", a_batch_is_one_flush<Link>);
    check("poll tells when a frame waits", poll_tells_when_a_frame_waits<Link>);
    check("node resolution is heard unless told otherwise",
          node_resolution_is_heard_unless_told_otherwise<Link>);
    check("only who asks hears the group", only_who_asks_hears_the_group<Link>);
    check("nodes find each other", nodes_find_each_other<Link>);
    check("other processes have other ports", other_processes_have_other_ports<Link>);
    check("the kernel may be asked to poll", the_kernel_may_be_asked_to_poll<Link>);
    check("nothing is allocated after construction", nothing_is_allocated_after_construction<Link>);
    check("a missing interface is named", a_missing_interface_is_named<Link>);
    check("what cannot work is refused", what_cannot_work_is_refused<Link>);
    check("a missing privilege is named with the remedy",
          a_missing_privilege_is_named_with_the_remedy<Link>);
}

}  // namespace
}  // namespace rrdp::packet_kit

int main() {
    using namespace rrdp::packet_kit;
    return with_network([] {
        run<packet>("packet");
        run<packet_ring>("packet_ring");
        opened_as_the_documentation_says();
    });
}
