// SPDX-License-Identifier: Apache-2.0
// What becomes of claims, doubts and departures when more than one of them happens.
#include "support/catch.hpp"
#include "support/network.hpp"

namespace script {
namespace {

using rrdp::drop_reason;
using rrdp::errc;
using rrdp::node_id;
using rrdp::node_state;
using rrdp::nr_role;
using rrdp::wire::resolution_group;
using op = rrdp::wire::resolution_op;

constexpr rrdp::options plain = only_fin;

bool says(const std::string& all, const char* what) {
    return all.find(what) != std::string::npos;
}
std::size_t times(const std::string& all, const std::string& what) {
    std::size_t found = 0;
    for (auto at = all.find(what); at != std::string::npos; at = all.find(what, at + 1)) ++found;
    return found;
}

/// Two machines that have found each other, and a connection between them.
struct couple : network {
    machine& a;
    machine& b;
    couple() : a{add(1, 1)}, b{add(2, 2)} {
        REQUIRE(run(2s));
        REQUIRE(b.engine().listen(7, plain) == errc::ok);
        REQUIRE(a.connect(now, 2, plain) == errc::ok);
        REQUIRE(settle());
        REQUIRE(a.told() == "node_up 2, connected");
        REQUIRE(b.told() == "node_up 1, accepted");
        heard.clear();
    }
    /// Somebody at `from` says to be node 2 of boot id `boot`.
    void claim(std::uint8_t from, std::uint32_t boot, std::uint16_t mtu = 1'500) {
        forge(station(from), resolution_group,
              {.op = op::hello, .sender_node = 2, .boot_id = boot, .sender_mtu = mtu});
    }
    void leave_2(std::uint8_t from) {
        forge(station(from), resolution_group,
              {.op = op::bye, .sender_node = 2, .boot_id = b.engine().boot_id()});
    }
    mac where_2_is() { return a.engine().node(node_id{2})->address; }
    /// A segment of the connection comes from `from`, with `spoilt` in the checksum.
    void segment(std::uint8_t from, std::uint16_t port, bool spoilt = false) {
        std::array<std::byte, 60> frame{};
        const rrdp::testing::segments old{.source_port = port,
                                          .destination_port = b.engine().info(b.id)->remote.port};
        rrdp::wire::ethernet_framing{}.write_header(frame, station(1), station(from));
        const auto payload = old.ack(1, 1);
        for (std::size_t i = 0; i < payload.size(); ++i) frame[14 + i] = payload[i];
        if (spoilt) frame[14 + 10] ^= std::byte{1};
        carry(nullptr, frame);
    }
};

TEST_CASE("neighbours: a claim lapses when its address has become another node's meanwhile",
          "[scenario][R-15.9]") {
    couple n;
    n.b.plugged_in = false;
    n.claim(8, 0xbad);
    REQUIRE(n.run(100ms));
    n.forge(station(8), resolution_group,
            {.op = op::hello, .sender_node = 5, .boot_id = 0xbad, .sender_mtu = 1'500});
    CHECK(n.a.knows(5) == node_state::reachable);
    REQUIRE(n.run(400ms));
    CHECK(n.where_2_is() == station(2));
    CHECK(n.a.engine().node(node_id{5})->address == station(8));
    n.claim(9, 0xbad2);  // and the next one is heard
    REQUIRE(n.run(400ms));
    CHECK(n.where_2_is() == station(9));
}

TEST_CASE("neighbours: a node that moves by itself has no claimant any more",
          "[scenario][R-15.9]") {
    couple n;
    n.b.plugged_in = false;
    n.claim(8, 0xbad);
    REQUIRE(n.run(10ms));
    n.claim(9, n.b.engine().boot_id());
    CHECK(n.where_2_is() == station(9));
    n.claim(9, n.b.engine().boot_id());
    CHECK(n.a.told().empty());
    REQUIRE(n.run(1s));
    CHECK(n.where_2_is() == station(9));
    CHECK(n.count(op::conflict, station(1)) == 0);
    n.claim(8, 0xbad);
    REQUIRE(n.run(1s));
    CHECK(n.where_2_is() == station(8));
}

TEST_CASE("neighbours: who leaves takes back its doubts about others", "[scenario][R-15.9]") {
    couple n;
    n.b.plugged_in = false;
    n.claim(8, 0xbad);
    CHECK(n.a.engine().node(node_id{2})->claimed);
    n.a.engine().leave(n.now);
    CHECK_FALSE(n.a.engine().node(node_id{2})->claimed);
}

TEST_CASE("neighbours: answers that find no place to wait for their turn are counted",
          "[scenario][R-15.6][R-19.1]") {
    couple n;
    const auto ask = [&] {
        n.forge(station(2), station(1),
                {.op = op::hello,
                 .sender_node = 2,
                 .target_node = 1,
                 .boot_id = n.b.engine().boot_id(),
                 .sender_mtu = 1'500});
    };
    for (int i = 0; i < 16; ++i) ask();
    CHECK(n.a.engine().stats().resolution_crowded_out == 0);
    for (int i = 0; i < 5; ++i) ask();
    CHECK(n.a.engine().stats().resolution_crowded_out == 5);
    REQUIRE(n.settle());
    CHECK(n.count(op::hello_reply, station(1)) == 16);
    ask();
    CHECK(n.a.engine().stats().resolution_crowded_out == 5);
}

TEST_CASE("neighbours: a host that has another number now is at its old one no more",
          "[scenario][R-15.10]") {
    couple n;
    n.forge(station(2), resolution_group,
            {.op = op::hello, .sender_node = 5, .boot_id = 0xbad, .sender_mtu = 1'500});
    CHECK(n.a.knows(5) == node_state::reachable);
    CHECK(n.a.engine().node(node_id{5})->address == station(2));
    CHECK_FALSE(n.a.engine().node(node_id{2})->addressed);
    n.forge(station(3), resolution_group,
            {.op = op::hello, .sender_node = 2, .boot_id = 0xbad, .sender_mtu = 1'500});
    CHECK(n.where_2_is() == station(3));
    CHECK(n.a.engine().node(node_id{5})->address == station(2));
}

TEST_CASE("neighbours: a doubt that is over wakes nobody", "[scenario][R-15.9][R-17.3]") {
    network n;
    machine& a = n.add(1, 1);
    n.add(2, 2);
    REQUIRE(n.run(20s));
    const auto before = a.engine().next_timeout();
    REQUIRE(before > n.now + 1s);  // the next HELLO to all
    n.forge(station(8), resolution_group,
            {.op = op::hello, .sender_node = 2, .boot_id = 0xbad, .sender_mtu = 1'500});
    CHECK(a.engine().next_timeout() < n.now + 1s);
    REQUIRE(n.settle());  // the one that is there answers
    CHECK_FALSE(a.engine().node(node_id{2})->claimed);
    CHECK(a.engine().next_timeout() == before);
}

TEST_CASE("neighbours: an MTU of 64 is one, a smaller one is none", "[scenario][R-15.6][R-2.10]") {
    couple n;
    const auto appears = [&](std::uint16_t mtu) {
        n.forge(station(5), resolution_group,
                {.op = op::hello, .sender_node = 5, .boot_id = 7, .sender_mtu = mtu});
        return n.a.engine().node(node_id{5})->mtu;
    };
    CHECK(appears(64) == 64);
    CHECK(appears(63) == 0);
    n.b.plugged_in = false;
    n.claim(8, 0xbad, 64);
    REQUIRE(n.run(400ms));
    CHECK(n.where_2_is() == station(8));
    CHECK(n.a.engine().node(node_id{2})->mtu == 64);
}

TEST_CASE("neighbours: a claimant that says nothing of its MTU has none", "[scenario][R-15.9]") {
    couple n;
    n.b.plugged_in = false;
    n.claim(8, 0xbad, 63);
    REQUIRE(n.run(400ms));
    CHECK(n.where_2_is() == station(8));
    CHECK(n.a.engine().node(node_id{2})->mtu == 0);
}

TEST_CASE("neighbours: one that has left may come back as another at once, elsewhere",
          "[scenario][R-15.9][R-15.10]") {
    couple n;
    n.b.plugged_in = false;
    n.leave_2(2);
    CHECK(says(n.a.told(), "node_down 2"));
    n.leave_2(2);
    CHECK(n.a.told().empty());
    n.claim(8, 0xbad);
    CHECK(n.where_2_is() == station(8));
    CHECK(says(n.a.told(), "node_up 2"));
}

TEST_CASE("neighbours: one that is being looked for again may leave, too",
          "[scenario][R-15.6][R-15.10]") {
    couple n;
    n.b.plugged_in = false;
    REQUIRE(n.run(200s));
    static_cast<void>(n.a.told());
    REQUIRE(n.a.connect(n.now, 2, plain) == errc::ok);
    CHECK(n.a.knows(2) == node_state::stale);
    n.leave_2(2);
    CHECK(n.a.knows(2) == node_state::dead);
    CHECK(says(n.a.told(), "node_down 2"));
}

TEST_CASE("neighbours: who is looked for already is not looked for twice", "[scenario][R-15.6]") {
    network n;
    machine& a = n.add(1, 1);
    REQUIRE(n.run(5s));
    n.heard.clear();
    REQUIRE(a.connect(n.now, 9, plain) == errc::ok);
    REQUIRE(n.run(20ms));
    REQUIRE(a.connect(n.now, 9, plain) == errc::ok);
    REQUIRE(n.run(1s));
    std::size_t asked = 0;
    for (const spoken& s : n.heard) asked += s.said.op == op::hello && s.said.target_node == 9;
    CHECK(asked == 4);
    CHECK(times(a.told(), "host_unreachable") == 2);
}

TEST_CASE("neighbours: of two processes at one address only the active one speaks for the number",
          "[scenario][R-15.12]") {
    network n;
    machine& one = n.add(1, 1);
    machine& two = n.add(1, 1, nr_role::passive);
    n.add(2, 2);
    one.boot = two.boot = 4'711;
    one.start(1);
    two.start(2);
    REQUIRE(n.run(3s));
    static_cast<void>(one.told());
    static_cast<void>(two.told());
    n.heard.clear();
    SECTION("to another that uses it") {
        n.forge(station(7), resolution_group,
                {.op = op::hello, .sender_node = 1, .boot_id = 5, .sender_mtu = 1'500});
        REQUIRE(n.settle());
        CHECK(says(one.told(), "duplicate_node"));
        CHECK(says(two.told(), "duplicate_node"));
    }
    SECTION("to another that wants it") {
        n.forge(station(7), resolution_group,
                {.op = op::probe, .target_node = 1, .boot_id = 5, .sender_mtu = 1'500});
        REQUIRE(n.settle());
    }
    SECTION("to the claimant of a node that answers") {
        n.forge(station(7), resolution_group,
                {.op = op::hello, .sender_node = 2, .boot_id = 5, .sender_mtu = 1'500});
        REQUIRE(n.settle());
        CHECK(says(one.told(), "duplicate_node 2"));
        CHECK(says(two.told(), "duplicate_node 2"));
    }
    CHECK(n.count(op::conflict, station(1)) == 1);
}

TEST_CASE("neighbours: an entry made by hand goes with the BYE of its node, whose boot nobody knew",
          "[scenario][R-15.10]") {
    network n;
    machine& a = n.add(1, 1);
    REQUIRE(a.engine().add_node(node_id{2}, station(2)) == errc::ok);
    REQUIRE(n.run(2s));
    n.forge(station(2), resolution_group, {.op = op::bye, .sender_node = 2, .boot_id = 5});
    CHECK(a.knows(2) == node_state::dead);
    CHECK(a.told() == "node_down 2");
}

TEST_CASE("neighbours: a node that is only in the table hears of a restart by its connections",
          "[scenario][R-15.9][R-7.20]") {
    network n;
    machine& a = n.add(1, 1);
    machine& b = n.add(2, 2, nr_role::off);
    REQUIRE(a.engine().add_node(node_id{2}, station(2)) == errc::ok);
    REQUIRE(b.engine().add_node(node_id{1}, station(1)) == errc::ok);
    REQUIRE(n.run(2s));
    REQUIRE(b.engine().listen(7, plain) == errc::ok);
    REQUIRE(a.connect(n.now, 2, plain) == errc::ok);
    REQUIRE(n.settle());
    REQUIRE(a.told() == "connected");
    n.forge(station(2), resolution_group,
            {.op = op::hello, .sender_node = 2, .boot_id = b.engine().boot_id()});
    CHECK(a.told().empty());
    n.forge(station(2), resolution_group,
            {.op = op::hello, .sender_node = 2, .boot_id = b.engine().boot_id() + 1});
    REQUIRE(n.run(20ms));
    CHECK(says(a.told(), "closed peer_restarted"));
}

TEST_CASE("neighbours: a full table is cleared of the silent once, and of each once",
          "[scenario][R-15.3][R-19.5]") {
    network n;
    machine& a = n.add(1, 1);
    REQUIRE(n.run(2s));
    const auto meet = [&](std::uint8_t who) {
        n.forge(station(who), resolution_group,
                {.op = op::hello, .sender_node = who, .boot_id = 5, .sender_mtu = 1'500});
        REQUIRE(n.settle());
    };
    const auto kept_out = [&] { return a.engine().stats().dropped(drop_reason::nr_table_full); };
    for (std::uint8_t who = 10; who < 16; ++who) meet(who);
    REQUIRE(n.run(181s));
    meet(50);
    REQUIRE(n.run(2s));
    meet(50);
    CHECK(kept_out() == 2);  // the application has not heard of the departed yet
    const auto told = a.told();
    CHECK(times(told, "node_down") == 6);
    meet(50);
    CHECK(kept_out() == 2);
    CHECK(a.knows(50) == node_state::reachable);
    CHECK(a.told() == "node_up 50");
}

TEST_CASE("neighbours: two nodes may use the same ports, and their messages never meet",
          "[scenario][R-1.5]") {
    network n;
    machine& a = n.add(1, 1);
    machine& b = n.add(2, 2);
    machine& c = n.add(3, 3);
    REQUIRE(n.run(2s));
    REQUIRE(a.engine().listen(7, plain) == errc::ok);
    for (machine* m : {&b, &c}) {
        const auto made = m->engine().connect(n.now, {node_id{1}, 7, 5'001}, plain);
        REQUIRE(made);
        m->id = *made;
    }
    REQUIRE(n.settle());
    std::vector<std::pair<rrdp::connection_id, std::string>> taken;
    while (const auto e = a.engine().poll_event())
        if (e->kind == rrdp::event_kind::accepted)
            taken.emplace_back(e->connection,
                               std::to_string(static_cast<unsigned>(e->remote.node)) + ':');
    REQUIRE(taken.size() == 2);
    const auto read = [&] {
        while (a.engine().poll_event()) {}
        for (auto& [id, text] : taken)
            while (const auto m = a.engine().receive(id))
                for (const std::byte octet : m->bytes()) text += static_cast<char>(octet);
    };
    for (int i = 0; i < 6; ++i) {
        REQUIRE(b.send(n.now, "b") == errc::ok);
        REQUIRE(n.settle());
        REQUIRE(c.send(n.now, "c") == errc::ok);
        REQUIRE(n.settle());
        read();
    }
    std::vector<std::string> all;
    for (const auto& [id, text] : taken) all.push_back(text);
    std::sort(all.begin(), all.end());
    CHECK(all == std::vector<std::string>{"2:bbbbbb", "3:cccccc"});
}

TEST_CASE("neighbours: a HELLO to everybody is one to the group, and one from a group is none",
          "[scenario][R-15.2]") {
    couple n;
    const mac all{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
    n.forge(station(3), all, {.op = op::hello, .sender_node = 3, .boot_id = 1});
    CHECK(n.a.knows(3) == node_state::reachable);
    const auto before = n.a.engine().stats().dropped(drop_reason::bad_source);
    n.forge({{3, 0, 0, 0, 0, 4}}, all, {.op = op::hello, .sender_node = 4, .boot_id = 1});
    CHECK(n.a.engine().stats().dropped(drop_reason::bad_source) == before + 1);
    CHECK_FALSE(n.a.engine().node(node_id{4}));
}

TEST_CASE("neighbours: what comes from where a node was is its own only if it is of a connection",
          "[scenario][R-2.18]") {
    couple n;
    n.claim(8, n.b.engine().boot_id());
    REQUIRE(n.where_2_is() == station(8));
    const auto dropped = [&](drop_reason why) { return n.a.engine().stats().dropped(why); };
    n.segment(2, 7);
    CHECK(dropped(drop_reason::wrong_source) == 1);
    n.segment(2, 7, true);
    CHECK(dropped(drop_reason::bad_checksum) == 1);
    n.segment(2, 8);
    CHECK(dropped(drop_reason::unknown_node) == 1);
    static_cast<void>(n.a.engine().abort(n.now, n.a.id));
    REQUIRE(n.a.told() == "closed aborted 0/0/0");
    n.segment(2, 7);
    CHECK(dropped(drop_reason::unknown_node) == 2);
    CHECK(dropped(drop_reason::wrong_source) == 1);
}

TEST_CASE("neighbours: what waits for the number is no reason to send, what answers for it is",
          "[scenario][R-15.4][R-17.3]") {
    network n;
    machine& a = n.add(1, 1);
    REQUIRE(a.engine().add_node(node_id{2}, station(2)) == errc::ok);
    REQUIRE(a.connect(n.now, 2, plain) == errc::ok);
    REQUIRE(n.run(10ms));
    CHECK_FALSE(a.engine().wants_transmit(n.now));
    REQUIRE(n.run(2s));
    n.forge(station(7), resolution_group,
            {.op = op::probe, .target_node = 1, .boot_id = 5, .sender_mtu = 1'500});
    CHECK(a.engine().wants_transmit(n.now));
    std::array<std::byte, 1'000> little{};
    CHECK_FALSE(a.engine().poll_transmit(n.now, little));
    CHECK(a.engine().wants_transmit(n.now));
}

TEST_CASE("neighbours: an engine that was refused has nothing to leave", "[scenario][R-17.6]") {
    network n;
    machine& a = n.add(0, 1);
    REQUIRE(a.engine().status() != errc::ok);
    static_cast<void>(a.engine().leave(n.now));
    CHECK_FALSE(a.engine().wants_transmit(n.now));
    CHECK(a.told().empty());
}

}  // namespace
}  // namespace script
