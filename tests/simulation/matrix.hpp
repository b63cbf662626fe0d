// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>

#include "simulation/cluster.hpp"
#include "simulation/laws.hpp"
#include "support/side.hpp"

/// One cell of the matrix {profile} x {order} x {loss} x {weather} x {first number}, run once.
namespace simulation {

/// Sees the number of the first segment that an engine sends, its SYN's or SYN ACK's.
struct first_number : rrdp::null_observer {
    std::optional<std::uint16_t> number;
    void on_transmit(rrdp::instant, rrdp::octets_view segment) noexcept {
        const auto parsed = rrdp::wire::parse(segment);
        if (!number && parsed && parsed->base.control.syn()) number = parsed->base.sequence.value();
    }
};

/// Windows as long as those of the profile `udp`.
struct matrix_policy : rrdp::default_policy {
    static constexpr bool audits = true;
    static constexpr std::uint16_t max_outstanding = 256;
    using observer = first_number;
};

enum class weather { duplication, reordering, damage, single_bits, everything };

struct cell {
    rrdp::options profile{};
    double loss = 0;
    weather kind = weather::everything;
    bool wrap = false;            ///< the numbers of both sides pass 2^16 on the way
    std::uint32_t messages = 60;  ///< each way
    std::size_t longest = 1'400;  ///< octets of a message
    bool crash_first = false;     ///< one before it, on the same ports, ends by a crash of node 0
};

/// The frames' fate in a cell. A damaged frame is one that the FCS has not caught.
inline rrdp::adapters::network_conditions conditions_of(const cell& what) {
    rrdp::adapters::network_conditions c;
    c.faults.loss = what.loss;
    c.lateness = 300us;
    const bool all = what.kind == weather::everything;
    if (all || what.kind == weather::duplication) c.faults.duplicate = 0.1;
    if (all || what.kind == weather::reordering) {
        c.faults.reorder = 0.1;
        c.jitter = 20us;
    }
    if (all || what.kind == weather::single_bits) c.faults.corrupt = 0.03;
    if (what.kind == weather::damage) c.damage = 0.03;
    return c;
}

/// A run: two nodes, each with an application that sends its messages, takes the other's, and
/// closes when it knows that all is well both ways.
class cell_run {
public:
    using engine_type = rrdp::endpoint<matrix_policy>;

