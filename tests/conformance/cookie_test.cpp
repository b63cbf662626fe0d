// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/lone.hpp"

/// Section 14: a full listener keeps nothing about an opener before it has come back.
namespace script {
namespace {

using rrdp::drop_reason;
using rrdp::wire::features;
using kind = rrdp::wire::reset_form::kind;

setup with_cookies(bool tags = false) {
    setup s;
    s.options.offered = features::fin | features::cookie;
    if (tags) s.options.offered = s.options.offered | features::tag;
    s.node.backlog = 2;
    s.node.accept_queue = 4;
    return s;
}

/// A listener whose backlog is full of openers that never answer.
struct besieged : lone {
    explicit besieged(bool tags = false) : lone{with_cookies(tags)} {
        REQUIRE(own.listen(1'024) == rrdp::errc::ok);
        for (std::uint16_t port = 6'001; port < 6'003; ++port) {
            hear(rrdp::testing::segments{.source_port = port}.syn(100, said()));
            REQUIRE(says().what.control == "SYN");
        }
    }
    [[nodiscard]] rrdp::wire::syn_parameters said() const {
        auto p = offer();
        if (p.offered.has(features::tag)) p.tag = 0x7a67'0001;
        return p;
    }
    /// The cookie that the SYN of number 100 gets; it must get one.
    std::vector<std::byte> asks() {
        hear(peer.syn(100, said()));
        REQUIRE(says() == rst(0, 12).ack(100));
        const auto form = rrdp::wire::parse_reset_opening(*rrdp::wire::parse(last()));
        REQUIRE(form);
        CHECK(form->tag == said().tag);
        CHECK(form->cookie.size() == 8);
        return {form->cookie.begin(), form->cookie.end()};
    }
    void brings(const std::vector<std::byte>& cookie, std::uint16_t number = 100) {
        auto p = said();
        p.has_cookie = true;
        p.cookie = cookie;
        hear(peer.syn(number, p));
    }
};

TEST_CASE("cookie: a full listener gives one and keeps nothing; who brings it gets in",
          "[conformance][R-14.2][R-14.4][R-14.1][T-H11]") {
    besieged e{GENERATE(false, true)};
    const auto before = e.own.engine().connections();
    const auto cookie = e.asks();
    CHECK(e.own.engine().connections() == before);
    CHECK(e.last().size() <= 46);  // not longer than the SYN, or the Ethernet minimum
    CHECK(e.dropped(drop_reason::backlog_full) == 1);
    CHECK(e.asks() == cookie);

    e.brings(cookie);
    const seen reply = e.says();
    REQUIRE(reply.what.control == "SYN");
    CHECK(reply.what.acknowledged == 100);
    if (e.said().tag) {
        e.peer.agreed = e.said().offered;
        e.peer.words.tag = *e.announced().tag;
    }
    e.hear(e.peer.ack(101, *reply.what.sequence));
    CHECK(e.told() == "accepted");
}

TEST_CASE("cookie: it belongs to the node, the ports, the number and the tag of the SYN",
          "[conformance][R-14.2][R-14.4][T-H11]") {
    besieged e{true};
    const auto cookie = e.asks();
    SECTION("another port") {
        e.peer.source_port = 5'002;
        e.brings(cookie);
    }
    SECTION("another number") {
        e.brings(cookie, 101);
    }
    SECTION("another tag") {
        auto p = e.said();
        p.tag = 0x7a67'0002;
        p.has_cookie = true;
        p.cookie = cookie;
        e.hear(e.peer.syn(100, p));
    }
    SECTION("one bit of it") {
        auto wrong = cookie;
        wrong[7] ^= std::byte{1};
        e.brings(wrong);
    }
    SECTION("half of it") {
        e.brings({cookie.begin(), cookie.begin() + 4});
    }
    const seen answer = e.says();
    CHECK(answer.what.control == "RST");
    CHECK(answer.what.said == 12);
    CHECK(e.own.engine().connections() == 2);
}

TEST_CASE("cookie: it is good in its slot of time and in the next one",
          "[conformance][R-14.4][T-H11]") {
    static constexpr rrdp::duration slot = rrdp::cookie_jar::slot;
    setup s = with_cookies();
    s.options.connect_timeout = 100s;
    s.options.rto_initial = s.options.rto_max = 100s;
    struct patient : besieged {
    } e;
    const auto cookie = e.asks();  // at 1 s
    const auto later = GENERATE(as<rrdp::duration>{}, 0s, slot - 2s, slot, 2 * slot - 1ms - 1s,
                                2 * slot - 1s, 3 * slot);
    // What besieges it goes away in time; there are always two more.
    e.jump(later);
    while (e.says() != nothing()) {}
    for (std::uint16_t port = 6'101; port < 6'103; ++port)
        e.hear(rrdp::testing::segments{.source_port = port}.syn(100, e.said()));
    while (e.says() != nothing() && e.own.engine().connections() < 9) {}
    const auto before = e.own.engine().connections();
    e.brings(cookie);
    const bool good = later < 2 * slot - 1s;
    CHECK(e.own.engine().connections() == before + (good ? 1 : 0));
}

TEST_CASE("cookie: one that nobody asked for is ignored", "[conformance][R-14.4][T-H11]") {
    lone e{with_cookies()};
    REQUIRE(e.own.listen(1'024) == rrdp::errc::ok);
    auto p = e.offer();
    const std::array<std::byte, 6> nonsense{};
    p.has_cookie = true;
    p.cookie = nonsense;
    e.hear(e.peer.syn(100, p));
    CHECK(e.says() == syn(200).ack(100));
    e.hear(e.peer.ack(101, 200));
    CHECK(e.told() == "accepted");
}

TEST_CASE("cookie: an opener that does not understand it gets nothing",
          "[conformance][R-14.2][R-7.10]") {
    besieged e;
    auto p = e.said();
    p.offered = features::fin;
    e.hear(e.peer.syn(100, p));
    CHECK(e.says() == nothing());
    e.hear(e.peer.syn(100));
    CHECK(e.says() == nothing());
    CHECK(e.dropped(drop_reason::backlog_full) == 2);
}

TEST_CASE("cookie: those who come back are bounded, too, and by the queue of the untold",
          "[conformance][R-14.1][R-14.4]") {
    besieged e;
    std::size_t opened = 0;
    for (std::uint16_t port = 7'000; port < 7'020; ++port) {
        e.now += 10ms;
        e.peer.source_port = port;
        e.hear(e.peer.syn(100, e.said()));
        if (!(e.says() == rst(0, 12).ack(100))) continue;
        const auto form = rrdp::wire::parse_reset_opening(*rrdp::wire::parse(e.last()));
        e.brings({form->cookie.begin(), form->cookie.end()});
        const seen reply = e.says();
        if (reply.what.control != "SYN") continue;
        if (port % 2 == 0) e.hear(e.peer.ack(101, *reply.what.sequence));
        opened += port % 2 == 0;
    }
    CHECK(e.own.engine().connections() <= 8);
    CHECK(opened >= 1);
    CHECK(opened <= 4);
}

struct opener : lone {
    explicit opener(const setup& s = with_cookies()) : lone{s} {
        REQUIRE(own.connect(now, 5'001, 1'024) == rrdp::errc::ok);
        REQUIRE(says() == syn(200));
        first = announced();
    }
    void gives_cookie(std::uint8_t octet = 7) {
        std::array<std::byte, 8> cookie;
        cookie.fill(std::byte{octet});
        rrdp::wire::reset_form form{.form = kind::cookie,
                                    .reason = rrdp::wire::reset_reason::retry_with_cookie,
                                    .cookie = cookie};
        if (first.tag) form.form = kind::cookie_tagged;
        if (first.tag) form.tag = *first.tag;
        hear(rrdp::testing::segments{.source_port = 5'001}.rst(0, 200, form));
    }
    rrdp::wire::syn_parameters first;
};

TEST_CASE("SYN-SENT: a cookie goes back in the same SYN, once; a second one is a refusal",
          "[conformance][R-14.3][R-5.15][R-7.12][T-H11]") {
    opener e{with_cookies(GENERATE(false, true))};
    e.gives_cookie();
    REQUIRE(e.says() == syn(200));
    auto again = e.announced();
    CHECK(again.has_cookie);
    CHECK(again.cookie.size() == 8);
    CHECK(again.cookie[0] == std::byte{7});
    CHECK(again.cookie[7] == std::byte{7});
    again.has_cookie = false;
    again.cookie = {};
    CHECK(rrdp::testing::equal(again, e.first));
    CHECK(e.told().empty());
    SECTION("it is sent again like any SYN, with the cookie") {
        REQUIRE(e.says_within(100ms) == syn(200));
        CHECK(e.announced().has_cookie);
    }
    SECTION("a second one") {
        e.gives_cookie(8);
        CHECK(e.told() == "closed refused(12) 0/0/0");
        CHECK(e.silent_for(4s));
    }
    SECTION("a SYN ACK opens") {
        auto p = e.offer();
        p.boot = 99;
        if (e.first.tag) p.tag = 5, p.peer_tag = e.first.tag;
        e.hear(e.peer.syn_ack(100, 200, p));
        CHECK(e.told() == "connected");
    }
}

TEST_CASE("SYN-SENT: who offered no COOKIE is refused by one", "[conformance][R-14.3]") {
    opener e{setup{}};
    e.gives_cookie();
    CHECK(e.told() == "closed refused(12) 0/0/0");
}

TEST_CASE("SYN-SENT: a cookie with a wrong tag or number is dropped",
          "[conformance][R-14.3][R-7.12]") {
    opener e{with_cookies(true)};
    auto& tag = *e.first.tag;
    tag ^= 1;
    e.gives_cookie();
    CHECK(e.says() == nothing());
    CHECK(e.dropped(drop_reason::bad_tag) == 1);
    CHECK(e.own.state() == rrdp::state::syn_sent);
}

}  // namespace
}  // namespace script
