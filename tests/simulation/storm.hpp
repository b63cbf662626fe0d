// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <rrdp/adapters/network_conditions.hpp>
#include <rrdp/rrdp.hpp>

/// What a seed chooses for one run: who talks, what happens on the way of every frame, and what
/// happens at which moment.
namespace simulation {

using namespace std::chrono_literals;

/// The most nodes of a run.
inline constexpr std::size_t nodes_max = 5;

/// Two nodes that talk: one opens, to a port that belongs to this talk alone.
struct talk_plan {
    std::size_t from = 0;
    std::size_t to = 1;
    rrdp::options opener{};
    rrdp::options listener{};
    std::uint32_t messages = 60;  ///< each way, in each conversation
    rrdp::duration gap{};         ///< between two messages of a side
    std::uint32_t again = 0;      ///< so many conversations may follow the first
};

/// What happens to a node, or between two, at a moment.
struct blow {
    enum class kind : std::uint8_t {
        cut,         ///< nothing gets from `a` to `b`
        pause,       ///< `a` is not called
        jump,        ///< the clock of `a` goes forward, or back, by `by`
        stand,       ///< the clock of `a` stands still
        drift,       ///< the clock of `a` runs `by` thousandths too fast
        crash,       ///< `a` loses everything, and begins anew at the end
        choke,       ///< the application of `a` reads nothing and sends nothing
        hoard,       ///< the application of `a` takes all segments that it can get
        narrow,      ///< frames of more than `by` octets vanish, everywhere
        link_down,   ///< the link of `a` is down, and its engine is told
        link_gone,   ///< the link of `a` is removed, and its engine is told
        abort,       ///< the side of `a` in its newest conversation is aborted
        half_close,  ///< the side of `a` in its newest conversation sends no more
    };
    kind what{};
    std::size_t a = 0;
    std::size_t b = 0;
    rrdp::duration at{};
    rrdp::duration lasts{};
    std::int64_t by = 0;  ///< nanoseconds, thousandths, octets
};

[[nodiscard]] constexpr const char* name(blow::kind what) noexcept {
    constexpr const char* names[]{"cut",       "pause", "jump",      "stand",  "drift",
                                  "crash",     "choke", "hoard",     "narrow", "link_down",
                                  "link_gone", "abort", "half_close"};
    return names[static_cast<std::size_t>(what)];
}
inline constexpr std::size_t blow_kinds = 13;

/// How often what happens to single frames that arrive, beside what the network does to them.
struct nuisance {
    rrdp::adapters::probability garbled{};   ///< changed in one of many ways (garble.hpp)
    rrdp::adapters::probability padded{};    ///< up to 64 octets of anything follow it
    rrdp::adapters::probability refused{};   ///< of transmissions: the link says no
    rrdp::adapters::probability recalled{};  ///< an old frame comes again, to whoever
    rrdp::adapters::probability forged{};    ///< someone blind sends one of his own

    [[nodiscard]] bool any() const noexcept {
        constexpr rrdp::adapters::probability none{};
        return garbled != none || refused != none || recalled != none || forged != none;
    }
};

/// Everything about a run.
struct storm {
    std::size_t nodes = 2;
    std::vector<talk_plan> talks;
    rrdp::adapters::network_conditions weather{};
    nuisance pests{};
    std::vector<blow> blows;
    rrdp::duration delays{};    ///< how much longer all may take, for clocks that go back or stand
    rrdp::duration lasts{};     ///< no blow, and no new conversation, begins later
    bool weather_stays = true;  ///< until everything is over; else until the blows are
    bool patient = true;        ///< time-outs are so long that nothing but a blow ends a talk
    bool fifo = true;           ///< what the engines are told of the link
    bool wrap = false;          ///< first numbers are near 2^16, and equal after a crash
    std::size_t longest = 1'400;  ///< octets of a message
    std::uint16_t mtu = 1'500;
    rrdp::capacities room{};
    std::array<rrdp::duration, nodes_max> origins{};  ///< what the clocks show at first
    rrdp::duration tick{1};                           ///< of the clocks
};

/// Whether something is wrong with the network all the time, or may be.
[[nodiscard]] inline bool is_bad(const rrdp::adapters::network_conditions& w) noexcept {
    return w.faults != rrdp::adapters::frame_faults{} ||
           w.bursts.begins != rrdp::adapters::probability{} ||
           w.damage != rrdp::adapters::probability{} || w.jitter != rrdp::duration{} ||
           (w.port_queue != 0 && w.rate != 0);
}

}  // namespace simulation
