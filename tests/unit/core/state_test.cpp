// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <set>
#include <string>

#include <rrdp/core/state.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

constexpr std::array all_states{state::closed, state::syn_sent, state::syn_received,
                                state::open,   state::closing,  state::close_wait};
constexpr std::array all_stimuli{
    stimulus::active_open, stimulus::accept,      stimulus::close,      stimulus::abort,
    stimulus::syn,         stimulus::syn_ack,     stimulus::ack,        stimulus::rst,
    stimulus::refusal,     stimulus::finished,    stimulus::unanswered, stimulus::protocol_error,
    stimulus::timed_out,   stimulus::linger_over, stimulus::reuse,      stimulus::restarted};
static_assert(static_cast<std::size_t>(all_states.back()) + 1 == all_states.size());
static_assert(static_cast<std::size_t>(all_stimuli.back()) + 1 == all_stimuli.size());

/// The states that can come after `from`, over any number of steps.
std::set<state> reachable(state from) {
    std::set<state> seen{from};
    for (std::size_t before = 0; before != seen.size();) {
        before = seen.size();
        for (const transition& t : transitions)
            if (seen.count(t.from) != 0) seen.insert(t.to);
    }
    return seen;
}

bool listed(state from, stimulus on) {
    for (const transition& t : transitions)
        if (t.from == from && t.on == on) return true;
    return false;
}

TEST_CASE("state: no pair of state and stimulus is listed twice", "[core]") {
    std::set<std::pair<state, stimulus>> pairs;
    for (const transition& t : transitions) CHECK(pairs.emplace(t.from, t.on).second);
}

TEST_CASE("state: what is listed is what next() answers, and what is not moves nothing", "[core]") {
    std::size_t moves = 0;
    for (const state from : all_states)
        for (const stimulus on : all_stimuli) {
            INFO(name(from) << ", stimulus " << static_cast<int>(on));
            CHECK(next(from, on).has_value() == listed(from, on));
            moves += next(from, on).has_value() ? 1U : 0U;
        }
    CHECK(moves == transitions.size());
    for (const transition& t : transitions) CHECK(next(t.from, t.on) == t.to);
}

TEST_CASE("state: every state can be reached, and reaches closed", "[core][R-19.11]") {
    CHECK(reachable(state::closed).size() == all_states.size());
    for (const state s : all_states) CHECK(reachable(s).count(state::closed) == 1);
}

TEST_CASE("state: every stimulus means something somewhere", "[core]") {
    for (const stimulus on : all_stimuli) {
        std::size_t places = 0;
        for (const state from : all_states) places += listed(from, on) ? 1U : 0U;
        CHECK(places > 0);
    }
}

TEST_CASE("state: only the handshake opens a connection", "[core][R-7.13][R-7.17][R-7.18]") {
    for (const transition& t : transitions) {
        if (t.to != state::open) continue;
        CHECK((t.from == state::syn_sent || t.from == state::syn_received));
        CHECK((t.on == stimulus::syn_ack || t.on == stimulus::ack));
    }
    CHECK_FALSE(next(state::syn_sent, stimulus::ack).has_value());
}

TEST_CASE("state: a SYN moves nothing that is open", "[core][R-7.21]") {
    for (const state s : {state::open, state::closing, state::close_wait})
        for (const stimulus on : {stimulus::syn, stimulus::syn_ack})
            CHECK_FALSE(next(s, on).has_value());
}

TEST_CASE("state: an RST ends every connection but one that lingers",
          "[core][R-7.12][R-7.16][R-7.20][R-7.35]") {
    for (const state s : {state::syn_sent, state::syn_received, state::open, state::closing})
        CHECK(next(s, stimulus::rst) == state::closed);
    CHECK(next(state::close_wait, stimulus::rst) == state::close_wait);
    CHECK_FALSE(next(state::closed, stimulus::rst).has_value());
}

TEST_CASE("state: only a clean end lingers in CLOSE-WAIT", "[core][R-10.3]") {
    for (const transition& t : transitions)
        if (t.to == state::close_wait && t.from != state::close_wait)
            CHECK(t == transition{state::closing, stimulus::finished, state::close_wait});
}

TEST_CASE("state: every state that the user knows can be aborted", "[core][R-10.6]") {
    for (const state s : {state::syn_sent, state::syn_received, state::open, state::closing})
        CHECK(next(s, stimulus::abort) == state::closed);
    for (const state s : {state::closed, state::close_wait})
        CHECK_FALSE(next(s, stimulus::abort).has_value());
}

TEST_CASE("state: every state has a name of its own", "[core]") {
    std::set<std::string> names;
    for (const state s : all_states) names.insert(name(s));
    CHECK(names == std::set<std::string>{"closed", "syn_sent", "syn_received", "open", "closing",
                                         "close_wait"});
    CHECK(std::string{name(state::closing)} == "closing");
}

}  // namespace
}  // namespace rrdp
