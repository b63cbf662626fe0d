// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulation/matrix.hpp"
#include "support/dice.hpp"

/// A cell of which everything is chosen by chance: each run leaves some things out and drives
/// others hard, so that together they meet what no list of cells would.
namespace simulation {

namespace detail {

template <class Value, std::size_t N>
Value one_of(rrdp::testing::dice& dice, const Value (&values)[N]) {
    return values[dice.below(N)];
}

inline void choose_features(rrdp::testing::dice& dice, rrdp::options& o) {
    using rrdp::wire::features;
    if (!o.extended) return;
    o.offered = features::fin;
    for (const features f : {features::credit, features::empty, features::frag, features::tag,
                             features::wide, features::crc32c})
        if (dice.chance(60)) o.offered = o.offered | f;
    if (o.offered.has(features::frag) && dice.chance(60)) o.offered = o.offered | features::bundle;
}

inline void choose_numbers(rrdp::testing::dice& dice, rrdp::options& o) {
    o.ordered = dice.chance(75);
    o.max_outstanding = one_of<std::uint16_t>(dice, {1, 2, 3, 8, 32, 64, 256});
    o.receive_slots = static_cast<std::uint16_t>(2 * o.max_outstanding + dice.below(20));
    o.send_queue = one_of<std::uint16_t>(dice, {1, 3, 16, 128});
    o.ack_every = one_of<std::uint16_t>(dice, {1, 2, 5, 100});
    o.eack_entries = one_of<std::uint16_t>(dice, {0, 1, 8, 248});
    if (dice.chance(20)) o.ack_delay = {};
    o.initial_window = one_of<std::uint16_t>(dice, {1, 4, 10, 64});
    if (o.extended) o.congestion = static_cast<rrdp::congestion_kind>(dice.below(3));
    o.tell_acked = dice.chance(30);
}

}  // namespace detail

/// The cell of a seed: the same with every compiler.
inline cell chosen_cell(std::uint64_t seed) {
    using rrdp::wire::features;
    rrdp::testing::dice dice{seed ^ 0x5eed'0f'a'ce11};
    cell c;
    c.profile =
        detail::one_of<rrdp::options>(dice, {rrdp::profiles::lan, rrdp::profiles::low_latency,
                                             rrdp::profiles::udp, rrdp::profiles::paper_exact});
    detail::choose_features(dice, c.profile);
    detail::choose_numbers(dice, c.profile);
    c.loss = detail::one_of<double>(dice, {0, 0.001, 0.01, 0.05, 0.1, 0.3, 0.5});
    c.kind =
        detail::one_of<weather>(dice, {weather::duplication, weather::reordering, weather::damage,
                                       weather::single_bits, weather::everything});
    const bool guarded = c.profile.offered.has(features::crc32c);
    if (c.kind == weather::damage && !guarded) c.kind = weather::everything;
    if (c.kind == weather::damage) c.profile.required = features::crc32c;
    c.wrap = dice.chance(40);
    c.messages = 10 + dice.below(120);
    const bool runs = c.profile.offered.has(features::frag);
    c.longest = detail::one_of<std::size_t>(dice, {16, 100, 1'400});
    if (runs && c.profile.max_outstanding > 2 && dice.chance(40)) c.longest = 4'200;
    // No message is longer, and those that are not long have 48 octets at most (laws.hpp).
    const std::size_t longest = std::max<std::size_t>(c.longest, 48);
    if (runs && dice.chance(30)) c.profile.message_max = static_cast<std::uint32_t>(longest);
    // Without tags two conversations may share numbers: one is enough there.
    c.crash_first = c.profile.offered.has(features::tag) && dice.chance(25);
    return c;
}

}  // namespace simulation
