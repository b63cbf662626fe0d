// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "support/agreed.hpp"
#include "support/catch.hpp"
#include "support/dice.hpp"
#include "support/pair.hpp"

/// The laws L1 to L6 of 19.3, seen by somebody who knows both ends, over connections that end in
/// every way there is.
namespace script {
namespace {

using rrdp::errc;

/// One direction, as the judge sees it.
struct direction {
    std::vector<std::string> accepted;
    std::vector<std::string> delivered;
    std::optional<rrdp::send_ledger> ended;  ///< of the sender
};

/// One connection between two applications that talk, and then end it or are ended.
class affair : public pair {
public:
    affair(std::uint64_t seed, features f, bool ordered)
        : pair{of(100, f, ordered), of(200, f, ordered)}, dice_{seed}, ordered_{ordered} {
        decide = [this](bool, std::size_t, const shown&) {
            if (dead_ || dice_.chance(loss_)) return ++faults_, fate::is_lost;
            if (dice_.chance(5)) return ++faults_, fate::arrives_twice;
            return dice_.chance(10) ? (++faults_, fate::is_late) : fate::arrives;
        };
        delay = 50us;
        loss_ = dice_.below(40);
    }

    /// Runs to the last event of both sides; what was said is judged.
    void run(const std::string& incarnation) {
        REQUIRE(b.listen(7) == errc::ok);
        REQUIRE(a.connect(now, 7, 5'001) == errc::ok);
        const rrdp::duration end_after = 1ms * dice_.between(1, 400);
        const rrdp::instant start = now;
        const unsigned how = dice_.below(5);
        bool acted = false;
        const auto turn = [&] {
            act(a, a_, b_, incarnation + "a", 0);
            act(b, b_, a_, incarnation + "b", 1);
            if (!acted && now - start >= end_after) acted = bring_about(how);
            return finished();
        };
        REQUIRE(run_until(turn, 60s));  // L4: in bounded time
        for (int i = 0; i < 3; ++i) turn();
        judge(a_, b);
        judge(b_, a);
        ways.insert(how);
    }
    [[nodiscard]] std::size_t faults() const { return faults_; }

    static inline std::set<unsigned> ways;
    static inline std::set<rrdp::end_reason> reasons;
    static inline std::size_t in_doubt = 0;
    static inline std::size_t not_sent = 0;

private:
    static setup of(std::uint16_t first, features f, bool ordered) {
        setup s = offering(f);
        s.first = first;
        s.options.ordered = ordered;
        s.options.send_queue = 64;
        s.options.max_outstanding = 8;
        s.options.receive_slots = 16;
        s.options.give_up = 2s;
        s.options.fin_wait = 1s;
        return s;
    }
    void act(side& s, direction& out, direction& in, const std::string& name, std::size_t index) {
        for (std::string e = s.told(); !e.empty(); e = s.told()) {
            if (e == "connected" || e == "accepted") open_[index] = true;
            if (!e.starts_with("closed")) continue;
            CHECK_FALSE(out.ended);  // one last event
            out.ended = s.end->ledger;
            reasons.insert(s.end->reason);
        }
        take(s, in);
        if (!open_[index] || out.ended || out.accepted.size() >= 200) return;
        if (!dice_.chance(30)) return;
        std::string text = name + std::to_string(out.accepted.size()) + ".";
        if (s.said.options.offered.has(features::frag) && dice_.chance(10))
            text.append(dice_.below(9'000), static_cast<char>('a' + dice_.below(26)));
        const auto made = s.engine().send(now, s.id, octets_of(text));
        if (!made) return;
        CHECK(*made == out.accepted.size());
        out.accepted.push_back(text);
    }
    void take(side& s, direction& in) {
        while (const auto m = s.engine().receive(s.id)) {
            std::string text;
            for (const rrdp::octets_view part : m->parts())
                for (const std::byte octet : part) text += static_cast<char>(octet);
            in.delivered.push_back(text);
        }
    }
    bool bring_about(unsigned how) {
        switch (how) {
            case 0: return a.engine().close(now, a.id) == errc::ok;
            case 1: return a.engine().abort(now, a.id) == errc::ok;
            case 2: return b.engine().abort(now, b.id) == errc::ok;
            case 3: return dead_ = true;
            default: return b.engine().close(now, b.id) == errc::ok;
        }
    }
    [[nodiscard]] bool finished() const {
        return a_.ended && (b_.ended || !open_[1]) && now.time_since_epoch() > 2s;
    }
    void judge(const direction& d, side& reader) const {
        const auto ledger = d.ended.value_or(rrdp::send_ledger{});
        if (!d.ended) return;
        CHECK(ledger.accepted == d.accepted.size());  // L6
        CHECK(ledger.confirmed <= ledger.sent);
        CHECK(ledger.sent <= ledger.accepted);
        in_doubt += ledger.sent - ledger.confirmed;
        not_sent += ledger.accepted - ledger.sent;
        if (ordered_) {  // L1, L5
            REQUIRE(d.delivered.size() <= d.accepted.size());
            for (std::size_t i = 0; i < d.delivered.size(); ++i)
                REQUIRE(d.delivered[i] == d.accepted[i]);
            CHECK(d.delivered.size() <= ledger.sent);  // L3
        } else {
            const std::set<std::string> once{d.delivered.begin(), d.delivered.end()};
            REQUIRE(once.size() == d.delivered.size());
            const auto sent = d.accepted.begin() + static_cast<std::ptrdiff_t>(ledger.sent);
            const std::set<std::string> left{d.accepted.begin(), sent};
            for (const std::string& text : once) REQUIRE(left.count(text) == 1);
        }
        // L2: what is Confirmed was held at the peer, and read unless its application would not.
        const auto held = reader.engine().stats().messages_received.total();
        CHECK(ledger.confirmed <= held);
        CHECK(held <= ledger.sent);
        const bool unread = reader.end && reader.end->reason == rrdp::end_reason::aborted;
        if (!unread) CHECK(d.delivered.size() == held);
    }

    rrdp::testing::dice dice_;
    direction a_;
    direction b_;
    bool open_[2]{};
    bool ordered_;
    bool dead_ = false;
    unsigned loss_ = 0;
    std::size_t faults_ = 0;
};

void many_affairs(bool ordered, std::uint64_t seeds) {
    const features sets[]{features::fin, features::fin | features::tag | features::credit,
                          features::fin | features::frag | features::tag | features::bundle,
                          rrdp::supported_features - features::cookie};
    std::size_t faults = 0;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        CAPTURE(seed, ordered);
        affair one{seed, sets[seed % 4], ordered};
        one.run(std::to_string(seed) + ":");
        faults += one.faults();
    }
    CHECK(faults > 100);
    CHECK(affair::ways.size() == 5);
    CHECK(affair::reasons.size() >= 4);
    CHECK(affair::in_doubt > 0);
    CHECK(affair::not_sent > 0);
}

TEST_CASE(
    "laws: L1 to L6 hold however a connection ends, over a wire that loses, doubles and delays",
    "[simulation][T-O2][R-19.8][R-19.9][R-19.10][R-19.11][R-19.12][R-19.13]") {
    many_affairs(true, 120);
}

TEST_CASE("laws: without ordering each message arrives once at most, and the ranges are the same",
          "[simulation][T-O8][T-O2][R-19.6][R-19.8][R-7.29]") {
    many_affairs(false, 120);
}

}  // namespace
}  // namespace script
