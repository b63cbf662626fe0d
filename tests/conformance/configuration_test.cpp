// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/lone.hpp"

/// Section 17: what a caller may say, and what he is answered.
namespace script {
namespace {

using rrdp::errc;

TEST_CASE("connect: what a caller may get wrong is an answer, and changes nothing",
          "[conformance][R-8.5][R-17.6][R-2.5][R-7.8]") {
    setup s;
    s.capacities.connections = 2;
    s.capacities.option_sets = 1;
    s.node.owned_ports.push_back({5'000, 5'002});
    s.node.ephemeral = {5'002, 5'003};
    lone e{s};
    auto& engine = e.own.engine();
    const rrdp::node_id two{2};
    const auto failure = [&](const rrdp::peer& to, const rrdp::options& o = {}) {
        const auto made = engine.connect(e.now, to, o);
        return made ? errc::ok : made.error();
    };
    rrdp::options impossible;
    impossible.max_outstanding = 0;
    CHECK(failure({two, 0}) == errc::bad_port);
    CHECK(failure({rrdp::node_id{3}, 7}) == errc::unknown_node);
    CHECK(failure({two, 7, 4'999}) == errc::port_not_owned);
    CHECK(failure({two, 7}, impossible) == errc::bad_max_outstanding);
    CHECK(engine.connections() == 0);
    CHECK(e.says() == nothing());

    CHECK(failure({two, 7, 5'000}) == errc::ok);
    CHECK(failure({two, 7, 5'000}) == errc::port_in_use);
    CHECK(failure({two, 8, 5'000}, rrdp::profiles::paper_exact) == errc::too_many_option_sets);
    CHECK(failure({two, 7}) == errc::ok);  // the one ephemeral port that is owned: 5002
    CHECK(failure({two, 7}) == errc::no_free_port);
    CHECK(failure({two, 8}) == errc::too_many_connections);
    CHECK(engine.connections() == 2);
    CHECK(e.says() == syn(200));
    CHECK(e.says().what.control == "SYN");
    CHECK(e.says() == nothing());
}

TEST_CASE("listen: what a caller may get wrong is an answer", "[conformance][R-17.6][R-7.8]") {
    setup s;
    s.capacities.listeners = 2;
    s.node.owned_ports.push_back({1'000, 1'999});
    lone e{s};
    auto& engine = e.own.engine();
    CHECK(engine.listen(0) == errc::bad_port);
    CHECK(engine.listen(2'000) == errc::port_not_owned);
    CHECK(engine.listen(1'024) == errc::ok);
    CHECK(engine.listen(1'024) == errc::already_listening);
    CHECK(engine.listen(1'025) == errc::ok);
    CHECK(engine.listen(1'026) == errc::too_many_listeners);
    CHECK(engine.stop_listening(0) == errc::not_listening);
    CHECK(engine.stop_listening(1'026) == errc::not_listening);
    CHECK(engine.stop_listening(1'024) == errc::ok);
    CHECK(engine.listen(1'026) == errc::ok);
}

TEST_CASE("nodes: the table takes numbers and addresses once, and none that cannot be",
          "[conformance][R-15.3][R-17.6]") {
    using rrdp::node_id;
    using mac = rrdp::wire::mac_address;
    rrdp::endpoint<> engine{{.connections = 1, .rings = 1, .segments = 4, .nodes = 2},
                            {.node = node_id{1}, .address = mac{{2, 0, 0, 0, 0, 1}}},
                            rrdp::entropy{1, 2}};
    const mac two{{2, 0, 0, 0, 0, 2}};
    const mac three{{2, 0, 0, 0, 0, 3}};
    CHECK(engine.add_node(node_id{0}, two) == errc::bad_node);
    CHECK(engine.add_node(node_id{65'535}, two) == errc::bad_node);
    CHECK(engine.add_node(node_id{1}, two) == errc::bad_node);
    CHECK(engine.add_node(node_id{2}, {}) == errc::bad_address);
    CHECK(engine.add_node(node_id{2}, mac{{3, 0, 0, 0, 0, 2}}) == errc::bad_address);
    CHECK(engine.add_node(node_id{2}, two, 63) == errc::bad_mtu);
    CHECK(engine.add_node(node_id{2}, two) == errc::ok);
    CHECK(engine.add_node(node_id{2}, three) == errc::duplicate_node);
    CHECK(engine.add_node(node_id{3}, two) == errc::duplicate_node);
    CHECK(engine.add_node(node_id{3}, three) == errc::ok);
    CHECK(engine.add_node(node_id{4}, mac{{2, 0, 0, 0, 0, 4}}) == errc::too_many_nodes);
}

TEST_CASE("options: each number is checked", "[conformance][R-17.6][R-8.16][T-D11]") {
    using rrdp::options;
    const auto verdict_on = [](auto&& change) {
        options o;
        change(o);
        return check(o, 64);
    };
    CHECK(verdict_on([](options&) {}) == errc::ok);
    CHECK(verdict_on([](options& o) { o.max_outstanding = 0; }) == errc::bad_max_outstanding);
    CHECK(verdict_on([](options& o) { o.max_outstanding = 65; }) == errc::bad_max_outstanding);
    CHECK(verdict_on([](options& o) { o.receive_slots = 127; }) == errc::bad_option);
    CHECK(verdict_on([](options& o) { o.send_cap = 0; }) == errc::bad_option);
    CHECK(verdict_on([](options& o) { o.send_queue = 0; }) == errc::bad_option);
    CHECK(verdict_on([](options& o) { o.ack_every = 0; }) == errc::bad_option);
    CHECK(verdict_on([](options& o) { o.eack_entries = 249; }) == errc::bad_option);
    CHECK(verdict_on([](options& o) { o.message_max = 0; }) == errc::bad_option);
    CHECK(verdict_on([](options& o) { o.send_message_cap = 0; }) == errc::bad_option);
    CHECK(verdict_on([](options& o) { o.challenges = 0; }) == errc::bad_option);
    CHECK(verdict_on([](options& o) { o.weight = 0; }) == errc::bad_option);
    CHECK(verdict_on([](options& o) { o.initial_window = 0; }) == errc::bad_option);
    CHECK(verdict_on([](options& o) { o.msl = 0ns; }) == errc::bad_interval);
    CHECK(verdict_on([](options& o) { o.delay_target = 0ns; }) == errc::bad_interval);
    CHECK(verdict_on([](options& o) { o.persist_max = 0ns; }) == errc::bad_interval);
    CHECK(verdict_on([](options& o) { o.ack_delay = -1ns; }) == errc::bad_interval);
    CHECK(verdict_on([](options& o) { o.keepalive = -1ns; }) == errc::bad_interval);
    CHECK(verdict_on([](options& o) { o.rto_min = 0ns; }) == errc::bad_interval);
    CHECK(verdict_on([](options& o) { o.rto_initial = 1ms; }) == errc::bad_interval);
    CHECK(verdict_on([](options& o) { o.rto_max = 49ms; }) == errc::bad_interval);
    CHECK(verdict_on([](options& o) { o.give_up = 0ns; }) == errc::bad_interval);
    CHECK(verdict_on([](options& o) { o.connect_timeout = 0ns; }) == errc::bad_interval);
    CHECK(verdict_on([](options& o) { o.linger = 0ns; }) == errc::bad_interval);
    CHECK(verdict_on([](options& o) { o.fin_wait = 0ns; }) == errc::bad_interval);
    using rrdp::wire::features;
    CHECK(verdict_on([](options& o) { o.offered = features::all; }) == errc::ok);
    CHECK(verdict_on([](options& o) { o.offered = {}, o.required = features::fin; }) ==
          errc::feature_not_supported);
    CHECK(verdict_on([](options& o) { o.extended = false; }) == errc::feature_not_supported);

    options widest;
    widest.max_outstanding = 16'383;
    widest.receive_slots = 32'766;
    CHECK(check(widest, 16'383) == errc::ok);
    widest.max_outstanding = 16'384;
    widest.receive_slots = 32'768;
    CHECK(check(widest, 65'535) == errc::bad_max_outstanding);
}

TEST_CASE("construction: with impossible numbers every command says which",
          "[conformance][R-17.6]") {
    setup s;
    errc expected{};
    SECTION("no connection") {
        s.capacities.connections = 0;
        expected = errc::bad_capacities;
    }
    SECTION("three segments") {
        s.capacities.segments = 3;
        expected = errc::bad_capacities;
    }
    SECTION("segments that no SYN may announce") {
        s.capacities.segment_max = 49;
        expected = errc::bad_capacities;
    }
    SECTION("an MTU of 63") {
        s.node.mtu = 63;
        expected = errc::bad_mtu;
    }
    s.node.node = rrdp::node_id{1};
    rrdp::endpoint<bare_policy> engine{s.capacities, s.node, rrdp::entropy{1, 2}};
    const rrdp::instant now{1s};
    CHECK(engine.status() == expected);
    CHECK(engine.add_node(rrdp::node_id{2}, {}) == expected);
    CHECK(engine.listen(7) == expected);
    CHECK(engine.connect(now, {rrdp::node_id{2}, 7}).error() == expected);
    CHECK(engine.close(now, {}) == expected);
    CHECK(engine.node(rrdp::node_id{2}).error() == errc::unknown_node);
    CHECK(engine.info({}).error() == errc::no_such_connection);
    CHECK(engine.ledger({}) == rrdp::send_ledger{});
    CHECK_FALSE(engine.receive({}));
    CHECK_FALSE(engine.next_timeout());
    CHECK_FALSE(engine.wants_transmit(now));
    engine.for_each_connection([](rrdp::connection_id) { FAIL("there is none"); });
    engine.handle_frame(now, rrdp::testing::segments{}.syn(1));
    engine.handle_timeout(now + 1s);
    engine.handle_link(now, rrdp::link_state::removed);
    CHECK_FALSE(engine.poll_event());
    std::array<std::byte, 1'500> room{};
    CHECK_FALSE(engine.poll_transmit(now, room));
}

}  // namespace
}  // namespace script
