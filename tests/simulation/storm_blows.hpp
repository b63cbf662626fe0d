// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "simulation/conversation.hpp"

namespace simulation {

/// A blow in words, for the ladder.
inline std::string text(const blow& b) {
    std::string s = std::string{name(b.what)} + " of node " + std::to_string(b.a + 1);
    if (b.what == blow::kind::cut) s += " to node " + std::to_string(b.b + 1);
    if (b.by != 0) s += " by " + std::to_string(b.by);
    return s;
}

/// Carries out the blows of a storm at their moments, and knows whom each may have hurt.
class storm_blows {
public:
    storm_blows(const storm& what, storm_stage& stage, std::deque<conversation>& talks)
        : what_{&what}, stage_{&stage}, talks_{&talks} {
        for (const blow& b : what.blows) {
            agenda_.push_back({b.at, &b, true});
            agenda_.push_back({b.at + b.lasts, &b, false});
        }
        std::stable_sort(agenda_.begin(), agenda_.end(),
                         [](const entry& x, const entry& y) { return x.at < y.at; });
    }

    [[nodiscard]] bool done() const { return next_ == agenda_.size(); }
    [[nodiscard]] bool due(rrdp::instant now) const { return next() <= now; }
    [[nodiscard]] rrdp::instant next() const {
        return done() ? rrdp::never : rrdp::instant{agenda_[next_].at};
    }
    /// Whether one lasts just now.
    [[nodiscard]] bool active() const { return active_ != 0; }
    /// Whether a conversation that is opened now may end badly.
    [[nodiscard]] bool disturbs_new() const { return hurting_ != 0; }
    [[nodiscard]] const std::array<std::uint32_t, blow_kinds>& counts() const { return counts_; }

    /// The next one begins, or ends; which.
    std::pair<const blow*, bool> strike() {
        const entry e = agenda_[next_++];
        e.begins ? ++active_ : --active_;
        if (hurts(*e.what)) {
            e.begins ? ++hurting_ : --hurting_;
            hurt(*e.what);
        }
        if (e.begins) ++counts_[static_cast<std::size_t>(e.what->what)];
        carry_out(*e.what, e.begins);
        for (std::size_t n = 0; n < what_->nodes; ++n) stage_->nodes[n].wake = {};
        return {e.what, e.begins};
    }

private:
    struct entry {
        rrdp::duration at;
        const blow* what;
        bool begins;
    };

    /// Whether a conversation may end by it, however patient the two are.
    [[nodiscard]] bool hurts(const blow& b) const {
        using enum blow::kind;
        const bool is_long = b.lasts > 100s;
        switch (b.what) {
            case cut:
            case pause:
            case choke: return is_long;
            case jump: return b.by > std::chrono::nanoseconds{100s}.count();
            case narrow: return what_->mtu > 1'500 || is_long;
            case link_gone: return true;
            case crash: return true;
            default: return false;
        }
    }
    void hurt(const blow& b) {
        const bool all = b.what == blow::kind::narrow;
        for (conversation& c : *talks_)
            if (!c.finished() && (all || c.node(0) == b.a || c.node(1) == b.a || c.node(1) == b.b))
                c.disturbed = true;
    }

