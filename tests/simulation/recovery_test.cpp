// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <optional>
#include <queue>
#include <vector>

#include <rrdp/rrdp.hpp>

#include "support/catch.hpp"
#include "support/dice.hpp"

/// Loss recovery and congestion control in virtual time: what is sent again, and how fast.
namespace {

using namespace std::chrono_literals;
using rrdp::duration;
using rrdp::instant;

struct bare : rrdp::default_policy {
    static constexpr bool audits = true;
    using framing = rrdp::wire::bare_framing;
};

/// One direction: a rate behind a queue, a delay, and accidents that befall frames with data.
struct path {
    double loss = 0;                   ///< of any frame
    double late = 0;                   ///< share of the frames that take `lateness` longer
    duration lateness = 0us;           ///< by chance up to this
    duration delay = 25us;             ///< 50 us there and back
    std::uint64_t rate = 125'000'000;  ///< octets a second: 1 Gb/s
    duration queue_max = 1s;           ///< longer ones lose what comes
};

/// a sends `goal` messages to b as fast as it may; acknowledgements come back.
class transfer {
public:
    static constexpr std::size_t size = 1'400;

    transfer(std::uint64_t seed, const rrdp::options& o, const path& there, const path& back)
        : random_{seed},
          paths_{there, back},
          a_{room, {.node = rrdp::node_id{1}}, {1, 1}},
          b_{room, {.node = rrdp::node_id{2}}, {2, 2}} {
        if (a_.add_node(rrdp::node_id{2}, {}) != rrdp::errc::ok) broken = true;
        if (b_.add_node(rrdp::node_id{1}, {}) != rrdp::errc::ok) broken = true;
        if (b_.listen(7, o) != rrdp::errc::ok) broken = true;
        const auto made = a_.connect(now, {rrdp::node_id{2}, 7}, o);
        if (!made) broken = true;
        if (made) id_ = *made;
        while (!open_ && !broken) step();
    }

    /// Sends `goal` messages and goes on until all are confirmed.
    void run(std::uint64_t goal) {
        goal_ += goal;
        began = now;
        while (a_.ledger(id_).confirmed < goal_ && !broken) step();
    }
    /// Nothing is sent for `span`.
    void idle(duration span) {
        const instant until = now + span;
        while (now < until && !broken) step(until);
    }

    /// Frames with data that fate is to lose: from now on the n-th, counted from 1.
    void lose_data(std::uint64_t n) { doomed_ = data_sent + n; }

    [[nodiscard]] const rrdp::statistics& stats() const { return a_.stats(); }
    [[nodiscard]] std::uint64_t again() const {
        const auto& s = stats();
        return s.retransmissions_fast + s.retransmissions_rack + s.retransmissions_tlp +
               s.retransmissions_rto;
    }
    /// Octets of frames a second, of what arrived for the first time.
    [[nodiscard]] double share_of_link() const {
        const double seconds = std::chrono::duration<double>(now - began).count();
        return static_cast<double>(goal_ * (size + 14)) / seconds /
               static_cast<double>(paths_[0].rate);
    }

    instant now{1s};
    instant began{};
    instant lost_at{};       ///< when the doomed one left
    instant delivered_at{};  ///< when the last message came out
    std::uint64_t data_sent = 0;
    std::uint64_t data_lost = 0;
    std::uint64_t received = 0;
    bool broken = false;

private:
    struct flight {
        instant due;
        std::uint64_t order;
        std::size_t way;
        std::vector<std::byte> frame;
        bool operator<(const flight& other) const {
            return due != other.due ? due > other.due : order > other.order;
        }
    };

    bool by_chance(double p) { return static_cast<double>(random_.below(1'000'000)) < p * 1e6; }

