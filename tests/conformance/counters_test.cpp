// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "support/catch.hpp"
#include "support/lone.hpp"

/// Section 19.1: what is counted. The counters of 2.2 are in frames_test.cpp.
namespace script {
namespace {

using rrdp::drop_reason;

/// Reasons that have tests elsewhere: those of TAG, CRC32C, CREDIT and BUNDLE, of listeners and of
/// pools; those of node resolution, and those of framings other than plain Ethernet.
const std::set<drop_reason> later{
    drop_reason::bad_tag,           drop_reason::bad_crc,          drop_reason::bad_credit,
    drop_reason::bad_bundle,        drop_reason::nr_malformed,     drop_reason::nr_foreign,
    drop_reason::wrong_source,      drop_reason::table_full,       drop_reason::accept_queue_full,
    drop_reason::pool_exhausted,    drop_reason::nr_bad_number,    drop_reason::nr_static,
    drop_reason::nr_stale,          drop_reason::nr_table_full,    drop_reason::number_not_held,
    drop_reason::foreign_vlan,      drop_reason::fragment,         drop_reason::datagram_length,
    drop_reason::datagram_checksum, drop_reason::window_too_large, drop_reason::governors_in_use};

/// Those that a frame on Ethernet meets, shown in frames_test.cpp.
const std::set<drop_reason> of_frames{
    drop_reason::short_frame,   drop_reason::bad_version,       drop_reason::bad_zero_bit,
    drop_reason::bad_flags,     drop_reason::bad_header_length, drop_reason::bad_data_length,
    drop_reason::bad_port,      drop_reason::bad_syn,           drop_reason::bad_checksum,
    drop_reason::foreign_frame, drop_reason::group_destination, drop_reason::bad_source,
    drop_reason::unknown_node};

/// Lets things happen, each to an engine of its own, and expects one drop for one reason of each.
struct drops {
    std::set<drop_reason> met{};

