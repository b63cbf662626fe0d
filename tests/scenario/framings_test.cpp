// SPDX-License-Identifier: Apache-2.0
// Two engines over every framing: the same conversation, whatever a segment travels in.
#include <string>
#include <vector>

#include <rrdp/framings/ip.hpp>
#include <rrdp/framings/oui.hpp>
#include <rrdp/framings/udp.hpp>
#include <rrdp/framings/vlan.hpp>
#include <rrdp/rrdp.hpp>

#include "support/catch.hpp"
#include "support/side.hpp"

namespace script {
namespace {

using rrdp::drop_reason;
using rrdp::instant;
using rrdp::octets_view;
namespace framings = rrdp::framings;

constexpr rrdp::wire::mac_address mac_of(unsigned n) {
    return {{2, 0, 0, 0, 0, static_cast<std::uint8_t>(n)}};
}

/// Where node `n` is.
template <class Framing>
typename Framing::address address_of(unsigned n) {
    const auto last = static_cast<std::uint8_t>(n);
    if constexpr (std::is_same_v<typename Framing::address, rrdp::wire::mac_address>)
        return mac_of(n);
    else if constexpr (std::is_same_v<typename Framing::address, framings::ipv4_address>)
        return {{192, 0, 2, last}};
    else if constexpr (std::is_same_v<typename Framing::address, framings::ipv6_address>)
        return {{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last}};
    else if constexpr (sizeof(typename Framing::address) < 16)
        return {{{192, 0, 2, last}}};
    else
        return {{{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last}}};
}

template <class Framing>
struct over : rrdp::default_policy {
    using framing = Framing;
};

constexpr rrdp::options controlled = [] {
    rrdp::options o;
    o.offered = rrdp::wire::features::fin;
    o.congestion = rrdp::congestion_kind::aimd;
    o.keepalive = {};
    return o;
}();

/// Two engines, the wire between them in virtual time, and what they say.
template <class Framing>
struct route {
    using engine = rrdp::endpoint<over<Framing>>;
    using address = typename Framing::address;

    struct end {
        engine held;
        rrdp::connection_id id{};
        std::string told{};
        std::vector<std::string> taken{};

        end(unsigned number, unsigned other, const Framing& f)
            : held{rrdp::capacities{.connections = 8, .rings = 8, .segments = 256, .nodes = 4},
                   options_of(number, f), rrdp::entropy{number, 77}} {
            REQUIRE(held.add_node(rrdp::node_id{static_cast<std::uint16_t>(other)},
                                  address_of<Framing>(other)) == rrdp::errc::ok);
        }
        static rrdp::node_options<Framing> options_of(unsigned number, const Framing& f) {
            rrdp::node_options<Framing> o;
            o.node = rrdp::node_id{static_cast<std::uint16_t>(number)};
            o.msl = {};  // no quiet time
            o.address = address_of<Framing>(number);
            o.mtu = Framing::base_mtu;
            o.framing = f;
            return o;
        }
        void hear() {
            while (const auto e = held.poll_event()) {
                id = e->connection;
                if (e->kind == rrdp::event_kind::readable) continue;
                told += std::string{told.empty() ? "" : " "} + name(e->kind);
            }
            while (const auto m = held.receive(id)) {
                const auto bytes = m->bytes();
                std::string text;
                for (const std::byte octet : bytes) text += static_cast<char>(octet);
                taken.push_back(text);
            }
        }
    };

