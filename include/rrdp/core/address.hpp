// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace rrdp {

/// The number of a node: 1 to 65534; 0 is unknown, 65535 is all (section 15).
enum class node_id : std::uint16_t {};

/// The far end of a connection, and the port at this one.
struct peer {
    node_id node{};                ///< its number
    std::uint16_t port = 0;        ///< the port there
    std::uint16_t local_port = 0;  ///< 0: an ephemeral one, chosen at random

    /// Whether all members are equal.
    friend constexpr bool operator==(const peer&, const peer&) noexcept = default;
};

/// Names a connection of an endpoint. The generation tells a slot's conversations apart, so an id
/// that is kept too long is refused and never reaches the next one.
struct connection_id {
    std::uint32_t slot = 0;        ///< its place in the table
    std::uint32_t generation = 0;  ///< tells connections of one place apart

    /// Whether all members are equal.
    friend constexpr bool operator==(connection_id, connection_id) noexcept = default;
};

}  // namespace rrdp