    template <class Happening>
    void expect(drop_reason why, Happening happen) {
        CAPTURE(rrdp::name(why));
        setup s;
        s.options.max_outstanding = 4;
        s.options.receive_slots = 8;
        s.node.unknown_ports = rrdp::unknown_port_policy::ignore;
        s.node.backlog = 1;
        lone e{s};
        happen(e);
        CHECK(e.own.engine().observer().drops == std::vector{why});
        CHECK(e.dropped(why) == 1);
        CHECK(e.stats().dropped() == 1);
        met.insert(why);
    }
};

void listen(lone& e) {
    REQUIRE(e.own.listen(1'024) == rrdp::errc::ok);
}
void half_open(lone& e) {
    listen(e);
    e.hear(e.peer.syn(100, e.offer()));
}
void open(lone& e) {
    REQUIRE(e.open_passively());
}
/// `s` with another octet 0 and a right checksum.
rrdp::testing::segment_octets with_flags(rrdp::testing::segment_octets s, int octet) {
    s[0] = static_cast<std::byte>(octet);
    rrdp::testing::repair_checksum(s.room().first(s.size()));
    return s;
}

void before_it_is_open(drops& d) {
    d.expect(drop_reason::foreign_port, [](lone& e) { e.hear(e.peer.ack(101, 200)); });
    d.expect(drop_reason::stray_reset, [](lone& e) { e.hear(e.peer.rst(101, 200)); });
    d.expect(drop_reason::no_record, [](lone& e) { listen(e), e.hear(e.peer.ack(101, 200)); });
    d.expect(drop_reason::backlog_full, [](lone& e) {
        half_open(e);
        auto other = e.peer;
        other.source_port = 5'002;
        e.hear(other.syn(100, e.offer()));
    });
    d.expect(drop_reason::unsuitable_offer, [](lone& e) {
        rrdp::options choosy;
        choosy.required = rrdp::wire::features::fin;
        REQUIRE(e.own.engine().listen(1'024, choosy) == rrdp::errc::ok);
        e.hear(e.peer.syn(100));
    });
    d.expect(drop_reason::wrong_node, [](lone& e) {
        listen(e);
        auto p = e.offer();
        p.node = rrdp::wire::node_pair{2, 3};
        e.hear(e.peer.syn(100, p));
    });
    d.expect(drop_reason::stale_ack, [](lone& e) {
        half_open(e);
        e.hear(e.peer.ack(101, 77));
    });
    d.expect(drop_reason::no_ack_flag, [](lone& e) {
        half_open(e);
        e.hear(with_flags(e.peer.nul(101, 0), 0x0b));
    });
    d.expect(drop_reason::early_segment, [](lone& e) {
        REQUIRE(e.own.connect(e.now, 5'001, 1'024) == rrdp::errc::ok);
        static_cast<void>(e.says());
        e.hear(e.peer.ack(101, 200));
    });
}

void from_then_on(drops& d) {
    d.expect(drop_reason::bad_extension, [](lone& e) {
        open(e);  // a pure ACK of eight words
        e.hear(with_flags(e.peer.nul(101, 200, rrdp::wire::nul_code::fin), 0x43));
    });
    d.expect(drop_reason::bad_ack, [](lone& e) { open(e), e.hear(e.peer.ack(101, 201)); });
    d.expect(drop_reason::beyond_window,
             [](lone& e) { open(e), e.hear(e.peer.data(109, 200, "x")); });
    d.expect(drop_reason::duplicate, [](lone& e) { open(e), e.hear(e.peer.data(100, 200, "x")); });
    d.expect(drop_reason::no_slot, [](lone& e) {
        open(e);
        for (std::uint16_t n = 101; n <= 109; ++n) e.hear(e.peer.data(n, 200, "x"));
    });
    d.expect(drop_reason::inexact_reset, [](lone& e) { open(e), e.hear(e.peer.rst(90, 200)); });
    d.expect(drop_reason::connection_closed, [](lone& e) {
        open(e);
        e.hear(e.peer.fin(101, 200));
        static_cast<void>(e.says());
        e.hear(e.peer.ack(102, 201));
        e.hear(e.peer.ack(102, 201));
    });
}

TEST_CASE("counters: every reason to drop a segment is met, and counted once",
          "[conformance][R-19.1][R-19.2][R-7.7][T-C5]") {
    drops d{of_frames};
    before_it_is_open(d);
    from_then_on(d);
    for (std::size_t i = 0; i < rrdp::drop_reasons; ++i) {
        const auto why = static_cast<drop_reason>(i);
        CAPTURE(rrdp::name(why));
        CHECK(d.met.count(why) + later.count(why) == 1);
    }
}

TEST_CASE("counters: the names are those of the specification, each once",
          "[conformance][R-19.1]") {
    std::set<std::string> names;
    for (std::size_t i = 0; i < rrdp::drop_reasons; ++i)
        names.insert(rrdp::name(static_cast<drop_reason>(i)));
    CHECK(names.size() == rrdp::drop_reasons);
    for (const char* name :
         {"short_frame",   "bad_version",  "bad_zero_bit", "bad_header_length", "bad_data_length",
          "bad_flags",     "bad_port",     "bad_syn",      "group_destination", "bad_source",
          "unknown_node",  "bad_checksum", "wrong_source", "bad_extension",     "bad_tag",
          "bad_crc",       "foreign_port", "no_ack_flag",  "early_segment",     "bad_ack",
          "beyond_window", "duplicate",    "no_slot",      "bad_credit",        "nr_malformed",
          "nr_foreign"})
        CHECK(names.count(name) == 1);
}

TEST_CASE("counters: a short conversation, counted", "[conformance][R-19.1]") {
    lone e;
    REQUIRE(e.open_passively());
    CHECK(e.stats().connections_opened == 1);
    CHECK(e.stats().frames_in == 2);
    CHECK(e.stats().frames_out == 1);
    CHECK(e.send("one") == rrdp::errc::ok);
    CHECK(e.send("two") == rrdp::errc::ok);
    CHECK(e.stats().messages_sent.total() == 0);
    static_cast<void>(e.says());
    CHECK(e.stats().messages_sent.total() == 1);
    static_cast<void>(e.says());
    e.hear(e.peer.eack(101, 200, {202}));
    CHECK(e.stats().eacks_in == 1);
    CHECK(e.stats().acks_in == 2);
    CHECK(e.says_within(10ms) == data(201, "one").ack(100));
    CHECK(e.stats().retransmissions_rack == 1);
    CHECK(e.stats().retransmissions_rto == 0);
    CHECK(e.stats().messages_sent.total() == 2);
    e.hear(e.peer.ack(101, 202));
    CHECK(e.stats().messages_confirmed == 2);
    e.hear(e.peer.data(102, 202, "b"));
    CHECK(e.stats().segments_out_of_order == 1);
    CHECK(e.says() == ack(100).seq(203).ea({102}));
    CHECK(e.stats().eacks_out == 1);
    e.hear(e.peer.data(101, 202, "a"));
    CHECK(e.stats().messages_received.total() == 2);
    CHECK(e.says() == ack(102).seq(203));
    CHECK(e.stats().acks_out == 2);
    const auto before = e.stats();
    const auto hello = e.peer.data(103, 202, "hello");
    e.hear(hello);
    CHECK(e.stats().octets_in == before.octets_in + hello.size());
    CHECK(e.send("in doubt") == rrdp::errc::ok);
    static_cast<void>(e.says());
    CHECK(e.stats().octets_out == before.octets_out + 14 + 8);
    CHECK(e.send("not sent") == rrdp::errc::ok);
    e.hear(e.peer.rst(104, 202));
    CHECK(e.stats().resets_in.total() == 1);
    CHECK(e.stats().messages_in_doubt == 1);
    CHECK(e.stats().messages_not_sent == 1);
    CHECK(e.stats().dropped() == 0);
}

TEST_CASE("counters: RSTs and protocol errors by reason, ends by cause, flaps of the link",
          "[conformance][R-19.1][R-19.2][R-19.14]") {
    using rrdp::wire::reset_reason;
    setup s;
    s.capacities.segment_max = 100;
    lone e{s};
    REQUIRE(e.open_passively());
    SECTION("an RST comes in") {
        e.hear(e.peer.rst(101, 200, {.reason = reset_reason::no_resources}));
        CHECK(e.stats().resets_in.of(reset_reason::no_resources) == 1);
        CHECK(e.stats().resets_in.total() == 1);
        CHECK(e.stats().resets_out.total() == 0);
    }
    SECTION("with a reason that has no name") {
        e.hear(e.peer.rst(101, 200, {.reason = reset_reason{200}}));
        CHECK(e.told() == "closed reset(200) 0/0/0");
        CHECK(e.stats().resets_in.of(reset_reason{13}) == 1);
        CHECK(e.stats().resets_in.of(reset_reason{255}) == 1);
    }
    SECTION("a protocol error") {
        e.hear(e.peer.data(101, 200, std::string(101, 'x')));
        static_cast<void>(e.says());
        CHECK(e.stats().protocol_errors.of(reset_reason::too_long) == 1);
        CHECK(e.stats().resets_out.of(reset_reason::too_long) == 1);
        e.hear(e.peer.ack(101, 200));
        static_cast<void>(e.says());
        CHECK(e.stats().resets_out.of(reset_reason::no_such_connection) == 1);
        CHECK(e.stats().resets_out.total() == 2);
    }
    SECTION("no FIN in time") {
        CHECK(e.close() == rrdp::errc::ok);
        static_cast<void>(e.says());
        e.hear(e.peer.ack(101, 201));
        static_cast<void>(e.listen_to(6s));
        CHECK(e.stats().connections_unanswered == 1);
        CHECK(e.stats().connections_timed_out == 0);
        CHECK(e.stats().resets_out.of(reset_reason::aborted) == 1);
    }
    SECTION("the link comes and goes") {
        for (const auto state : {rrdp::link_state::down, rrdp::link_state::up,
                                 rrdp::link_state::removed, rrdp::link_state::up})
            e.own.engine().handle_link(e.now, state);
        CHECK(e.stats().link_flaps == 2);
    }
}

}  // namespace
}  // namespace script