    end a, b;
    instant now{1s};
    std::vector<std::byte> room = std::vector<std::byte>(2'000);
    std::vector<std::byte> last{};  ///< the last frame that left
    std::size_t frames = 0;
    std::size_t lose_each = 0;  ///< every so-manieth frame; 0: none
    std::size_t lost = 0;
    /// What happens to a frame on the way.
    void (*change)(std::vector<std::byte>&, bool from_a) = nullptr;

    explicit route(const Framing& of_a = {}, const Framing& of_b = {})
        : a{1, 2, of_a}, b{2, 1, of_b} {}

    bool carry(end& from, end& to) {
        const auto size = from.held.poll_transmit(now, room);
        if (!size) return false;
        last.assign(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(*size));
        if (lose_each != 0 && ++frames % lose_each == 0) {
            ++lost;
            return true;
        }
        if (change != nullptr) change(last, &from == &a);
        to.held.handle_frame(now, last);
        return true;
    }
    template <class Done>
    bool run(Done done, rrdp::duration span = 60s) {
        const instant limit = now + span;
        for (int step = 0; step < 100'000; ++step) {
            if (carry(a, b) || carry(b, a)) continue;
            a.hear();
            b.hear();
            if (done()) return true;
            if (a.held.wants_transmit(now) || b.held.wants_transmit(now)) continue;
            const auto x = a.held.next_timeout();
            const auto y = b.held.next_timeout();
            now = std::min({limit, x.value_or(rrdp::never), y.value_or(rrdp::never)});
            if (now >= limit) break;
            a.held.handle_timeout(now);
            b.held.handle_timeout(now);
        }
        return done();
    }
    bool open(const rrdp::options& o = controlled) {
        REQUIRE(b.held.listen(7, o) == rrdp::errc::ok);
        const auto made = a.held.connect(now, {rrdp::node_id{2}, 7, 5'001}, o);
        REQUIRE(made);
        a.id = *made;
        return run([&] { return a.told == "connected" && b.told == "accepted"; });
    }
};

#define EVERY_FRAMING \
    rrdp::wire::ethernet_framing, framings::vlan, framings::oui, framings::ipv4, framings::ipv6, \
        framings::udp4, framings::udp6

TEMPLATE_TEST_CASE("a conversation with losses arrives whole over every framing",
                   "[scenario][R-16.1][R-4.4]", EVERY_FRAMING) {
    route<TestType> r;
    r.lose_each = 7;
    REQUIRE(r.open());
    std::vector<std::string> sent;
    for (std::size_t n = 0; n < 40; ++n) sent.push_back(std::string(1 + 37 * n % 1'400, 'a'));
    std::size_t next = 0;
    const auto feed = [&] {
        while (next < sent.size() && r.a.held.send(r.now, r.a.id, octets_of(sent[next]))) ++next;
        return next == sent.size();
    };
    REQUIRE(r.run([&] { return feed() && r.b.taken.size() == sent.size(); }));
    CHECK(r.b.taken == sent);
    REQUIRE(r.a.held.close(r.now, r.a.id) == rrdp::errc::ok);
    CHECK(r.run([&] { return r.a.told.ends_with("closed") && r.b.told.ends_with("closed"); }));
    CHECK(r.lost > 0);
    CHECK(r.a.held.stats().dropped(drop_reason::bad_checksum) == 0);
    CHECK(r.b.held.stats().dropped(drop_reason::bad_checksum) == 0);
}

TEMPLATE_TEST_CASE("no frame is longer than the link of the framing's base size carries",
                   "[scenario][R-2.10][R-12.2]", EVERY_FRAMING) {
    route<TestType> r;
    REQUIRE(r.open());
    const auto longest = r.a.held.info(r.a.id)->message_max;
    REQUIRE(longest > 1'300);
    REQUIRE(r.a.held.send(r.now, r.a.id, octets_of(std::string(longest, 'x'))));
    REQUIRE(r.carry(r.a, r.b));
    CHECK(r.last.size() == TestType::overhead + TestType::base_mtu);
    const std::size_t tag = std::is_same_v<TestType, framings::vlan> ? 4 : 0;
    const bool on_ethernet = std::is_same_v<typename TestType::address, rrdp::wire::mac_address>;
    CHECK(r.last.size() == (on_ethernet ? 1'514 + tag : 1'500));
}

TEMPLATE_TEST_CASE("a damaged frame has no effect, whatever is damaged", "[scenario][R-2.15]",
                   EVERY_FRAMING) {
    route<TestType> r;
    REQUIRE(r.open());
    REQUIRE(r.a.held.send(r.now, r.a.id, octets_of("hello")));
    const auto size = r.a.held.poll_transmit(r.now, r.room);
    REQUIRE(size);
    const std::size_t from = TestType::overhead;  // what stands before it is the framing's affair
    const std::size_t to = from + 14 + 5;         // and behind it there may be padding
    for (std::size_t bit = 8 * from; bit < 8 * to; ++bit) {
        std::vector<std::byte> frame(r.room.begin(),
                                     r.room.begin() + static_cast<std::ptrdiff_t>(*size));
        frame[bit / 8] ^= std::byte{0x80} >> static_cast<int>(bit % 8);
        const auto before = r.b.held.stats().dropped();
        r.b.held.handle_frame(r.now, frame);
        r.b.hear();
        CHECK(r.b.held.stats().dropped() + r.b.taken.size() == before + 1);
        CHECK(r.b.taken.empty());
        if (!r.b.taken.empty()) break;
    }
    r.b.held.handle_frame(r.now, octets_view{r.room}.first(*size));
    r.b.hear();
    CHECK(r.b.taken == std::vector<std::string>{"hello"});
}

TEST_CASE("a segment in IP between other addresses has a wrong checksum", "[scenario][R-4.4]") {
    route<framings::ipv6> r;
    REQUIRE(r.open());
    REQUIRE(r.a.held.send(r.now, r.a.id, octets_of("hello")));
    // The header of IPv6 has no checksum: only that of the segment knows who sent it.
    REQUIRE(r.b.held.add_node(rrdp::node_id{3}, address_of<framings::ipv6>(3)) == rrdp::errc::ok);
    r.change = [](std::vector<std::byte>& frame, bool) { frame[8 + 15] = std::byte{3}; };
    REQUIRE(r.carry(r.a, r.b));
    CHECK(r.b.held.stats().dropped(drop_reason::bad_checksum) == 1);
    CHECK(r.b.held.stats().dropped() == 1);
}

TEST_CASE("on IP and UDP only AIMD is accepted", "[scenario][R-16.1]") {
    using rrdp::congestion_kind;
    rrdp::options o = controlled;
    route<framings::udp4> udp;
    route<framings::ipv6> ip;
    route<rrdp::wire::ethernet_framing> ethernet;
    for (const auto kind : {congestion_kind::fixed, congestion_kind::delay_target}) {
        o.congestion = kind;
        CHECK(udp.a.held.listen(9, o) == rrdp::errc::congestion_control_required);
        CHECK(udp.a.held.connect(udp.now, {rrdp::node_id{2}, 7}, o).error() ==
              rrdp::errc::congestion_control_required);
        CHECK(ip.a.held.listen(9, o) == rrdp::errc::congestion_control_required);
    }
    o.congestion = congestion_kind::fixed;
    CHECK(ethernet.a.held.listen(9, o) == rrdp::errc::ok);
    o.congestion = congestion_kind::aimd;
    CHECK(udp.a.held.listen(9, o) == rrdp::errc::ok);
    CHECK(ip.a.held.listen(9, o) == rrdp::errc::ok);
}

TEST_CASE("frames of another VLAN, and untagged ones, are dropped and counted",
          "[scenario][T-L2][R-16.2]") {
    route<framings::vlan> r{{.vlan_id = 5}, {.vlan_id = 6}};
    REQUIRE(r.b.held.listen(7, controlled) == rrdp::errc::ok);
    REQUIRE(r.a.held.connect(r.now, {rrdp::node_id{2}, 7, 5'001}, controlled));
    REQUIRE(r.carry(r.a, r.b));
    CHECK(r.b.held.stats().dropped(drop_reason::foreign_vlan) == 1);
    std::vector<std::byte> stripped = r.last;
    stripped.erase(stripped.begin() + 12, stripped.begin() + 16);
    r.b.held.handle_frame(r.now, stripped);
    CHECK(r.b.held.stats().dropped(drop_reason::foreign_vlan) == 2);
    CHECK(r.b.held.stats().dropped() == 2);
    CHECK_FALSE(r.b.held.wants_transmit(r.now));
}

TEST_CASE("urgent connections are marked in every frame, others are not", "[scenario][R-16.1]") {
    rrdp::options urgent = controlled;
    urgent.urgent = true;
    const bool is_urgent = GENERATE(false, true);
    const auto& o = is_urgent ? urgent : controlled;
    SECTION("by the priority of the tag") {
        route<framings::vlan> r;
        REQUIRE(r.open(o));
        REQUIRE(r.a.held.send(r.now, r.a.id, octets_of("page")));
        REQUIRE(r.carry(r.a, r.b));
        CHECK(std::to_integer<unsigned>(r.last[14]) >> 5 == (is_urgent ? 5 : 0));
    }
    SECTION("by the code point of IPv4") {
        route<framings::udp4> r;
        REQUIRE(r.open(o));
        REQUIRE(r.a.held.send(r.now, r.a.id, octets_of("page")));
        REQUIRE(r.carry(r.a, r.b));
        CHECK(std::to_integer<unsigned>(r.last[1]) >> 2 == (is_urgent ? 46 : 0));
        CHECK(r.run([&] { return r.b.taken.size() == 1; }));
    }
}

TEST_CASE("what IP and UDP get wrong is counted by what it is", "[scenario][R-19.2]") {
    route<framings::udp4> r;
    REQUIRE(r.b.held.listen(7, controlled) == rrdp::errc::ok);
    REQUIRE(r.a.held.connect(r.now, {rrdp::node_id{2}, 7, 5'001}, controlled));
    const auto size = r.a.held.poll_transmit(r.now, r.room);
    REQUIRE(size);
    const auto drops_as = [&](drop_reason why, std::size_t at, unsigned flip, bool resum) {
        std::vector<std::byte> frame(r.room.begin(),
                                     r.room.begin() + static_cast<std::ptrdiff_t>(*size));
        frame[at] ^= static_cast<std::byte>(flip);
        if (resum) {
            rrdp::store_be16(frame, 10, 0);
            rrdp::store_be16(frame, 10, rrdp::wire::checksum_of(octets_view{frame}.first(20)));
        }
        const auto before = r.b.held.stats().dropped();
        r.b.held.handle_frame(r.now, frame);
        return r.b.held.stats().dropped() == before + 1 && r.b.held.stats().dropped(why) == 1;
    };
    CHECK(drops_as(drop_reason::foreign_frame, 9, 0xff, true));
    CHECK(drops_as(drop_reason::fragment, 6, 0x20, true));
    CHECK(drops_as(drop_reason::datagram_length, 24, 0x40, false));
    CHECK(drops_as(drop_reason::datagram_checksum, 40, 0x40, false));
    CHECK(r.b.held.connections() == 0);
}

/// A translator of addresses that gives a the port `given`; 0: none.
std::uint16_t given = 0;

void translate(std::vector<std::byte>& frame, bool from_a) {
    using framings::udp4;
    if (given == 0) return;
    const udp4 f;
    const auto p = f.parse(frame);
    REQUIRE(p);
    auto source = p->source;
    auto destination = p->destination;
    (from_a ? source.port : destination.port) = from_a ? given : std::uint16_t{50'027};
    const std::size_t carried = p->payload.size();
    f.write_header(frame, destination, source);
    REQUIRE(f.finish(frame, carried) == frame.size());
}

TEST_CASE("the port of a peer follows its last valid segment", "[scenario][R-16.1]") {
    route<framings::udp4> r;
    r.change = translate;
    given = 40'000;  // from the beginning: the SYN ACK goes where the SYN came from
    REQUIRE(r.open());
    CHECK(rrdp::load_be16(r.last, 20) == 40'000);  // of the ACK that opened it
    given = 41'000;                                // and in the middle
    REQUIRE(r.a.held.send(r.now, r.a.id, octets_of("one")));
    REQUIRE(r.carry(r.a, r.b));
    const auto of_a = r.last;
    REQUIRE(r.run([&] { return r.b.taken.size() == 1; }));
    REQUIRE(r.b.held.send(r.now, r.b.id, octets_of("two")));
    const auto size = r.b.held.poll_transmit(r.now, r.room);
    REQUIRE(size);
    CHECK(rrdp::load_be16(r.room, 22) == 41'000);
    // A segment that is not valid moves nothing: here, one whose own checksum is wrong.
    std::vector<std::byte> forged = of_a;
    forged[28 + 12] ^= std::byte{1};
    const auto p = framings::udp4{}.parse(of_a);
    REQUIRE(p);
    auto elsewhere = p->source;
    elsewhere.port = 6'666;
    framings::udp4{}.write_header(forged, p->destination, elsewhere);
    REQUIRE(framings::udp4{}.finish(forged, forged.size() - 28) == forged.size());
    r.b.held.handle_frame(r.now, forged);
    CHECK(r.b.held.stats().dropped(drop_reason::bad_checksum) == 1);
    REQUIRE(r.b.held.send(r.now, r.b.id, octets_of("three")));
    REQUIRE(r.b.held.poll_transmit(r.now, r.room));
    CHECK(rrdp::load_be16(r.room, 22) == 41'000);
    given = 0;
}

TEST_CASE("a bare RST goes back to where the segment came from", "[scenario][R-7.6]") {
    route<framings::udp4> r;
    r.change = translate;
    given = 40'000;
    REQUIRE(r.a.held.connect(r.now, {rrdp::node_id{2}, 7, 5'001}, controlled));  // nobody listens
    REQUIRE(r.carry(r.a, r.b));
    const auto size = r.b.held.poll_transmit(r.now, r.room);
    REQUIRE(size);
    CHECK(rrdp::load_be16(r.room, 22) == 40'000);
    given = 0;
}

}  // namespace
}  // namespace script
