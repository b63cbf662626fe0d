// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdio>
#include <string>

#include <rrdp/adapters/dpdk.hpp>
#include <rrdp/adapters/dpdk_port.hpp>
#include <rrdp/adapters/packet.hpp>
#include <rrdp/link/any_link.hpp>
#include <rrdp/rrdp.hpp>
#include <rrdp/testing/link_conformance.hpp>

#include <rte_eth_ring.h>

#include "adapters/counted_new.hpp"
#include "adapters/private_network.hpp"

// The DPDK link over devices that every machine has: rings in memory, memif between two processes,
// AF_PACKET over a veth pair. Built where libdpdk is; knows no test framework, since processes have
// to be made before EAL starts.

namespace rrdp {

using adapters::dpdk;
using adapters::dpdk_options;
using adapters::interface_state;
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

void claim(const char* text, void (*test)()) {
    std::printf("  %s\n", text);
    std::fflush(stdout);
    try {
        test();
    } catch (const std::exception& error) {
        expect(false, std::string{"it threw: "} + error.what());
    }
}

constexpr wire::mac_address first{{2, 0, 0, 0, 0, 1}};
constexpr wire::mac_address second{{2, 0, 0, 0, 0, 2}};
constexpr wire::mac_address stranger{{2, 0, 0, 0, 0, 9}};
constexpr wire::mac_address group{{3, 0, 0, 0, 0, 7}};

instant now() {
    return instant{std::chrono::steady_clock::now().time_since_epoch()};
}

/// Does `step` until `done`, for some seconds; whether that came to be.
template <class Step, class Done>
bool goes_on_until(Step step, Done done) {
    const instant limit = now() + std::chrono::seconds{20};
    for (; now() < limit; step())
        if (done()) return true;
    return false;
}

/// Writes a frame whose octets after the addresses are `words`, in network order, then zeros.
void write(octets frame, const wire::mac_address& to, const wire::mac_address& from,
           std::initializer_list<std::uint16_t> words) {
    clear_octets(frame);
    wire::store_mac(frame, 0, to);
    wire::store_mac(frame, 6, from);
    std::size_t at = 12;
    for (const std::uint16_t word : words) {
        store_be16(frame, at, word);
        at += 2;
    }
}

template <class Link>
void send(Link& from, const wire::mac_address& to, std::initializer_list<std::uint16_t> words,
          std::size_t size = 60) {
    auto lease = from.lease(size);
    expect(lease.has_value(), "the link has room");
    if (!lease) return;
    write(lease->bytes(), to, from.properties().address, words);
    lease->commit(size);
    from.flush();
}

/// The words at offset 14 of the frames that wait, or that arrive in `looks` milliseconds.
template <class Link>
std::vector<int> numbers(Link& at, int looks = 0) {
    std::vector<int> seen;
    for (int look = 0; look <= looks; ++look) {
        while (const auto frame = at.receive()) seen.push_back(load_be16(frame->bytes(), 14));
        if (look != looks) ::usleep(1'000);
    }
    return seen;
}

// ---- an engine at each end

/// Answers every message with itself.
template <class Engine>
void echo(Engine& engine) {
    while (const auto event = engine.poll_event())
        while (const auto message = engine.receive(event->connection))
            static_cast<void>(engine.send(now(), event->connection, message->bytes()));
}

/// Sends messages one after another and counts what comes back.
template <class Engine>
class asker {
public:
    explicit asker(Engine& engine) : engine_{engine} {}

    void turn() {
        while (const auto event = engine_.poll_event()) {
            if (event->kind == event_kind::connected) ask(event->connection);
            while (engine_.receive(event->connection)) {
                ++answered;
                ask(event->connection);
            }
        }
    }
    int answered = 0;

private:
    void ask(const connection_id& connection) {
        const std::array<std::byte, 100> question{};
        static_cast<void>(engine_.send(now(), connection, octets_view{question}));
    }

    Engine& engine_;
};

/// Another engine in each process, and after each end of one.
entropy anything() {
    return {static_cast<std::uint64_t>(::getpid()),
            static_cast<std::uint64_t>(now().time_since_epoch().count())};
}

constexpr node_id alice{1};
constexpr node_id bob{2};

/// Whether two engines over two links exchange some messages.
template <class A, class B>
bool engines_talk(A& link_a, B& link_b) {
    const auto at_a = link_a.properties().address;
    const auto at_b = link_b.properties().address;
    endpoint<> a{{}, {.node = alice, .address = at_a}, entropy{1, 2}};
    endpoint<> b{{}, {.node = bob, .address = at_b}, entropy{3, 4}};
    if (a.add_node(bob, at_b) != errc::ok || b.add_node(alice, at_a) != errc::ok ||
        b.listen(7) != errc::ok || !a.connect(now(), {.node = bob, .port = 7}))
        return false;
    asker questions{a};
    const auto turn = [&] {
        pump(a, link_a, now());
        pump(b, link_b, now());
        questions.turn();
        echo(b);
    };
    return goes_on_until(turn, [&] { return questions.answered >= 1'000; });
}

// ---- rings in memory

/// Two ports of rings that are each other's ends, for the whole of the program.
struct ring_ports {
    static constexpr unsigned ring_size = 64;  // holds one less

    ring_ports() {
        ab = rte_ring_create("ab", ring_size, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
        ba = rte_ring_create("ba", ring_size, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
        a = static_cast<std::uint16_t>(rte_eth_from_rings("rings_a", &ba, 1, &ab, 1, 0));
        b = static_cast<std::uint16_t>(rte_eth_from_rings("rings_b", &ab, 1, &ba, 1, 0));
    }
    void drain() const {
        void* buffer = nullptr;
        for (rte_ring* const ring : {ab, ba})
            while (rte_ring_dequeue(ring, &buffer) == 0)
                rte_pktmbuf_free(static_cast<rte_mbuf*>(buffer));
    }

    rte_ring* ab;
    rte_ring* ba;
    std::uint16_t a;
    std::uint16_t b;
};

const ring_ports& rings() {
    static const ring_ports ports;
    return ports;
}

/// Rings have no address of their own; an MTU stays with a port when its link is gone.
dpdk_options with_address(const wire::mac_address& address, dpdk_options options = {}) {
    options.address = address;
    if (options.configure && options.mtu == 0) options.mtu = 1'500;
    return options;
}

struct ring_pair {
    explicit ring_pair(const dpdk_options& options = {}) {
        a.emplace(rings().a, with_address(first, options));
        b.emplace(rings().b, with_address(second, options));
    }
    ring_pair(const ring_pair&) = delete;
    ring_pair& operator=(const ring_pair&) = delete;
    ~ring_pair() {
        a.reset();
        b.reset();
        rings().drain();
    }
    std::optional<dpdk> a;
    std::optional<dpdk> b;
};

/// Owns a pool that is all a test's.
class test_pool {
public:
    test_pool(const char* name, unsigned buffers, std::uint16_t room = 2'176)
        : pool_{rte_pktmbuf_pool_create(name, buffers, 0, 0, room, SOCKET_ID_ANY)} {}
    test_pool(const test_pool&) = delete;
    test_pool& operator=(const test_pool&) = delete;
    ~test_pool() {
        expect(rte_mempool_full(pool_) == 1, "every buffer came back to the pool");
        rte_mempool_free(pool_);
    }
    operator rte_mempool*() const { return pool_; }

    /// A buffer with a frame of these words in it.
    rte_mbuf* frame(const wire::mac_address& to, std::initializer_list<std::uint16_t> words,
                    std::uint16_t size = 60) const {
        rte_mbuf* const buffer = rte_pktmbuf_alloc(pool_);
        write({static_cast<std::byte*>(static_cast<void*>(rte_pktmbuf_append(buffer, size))), size},
              to, first, words);
        return buffer;
    }

private:
    rte_mempool* pool_;
};

void is_a_link(const dpdk_options& options) {
    const auto results = testing::link_conformance([&] { return ring_pair{options}; });
    for (const auto& check : results)
        expect(check.outcome == testing::verdict::passed,
               std::string{check.name} + ": " + check.why);
    expect_equal(results.size(), std::size_t{testing::link_promises}, "the number of checks");
}

void rings_are_a_link() {
    is_a_link({});
    is_a_link({.batch = 1});
    is_a_link({.buffers = 255, .mtu = 9'000});
}

void says_what_the_port_is() {
    ring_pair ends{{.buffers = 255, .mtu = 3'000}};
    const link_properties said = ends.a->properties();
    expect_equal(said.max_frame, std::size_t{3'014}, "max_frame");
    expect(said.address == first, "the address is the one that was asked for");
    expect(said.fifo, "Ethernet keeps order (R-13.1)");
    expect(ends.a->state() == interface_state::up && !ends.a->error(), "the port is up");
}

void short_frames_are_padded() {
    ring_pair ends;
    {  // leaves octets of a long frame in the buffer that the short one uses next
        auto lease = ends.a->lease(200);
        std::fill(lease->bytes().begin(), lease->bytes().end(), std::byte{0xa5});
    }
    auto lease = ends.a->lease(20);
    testing::write_test_frame(lease->bytes(), {first, second}, 1);
    lease->commit(20);
    ends.a->lease(20)->commit(13);
    ends.a->flush();
    const auto frame = ends.b->receive();
    expect(frame && frame->bytes().size() == 60, "20 octets become 60 (R-16.3)");
    expect(frame && testing::is_test_frame(frame->bytes(), 20, {first, second}, 1),
           "the padding is zeros");
    expect_equal(ends.a->statistics().refused, std::uint64_t{1}, "frames without a header");
}

void only_what_is_for_us_arrives() {
    ring_pair ends;
    const test_pool pool{"foreign", 63};
    send(*ends.a, second, {0x88b6, 1});
    send(*ends.a, stranger, {0x88b6, 2});
    send(*ends.a, group, {0x88b6, 3});
    send(*ends.a, second, {0x88b5, 4});
    send(*ends.a, second, {0x8100, 5, 0x88b6, 5});
    rte_mbuf* const tagged = pool.frame(second, {0x88b6, 6});
    tagged->ol_flags |= RTE_MBUF_F_RX_VLAN_STRIPPED;
    tagged->vlan_tci = 5;
    rte_ring_enqueue(rings().ab, tagged);
    rte_mbuf* const priority = pool.frame(second, {0x88b6, 7});
    priority->ol_flags |= RTE_MBUF_F_RX_VLAN_STRIPPED;
    priority->vlan_tci = 0xe000;
    rte_ring_enqueue(rings().ab, priority);
    rte_mbuf* const echoed = pool.frame(group, {0x88b6, 8});
    wire::store_mac({rte_pktmbuf_mtod(echoed, std::byte*), 60}, 6, second);
    rte_ring_enqueue(rings().ab, echoed);
    send(*ends.a, second, {0x8100, 0xe000, 0x88b6, 9});
    expect(numbers(*ends.b) == std::vector{1, 3, 7, 9}, "frames 1, 3, 7 and 9 (R-16.2)");
    const auto counts = ends.b->statistics();
    expect_equal(counts.other_host, std::uint64_t{4}, "other hosts, VLANs and our own");
    expect_equal(counts.foreign, std::uint64_t{1}, "other EtherTypes");
    expect_equal(counts.received, std::uint64_t{4}, "received");
    expect_equal(ends.a->statistics().sent, std::uint64_t{6}, "sent");
}

void pieces_are_joined() {
    ring_pair ends;
    const test_pool small{"pieces", 63, RTE_PKTMBUF_HEADROOM + 100};
    const test_pool large{"wholes", 63};
    const auto chain = [](rte_mbuf* head, rte_mbuf* tail) {
        rte_pktmbuf_chain(head, tail);
        rte_ring_enqueue(rings().ab, head);
    };
    chain(large.frame(second, {0x88b6, 1}, 60), small.frame(second, {0x88b6, 2}, 100));
    chain(small.frame(second, {0x88b6, 3}, 100), small.frame(second, {0x88b6, 4}, 100));
    chain(large.frame(second, {0x88b6, 5}, 1'500), small.frame(second, {0x88b6, 6}, 16));
    const auto moved = ends.b->receive();
    const auto copied = ends.b->receive();
    expect(moved && moved->bytes().size() == 160 && load_be16(moved->bytes(), 74) == 2,
           "a piece is moved to the first where that has the room");
    expect(copied && copied->bytes().size() == 200 && load_be16(copied->bytes(), 14) == 3 &&
               load_be16(copied->bytes(), 114) == 4,
           "and both are copied where it has not");
    expect(!ends.b->receive(), "1 516 octets in two pieces are too long");
    expect_equal(ends.b->statistics().joined, std::uint64_t{2}, "joined");
    expect_equal(ends.b->statistics().unusable, std::uint64_t{1}, "unusable");
}

/// Commits numbered frames until the link refuses; how many it took.
int fill(dpdk& link) {
    int taken = 0;
    while (auto lease = link.lease(60)) {
        write(lease->bytes(), second, first, {0x88b6, static_cast<std::uint16_t>(taken++)});
        lease->commit(60);
    }
    return taken;
}

void what_the_device_refuses_is_kept() {
    ring_pair ends{{.batch = 8}};
    const int taken = fill(*ends.a);
    expect_equal(taken, 63 + 8, "frames taken: a full ring and a full batch");
    expect(!ends.a->flush(), "flush says that something is kept");
    std::vector<int> seen = numbers(*ends.b);
    expect_equal(seen.size(), std::size_t{63}, "frames that the ring held");
    expect(ends.a->flush(), "the rest goes when there is room");
    for (const int number : numbers(*ends.b)) seen.push_back(number);
    expect_equal(seen.size(), static_cast<std::size_t>(taken), "frames that arrived");
    expect(std::is_sorted(seen.begin(), seen.end()), "they are in order");
    expect_equal(ends.a->statistics().refused, std::uint64_t{0}, "lost");
}

void a_port_that_is_down_is_silence() {
    ring_pair ends{{.batch = 8}};
    fill(*ends.a);
    rte_eth_dev_set_link_down(rings().a);
    expect(ends.a->flush(), "what waits is lost: a wire without a carrier keeps nothing");
    expect_equal(ends.a->statistics().refused, std::uint64_t{8}, "refused (R-16.4)");
    expect(ends.a->error() == std::errc::network_down, "the error is said");
    expect(ends.a->state() == interface_state::down, "and the state");
    rte_eth_dev_set_link_up(rings().a);
    expect_equal(numbers(*ends.b).size(), std::size_t{63}, "what had left arrives");
    send(*ends.a, second, {0x88b6, 99});
    expect(!ends.a->error(), "the error is over when a frame passes");
    expect(numbers(*ends.b) == std::vector{99}, "and the frame arrives");
}

void frames_that_are_held_keep_the_pool() {
    const test_pool pool{"held", 31};
    {
        ring_pair ends{{.pool = pool, .batch = 4}};
        std::vector<dpdk::rx_frame> held;
        for (int i = 0; i < 31; ++i) {
            send(*ends.a, second, {0x88b6, static_cast<std::uint16_t>(i)});
            auto frame = ends.b->receive();
            expect(frame.has_value(), "the frame arrives");
            if (frame) held.push_back(std::move(*frame));
        }
        expect(!ends.a->lease(60), "an empty pool has no room");
        held.erase(held.begin());
        expect(ends.a->lease(60).has_value(), "one frame released makes room for one");
        expect(held.size() == 30 && load_be16(held[29].bytes(), 14) == 30, "the others are whole");
    }
}

void a_port_may_be_the_programs() {
    const test_pool pool{"program", 255};
    const std::uint16_t port = rings().b;
    //-- begin snippet program
    rte_eth_conf configuration{};
    rte_eth_dev_configure(port, 1, 1, &configuration);
    rte_eth_rx_queue_setup(port, 0, 64, 0, nullptr, pool);
    rte_eth_tx_queue_setup(port, 0, 64, 0, nullptr);
    const rrdp::adapters::dpdk_options as_it_is{
        .configure = false, .queue = 0, .pool = pool, .address = second};
    //-- end snippet
    {
        dpdk a{rings().a, with_address(first, {.pool = pool})};
        for (int i = 0; i < 2; ++i) {  // the port still runs when the first link of it is gone
            dpdk b{port, as_it_is};
            send(a, second, {0x88b6, 1});
            expect(numbers(b) == std::vector{1}, "a frame arrives");
        }
    }
    rte_eth_dev_stop(port);
}

/// What the constructor says; empty when it succeeds.
std::string complaint(std::uint16_t port, const dpdk_options& options) {
    try {
        dpdk{port, options};
        return {};
    } catch (const std::system_error& error) {
        return error.what();
    }
}

void what_cannot_work_is_refused() {
    const auto says = [](const std::string& text, const char* part) {
        expect(text.find(part) != std::string::npos, "it says: " + text);
        expect(text.find('\n') == std::string::npos, "it says one line");
    };
    const std::uint16_t a = rings().a;
    says(complaint(99, {}), "DPDK port 99: no such port; EAL knows of");
    says(complaint(a, {}), "no station address");
    says(complaint(a, with_address(first, {.batch = 0})), "a batch has to hold a frame");
    says(complaint(a, with_address(first, {.ethertype = 0x0500})), "EtherTypes begin");
    says(complaint(a, with_address(first, {.mtu = 45})), "an MTU of 45 is not between");
    says(complaint(a, with_address(first, {.queue = 1})), "queue 0 and no other");
    says(complaint(a, with_address(first, {.configure = false, .queue = 9})),
         "queue 9 was not set up; the port has 1");
    says(complaint(a, with_address(first, {.buffers = 1 << 20})), "no memory for 1048576 buffers");
    const test_pool small{"small", 63, 1'000};
    says(complaint(a, with_address(first, {.pool = small})), "too few for frames of 1514");
    {
        const test_pool empty{"empty", 1};
        rte_mbuf* const taken = rte_pktmbuf_alloc(empty);
        says(complaint(a, with_address(first, {.pool = empty})), "the pool has no buffer left");
        rte_pktmbuf_free(taken);
    }
    const dpdk running{a, with_address(first)};
    says(complaint(a, with_address(first)), "the port runs already");
}

/// The first in the process to need EAL.
void a_device_is_made_and_opened() {
    //-- begin snippet
    // or net_af_packet0,iface=eth0 or net_memif0,role=client or -l 2 -a 0000:03:00.0
    const std::uint16_t port = rrdp::adapters::dpdk_port("net_null0");
    rrdp::adapters::dpdk link{port};
    const bool up = link.state() == rrdp::adapters::interface_state::up;
    //-- end snippet
    expect(port == 0 && up, "the first port is up");
    expect(link.properties().max_frame == 1'514, "it has the usual MTU");
}

void devices_that_cannot_be_made_are_named() {
    const auto says = [](const char* asked, const char* part) {
        try {
            static_cast<void>(adapters::dpdk_port(asked));
            expect(false, std::string{asked} + " is refused");
        } catch (const std::system_error& error) {
            const std::string text = error.what();
            expect(text.find(part) != std::string::npos, "it says: " + text);
        }
    };
    says("", "say which device");
    says("net_nonsense0", "net_nonsense0: cannot be made");
    says("-l 0", "EAL runs already with other arguments");
    says("net_null0,copy=2 --no-huge", "EAL runs already with other arguments");
}

void nothing_is_allocated_after_construction() {
    ring_pair ends;
    const std::size_t before = allocations;
    std::size_t received = 0;
    for (int i = 0; i < 10'000; ++i) {
        if (auto lease = ends.a->lease(100)) {
            testing::write_test_frame(lease->bytes(), {first, second}, 1);
            lease->commit(100);
        }
        ends.a->flush();
        received += ends.b->receive().has_value();
    }
    const std::size_t after = allocations;
    expect_equal(received, std::size_t{10'000}, "received");
    expect_equal(after - before, std::size_t{0}, "allocations (R-17.2)");
}

void engines_talk_over_rings() {
    ring_pair ends;
    expect(engines_talk(*ends.a, *ends.b), "a thousand messages and their answers");
    erased a{*ends.a};
    erased b{*ends.b};
    expect(engines_talk<any_link, any_link>(a, b), "also where the type is not known");
}

void over_rings() {
    std::printf("net_ring\n");
    claim("a device is made and opened", a_device_is_made_and_opened);
    claim("devices that cannot be made are named", devices_that_cannot_be_made_are_named);
    claim("conformance", rings_are_a_link);
    claim("it says what the port is", says_what_the_port_is);
    claim("short frames are padded", short_frames_are_padded);
    claim("only what is for us arrives", only_what_is_for_us_arrives);
    claim("pieces are joined", pieces_are_joined);
    claim("what the device refuses is kept", what_the_device_refuses_is_kept);
    claim("a port that is down is silence", a_port_that_is_down_is_silence);
    claim("frames that are held keep the pool", frames_that_are_held_keep_the_pool);
    claim("a port may be the program's", a_port_may_be_the_programs);
    claim("what cannot work is refused", what_cannot_work_is_refused);
    claim("nothing is allocated after construction", nothing_is_allocated_after_construction);
    claim("two engines talk", engines_talk_over_rings);
}

// ---- memif between two processes

/// A child that runs `work`, which ends the process; made before EAL starts in any of them.
template <class Work>
pid_t in_a_process(Work work) {
    std::fflush(stdout);
    const pid_t child = ::fork();
    if (child != 0) return child;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    int status = 1;
    try {
        status = work();
    } catch (const std::exception& error) {
        std::printf("    BROKEN: %s\n", error.what());
    }
    std::fflush(stdout);
    ::_exit(status);
}

void end(pid_t child) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
}

/// A folder for the socket of memif, and the pipe by which the client asks for a new server.
class memif_meeting {
public:
    memif_meeting() {
        char pattern[] = "/tmp/rrdp-memif-XXXXXX";
        folder_ = ::mkdtemp(pattern);
        expect(::pipe(pipe_) == 0, "there is a pipe");
    }
    memif_meeting(const memif_meeting&) = delete;
    memif_meeting& operator=(const memif_meeting&) = delete;
    ~memif_meeting() {
        ::unlink(socket().c_str());
        ::rmdir(folder_.c_str());
        for (const int fd : pipe_) ::close(fd);
    }

    [[nodiscard]] std::string device(const char* role, const char* address) const {
        return std::string{"--vdev=net_memif0,role="} + role + ",mac=" + address +
               ",socket-abstract=no,socket=" + socket();
    }
    [[nodiscard]] bool is_served() const { return ::access(socket().c_str(), F_OK) == 0; }
    void forget_server() const { ::unlink(socket().c_str()); }
    void ask_for_another_server() const {
        expect(::write(pipe_[1], "x", 1) == 1, "the pipe takes an octet");
    }
    /// Whether the client asks; false also when it is gone.
    [[nodiscard]] bool another_is_asked_for() {
        ::close(std::exchange(pipe_[1], -1));
        char octet = 0;
        return ::read(pipe_[0], &octet, 1) == 1;
    }

private:
    [[nodiscard]] std::string socket() const { return folder_ + "/socket"; }

    std::string folder_;
    int pipe_[2]{-1, -1};
};

/// Echoes until it is killed; not for ever.
int serve(const memif_meeting& meeting) {
    dpdk link{adapters::dpdk_port(meeting.device("server", "02:00:00:00:00:02"))};
    expect(link.properties().address == second, "the address is the one of the device");
    endpoint<> engine{{}, {.node = bob, .address = second}, anything()};
    if (engine.add_node(alice, first) != errc::ok || engine.listen(7) != errc::ok) return 1;
    const auto turn = [&] {
        pump(engine, link, now());
        echo(engine);
    };
    for (const instant limit = now() + std::chrono::seconds{100}; now() < limit;) turn();
    return 1;
}

bool ask_over_memif(dpdk& link) {
    endpoint<> engine{{}, {.node = alice, .address = first}, anything()};
    if (engine.add_node(bob, second) != errc::ok ||
        !engine.connect(now(), {.node = bob, .port = 7}))
        return false;
    asker questions{engine};
    const auto turn = [&] {
        pump(engine, link, now());
        questions.turn();
    };
    return goes_on_until(turn, [&] { return questions.answered >= 1'000; });
}

/// Talks to a server, sees it die, talks to the next.
int ask_two_servers(const memif_meeting& meeting) {
    dpdk link{adapters::dpdk_port(meeting.device("client", "02:00:00:00:00:01"))};
    const auto look = [&] { static_cast<void>(link.receive()); };
    const auto up = [&] { return link.state() == interface_state::up; };
    expect(goes_on_until(look, up), "the client finds its server");
    expect(ask_over_memif(link), "a thousand messages and their answers");

    // DPDK takes the memory of a dead peer away in another thread: who is within a burst then would
    // crash, so nothing is sent or received until it is done.
    meeting.ask_for_another_server();
    const auto rest = [] { ::usleep(5'000); };
    const auto down = [&] { return link.state() == interface_state::down; };
    expect(goes_on_until(rest, down), "the port is down when its server is gone");
    rest();
    const auto try_to_send = [&] {
        if (auto lease = link.lease(60)) lease->commit(60);
        link.flush();
    };
    expect(goes_on_until(try_to_send, [&] { return link.statistics().refused > 0; }),
           "frames are lost when the server is gone");
    expect(link.error() == std::errc::network_down, "and the error says so");
    expect(ask_over_memif(link), "the link finds the next server by itself");
    expect(!link.error(), "the error is over");
    return failures == 0 ? 0 : 1;
}

void two_processes_talk() {
    memif_meeting meeting;
    pid_t server = in_a_process([&] { return serve(meeting); });
    goes_on_until([] { ::usleep(1'000); }, [&] { return meeting.is_served(); });
    const pid_t client = in_a_process([&] { return ask_two_servers(meeting); });
    if (meeting.another_is_asked_for()) {
        end(server);
        meeting.forget_server();
        server = in_a_process([&] { return serve(meeting); });
    }
    int status = -1;
    ::waitpid(client, &status, 0);
    expect_equal(status, 0, "what the client ends with");
    end(server);
}

void over_memif() {
    std::printf("net_memif\n");
    claim("two processes talk, also when one of them is another", two_processes_talk);
}

// ---- AF_PACKET over a veth pair

/// Ports of v0 and v1; a pair of a DPDK link and the link that the kernel makes.
std::uint16_t port_of(const char* device, const char* interface) {
    return adapters::dpdk_port(std::string{device} + ",iface=" + interface);
}

struct mixed_pair {
    explicit mixed_pair(std::uint16_t port) : a{port}, b{"v1"} {}
    dpdk a;
    adapters::packet b;
};

void the_kernels_link_is_understood(std::uint16_t port) {
    mixed_pair ends{port};
    expect(ends.a.properties().address == first, "the address is the interface's");
    expect_equal(ends.a.properties().max_frame, std::size_t{1'514}, "max_frame");
    send(ends.a, second, {0x88b6, 1}, 1'514);
    send(ends.a, group, {0x88b6, 2}, 20);
    expect(numbers(ends.b, 200) == std::vector{1, 2}, "the kernel's link hears DPDK's");
    send(ends.b, first, {0x88b6, 1}, 1'514);
    send(ends.b, stranger, {0x88b6, 2});
    send(ends.b, group, {0x88b6, 3});
    send(ends.b, first, {0x88b5, 4});
    send(ends.b, first, {0x8100, 5, 0x88b6, 5});  // VLAN 5: the tag is stripped on the way
    send(ends.b, first, {0x8100, 0, 0x88b6, 6});  // a priority tag of no VLAN
    send(ends.b, first, {0x88b6, 7});
    expect(numbers(ends.a, 200) == std::vector{1, 3, 6, 7}, "DPDK's hears the kernel's (R-16.2)");
    expect_equal(ends.a.statistics().other_host, std::uint64_t{2}, "other hosts and VLANs");
    expect(engines_talk(ends.a, ends.b), "two engines talk");
}

void an_interface_falls_and_rises(std::uint16_t port) {
    mixed_pair ends{port};
    ip("link set v1 down");
    for (std::uint16_t i = 0; i < 100; ++i) send(ends.a, second, {0x88b6, i});
    expect(numbers(ends.b, 50).empty(), "nothing arrives at an interface that is down");
    ip("link set v1 up");
    const auto arrived = [&] { return !numbers(ends.b).empty(); };
    const auto say = [&] {
        send(ends.a, second, {0x88b6, 1});
        ::usleep(1'000);
    };
    expect(goes_on_until(say, arrived), "frames arrive again when it is up");
}

void over_af_packet() {
    std::printf("net_af_packet\n");
    const private_network::wire wire;
    static std::uint16_t port = 0;
    claim("the device is made", [] { port = port_of("net_af_packet0", "v0"); });
    claim("the kernel's link is understood", [] { the_kernels_link_is_understood(port); });
    claim("an interface falls and rises", [] { an_interface_falls_and_rises(port); });
}

}  // namespace
}  // namespace rrdp

#if defined(__SANITIZE_THREAD__)
constexpr bool thread_sanitizer = true;
#elif defined(__has_feature)
constexpr bool thread_sanitizer = __has_feature(thread_sanitizer);
#else
constexpr bool thread_sanitizer = false;
#endif

int main() {
    if (thread_sanitizer) {
        std::printf("skipped: DPDK locks with instructions that the thread sanitizer cannot see\n");
        return 77;
    }
    const std::string obstacle = private_network::enter();
    rrdp::over_memif();
    rrdp::over_rings();
    if (obstacle.empty()) rrdp::over_af_packet();
    if (!obstacle.empty()) std::printf("net_af_packet is left out: %s\n", obstacle.c_str());
    std::printf("%s\n", rrdp::failures == 0 ? "all kept" : "promises were broken");
    return rrdp::failures == 0 ? 0 : 1;
}
