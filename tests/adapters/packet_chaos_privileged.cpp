// SPDX-License-Identifier: Apache-2.0
#include <sys/prctl.h>
#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "adapters/judged_talk.hpp"
#include "adapters/packet_kit.hpp"

// Two nodes talk without pause over a veth pair while its interfaces fall, disappear, change their
// MTU and their address, and while one of the processes is killed again and again. What a link and
// an engine owe each other shows in the end: every message is accounted for.

namespace rrdp::packet_kit {
namespace {

using judged_talk::book;
using judged_talk::clock_now;

constexpr int flaps = 50;
constexpr int removals = 10;
constexpr int mtu_changes = 10;
constexpr int kills = 50;

/// What was done, and what it did.
struct chaos_counts {
    int flaps = 0;        ///< falls that the link saw
    int removals = 0;     ///< removals that both links saw
    int addresses = 0;    ///< of those, with another address afterwards
    int mtu_changes = 0;  ///< changes of the MTU that had a frame refused, or grew it
    int kills = 0;        ///< processes that ended by SIGKILL
    std::uint64_t refused = 0;
    std::uint64_t rebound = 0;
};

unsigned long long ull(std::uint64_t number) {
    return number;
}

/// Everything ends here, however slow the machine: what is not done by then counts as broken.
instant deadline;

/// Lets the nodes talk until `done`, which is asked each turn; whether it came to that.
template <class Done, class... Nodes>
bool talk_until(Done done, Nodes&... nodes) {
    const instant limit = std::min(deadline, clock_now() + std::chrono::seconds{15});
    while (!done()) {
        if (clock_now() > limit) return false;
        bool moved = false;
        ((moved = nodes.turn() || moved), ...);
        if (moved) continue;
        std::array<pollfd, sizeof...(Nodes)> ready{pollfd{nodes.native_handle(), POLLIN, 0}...};
        ::poll(ready.data(), ready.size(), std::min({nodes.rest()...}));
    }
    return true;
}

template <class... Nodes>
void talk_for(std::chrono::milliseconds time, Nodes&... nodes) {
    const instant end = clock_now() + time;
    talk_until([end] { return clock_now() >= end; }, nodes...);
}

/// Whether both ends have received something new since this was made.
class progress {
public:
    explicit progress(const book& b) : book_{&b}, before_{sums()} {}
    bool operator()() const {
        const auto now = sums();
        return now[0] >= before_[0] + 3 && now[1] >= before_[1] + 3;
    }

private:
    [[nodiscard]] std::array<std::uint64_t, 2> sums() const {
        std::array<std::uint64_t, 2> sum{};
        for (std::uint32_t i = 1; i <= book_->talks; ++i)
            for (const std::size_t end : {0U, 1U}) sum[end] += book_->talk[i].ends[end].delivered;
        return sum;
    }

    const book* book_;
    std::array<std::uint64_t, 2> before_;
};

/// Both nodes in this process.
template <class Link>
struct couple {
    explicit couple(book& all) : link_a{"v0"}, a{link_a, all, node_id{1}, node_id{2}, second, 1} {
        replace_b(all, 1);
    }

    void forget_b() {
        b.reset();
        link_b.reset();
    }
    void replace_b(book& all, std::uint64_t process) {
        link_b.emplace("v1");
        b.emplace(*link_b, all, node_id{2}, node_id{1}, first, process);
    }
    /// Ends what is open in peace.
    void part() {
        a.close();
        b->talk(false);
        expect(talk_until([this] { return a.open() + b->open() == 0; }, a, *b),
               "they take leave of each other");
    }

