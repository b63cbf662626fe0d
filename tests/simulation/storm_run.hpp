// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <deque>

#include "simulation/conversation.hpp"
#include "simulation/storm_blows.hpp"
#include "support/side.hpp"

namespace simulation {

/// A storm, run once. First anything may happen, and only what must never be wrong is asked; then
/// the faults stop, and everything has to come to its end, new conversations to a good one, and all
/// that was in use back.
class storm_run {
public:
    storm_run(const storm& what, std::uint64_t seed, storm_stage& stage)
        : what_{what},
          seed_{seed},
          stage_{&stage},
          maker_{seed, what.longest},
          blows_{what_, stage, talks_} {
        stage.set(what, seed);
        const talk_plan& first = what.talks.front();
        agreed_ = rrdp::wire::agreed_on(first.opener.offered, first.listener.offered);
        stage.pests.agreed = agreed_;
        forger_.emplace(seed, agreed_);
    }

    /// Whether everything went as it must; else `complaint()` says what did not.
    bool run(frame_log* log = nullptr) {
        log_ = stage_->pests.log = log;
        for (std::size_t n = 0; n < what_.nodes; ++n) begin(n);
        for (talk& t : tables_) open(t, t.plan->messages, t.plan->gap);
        const bool ended = run_until([this] { return over() && all_finished(); }, bound_);
        if (!ended) complain("L4: no outcome in time");
        afterwards();
        for (conversation& c : talks_) {
            c.judge_end(agreed_.has(rrdp::wire::features::fin));
            if (!c.judge.complaint().empty())
                complain(c.judge.complaint() + " (conversation " + std::to_string(c.number()) +
                         ")");
        }
        if (!stage_->ok) complain("preparation");
        if (stage_->pests.met.absurd != 0) complain("an engine sent what is no segment");
        return complaint_.empty();
    }

    [[nodiscard]] const std::string& complaint() const { return complaint_; }
    /// Virtual time while something was wrong and somebody talked; and of that, under a blow.
    [[nodiscard]] rrdp::duration faulty() const { return faulty_; }
    [[nodiscard]] rrdp::duration struck() const { return struck_; }
    [[nodiscard]] std::size_t conversations() const { return talks_.size(); }
    [[nodiscard]] const std::array<std::uint32_t, blow_kinds>& blows() const {
        return blows_.counts();
    }
    /// A fingerprint of every frame and of how everything ended.
    [[nodiscard]] std::uint64_t trace() const {
        std::uint64_t all = stage_->net.trace();
        for (const conversation& c : talks_)
            for (const std::size_t side : {0U, 1U}) {
                if (!c.over(side)) continue;
                const auto& e = *c.judge.end(side);
                all = all * 31 + static_cast<std::uint64_t>(e.reason);
                all = all * 31 + e.ledger.accepted;
                all = all * 31 + e.ledger.confirmed;
            }
        return all;
    }

private:
    struct talk {
        const talk_plan* plan;
        std::uint16_t port;
        std::uint32_t left;
        conversation* newest = nullptr;
        rrdp::instant retry{};
    };

    void complain(const std::string& what) {
        if (complaint_.empty()) complaint_ = what;
    }
    void note(const std::string& what) {
        if (log_ != nullptr) log_->said(stage_->net.time(), what);
    }

