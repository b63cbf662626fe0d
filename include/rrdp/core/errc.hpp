// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace rrdp {

/// What is wrong with a call: the caller's mistake or a limit that was reached. Nothing has changed
/// when a command answers anything but `ok`. What a *peer* does wrong is never an errc: it is
/// dropped and counted (wire::wire_errc, drop_reason), or ends the connection with an event.
enum class errc : std::uint8_t {
    ok,
    not_open,               ///< the connection is not open for sending (R-8.7)
    would_block,            ///< the send queue or the pool is full; `writable` follows (R-8.5)
    message_too_long,       ///< longer than max_message (R-3.28), or a SYN's APP than fits (R-3.29)
    empty_not_agreed,       ///< an empty message needs EMPTY agreed (R-8.6)
    fin_not_agreed,         ///< a half close needs FIN agreed (R-10.5)
    bad_application_data,   ///< an odd number of octets, or without EXT to carry them (5.2, APP)
    no_such_connection,     ///< the id is stale: its connection has ended and was forgotten
    unknown_node,           ///< the node number is not in the table
    bad_node,               ///< node numbers are 1 to 65534 (section 15)
    bad_address,            ///< a node's address is a group address or zero
    duplicate_node,         ///< the number or the address is already in the table
    number_conflict,        ///< another node has the own number: it cannot be used (R-15.4)
    node_left,              ///< leave() was called
    bad_port,               ///< ports are 1 to 65535 (R-2.5)
    port_not_owned,         ///< outside the configured `owned_ports` (R-7.8)
    port_in_use,            ///< that pair of ports is already connected to that node
    no_free_port,           ///< every ephemeral port to that peer is in use
    already_listening,      ///< a listener has that port
    not_listening,          ///< no listener has that port
    too_many_connections,   ///< capacities::connections are in use
    too_many_listeners,     ///< capacities::listeners are in use
    too_many_nodes,         ///< capacities::nodes are in use
    too_many_option_sets,   ///< capacities::option_sets different sets are in use
    bad_capacities,         ///< a capacity is zero or too large for the policy (R-17.6)
    bad_mtu,                ///< the link MTU is below 64 or above 65535 octets (R-17.6)
    bad_max_outstanding,    ///< X is outside 1..16383 or above the policy's bound (R-17.6)
    bad_option,             ///< a cap, queue, slot or list length is out of range (R-17.6)
    bad_interval,           ///< an interval is zero, negative or out of order (R-17.6)
    feature_not_supported,  ///< a feature is offered or required that this version lacks
    congestion_control_required,  ///< the framing is for networks where only AIMD may be (16)
    out_of_memory,                ///< the block for the capacities could not be had
};

/// The name of `e` as it is written in the code.
[[nodiscard]] constexpr const char* name(errc e) noexcept {
    switch (e) {
        case errc::ok: return "ok";
        case errc::not_open: return "not_open";
        case errc::would_block: return "would_block";
        case errc::message_too_long: return "message_too_long";
        case errc::empty_not_agreed: return "empty_not_agreed";
        case errc::fin_not_agreed: return "fin_not_agreed";
        case errc::bad_application_data: return "bad_application_data";
        case errc::no_such_connection: return "no_such_connection";
        case errc::unknown_node: return "unknown_node";
        case errc::bad_node: return "bad_node";
        case errc::bad_address: return "bad_address";
        case errc::duplicate_node: return "duplicate_node";
        case errc::number_conflict: return "number_conflict";
        case errc::node_left: return "node_left";
        case errc::bad_port: return "bad_port";
        case errc::port_not_owned: return "port_not_owned";
        case errc::port_in_use: return "port_in_use";
        case errc::no_free_port: return "no_free_port";
        case errc::already_listening: return "already_listening";
        case errc::not_listening: return "not_listening";
        case errc::too_many_connections: return "too_many_connections";
        case errc::too_many_listeners: return "too_many_listeners";
        case errc::too_many_nodes: return "too_many_nodes";
        case errc::too_many_option_sets: return "too_many_option_sets";
        case errc::bad_capacities: return "bad_capacities";
        case errc::bad_mtu: return "bad_mtu";
        case errc::bad_max_outstanding: return "bad_max_outstanding";
        case errc::bad_option: return "bad_option";
        case errc::bad_interval: return "bad_interval";
        case errc::feature_not_supported: return "feature_not_supported";
        case errc::congestion_control_required: return "congestion_control_required";
        case errc::out_of_memory: return "out_of_memory";
    }
    return "?";
}

}  // namespace rrdp