    Link link_a;
    judged_talk::node<Link> a;
    std::optional<Link> link_b;
    std::optional<judged_talk::node<Link>> b;
};

template <class Link>
void flap(couple<Link>& c, const book& all, chaos_counts& counts) {
    for (int i = 0; i < flaps; ++i) {
        const std::string name = i % 2 == 0 ? "v1" : "v0";
        Link& link = i % 2 == 0 ? *c.link_b : c.link_a;
        ip("link set " + name + " down");
        counts.flaps +=
            talk_until([&] { return link.error() == std::errc::network_down; }, c.a, *c.b);
        talk_for(std::chrono::milliseconds{i % 8}, c.a, *c.b);
        ip("link set " + name + " up");
        expect(talk_until(progress{all}, c.a, *c.b),
               "they talk again after fall " + std::to_string(i));
    }
}

template <class Link>
void remove(couple<Link>& c, const book& all, chaos_counts& counts) {
    for (int i = 0; i < removals; ++i) {
        expect(ip("link delete v0"), "the cable is removed");
        const auto gone = [](Link& link) { return static_cast<bool>(link.error()); };
        const bool seen = talk_until([&] { return gone(c.link_a) && gone(*c.link_b); }, c.a, *c.b);
        counts.removals += seen && c.link_a.state() == interface_state::removed &&
                           c.link_b->state() == interface_state::removed;
        talk_for(std::chrono::milliseconds{i % 8}, c.a, *c.b);
        const bool another = i % 3 == 2;
        counts.addresses += another;
        const std::string address = another ? "02:00:00:00:00:55" : "02:00:00:00:00:02";
        expect(
            ip("link add v0 address 02:00:00:00:00:01 type veth peer name v1 address " + address) &&
                ip("link set v0 up") && ip("link set v1 up"),
            "a new cable is there");
        expect(talk_until(progress{all}, c.a, *c.b),
               "they talk again after removal " + std::to_string(i));
    }
    counts.rebound = c.link_a.statistics().rebound + c.link_b->statistics().rebound;
}

template <class Link>
void change_mtu(couple<Link>& c, const book& all, chaos_counts& counts) {
    constexpr std::array sizes{"700", "9000", "1400", "2000", "500"};
    for (std::size_t i = 0; i < mtu_changes; ++i) {
        const std::string mtu = sizes[i % sizes.size()];
        const auto before = c.link_a.statistics().refused;
        expect(ip("link set v0 mtu " + mtu) && ip("link set v1 mtu " + mtu), "the MTU changes");
        const bool smaller = std::stoi(mtu) < 1'500;
        const auto refuses = [&] { return c.link_a.statistics().refused > before; };
        counts.mtu_changes +=
            smaller ? talk_until(refuses, c.a, *c.b) : talk_until(progress{all}, c.a, *c.b);
        expect(ip("link set v0 mtu 1500") && ip("link set v1 mtu 1500"), "the MTU is back");
        expect(talk_until(progress{all}, c.a, *c.b), "they talk again at MTU 1500");
        expect_equal(c.link_a.properties().max_frame, std::size_t{1'514}, "max_frame");
    }
}

/// A process that is the node at v1 until it is killed, or its parent is.
template <class Link>
pid_t start_peer(book& all, std::uint64_t process) {
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child != 0) return child;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    try {
        Link link{"v1"};
        judged_talk::node<Link> b{link, all, node_id{2}, node_id{1}, first, process};
        talk_for(std::chrono::hours{1}, b);
    } catch (const std::exception& error) {
        std::printf("    the peer says: %s\n", error.what());
    }
    ::_exit(1);
}

/// The acceptor of the connection that is open now is in process `process`, and both ends got some.
bool talks_with(const book& all, std::uint64_t process, std::uint64_t messages) {
    const auto& [opener, acceptor] = all.talk[all.talks].ends;
    return acceptor.process == process && opener.delivered >= messages &&
           acceptor.delivered >= messages;
}

template <class Node>
void kill_peers(Node& a, pid_t (*start)(book&, std::uint64_t), book& all, chaos_counts& counts) {
    entropy dice{1, 2};
    for (std::uint64_t process = 2; process < 2 + kills; ++process) {
        const pid_t peer = start(all, process);
        const std::uint64_t messages = 1 + dice.next16() % 60;
        expect(talk_until([&] { return talks_with(all, process, messages); }, a),
               "they talk, the peer being process " + std::to_string(process));
        ::kill(peer, SIGKILL);
        int status = 0;
        ::waitpid(peer, &status, 0);
        counts.kills += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
        if (process % 4 == 0) talk_for(std::chrono::milliseconds{10}, a);  // with nobody there
    }
}

int open_descriptors() {
    int count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"})
        ++count;
    return count;
}

int interfaces() {
    std::ifstream lines{"/proc/self/net/dev"};
    int count = -2;  // the heading
    for (std::string line; std::getline(lines, line);) ++count;
    return count;
}

template <class Link>
chaos_counts cause_chaos(book& all) {
    chaos_counts counts;
    const private_network::wire wire;
    couple<Link> c{all};
    expect(c.a.good() && c.b->good(), "the nodes are set up");
    expect(talk_until(progress{all}, c.a, *c.b), "they talk");
    flap(c, all, counts);
    remove(c, all, counts);
    change_mtu(c, all, counts);
    c.part();
    counts.refused = c.link_b->statistics().refused;
    c.forget_b();
    c.a.talk(true);
    kill_peers(c.a, start_peer<Link>, all, counts);
    c.replace_b(all, 2 + kills);
    expect(talk_until([&] { return talks_with(all, 2 + kills, 5); }, c.a, *c.b),
           "a peer that nobody kills takes the place of those");
    c.part();
    counts.refused += c.link_a.statistics().refused;
    return counts;
}

template <class Link>
void run(const char* name) {
    deadline = clock_now() + std::chrono::seconds{45};
    const int descriptors = open_descriptors();
    book& all = book::make();
    const chaos_counts counts = cause_chaos<Link>(all);
    const judged_talk::verdict v = judged_talk::judge(all, 2, 1 + kills);
    for (const std::string& complaint : v.complaints) expect(false, complaint);

    expect_equal(counts.flaps, flaps, "falls that were seen");
    expect_equal(counts.removals, removals, "removals that were seen");
    expect_equal(counts.addresses, 3, "new addresses");
    expect_equal(counts.rebound, std::uint64_t{2 * removals}, "interfaces found again");
    expect_equal(counts.mtu_changes, mtu_changes, "changes of the MTU that had an effect");
    expect_equal(counts.kills, kills, "kills");
    expect(counts.refused > 0, "frames were refused");
    expect(v.broken >= kills, "every kill broke a connection: " + std::to_string(v.broken));
    expect(v.in_doubt > 0, "killed peers leave doubts");
    expect(v.clean >= 2, "connections with peers that live end cleanly");
    expect(v.confirmed > 1'000, "much was said: " + std::to_string(v.confirmed));

    expect_equal(open_descriptors(), descriptors, "descriptors left open");
    expect_equal(interfaces(), 1, "interfaces left, and lo");
    expect(::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD, "no process is left");
    std::printf(
        "| %-11s | %d flaps | %d removals | %d MTUs | %d kills | %llu accepted = %llu confirmed + "
        "%llu in doubt + %llu not sent + %llu of the killed | %llu delivered | %u clean, %u broken "
        "| %llu frames refused |\n",
        name, counts.flaps, counts.removals, counts.mtu_changes, counts.kills, ull(v.accepted),
        ull(v.confirmed), ull(v.in_doubt), ull(v.not_sent), ull(v.untold), ull(v.delivered),
        v.clean, v.broken, ull(counts.refused));
}

}  // namespace
}  // namespace rrdp::packet_kit

int main() {
    using namespace rrdp::packet_kit;
    return with_network([] {
        run<packet>("packet");
        run<packet_ring>("packet_ring");
    });
}