    cell_run(const cell& what, std::uint64_t seed)
        : what_{what},
          seed_{seed},
          options_{what.profile},
          maker_{seed, what.longest},
          nodes_{seed, conditions_of(what), {.frames = 8'192}, capacities(), keys(what, seed)} {
        options_.auto_close = false;
        // At 50 % loss each way the profiles' patience is too short: that is not what is asked.
        options_.give_up = 600s;
        options_.connect_timeout = 600s;
        options_.fin_wait = 600s;
        options_.linger = 600s;
        if (nodes_[1].listen(7, options_) != rrdp::errc::ok) complaint_ = "listen";
    }

    /// Whether everything went as it must; else `complaint()` says what did not.
    bool run() {
        if (what_.crash_first) converse(8, true);
        converse(what_.messages, false);
        complete(what_.messages);
        const auto gone = [this] {
            return nodes_[0].connections() + nodes_[1].connections() == 0 || !complaint_.empty();
        };
        const auto act = [this](std::size_t n) { return hear(n), std::optional<rrdp::instant>{}; };
        if (!nodes_.run(act, gone, 2'000s, 1'000'000)) complain("a record is never forgotten");
        for (const conversation& talk : talks_) {
            if (!talk.judge.complaint().empty()) complain(talk.judge.complaint());
            if (talk.ids[1] && !talk.judge.end(1)) complain("L4: no last event");
        }
        for (std::size_t n = 0; n < 2; ++n)
            if (nodes_[n].segments_available() != capacities().segments)
                complain("a segment of the pool is lost");
        return complaint_.empty();
    }

    [[nodiscard]] std::uint64_t trace() const { return nodes_.net.trace(); }
    [[nodiscard]] const std::string& complaint() const { return complaint_; }
    [[nodiscard]] const rrdp::adapters::network_statistics& met() const {
        return nodes_.net.statistics();
    }
    [[nodiscard]] std::optional<std::uint16_t> first_number_of(std::size_t n) {
        return nodes_[n].observer().number;
    }
    [[nodiscard]] engine_type& engine(std::size_t n) { return nodes_[n]; }

private:
    struct conversation {
        laws judge;
        std::array<std::optional<rrdp::connection_id>, 2> ids{};
        std::array<bool, 2> open{};
        std::array<bool, 2> closing{};
        std::optional<rrdp::send_ledger> crashed{};  ///< the last ledger of node 0, if it did
    };

    static rrdp::capacities capacities() {
        return {.connections = 8, .rings = 8, .segments = 1'200, .nodes = 2};
    }
    static std::vector<rrdp::entropy> keys(const cell& what, std::uint64_t seed) {
        if (!what.wrap) return {};
        constexpr std::array<std::uint16_t, 3> firsts{65'535, 65'530, 65'500};
        return {script::key_for(firsts[seed % 3], seed % 5),
                script::key_for(firsts[seed / 3 % 3], 5 + seed % 5)};
    }

    void complain(const std::string& what) {
        if (complaint_.empty()) complaint_ = what;
    }

    /// Opens a conversation and goes on until both sides have ended it.
    void converse(std::uint32_t messages, bool crash) {
        talks_.push_back(
            {laws{maker_, static_cast<std::uint32_t>(talks_.size()), options_.ordered}});
        conversation& talk = talks_.back();
        const auto id = nodes_[0].connect(nodes_.now(), {nodes_.number(1), 7, 600}, options_);
        if (!id) return complain("connect");
        talk.ids[0] = *id;
        const auto act = [&](std::size_t n) -> std::optional<rrdp::instant> {
            hear(n);
            if (crash && n == 0 && talk.judge.count(0) != 0 && talk.judge.count(1) != 0) fall(talk);
            speak(talk, n, messages);
            return std::nullopt;
        };
        const auto over = [&] {
            if (!talk.judge.complaint().empty()) complain(talk.judge.complaint());
            return talk.crashed || (talk.judge.end(0) && talk.judge.end(1)) || !complaint_.empty();
        };
        if (!nodes_.run(act, over, 5'000s, 100'000'000)) complain("L4: no outcome in time");
    }

    /// Node 0 crashes in the middle, and frames of it are still under way.
    void fall(conversation& talk) {
        talk.crashed = nodes_[0].ledger(*talk.ids[0]);
        talk.ids[0].reset();
        talk.open[0] = false;
        nodes_.start(
            0, what_.wrap ? script::key_for(65'530, 10 + seed_ % 5) : rrdp::entropy{seed_, 77});
    }

    void hear(std::size_t n) {
        while (const auto e = nodes_[n].poll_event()) {
            if (e->kind == rrdp::event_kind::accepted && !adopt(n, e->connection))
                complain("L5: nobody opened this");
            for (conversation& talk : talks_) {
                if (talk.ids[n] != e->connection) continue;
                if (e->kind == rrdp::event_kind::connected || e->kind == rrdp::event_kind::accepted)
                    talk.open[n] = true;
                if (e->kind == rrdp::event_kind::readable) take(talk, n);
                if (e->kind == rrdp::event_kind::closed) {
                    talk.judge.ended(n, *e);
                    talk.open[n] = false;
                }
            }
        }
    }
    /// The listener's connection is the other end of the newest conversation.
    bool adopt(std::size_t n, rrdp::connection_id id) {
        if (n != 1 || talks_.empty() || talks_.back().ids[1]) return false;
        talks_.back().ids[1] = id;
        return true;
    }
    void take(conversation& talk, std::size_t n) {
        while (const auto message = nodes_[n].receive(*talk.ids[n])) {
            const auto sender =
                talk.crashed && n == 1 ? *talk.crashed : nodes_[1 - n].ledger(*talk.ids[1 - n]);
            talk.judge.delivered(n, message->whole(room_), sender);
        }
    }

    void speak(conversation& talk, std::size_t n, std::uint32_t messages) {
        if (!talk.open[n]) return;
        const rrdp::connection_id id = *talk.ids[n];
        while (talk.judge.accepted(n) < messages) {
            const auto index = static_cast<std::uint32_t>(talk.judge.accepted(n));
            const auto& octets =
                maker_.make(n, static_cast<std::uint32_t>(talks_.size() - 1), index);
            const auto sent = nodes_[n].send(nodes_.now(), id, octets);
            if (!sent && sent.error() == rrdp::errc::not_open)
                break;  // the other was first to close
            if (!sent && sent.error() != rrdp::errc::would_block) complain("send");
            if (!sent) break;
            talk.judge.accepted(n, *sent);
        }
        const auto ledger = nodes_[n].ledger(id);
        if (ledger.confirmed > ledger.sent || ledger.sent > ledger.accepted) complain("L6: ledger");
        if (talk.closing[n] || talk.judge.accepted(n) < messages) return;
        const bool enough = talk.judge.count(1 - n) == messages && ledger.confirmed == messages;
        if (!enough) return;
        talk.closing[n] = true;
        if (nodes_[n].close(nodes_.now(), id) != rrdp::errc::ok) complain("close");
    }

    void complete(std::uint32_t messages) {
        if (!complaint_.empty()) return;
        conversation& talk = talks_.back();
        for (const std::size_t side : {0U, 1U}) talk.judge.judge_confirmed(side);
        if (!talk.judge.complaint().empty()) return complain(talk.judge.complaint());
        for (std::size_t n = 0; n < 2; ++n) {
            if (talk.judge.count(n) != messages) complain("not everything was delivered");
            const bool fin = options_.offered.has(rrdp::wire::features::fin);
            if (fin && talk.judge.end(n)->reason != rrdp::end_reason::clean)
                complain(std::string{"ended as "} + rrdp::name(talk.judge.end(n)->reason));
        }
    }

    cell what_;
    std::uint64_t seed_;
    rrdp::options options_;
    message_maker maker_;
    basic_cluster<matrix_policy> nodes_;
    std::deque<conversation> talks_;
    std::string complaint_;
    std::vector<std::byte> room_ = std::vector<std::byte>(65'536);  ///< of a message in one piece
};

}  // namespace simulation
