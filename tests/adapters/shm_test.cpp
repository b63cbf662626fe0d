// SPDX-License-Identifier: Apache-2.0
#include <sys/wait.h>

#include <csignal>
#include <fstream>
#include <memory>
#include <thread>

#include <rrdp/adapters/shm.hpp>
#include <rrdp/rrdp.hpp>

#include "adapters/conforms.hpp"
#include "support/catch.hpp"

namespace rrdp {
namespace {

using adapters::shm;
using adapters::shm_options;
using adapters::shm_side;

using namespace std::chrono_literals;

/// A name that no other run of this program has.
std::string name_of(const char* what) {
    return "rrdp-test-" + std::to_string(::getpid()) + "-" + what;
}
bool exists(const std::string& name, const char* suffix = "") {
    return ::access(("/dev/shm/" + name + suffix).c_str(), F_OK) == 0;
}

/// Memory for a region, as a device between two machines would give it.
class memory {
public:
    explicit memory(const shm_options& options)
        : size_{adapters::detail::shm_layout::size(std::bit_ceil(options.slots),
                                                   options.max_frame)},
          at_{static_cast<std::byte*>(std::aligned_alloc(64, size_))} {
        std::fill_n(at_, size_, std::byte{0});
    }
    memory(const memory&) = delete;
    memory& operator=(const memory&) = delete;
    ~memory() { std::free(at_); }
    [[nodiscard]] std::span<std::byte> octets() const { return {at_, size_}; }

private:
    std::size_t size_;
    std::byte* at_;
};

/// A process of ours: runs `what`, ends with its answer, and is gone with this object.
class child {
public:
    template <class What>
    explicit child(What what) : pid_{::fork()} {
        if (pid_ == 0) {
            ::alarm(120);
            ::_exit(what());
        }
        REQUIRE(pid_ > 0);
    }
    child(const child&) = delete;
    child& operator=(const child&) = delete;
    ~child() {
        if (pid_ > 0) kill();
    }
    /// Kills it without a warning; true if it was that which ended it.
    bool kill() {
        ::kill(pid_, SIGKILL);
        const int status = wait();
        return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    }
    /// What it ended with; -1 if it did not end by itself.
    int answer() {
        const int status = wait();
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

private:
    int wait() {
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
        pid_ = -1;
        return status;
    }
    pid_t pid_;
};

bool send(shm& link, std::uint64_t number, std::size_t size = 8) {
    auto lease = link.lease(size);
    if (!lease) return false;
    const octets room = lease->bytes();
    std::fill(room.begin(), room.end(), static_cast<std::byte>(number));
    std::memcpy(room.data(), &number, sizeof number);
    lease->commit(size);
    return link.flush();
}
std::uint64_t number_of(octets_view frame) {
    std::uint64_t number = 0;
    std::memcpy(&number, frame.data(), sizeof number);
    return number;
}
bool is_whole(octets_view frame) {
    const auto filled = static_cast<std::byte>(number_of(frame));
    const auto rest = frame.subspan(8);
    return std::all_of(rest.begin(), rest.end(), [=](std::byte b) { return b == filled; });
}
/// The next frame, spinning; with time for others where a machine has fewer cores than we want.
std::optional<shm::rx_frame> next(shm& link) {
    for (std::uint64_t looks = 1; looks < 50'000'000; ++looks) {
        if (auto frame = link.receive()) return frame;
        if (looks % 256 == 0) std::this_thread::yield();
    }
    return std::nullopt;
}
/// Sends everything back that comes, until the number 0 does.
int echo(shm& link) {
    while (const auto frame = next(link)) {
        const std::uint64_t number = number_of(frame->bytes());
        while (!send(link, number, frame->bytes().size())) std::this_thread::yield();
        if (number == 0) return 0;
    }
    return 1;
}
/// `count` round trips with a peer that echoes; how many came back as they left.
std::uint64_t ping(shm& link, std::uint64_t count) {
    std::uint64_t right = 0;
    for (std::uint64_t i = 1; i <= count; ++i) {
        const std::size_t size = 8 + i % 500;
        while (!send(link, i, size)) std::this_thread::yield();
        const auto frame = next(link);
        right += frame && frame->bytes().size() == size && number_of(frame->bytes()) == i &&
                 is_whole(frame->bytes());
    }
    return right;
}

/// What an attempt to open something complains about.
template <class What>
std::string complaint(What what) {
    try {
        what();
    } catch (const std::system_error& e) {
        return e.what();
    }
    return "none";
}
bool says(const std::string& text, const char* part) {
    UNSCOPED_INFO(text);
    return text.find(part) != std::string::npos;
}
/// The complaint of a process that opens the region of that name.
std::string said_of(const std::string& name, const shm_options& options) {
    return complaint([&] { shm link{name.c_str(), options}; });
}

struct named_pair {
    explicit named_pair(const shm_options& options)
        : a{std::make_unique<shm>(name_of("pair").c_str(), options)},
          b{std::make_unique<shm>(name_of("pair").c_str(), options)} {}
    std::unique_ptr<shm> a, b;
};
struct handed_pair {
    explicit handed_pair(const shm_options& options) {
        const auto handles = adapters::make_shm_handles(options);
        b = std::make_unique<shm>(handles, shm_side::b, options);
        a = std::make_unique<shm>(handles, shm_side::a, options);
    }
    std::unique_ptr<shm> a, b;
};
struct region_pair {
    explicit region_pair(const shm_options& options)
        : shared{std::make_unique<memory>(options)},
          a{std::make_unique<shm>(shared->octets(), shm_side::a, options)},
          b{std::make_unique<shm>(shared->octets(), shm_side::b, options)} {}
    std::unique_ptr<memory> shared;
    std::unique_ptr<shm> a, b;
};

template <class Pair>
void conforms(const shm_options& options) {
    require_conformance(testing::link_conformance([&] { return Pair{options}; }), 0);
}

TEST_CASE("shm: by name, by handle and in a region it is a link", "[adapters][shm]") {
    for (const bool copied : {true, false})
        for (const bool sleeps : {false, true}) {
            const shm_options options{
                .max_frame = 3'000, .slots = 100, .copy_received = copied, .sleeps = sleeps};
            conforms<named_pair>(options);
            conforms<handed_pair>(options);
            if (!sleeps) conforms<region_pair>(options);
        }
    conforms<named_pair>({});
    conforms<region_pair>({.slots = 1});
}

TEST_CASE("shm: three ways to open it", "[adapters][shm]") {
    const std::string unique = name_of("three");
    const char* const name = unique.c_str();
    //-- begin snippet name
    // In both programs: the first one makes /dev/shm/<name>, the last one removes it.
    shm by_name{name, {.max_frame = 1'514}};
    //-- end snippet
    CHECK(by_name.side() == shm_side::a);
    std::array<int, 2> sockets{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets.data()) == 0);
    const auto [socket, other_end] = sockets;
    //-- begin snippet handles
    // One program makes the memory and sends it over a socket of AF_UNIX …
    const auto made = adapters::make_shm_handles();
    adapters::send_shm_handles(socket, made);
    shm first{made, shm_side::a};
    // … and the other receives it.
    const auto received = adapters::receive_shm_handles(other_end);
    shm second{received, shm_side::b, {.sleeps = true}};
    //-- end snippet
    CHECK(first.has_peer());
    for (const int fd : sockets) ::close(fd);
    const memory shared{{}};
    const std::span<std::byte> device = shared.octets();
    //-- begin snippet region
    // Memory that is mapped already, such as that of an ivshmem device: who is which side is said.
    shm in_device{device, shm_side::a};
    //-- end snippet
    CHECK(in_device.error() == std::errc::not_connected);
}

TEST_CASE("shm: two processes meet by name, and leave nothing behind", "[adapters][shm][R-16.1]") {
    const std::string name = name_of("meet");
    for (const bool copied : {true, false}) {
        const shm_options options{.max_frame = 600, .slots = 8, .copy_received = copied};
        shm here{name.c_str(), options};
        CHECK(here.side() == shm_side::a);
        CHECK(here.error() == std::errc::not_connected);
        child peer{[&] {
            shm there{name.c_str(), options};
            return there.side() == shm_side::b ? echo(there) : 2;
        }};
        while (!here.has_peer()) std::this_thread::yield();
        CHECK(!here.error());
        CHECK(ping(here, 20'000) == 20'000);
        CHECK(send(here, 0));
        CHECK(peer.answer() == 0);
        CHECK(here.statistics().peers == 1);
        CHECK(here.statistics().malformed == 0);
        CHECK(here.statistics().wakes == 0);
        REQUIRE(next(here));  // what was sent before the peer left still arrives
        CHECK_FALSE(here.has_peer());
        CHECK(exists(name));
    }
    CHECK_FALSE(exists(name));
}

TEST_CASE("shm: while there is no peer frames are lost and counted, and then not any more",
          "[adapters][shm][R-16.4]") {
    const std::string name = name_of("alone");
    shm here{name.c_str(), {.slots = 4}};
    for (std::uint64_t i = 0; i < 100; ++i) CHECK(send(here, i));
    CHECK(here.statistics().lost == 100);
    CHECK_FALSE(here.receive());
    for (std::uint64_t life = 1; life <= 3; ++life) {
        shm there{name.c_str(), {.slots = 4}};
        CHECK(there.side() == shm_side::b);
        CHECK_FALSE(there.receive());  // nothing of what was lost
        CHECK_FALSE(here.receive());
        CHECK(send(here, 7));
        CHECK(send(there, 8));
        CHECK(number_of(next(there)->bytes()) == 7);
        CHECK(number_of(next(here)->bytes()) == 8);
        CHECK(send(here, 9));  // never read by this one, nor by the next
        CHECK(here.statistics().peers == life);
    }
    CHECK_FALSE(here.receive());
    CHECK(here.error() == std::errc::not_connected);
}

TEST_CASE("shm: a peer that is killed is followed by another, twenty times",
          "[adapters][shm][R-16.4]") {
    const std::string name = name_of("killed");
    const shm_options options{.max_frame = 100, .slots = 16};
    shm here{name.c_str(), options};
    std::uint64_t refused = 0;
    for (std::uint64_t life = 1; life <= 20; ++life) {
        child peer{[&] {
            shm there{name.c_str(), options};
            if (there.side() != shm_side::b) return 2;
            while (const auto frame = next(there)) {
                if (number_of(frame->bytes()) != life) return 3;  // meant for a predecessor
                while (!send(there, life)) std::this_thread::yield();
            }
            return 4;
        }};
        while (here.statistics().peers < life) {
            static_cast<void>(here.receive());
            std::this_thread::yield();
        }
        for (int i = 0; i < 200; ++i) {
            while (!send(here, life)) std::this_thread::yield();
            const auto frame = next(here);
            REQUIRE(frame);
            REQUIRE(number_of(frame->bytes()) == life);
        }
        for (int i = 0; i < 10; ++i) static_cast<void>(send(here, life));
        CHECK(peer.kill());
        const std::uint64_t lost = here.statistics().lost;
        for (int i = 0; i < 1'000; ++i) {  // first the ring fills, then the death is noticed
            refused += !send(here, life);
            if (const auto frame = here.receive()) CHECK(number_of(frame->bytes()) == life);
        }
        CHECK(here.statistics().lost > lost);
        CHECK(here.error() == std::errc::not_connected);
    }
    CHECK(refused > 0);
    CHECK(here.statistics().malformed == 0);
}

TEST_CASE("shm: the side of the first can be taken over as well, and both at once",
          "[adapters][shm]") {
    const std::string name = name_of("taken");
    const shm_options options{.max_frame = 100, .slots = 4};
    std::array<int, 2> ready{};
    REQUIRE(::pipe(ready.data()) == 0);
    const auto tell = [&] { return ::write(ready[1], "x", 1) == 1; };
    const auto hear = [&] {
        char octet = 0;
        return ::read(ready[0], &octet, 1) == 1;
    };
    {
        child first{[&] {
            shm there{name.c_str(), options};
            return tell() ? ::pause() : 1;
        }};
        REQUIRE(hear());
        shm here{name.c_str(), options};
        CHECK(here.side() == shm_side::b);
        CHECK(send(here, 1));
        CHECK(says(said_of(name, options), "both sides are taken"));
        CHECK(first.kill());
        shm successor{name.c_str(), options};
        CHECK(successor.side() == shm_side::a);
        CHECK_FALSE(successor.receive());
        CHECK_FALSE(here.receive());
        CHECK(send(here, 2));
        CHECK(number_of(next(successor)->bytes()) == 2);
    }
    CHECK_FALSE(exists(name));
    {
        const shm_options sleeping{.max_frame = 100, .slots = 4, .sleeps = true};
        child both{[&] {
            shm one{name.c_str(), sleeping};
            shm other{name.c_str(), sleeping};
            return send(one, 1) && send(other, 2) && tell() ? ::pause() : 1;
        }};
        REQUIRE(hear());
        CHECK(both.kill());
        CHECK(exists(name));
        CHECK(exists(name, ".a"));
        CHECK(exists(name, ".b"));
        shm here{name.c_str(), {.max_frame = 300, .slots = 2}};  // made anew, of another size
        CHECK(here.side() == shm_side::a);
        CHECK_FALSE(here.receive());
        CHECK_FALSE(here.has_peer());
    }
    for (const char* suffix : {"", ".a", ".b"}) CHECK_FALSE(exists(name, suffix));
    for (const int fd : ready) ::close(fd);
}

struct bare : default_policy {
    using framing = wire::bare_framing;
};

node_options<wire::bare_framing> node(std::uint16_t number) {
    node_options<wire::bare_framing> o;
    o.node = node_id{number};
    o.mtu = 1'500;
    o.msl = {};
    return o;
}
constexpr std::size_t messages = 100'000;
constexpr capacities room{.connections = 2, .rings = 2, .segments = 256, .nodes = 2};

instant clock_now() {
    return to_instant(std::chrono::steady_clock::now());
}

/// Receives the messages in their order; 0 when all of them were right.
int take_messages(const std::string& name) {
    shm link{name.c_str()};
    endpoint<bare> e{room, node(2), {3, 4}};
    if (e.add_node(node_id{1}, {}) != errc::ok || e.listen(7) != errc::ok) return 1;
    std::optional<connection_id> id;
    for (std::uint64_t got = 0;;) {
        if (pump(e, link, clock_now()).received == 0) std::this_thread::yield();
        while (const auto event = e.poll_event()) {
            if (event->kind == event_kind::accepted) id = event->connection;
            if (event->kind == event_kind::closed) return got == messages ? 0 : 2;
        }
        while (id) {
            const auto message = e.receive(*id);
            if (!message) break;
            std::array<std::byte, 8> octets{};
            if (message->copy_to(octets) != 8 || number_of(octets) != got++) return 3;
        }
    }
}

TEST_CASE("shm: two engines in two processes exchange 100 000 messages",
          "[adapters][shm][R-16.1]") {
    const std::string name = name_of("engines");
    shm link{name.c_str()};
    child peer{[&] { return take_messages(name); }};
    endpoint<bare> e{room, node(1), {1, 2}};
    REQUIRE(e.add_node(node_id{2}, {}) == errc::ok);
    while (!link.has_peer()) std::this_thread::yield();
    const auto id = e.connect(clock_now(), {node_id{2}, 7, 0});
    REQUIRE(id);
    std::uint64_t sent = 0;
    bool open = false;
    bool closed = false;
    while (!closed) {
        const instant now = clock_now();
        if (pump(e, link, now).received == 0) std::this_thread::yield();
        while (const auto event = e.poll_event()) {
            open = open || event->kind == event_kind::connected;
            closed = closed || event->kind == event_kind::closed;
        }
        while (open && sent < messages && e.send(now, *id, std::as_bytes(std::span{&sent, 1})))
            ++sent;
        if (open && sent == messages) {
            CHECK(e.close(now, *id) == errc::ok);
            open = false;
        }
    }
    CHECK(peer.answer() == 0);
    CHECK(sent == messages);
    CHECK(link.statistics().malformed == 0);
}

/// Waits in poll(2) for the next frame; nothing when none came in half a minute, or when one was
/// there and nobody had said so.
std::optional<shm::rx_frame> slept_for(shm& link, bool by_poll) {
    for (int wakes = 0; wakes < 1'000; ++wakes) {
        if (auto frame = link.receive()) return frame;
        pollfd readable{link.native_handle(), POLLIN, 0};
        const auto before = std::chrono::steady_clock::now();
        if (by_poll && ::poll(&readable, 1, 30'000) == 0) return std::nullopt;
        if (!by_poll) link.wait(30s);
        if (std::chrono::steady_clock::now() - before > 29s) return std::nullopt;
    }
    return std::nullopt;
}

int echo_asleep(shm& link, bool by_poll) {
    while (const auto frame = slept_for(link, by_poll)) {
        const std::uint64_t number = number_of(frame->bytes());
        if (!send(link, number)) return 2;
        if (number == 0) return 0;
    }
    return 1;
}

void wakes(shm& here, bool by_poll, std::uint64_t count) {
    std::uint64_t right = 0;
    for (std::uint64_t i = 1; i <= count; ++i) {
        REQUIRE(send(here, i));
        const auto frame = slept_for(here, by_poll);
        REQUIRE(frame);
        right += number_of(frame->bytes()) == i;
    }
    CHECK(right == count);
    CHECK(here.statistics().wakes > 0);
    CHECK(send(here, 0));
}

TEST_CASE("shm: two sleepers lose no wake-up in 100 000 round trips", "[adapters][shm]") {
    const std::string name = name_of("sleep");
    const shm_options options{.max_frame = 64, .slots = 4, .sleeps = true};
    for (const bool by_poll : {false, true}) {
        shm here{name.c_str(), options};
        child peer{[&] {
            shm there{name.c_str(), options};
            return echo_asleep(there, by_poll);
        }};
        while (!here.has_peer()) here.wait(1ms);
        wakes(here, by_poll, 50'000);
        CHECK(peer.answer() == 0);
    }
    for (const char* suffix : {"", ".a", ".b"}) CHECK_FALSE(exists(name, suffix));
}

TEST_CASE("shm: a sleeper is woken when its peer comes, goes, and comes again", "[adapters][shm]") {
    const auto handles = adapters::make_shm_handles({.slots = 4});
    const shm_options sleeping{.slots = 4, .sleeps = true};
    shm here{handles, shm_side::a, sleeping};
    for (int life = 0; life < 3; ++life) {
        CHECK_FALSE(here.receive());
        CHECK_FALSE(here.wait(0s));
        std::optional<shm> there;
        there.emplace(handles, shm_side::b, shm_options{.slots = 4});
        CHECK(there->native_handle() == -1);
        pollfd readable{here.native_handle(), POLLIN, 0};
        CHECK(::poll(&readable, 1, 0) == 1);
        CHECK_FALSE(here.receive());
        CHECK(here.has_peer());
        CHECK(::poll(&readable, 1, 0) == 0);
        CHECK(send(*there, 5));
        CHECK(::poll(&readable, 1, 0) == 1);
        CHECK(number_of(next(here)->bytes()) == 5);
        CHECK_FALSE(here.receive());
        there.reset();
        CHECK(::poll(&readable, 1, 0) == 1);
        CHECK_FALSE(here.receive());
        CHECK_FALSE(here.has_peer());
    }
}

TEST_CASE("shm: whoever rings without a frame keeps nobody awake", "[adapters][shm]") {
    const auto handles = adapters::make_shm_handles({.slots = 4});
    shm here{handles, shm_side::a, {.slots = 4, .sleeps = true}};
    shm there{handles, shm_side::b, {.slots = 4}};
    CHECK_FALSE(here.receive());
    pollfd readable{here.native_handle(), POLLIN, 0};
    for (int stranger = 0; stranger < 3; ++stranger) {
        const adapters::detail::shm_bell bell{
            adapters::detail::unique_fd{::dup(handles.bell_b.get())}};
        for (int i = 0; i < 5; ++i) bell.ring();
        CHECK(::poll(&readable, 1, 0) == 1);
        int looks = 0;
        for (; looks < 100 && ::poll(&readable, 1, 0) == 1; ++looks) CHECK_FALSE(here.receive());
        CHECK(looks < 20);
    }
    CHECK(send(there, 7));  // and a frame wakes as before
    CHECK(::poll(&readable, 1, 0) == 1);
    CHECK(number_of(next(here)->bytes()) == 7);
    CHECK_FALSE(here.receive());
    CHECK(::poll(&readable, 1, 0) == 0);
}

TEST_CASE("shm: the two ends may be in two threads", "[adapters][shm]") {
    for (const bool copied : {true, false}) {
        region_pair ends{{.max_frame = 600, .slots = 8, .copy_received = copied}};
        int answer = -1;
        std::thread other{[&] { answer = echo(*ends.b); }};
        CHECK(ping(*ends.a, 20'000) == 20'000);
        CHECK(send(*ends.a, 0));
        other.join();
        CHECK(answer == 0);
    }
    handed_pair ends{{.max_frame = 600, .slots = 4, .sleeps = true}};
    int answer = -1;
    std::thread other{[&] { answer = echo_asleep(*ends.b, true); }};
    wakes(*ends.a, true, 5'000);
    other.join();
    CHECK(answer == 0);
}

TEST_CASE("shm: a flood from one thread is read by another, and nothing is overwritten",
          "[adapters][shm]") {
    for (const bool copied : {true, false}) {
        region_pair ends{{.max_frame = 200, .slots = 16, .copy_received = copied}};
        constexpr std::uint64_t count = 200'000;
        std::thread sender{[&] {
            for (std::uint64_t i = 1; i <= count; ++i)
                while (!send(*ends.b, i, 8 + i % 190)) std::this_thread::yield();
        }};
        std::uint64_t right = 0;
        for (std::uint64_t i = 1; i <= count; ++i) {
            const auto frame = next(*ends.a);
            right += frame && number_of(frame->bytes()) == i && is_whole(frame->bytes());
        }
        sender.join();
        CHECK(right == count);
    }
}

TEST_CASE("shm: handles pass through a socket, and a successor can have them too",
          "[adapters][shm]") {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
    const shm_options options{.max_frame = 600, .slots = 4};
    const auto handles = adapters::make_shm_handles(options);
    shm here{handles, shm_side::a, options};
    for (int life = 0; life < 3; ++life) {
        adapters::send_shm_handles(ends[0], handles);
        child peer{[&] {
            const auto received = adapters::receive_shm_handles(ends[1]);
            shm there{received, shm_side::b, options};
            if (life == 1) ::raise(SIGKILL);
            return echo(there);
        }};
        if (life == 1) {
            CHECK(peer.answer() == -1);
            CHECK_FALSE(here.has_peer());
            continue;
        }
        const std::uint64_t lives = here.statistics().peers;
        while (here.statistics().peers == lives || here.error()) static_cast<void>(here.has_peer());
        CHECK(ping(here, 1'000) == 1'000);
        CHECK(send(here, 0));
        CHECK(peer.answer() == 0);
    }
    CHECK(says(complaint([&] { shm link{handles, shm_side::a, options}; }), "side is taken"));
    REQUIRE(::write(ends[0], "x", 1) == 1);
    const auto receive = [&] { static_cast<void>(adapters::receive_shm_handles(ends[1])); };
    CHECK(says(complaint(receive), "no handles"));
    ::close(ends[0]);
    CHECK(says(complaint(receive), "no handles"));
    ::close(ends[1]);
}

TEST_CASE("shm: a file that is no region is one clear error, and is left alone",
          "[adapters][shm]") {
    const std::string name = name_of("foreign");
    const std::string path = "/dev/shm/" + name;
    const auto remove = [&] { ::unlink(path.c_str()); };
    const auto write = [&](const std::string& content, mode_t mode) {
        std::ofstream{path} << content;
        REQUIRE(::chmod(path.c_str(), mode) == 0);
    };
    const shm_options options{.max_frame = 100, .slots = 4};
    for (const std::string& content :
         {std::string{"x"}, std::string(9, '\0'), std::string(100'000, 'x')}) {
        write(content, 0600);
        CHECK(says(said_of(name, options), "is no region of RRDP"));
        std::ifstream in{path};
        CHECK(std::string{std::istreambuf_iterator<char>{in}, {}} == content);
        remove();
    }
    write("", 0644);
    CHECK(says(said_of(name, options), "is open to other users"));
    remove();
    if (::geteuid() == 0) {
        write("", 0600);
        REQUIRE(::chown(path.c_str(), 1, 1) == 0);
        CHECK(says(said_of(name, options), "belongs to another user"));
        remove();
    }
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    CHECK(says(said_of(name, options), "is not a regular file"));
    remove();
    REQUIRE(::symlink("/dev/null", path.c_str()) == 0);
    CHECK(says(said_of(name, options), "cannot open the region"));
    remove();
    for (const char* bad : {"", "a/b", "..", ".hidden"})
        CHECK(says(said_of(bad, options), "is no name"));
    CHECK(says(said_of(std::string(200, 'x'), options), "too long"));
    CHECK(says(said_of(name, {.max_frame = 0}), "max_frame"));
    CHECK(says(said_of(name, {.slots = 0}), "slots"));
    CHECK(says(said_of(name, {.max_frame = 1 << 20, .slots = 1 << 20}), "octets"));
    CHECK_FALSE(exists(name));
}

TEST_CASE("shm: who differs from the peer is told in what", "[adapters][shm]") {
    const std::string name = name_of("differs");
    const shm_options options{.max_frame = 100, .slots = 4};
    shm here{name.c_str(), options};
    CHECK(says(said_of(name, {.max_frame = 1'000, .slots = 4}), "octets"));
    CHECK(says(said_of(name, {.max_frame = 101, .slots = 4}), "4 slots of 100 octets"));
    const auto poke = [&](off_t at, char octet) {
        const adapters::detail::unique_fd fd{::open(("/dev/shm/" + name).c_str(), O_RDWR)};
        REQUIRE(::pwrite(fd.get(), &octet, 1, at) == 1);
    };
    poke(0, 2);  // the lowest octet of the magic is the version
    CHECK(says(said_of(name, options), "another version"));
    poke(1, 'x');
    CHECK(says(said_of(name, options), "no region of RRDP"));
    REQUIRE(::truncate(("/dev/shm/" + name).c_str(), 5'000) == 0);
    CHECK(says(said_of(name, options), "has 5000 octets"));
}

TEST_CASE("shm: memory that cannot be trusted or used is one clear error", "[adapters][shm]") {
    const shm_options options{.max_frame = 100, .slots = 4};
    memory right{options};
    const auto region = [](std::span<std::byte> octets, const shm_options& o) {
        return complaint([&] { shm link{octets, shm_side::a, o}; });
    };
    CHECK(region(right.octets(), options) == "none");
    CHECK(says(region(right.octets().first(5'000), options), "5000 octets"));
    CHECK(says(region(right.octets().subspan(8), {.max_frame = 30, .slots = 2}), "multiple of 64"));
    CHECK(says(region(right.octets(), {.max_frame = 99, .slots = 4}), "4 slots of 100 octets"));
    CHECK(says(region(right.octets(), {.max_frame = 100, .slots = 4, .sleeps = true}), "no bell"));
    right.octets()[3] = std::byte{7};
    CHECK(says(region(right.octets(), options), "no region of RRDP"));

    for (const shm_options& o : {shm_options{.max_frame = 0}, shm_options{.slots = 0},
                                 shm_options{.slots = ~std::size_t{0}}})
        CHECK(says(complaint([&] { static_cast<void>(adapters::make_shm_handles(o)); }),
                   "from 1 to 1048576"));

    adapters::shm_handles handles;
    const auto hand = [&](const shm_options& o) {
        return complaint([&] { shm link{handles, shm_side::a, o}; });
    };
    CHECK(says(hand(options), "cannot open the memory"));
    handles.region = adapters::detail::unique_fd{::memfd_create("unsealed", MFD_CLOEXEC)};
    CHECK(says(hand(options), "sealed"));
    handles = adapters::make_shm_handles({.max_frame = 1'000, .slots = 4});
    CHECK(says(hand(options), "octets"));
    handles = adapters::make_shm_handles(options);
    handles.bell_a = {};
    CHECK(says(hand({.max_frame = 100, .slots = 4, .sleeps = true}), "no bell"));
    CHECK(hand(options) == "none");
}

TEST_CASE("shm: what the peer writes beyond reason is dropped and counted",
          "[adapters][shm][R-16.2]") {
    const shm_options options{.max_frame = 100, .slots = 4};
    region_pair ends{options};
    const adapters::detail::shm_layout words{ends.shared->octets().data(), 4, 100};
    const auto number = [&](shm_side from) {
        return static_cast<std::uint32_t>(words.greeting(from).load() >> 32) + 1;
    };
    CHECK(send(*ends.a, 1));
    CHECK(send(*ends.a, 2));
    const std::uint32_t first = number(shm_side::a);
    words.stamp(shm_side::a, first).store(std::uint64_t{first} << 32 | 101);
    words.stamp(shm_side::a, first + 1).store(std::uint64_t{first + 1} << 32);
    CHECK_FALSE(ends.b->receive());
    CHECK(ends.b->statistics().malformed == 2);
    CHECK(send(*ends.a, 3));
    CHECK(number_of(next(*ends.b)->bytes()) == 3);

    words.consumed(shm_side::b).store(first + 1'000'000);
    int sent = 0;
    while (sent < 10 && send(*ends.a, 4)) ++sent;
    CHECK(sent == 1);  // as far as was known before: the ring counts as full
    CHECK(ends.a->statistics().malformed > 0);
    CHECK(number_of(next(*ends.b)->bytes()) == 4);  // says anew how far it has read
    CHECK(send(*ends.a, 5));
    CHECK(number_of(next(*ends.b)->bytes()) == 5);
}

}  // namespace
}  // namespace rrdp
