// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <utility>

#include <rrdp/endpoint/board.hpp>

/// What is told that concerns no connection: of the link and of the nodes (19.3, R-19.5).
namespace rrdp::detail {

/// Whether there is any.
template <class Policy>
[[nodiscard]] bool has_news(const board<Policy>& b) noexcept {
    return b.link_changed || b.nodes_state.conflict_untold || b.nodes_state.duplicate_untold ||
           !b.held.node_tells.empty();
}

/// How the link changed since the application was told, if it did; twice, if it is as it was.
template <class Policy>
[[nodiscard]] std::optional<event> link_event(board<Policy>& b) noexcept {
    if (!b.link_changed) return std::nullopt;
    b.link_up_told = !b.link_up_told;
    b.link_changed = b.link_up_told != b.link_up;
    event e;
    e.kind = b.link_up_told ? event_kind::link_up : event_kind::link_down;
    return e;
}

/// The next thing to tell of a node. Of coming and going the last told is how it is now.
template <class Policy>
[[nodiscard]] std::optional<event> node_news(board<Policy>& b) noexcept {
    event e;
    e.remote.node = b.own.node;
    if (std::exchange(b.nodes_state.conflict_untold, false)) {
        e.kind = event_kind::number_conflict;
        return e;
    }
    if (std::exchange(b.nodes_state.duplicate_untold, false)) {
        e.kind = event_kind::duplicate_node;
        return e;
    }
    if (b.held.node_tells.empty()) return std::nullopt;
    const std::uint32_t place = b.held.node_tells.pop();
    auto& node = b.held.nodes.at(place);
    const auto has = [&node](node_event k) {
        return (node.events >> static_cast<int>(k) & 1) != 0;
    };
    const bool up_first = node.state == node_state::dead || !has(node_event::down);
    node_event what = node_event::duplicate;
    if (has(node_event::up) || has(node_event::down))
        what = up_first && has(node_event::up) ? node_event::up : node_event::down;
    node.events = static_cast<std::uint8_t>(node.events & ~(1U << static_cast<unsigned>(what)));
    if (node.events != 0) b.held.node_tells.add(place);
    constexpr std::array kinds{event_kind::node_up, event_kind::node_down,
                               event_kind::duplicate_node};
    e.kind = kinds[static_cast<std::size_t>(what)];
    e.remote.node = node.node;
    e.boots = {node.boot_was, node.knows_boot ? node.boot : 0};
    return e;
}

}  // namespace rrdp::detail
