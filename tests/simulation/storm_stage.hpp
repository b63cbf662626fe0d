// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "simulation/node_clock.hpp"
#include "simulation/storm_link.hpp"

namespace simulation {

/// Windows as long as those of the profile `udp`, and every place of a connection proved at once.
struct storm_policy : rrdp::default_policy {
    static constexpr bool audits = true;
    static constexpr std::uint16_t max_outstanding = 256;
};
using storm_engine = rrdp::endpoint<storm_policy>;

/// A node: its engine, its clock, its end of the cable, and what is wrong with it just now.
struct storm_node {
    std::optional<storm_engine> engine;
    std::optional<storm_link> link;
    node_clock clock;
    rrdp::instant wake{};  ///< of the simulation: when it has something to do at the latest
    bool blocked = false;  ///< the link took no more
    unsigned pauses = 0;   ///< it is not called while there are any
    unsigned chokes = 0;   ///< its application is not
    unsigned downs = 0;    ///< it has crashed, and not begun anew
    std::uint32_t incarnation = 0;
    std::vector<storm_engine::draft> hoard;

    [[nodiscard]] bool works() const noexcept { return pauses == 0 && downs == 0; }
};

/// What runs take place in, one after the other: memory that is obtained once and used by all.
class storm_stage {
public:
    storm_stage()
        : net{1,
              {},
              {.stations = nodes_max,
               .frames = 2'048,
               .max_frame = frame_max,
               .receive_queue = 32}} {
        for (auto& n : nodes) n.hoard.reserve(64);
    }
    storm_stage(const storm_stage&) = delete;
    storm_stage& operator=(const storm_stage&) = delete;

    static constexpr std::size_t frame_max = 9'014;

    /// Before a run: nothing of the one before is left.
    void set(const storm& what, std::uint64_t seed) {
        net.restart(seed, what.weather);
        pests.now = what.pests;
        pests.narrow = 0;
        pests.met = {};
        pests.kept = 0;
        pests.log = nullptr;
        for (std::size_t n = 0; n < nodes_max; ++n) clear(nodes[n], n, what, seed);
        const std::size_t size = storm_engine::memory_required(what.room) + rrdp::arena::alignment;
        for (std::size_t n = 0; n < what.nodes; ++n)
            if (blocks_[n].size() < size) blocks_[n].resize(size);
    }

    /// Node `n` begins, anew if it has been there before: nothing of what it knew is left.
    void start(std::size_t n, const storm& what, rrdp::entropy key) {
        storm_node& node = nodes[n];
        node.hoard.clear();
        rrdp::node_options<storm_policy::framing> own;
        own.node = number(n);
        own.address = net.address(n);
        own.mtu = what.mtu;
        own.fifo = what.fifo;
        own.msl = 20ms;
        node.engine.emplace(rrdp::octets{blocks_[n]}, what.room, own, key);
        ++node.incarnation;
        for (std::size_t other = 0; other < what.nodes; ++other)
            if (other != n) ok = ok && add(*node.engine, other, what.mtu);
    }

    static constexpr rrdp::node_id number(std::size_t n) {
        return rrdp::node_id{static_cast<std::uint16_t>(n + 1)};
    }
    /// What the clock of node `n` shows.
    [[nodiscard]] rrdp::instant clock(std::size_t n) const noexcept {
        return nodes[n].clock.at(net.time());
    }

    rrdp::adapters::simulated_network net;
    nuisances pests{};
    std::array<storm_node, nodes_max> nodes;
    bool ok = true;  ///< all that was asked for in preparation could be done
    std::vector<std::byte> room = std::vector<std::byte>(65'536);  ///< of a message in one piece

private:
    void clear(storm_node& node, std::size_t n, const storm& what, std::uint64_t seed) {
        node.hoard.clear();
        node.engine.reset();
        node.link.emplace(net, n, pests, seed);
        node.clock = node_clock{rrdp::instant{what.origins[n]}, what.tick};
        node.wake = {};
        node.blocked = false;
        node.pauses = node.chokes = node.downs = 0;
        node.incarnation = 0;
    }
    static bool add(storm_engine& engine, std::size_t other, std::uint16_t mtu) {
        const auto where = rrdp::adapters::simulated_network::address(other);
        return engine.add_node(number(other), where, mtu) == rrdp::errc::ok;
    }

    std::array<std::vector<std::byte>, nodes_max> blocks_;
};

}  // namespace simulation
