// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "support/agreed.hpp"
#include "support/catch.hpp"
#include "support/dice.hpp"
#include "support/pair.hpp"

/// Connections on the same ports, one after the other, and what is left on the wire of the first.
namespace script {
namespace {

using rrdp::errc;

/// Two sides that remember every frame between them, so that it can come again.
struct haunted : pair {
    struct ghost {
        bool for_b;
        frame what;
    };
    std::vector<ghost> old;
    std::vector<std::string> delivered;
    rrdp::testing::dice random;
    int came_again = 0;

    haunted(features f, std::uint64_t seed)
        : pair{offering(f, {.first = 100}), offering(f, {.first = 200})}, random{seed} {}

    /// Carries one frame, and with `ghosts` perhaps an old one before it.
    bool turn(bool ghosts) {
        if (ghosts && !old.empty() && random.chance(50)) {
            ++came_again;
            const ghost& g = old[random.below(old.size())];
            g.for_b ? to_b(g.what) : to_a(g.what);
        }
        frame f = from_a();
        const bool for_b = bool{f};
        if (!for_b) f = from_b();
        if (!f) return false;
        for_b ? to_b(f) : to_a(f);
        if (!ghosts) old.push_back({for_b, f});
        return true;
    }

    /// Five messages each way, marked with `name`; true when all have arrived.
    bool converse(const std::string& name, bool ghosts, bool both_open) {
        if (!both_open) static_cast<void>(b.listen(7));  // it may be listening still
        for (int attempt = 0; attempt < 30; ++attempt)
            if (attempt_to(name, ghosts, both_open)) return true;
        return false;
    }

private:
    bool attempt_to(const std::string& name, bool ghosts, bool both_open) {
        delivered.clear();
        if (a.connect(now, 7, 5'001) != errc::ok) return wait_and_fail();
        if (both_open && b.connect(now, 5'001, 7) != errc::ok) return wait_and_fail();
        bool a_open = false;
        bool b_open = false;
        for (int step = 0; step < 3'000; ++step) {
            const std::string from_a = a.told();
            const std::string from_b = b.told();
            if (from_a == "connected") a_open = greet(a, name);
            if (from_b == "accepted" || from_b == "connected") b_open = greet(b, name);
            if (a_open && from_a.starts_with("closed")) return wait_and_fail();
            if (!a_open && from_a.starts_with("closed refused")) return wait_and_fail();
            if (b_open && from_b.starts_with("closed")) return wait_and_fail();
            collect(a);
            collect(b);
            if (a_open && b_open && delivered.size() == 10) return true;
            if (!turn(ghosts)) wait(5ms);
        }
        return false;
    }
    bool greet(side& s, const std::string& name) {
        for (int i = 0; i < 5; ++i) REQUIRE(s.send(now, name + std::to_string(i)) == errc::ok);
        return true;
    }
    void collect(side& s) {
        for (std::string one = s.taken(); !one.empty(); one = s.taken()) delivered.push_back(one);
    }
    /// Gives up what is half done, so that the ports are free for the next attempt.
    bool wait_and_fail() {
        for (side* s : {&a, &b}) static_cast<void>(s->engine().abort(now, s->id));
        for (int i = 0; i < 1'000 && turn(true); ++i) {}
        a.all_told();
        b.all_told();
        wait(2'500ms);  // longer than a refused attempt lingers on its ports
        return false;
    }
};

TEST_CASE("after_a_restart_with_the_same_numbers_nothing_crosses_from_one_incarnation_to_the_other",
          "[scenario][T-G4][R-19.12][R-5.14][R-7.18]") {
    const bool both_open = GENERATE(false, true);
    const int restarts = GENERATE(1, 2, 3);  // of a, of b, of both
    const bool a_restarts = (restarts & 1) != 0;
    const bool b_restarts = (restarts & 2) != 0;
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        CAPTURE(both_open, a_restarts, b_restarts, seed);
        haunted p{features::fin | features::tag, seed};
        REQUIRE(p.converse("old", false, both_open));
        REQUIRE(p.old.size() > 10);
        if (a_restarts) p.a.crash(100, seed);
        if (b_restarts) p.b.crash(200, seed);
        const bool arrived = p.converse("new", true, both_open && b_restarts && a_restarts);
        for (const std::string& text : p.delivered) {
            CAPTURE(text);
            REQUIRE(text.starts_with("new"));
        }
        REQUIRE(arrived);
        CHECK(p.came_again >= 5);
        CHECK(p.a.engine().stats().dropped() + p.b.engine().stats().dropped() > 0);
    }
}

TEST_CASE("without_tags_and_with_the_same_numbers_it_does_cross_so_that_tags_matter",
          "[scenario][T-G4][R-19.12]") {
    int crossed = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        haunted p{features::fin, seed};
        REQUIRE(p.converse("old", false, false));
        p.a.crash(100, seed);
        p.b.crash(200, seed);
        static_cast<void>(p.converse("new", true, false));
        for (const std::string& text : p.delivered) crossed += text.starts_with("old");
    }
    CHECK(crossed > 0);
}

// A lone record at B made by an old SYN of A, while A still holds the old connection:
//
//        Host A (OPEN with B's former self)            Host B (listens again)
//
// 1.                        (old) <SEQ=100><SYN><TAG=a>  --->
// 2.                               <--- <SEQ=200><ACK=100><SYN><TAG=b'><PEER TAG=a>
// 3.     <SEQ=..><ACK=..><TAG=b>  --->                         A challenges; the tag is B's old one
// 4.                               <--- <RST 2><TAG=b, reflected>   A: the peer has restarted
TEST_CASE("an_old_syn_at_a_listener_frees_the_peer_that_still_holds_the_old_connection",
          "[scenario][T-G11][R-2.19][R-7.19]") {
    pair p{offering(features::fin | features::tag, {.first = 100}),
           offering(features::fin | features::tag, {.first = 200})};
    REQUIRE(p.b.listen(7) == errc::ok);
    REQUIRE(p.a.connect(p.now, 7, 5'001) == errc::ok);
    const frame old_syn = p.from_a();
    p.to_b(old_syn);
    REQUIRE(p.settle());
    REQUIRE(p.a.told() == "connected");
    p.b.crash(200, 1);
    REQUIRE(p.b.listen(7) == errc::ok);
    p.to_b(old_syn);
    CHECK(p.carry_b_to_a() == syn(200).ack(100));
    CHECK(p.from_b() == nothing());
    CHECK(p.carry_a_to_b().shows.what.control.starts_with("not a segment"));  // it has a tag
    CHECK(p.b.dropped(rrdp::drop_reason::bad_tag) == 1);
    const frame answer = p.carry_b_to_a();
    CHECK(answer.shows.what.control == "RST");
    CHECK(answer.shows.what.said == 2U);
    CHECK(p.a.told() == "closed peer_restarted 0/0/0");  // the SYN ACK has shown another boot id
    // B's record of the old SYN goes as soon as A says so, or after connect_timeout.
    REQUIRE(p.run_until([&] { return p.b.engine().connections() == 0; }, 4s));
    CHECK(p.b.all_told().empty());
    REQUIRE(p.a.connect(p.now, 7, 5'001) == errc::ok);
    REQUIRE(p.settle());
    CHECK(p.a.told() == "connected");
    CHECK(p.b.told() == "accepted");
}

TEST_CASE("an_rst_of_a_peer_without_record_is_believed_whatever_was_agreed_and_whatever_it_answers",
          "[scenario][T-G5][R-3.16][R-3.20][R-3.21][R-7.20]") {
    for (unsigned set = 0; set < 32; ++set) {
        features f = features::fin;
        if (set & 1) f = f | features::tag;
        if (set & 2) f = f | features::wide;
        if (set & 4) f = f | features::crc32c;
        if (set & 8) f = f | features::credit;
        if (set & 16) f = f | features::empty;
        for (const char* what : {"data", "NUL", "ACK", "EACK", "FIN"}) {
            CAPTURE(set, what);
            pair p{offering(f, {.first = 100}), offering(f, {.first = 200})};
            REQUIRE(p.open());
            const std::string kind = what;
            if (kind == "data") REQUIRE(p.a.send(p.now, "x") == errc::ok);
            if (kind == "FIN") REQUIRE(p.a.engine().close(p.now, p.a.id) == errc::ok);
            if (kind == "ACK" || kind == "EACK") {
                REQUIRE(p.b.send(p.now, "1") == errc::ok);
                const frame first = p.from_b();
                REQUIRE(p.b.send(p.now, "2") == errc::ok);
                const frame second = p.from_b();
                if (kind == "ACK") p.to_a(first);
                p.to_a(second);
            }
            p.b.crash();
            std::string told;
            const auto ended = [&] {
                told += p.a.all_told();
                p.a.all_taken();
                return told.find("closed") != std::string::npos;
            };
            REQUIRE(p.run_until(ended, 3s));
            CHECK(told.find("closed reset(2)") != std::string::npos);
            CHECK(p.b.engine().stats().resets_out.total() >= 1);
            CHECK(p.a.dropped(rrdp::drop_reason::bad_tag) == 0);
        }
    }
}

TEST_CASE("an_rst_that_answers_a_syn_or_syn_ack_reflects_its_tag_and_is_believed",
          "[scenario][T-G5][R-3.16][R-7.12][R-7.16]") {
    pair p{offering(features::fin | features::tag, {.first = 100}),
           offering(features::fin | features::tag, {.first = 200})};
    REQUIRE(p.a.connect(p.now, 7, 5'001) == errc::ok);
    SECTION("a SYN, where nobody listens") {
        REQUIRE(p.settle());
        CHECK(p.a.told() == "closed refused(1) 0/0/0");
    }
    SECTION("a SYN ACK, where the opener has forgotten") {
        REQUIRE(p.b.listen(7) == errc::ok);
        CHECK(p.carry_a_to_b() == syn(100));
        p.a.crash();
        CHECK(p.carry_b_to_a() == syn(200).ack(100));
        REQUIRE(p.settle());
        CHECK(p.b.engine().connections() == 0);
    }
    CHECK(p.a.dropped(rrdp::drop_reason::bad_tag) == 0);
    CHECK(p.b.dropped(rrdp::drop_reason::bad_tag) == 0);
}

}  // namespace
}  // namespace script
