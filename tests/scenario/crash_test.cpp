// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/pair.hpp"

/// A short exchange, handshake and close included, in which either side crashes before or after any
/// frame: whatever happened, the survivor is told in bounded time what became of each message.
namespace script {
namespace {

using rrdp::errc;

enum class after_that { it_restarts, it_stays_dead };

/// Where the crash comes.
struct fate_of_one {
    bool of_a;             ///< who crashes
    std::size_t at_frame;  ///< counted over both directions
    bool arrives;          ///< whether that frame still does
    after_that then;
};

/// The exchange, and an omniscient judge.
struct experiment {
    explicit experiment(const fate_of_one& f) : plan{f} {
        p.delay = 50us;
        p.decide = [this](bool from_a, std::size_t, const shown&) { return judge(from_a); };
        REQUIRE(p.b.listen(7) == errc::ok);
        REQUIRE(p.a.connect(p.now, 7, 5'001) == errc::ok);
    }

    fate judge(bool from_a) {
        ++frames;
        if (frames == plan.at_frame) {
            due = true;
            return plan.arrives ? fate::arrives : fate::is_lost;
        }
        const bool silent = crashed && plan.then == after_that::it_stays_dead;
        return silent && from_a == plan.of_a ? fate::is_lost : fate::arrives;
    }
    /// The applications: a sends three messages, b answers each, both close.
    void act() {
        if (due && !crashed) crash();
        for (side* s : {&p.a, &p.b}) {
            const bool of_a = s == &p.a;
            if (crashed && of_a == plan.of_a) continue;
            for (std::string e = s->told(); !e.empty(); e = s->told())
                if (e == "connected" || e == "accepted") (of_a ? a_open : b_open) = true;
        }
        if (a_open && !sent && !(crashed && plan.of_a)) {
            sent = true;
            for (const char* text : {"1", "2", "3"})
                accepted_of_a += p.a.send(p.now, text) == errc::ok;
        }
        if (b_open && !(crashed && !plan.of_a)) {
            for (std::string m = p.b.taken(); !m.empty(); m = p.b.taken()) {
                got_b += m;
                accepted_of_b += p.b.send(p.now, "r" + m) == errc::ok;
            }
        }
        if (a_open && !(crashed && plan.of_a)) {
            for (std::string m = p.a.taken(); !m.empty(); m = p.a.taken()) got_a += m;
            if (got_a == "r1r2r3" && !closing)
                closing = p.a.engine().close(p.now, p.a.id) == errc::ok;
        }
    }
    void crash() {
        crashed = true;
        side& victim = plan.of_a ? p.a : p.b;
        passed_before_crash = victim.engine().stats().messages_received.total();
        victim.crash();
        victim.end.reset();
    }
    side& survivor() { return plan.of_a ? p.b : p.a; }

    fate_of_one plan;
    pair p;
    std::size_t frames = 0;
    bool due = false, crashed = false, a_open = false, b_open = false, sent = false,
         closing = false;
    std::uint64_t accepted_of_a = 0, accepted_of_b = 0, passed_before_crash = 0;
    std::string got_a, got_b;
};

void check_outcome(experiment& x) {
    const bool survivor_is_a = !x.plan.of_a;
    // A listener whose connection never opened has nothing to tell.
    const auto nothing_to_tell = [&x, survivor_is_a] {
        return x.crashed && !survivor_is_a && !x.b_open && x.p.b.engine().connections() == 0;
    };
    CHECK(x.p.run_until(
        [&] {
            x.act();
            return x.survivor().end.has_value() || nothing_to_tell();
        },
        30s));
    if (!x.survivor().end) {
        CHECK(x.accepted_of_b == 0);
        return;
    }
    const rrdp::send_ledger& l = x.survivor().end->ledger;
    CAPTURE(l, x.got_a, x.got_b, rrdp::name(x.survivor().end->reason));
    CHECK(l.accepted == (survivor_is_a ? x.accepted_of_a : x.accepted_of_b));
    CHECK((l.confirmed <= l.sent && l.sent <= l.accepted));
    // L2 and L3: what is Confirmed the peer's engine held, and what it held had been sent.
    const std::uint64_t held =
        x.crashed ? x.passed_before_crash
                  : (survivor_is_a ? x.p.b : x.p.a).engine().stats().messages_received.total();
    CHECK(l.confirmed <= held);
    CHECK(held <= l.sent);
    // L1: what was delivered is a prefix.
    CHECK(std::string{"123"}.substr(0, x.got_b.size()) == x.got_b);
    CHECK(std::string{"r1r2r3"}.substr(0, x.got_a.size()) == x.got_a);
    CHECK(x.survivor().all_told().empty());
}

TEST_CASE("a_crash_before_or_after_any_frame_leaves_a_ledger_that_tells_the_truth",
          "[scenario][T-O3][R-19.4][R-19.6][R-19.8][R-19.9][R-19.10][R-19.11]") {
    const auto then = GENERATE(after_that::it_restarts, after_that::it_stays_dead);
    std::size_t length = 0;
    {
        experiment whole{{.of_a = true, .at_frame = 0, .arrives = true, .then = then}};
        CHECK(whole.p.run_until([&] { return whole.act(), whole.p.a.end && whole.p.b.end; }));
        CHECK(whole.got_a == "r1r2r3");
        CHECK(to_string(*whole.p.a.end) == "closed clean 3/3/3");
        CHECK(to_string(*whole.p.b.end) == "closed clean 3/3/3");
        length = whole.frames;
    }
    CHECK(length >= 10);
    for (std::size_t at = 1; at <= length; ++at) {
        for (const bool of_a : {true, false}) {
            for (const bool arrives : {true, false}) {
                CAPTURE(at, of_a, arrives, then == after_that::it_restarts);
                experiment x{{of_a, at, arrives, then}};
                check_outcome(x);
                CHECK((x.crashed || at == length));  // the last frame is for one that has ended
            }
        }
    }
}

}  // namespace
}  // namespace script
