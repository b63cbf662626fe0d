// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include <rrdp/core/context.hpp>
#include <rrdp/core/sizes.hpp>
#include <rrdp/wire/syn_parameters.hpp>

/// What a side makes of the SYN or SYN ACK of its peer: whether it suits, and what follows (5.3).
namespace rrdp {

/// Whether `p` offers what these options require.
template <class Policy>
[[nodiscard]] constexpr bool suits(const options& o, const wire::syn_parameters& p) noexcept {
    return o.required.subset_of(wire::agreed_on(offer<Policy>(o), p.offered));
}

/// Whether the nodes are those that the sender of `p` believes, if it says.
[[nodiscard]] constexpr bool names_right(const identity& who,
                                         const wire::syn_parameters& p) noexcept {
    return !p.node || who.own == 0 || *p.node == wire::node_pair{who.peer, who.own};
}

/// Why a side with these options refuses a peer that says `p`, in the order of: a
/// bare RST with this reason is the answer. Nothing, if it does not refuse.
template <class Policy>
[[nodiscard]] constexpr std::optional<wire::reset_reason> objection(
    const options& o, const identity& who, const wire::syn_parameters& p) noexcept {
    if (!suits<Policy>(o, p)) return wire::reset_reason::feature_mismatch;
    if (!names_right(who, p)) return wire::reset_reason::wrong_node;
    return std::nullopt;
}

/// Why a peer that says `p` cannot be taken on a link that keeps no order, which has `governors`:
/// it may have too much outstanding, or no governor is free. Nothing, if it can.
template <class Policy>
[[nodiscard]] constexpr std::optional<wire::reset_reason> link_objection(
    const options& o, const wire::syn_parameters& p, const governor_pool* governors) noexcept {
    const bool wide = wire::agreed_on(offer<Policy>(o), p.offered).has(wire::features::wide);
    if (governors == nullptr || wide) return std::nullopt;
    if (p.max_outstanding > governor::outstanding_max) return wire::reset_reason::feature_mismatch;
    if (governors->available() == 0) return wire::reset_reason::no_resources;
    return std::nullopt;
}

/// Whether what `p` says in APP can be kept for the application: now, ever, or not at all because a
/// segment of the pool is shorter.
enum class keeping : std::uint8_t { now, later, impossible };

[[nodiscard]] constexpr keeping room_for(const segment_pool& pool,
                                         const wire::syn_parameters& p) noexcept {
    if (p.application.size() > pool.segment_max()) return keeping::impossible;
    const bool free = p.application.empty() || pool.has_room();
    return free ? keeping::now : keeping::later;
}

namespace detail {

/// *Take the parameters* of section 6, each clamped to the own cap.
template <class Policy>
constexpr void take_parameters(connection_record<Policy>& c, context<Policy>& x,
                               const wire::syn_parameters& p, wire::seq16 first) noexcept {
    c.agreed = wire::agreed_on(offer<Policy>(x.opt), p.offered);
    const bool wide = c.agreed.has(wire::features::wide);
    c.irs = wide ? join(p.sequence_high, first) : sequence{first.value()};
    c.peer_tag = p.tag.value_or(0);
    c.peer_extended = p.extended;
    c.peer_named = p.node.has_value();
    c.peer_timed = p.timing.has_value();
    c.knows_boot = p.boot.has_value();
    c.peer_boot = p.boot.value_or(0);
    c.has_cookie = false;  // its words are needed for the boot ids from now on
    c.receiving.open(c.irs, x.opt.max_outstanding, x.opt.receive_slots);
    c.told_room = static_cast<std::uint16_t>(c.receiving.width());
    c.peer_outstanding = lesser(p.max_outstanding, 16'383);
    const std::uint16_t cap = lesser(x.opt.send_cap, Policy::max_outstanding);
    c.sending.limit(lesser(c.peer_outstanding, cap), 2U * c.peer_outstanding);
    c.ordered = x.opt.ordered || p.sequenced;
    const std::uint32_t said = p.max_message.value_or(0);
    c.send_message_max = said < x.opt.send_message_cap ? said : x.opt.send_message_cap;
    c.path.peer_takes(p.max_segment_size);
    limit_sizes(c, x, c.path.segment_max());
    if (p.timing) {
        c.peer_ack_delay_us = p.timing->ack_delay_us;
        const std::uint16_t every = lesser(p.timing->ack_every, 0xff);
        c.peer_ack_every = static_cast<std::uint8_t>(every != 0 ? every : 1);  // 0 means nothing
    }
    if (x.governors != nullptr && !wide) {
        c.governor = x.governors->take();
        RRDP_ASSERT(c.governor != no_governor);  // link_objection() has looked
        x.governors->at(c.governor).sent(c.iss, x.now);
    }
    c.congestion.start({x.opt.congestion, x.opt.initial_window});
}

/// Keeps what the peer's SYN says in APP until the application hears of the connection; the pool
/// must have room (see `room_for`).
template <class Policy>
constexpr void keep_application(connection_record<Policy>& c, context<Policy>& x,
                                octets_view said) noexcept {
    if (said.empty() || c.heard != no_segment) return;
    c.heard = x.segments.take(segment_pool::purpose::send, segment_pool::nobody);
    RRDP_ASSERT(c.heard != no_segment);
    x.segments.store(c.heard, said);
}

}  // namespace detail

}  // namespace rrdp
