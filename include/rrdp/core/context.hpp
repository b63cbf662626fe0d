// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include <rrdp/core/governor_pool.hpp>
#include <rrdp/core/options.hpp>
#include <rrdp/core/record.hpp>
#include <rrdp/core/ring_pool.hpp>
#include <rrdp/core/segment_pool.hpp>
#include <rrdp/core/statistics.hpp>

namespace rrdp {

/// Whom a connection joins, and since when the own node runs: what NODE and BOOT say (5.2).
struct identity {
    std::uint16_t own = 0;   ///< node number; 0: not known, so that NODE is not sent nor compared
    std::uint16_t peer = 0;  ///< node number of the far end
    std::optional<std::uint32_t> boot{};  ///< own boot id (R-15.11), if it may be told (R-15.12)
};

/// What a connection works with and does not own: made for each call, kept by nobody.
template <class Policy>
struct context {
    segment_pool& segments;
    ring_pool& rings;
    statistics& stats;
    typename Policy::observer& observer;
    const options& opt;
    instant now;
    std::uint32_t slot;          ///< for the observer
    std::uint16_t mtu;           ///< of the own link: header plus data (R-2.10)
    std::uint16_t peer_mtu = 0;  ///< of the peer's link, where a connection is made; 0: unknown
    bool valid = false;  ///< out: the segment being handled is the peer's (1: valid segment)
    governor_pool* governors = nullptr;  ///< of a link that keeps no order (R-13.2)
    duration link_msl{};                 ///< how long a copy may live there
    std::uint16_t received = 0;  ///< octets that the frame being handled carried, padding included
    identity who{};
    octets_view application{};  ///< what the own SYN says in its TLV APP

    /// The deadline `d` from now, on a tick of the wheel and never before its time.
    [[nodiscard]] constexpr instant deadline(duration d) const noexcept {
        constexpr duration tick = Policy::timer_tick;
        const instant exact = after(now, d);
        const auto ns = static_cast<std::uint64_t>(exact.time_since_epoch().count());
        const auto past = static_cast<duration::rep>(ns % std::uint64_t{tick.count()});
        return past != 0 ? after(exact, tick - duration{past}) : exact;
    }

    /// The longest segment this side receives: header plus data. A segment of the pool must hold
    /// its data (R-5.1, word 8).
    [[nodiscard]] constexpr std::uint16_t receive_limit() const noexcept {
        const std::size_t pooled = segments.segment_max() + wire::base_octets;
        return pooled < mtu ? static_cast<std::uint16_t>(pooled) : mtu;
    }

    /// The longest message this side receives, with FRAG: a run of full segments fits the part of
    /// the pool that nothing else can take, so it can always be completed (MAXMSG, 5.2).
    [[nodiscard]] constexpr std::uint32_t message_limit() const noexcept {
        const std::size_t kept = segments.reserve() * segments.segment_max();
        return kept < opt.message_max ? static_cast<std::uint32_t>(kept) : opt.message_max;
    }

    constexpr void drop(drop_reason why) noexcept {
        stats.drop(why);
        observer.on_drop(now, why);
    }
};

namespace detail {

constexpr std::uint16_t lesser(std::size_t a, std::size_t b) noexcept {
    return static_cast<std::uint16_t>(a < b ? a : b);
}

}  // namespace detail

/// What a connection with these options offers.
template <class Policy>
[[nodiscard]] constexpr wire::features offer(const options& o) noexcept {
    return Policy::checksum::offers_crc32c && o.extended ? o.offered | wire::features::crc32c
                                                         : o.offered;
}

/// Moves `c` by the table of core/state.hpp; `on` must mean something in its state.
template <class Policy>
constexpr void move(connection_record<Policy>& c, context<Policy>& x, stimulus on) noexcept {
    const auto to = next(c.at, on);
    RRDP_ASSERT(to.has_value());
    x.observer.on_state(x.now, x.slot, c.at, *to);
    c.at = *to;
}

/// How long a copy of a segment of this connection may live.
template <class Policy>
[[nodiscard]] constexpr duration lifetime_of(const context<Policy>& x) noexcept {
    return x.opt.msl > x.link_msl ? x.opt.msl : x.link_msl;
}

/// What the congestion control may know of the path.
template <class Policy>
[[nodiscard]] constexpr path_state path_of(const connection_record<Policy>& c,
                                           const context<Policy>& x) noexcept {
    return {c.rtt.shortest(), c.rtt.latest(), x.opt.delay_target, c.sending.outstanding(),
            c.sending.judge().order_kept().seen()};
}

/// The peer has proved to be alive.
template <class Policy>
constexpr void heard(connection_record<Policy>& c, const context<Policy>& x) noexcept {
    c.since = x.now;
    c.probes = 0;
}

/// How long a closed window is left alone between probes.
template <class Policy>
[[nodiscard]] constexpr duration persist_interval(const connection_record<Policy>& c,
                                                  const context<Policy>& x) noexcept {
    const duration peer_delay = std::chrono::microseconds{c.peer_ack_delay_us};
    const duration timeout = c.rtt.timeout(x.opt, Policy::timer_tick, peer_delay);
    return timeout < x.opt.persist_max ? timeout : x.opt.persist_max;
}

/// What the endpoint has to do after a segment was handled.
enum class verdict : std::uint8_t {
    done,
    reset,      ///< answer the segment by a bare RST with `reason` (R-7.5)
    as_closed,  ///< it has ended before: process the segment as a tombstone does (R-10.7)
    restarted,  ///< it has just ended: process the segment as if there were no record (R-7.21)
};

struct reaction {
    verdict what = verdict::done;
    wire::reset_reason reason{};
};

}  // namespace rrdp
