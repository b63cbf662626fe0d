// SPDX-License-Identifier: Apache-2.0
// What guides say in code, and that it does what they say.
#include <string>

#include <rrdp/adapters/loopback.hpp>
#include <rrdp/adapters/packet_options.hpp>
#include <rrdp/adapters/simulated.hpp>
#include <rrdp/rrdp.hpp>

#include "support/catch.hpp"

namespace documents {
namespace {

using namespace std::chrono_literals;
using rrdp::errc;

//-- begin snippet observer
struct watching : rrdp::null_observer {
    void on_drop(rrdp::instant, rrdp::drop_reason why) noexcept {
        last = rrdp::name(why);
        ++count;
    }
    const char* last = "none";
    int count = 0;
};
struct watched : rrdp::default_policy {
    using observer = watching;
};
//-- end snippet

/// Two nodes on a wire in memory; `b` knows nobody unless it is told.
struct two_nodes {
    explicit two_nodes(const rrdp::capacities& room = {})
        : a{room, {.node = rrdp::node_id{1}, .address = at_a}, rrdp::entropy{1, 2}},
          b{room, {.node = rrdp::node_id{2}, .address = at_b}, rrdp::entropy{3, 4}} {
        REQUIRE(a.add_node(rrdp::node_id{2}, at_b) == errc::ok);
        REQUIRE(b.listen(7) == errc::ok);
    }
    /// Both engines for `turns` turns of 10 us; what the events of `a` said last.
    std::optional<rrdp::event> run(int turns) {
        std::optional<rrdp::event> last;
        for (; turns > 0; --turns, now += 10us) {
            rrdp::pump(a, wire.a, now);
            rrdp::pump(b, wire.b, now);
            while (const auto event = a.poll_event()) last = event;
            while (b.poll_event()) {}
        }
        return last;
    }

