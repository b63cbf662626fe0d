// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstring>
#include <memory>
#include <string_view>

#include <rrdp/adapters/open_link.hpp>
#include <rrdp/interop/poll_wait.hpp>
#include <rrdp/rrdp.hpp>

#include "adapters/packet_kit.hpp"

// Every link that carries Ethernet frames talks to every other, over one veth pair, at a usual and
// at a jumbo MTU. One line is printed for each cell of the table. Exits with 77 where there may be
// no network of its own.

namespace rrdp {
namespace {

using packet_kit::expect;
using packet_kit::failures;

constexpr std::uint64_t messages = 300;

instant clock_now() {
    return to_instant(std::chrono::steady_clock::now());
}

/// A link that remembers the shortest and the longest frame that came.
class measured {
public:
    using rx_frame = any_link::rx_frame;
    using tx_lease = any_link::tx_lease;

    explicit measured(any_link& below) : link_{&below} {}

    [[nodiscard]] link_properties properties() const noexcept { return link_->properties(); }
    [[nodiscard]] std::optional<rx_frame> receive() noexcept {
        auto frame = link_->receive();
        if (!frame) return frame;
        shortest_ = std::min(shortest_, frame->bytes().size());
        longest_ = std::max(longest_, frame->bytes().size());
        return frame;
    }
    [[nodiscard]] std::optional<tx_lease> lease(std::size_t size) noexcept {
        return link_->lease(size);
    }
    bool flush() noexcept { return link_->flush(); }
    void set_time(instant now) noexcept { link_->set_time(now); }
    [[nodiscard]] std::size_t queued() const noexcept { return link_->queued(); }
    [[nodiscard]] int native_handle() const noexcept { return link_->native_handle(); }