    void carry_out(const blow& b, bool begins) {
        using enum blow::kind;
        storm_node& node = stage_->nodes[b.a];
        const rrdp::instant now = stage_->net.time();
        const auto deeper = [begins](unsigned& depth) { begins ? ++depth : --depth; };
        switch (b.what) {
            case cut: return cut_way(b.a, b.b, begins);
            case pause: return deeper(node.pauses);
            case choke: return deeper(node.chokes);
            case jump: return begins ? node.clock.jump(now, rrdp::duration{b.by}) : void();
            case stand: return begins ? node.clock.stand(now, b.lasts) : void();
            case drift: return node.clock.drift(now, begins ? static_cast<int>(b.by) : 0);
            case crash: return crash_of(b.a, begins);
            case hoard: return begins ? gather(b.a) : node.hoard.clear();
            case narrow:
                deeper(narrows_);
                stage_->pests.narrow = narrows_ == 0 ? 0 : static_cast<std::size_t>(b.by);
                return;
            case link_down:
                return link(b.a, begins ? rrdp::link_state::down : rrdp::link_state::up);
            case link_gone:
                return link(b.a, begins ? rrdp::link_state::removed : rrdp::link_state::up);
            case abort: return begins ? abort_of(b.a) : void();
            case half_close: return begins ? half_close_of(b.a) : void();
        }
    }
    void cut_way(std::size_t from, std::size_t to, bool begins) {
        unsigned& depth = cuts_[from][to];
        begins ? ++depth : --depth;
        stage_->net.partition(from, to, depth != 0);
    }
    void crash_of(std::size_t n, bool begins) {
        storm_node& node = stage_->nodes[n];
        if (!begins) return static_cast<void>(--node.downs);
        ++node.downs;
        for (conversation& c : *talks_)
            for (const std::size_t side : {0U, 1U}) {
                if (c.node(side) != n) continue;
                const bool lives = c.lives(side);
                c.crash(side, lives ? node.engine->ledger(*c.ids[side]) : rrdp::send_ledger{});
            }
        node.hoard.clear();
    }
    /// All segments that one connection is given.
    void gather(std::size_t n) {
        storm_node& node = stage_->nodes[n];
        if (!node.works()) return;
        for (conversation& c : *talks_)
            for (const std::size_t side : {0U, 1U}) {
                if (c.node(side) != n || !c.open[side]) continue;
                while (node.hoard.size() < node.hoard.capacity()) {
                    auto got = node.engine->compose(*c.ids[side], 16);
                    if (!got) break;
                    node.hoard.push_back(std::move(*got));
                }
            }
    }
    void link(std::size_t n, rrdp::link_state state) {
        storm_node& node = stage_->nodes[n];
        const bool down = state != rrdp::link_state::up;
        for (std::size_t other = 0; other < what_->nodes; ++other) {
            if (other == n) continue;
            cut_way(n, other, down);
            cut_way(other, n, down);
        }
        if (node.downs == 0) node.engine->handle_link(stage_->clock(n), state);
    }
    [[nodiscard]] std::pair<conversation*, std::size_t> newest_open(std::size_t n) {
        for (auto c = talks_->rbegin(); c != talks_->rend(); ++c)
            for (const std::size_t side : {0U, 1U})
                if (c->node(side) == n && c->open[side] && stage_->nodes[n].works())
                    return {&*c, side};
        return {nullptr, 0};
    }
    void abort_of(std::size_t n) {
        const auto [c, side] = newest_open(n);
        if (c == nullptr) return;
        c->disturbed = c->quits[side] = true;
        const auto now = stage_->clock(n);
        if (stage_->nodes[n].engine->abort(now, *c->ids[side]) != rrdp::errc::ok)
            c->judge.complain("abort");
        c->shut[side] = true;
    }
    void half_close_of(std::size_t n) {
        const auto [c, side] = newest_open(n);
        if (c == nullptr || c->shut[side]) return;
        const auto now = stage_->clock(n);
        const auto said = stage_->nodes[n].engine->shutdown_send(now, *c->ids[side]);
        if (said != rrdp::errc::ok) return;  // without FIN there is none
        c->disturbed = c->half[side] = c->shut[side] = true;
    }

    const storm* what_;
    storm_stage* stage_;
    std::deque<conversation>* talks_;
    std::vector<entry> agenda_;
    std::size_t next_ = 0;
    unsigned active_ = 0;
    unsigned hurting_ = 0;
    unsigned narrows_ = 0;
    std::array<std::array<unsigned, nodes_max>, nodes_max> cuts_{};
    std::array<std::uint32_t, blow_kinds> counts_{};
};

}  // namespace simulation