    rrdp::adapters::loopback wire;
    rrdp::wire::mac_address at_a = wire.a.properties().address;
    rrdp::wire::mac_address at_b = wire.b.properties().address;
    rrdp::endpoint<> a;
    rrdp::endpoint<watched> b;
    rrdp::instant now{};
};

TEST_CASE("documents: options that begin with a profile are taken", "[scenario][R-18.1]") {
    //-- begin snippet tune
    rrdp::options patient = rrdp::profiles::lan;  // begin with a profile, then say what differs
    patient.give_up = 20s;
    patient.keepalive = 5s;
    patient.max_outstanding = 32;
    patient.receive_slots = 96;
    rrdp::capacities memory;
    memory.connections = 16;
    memory.segments = 512;
    //-- end snippet
    two_nodes pair{memory};
    REQUIRE(pair.a.status() == errc::ok);
    REQUIRE(pair.b.add_node(rrdp::node_id{1}, pair.at_a) == errc::ok);
    const auto id = pair.a.connect(pair.now, {.node = rrdp::node_id{2}, .port = 7}, patient);
    REQUIRE(id);
    const auto told = pair.run(10);
    REQUIRE(told);
    CHECK(told->kind == rrdp::event_kind::connected);
    CHECK(rrdp::endpoint<>::memory_required(memory) <
          rrdp::endpoint<>::memory_required(rrdp::capacities{}));
    patient.receive_slots = 63;  // below twice max_outstanding
    CHECK(pair.a.connect(pair.now, {.node = rrdp::node_id{2}, .port = 7}, patient).error() ==
          errc::bad_option);
}

TEST_CASE("documents: an observer hears why nothing arrives", "[scenario][R-19.2][R-17.5]") {
    two_nodes pair;  // `b` was not told of `a`
    REQUIRE(pair.a.connect(pair.now, {.node = rrdp::node_id{2}, .port = 7}));
    CHECK_FALSE(pair.run(10));
    CHECK(std::string{pair.b.observer().last} == "unknown_node");
    CHECK(pair.b.observer().count == 1);
    CHECK(pair.b.stats().dropped(rrdp::drop_reason::unknown_node) == 1);
}

TEST_CASE("documents: one of several processes of a node", "[scenario][R-7.8]") {
    rrdp::node_options<rrdp::wire::ethernet_framing> node{.node = rrdp::node_id{1},
                                                          .address = {{2, 0, 0, 0, 0, 1}}};
    rrdp::adapters::packet_options link_options;
    constexpr std::uint32_t of_this_host = 0x1234;
    //-- begin snippet processes
    node.unknown_ports = rrdp::unknown_port_policy::ignore;
    node.owned_ports.push_back({7'000, 7'999});  // no other process has these
    node.ephemeral = {7'500, 7'999};             // connect() takes its own port from here
    node.boot_id = of_this_host;                 // the same in all of them; 0: none is told
    link_options.first_port = 7'000;             // frames for others end in the kernel
    link_options.last_port = 7'999;
    //-- end snippet
    CHECK(check(node) == errc::ok);
    CHECK(node.owns(7'007));
    CHECK_FALSE(node.owns(8'000));
}

TEST_CASE("documents: what a connection says of itself", "[scenario][R-19.2]") {
    two_nodes pair;
    REQUIRE(pair.b.add_node(rrdp::node_id{1}, pair.at_a) == errc::ok);
    const auto made = pair.a.connect(pair.now, {.node = rrdp::node_id{2}, .port = 7});
    REQUIRE(made);
    REQUIRE(pair.run(10));
    const std::array<std::byte, 100> message{};
    const rrdp::endpoint<>& engine = pair.a;
    const rrdp::connection_id id = *made;
    for (int i = 0; i < 10; ++i) REQUIRE(pair.a.send(pair.now, id, message));
    pair.run(200);
    //-- begin snippet measure
    const rrdp::statistics& all = engine.stats();
    const auto one = engine.info(id);  // nothing, when the id is stale
    std::string report;
    if (one)
        report = "srtt " + std::to_string(one->srtt.count()) + " ns, under way " +
                 std::to_string(one->outstanding) + " of " + std::to_string(one->cwnd) +
                 ", frames for a message " +
                 std::to_string(static_cast<double>(all.frames_out) /
                                static_cast<double>(all.messages_sent.total()));
    //-- end snippet
    INFO(report);
    REQUIRE(one);
    CHECK(one->srtt > rrdp::duration::zero());
    CHECK(one->outstanding == 0);
    CHECK(all.messages_sent.total() == 10);
    CHECK(all.frames_out < 10);  // small messages share frames
}

//-- begin snippet program
/// A program that adds up what others send. It knows an engine and the time: no link, no clock.
class adder {
public:
    void turn(rrdp::endpoint<>& engine, rrdp::instant now) {
        while (const auto event = engine.poll_event())
            while (const auto message = engine.receive(event->connection)) {
                sum += rrdp::load_be32(message->bytes(), 0);
                std::array<std::byte, 4> answer{};
                rrdp::store_be32(answer, 0, sum);
                if (!engine.send(now, event->connection, answer)) ++unanswered;
            }
    }
    std::uint32_t sum = 0;
    int unanswered = 0;
};
//-- end snippet

/// What an adder was told by seed `seed`: 1 to 100 in bad weather; what was lost on the way.
//-- begin snippet seed
std::uint64_t weather(std::uint64_t seed, adder& program) {
    rrdp::adapters::simulated wire{
        seed, {.faults = {.loss = 0.2, .duplicate = 0.1, .reorder = 0.1}, .delay = 50us}};
    const auto at_a = wire.a.properties().address, at_b = wire.b.properties().address;
    rrdp::endpoint<> a{{}, {.node = rrdp::node_id{1}, .address = at_a}, rrdp::entropy{seed, 0}};
    rrdp::endpoint<> b{{}, {.node = rrdp::node_id{2}, .address = at_b}, rrdp::entropy{seed, 1}};
    if (a.add_node(rrdp::node_id{2}, at_b) != errc::ok ||
        b.add_node(rrdp::node_id{1}, at_a) != errc::ok || b.listen(7) != errc::ok)
        return 0;
    const auto id = a.connect(wire.time(), {.node = rrdp::node_id{2}, .port = 7});
    std::uint32_t next = 1;
    for (int turn = 0; turn < 100'000 && program.sum != 5'050; ++turn) {
        rrdp::pump(a, wire.a, wire.time());
        rrdp::pump(b, wire.b, wire.time());
        program.turn(b, wire.time());  // the same call as over a real link
        while (a.poll_event()) {}
        std::array<std::byte, 4> number{};
        rrdp::store_be32(number, 0, next);
        if (next <= 100 && id && a.send(wire.time(), *id, number)) ++next;
        while (id && a.receive(*id)) {}
        wire.advance(a.next_timeout(), b.next_timeout(), std::optional{wire.time() + 100us});
    }
    return wire.statistics(rrdp::adapters::direction::a_to_b).lost;
}
//-- end snippet

TEST_CASE("documents: a program of one's own on a bad wire", "[scenario][R-17.5]") {
    std::uint64_t lost = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        adder program;
        lost += weather(seed, program);
        CHECK(program.sum == 5'050);  // 1 + 2 + ... + 100: each once
        CHECK(program.unanswered == 0);
    }
    CHECK(lost > 100);
}

}  // namespace
}  // namespace documents
