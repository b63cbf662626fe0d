// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <string>

#include "security/siege.hpp"
#include "support/catch.hpp"

/// What a stranger, or whoever speaks in another's name, makes an endpoint say: octets out for each
/// octet in, as a meter on the wire sees them.
namespace siege {
namespace {

struct meter {
    std::uint64_t frames_in = 0, frames_out = 0;
    std::uint64_t octets_in = 0, octets_out = 0;
    std::uint64_t longest = 0;  ///< the most that an answer was longer than the frame

    [[nodiscard]] double factor() const {
        return static_cast<double>(octets_out) / static_cast<double>(octets_in);
    }
};

/// A node that listens on port 7, on port 8 with little room, and learns of others.
class target {
public:
    explicit target(const rrdp::options& o, rrdp::octets_view said = {}) {
        host::node_settings n;
        n.resolution = rrdp::nr_role::active;
        n.backlog = 4;
        held.emplace(
            std::uint8_t{1},
            rrdp::capacities{
                .connections = 32, .rings = 4, .segments = 64, .segment_max = 1'400, .nodes = 16},
            n);
        REQUIRE(held->knows(2, 2));
        REQUIRE(held->engine.listen(7, o, said) == rrdp::errc::ok);
        wire net{{&*held}};
        REQUIRE(net.run(2s));
        now = net.now;
    }
    /// Delivers a frame and weighs what is said at once.
    void ask(rrdp::octets_view frame) {
        held->engine.handle_frame(now, frame);
        ++m.frames_in;
        m.octets_in += frame.size();
        std::uint64_t answers = 0;
        while (const auto size = held->engine.poll_transmit(now, room_)) {
            ++answers;
            ++m.frames_out;
            m.octets_out += *size;
            if (*size > frame.size()) m.longest = std::max(m.longest, *size - frame.size());
        }
        most = std::max(most, answers);
        now += 20ms;  // so that no limit of rates spares it an answer
    }
    std::optional<host> held;
    rrdp::instant now{1s};
    meter m;
    std::uint64_t most = 0;  ///< answers to one frame

private:
    std::array<std::byte, 1'600> room_{};
};

const rrdp::testing::segments from_stranger{.source_port = 5'000, .destination_port = 9};
const rrdp::testing::segments to_listener{.source_port = 5'000, .destination_port = 7};

/// Segments that no connection waits for.
std::vector<rrdp::testing::segment_octets> strays() {
    std::vector<rrdp::testing::segment_octets> all;
    for (rrdp::testing::segments s : {from_stranger, to_listener}) {
        for (const std::uint16_t n : std::initializer_list<std::uint16_t>{0, 1, 30'000, 65'535}) {
            all.push_back(s.ack(n, n));
            all.push_back(s.data(n, n, "stray"));
            all.push_back(s.data(n, n, std::string(1'000, 's')));
            all.push_back(s.nul(n, n));
            all.push_back(s.fin(n, n));
            all.push_back(s.eack(n, n, {1, 2, 3, 4}));
            all.push_back(s.rst(n, n));
            all.push_back(s.syn_ack(n, n, lan_reply(1)));
            all.push_back(s.syn_ack(n, n));
        }
    }
    return all;
}

TEST_CASE("nothing that is not a SYN for a listener draws more frames or octets than it has",
          "[security][R-20.2][R-7.6][R-3.18]") {
    target t{with_cookies};
    for (const auto& s : strays()) {
        for (const mac& who : {station(2), station(77)}) {
            t.ask(framed(who, station(1), s));
            t.ask(framed(who, rrdp::wire::broadcast_address, s));
            t.ask(framed(who, rrdp::wire::resolution_group, s));
        }
        t.ask(framed(station(1), station(1), s));
        t.ask(framed(rrdp::wire::broadcast_address, station(1), s));
    }
    CHECK(t.m.frames_in == 8 * strays().size());
    CHECK(t.m.frames_out >= 60);  // strays of a known node are answered
    CHECK(t.m.factor() <= 1.0);
    CHECK(t.m.longest == 0);
    CHECK(t.most == 1);
}

TEST_CASE("a frame of resolution draws one back, and one to the node it claims to be, none longer",
          "[security][R-20.2][R-15.7][R-15.8]") {
    target t{with_cookies};
    using op = rrdp::wire::resolution_op;
    for (const op what : {op::hello, op::hello_reply, op::probe, op::conflict, op::bye}) {
        for (const std::uint16_t sender :
             std::initializer_list<std::uint16_t>{0, 1, 2, 3, 500, 65'535}) {
            for (const std::uint16_t about :
                 std::initializer_list<std::uint16_t>{0, 1, 2, 3, 65'535}) {
                for (const mac& to : {station(1), rrdp::wire::mac_address{}}) {
                    const mac where = to == station(1) ? to : rrdp::wire::resolution_group;
                    for (const std::uint8_t who : std::initializer_list<std::uint8_t>{2, 3, 99})
                        t.ask(framed(station(who), where,
                                     {.op = what,
                                      .sender_node = sender,
                                      .target_node = about,
                                      .boot_id = static_cast<std::uint32_t>(t.m.frames_in),
                                      .sender_mtu = 1'500}));
                }
            }
        }
    }
    CHECK(t.m.frames_in == 900);
    CHECK(t.m.frames_out >= 50);
    CHECK(t.m.factor() <= 1.0);
    CHECK(t.m.longest == 0);
    CHECK(t.most == 2);
}

TEST_CASE("a SYN draws one SYN ACK, longer by its PEER TAG and APP at most, or one cookie",
          "[security][R-20.2][R-14.2][R-5.14]") {
    const std::string text(GENERATE(0U, 100U), 'a');
    target t{with_cookies, std::as_bytes(std::span{text.data(), text.size()})};
    std::uint64_t syns = 0;
    for (const bool long_syn : {false, true}) {
        for (std::uint16_t port = 5'000; port < 5'100; ++port) {
            auto p =
                port % 2 == 0 ? rrdp::testing::segments::plain() : lan_offer(with_cookies.offered);
            if (port % 2 != 0 && long_syn) {
                p.node = {.source = 2, .destination = 1};
                p.boot = 7;
                p.timing.emplace();
            }
            const rrdp::testing::segments s{.source_port = port, .destination_port = 7};
            t.ask(framed(station(2), station(1), s.syn(1, p)));
            ++syns;
        }
    }
    CHECK(t.m.frames_in == syns);
    CHECK(t.m.frames_out >= 100);
    // PEER TAG is a TLV of 6 octets, APP one of 2 and the text.
    CHECK(t.m.longest <= 6 + (text.empty() ? 0 : 2 + text.size()));
    CHECK(t.m.longest >= (text.empty() ? 0U : 90U));
    CHECK(t.m.factor() <= (text.empty() ? 1.0 : 2.8));
}

TEST_CASE("who never comes back gets his SYN ACK a few times more, and from a full backlog nothing",
          "[security][R-20.2][R-7.19][R-14.1]") {
    target t{rrdp::profiles::lan};
    std::uint64_t frames = 0;
    for (std::uint16_t port = 5'000; port < 5'100; ++port) {
        const rrdp::testing::segments s{.source_port = port, .destination_port = 7};
        t.held->engine.handle_frame(t.now, framed(station(2), station(1), s.syn(1, lan_offer())));
    }
    wire net{{&*t.held}};
    net.now = t.now;
    REQUIRE(net.run(5s));
    frames = t.held->stats().retransmissions_open;
    CHECK(t.held->dropped(rrdp::drop_reason::backlog_full) == 96);
    CHECK(frames >= 4 * 4);  // four half-open ones, with back-off, for connect_timeout
    CHECK(frames <= 4 * 7);
    CHECK(t.held->engine.connections() == 0);
}

}  // namespace
}  // namespace siege
