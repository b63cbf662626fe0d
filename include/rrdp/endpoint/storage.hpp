// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <rrdp/base/arena.hpp>
#include <rrdp/base/entropy.hpp>
#include <rrdp/core/capacities.hpp>
#include <rrdp/endpoint/connection_table.hpp>
#include <rrdp/endpoint/listener.hpp>
#include <rrdp/endpoint/node_table.hpp>
#include <rrdp/endpoint/option_table.hpp>
#include <rrdp/endpoint/turns.hpp>

namespace rrdp {

/// All memory of an endpoint: the tables and pools that `capacities` ask for, carved from one
/// arena. `required` and the constructor name the same arrays, in the same order; a test compares.
template <class Policy>
class storage {
public:
    using conversations = connection_table<Policy>;
    using nodes_table = node_table<typename Policy::framing>;

    /// How many octets an arena for these capacities must have.
    [[nodiscard]] static constexpr std::size_t required(const capacities& c) noexcept {
        return arena::space<segment_descriptor>(descriptors(c)) +
               arena::space<std::byte>(std::size_t{c.segments} * c.segment_max) +
               arena::space<segment_handle>(c.rings * connection<Policy>::ring_slots) +
               arena::space<typename conversations::entry>(c.connections) +
               arena::space<std::uint32_t>(hash_index::cells_for(c.connections)) +
               arena::space<send_turn>(c.connections) +
               3 * arena::space<list_links>(c.connections) +
               arena::space<wheel_node>(c.connections) +
               arena::space<typename nodes_table::entry>(c.nodes) +
               2 * arena::space<std::uint32_t>(hash_index::cells_for(c.nodes)) +
               arena::space<listener>(c.listeners) + arena::space<option_set>(c.option_sets);
    }

    /// Carves everything; the arena must have `required(c)` octets and outlive this.
    storage(arena& a, const capacities& c, entropy& random) noexcept
        : segments{a.carve<segment_descriptor>(descriptors(c)),
                   a.carve<std::byte>(std::size_t{c.segments} * c.segment_max), c.segment_max,
                   reserve(c)},
          rings{a.carve<segment_handle>(c.rings * connection<Policy>::ring_slots),
                connection<Policy>::ring_slots},
          connections{a.carve<typename conversations::entry>(c.connections),
                      a.carve<std::uint32_t>(hash_index::cells_for(c.connections)),
                      random.next64()},
          schedule{
              turns::memory{a.carve<send_turn>(c.connections), a.carve<list_links>(c.connections),
                            a.carve<list_links>(c.connections), a.carve<list_links>(c.connections),
                            a.carve<wheel_node>(c.connections)},
              Policy::timer_tick},
          nodes{a.carve<typename nodes_table::entry>(c.nodes),
                a.carve<std::uint32_t>(hash_index::cells_for(c.nodes)),
                a.carve<std::uint32_t>(hash_index::cells_for(c.nodes)), random.next64()},
          listeners{a.carve<listener>(c.listeners)},
          sets{a.carve<option_set>(c.option_sets)} {}

    storage() noexcept = default;

    segment_pool segments;
    ring_pool rings;
    conversations connections;
    turns schedule;
    nodes_table nodes;
    listener_table listeners;
    option_table sets;

private:
    /// Every ring has three NULs in flight at most: a keepalive, a path's probe and the FIN.
    static constexpr std::size_t descriptors(const capacities& c) noexcept {
        return std::size_t{c.segments} + 3 * std::size_t{c.rings};
    }

    /// The part of the pool that only in-order arrivals may use: one window, but never more than a
    /// quarter of the whole (docs/decisions/0008).
    static constexpr std::size_t reserve(const capacities& c) noexcept {
        const std::size_t window = 2 * std::size_t{Policy::max_outstanding};
        return window < c.segments / 4 ? window : c.segments / 4;
    }
};

}  // namespace rrdp
