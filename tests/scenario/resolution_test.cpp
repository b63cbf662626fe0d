// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/network.hpp"

/// Section 15: several machines find each other, restart, move, claim each other's numbers, leave.
namespace script {
namespace {

using rrdp::drop_reason;
using rrdp::errc;
using rrdp::node_state;
using rrdp::nr_role;
using op = rrdp::wire::resolution_op;
using rrdp::wire::resolution_group;

constexpr rrdp::options without_tags = only_fin;
constexpr rrdp::options with_tags = [] {
    rrdp::options o = only_fin;
    o.offered = o.offered | rrdp::wire::features::tag;
    return o;
}();

/// Two machines that have found each other, and a connection between them.
struct couple : network {
    machine& a;
    machine& b;
    explicit couple(const rrdp::options& o = without_tags) : a{add(1, 1)}, b{add(2, 2)} {
        REQUIRE(run(2s));
        REQUIRE(b.engine().listen(7, o) == errc::ok);
        REQUIRE(a.connect(now, 2, o) == errc::ok);
        REQUIRE(settle());
        REQUIRE(a.told() == "node_up 2, connected");
        REQUIRE(b.told() == "node_up 1, accepted");
        heard.clear();
        segments = 0;
    }
    [[nodiscard]] rrdp::wire::resolution_frame from_b(op what, std::uint32_t boot) {
        return {.op = what, .sender_node = 2, .boot_id = boot, .sender_mtu = 1'500};
    }
};

TEST_CASE("resolution: three probes, 125 to 250 ms apart, then a HELLO, then ever fewer",
          "[scenario][R-15.4][R-15.5][R-15.1]") {
    network n;
    machine& a = n.add(1, 1);
    REQUIRE(n.run(10s));
    std::vector<spoken>& h = n.heard;
    REQUIRE(h.size() > 8);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(h[i].said.op == op::probe);
        CHECK(h[i].said.sender_node == 0);
        CHECK(h[i].said.target_node == 1);
        CHECK(h[i].to == resolution_group);
        CHECK(h[i + 1].at - h[i].at >= 125ms);
        CHECK(h[i + 1].at - h[i].at <= 251ms);
    }
    CHECK(h[0].at == 0ms);
    rrdp::duration gap = 125ms;
    for (std::size_t i = 3; i + 1 < h.size(); ++i) {
        CHECK(h[i].said.op == op::hello);
        CHECK(h[i].said.sender_node == 1);
        CHECK(h[i].said.target_node == 0);
        CHECK(h[i].said.boot_id == a.engine().boot_id());
        CHECK(h[i].said.sender_mac == station(1));
        CHECK(h[i].said.sender_mtu == 1'500);
        CHECK(h[i].said.versions == 8);
        CHECK(h[i + 1].at - h[i].at == gap);
        gap = std::min<rrdp::duration>(2 * gap, 1s);
    }
    CHECK(a.engine().stats().resolution_out == h.size());
    n.add(2, 2);
    REQUIRE(n.run(300s));
    const auto before = h.size();
    REQUIRE(n.run(600s));
    CHECK(h.size() - before <= 22);  // one a minute each
    CHECK(a.told() == "node_up 2");
}

TEST_CASE("resolution: off by default; nothing is sent and nothing is learned",
          "[scenario][R-15.3][R-15.12]") {
    network n;
    machine& a = n.add(1, 1, nr_role::off);
    n.add(2, 2);
    REQUIRE(n.run(5s));
    CHECK(a.engine().stats().frames_out == 0);
    CHECK(a.engine().stats().resolution_in > 0);
    CHECK_FALSE(a.engine().node(rrdp::node_id{2}));
    CHECK(a.connect(n.now, 2) == errc::unknown_node);
    CHECK(a.told().empty());
}

TEST_CASE("resolution: a newcomer and those who were there know each other at once, with MTU",
          "[scenario][R-15.3][R-15.7]") {
    network n;
    machine& a = n.add(1, 1);
    machine& b = n.add(2, 2);
    REQUIRE(n.run(100s));
    machine& c = n.add(3, 3);
    REQUIRE(n.run(1s));
    for (machine* m : {&a, &b}) CHECK(m->knows(3) == node_state::reachable);
    CHECK(c.knows(1) == node_state::reachable);
    CHECK(c.knows(2) == node_state::reachable);
    CHECK(c.engine().node(rrdp::node_id{2})->mtu == 1'500);
    CHECK(c.engine().node(rrdp::node_id{2})->boot == b.engine().boot_id());
    for (const spoken& s : n.heard)  // nobody answers for another
        if (s.said.op != op::probe)
            CHECK(station(static_cast<std::uint8_t>(s.said.sender_node)) == s.from);
    CHECK(c.told() == "node_up 1, node_up 2");
}

TEST_CASE("resolution: nothing but resolution is sent while the number is being claimed",
          "[scenario][R-15.4]") {
    network n;
    machine& a = n.add(1, 1);
    machine& b = n.add(2, 2);
    REQUIRE(b.engine().listen(7) == errc::ok);
    REQUIRE(a.engine().add_node(rrdp::node_id{2}, station(2)) == errc::ok);
    REQUIRE(b.engine().add_node(rrdp::node_id{1}, station(1)) == errc::ok);
    REQUIRE(a.connect(n.now, 2) == errc::ok);
    REQUIRE(n.run(300ms));
    CHECK(n.segments == 0);
    REQUIRE(n.run(1s));
    CHECK(n.segments >= 3);
    CHECK(a.told().find("connected") != std::string::npos);
}

TEST_CASE("resolution: a number that another machine has is not used",
          "[scenario][R-15.4][R-19.5][T-P4]") {
    network n;
    machine& a = n.add(1, 1);
    REQUIRE(n.run(2s));
    machine& b = n.add(1, 2);
    const auto waiting = b.connect(n.now, 9);
    REQUIRE(waiting == errc::ok);
    REQUIRE(n.run(3s));
    CHECK(n.count(op::conflict, station(1)) == 1);
    CHECK(n.count(op::hello, station(2)) == 0);
    CHECK(b.told() == "number_conflict 1, closed host_unreachable 0/0/0");
    CHECK(b.engine().status() == errc::number_conflict);
    CHECK(b.connect(n.now, 9) == errc::number_conflict);
    CHECK(b.engine().listen(7) == errc::number_conflict);
    CHECK_FALSE(b.engine().next_timeout());
    CHECK(a.told().empty());
    CHECK(a.engine().status() == errc::ok);
}

TEST_CASE("resolution: of two that claim the same number at the same time one at most gets it",
          "[scenario][R-15.4][T-P4]") {
    network n;
    machine& a = n.add(1, 1);
    machine& b = n.add(1, 2);
    REQUIRE(n.run(3s));
    CHECK(b.told() == "number_conflict 1");  // the probe of a was on the wire first
    CHECK(a.told().empty());
    CHECK(n.count(op::hello, station(2)) == 0);

    network crossing;
    machine& c = crossing.add(1, 1);
    machine& d = crossing.add(1, 2);
    const rrdp::wire::resolution_frame probe{.op = op::probe, .target_node = 1};
    crossing.forge(station(2), resolution_group, probe);
    crossing.forge(station(1), resolution_group, probe);
    REQUIRE(crossing.run(3s));
    CHECK(c.told() == "number_conflict 1");
    CHECK(d.told() == "number_conflict 1");
}

TEST_CASE("resolution: a duplicate that appears later is told, and tells",
          "[scenario][R-15.9][R-19.5][T-P4]") {
    network n;
    machine& a = n.add(1, 1);
    machine& b = n.add(1, 2);
    b.plugged_in = false;  // two networks are joined
    REQUIRE(n.run(3s));
    b.plugged_in = true;
    REQUIRE(n.run(3s));
    CHECK(a.told().find("duplicate_node 1") != std::string::npos);
    CHECK(b.told().find("duplicate_node 1") != std::string::npos);
    CHECK(n.count(op::conflict, station(1)) > 0);
}

TEST_CASE("resolution: a node nobody knows is asked for at 0, 50, 150 and 350 ms, then given up",
          "[scenario][R-15.6][R-19.14]") {
    network n;
    machine& a = n.add(1, 1);
    REQUIRE(n.run(20s));
    n.heard.clear();
    n.segments = 0;
    const auto start = n.now - rrdp::instant{1s};
    REQUIRE(a.connect(n.now, 9) == errc::ok);
    CHECK(a.knows(9) == node_state::incomplete);
    REQUIRE(n.run(2s));
    std::vector<rrdp::duration> asked;
    for (const spoken& s : n.heard)
        if (s.said.target_node == 9) asked.push_back(s.at - start);
    REQUIRE(asked.size() == 4);
    constexpr std::array<rrdp::duration, 4> due{0ms, 50ms, 150ms, 350ms};
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(asked[i] >= due[i]);
        CHECK(asked[i] <= due[i] + 1ms);
    }
    CHECK(n.segments == 0);
    CHECK(a.told() == "closed host_unreachable 0/0/0");
    CHECK(a.engine().stats().connections_unreachable == 1);
    CHECK(a.knows(9) == node_state::dead);
    CHECK(a.engine().connections() == 0);
}

TEST_CASE("resolution: connect() to a node not heard of yet opens when it answers",
          "[scenario][R-15.6]") {
    network n;
    machine& a = n.add(1, 1, nr_role::passive);
    a.boot = 77;
    a.start(1);
    machine& b = n.add(2, 2);
    REQUIRE(b.engine().listen(7) == errc::ok);
    a.plugged_in = false;
    REQUIRE(n.run(100s));
    a.plugged_in = true;
    n.loses = [lost = 0](const machine& from, rrdp::octets_view) mutable {
        return from.number == 1 && lost++ == 0;
    };
    REQUIRE(a.connect(n.now, 2) == errc::ok);
    REQUIRE(n.run(100ms));
    CHECK(a.told() == "node_up 2, connected");
    CHECK(n.count(op::hello, station(1)) == 2);
}

TEST_CASE("resolution: static entries rule, whatever the wire says", "[scenario][R-15.3]") {
    network n;
    machine& a = n.add(1, 1);
    REQUIRE(a.engine().add_node(rrdp::node_id{2}, station(2), 9'000) == errc::ok);
    REQUIRE(n.run(2s));
    n.forge(station(9), resolution_group, {.op = op::hello, .sender_node = 2, .boot_id = 5});
    n.forge(station(2), resolution_group, {.op = op::hello, .sender_node = 9, .boot_id = 5});
    REQUIRE(n.run(2s));
    CHECK(a.engine().node(rrdp::node_id{2})->address == station(2));
    CHECK(a.engine().node(rrdp::node_id{2})->mtu == 9'000);
    CHECK_FALSE(a.engine().node(rrdp::node_id{9}));
    CHECK(a.engine().stats().dropped(drop_reason::nr_static) == 2);
    CHECK(a.told() == "duplicate_node 2");
    n.forge(station(2), resolution_group,
            {.op = op::hello, .sender_node = 2, .boot_id = 5, .sender_mtu = 1'500});
    CHECK(a.engine().node(rrdp::node_id{2})->boot == 5);
    CHECK(a.engine().node(rrdp::node_id{2})->mtu == 9'000);
}

TEST_CASE("resolution: a node under another interface with the same boot id has moved",
          "[scenario][R-15.9][R-2.18][T-P4]") {
    couple n;
    REQUIRE(n.a.send(n.now, "before") == errc::ok);
    REQUIRE(n.run(5ms));
    n.forge(station(8), resolution_group, n.from_b(op::hello, n.b.engine().boot_id()));
    CHECK(n.a.engine().node(rrdp::node_id{2})->address == station(8));
    // A segment from the old interface is not the peer's any more (step 12a).
    std::array<std::byte, 200> frame{};
    const rrdp::wire::ethernet_framing framing{};
    const auto info = *n.b.engine().info(n.b.id);
    const rrdp::testing::segments old{.source_port = 7, .destination_port = info.remote.port};
    const auto payload = old.ack(1, 1);
    framing.write_header(frame, station(1), station(2));
    for (std::size_t i = 0; i < payload.size(); ++i) frame[14 + i] = payload[i];
    n.carry(nullptr, rrdp::octets_view{frame}.first(60));
    CHECK(n.a.engine().stats().dropped(drop_reason::wrong_source) == 1);
    CHECK(n.a.told().empty());
    CHECK(n.a.engine().info(n.a.id)->at == rrdp::state::open);
    // The machine itself has taken the other interface: everything goes on.
    CHECK(n.a.engine().stats().connections_restarted == 0);
    // One that is being opened has heard from no interface yet: there is no old one.
    REQUIRE(n.a.connect(n.now, 2) == errc::ok);
    const auto opening = *n.a.engine().info(n.a.id);
    const rrdp::testing::segments early{.source_port = 7,
                                        .destination_port = opening.remote.local_port};
    const auto segment = early.ack(1, 1);
    for (std::size_t i = 0; i < segment.size(); ++i) frame[14 + i] = segment[i];
    n.carry(nullptr, rrdp::octets_view{frame}.first(60));
    CHECK(n.a.engine().stats().dropped(drop_reason::wrong_source) == 1);
    CHECK(n.a.engine().stats().dropped(drop_reason::unknown_node) == 1);
}

TEST_CASE("resolution: another machine under a known number: the one that answers is kept",
          "[scenario][R-15.9][T-P4]") {
    couple n;
    n.forge(station(8), resolution_group, n.from_b(op::hello, 0xbad));
    REQUIRE(n.run(1s));
    CHECK(n.a.engine().node(rrdp::node_id{2})->address == station(2));
    CHECK(n.a.told().find("duplicate_node 2") != std::string::npos);
    CHECK(n.a.engine().info(n.a.id)->at == rrdp::state::open);
    const auto told = std::find_if(n.heard.begin(), n.heard.end(), [](const spoken& s) {
        return s.said.op == op::conflict && s.to == station(8) && s.from == station(1);
    });
    REQUIRE(told != n.heard.end());
    CHECK(told->said.target_node == 2);
}

TEST_CASE("resolution: another machine under a known number that does not answer: it has restarted",
          "[scenario][R-15.9][R-19.3][T-P3]") {
    const bool tags = GENERATE(false, true);
    couple n{tags ? with_tags : without_tags};
    const auto old = n.b.engine().boot_id();
    n.b.plugged_in = false;
    n.forge(station(8), resolution_group, n.from_b(op::hello, 0xbad));
    REQUIRE(n.run(340ms));
    CHECK(n.a.engine().node(rrdp::node_id{2})->address == station(2));
    CHECK(n.a.told().empty());
    n.segments = 0;
    REQUIRE(n.run(30ms));
    CHECK(n.a.engine().node(rrdp::node_id{2})->address == station(8));
    if (!tags) {
        CHECK(n.a.told() == "node_up 2, closed peer_restarted 0/0/0");
        CHECK(n.a.end->boots == rrdp::boot_ids{old, 0xbad});
        CHECK(n.segments == 0);
        return;
    }
    CHECK(n.a.told() == "node_up 2");
    CHECK(n.segments == 1);  // one probe, which nobody answers
    CHECK(n.a.engine().info(n.a.id)->at == rrdp::state::open);
}

TEST_CASE("resolution: a restart ends connections, at once or when the peer is asked",
          "[scenario][R-15.9][R-7.20][R-11.3][T-P3]") {
    const bool tags = GENERATE(false, true);
    couple n{tags ? with_tags : without_tags};
    const auto old = n.b.engine().boot_id();
    n.b.start(99);
    REQUIRE(n.run(2s));
    CHECK(n.a.told() == "node_up 2, closed peer_restarted 0/0/0");
    CHECK(n.a.end->boots == rrdp::boot_ids{old, n.b.engine().boot_id()});
    CHECK(n.a.engine().stats().connections_restarted == 1);
    CHECK(n.b.engine().stats().resets_out.total() == (tags ? 1U : 0U));
}

TEST_CASE("resolution: a restart ends connections also where no SYN has told the boot id",
          "[scenario][R-15.9][R-18.2]") {
    rrdp::options silent = without_tags;
    silent.identify = false;
    couple n{silent};
    n.b.start(99);
    REQUIRE(n.run(2s));
    CHECK(n.a.told() == "node_up 2, closed peer_restarted 0/0/0");
    CHECK(n.a.end->boots == rrdp::boot_ids{0, n.b.engine().boot_id()});
}

TEST_CASE("resolution: a restarted node is asked also where keepalives are off",
          "[scenario][R-15.9][R-11.1]") {
    rrdp::options quiet = with_tags;
    quiet.keepalive = 0ms;
    couple n{quiet};
    SECTION("it answers that it knows nothing") {
        n.b.start(99);
        REQUIRE(n.run(2s));
        CHECK(n.a.told() == "node_up 2, closed peer_restarted 0/0/0");
    }
    SECTION("the news was false, and it is asked once") {
        n.forge(station(2), station(1), n.from_b(op::hello, 0xbad));
        REQUIRE(n.run(60s));
        CHECK(n.segments == 2);
        CHECK_FALSE(n.a.end);
        CHECK(n.a.engine().info(n.a.id)->at == rrdp::state::open);
    }
}

TEST_CASE("resolution: the connections of a restarted node ask it spread over 10 ms",
          "[scenario][R-15.9]") {
    couple n{with_tags};
    for (int i = 0; i < 9; ++i) REQUIRE(n.a.connect(n.now, 2, with_tags) == errc::ok);
    REQUIRE(n.run(50ms));
    n.forge(station(2), resolution_group, n.from_b(op::hello, 0xbad));
    n.segments = 0;
    REQUIRE(n.settle());
    CHECK(n.segments < 4);
    REQUIRE(n.run(5ms));
    CHECK(n.segments > 2);
    CHECK(n.segments < 18);
    REQUIRE(n.run(6ms));
    CHECK(n.segments == 20);  // ten probes and ten answers: the news was false
    static_cast<void>(n.a.told());
    CHECK(n.a.engine().connections() == 10);
    CHECK_FALSE(n.a.end);
}

TEST_CASE("resolution: a forged HELLO or BYE does not end a connection with tags",
          "[scenario][R-15.9][R-15.10][T-P5]") {
    couple n{with_tags};
    const auto boot = n.b.engine().boot_id();
    n.forge(station(2), station(1), n.from_b(op::hello, 0xbad));
    REQUIRE(n.run(20ms));
    n.forge(station(2), station(1), n.from_b(op::bye, 0xbad));
    REQUIRE(n.run(20ms));
    CHECK(n.a.engine().info(n.a.id)->at == rrdp::state::open);
    CHECK(n.a.told() == "node_up 2, node_down 2");
    n.forge(station(2), station(1), n.from_b(op::bye, boot));  // of an incarnation that is past
    CHECK(n.a.engine().stats().dropped(drop_reason::nr_stale) == 1);
    REQUIRE(n.a.send(n.now, "still there") == errc::ok);
    REQUIRE(n.run(20ms));
    CHECK(n.b.told() == "readable");
}

TEST_CASE("resolution: BYE ends connections without tags as reset(11)",
          "[scenario][R-15.10][R-19.14][T-P5]") {
    couple n;
    REQUIRE(n.a.send(n.now, "delivered") == errc::ok);
    REQUIRE(n.run(5ms));
    n.forge(station(2), resolution_group, n.from_b(op::bye, n.b.engine().boot_id()));
    CHECK(n.a.told() == "node_down 2, closed reset(11) 1/1/1");
    CHECK(n.a.knows(2) == node_state::dead);
    CHECK(n.a.engine().stats().resets_out.total() == 0);
}

TEST_CASE("resolution: who leaves ends its connections by RST 11, then says BYE",
          "[scenario][R-15.10]") {
    couple n{with_tags};
    n.b.engine().leave(n.now);
    REQUIRE(n.run(10ms));
    CHECK(n.b.told() == "closed aborted 0/0/0");
    CHECK(n.a.told() == "node_down 2, closed reset(11) 0/0/0");
    CHECK(n.count(op::bye, station(2)) == 1);
    CHECK(n.b.engine().status() == errc::node_left);
    CHECK(n.b.connect(n.now, 1) == errc::node_left);
    const auto before = n.b.engine().stats().frames_out;
    REQUIRE(n.run(200s));
    CHECK(n.b.engine().stats().frames_out == before);
}

TEST_CASE(
    "resolution: a silent node is looked for again before a new connection, and its old ones "
    "end with it",
    "[scenario][R-15.6][R-19.14]") {
    auto o = without_tags;
    o.keepalive = {};
    couple n{o};
    REQUIRE(n.a.send(n.now, "before") == errc::ok);
    REQUIRE(n.run(10ms));
    n.b.plugged_in = false;
    REQUIRE(n.run(200s));
    CHECK(n.a.told().empty());
    REQUIRE(n.a.connect(n.now, 2, o) == errc::ok);
    REQUIRE(n.run(1s));
    const auto told = n.a.told();
    CHECK(told.find("node_down 2") != std::string::npos);
    CHECK(told.find("closed host_unreachable 1/1/1") != std::string::npos);
    CHECK(told.find("closed host_unreachable 0/0/0") != std::string::npos);
}

TEST_CASE(
    "resolution: a segment from an unknown address is dropped, and its sender asked, once a "
    "second",
    "[scenario][R-15.8]") {
    network n;
    machine& a = n.add(1, 1);
    REQUIRE(n.run(5s));
    n.heard.clear();
    std::array<std::byte, 60> frame{};
    const auto payload = rrdp::testing::segments{}.ack(1, 1);
    for (std::size_t i = 0; i < payload.size(); ++i) frame[14 + i] = payload[i];
    std::size_t greeted = 0;
    for (int ms = 0; ms < 3'000; ms += 10) {
        for (std::uint8_t who = 50; who < 90; ++who) {
            rrdp::wire::ethernet_framing{}.write_header(frame, station(1), station(who));
            n.carry(nullptr, frame);
        }
        REQUIRE(n.run(10ms));
    }
    for (const spoken& s : n.heard) {
        if (s.to.is_group()) continue;
        CHECK(s.said.op == op::hello);
        ++greeted;
    }
    CHECK(greeted >= 3 * 16);
    CHECK(greeted <= 4 * 16);  // and no more addresses at a time than are remembered
    CHECK(a.engine().stats().dropped(drop_reason::unknown_node) == 40 * 300);
}

TEST_CASE("resolution: a flood of strangers fills the table and harms nobody who is in it",
          "[scenario][R-15.3]") {
    couple n;
    REQUIRE(n.a.engine().add_node(rrdp::node_id{100}, station(100)) == errc::ok);
    for (std::uint16_t i = 0; i < 500; ++i) {
        n.forge(
            {{2, 1, 0, 0, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)}},
            resolution_group,
            {.op = op::hello, .sender_node = static_cast<std::uint16_t>(1'000 + i), .boot_id = i});
        static_cast<void>(n.settle());
    }
    CHECK(n.a.engine().stats().dropped(drop_reason::nr_table_full) == 500 - 4);
    CHECK(n.a.engine().node(rrdp::node_id{2})->address == station(2));
    CHECK(n.a.engine().node(rrdp::node_id{100})->address == station(100));
    CHECK(n.a.connect(n.now, 3'000) == errc::too_many_nodes);
    CHECK(n.a.engine().info(n.a.id)->at == rrdp::state::open);
    // Who leaves makes room; who is used or was entered by hand does not.
    static_cast<void>(n.a.told());
    n.forge({{2, 1, 0, 0, 0, 0}}, resolution_group, {.op = op::bye, .sender_node = 1'000});
    static_cast<void>(n.a.told());
    n.forge(station(44), resolution_group, {.op = op::hello, .sender_node = 44, .boot_id = 1});
    CHECK(n.a.knows(44) == node_state::reachable);
    CHECK_FALSE(n.a.engine().node(rrdp::node_id{1'000}));
}

TEST_CASE("resolution: hostile frames are dropped, each for its own reason",
          "[scenario][R-15.2][R-2.2][R-19.1]") {
    couple n;
    std::array<std::byte, 60> frame{};
    const rrdp::wire::ethernet_framing framing{};
    const rrdp::wire::resolution_frame good{
        .op = op::hello, .sender_node = 3, .boot_id = 1, .sender_mac = station(3)};
    const auto hear = [&](drop_reason why, auto change, mac to = resolution_group,
                          mac from = station(3)) {
        CAPTURE(rrdp::name(why));
        framing.write_header(frame, to, from);
        static_cast<void>(rrdp::wire::write_resolution(rrdp::octets{frame}.subspan(14), good));
        change(rrdp::octets{frame}.subspan(14));
        const auto before = n.a.engine().stats();
        n.a.engine().handle_frame(n.now, frame);
        CHECK(n.a.engine().stats().dropped(why) == before.dropped(why) + 1);
        CHECK(n.a.engine().stats().dropped() == before.dropped() + 1);
        CHECK_FALSE(n.a.engine().node(rrdp::node_id{3}));
    };
    const auto nothing = [](rrdp::octets) {};
    const auto again = [](rrdp::octets r) {
        rrdp::store_be16(r, 26, 0);
        rrdp::store_be16(r, 26, rrdp::wire::checksum_of(r.first(32)));
    };
    for (std::size_t bit = 0; bit < 256; ++bit)
        if (bit >= 8 || (bit != 6 && bit != 7 && bit != 0 && bit != 1))  // another version: no NR
            hear(drop_reason::nr_malformed,
                 [bit](rrdp::octets r) { r[bit / 8] ^= static_cast<std::byte>(1 << bit % 8); });
    hear(drop_reason::nr_malformed, [&](rrdp::octets r) { r[2] = std::byte{6}, again(r); });
    hear(drop_reason::nr_malformed, [&](rrdp::octets r) { r[2] = std::byte{0}, again(r); });
    hear(drop_reason::nr_foreign, [&](rrdp::octets r) { r[7] = std::byte{1}, again(r); });
    hear(drop_reason::nr_foreign, [&](rrdp::octets r) { r[16] = std::byte{6}, again(r); });
    hear(drop_reason::nr_bad_number, [&](rrdp::octets r) { r[9] = std::byte{0}, again(r); });
    hear(drop_reason::nr_bad_number, [&](rrdp::octets r) {
        r[8] = r[9] = std::byte{0xff};
        again(r);
    });
    hear(drop_reason::group_destination, nothing, station(77));
    hear(drop_reason::group_destination, nothing, mac{{1, 0, 0x5e, 0, 0, 1}});
    hear(
        drop_reason::bad_source,
        [&](rrdp::octets r) {
            rrdp::wire::store_mac(r, 16, station(1));
            again(r);
        },
        resolution_group, station(1));
    n.a.engine().handle_frame(n.now, rrdp::octets_view{frame}.first(14 + 20));
    CHECK(n.a.told().empty());
    CHECK(n.a.engine().info(n.a.id)->at == rrdp::state::open);
}

TEST_CASE(
    "resolution: one process answers, the others learn; with a common boot id none looks like "
    "a restart",
    "[scenario][R-15.12][R-7.8][T-S4]") {
    network n;
    machine& one = n.add(1, 1);
    machine& two = n.add(1, 1, nr_role::passive);
    machine& far = n.add(2, 2);
    one.boot = two.boot = 4'711;
    one.start(1);
    two.start(2);
    REQUIRE(n.run(3s));
    CHECK(two.knows(2) == node_state::reachable);
    CHECK(two.engine().stats().resolution_out == 0);
    CHECK(far.knows(1) == node_state::reachable);
    CHECK(far.engine().node(rrdp::node_id{1})->boot == 4'711);
    n.forge(
        station(2), station(1),
        {.op = op::hello, .sender_node = 2, .target_node = 1, .boot_id = far.engine().boot_id()});
    REQUIRE(n.settle());
    CHECK(two.engine().stats().resolution_out == 0);
    CHECK(far.told() == "node_up 1");
    CHECK(one.told() == "node_up 2");
    CHECK(two.told() == "node_up 2");
}

TEST_CASE("resolution: what cannot be is refused at construction", "[scenario][R-17.6][R-15.12]") {
    rrdp::node_options<rrdp::wire::ethernet_framing> o;
    o.node = rrdp::node_id{1};
    o.address = station(1);
    o.resolution = nr_role::passive;
    CHECK(rrdp::check(o) == errc::bad_option);  // a boot id of its own
    o.boot_id = 5;
    CHECK(rrdp::check(o) == errc::ok);
    o.resolution = nr_role::active;
    o.boot_id = 0;
    CHECK(rrdp::check(o) == errc::ok);
    o.unknown_ports = rrdp::unknown_port_policy::ignore;
    CHECK(rrdp::check(o) == errc::bad_option);
    rrdp::node_options<rrdp::wire::bare_framing> bare;
    bare.node = rrdp::node_id{1};
    bare.resolution = nr_role::active;
    CHECK(rrdp::check(bare) == errc::bad_option);  // nothing to find
}

}  // namespace
}  // namespace script
