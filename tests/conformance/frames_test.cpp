// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <bitset>
#include <vector>

#include "support/catch.hpp"
#include "support/lone.hpp"

/// Section 2: what a frame must pass before it means anything, in which order, and that every
/// failure is counted once and changes nothing else.
namespace script {
namespace {

using rrdp::drop_reason;
using rrdp::testing::segments;

constexpr rrdp::wire::mac_address own{{2, 0, 0, 0, 0, 1}};
constexpr rrdp::wire::mac_address known{{2, 0, 0, 0, 0, 2}};
constexpr rrdp::wire::mac_address stranger{{2, 0, 0, 0, 0, 3}};
constexpr rrdp::wire::mac_address group{{3, 0, 0, 0, 0, 1}};
constexpr segments peer{.source_port = 5'001, .destination_port = 1'024};

/// An Ethernet frame in the making.
struct made_frame {
    std::vector<std::byte> segment;
    rrdp::wire::mac_address from = known;
    rrdp::wire::mac_address to = own;
    std::uint16_t ethertype = 0x88b6;

    explicit made_frame(rrdp::octets_view s) : segment{s.begin(), s.end()} {}
};

/// An engine on Ethernet that knows one node.
struct on_ethernet {
    rrdp::endpoint<> engine{{.connections = 2, .rings = 2, .segments = 16, .nodes = 2},
                            {.node = rrdp::node_id{1}, .address = own},
                            rrdp::entropy{1, 2}};
    rrdp::instant now{1s};

    on_ethernet() { REQUIRE(engine.add_node(rrdp::node_id{2}, known) == rrdp::errc::ok); }

