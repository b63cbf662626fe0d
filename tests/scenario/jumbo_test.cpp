// SPDX-License-Identifier: Apache-2.0
// Jumbo frames over real links, one of which swallows them.
#include <algorithm>
#include <string>
#include <vector>

#include <rrdp/adapters/faulty.hpp>
#include <rrdp/adapters/loopback.hpp>
#include <rrdp/rrdp.hpp>

#include "support/catch.hpp"
#include "support/side.hpp"

namespace script {
namespace {

using rrdp::adapters::faulty;
using rrdp::adapters::loopback;

/// Two engines on Ethernet of 9000 octets whose frames go through a switch that may swallow some.
struct two_hosts {
    using bad_end = faulty<loopback::end>;
    using engine = rrdp::endpoint<>;

    loopback wire{{.frames = 64, .max_frame = 9'014}};
    bad_end switched;
    engine a, b;
    rrdp::connection_id at_a{}, at_b{};
    std::string told_a, told_b;
    rrdp::instant now{1s};

    explicit two_hosts(std::size_t longest)
        : switched{wire.a, 1, {.longest = longest}},
          a{room(), node(1, wire.a), {1, 2}},
          b{room(), node(2, wire.b), {3, 4}} {
        const auto& to_b = wire.b.properties().address;
        const auto& to_a = wire.a.properties().address;
        REQUIRE(a.add_node(rrdp::node_id{2}, to_b) == rrdp::errc::ok);
        REQUIRE(b.add_node(rrdp::node_id{1}, to_a) == rrdp::errc::ok);
        REQUIRE(b.listen(7, rrdp::profiles::lan) == rrdp::errc::ok);
        at_a = *a.connect(now, {rrdp::node_id{2}, 7, 0}, rrdp::profiles::lan);
    }
    static rrdp::capacities room() {
        return {.connections = 4, .rings = 4, .segments = 64, .segment_max = 8'986};
    }
    static rrdp::node_options<rrdp::wire::ethernet_framing> node(std::uint16_t number,
                                                                 const loopback::end& end) {
        return {.node = rrdp::node_id{number}, .address = end.properties().address, .mtu = 9'000};
    }
    static void hear(engine& e, rrdp::connection_id& id, std::string& told) {
        while (const auto what = e.poll_event()) {
            id = what->connection;
            if (what->kind != rrdp::event_kind::readable)
                told += name(what->kind) + std::string{" "};
        }
    }
    template <class Done>
    bool run(Done done, rrdp::duration span) {
        const rrdp::instant limit = now + span;
        while (now < limit && !done()) {
            const auto x = rrdp::pump(a, switched, now);
            const auto y = rrdp::pump(b, wire.b, now);
            hear(a, at_a, told_a);
            hear(b, at_b, told_b);
            if (x.sent + x.received + y.sent + y.received == 0) now += 100us;
        }
        return done();
    }
};

TEST_CASE("a switch without jumbo frames is found when a connection opens, and used as it is",
          "[scenario][T-L3][R-12.3]") {
    two_hosts hosts{1'514};
    REQUIRE(hosts.run([&] { return hosts.told_b == "accepted "; }, 1s));
    CHECK(hosts.switched.transmitted().swallowed >= 2);
    const std::string text(1'400, 'x');
    REQUIRE(hosts.a.send(hosts.now, hosts.at_a, octets_of(text)));
    std::size_t got = 0;
    const auto arrived = [&] {
        if (const auto m = hosts.b.receive(hosts.at_b)) got = m->size();
        return got == text.size();
    };
    CHECK(hosts.run(arrived, 1s));
    CHECK(hosts.a.stats().mtu_raised == 0);
}

TEST_CASE("a switch that carries jumbo frames is used for them from the first segment on",
          "[scenario][R-12.3]") {
    two_hosts hosts{9'014};
    REQUIRE(hosts.run([&] { return hosts.told_b == "accepted "; }, 1s));
    const auto before = hosts.a.stats().octets_out;
    REQUIRE(hosts.a.send(hosts.now, hosts.at_a, octets_of(std::string(8'000, 'x'))));
    const auto frames = hosts.a.stats().frames_out;
    REQUIRE(hosts.run([&] { return hosts.a.stats().messages_confirmed == 1; }, 1s));
    CHECK(hosts.a.stats().octets_out - before > 8'000);
    // Time goes on in steps longer than a round trip here: the tail may be probed meanwhile.
    CHECK(hosts.a.stats().frames_out == frames + 1 + hosts.a.stats().retransmissions_tlp);
    CHECK(hosts.switched.transmitted().swallowed == 0);
}

TEST_CASE("an engine whose frames do not fit its link is told so", "[scenario][R-2.10]") {
    loopback wire{{.max_frame = 1'000}};
    rrdp::endpoint<> engine{{}, two_hosts::node(1, wire.a), {1, 2}};
    REQUIRE(engine.add_node(rrdp::node_id{2}, wire.b.properties().address) == rrdp::errc::ok);
    REQUIRE(engine.connect(rrdp::instant{1s}, {rrdp::node_id{2}, 7, 0}));
    const auto turn = rrdp::pump(engine, wire.a, rrdp::instant{1s});
    CHECK(turn.misfit);
    CHECK(turn.sent == 0);
    CHECK_FALSE(turn.blocked);
}

}  // namespace
}  // namespace script
