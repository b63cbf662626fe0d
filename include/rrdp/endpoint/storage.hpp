// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>

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

    /// How many octets an arena for these capacities must have; more than there can be, where that
    /// is more than a size can say.
    [[nodiscard]] static constexpr std::size_t required(const capacities& c) noexcept {
        const std::uint64_t sum =
            space<segment_descriptor>(descriptors(c)) +
            space<std::byte>(std::uint64_t{c.segments} * c.segment_max) +
            space<segment_handle>(std::uint64_t{c.rings} * connection<Policy>::ring_slots) +
            space<typename conversations::entry>(c.connections) +
            space<std::uint32_t>(hash_index::cells_for(c.connections)) +
            space<turn>(c.connections) + space<typename nodes_table::entry>(c.nodes) +
            space<std::uint32_t>(hash_index::cells_for(c.nodes)) +
            space<std::uint32_t>(hash_index::cells_for(2 * std::size_t{c.nodes})) +
            space<wheel_node>(c.nodes) + space<list_links>(c.nodes) + space<listener>(c.listeners) +
            space<governor_pool::entry>(governor_count(c)) + space<option_set>(c.option_sets);
        constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
        return sum < most ? static_cast<std::size_t>(sum) : most;
    }

    /// Connections that may be governed at one time.
    [[nodiscard]] static constexpr std::uint32_t governor_count(const capacities& c) noexcept {
        if (c.governors != 0 || Policy::framing::fifo) return c.governors;
        return c.rings < 65'534 ? c.rings : 65'534;
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
          schedule{a.carve<turn>(c.connections), Policy::timer_tick},
          nodes{a.carve<typename nodes_table::entry>(c.nodes),
                a.carve<std::uint32_t>(hash_index::cells_for(c.nodes)),
                a.carve<std::uint32_t>(hash_index::cells_for(2 * std::size_t{c.nodes})),
                random.next64()},
          node_timers{a.carve<wheel_node>(c.nodes), Policy::timer_tick},
          node_tells{a.carve<list_links>(c.nodes)},
          governors{a.carve<governor_pool::entry>(governor_count(c))},
          listeners{a.carve<listener>(c.listeners)},
          sets{a.carve<option_set>(c.option_sets)} {}

    storage() noexcept = default;

    segment_pool segments;
    ring_pool rings;
    conversations connections;
    turns schedule;
    nodes_table nodes;
    timer_wheel node_timers;  ///< of the entries that are looked for or doubted
    index_list node_tells;    ///< of those with something to tell
    governor_pool governors;
    listener_table listeners;
    option_table sets;

private:
    /// What `arena::space` says, in a number that does not overflow where a size has 32 bits.
    template <class T>
    static constexpr std::uint64_t space(std::uint64_t count) noexcept {
        return (count * sizeof(T) + arena::alignment - 1) / arena::alignment * arena::alignment;
    }

    /// Every ring has five NULs in flight at most: a keepalive, a path's three probes and the FIN.
    static constexpr std::size_t descriptors(const capacities& c) noexcept {
        return std::size_t{c.segments} + 5 * std::size_t{c.rings};
    }

    /// The part of the pool that only in-order arrivals may use: one window, but never more than a
    /// quarter of the whole (docs/decisions/0008).
    static constexpr std::size_t reserve(const capacities& c) noexcept {
        const std::size_t window = 2 * std::size_t{Policy::max_outstanding};
        return window < c.segments / 4 ? window : c.segments / 4;
    }
};

}  // namespace rrdp
