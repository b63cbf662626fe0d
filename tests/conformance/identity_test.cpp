// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/lone.hpp"

/// The TLVs NODE and BOOT: who one talks to, and since when it runs (5.2, R-5.11, R-7.21).
namespace script {
namespace {

using rrdp::drop_reason;
using rrdp::wire::features;
using kind = rrdp::wire::reset_form::kind;

constexpr std::uint32_t first_boot = 0x0b00'0001;
constexpr std::uint32_t second_boot = 0x0b00'0002;
constexpr std::uint32_t peer_tag = 0x7a67'0001;

/// An engine of node 1 with a boot id, and a peer of node 2 that identifies itself.
struct known : lone {
    static setup with_boot(setup s) {
        s.node.boot_id = 0x0a00'0001;
        return s;
    }
    explicit known(const setup& s = {}) : lone{with_boot(s)} {}

    rrdp::wire::syn_parameters says_of_itself(std::uint32_t boot = first_boot) {
        auto p = offer();
        p.node = rrdp::wire::node_pair{2, 1};
        p.boot = boot;
        if (p.offered.has(features::tag)) p.tag = peer_tag;
        return p;
    }
    /// Opened by the peer, with or without tags.
    bool open(const rrdp::wire::syn_parameters& p) {
        if (own.listen(1'024) != rrdp::errc::ok) return false;
        hear(peer.syn(100, p));
        if (!(says() == syn(200).ack(100))) return false;
        peer.agreed = p.offered & own.said.options.offered;
        if (p.tag) peer.words.tag = *announced().tag;
        hear(peer.ack(101, 200));
        return told() == "accepted" && says() == nothing();
    }
    /// Whether it answers by an ACK of number 100, and nothing more.
    bool challenges() {
        if (says() == nothing()) return false;
        const auto s = rrdp::wire::decode(last(), peer.agreed);
        return s && s->base.control == rrdp::wire::flags_ack && s->payload.empty() &&
               s->base.sequence == rrdp::wire::seq16{201} &&
               s->base.acknowledgement == rrdp::wire::seq16{100} && says() == nothing();
    }
    /// A SYN of another incarnation: it carries no extension words.
    void hear_syn(std::uint16_t number, const rrdp::wire::syn_parameters& p) {
        hear(rrdp::testing::segments{}.syn(number, p));
    }
};

setup with_tags(bool trust = true) {
    setup s;
    s.options.offered = features::fin | features::tag;
    s.options.trust_boot_id = trust;
    return s;
}

TEST_CASE("identity: SYN and SYN ACK name both nodes and tell the boot id",
          "[conformance][R-5.11][R-15.11]") {
    known e;
    REQUIRE(e.own.connect(e.now, 5'001, 1'024) == rrdp::errc::ok);
    REQUIRE(e.says() == syn(200));
    CHECK(e.announced().node == rrdp::wire::node_pair{1, 2});
    CHECK(e.announced().boot == 0x0a00'0001U);
    known f;
    REQUIRE(f.open(f.says_of_itself()));
    known g;
    REQUIRE(g.own.listen(1'024) == rrdp::errc::ok);
    g.hear(g.peer.syn(100, g.says_of_itself()));
    REQUIRE(g.says() == syn(200).ack(100));
    CHECK(g.announced().node == rrdp::wire::node_pair{1, 2});
    CHECK(g.announced().boot == 0x0a00'0001U);
    CHECK_FALSE(g.announced().timing);  // the SYN had none
}

TEST_CASE("identity: the boot id is drawn once, and is the same in every SYN",
          "[conformance][R-15.11][R-5.15]") {
    lone e;
    REQUIRE(e.own.connect(e.now, 5'001, 1'024) == rrdp::errc::ok);
    REQUIRE(e.says() == syn(200));
    const auto boot = e.announced().boot;
    REQUIRE(boot);
    CHECK(*boot != 0);
    const std::vector<std::byte> before{e.last().begin(), e.last().end()};
    REQUIRE(e.says_within(60ms) == syn(200));
    CHECK(std::equal(before.begin(), before.end(), e.last().begin(), e.last().end()));
    REQUIRE(e.own.connect(e.now, 5'001, 1'025) == rrdp::errc::ok);
    REQUIRE(e.says().what.control == "SYN");
    CHECK(e.announced().boot == boot);
    e.own.crash(200);  // the same key: the same numbers
    setup other;
    other.first = 300;
    lone f{other};
    REQUIRE(f.own.connect(f.now, 5'001, 1'024) == rrdp::errc::ok);
    REQUIRE(f.says() == syn(300));
    CHECK(f.announced().boot != boot);
}

TEST_CASE("identity: several processes tell no boot id unless it is given",
          "[conformance][R-15.12][T-S4]") {
    setup s;
    s.node.unknown_ports = rrdp::unknown_port_policy::ignore;
    const bool given = GENERATE(false, true);
    if (given) s.node.boot_id = 77;
    lone e{s};
    REQUIRE(e.own.connect(e.now, 5'001, 1'024) == rrdp::errc::ok);
    REQUIRE(e.says() == syn(200));
    CHECK(e.announced().boot.has_value() == given);
    CHECK(e.announced().node == rrdp::wire::node_pair{1, 2});
}

TEST_CASE("identity: it is not told where the options say so", "[conformance][R-18.2]") {
    setup s;
    s.options.identify = false;
    lone e{s};
    REQUIRE(e.own.connect(e.now, 5'001, 1'024) == rrdp::errc::ok);
    REQUIRE(e.says() == syn(200));
    CHECK_FALSE(e.announced().node);
    CHECK_FALSE(e.announced().boot);
    CHECK(e.announced().timing);
}

TEST_CASE("identity: a plain SYN gets a plain SYN ACK", "[conformance][R-5.10][R-20.2][T-H9]") {
    known e;
    REQUIRE(e.own.listen(1'024) == rrdp::errc::ok);
    e.hear(e.peer.syn(100));
    REQUIRE(e.says() == syn(200).ack(100));
    CHECK(e.last().size() == 20);
    CHECK_FALSE(e.announced().extended);
}

TEST_CASE("listen: a SYN for another node, or from another than it says, is answered by RST 8",
          "[conformance][R-5.11][R-7.11][T-H4]") {
    known e;
    REQUIRE(e.own.listen(1'024) == rrdp::errc::ok);
    auto p = e.says_of_itself();
    p.node = GENERATE(rrdp::wire::node_pair{2, 3}, rrdp::wire::node_pair{3, 1},
                      rrdp::wire::node_pair{1, 2}, rrdp::wire::node_pair{0, 0});
    e.hear(e.peer.syn(100, p));
    CHECK(e.says() == rst(0, 8).ack(100));
    CHECK(e.own.engine().connections() == 0);
    CHECK(e.dropped(drop_reason::wrong_node) == 1);
    CHECK(e.stats().dropped() == 1);
    e.hear(e.peer.syn(100, e.says_of_itself()));
    CHECK(e.says() == syn(200).ack(100));
}

TEST_CASE("listen: a missing feature is found before a wrong node", "[conformance][R-7.11]") {
    setup s;
    s.options.required = features::fin;
    known e{s};
    REQUIRE(e.own.listen(1'024) == rrdp::errc::ok);
    auto p = e.says_of_itself();
    p.offered = {};
    p.node = rrdp::wire::node_pair{2, 3};
    e.hear(e.peer.syn(100, p));
    CHECK(e.says() == rst(0, 9).ack(100));
}

TEST_CASE("SYN-SENT: a reply from the wrong node ends the attempt, and a tombstone stays",
          "[conformance][R-5.11][R-7.13][R-7.14][R-10.7][T-H4]") {
    setup s;
    s.node.unknown_ports = rrdp::unknown_port_policy::ignore;
    known e{s};
    REQUIRE(e.own.connect(e.now, 5'001, 1'024) == rrdp::errc::ok);
    REQUIRE(e.says() == syn(200));
    auto p = e.says_of_itself();
    p.node = rrdp::wire::node_pair{2, 3};
    SECTION("in a SYN ACK") {
        e.hear(e.peer.syn_ack(100, 200, p));
        CHECK(e.says() == rst(201, 8).ack(100));
    }
    SECTION("in a SYN") {
        e.hear(e.peer.syn(100, p));
        CHECK(e.says() == rst(0, 8).ack(100));
    }
    CHECK(e.told() == "closed refused(8) 0/0/0");
    e.hear(e.peer.syn_ack(100, 200, e.says_of_itself()));
    CHECK(e.says() == rst(201, 2).ack(100));
    CHECK(e.silent_for(3s));
    e.hear(e.peer.syn_ack(100, 200, e.says_of_itself()));  // after the linger nobody answers
    CHECK(e.says() == nothing());
    CHECK(e.dropped(drop_reason::foreign_port) == 1);
}

TEST_CASE("OPEN: a SYN with a new boot id ends a connection that trusts it, and opens the next one",
          "[conformance][R-7.21][R-19.3][T-P3]") {
    known e;
    REQUIRE(e.open(e.says_of_itself()));
    CHECK(e.send("lost") == rrdp::errc::ok);
    CHECK(e.says() == data(201, "lost").ack(100));
    e.hear_syn(7'000, e.says_of_itself(second_boot));
    const seen reply = e.says();  // no RST, and the SYN is processed as if no record existed
    CHECK(reply.what.control == "SYN");
    CHECK(reply.what.acknowledged == 7'000);
    CHECK(e.told() == "closed peer_restarted 1/1/0");
    CHECK(e.own.end->boots == rrdp::boot_ids{first_boot, second_boot});
    CHECK(e.stats().connections_restarted == 1);
    CHECK(e.stats().resets_out.total() == 0);
    e.hear(e.peer.ack(7'001, *reply.what.sequence));
    CHECK(e.told() == "accepted");
}

TEST_CASE("OPEN: without a listener the SYN of a restarted peer is refused, and the end is told",
          "[conformance][R-7.21][T-P3]") {
    known e;
    REQUIRE(e.open(e.says_of_itself()));
    REQUIRE(e.own.engine().stop_listening(1'024) == rrdp::errc::ok);
    e.hear_syn(7'000, e.says_of_itself(second_boot));
    CHECK(e.says() == rst(0, 1).ack(7'000));
    CHECK(e.told() == "closed peer_restarted 0/0/0");
    CHECK(e.own.engine().connections() == 0);
}

TEST_CASE("OPEN: with tags, or without trust, a new boot id is a suspicion that an RST confirms",
          "[conformance][R-7.21][R-7.20][T-P3][T-G9]") {
    const bool tags = GENERATE(true, false);
    setup s = with_tags(tags);
    if (!tags) s.options.offered = features::fin;
    known e{s};
    REQUIRE(e.open(e.says_of_itself()));
    e.hear_syn(7'000, e.says_of_itself(second_boot));
    CHECK(e.challenges());
    CHECK(e.told().empty());
    CHECK(e.own.state() == rrdp::state::open);
    e.hear(e.peer.data(101, 200, "still the same"));
    CHECK(e.own.taken() == "still the same");
    CHECK(e.told() == "readable");

    rrdp::testing::segments recordless;  // answers the challenge <SEQ=201><ACK=100>
    rrdp::wire::reset_form form{.form = kind::bare,
                                .reason = rrdp::wire::reset_reason::no_such_connection};
    if (tags) form.form = kind::bare_tagged;
    if (tags) form.tag = peer_tag;
    e.hear(recordless.rst(102, 201, form));
    CHECK(e.told() == "closed peer_restarted 0/0/0");
    CHECK(e.own.end->boots == rrdp::boot_ids{first_boot, second_boot});
}

TEST_CASE("OPEN: blind SYNs with any boot id get a challenge and change nothing, with tags",
          "[conformance][R-7.21][T-G9]") {
    known e{with_tags()};
    REQUIRE(e.open(e.says_of_itself()));
    for (std::uint32_t i = 0; i < 200; ++i) {
        auto p = e.says_of_itself(i * 0x0101'0101);
        if (i % 3 == 0) p.tag.reset(), p.offered = features::fin;
        e.hear_syn(static_cast<std::uint16_t>(i * 331), p);
        e.now += 20ms;
        CHECK(e.challenges());
    }
    CHECK(e.told().empty());
    CHECK(e.stats().challenges_sent == 200);
    CHECK(e.stats().resets_out.total() == 0);
}

TEST_CASE("OPEN: the same boot id, or none, is an ordinary SYN", "[conformance][R-7.21]") {
    known e;
    REQUIRE(e.open(e.says_of_itself()));
    e.hear_syn(7'000, e.says_of_itself());
    CHECK(e.says() == ack(100).seq(201));
    e.hear_syn(7'000, e.offer());
    CHECK(e.says() == ack(100).seq(201));
    e.hear(e.peer.rst(101, 201));
    CHECK(e.told() == "closed reset(0) 0/0/0");
}

TEST_CASE("OPEN: without a recorded boot id none is missed", "[conformance][R-7.21][T-P3]") {
    known e;
    REQUIRE(e.open(e.offer()));
    e.hear_syn(7'000, e.says_of_itself(second_boot));
    CHECK(e.says() == ack(100).seq(201));
    CHECK(e.told().empty());
    CHECK(e.own.state() == rrdp::state::open);
}

TEST_CASE("SYN-RCVD: a new boot id frees the child and opens the next",
          "[conformance][R-7.17][R-7.21]") {
    known e;
    REQUIRE(e.own.listen(1'024) == rrdp::errc::ok);
    e.hear(e.peer.syn(100, e.says_of_itself()));
    REQUIRE(e.says() == syn(200).ack(100));
    e.hear_syn(7'000, e.says_of_itself(second_boot));
    const seen reply = e.says();
    CHECK(reply.what.control == "SYN");
    CHECK(reply.what.acknowledged == 7'000);
    CHECK(e.told().empty());
    CHECK(e.own.engine().connections() == 1);
}

TEST_CASE("half close needs FIN: the RST that closes would cut the peer off",
          "[conformance][R-10.5][R-10.4]") {
    setup s;
    s.options.offered = {};
    lone e{s};
    REQUIRE(e.open_passively());
    CHECK(e.own.engine().shutdown_send(e.now, e.own.id) == rrdp::errc::fin_not_agreed);
    CHECK(e.send("still open") == rrdp::errc::ok);
    CHECK(e.close() == rrdp::errc::ok);
}

TEST_CASE("challenges and bare RSTs come at the rates that were asked for",
          "[conformance][R-7.4][R-7.6][R-18.1]") {
    setup s;
    s.options.challenges = 4;
    s.node.resets = 2;
    lone e{s};
    REQUIRE(e.open_passively());
    std::size_t challenges = 0;
    std::size_t resets = 0;
    for (int ms = 0; ms < 10'000; ms += 5) {
        e.now += 5ms;
        e.hear(e.peer.syn(40'000));
        challenges += e.says() == ack(100).seq(201);
        e.hear(rrdp::testing::segments{.destination_port = 9}.data(101, 200, "x"));
        resets += e.says() == rst(201, 2).ack(101);
    }
    CHECK(challenges >= 42);
    CHECK(challenges <= 45);
    CHECK(resets >= 20);
    CHECK(resets <= 23);
}

}  // namespace
}  // namespace script