    [[nodiscard]] std::size_t shortest() const noexcept { return shortest_; }
    [[nodiscard]] std::size_t longest() const noexcept { return longest_; }

private:
    any_link* link_;
    std::size_t shortest_ = SIZE_MAX;
    std::size_t longest_ = 0;
};
static_assert(link<measured> && flushable_link<measured> && pollable_link<measured>);

/// How long message `index` is: short ones around the padding of Ethernet, those around the longest
/// that fits one segment, some in several segments, the longest of all, and any.
std::size_t size_of(std::uint64_t index, std::size_t mtu) {
    const std::array special{
        std::size_t{1},   std::size_t{2},     std::size_t{31}, std::size_t{32},
        std::size_t{33},  std::size_t{46},    std::size_t{47}, std::size_t{255},
        std::size_t{256}, std::size_t{1'001}, mtu / 2,         mtu,
        mtu + 1,          3 * mtu + 7};
    if (index == messages / 2) return 65'536;
    if (index < special.size()) return special[index];
    if (index < special.size() + 40) return mtu - (index - special.size());
    entropy dice{index, mtu};
    return 1 + dice.next32() % (mtu - 50);
}

void write_message(std::vector<std::byte>& message, node_id from, std::uint64_t index,
                   std::size_t mtu) {
    message.resize(size_of(index, mtu));
    entropy dice{index * 0x9e37'79b9ULL, static_cast<std::uint64_t>(from)};
    for (std::size_t at = 0; at < message.size(); at += 8) {
        const std::uint64_t word = dice.next64();
        std::memcpy(&message[at], &word, std::min<std::size_t>(8, message.size() - at));
    }
}

/// One of two nodes: it sends its messages, checks those of the other, and closes.
class node {
public:
    node(any_link& link, node_id own, node_id other, const wire::mac_address& where,
         std::size_t mtu)
        : link_{link},
          own_{own},
          other_{other},
          mtu_{mtu},
          engine_{{.connections = 4,
                   .rings = 4,
                   .segments = 1'024,
                   .segment_max = static_cast<std::uint32_t>(mtu - 14),
                   .nodes = 4,
                   .listeners = 2},
                  {.node = own,
                   .address = link.properties().address,
                   .mtu = static_cast<std::uint16_t>(mtu),
                   .boot_id = 7},
                  entropy{static_cast<std::uint64_t>(own), mtu}} {
        expect(engine_.add_node(other, where) == errc::ok, "the other node is known");
        write_message(ready_, own_, 0, mtu_);
    }

    void listen() { expect(engine_.listen(port) == errc::ok, "a port is listened on"); }
    void connect() {
        expect(engine_.connect(clock_now(), {.node = other_, .port = port}).has_value(),
               "a connection is opened");
    }

    /// One turn; whether anything moved.
    bool turn() {
        const instant now = clock_now();
        const auto result = pump(engine_, link_, now);
        while (const auto told = engine_.poll_event()) hear(*told);
        if (open_) talk(now);
        next_ = engine_.wants_transmit(now) ? now : result.next_timeout.value_or(never);
        return result.received + result.sent > 0;
    }

    [[nodiscard]] pollfd waits() const { return {link_.native_handle(), POLLIN, 0}; }
    /// Milliseconds that may be slept now, at most one.
    [[nodiscard]] int rest() const { return std::clamp(poll_wait(clock_now(), next_), 0, 1); }
    [[nodiscard]] bool is_over() const { return end_.has_value(); }

    /// What was promised and not kept; nothing when all was.
    [[nodiscard]] std::string complaint() const {
        const std::string who = "node " + std::to_string(static_cast<int>(own_)) + ": ";
        if (wrong_ != 0) return who + std::to_string(wrong_) + " messages are wrong";
        if (received_ != messages)
            return who + std::to_string(received_) + " messages came, and " +
                   std::to_string(accepted_) + " were sent";
        if (!end_) return who + "the connection is not closed";
        if (*end_ != end_reason::clean) return who + "the end is " + name(*end_);
        if (ledger_.confirmed != messages) return who + "not all is confirmed";
        if (link_.longest() != mtu_ + 14)
            return who + "the longest frame had " + std::to_string(link_.longest()) + " octets";
        if (link_.shortest() > 60)
            return who + "the shortest frame had " + std::to_string(link_.shortest()) + " octets";
        return {};
    }

private:
    static constexpr std::uint16_t port = 7;
    static constexpr instant never{duration::max()};

    void hear(const event& told) {
        if (told.kind == event_kind::connected || told.kind == event_kind::accepted) {
            id_ = told.connection;
            open_ = true;
        }
        if (told.kind != event_kind::closed) return;
        open_ = false;
        end_ = told.reason;
        ledger_ = told.ledger;
    }

    void talk(instant now) {
        while (const auto message = engine_.receive(id_)) {
            write_message(scratch_, other_, received_++, mtu_);
            got_.resize(message->size());
            message->copy_to(octets{got_});
            wrong_ += got_ != scratch_;
        }
        while (accepted_ < messages && send(now)) write_message(ready_, own_, ++accepted_, mtu_);
        if (accepted_ < messages || received_ < messages || closing_) return;
        closing_ = true;
        expect(engine_.close(now, id_) == errc::ok, "it can be closed");
    }

    /// Every second message that fits one segment is written in place.
    bool send(instant now) {
        if (accepted_ % 2 == 0) {
            auto draft = engine_.compose(id_, ready_.size());
            if (draft) {
                copy_octets(ready_, draft->bytes());
                return engine_.send(now, std::move(*draft)).has_value();
            }
            if (draft.error() != errc::message_too_long) return false;
        }
        return engine_.send(now, id_, octets_view{ready_}).has_value();
    }

    measured link_;
    node_id own_;
    node_id other_;
    std::size_t mtu_;
    endpoint<> engine_;
    instant next_{};
    connection_id id_{};
    bool open_ = false;
    bool closing_ = false;
    std::uint64_t accepted_ = 0;
    std::uint64_t received_ = 0;
    std::uint64_t wrong_ = 0;
    std::optional<end_reason> end_;
    send_ledger ledger_{};
    std::vector<std::byte> ready_;  ///< the next message that is sent
    std::vector<std::byte> scratch_;
    std::vector<std::byte> got_;
};

/// Why the kind of link cannot be had here; nothing when it can. What is none of the reasons that
/// an environment may have is a failure.
std::string obstacle(const std::string& kind) {
    try {
        adapters::opened_link{kind + ":v0"};
        return {};
    } catch (const std::system_error& error) {
        constexpr std::array lawful{EPERM, EACCES, EOPNOTSUPP, EAFNOSUPPORT};
        const bool may_be = std::ranges::find(lawful, error.code().value()) != lawful.end();
        expect(may_be, kind + " cannot be opened: " + error.what());
        return error.what();
    }
}

/// Lets a link of each kind talk to the other; what went wrong, or nothing.
std::string talk(const std::string& one, const std::string& other, std::size_t mtu) try {
    adapters::opened_link near{one + ":v0"};
    adapters::opened_link far{other + ":v1"};
    node a{near.link(), node_id{1}, node_id{2}, far.link().properties().address, mtu};
    node b{far.link(), node_id{2}, node_id{1}, near.link().properties().address, mtu};
    b.listen();
    a.connect();
    const instant limit = clock_now() + std::chrono::seconds{60};
    while (!(a.is_over() && b.is_over()) && clock_now() < limit) {
        const bool moved = a.turn();
        if (b.turn() || moved) continue;
        std::array ready{a.waits(), b.waits()};
        ::poll(ready.data(), ready.size(), std::min(a.rest(), b.rest()));
    }
    const std::string trouble = a.complaint();
    return trouble.empty() ? b.complaint() : trouble;
} catch (const std::system_error& error) {
    return error.what();
}

void print(std::size_t mtu, const std::string& one, const std::string& other,
           const std::string& what) {
    std::printf("MTU %zu  %-12s %-12s %s\n", mtu, one.c_str(), other.c_str(), what.c_str());
    std::fflush(stdout);
}

struct kind {
    std::string name;
    std::string obstacle;
};

void cell(std::size_t mtu, const kind& one, const kind& other) {
    const std::string& obstacle = one.obstacle.empty() ? other.obstacle : one.obstacle;
    if (!obstacle.empty()) return print(mtu, one.name, other.name, "skipped: " + obstacle);
    const std::string trouble = talk(one.name, other.name, mtu);
    failures += !trouble.empty();
    print(mtu, one.name, other.name, trouble.empty() ? "ok" : "BROKEN: " + trouble);
}

void table(std::size_t mtu) {
    const private_network::wire wire{static_cast<int>(mtu)};
    if (!wire.good()) return expect(false, "there is a wire");
    std::vector<kind> kinds;
    for (const char* name : {"packet", "packet-ring", "xdp", "pcap"})
        kinds.push_back({name, obstacle(name)});
    // Its library runs threads of its own, and wants to be linked.
    kinds.push_back({"dpdk", "dpdk_optional.cpp tries it, against packet at MTU 1500"});
    for (const kind& one : kinds)
        for (const kind& other : kinds) cell(mtu, one, other);
    expect(kinds.front().obstacle.empty(), "AF_PACKET is there where a network can be made");
}

void run() {
    std::printf("%d messages each way, of 1 to 65536 octets\n", static_cast<int>(messages));
    table(1'500);
    table(9'000);
}

}  // namespace
}  // namespace rrdp

int main() {
    return rrdp::packet_kit::with_network(rrdp::run);
}
