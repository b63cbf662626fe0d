// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>

#include "simulation/laws.hpp"
#include "simulation/storm_stage.hpp"

namespace simulation {

/// One conversation of a talk, from the opener's call to the last event of both: two applications
/// that send, take, and close when they know that all is well both ways.
class conversation {
public:
    conversation(message_maker& maker, const talk_plan& the_plan, std::uint32_t number,
                 bool ordered, std::uint32_t messages, rrdp::duration gap)
        : plan{&the_plan},
          judge{maker, number, ordered},
          messages_{messages},
          gap_{gap},
          number_{number},
          maker_{&maker} {}

    /// The node of a side: 0 opened, 1 listened.
    [[nodiscard]] std::size_t node(std::size_t side) const noexcept {
        return side == 0 ? plan->from : plan->to;
    }
    [[nodiscard]] bool lives(std::size_t side) const noexcept { return ids[side] && !over(side); }
    /// Whether a side was told its last event, or has crashed.
    [[nodiscard]] bool over(std::size_t side) const noexcept { return judge.end(side).has_value(); }
    /// Whether nothing will happen any more: nobody was accepted, or both have ended.
    [[nodiscard]] bool finished() const noexcept { return over(0) && (!ids[1] || over(1)); }
    [[nodiscard]] std::uint32_t number() const noexcept { return number_; }

    /// Side `side` loses everything.
    void crash(std::size_t side, const rrdp::send_ledger& last) {
        disturbed = true;
        if (!lives(side)) return;
        judge.crashed(side, last);
        quits[side] = true;
        open[side] = false;
    }

    /// Takes what has arrived; `stage` is where both are.
    void take(storm_stage& stage, std::size_t side) {
        auto& engine = *stage.nodes[node(side)].engine;
        const std::size_t other = 1 - side;
        while (const auto message = engine.receive(*ids[side])) {
            const bool knows = lives(other);
            const auto sender =
                knows ? stage.nodes[node(other)].engine->ledger(*ids[other]) : rrdp::send_ledger{};
            judge.delivered(side, message->whole(stage.room), sender);
        }
    }

    /// What the application of a side does at `now`, by its clock; when it wants to be called
    /// again, if it does. `patience` is over when it closes whatever has become of the other.
    std::optional<rrdp::instant> speak(storm_engine& engine, std::size_t side, rrdp::instant now,
                                       bool patience) {
        if (!open[side]) return std::nullopt;
        if (!began_[side]) began_[side] = now;
        const rrdp::connection_id id = *ids[side];
        std::optional<rrdp::instant> next;
        while (!shut[side] && judge.accepted(side) < messages_) {
            const auto index = static_cast<std::uint32_t>(judge.accepted(side));
            const rrdp::instant due = *began_[side] + index * gap_;
            if (gap_ != rrdp::duration{} && due > now) next = due;
            if (next || !say(engine, side, now, index)) break;
        }
        const auto ledger = engine.ledger(id);
        if (ledger.confirmed > ledger.sent || ledger.sent > ledger.accepted)
            judge.complain("L6: ledger");
        if (ledger.confirmed < confirmed_[side]) judge.complain("L2: what was confirmed is not");
        confirmed_[side] = ledger.confirmed;
        if (closing_[side] || (patience && !done(side, ledger))) return next;
        closing_[side] = true;
        if (engine.close(now, id) != rrdp::errc::ok) judge.complain("close");
        return next;
    }

    /// All is over: what has to hold of an end that nothing disturbed, and of any.
    void judge_end(bool fin) {
        for (const std::size_t side : {0U, 1U})
            if (over(side) && ids[1 - side] && !quits[1 - side]) judge.judge_confirmed(side);
        if (disturbed) return;
        for (const std::size_t side : {0U, 1U}) {
            if (!ids[side]) return judge.complain("nobody was accepted");
            if (judge.count(side) != messages_) judge.complain("not everything was delivered");
            if (!over(side)) return judge.complain("L4: no last event");
            const auto why = judge.end(side)->reason;
            const bool usual =
                why == rrdp::end_reason::clean ||
                (!fin && (why == rrdp::end_reason::reset || why == rrdp::end_reason::unanswered));
            if (!usual) judge.complain(std::string{"ended as "} + rrdp::name(why));
        }
    }

    const talk_plan* plan;
    laws judge;
    std::array<std::optional<rrdp::connection_id>, 2> ids{};
    std::array<bool, 2> open{};
    std::array<bool, 2> shut{};   ///< it sends no more
    std::array<bool, 2> half{};   ///< because it has told the other so, and goes on to listen
    std::array<bool, 2> quits{};  ///< it has crashed or was aborted: what it held is lost
    std::uint16_t port = 0;       ///< the opener's
    bool disturbed = false;       ///< by something that may end it

private:
    /// Whether all is well both ways, as far as it can still be.
    [[nodiscard]] bool done(std::size_t side, const rrdp::send_ledger& own) const {
        const std::size_t other = 1 - side;
        const bool sent =
            half[side] || (judge.accepted(side) == messages_ && judge.count(side) == messages_ &&
                           own.confirmed == messages_);
        const bool taken = half[other] || judge.count(other) == messages_;
        return (sent && taken) || (shut[side] && !half[side]) || (shut[other] && !half[other]);
    }

    bool say(storm_engine& engine, std::size_t side, rrdp::instant now, std::uint32_t index) {
        const auto& octets = maker_->make(side, number_, index);
        const auto sent = engine.send(now, *ids[side], octets);
        if (sent) return judge.accepted(side, *sent), true;
        const auto why = sent.error();
        if (why == rrdp::errc::not_open) shut[side] = true;  // the other was first to close
        if (why != rrdp::errc::not_open && why != rrdp::errc::would_block)
            judge.complain(rrdp::name(why));
        return false;
    }

    std::uint32_t messages_;
    rrdp::duration gap_;
    std::uint32_t number_;
    message_maker* maker_;
    std::array<bool, 2> closing_{};
    std::array<std::uint64_t, 2> confirmed_{};
    std::array<std::optional<rrdp::instant>, 2> began_{};
};

}  // namespace simulation
