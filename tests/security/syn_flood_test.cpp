// SPDX-License-Identifier: Apache-2.0
#include "security/siege.hpp"
#include "support/catch.hpp"

/// A listener under a million SYNs a second of virtual time, of openers that never come back.
namespace siege {
namespace {

constexpr rrdp::capacities server_room{
    .connections = 512, .rings = 64, .segments = 256, .segment_max = 200, .nodes = 8};
constexpr rrdp::capacities client_room{
    .connections = 1'024, .rings = 16, .segments = 64, .segment_max = 200, .nodes = 8};
constexpr std::uint8_t server_number = 1, client_number = 2, last_number = 6;
constexpr std::uint16_t port = 7;

/// Where the flood says that it comes from.
enum class sender { strangers, another_node, all_nodes };

struct outcome {
    std::uint64_t syns = 0;
    std::uint64_t asked = 0;   ///< connections that the client wanted
    std::uint64_t opened = 0;  ///< and got
};

class flood {
public:
    flood(const rrdp::options& o, sender from, std::uint64_t burst)
        : options_{hasty(o)},
          from_{from},
          burst_{burst},
          server{server_number, server_room},
          client{client_number, client_room, {}, 2},
          net_{{&server, &client}} {
        ready = server.knows(1, last_number) && client.knows(1, last_number) &&
                server.engine.listen(port, options_) == rrdp::errc::ok;
    }

    /// One SYN each microsecond, `burst` of them between two turns of the server's loop; the client
    /// opens a connection each millisecond and ends it.
    outcome run(std::uint64_t syns) {
        outcome met;
        for (; met.syns < syns; ++met.syns) {
            net_.now += 1us;
            server.engine.handle_frame(net_.now, next());
            if (met.syns % 1'000 == 0) met.asked += ask();
            if (met.syns % burst_ == 0) turn(met);
        }
        // What was asked for last may still come, while the flood goes on for the retries.
        for (std::uint64_t more = 0; more < 100'000; ++more) {
            net_.now += 1us;
            server.engine.handle_frame(net_.now, next());
            if (more % burst_ == 0) turn(met);
        }
        return met;
    }

    rrdp::options options_;
    sender from_;
    std::uint64_t burst_;
    host server;
    host client;
    bool ready = false;

private:
    /// What has ended is forgotten soon: a thousand connections begin and end each second.
    static rrdp::options hasty(rrdp::options o) {
        o.linger = 1ms;
        return o;
    }
    octets_of_frame next() {
        static const rrdp::wire::syn_parameters said = lan_offer(with_cookies.offered);
        const std::uint64_t random = dice_.next();
        mac who = station(3);
        if (from_ == sender::strangers)
            who = {{2, 9, 9, 9, static_cast<std::uint8_t>(random >> 40),
                    static_cast<std::uint8_t>(random >> 48)}};
        if (from_ == sender::all_nodes)
            who = station(static_cast<std::uint8_t>(client_number + random % 5));
        const rrdp::testing::segments opener{
            .source_port = static_cast<std::uint16_t>(1 + (random >> 16) % 65'535),
            .destination_port = port};
        return framed(who, server.address, opener.syn(static_cast<std::uint16_t>(random), said));
    }
    std::uint64_t ask() {
        const auto made =
            client.engine.connect(net_.now, {rrdp::node_id{server_number}, port}, options_);
        return made ? 1 : 0;
    }
    void turn(outcome& met) {
        net_.settle();
        met.opened = client.told[rrdp::event_kind::connected];
        for (const auto id : server.accepted)  // it serves at once, and is done
            static_cast<void>(server.engine.abort(net_.now, id));
        server.accepted.clear();
        client.ends.clear();
        server.ends.clear();
    }

    wire net_;
    rrdp::testing::dice dice_{1};
};

/// What a flood must never do, whatever else it does.
void check_bounds(const flood& f, const outcome& met) {
    CHECK(f.server.stats().frames_in >= met.syns);
    CHECK(f.server.engine.connections() <= server_room.connections);
    constexpr std::uint64_t longest_syn_ack = 96;  // SYN ACKs that are sent again are the exception
    CHECK(f.server.stats().octets_out <=
          f.server.stats().octets_in + longest_syn_ack * f.server.stats().retransmissions_open);
    CHECK(f.server.stats().resets_crowded_out == 0);
    CHECK(f.server.stats().internal_errors == 0);
}

TEST_CASE("a flood of SYNs from addresses that no node has is counted and forgotten",
          "[security][R-2.15][R-16.2][T-H10]") {
    flood f{rrdp::profiles::lan, sender::strangers, 64};
    REQUIRE(f.ready);
    const outcome met = f.run(rounds(1'000'000));
    check_bounds(f, met);
    CHECK(f.server.dropped(rrdp::drop_reason::unknown_node) >= met.syns);
    CHECK(met.asked == met.syns / 1'000);
    CHECK(met.opened == met.asked);
}

TEST_CASE("with cookies a flood of SYNs keeps nobody out, whoever it says to come from",
          "[security][R-14.1][R-14.2][R-14.4][R-20.2][T-H10][T-H11]") {
    const auto from = GENERATE(sender::another_node, sender::all_nodes);
    const auto burst = GENERATE(as<std::uint64_t>{}, 1, 56);  // with the client's a turn of pump()
    flood f{with_cookies, from, burst};
    REQUIRE(f.ready);
    const outcome met = f.run(rounds(1'000'000));
    INFO("burst " << burst << ", asked " << met.asked << ", opened " << met.opened);
    check_bounds(f, met);
    CHECK(f.server.dropped(rrdp::drop_reason::backlog_full) >= met.syns / 2);
    CHECK(met.asked == met.syns / 1'000);
    CHECK(1'000 * met.opened >= 999 * met.asked);
}

TEST_CASE("without cookies a flood of SYNs under a known node's name keeps others out, and no more",
          "[security][R-14.1][R-7.10]") {
    flood f{rrdp::profiles::lan, sender::another_node, 1};
    REQUIRE(f.ready);
    const outcome met = f.run(rounds(1'000'000));
    INFO("asked " << met.asked << ", opened " << met.opened);
    check_bounds(f, met);
    CHECK(f.server.engine.connections() <= 64 + met.opened);
    CHECK(met.opened <= met.asked / 10);  // docs/security.md says so: switch COOKIE on
}

}  // namespace
}  // namespace siege