    bool launch(rrdp::endpoint<bare>& from, std::size_t way) {
        std::vector<std::byte> frame(1'500);
        const auto n = from.poll_transmit(now, frame);
        if (!n) return false;
        frame.resize(*n);
        const auto s = rrdp::wire::parse(frame);
        const bool data = s->base.data_length != 0;
        const path& p = paths_[way];
        const instant start = std::max(now, busy_[way]);
        const duration time{static_cast<std::int64_t>(*n * 1'000'000'000 / p.rate)};
        data_sent += data;
        const bool doomed = data && data_sent == doomed_;
        if (doomed) lost_at = now;
        const bool overflows = start - now > p.queue_max;
        if (!overflows) busy_[way] = start + time;
        if (by_chance(p.loss) || doomed || overflows) {
            data_lost += data;
            return true;
        }
        duration more{};
        if (by_chance(p.late))
            more = duration{random_.below(static_cast<std::uint64_t>(p.lateness.count()))};
        under_way_.push({busy_[way] + p.delay + more, ++orders_, way, std::move(frame)});
        return true;
    }

    void step(instant limit = rrdp::never) {
        if (++steps_ > 5'000'000) broken = true;
        while (const auto e = a_.poll_event()) {
            open_ |= e->kind == rrdp::event_kind::connected;
            broken |= e->kind == rrdp::event_kind::closed;
        }
        while (const auto e = b_.poll_event()) {
            if (e->kind != rrdp::event_kind::readable) continue;
            while (const auto m = b_.receive(e->connection)) ++received, delivered_at = now;
        }
        static constexpr std::array<std::byte, size> message{};
        while (open_ && a_.ledger(id_).accepted < goal_ && a_.send(now, id_, message)) {}
        if (launch(a_, 0) || launch(b_, 1)) return;
        if (!under_way_.empty() && under_way_.top().due <= now) {
            const flight f = under_way_.top();
            under_way_.pop();
            (f.way == 0 ? b_ : a_).handle_frame(now, f.frame);
            return;
        }
        instant next = limit;
        if (!under_way_.empty()) next = std::min(next, under_way_.top().due);
        for (auto* end : {&a_, &b_})
            if (const auto t = end->next_timeout()) next = std::min(next, *t);
        now = std::max(now, next);
        a_.handle_timeout(now);
        b_.handle_timeout(now);
    }

    static constexpr rrdp::capacities room{.connections = 2, .rings = 4, .segments = 1'024};
    rrdp::testing::dice random_;
    std::array<path, 2> paths_;
    rrdp::endpoint<bare> a_;
    rrdp::endpoint<bare> b_;
    rrdp::connection_id id_{};
    std::array<instant, 2> busy_{};
    std::priority_queue<flight> under_way_;
    std::uint64_t orders_ = 0;
    std::uint64_t steps_ = 0;
    std::uint64_t goal_ = 0;
    std::uint64_t doomed_ = 0;
    bool open_ = false;
};

rrdp::options with(rrdp::congestion_kind kind) {
    rrdp::options o;
    o.congestion = kind;
    return o;
}

void report(const char* what, double p, const transfer& t) {
    const auto& s = t.stats();
    std::printf(
        "%-14s %4.1f %%: lost %llu, again %llu (fast %llu rack %llu tlp %llu rto %llu), "
        "needless %llu, link %.3f\n",
        what, 100 * p, static_cast<unsigned long long>(t.data_lost),
        static_cast<unsigned long long>(t.again()),
        static_cast<unsigned long long>(s.retransmissions_fast),
        static_cast<unsigned long long>(s.retransmissions_rack),
        static_cast<unsigned long long>(s.retransmissions_tlp),
        static_cast<unsigned long long>(s.retransmissions_rto),
        static_cast<unsigned long long>(s.spurious_retransmissions), t.share_of_link());
}

const char* name(rrdp::congestion_kind kind) {
    constexpr const char* names[]{"fixed", "aimd", "delay target"};
    return names[static_cast<std::size_t>(kind)];
}

}  // namespace

TEST_CASE("recovery: on a fifo link what is sent again is what was lost, and the link is busy",
          "[simulation][R-9.6][R-9.7][R-9.8][T-D16]") {
    const double p = GENERATE(0.0, 0.01, 0.02, 0.05, 0.1);
    for (const auto kind : {rrdp::congestion_kind::fixed, rrdp::congestion_kind::aimd,
                            rrdp::congestion_kind::delay_target}) {
        transfer t{7, with(kind), {.loss = p}, {.loss = p}};
        t.run(10'000);
        report(name(kind), p, t);
        REQUIRE_FALSE(t.broken);
        CHECK(static_cast<double>(t.data_lost) >= 5'000 * p);
        CHECK(static_cast<double>(t.again()) <= 1.1 * static_cast<double>(t.data_lost));
        CHECK(t.again() >= t.data_lost);
        CHECK(t.share_of_link() >= (p < 0.03 ? 0.95 : 0.85) * (1 - p));
    }
}

TEST_CASE("recovery: under reordering without loss hardly anything is sent again",
          "[simulation][R-9.7][T-D16]") {
    const auto lateness = GENERATE(20us, 100us, 300us);  // a round trip takes 50 us
    const auto kind = GENERATE(rrdp::congestion_kind::fixed, rrdp::congestion_kind::aimd);
    constexpr std::uint64_t seeds = 10;
    std::uint64_t again = 0;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        transfer t{seed, with(kind), {.late = 0.3, .lateness = lateness}, {}};
        t.run(20'000);
        report("reordered", 0, t);
        REQUIRE_FALSE(t.broken);
        CHECK(t.received == 20'000);
        CHECK(t.data_lost == 0);
        CHECK(t.again() <= 128);  // what is learned costs two windows at most, and is learned once
        again += t.again();
    }
    CHECK(again <= seeds * 40);  // 0.2 %
}

TEST_CASE("recovery: the last of a flight is back within three round trips of 50 us",
          "[simulation][R-9.8]") {
    const std::uint64_t burst = GENERATE(as<std::uint64_t>{}, 1, 2, 3, 4, 16, 17);
    rrdp::options o;
    o.ack_delay = 50us;
    o.rto_initial = 5ms;
    o.rto_min = 200us;
    o.rto_max = 200ms;
    transfer t{7, o, {.rate = 12'500'000'000}, {.rate = 12'500'000'000}};
    for (int i = 0; i < 20; ++i) {  // the estimator settles
        t.run(burst);
        t.idle(1ms);
    }
    REQUIRE(t.again() == 0);
    t.lose_data(burst);
    t.run(burst);
    const auto took = std::chrono::duration<double, std::micro>(t.delivered_at - t.lost_at).count();
    std::printf("burst of %llu: the last one 25 us late would be 25, it took %.1f us\n",
                static_cast<unsigned long long>(burst), took);
    REQUIRE(t.data_lost == 1);
    CHECK(t.stats().retransmissions_tlp == 1);
    CHECK(t.stats().retransmissions_rto == 0);
    CHECK(took - 25 <= 150);
}
