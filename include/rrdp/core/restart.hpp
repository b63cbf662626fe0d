// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/core/ending.hpp>

/// What a connection makes of a new boot id of its peer and of the news that the
/// peer's node has left.
namespace rrdp {

/// Whether such news end the connection at once. With tags they do not: one forged frame must not
/// end a connection that pays for tags; the peer is asked instead.
template <class Policy>
[[nodiscard]] constexpr bool believes_news(const connection_record<Policy>& c,
                                           const context<Policy>& x) noexcept {
    return x.opt.trust_boot_id && !c.agreed.has(wire::features::tag);
}

/// The peer has lost its memory; there is nobody to send an RST to.
template <class Policy>
constexpr void end_restarted(connection_record<Policy>& c, context<Policy>& x,
                             std::uint32_t boot) noexcept {
    c.suspect_boot = boot;
    ++x.stats.connections_restarted;
    end(c, x, stimulus::restarted, end_reason::peer_restarted, {}, false);
}

/// The peer will be asked, once, after `wait`: its answer, the RST of a node without a record, ends
/// the connection.
template <class Policy>
constexpr void ask_peer(connection_record<Policy>& c, context<Policy>& x, duration wait) noexcept {
    c.ask_peer = true;
    c.timers.set(timer::keepalive, x.deadline(wait));
}

/// Resolution says that the peer's node now runs under `boot`. One that is only being opened has
/// nothing to lose: its SYN is answered, or is not.
template <class Policy>
constexpr void hear_of_restart(connection_record<Policy>& c, context<Policy>& x, std::uint32_t boot,
                               duration wait) noexcept {
    if (!c.established() || (c.knows_boot && c.peer_boot == boot)) return;
    if (believes_news(c, x)) return end_restarted(c, x, boot);
    c.suspect_boot = boot;
    c.suspects = true;
    ask_peer(c, x, wait);
}

/// Resolution says that the peer's node leaves.
template <class Policy>
constexpr void hear_of_departure(connection_record<Policy>& c, context<Policy>& x,
                                 duration wait) noexcept {
    if (!c.established()) return;
    if (believes_news(c, x))
        return end(c, x, stimulus::rst, end_reason::reset, wire::reset_reason::shutting_down,
                   false);
    ask_peer(c, x, wait);
}

/// Nobody knows where the peer's node is: it ends, if nothing was heard from it since
/// `asked`.
template <class Policy>
constexpr void hear_of_absence(connection_record<Policy>& c, context<Policy>& x,
                               instant asked) noexcept {
    const bool opening = c.at == state::syn_sent || c.at == state::syn_received;
    if ((!opening && !c.established()) || (c.established() && c.since >= asked)) return;
    ++x.stats.connections_unreachable;
    end(c, x, stimulus::timed_out, end_reason::host_unreachable, {}, false);
}

}  // namespace rrdp
