// SPDX-License-Identifier: Apache-2.0
#include "security/forgery.hpp"
#include "support/agreed.hpp"
#include "support/catch.hpp"

/// A blind attacker: sends what he likes, reads nothing, and guesses.
namespace siege {
namespace {

using rrdp::drop_reason;
using script::agreed_lone;

constexpr features plain_features = features::fin;
constexpr features tagged_features = features::fin | features::tag;

TEST_CASE("with tags none of a million forged frames of any kind is taken for the peer's",
          "[security][R-3.3][R-3.20][R-20.1]") {
    for (const forged what : all_forged) {
        forgery f{what, tagged_features, 11};
        const std::uint64_t count = rounds(200'000);
        for (std::uint64_t i = 0; i < count; ++i) f.attempt();
        INFO(forged_names[static_cast<std::size_t>(what)]);
        CHECK(f.frames == count);
        CHECK(f.successes == 0);
        CHECK(f.dropped(drop_reason::bad_tag) + 1 >= count);
        CHECK(f.probability() * 1e6 < 1e-3);
    }
}

TEST_CASE("without tags a forged frame is taken as often as computed",
          "[security][R-7.1][R-7.2][R-7.20][R-20.1]") {
    for (const forged what : all_forged) {
        forgery f{what, plain_features, 12};
        const std::uint64_t count = rounds(1'000'000);
        for (std::uint64_t i = 0; i < count; ++i) f.attempt();
        const double expected = f.probability() * static_cast<double>(count);
        const double off = std::abs(static_cast<double>(f.successes) - expected);
        INFO(forged_names[static_cast<std::size_t>(what)] << ": " << f.successes << " of " << count
                                                          << ", computed " << expected);
        CHECK(f.frames == count);
        CHECK(off <= 4 * std::sqrt(expected) + 1);
        CHECK(f.dropped(drop_reason::bad_tag) == 0);
    }
}

TEST_CASE("of all numbers of RSTs, data and ACKs exactly those of the rules are taken",
          "[security][R-7.1][R-7.2][R-7.20][R-7.26]") {
    agreed_lone e{plain_features};
    REQUIRE(e.open_passively());
    std::uint64_t held = 0;
    std::uint64_t beyond = 0;
    for (std::uint32_t n = 102; n <= 101U + 65'535U; ++n) {
        const auto before = e.stats().segments_out_of_order;
        e.own.engine().handle_frame(e.now, e.peer.data(static_cast<std::uint16_t>(n), 200, "x"));
        held += e.stats().segments_out_of_order - before;
    }
    beyond = e.dropped(drop_reason::beyond_window);
    CHECK(held == 127);             // the window less the next, which was not tried
    CHECK(beyond == 32'767 - 128);  // the half circle ahead, less the window
    CHECK(e.dropped(drop_reason::duplicate) == 32'769);  // old: acknowledged, not taken
    CHECK(e.own.all_taken().empty());
    for (std::uint32_t n = 0; n <= 0xffff; ++n)
        e.own.engine().handle_frame(e.now, e.peer.data(101, static_cast<std::uint16_t>(n), "y"));
    CHECK(e.dropped(drop_reason::bad_ack) == 65'536 - 130);
}

TEST_CASE("what changes the record passes the tag before it passes anything else",
          "[security][R-2.15][R-2.19][R-3.3][R-3.20]") {
    agreed_lone e{tagged_features};
    REQUIRE(e.open_passively());
    REQUIRE(e.send("in flight") == rrdp::errc::ok);
    static_cast<void>(e.says());
    std::uint64_t wrong = 0;
    for (unsigned bit = 0; bit < 32; ++bit) {
        e.peer.words.tag = e.own_tag ^ 1U << bit;
        e.hear(e.peer.data(101, 201, "x"));
        e.hear(e.peer.ack(101, 201));
        e.hear(e.peer.eack(101, 200, {202}));
        e.hear(e.peer.nul(101, 201));
        e.hear(e.peer.fin(101, 201));
        e.hear(e.peer.rst(101, 201));
        e.hear(e.peer.rst(
            101, 201,
            {.form = rrdp::wire::reset_form::kind::bare_tagged, .tag = e.peer.words.tag}));
        wrong += 7;
    }
    e.hear(e.peer.rst(101, 201, {.form = rrdp::wire::reset_form::kind::bare}));
    CHECK(e.dropped(drop_reason::bad_tag) == wrong + 1);
    CHECK(e.at() == rrdp::state::open);
    CHECK(e.own.ledger().confirmed == 0);
    CHECK(e.own.all_taken().empty());
    CHECK(e.own.all_told().empty());
}

TEST_CASE("a guessed first number talks two ends out of tags, unless they require them",
          "[security][R-5.6][R-5.8]") {
    for (const bool required : {false, true}) {
        script::setup s;
        if (required) s.options.required = features::tag;
        agreed_lone listener{tagged_features, s};
        REQUIRE(listener.own.listen(1'024) == rrdp::errc::ok);
        auto untagged = listener.offer();  // under the opener's name, and with its number
        untagged.offered = features::fin;
        untagged.tag.reset();
        listener.hear(listener.peer.syn(100, untagged));
        const auto answer = listener.says();
        CHECK((answer == script::syn(listener.own.said.first).ack(100)) == !required);
        CHECK(listener.dropped(drop_reason::unsuitable_offer) == (required ? 1 : 0));

        agreed_lone opener{tagged_features, s};
        REQUIRE(opener.own.connect(opener.now, 5'001, 1'024) == rrdp::errc::ok);
        REQUIRE(opener.says() == script::syn(opener.own.said.first));
        opener.hear(opener.peer.syn_ack(100, opener.own.said.first, untagged));
        CHECK(opener.own.told() == (required ? "closed refused(9) 0/0/0" : "connected"));
    }
}

}  // namespace
}  // namespace siege