    void hear(const made_frame& f) {
        std::vector<std::byte> octets(14 + f.segment.size());
        rrdp::wire::ethernet_framing{f.ethertype}.write_header(octets, f.to, f.from);
        std::copy(f.segment.begin(), f.segment.end(), octets.begin() + 14);
        engine.handle_frame(now, octets);
    }
    /// Whether one counter has moved since, by one, and which.
    std::vector<drop_reason> counted_since(const rrdp::statistics& before) const {
        std::vector<drop_reason> moved;
        for (std::size_t i = 0; i < rrdp::drop_reasons; ++i)
            for (auto n = before.drops[i]; n != engine.stats().drops[i]; ++n)
                moved.push_back(static_cast<drop_reason>(i));
        return moved;
    }
    bool silent() {
        std::array<std::byte, 1'514> room{};
        return !engine.poll_transmit(now, room);
    }
};

/// A way to spoil a SYN, and the counter that must tell.
struct spoiling {
    drop_reason told;
    void (*spoil)(made_frame&);
};

void change(made_frame& f, std::size_t at, int octet) {
    f.segment[at] = static_cast<std::byte>(octet);
}
void set(made_frame& f, std::size_t at, int bits) {
    f.segment[at] |= static_cast<std::byte>(bits);
}

/// In the order of the steps of 2.2.
constexpr std::array spoilings{
    spoiling{drop_reason::bad_version, [](made_frame& f) { f.segment[0] &= std::byte{0xfe}; }},
    spoiling{drop_reason::bad_zero_bit, [](made_frame& f) { set(f, 0, 0x04); }},
    spoiling{drop_reason::bad_header_length, [](made_frame& f) { change(f, 1, 6); }},
    spoiling{drop_reason::bad_data_length, [](made_frame& f) { change(f, 6, 0xff); }},
    spoiling{drop_reason::bad_flags, [](made_frame& f) { set(f, 0, 0x30); }},
    spoiling{drop_reason::bad_port, [](made_frame& f) { change(f, 2, 0), change(f, 3, 0); }},
    spoiling{drop_reason::bad_syn, [](made_frame& f) { change(f, 14, 0), change(f, 15, 0); }},
    spoiling{drop_reason::group_destination, [](made_frame& f) { f.to = group; }},
    spoiling{drop_reason::bad_source, [](made_frame& f) { f.from = own; }},
    spoiling{drop_reason::unknown_node,
             [](made_frame& f) { f.from = f.from == own ? own : stranger; }},
    spoiling{drop_reason::bad_checksum, [](made_frame& f) { f.segment[12] ^= std::byte{1}; }},
};

TEST_CASE("frame: the first failure decides, whatever else is wrong with it",
          "[conformance][R-2.2][R-2.3][R-2.4][R-2.5][R-2.11][R-2.15][R-19.1][T-C5]") {
    on_ethernet e;
    const auto listening = e.engine.listen(1'024);
    REQUIRE(listening == rrdp::errc::ok);
    for (unsigned long which = 1; which < 1UL << spoilings.size(); ++which) {
        const std::bitset<spoilings.size()> chosen{which};
        made_frame f{peer.syn(100)};
        for (std::size_t i = 0; i + 1 < spoilings.size(); ++i)
            if (chosen[i]) spoilings[i].spoil(f);
        rrdp::testing::repair_checksum(f.segment);
        if (chosen[spoilings.size() - 1]) spoilings.back().spoil(f);
        std::size_t first = 0;
        while (!chosen[first]) ++first;
        const rrdp::statistics before = e.engine.stats();
        e.hear(f);
        const std::vector expected{spoilings[first].told};
        if (e.counted_since(before) != expected) {
            CAPTURE(chosen.to_string(), rrdp::name(spoilings[first].told));
            REQUIRE(e.counted_since(before) == expected);
        }
    }
    CHECK(e.silent());
    CHECK(e.engine.connections() == 0);
    CHECK(e.engine.stats().dropped() == (1U << spoilings.size()) - 1);
}

TEST_CASE("frame: truncated anywhere, a segment is dropped for a length, and nothing else",
          "[conformance][R-2.15][T-L7]") {
    on_ethernet e;
    const auto whole = peer.data(101, 200, "some octets of data");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const rrdp::statistics before = e.engine.stats();
        e.hear(made_frame{whole.view().first(size)});
        const drop_reason expected =
            size < 14 ? drop_reason::short_frame : drop_reason::bad_data_length;
        REQUIRE(e.counted_since(before) == std::vector{expected});
    }
    CHECK(e.silent());
}

TEST_CASE("frame: own frames, frames for a group or for another host mean nothing",
          "[conformance][R-2.15][R-7.6][R-16.2][T-L2]") {
    on_ethernet e;
    made_frame f{peer.data(101, 200, "x")};
    drop_reason told{};
    SECTION("to a group") {
        f.to = group;
        told = drop_reason::group_destination;
    }
    SECTION("to another host") {
        f.to = stranger;
        told = drop_reason::group_destination;
    }
    SECTION("looped back") {
        f.from = own;
        told = drop_reason::bad_source;
    }
    SECTION("from a group address") {
        f.from = group;
        told = drop_reason::bad_source;
    }
    SECTION("from the zero address") {
        f.from = {};
        told = drop_reason::bad_source;
    }
    SECTION("from a node that is not in the table") {
        f.from = stranger;
        told = drop_reason::unknown_node;
    }
    SECTION("of another EtherType") {
        f.ethertype = 0x0800;
        told = drop_reason::foreign_frame;
    }
    e.hear(f);
    CHECK(e.engine.stats().dropped(told) == 1);
    CHECK(e.engine.stats().dropped() == 1);
    CHECK(e.silent());
}

TEST_CASE("frame: a short frame is padded with zeros to 60 octets",
          "[conformance][R-2.8][R-16.3]") {
    on_ethernet e;
    REQUIRE(e.engine.listen(1'024, rrdp::profiles::paper_exact) == rrdp::errc::ok);
    e.hear(made_frame{peer.syn(100)});
    std::array<std::byte, 1'514> room{};
    room.fill(std::byte{0xa5});
    CHECK(e.engine.poll_transmit(e.now, room) == 60U);
    constexpr std::ptrdiff_t segment_ends = 14 + 20;
    CHECK(std::count(room.begin() + segment_ends, room.begin() + 60, std::byte{0}) == 26);
}

TEST_CASE("frame: padding, whatever is in it, is neither delivered nor summed",
          "[conformance][R-2.8][T-L1]") {
    lone e;
    REQUIRE(e.open_passively());
    std::vector<std::byte> padded(46, std::byte{0xa5});
    const auto s = e.peer.data(101, 200, "hi");
    std::copy(s.view().begin(), s.view().end(), padded.begin());
    e.hear(padded);
    CHECK(e.told() == "readable");
    CHECK(e.own.taken() == "hi");
    CHECK(e.stats().dropped() == 0);
}

TEST_CASE("frame: a header that does not fit what was agreed changes no state, in every state",
          "[conformance][R-2.15][R-2.16][R-3.8][R-3.9]") {
    lone e;
    const auto misfit = [&](std::uint16_t number) {
        // nine words: neither a pure ACK nor a NUL of a connection with nothing but FIN
        auto s = e.peer.eack(number, 200, {103, 104});
        s[0] = std::byte{0x4b};
        rrdp::testing::repair_checksum(s.room().first(s.size()));
        return s;
    };
    REQUIRE(e.own.listen(1'024) == rrdp::errc::ok);
    e.hear(e.peer.syn(100, e.offer()));
    CHECK(e.says() == syn(200).ack(100));
    e.hear(misfit(101));
    CHECK(e.own.engine().observer().states[0] == rrdp::state::syn_received);
    CHECK(e.dropped(drop_reason::bad_extension) == 1);

    e.hear(e.peer.ack(101, 200));
    CHECK(e.told() == "accepted");
    e.hear(misfit(101));
    CHECK(e.dropped(drop_reason::bad_extension) == 2);
    CHECK(e.silent_for(10ms));

    e.hear(e.peer.fin(101, 200));  // and auto_close: both FINs, CLOSE-WAIT
    CHECK(e.says() == fin(201).ack(101));
    e.hear(e.peer.ack(102, 201));
    CHECK(e.own.state() == rrdp::state::close_wait);
    e.hear(misfit(101));
    CHECK(e.dropped(drop_reason::bad_extension) == 3);
    CHECK(e.says() == nothing());
}

TEST_CASE("frame: without a record either coverage of the checksum will do",
          "[conformance][R-2.17]") {
    lone e;
    auto s = e.peer.data(101, 200, "of a connection that is forgotten");
    rrdp::testing::repair_checksum(s.room().first(s.size()), rrdp::wire::coverage::header_only);
    e.hear(s);
    CHECK(e.says() == rst(201, 2).ack(101));
    s[20] ^= std::byte{1};  // the data are not covered
    e.hear(s);
    CHECK(e.says() == rst(201, 2).ack(101));
    CHECK(e.dropped(drop_reason::bad_checksum) == 0);
}

TEST_CASE("frame: with a record the sum covers the data", "[conformance][R-2.17][R-4.2]") {
    lone e;
    REQUIRE(e.open_passively());
    auto s = e.peer.data(101, 200, "half a checksum");
    rrdp::testing::repair_checksum(s.room().first(s.size()), rrdp::wire::coverage::header_only);
    e.hear(s);
    CHECK(e.dropped(drop_reason::bad_checksum) == 1);
    CHECK(e.told().empty());
}

}  // namespace
}  // namespace script
