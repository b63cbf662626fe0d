// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/core/context.hpp>
#include <rrdp/wire/syn_parameters.hpp>

/// What a SYN or SYN ACK of this side says (5.1, 5.2).
namespace rrdp::detail {

/// The TLVs that no feature needs. A SYN ACK has those only that the SYN has, too: to who has not
/// shown that the frame reaches it, the answer is not longer than the question. APP is the
/// exception there.
template <class Policy>
constexpr void announce_extras(const connection_record<Policy>& c, const context<Policy>& x,
                               bool reply, wire::syn_parameters& p) noexcept {
    if (x.opt.identify && x.who.own != 0 && (!reply || c.peer_named))
        p.node = wire::node_pair{x.who.own, x.who.peer};
    if (x.opt.identify && (!reply || c.knows_boot)) p.boot = x.who.boot;
    p.application = x.application;
    if (reply && !c.peer_timed) return;
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(x.opt.ack_delay);
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(x.opt.keepalive);
    const auto saturated = [](std::int64_t n) {
        return static_cast<std::uint16_t>(n < 0xffff ? n : 0xffff);
    };
    p.timing = wire::syn_timing{saturated(us.count()), x.opt.ack_every, saturated(ms.count())};
}

/// What a SYN or SYN ACK says of this side (5.1), every time the same. A peer without EXT
/// gets none in the answer.
template <class Policy>
[[nodiscard]] constexpr wire::syn_parameters announcement(const connection_record<Policy>& c,
                                                          const context<Policy>& x) noexcept {
    const bool reply = c.at != state::syn_sent;
    wire::syn_parameters p;
    p.max_outstanding = x.opt.max_outstanding;
    p.max_segment_size = x.receive_limit();
    p.sequenced = x.opt.ordered;
    p.extended = x.opt.extended && (!reply || c.peer_extended);
    p.offered = reply ? c.agreed : offer<Policy>(x.opt);
    p.sequence_high = c.iss.high();
    if (p.offered.has(wire::features::tag)) {
        p.tag = c.own_tag;
        if (reply) p.peer_tag = c.peer_tag;  // the echo, without which tags do not help
    }
    if (p.offered.has(wire::features::frag)) p.max_message = x.message_limit();
    if (p.extended) announce_extras(c, x, reply, p);
    return p;
}

}  // namespace rrdp::detail
