// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include <rrdp/adapters/capture_file.hpp>
#include <rrdp/adapters/captured.hpp>
#include <rrdp/adapters/captured_faults.hpp>
#include <rrdp/adapters/faulty.hpp>
#include <rrdp/adapters/loopback.hpp>
#include <rrdp/adapters/simulated.hpp>
#include <rrdp/adapters/simulated_network.hpp>
#include <rrdp/link/pump.hpp>

#include "adapters/conforms.hpp"
#include "support/pcapng.hpp"

namespace rrdp {

using namespace std::chrono_literals;
using adapters::capture_file;
using adapters::capture_way;
using adapters::captured;
using adapters::captured_faults;
using adapters::fault;
using adapters::faulty;
using adapters::loopback;
using adapters::simulated;
using adapters::simulated_network;

namespace {

using captured_end = captured<loopback::end, capture_file>;
static_assert(link<captured_end> && timed_link<captured_end>);
static_assert(!flushable_link<captured_end> && !pollable_link<captured_end>);

struct captured_pair {
    captured_pair() : file{path.c_str()}, a{wire.a, file, "a"}, b{wire.b, file, "b"} {}

    pcapng::temporary_path path;
    loopback wire;
    capture_file file;
    captured_end a;
    captured_end b;
};

template <class Link>
void send(Link& from, std::uint16_t number, std::size_t size = 64) {
    auto lease = from.lease(size);
    REQUIRE(lease);
    clear_octets(lease->bytes());
    if (size >= 16) store_be16(lease->bytes(), 14, number);
    lease->commit(size);
}

template <class Link>
std::size_t drain(Link& at) {
    std::size_t count = 0;
    while (at.receive()) ++count;
    return count;
}

adapters::wire_statistics of_both_ways(const simulated& wire) {
    adapters::wire_statistics both;
    for (const auto way : {adapters::direction::a_to_b, adapters::direction::b_to_a}) {
        const auto& counts = wire.statistics(way);
        both.sent += counts.sent;
        both.delivered += counts.delivered;
        both.lost += counts.lost;
        both.duplicated += counts.duplicated;
        both.reordered += counts.reordered;
        both.corrupted += counts.corrupted;
        both.queue_full += counts.queue_full;
        both.partitioned += counts.partitioned;
    }
    return both;
}

std::uint64_t count_comments(const pcapng::file& file, fault what) {
    std::uint64_t count = 0;
    for (const auto& r : file.records) count += r.comment == to_string(what);
    return count;
}

std::uint64_t count_ways(const pcapng::file& file, capture_way way) {
    std::uint64_t count = 0;
    for (const auto& r : file.records) count += r.way == static_cast<unsigned>(way);
    return count;
}

std::uint64_t count_drops(const pcapng::file& file) {
    std::uint64_t count = 0;
    for (const auto& r : file.records) count += r.comment.starts_with("dropped: ");
    return count;
}

}  // namespace

TEST_CASE("captured: a captured link is a link", "[adapters][captured]") {
    require_conformance(testing::link_conformance([] { return captured_pair{}; }), 1);
}

TEST_CASE("captured: the file is octet for octet as the format wants it", "[adapters][captured]") {
    pcapng::temporary_path path;
    {
        capture_file file{path.c_str()};
        const auto i = file.add_interface({"eth0", {{2, 0, 0, 0, 0, 10}}, 1});
        const std::array<std::byte, 5> frame{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4},
                                             std::byte{5}};
        file.write({.interface = i,
                    .time = instant{4'294'967'296ns + 7ns},
                    .frame = frame,
                    .size = 9,
                    .way = capture_way::sent,
                    .comment = "hello"});
        CHECK(file.frames() == 1);
    }
    const std::string expected{
        // section: type, length, order, version, length unknown, shb_userappl, end, length
        "\x0a\x0d\x0d\x0a\x28\0\0\0\x4d\x3c\x2b\x1a\1\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"
        "\4\0\4\0RRDP\0\0\0\0\x28\0\0\0"
        // interface: type, length, Ethernet, longest, if_name, if_MACaddr, if_tsresol, end, length
        "\1\0\0\0\x34\0\0\0\1\0\0\0\xff\xff\0\0\2\0\4\0eth0\6\0\6\0\2\0\0\0\0\x0a\0\0"
        "\x09\0\1\0\x09\0\0\0\0\0\0\0\x34\0\0\0"
        // frame: type, length, interface, time (high, low), octets here and there, frame, flags,
        // comment, end, length
        "\6\0\0\0\x40\0\0\0\0\0\0\0\1\0\0\0\7\0\0\0\5\0\0\0\x09\0\0\0\1\2\3\4\5\0\0\0"
        "\2\0\4\0\2\0\0\0\1\0\5\0hello\0\0\0\0\0\0\0\x40\0\0\0",
        40 + 52 + 64};
    CHECK(pcapng::octets_of(path.c_str()) == expected);
}

TEST_CASE("captured: both ways are written, each link as an interface of one file",
          "[adapters][captured]") {
    captured_pair ends;
    ends.a.set_time(instant{1s + 1ns});
    send(ends.a, 1);
    static_cast<void>(ends.a.lease(60));  // cancelled: never a frame
    ends.a.lease(60)->commit(0);
    ends.b.set_time(instant{1s + 2ns});
    CHECK(drain(ends.b) == 1);
    send(ends.b, 2, 1'514);
    ends.a.set_time(instant{-1s});  // before time began
    CHECK(drain(ends.a) == 1);
    REQUIRE(ends.file.flush());
    const auto file = pcapng::read(ends.path.c_str());
    REQUIRE(file.interfaces.size() == 2);
    CHECK(file.interfaces[0].name == "a");
    CHECK(file.interfaces[1].name == "b");
    CHECK(file.interfaces[1].link_type == 1);
    CHECK(file.interfaces[1].resolution == 9);
    CHECK(file.interfaces[1].address == std::string{"\2\0\0\0\0\x0b", 6});
    REQUIRE(file.records.size() == 4);
    CHECK(file.records[0].time == 1'000'000'001);
    CHECK(file.records[1].time == 1'000'000'002);
    CHECK(file.records[3].time == 0);
    CHECK(file.records[2].frame.size() == 1'514);
    CHECK(file.records[0].frame == file.records[1].frame);
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(file.records[i].interface == (i == 0 || i == 3 ? 0 : 1));
        CHECK(file.records[i].way == (i % 2 == 0 ? 2 : 1));
        CHECK(file.records[i].comment.empty());
    }
}

TEST_CASE("captured: frames without addresses are no Ethernet", "[adapters][captured]") {
    const pcapng::temporary_path path;
    loopback wire{{.addresses = {}}};
    {
        capture_file file{path.c_str()};
        captured_end a{wire.a, file, "bare"};
        captured_end b{wire.b, file, "ip", 101};
    }
    const auto file = pcapng::read(path.c_str());
    REQUIRE(file.interfaces.size() == 2);
    CHECK(file.interfaces[0].link_type == 147);
    CHECK(file.interfaces[0].address.empty());
    CHECK(file.interfaces[1].link_type == 101);
}

TEST_CASE("captured: long frames, names and comments are cut, and times moved to the calendar",
          "[adapters][captured]") {
    const pcapng::temporary_path path;
    const std::string longest(70'000, 'x');
    const std::vector<std::byte> frame(300);
    {
        capture_file file{path.c_str(), {.buffer = 1, .longest = 100, .epoch = 1'700'000'000s}};
        const auto i = file.add_interface({.name = longest});
        for (int n = 0; n < 50; ++n)
            file.write({.interface = i, .time = instant{3ns}, .frame = frame, .comment = longest});
    }
    const auto file = pcapng::read(path.c_str());
    CHECK(file.interfaces.at(0).name.size() == 1'000);
    REQUIRE(file.records.size() == 50);
    for (const auto& r : file.records) {
        CHECK(r.frame.size() == 100);
        CHECK(r.size == 300);
        CHECK(r.comment.size() == 1'000);
        CHECK(r.time == 1'700'000'000'000'000'003);
    }
}

TEST_CASE("captured: pump tells the time", "[adapters][captured][pump]") {
    struct hearer {
        void handle_frame(instant, octets_view) { ++heard; }
        void handle_timeout(instant) {}
        bool wants_transmit(instant) const { return false; }
        std::optional<std::size_t> poll_transmit(instant, octets) { return std::nullopt; }
        std::optional<instant> next_timeout() const { return std::nullopt; }
        int heard = 0;
    } engine;
    captured_pair ends;
    send(ends.wire.a, 1);
    faulty outside{ends.b, 1};  // hands it on
    pump(engine, outside, instant{42ns});
    CHECK(engine.heard == 1);
    REQUIRE(ends.file.flush());
    CHECK(pcapng::read(ends.path.c_str()).records.at(0).time == 42);
}

TEST_CASE("captured: a lossy simulation's capture has exactly the faults that it counted",
          "[adapters][captured][simulated]") {
    const pcapng::temporary_path path;
    simulated wire{7,
                   {.faults = {.loss = 0.1, .duplicate = 0.05, .reorder = 0.05, .corrupt = 0.05},
                    .rate = 1'000'000,
                    .queue = 2'000}};
    {
        //-- begin snippet faults
        capture_file file{path.c_str()};
        captured a{wire.a, file, "a"};
        captured b{wire.b, file, "b"};
        captured_faults<capture_file> faults{file, "wire"};
        wire.observe(&faults);
        //-- end snippet
        for (std::uint16_t i = 0; i < 2'000; ++i) {
            wire.partition(adapters::direction::a_to_b, i % 100 == 0);
            a.set_time(wire.time());
            b.set_time(wire.time());
            send(a, i);
            if (i % 3 == 0) send(a, i);  // more than the rate bears
            send(b, i);
            drain(a);
            drain(b);
            wire.advance_to(wire.time() + 70us);
        }
        wire.advance_to(wire.time() + 1s);
        drain(a);
        drain(b);
        wire.observe(nullptr);
        send(a, 0);  // not observed any more
    }
    const auto file = pcapng::read(path.c_str());
    REQUIRE(file.interfaces.size() == 3);
    CHECK(file.interfaces[2].name == "wire");
    const adapters::wire_statistics both = of_both_ways(wire);
    CHECK(both.lost > 100);
    CHECK(both.queue_full > 10);
    CHECK(both.partitioned > 10);
    CHECK(both.corrupted > 100);
    CHECK(count_comments(file, fault::loss) == both.lost);
    CHECK(count_comments(file, fault::queue_full) == both.queue_full);
    CHECK(count_comments(file, fault::partition) == both.partitioned);
    CHECK(count_comments(file, fault::duplicate) == both.duplicated);
    CHECK(count_comments(file, fault::delay) == both.reordered);
    CHECK(count_comments(file, fault::corruption) == both.corrupted);
    CHECK(count_drops(file) == both.lost + both.queue_full + both.partitioned);
    CHECK(count_ways(file, capture_way::sent) == both.sent);
    CHECK(count_ways(file, capture_way::received) == both.delivered);
    CHECK(both.sent - 1 + both.duplicated == both.delivered + count_drops(file));
    for (const auto& r : file.records) CHECK((r.interface == 2) == !r.comment.empty());
}

TEST_CASE("captured: a network's capture says where frames ended and when",
          "[adapters][captured][simulated_network]") {
    const pcapng::temporary_path path;
    simulated_network net{
        3, {.rate = 1'000'000, .port_queue = 300, .faults = {.loss = 0.1}}, {.stations = 3}};
    {
        capture_file file{path.c_str()};
        captured_faults<capture_file> faults{file, "net"};
        net.observer = &faults;
        for (std::uint16_t i = 0; i < 300; ++i) {
            for (const std::size_t from : {std::size_t{0}, std::size_t{1}}) {
                auto lease = net.at(from).lease(60);
                REQUIRE(lease);
                clear_octets(lease->bytes());
                wire::store_mac(lease->bytes(), 0, simulated_network::address(i % 50 == 0 ? 9 : 2));
                lease->commit(60);
            }
            net.advance_to(net.time() + 100us);
            while (net.at(2).receive()) {}
        }
        net.advance_to(net.time() + 1s);
    }
    const auto file = pcapng::read(path.c_str());
    const auto& counts = net.statistics();
    CHECK(counts.lost > 10);
    CHECK(counts.queue_full > 10);
    CHECK(counts.nobody > 5);
    CHECK(count_comments(file, fault::loss) == counts.lost);
    CHECK(count_comments(file, fault::queue_full) == counts.queue_full);
    CHECK(count_comments(file, fault::nobody) == counts.nobody);
    std::uint64_t last = 0;
    for (const auto& r : file.records) {
        CHECK(r.time >= last);
        last = r.time;
    }
    CHECK(last > 1'000'000);
}

TEST_CASE("captured: outside of faulty it sees the engine's frames, inside the wire's",
          "[adapters][captured][faulty]") {
    const pcapng::temporary_path path;
    loopback wire;
    adapters::fault_statistics out, in;
    {
        capture_file file{path.c_str()};
        captured inside{wire.a, file, "wire"};
        const adapters::frame_faults some{
            .loss = 0.1, .duplicate = 0.1, .reorder = 0.1, .corrupt = 0.1};
        faulty<captured_end> bad{inside, 5, {.transmit = some, .receive = some, .longest = 100}};
        captured outside{bad, file, "engine"};
        captured_faults<capture_file> faults{file, "faults"};
        bad.observe(&faults);
        for (std::uint16_t i = 0; i < 500; ++i) {
            outside.set_time(instant{1us * i});
            send(outside, i, i % 50 == 0 ? 101 : 64);
            outside.flush();
            drain(wire.b);
            send(wire.b, i);
            drain(outside);
        }
        for (int i = 0; i < 100; ++i) {  // frames kept back go on
            outside.flush();
            drain(outside);
        }
        bad.observe(nullptr);
        out = bad.transmitted();
        in = bad.received();
    }
    const auto file = pcapng::read(path.c_str());
    CHECK(out.lost > 10);
    CHECK(out.swallowed == 10);
    CHECK(in.lost > 10);
    CHECK(count_comments(file, fault::loss) == out.lost + in.lost);
    CHECK(count_comments(file, fault::swallowed) == out.swallowed + in.swallowed);
    CHECK(count_comments(file, fault::duplicate) == out.duplicated + in.duplicated);
    CHECK(count_comments(file, fault::delay) == out.reordered + in.reordered);
    CHECK(count_comments(file, fault::corruption) == out.corrupted + in.corrupted);
    std::array<std::uint64_t, 3> sent{}, received{};
    for (const auto& r : file.records) {
        ++(r.way == 2 ? sent : received).at(r.interface);
        if (!r.comment.empty()) CHECK(r.time % 1'000 == 0);
    }
    CHECK(sent[1] == 500);
    CHECK(sent[0] == 500 + out.duplicated - out.lost - out.swallowed);
    CHECK(received[0] == 500);
    CHECK(received[1] == 500 + in.duplicated - in.lost);
}

TEST_CASE("captured: a full disk ends the capture, not the link", "[adapters][captured]") {
    loopback wire;
    capture_file file{"/dev/full"};
    captured_end a{wire.a, file, "a"};
    std::size_t arrived = 0;
    for (std::uint16_t i = 0; i < 1'000; ++i) {
        send(a, i);
        arrived += drain(wire.b);
    }
    CHECK(arrived == 1'000);
    CHECK(!file.flush());
    CHECK(file.error() == std::errc::no_space_on_device);
    CHECK(file.frames() == 0);
    CHECK(file.missed() == 1'000);
}

TEST_CASE("captured: a file that could not be written to the end can be read so far",
          "[adapters][captured]") {
    const pcapng::temporary_path path;
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    const auto handler = std::signal(SIGXFSZ, SIG_DFL);  // which would kill us
    std::uint64_t frames = 0;
    {
        capture_file file{path.c_str(), {.buffer = 1, .longest = 5'000}};
        const auto i = file.add_interface({.name = "v0"});
        rlimit limit = before;
        limit.rlim_cur = 20'001;  // in the middle of a block
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
        const std::vector<std::byte> frame(100);
        for (int n = 0; n < 1'000; ++n) file.write({.interface = i, .frame = frame});
        file.flush();
        CHECK(::setrlimit(RLIMIT_FSIZE, &before) == 0);
        CHECK(file.error() == std::errc::file_too_large);
        frames = file.frames();
        CHECK(file.missed() == 1'000 - frames);
    }
    std::signal(SIGXFSZ, handler);
    CHECK(frames > 100);
    CHECK(pcapng::read(path.c_str()).records.size() == frames);
}

TEST_CASE("captured: a reader who leaves ends the capture, not the program",
          "[adapters][captured]") {
    const pcapng::temporary_path path;
    REQUIRE(::unlink(path.c_str()) == 0);
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    const auto handler = std::signal(SIGPIPE, SIG_DFL);  // which would kill us
    const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    capture_file file{path.c_str()};
    CHECK(file.flush());
    ::close(reader);
    const std::vector<std::byte> frame(100);
    file.write({.interface = file.add_interface({.name = "v0"}), .frame = frame});
    CHECK_FALSE(file.flush());
    CHECK(file.error() == std::errc::broken_pipe);
    CHECK(file.missed() == 1);
    sigset_t blocked;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
    CHECK_FALSE(::sigismember(&blocked, SIGPIPE));
    std::signal(SIGPIPE, handler);
}

TEST_CASE("captured: a file that cannot be made is named", "[adapters][captured]") {
    CHECK_THROWS_WITH(capture_file{"/nowhere/x.pcapng"},
                      "/nowhere/x.pcapng: cannot be written: No such file or directory");
    CHECK_THROWS_AS(capture_file{"/"}, std::system_error);
}

}  // namespace rrdp