    /// Node `n` begins, or begins anew.
    void begin(std::size_t n) {
        stage_->start(n, what_, key_of(n));
        if (tables_.empty()) {
            std::uint16_t port = 7;
            for (const talk_plan& plan : what_.talks)
                tables_.push_back({&plan, port++, plan.again});
        }
        for (const talk& t : tables_) {
            if (t.plan->to != n) continue;
            if (stage_->nodes[n].engine->listen(t.port, t.plan->listener) != rrdp::errc::ok)
                complain("listen");
        }
        stage_->nodes[n].wake = {};
    }
    /// With `wrap`, the first connection of a node begins shortly before 2^16, and after a crash
    /// with the same number again where tags tell the two apart.
    [[nodiscard]] rrdp::entropy key_of(std::size_t n) const {
        constexpr std::array<std::uint16_t, 3> firsts{65'535, 65'530, 65'500};
        const std::uint32_t times = stage_->nodes[n].incarnation;
        const bool same = times == 0 || agreed_.has(rrdp::wire::features::tag);
        if (!what_.wrap || !same) return {seed_, n + 1 + 16 * std::uint64_t{times}};
        return script::key_for(firsts[(seed_ + n) % 3], n % 2 * 4 + times % 4);
    }

    [[nodiscard]] bool over() const {
        return stage_->net.time() - rrdp::instant{} >= what_.lasts && blows_.done();
    }
    [[nodiscard]] bool all_finished() const {
        return std::all_of(talks_.begin(), talks_.end(),
                           [](const conversation& c) { return c.finished(); });
    }

    /// Opens the next conversation of a talk, if that is possible now.
    void open(talk& t, std::uint32_t messages, rrdp::duration gap) {
        storm_node& from = stage_->nodes[t.plan->from];
        const auto number = static_cast<std::uint32_t>(talks_.size());
        std::array<std::byte, 4> says{};
        rrdp::store_be32(says, 0, number);
        rrdp::octets_view said{says};
        if (!t.plan->opener.extended) said = {};
        // Without tags no two conversations have the same ports.
        const auto alone = static_cast<std::uint16_t>(1'000 + number);
        const bool tags = agreed_.has(rrdp::wire::features::tag);
        const auto usual = static_cast<std::uint16_t>(600 + t.port);
        const auto now = stage_->clock(t.plan->from);
        rrdp::peer to{stage_->number(t.plan->to), t.port, tags ? usual : alone};
        auto id = from.engine->connect(now, to, t.plan->opener, said);
        if (!id && id.error() == rrdp::errc::port_in_use) {
            to.local_port = alone;
            id = from.engine->connect(now, to, t.plan->opener, said);
        }
        t.retry = stage_->net.time() + 50ms;
        from.wake = {};
        if (!id) {
            const auto why = id.error();
            if (why != rrdp::errc::would_block && why != rrdp::errc::too_many_connections)
                complain(std::string{"connect: "} + rrdp::name(why));
            return;
        }
        const bool ordered = t.plan->opener.ordered || t.plan->listener.ordered;
        talks_.emplace_back(maker_, *t.plan, number, ordered, messages, gap);
        t.newest = &talks_.back();
        t.newest->ids[0] = *id;
        t.newest->port = to.local_port;
        // Where many frames are lost, long ones may look as if a black hole took them.
        const bool holes = what_.mtu > 1'500 && (is_bad(what_.weather) || what_.pests.any());
        t.newest->disturbed = !healed_ && (!what_.patient || holes || blows_.disturbs_new());
    }

    // ---- the two phases

    template <class Done>
    bool run_until(Done done, rrdp::duration limit) {
        const rrdp::instant start = stage_->net.time();
        rrdp::instant end = start + limit;
        for (std::size_t same = 0;;) {
            const rrdp::instant now = stage_->net.time();
            if (!healed_ && over()) {
                heal();
                end = now + limit;
                bored_ = now + limit / 2 + what_.delays / 2;
            }
            if (done() || !complaint_.empty()) return true;
            if (now >= end || ++steps_ > 1'000'000) return false;
            if (same > 100'000) return complain("time stands still"), true;
            const rrdp::instant next = turn(now);
            if (!healed_ && over()) continue;
            if (next > now) move(std::min(next, end));
            same = stage_->net.time() == now ? same + 1 : 0;
        }
    }
    /// The faults stop: what is left is a network as it should be, or, where the weather stays,
    /// one that only loses.
    void heal() {
        healed_ = true;
        note("the storm is over");
        if (!what_.weather_stays) calm();
    }
    void calm() {
        calm_ = true;
        stage_->pests.now = {};
        auto& w = stage_->net.conditions;
        const auto rate = w.rate;
        const auto delay = w.delay;
        w = {};
        w.rate = rate;
        w.delay = delay;
    }
    /// Everything has ended: now a new conversation of each talk ends well, and then nothing is
    /// left of any.
    void afterwards() {
        if (!complaint_.empty()) return;
        calm();
        bored_.reset();
        note("everything has ended; once more without faults");
        // A clock that went back stands until it is where it was.
        const rrdp::instant awake = stage_->net.time() + what_.delays;
        static_cast<void>(
            run_until([&] { return stage_->net.time() >= awake; }, what_.delays + 1s));
        std::size_t opened = 0;
        const rrdp::duration more = 300s + what_.delays;
        const auto all_open = [&] {
            for (; opened < tables_.size(); ++opened) {
                const std::size_t before = talks_.size();
                open(tables_[opened], 3, {});
                if (talks_.size() == before) return false;
            }
            return true;
        };
        while (!all_open() && complaint_.empty()) {
            if (!run_until([&] { return stage_->net.time() >= tables_[opened].retry; }, more))
                break;
            if (steps_ > 1'000'000) return complain("a connection cannot be opened");
        }
        if (!run_until([this] { return all_finished(); }, more))
            complain("L4: no end after the storm");
        note("forgetting");
        if (!run_until([this] { return forgotten(); }, 3'000s + what_.delays))
            complain("a record is never forgotten");
        for (std::size_t n = 0; n < what_.nodes && complaint_.empty(); ++n)
            if (stage_->nodes[n].engine->segments_available() != what_.room.segments)
                complain("a segment of the pool is lost");
    }
    [[nodiscard]] bool forgotten() const {
        for (std::size_t n = 0; n < what_.nodes; ++n)
            if (stage_->nodes[n].engine->connections() != 0) return false;
        return true;
    }

    // ---- a turn of everybody

    void move(rrdp::instant next) {
        const rrdp::instant before = stage_->net.time();
        stage_->net.advance(std::optional{next});
        if (calm_ || complaint_ != std::string{}) return;
        const rrdp::duration passed = stage_->net.time() - before;
        const bool struck = blows_.active();
        const bool bad = struck || what_.pests.any() || is_bad(what_.weather);
        if (bad && !(over() && all_finished())) faulty_ += passed;
        if (struck) struck_ += passed;
    }

    /// Everybody does what there is to do; when something is to be done next.
    rrdp::instant turn(rrdp::instant now) {
        rrdp::instant next = rrdp::never;
        while (blows_.due(now)) strike();
        next = blows_.next();
        if (now - rrdp::instant{} < what_.lasts)
            next = std::min({next, rrdp::instant{what_.lasts}, reopen(now)});
        if (bored_ && now < *bored_) next = std::min(next, *bored_);
        if (bored_ && now == *bored_)
            for (storm_node& node : stage_->nodes) node.wake = {};
        for (std::size_t n = 0; n < what_.nodes; ++n) next = std::min(next, turn_of(n, now));
        return next;
    }
    void strike() {
        const auto what = blows_.strike();
        if (log_ != nullptr) note(what.second ? text(*what.first) : text(*what.first) + " ends");
        if (what.first->what == blow::kind::crash && !what.second) begin(what.first->a);
    }
    [[nodiscard]] rrdp::instant reopen(rrdp::instant now) {
        rrdp::instant next = rrdp::never;
        for (talk& t : tables_) {
            const bool first = t.newest == nullptr;
            if (!first && (t.left == 0 || !t.newest->over(0))) continue;
            if (!stage_->nodes[t.plan->from].works()) continue;
            if (t.retry > now) next = std::min(next, t.retry);
            if (t.retry > now) continue;
            const std::size_t before = talks_.size();
            open(t, t.plan->messages, t.plan->gap);
            if (talks_.size() != before && !first) --t.left;
        }
        return next;
    }

    rrdp::instant turn_of(std::size_t n, rrdp::instant now) {
        storm_node& node = stage_->nodes[n];
        if (!node.works()) {
            while (node.downs != 0 && node.link->receive()) {}
            return rrdp::never;
        }
        if (!node.link->has_frame() && !node.blocked && now < node.wake) return node.wake;
        if (node.link->has_frame() &&
            (stage_->pests.now.forged != none_ || stage_->pests.now.recalled != none_))
            slip_in(n);
        const rrdp::instant clock = node.clock.at(now);
        storm_engine& engine = *node.engine;
        auto done = rrdp::pump(engine, *node.link, clock);
        const auto alarm = act(n, clock);
        if (engine.wants_transmit(clock) && !done.blocked) {
            const auto more = rrdp::push(engine, *node.link, clock);
            done.blocked = more.blocked;
        }
        return node.wake = next_of(node, now, clock, done, alarm);
    }
    rrdp::instant next_of(storm_node& node, rrdp::instant now, rrdp::instant clock,
                          const rrdp::pump_result& done, std::optional<rrdp::instant> alarm) {
        const storm_engine& engine = *node.engine;
        node.blocked = done.blocked && node.link->queued() != 0;
        if (node.link->has_frame() || (engine.wants_transmit(clock) && !done.blocked)) return now;
        const auto deadline = engine.next_timeout();
        rrdp::instant next = deadline ? node.clock.when(now, *deadline) : rrdp::never;
        if (alarm) next = std::min(next, node.clock.when(now, *alarm));
        if (done.blocked && !node.blocked) next = std::min(next, now + 20us);
        return next;
    }
    /// A frame that nobody sends just now: an old one, or a forged one.
    void slip_in(std::size_t n) {
        nuisances& p = stage_->pests;
        if (p.now.recalled.covers(luck_.next32()) && p.kept != 0) {
            const auto& old = p.memory[luck_.up_to(std::min(p.kept, p.remembered) - 1)];
            rrdp::copy_octets(rrdp::octets_view{old.octets}.first(old.size),
                              stage_->nodes[n].link->room_for_one());
            stage_->nodes[n].link->slip_in(old.size);
            ++p.met.recalled;
        } else if (p.now.forged.covers(luck_.next32())) {
            talk& t = tables_[luck_.up_to(tables_.size() - 1)];
            if (t.plan->from != n && t.plan->to != n) return;
            forge(t, n);
        }
    }

    /// Someone speaks to node `n` as if he were the other side of a talk.
    void forge(talk& t, std::size_t n) {
        storm_link& link = *stage_->nodes[n].link;
        const bool listens = t.plan->to == n;
        const auto opener = static_cast<std::uint16_t>(600 + t.port);
        const std::uint16_t from_port = listens ? opener : t.port;
        const std::uint16_t to_port = listens ? t.port : opener;
        const std::size_t from = listens ? t.plan->from : t.plan->to;
        const auto size = forger_->write(link.room_for_one(), from, n, from_port, to_port);
        link.slip_in(size);
        ++stage_->pests.met.forged;
        const auto flags = std::to_integer<unsigned>(link.room_for_one()[14]);
        if ((flags & rrdp::wire::flags_syn.octet()) != 0) disturb_by_syn(t, listens);
    }
    /// Who waits for a SYN ACK takes any SYN for one that crosses its own, and a SYN ACK
    /// whose number is guessed for its own; who has ended makes way for any SYN to its listener
    /// . What the other side is at then fails, and says so. Nothing that is forged is ever
    /// delivered.
    void disturb_by_syn(const talk& t, bool listens) {
        for (conversation& c : talks_) {
            if (c.plan != t.plan) continue;
            if (listens ? c.over(1) && !c.over(0) : !c.open[0]) c.disturbed = true;
        }
    }

    // ---- the applications of a node

    std::optional<rrdp::instant> act(std::size_t n, rrdp::instant clock) {
        storm_node& node = stage_->nodes[n];
        if (node.chokes != 0) return std::nullopt;
        while (const auto e = node.engine->poll_event()) hear(n, *e);
        const bool patience = !bored_ || stage_->net.time() < *bored_;
        std::optional<rrdp::instant> next;
        for (conversation& c : talks_)
            for (const std::size_t side : {0U, 1U}) {
                if (!c.open[side] || c.node(side) != n) continue;
                const auto alarm = c.speak(*node.engine, side, clock, patience);
                if (alarm && (!next || *alarm < *next)) next = alarm;
                if (!c.judge.complaint().empty()) complain(c.judge.complaint());
            }
        return next;
    }
    void hear(std::size_t n, const rrdp::event& e) {
        using rrdp::event_kind;
        if (e.kind == event_kind::accepted && !adopt(n, e)) return;
        for (conversation& c : talks_)
            for (const std::size_t side : {0U, 1U}) {
                if (c.node(side) != n || !c.lives(side) || c.ids[side] != e.connection) continue;
                if (e.kind == event_kind::connected || e.kind == event_kind::accepted)
                    c.open[side] = true;
                if (e.kind == event_kind::readable) c.take(*stage_, side);
                if (e.kind != event_kind::closed) continue;
                c.judge.ended(side, e);
                c.open[side] = false;
                if (log_ != nullptr)
                    note("conversation " + std::to_string(c.number()) + " ends at node " +
                         std::to_string(n + 1) + ": " + script::to_string(e));
            }
    }
    /// The listener's connection is the other end of a conversation that somebody opened.
    bool adopt(std::size_t n, const rrdp::event& e) {
        for (conversation& c : talks_) {
            const auto port = static_cast<std::uint16_t>(7 + (c.plan - what_.talks.data()));
            const bool said = e.application.size() == 4;
            const bool same = said ? rrdp::load_be32(e.application, 0) == c.number()
                                   : c.port == e.remote.port && port == e.remote.local_port;
            if (!same || c.node(1) != n) continue;
            if (c.ids[1]) return complain("L5: accepted twice"), false;
            c.ids[1] = e.connection;
            return true;
        }
        complain("L5: nobody opened this");
        return false;
    }

    static constexpr rrdp::adapters::probability none_{};

    storm what_;
    std::uint64_t seed_;
    storm_stage* stage_;
    message_maker maker_;
    std::deque<conversation> talks_;
    storm_blows blows_;
    std::vector<talk> tables_;
    rrdp::wire::features agreed_{};
    std::optional<forger> forger_;
    rrdp::adapters::frame_dice luck_{seed_, 0x1'5c1'9, 0};
    std::string complaint_;
    std::optional<rrdp::instant> bored_;  ///< from then on whoever is left closes
    rrdp::duration bound_ = 5'000s + what_.delays;
    rrdp::duration faulty_{};
    rrdp::duration struck_{};
    std::size_t steps_ = 0;
    bool healed_ = false;
    bool calm_ = false;
    frame_log* log_ = nullptr;
};

}  // namespace simulation
