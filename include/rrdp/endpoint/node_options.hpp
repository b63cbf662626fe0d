// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>

#include <rrdp/base/fixed_vector.hpp>
#include <rrdp/base/time.hpp>
#include <rrdp/core/address.hpp>
#include <rrdp/core/errc.hpp>
#include <rrdp/core/options.hpp>
#include <rrdp/endpoint/resolution.hpp>

namespace rrdp {

/// What to do about a segment for which this process has neither record nor listener.
enum class unknown_port_policy : std::uint8_t {
    rst,     ///< answer it by an RST: this process is the node
    ignore,  ///< stay silent: other processes share the interface (R-7.8)
};

/// Ports `first` to `last`, both included.
struct port_range {
    std::uint16_t first = 1;      ///< the lowest port
    std::uint16_t last = 65'535;  ///< the highest port

    /// Whether the port is one of them.
    [[nodiscard]] constexpr bool contains(std::uint16_t port) const noexcept {
        return first <= port && port <= last;
    }
    /// Whether it has a port at all, and only ports there are.
    [[nodiscard]] constexpr bool valid() const noexcept { return first != 0 && first <= last; }
};

/// What the link tells of itself.
enum class link_state : std::uint8_t { up, down, removed };

/// What belongs to a node and not to a connection; given at construction.
template <class Framing>
struct node_options {
    node_id node{};                       ///< the own number, 1 to 65534
    typename Framing::address address{};  ///< the own unicast address on the link
    std::uint16_t mtu = 1'500;            ///< of the link: header plus data, octets (R-2.10)
    Framing framing{};                    ///< for instance the EtherType
    /// What a segment gets that is for a port without an owner here.
    unknown_port_policy unknown_ports = unknown_port_policy::rst;
    fixed_vector<port_range, 8> owned_ports{};  ///< of several processes; empty: all (R-7.8)
    port_range ephemeral{49'152, 65'535};       ///< where connect() takes its own port from
    std::uint16_t backlog = 64;                 ///< half-open connections of one listener (R-14.1)
    std::uint16_t accept_queue = 64;    ///< its connections whose `accepted` was not told yet
    std::uint16_t resets = 100;         ///< bare RSTs a second to one node (R-7.6)
    std::uint32_t boot_id = 0;          ///< 32 random bits (R-15.11); 0: drawn at construction
    nr_role resolution = nr_role::off;  ///< whether the wire may tell who is where (R-15.12)
    std::uint32_t cluster = 0;          ///< nodes of others are foreign (R-15.2)
    bool fifo = Framing::fifo;          ///< the link keeps the order of frames (R-13.1)
    duration msl = std::chrono::microseconds{Framing::msl_us};  ///< life of a copy, if it does not
    duration link_grace = std::chrono::seconds{10};  ///< a removed link may come back so long

    /// Whether this process may use `port`, or answers for it.
    [[nodiscard]] constexpr bool owns(std::uint16_t port) const noexcept {
        for (const port_range& range : owned_ports)
            if (range.contains(port)) return true;
        return owned_ports.empty();
    }
    /// Whether the boot id may be told. Of several processes on one interface each would draw its
    /// own and look like a restart of the others.
    [[nodiscard]] constexpr bool tells_boot() const noexcept {
        return boot_id != 0 || unknown_ports == unknown_port_policy::rst;
    }
};

/// `ok`, or the first thing that is out of range.
template <class Framing>
[[nodiscard]] constexpr errc check(const node_options<Framing>& o) noexcept {
    const auto number = static_cast<std::uint16_t>(o.node);
    if (number == 0 || number == 0xffff) return errc::bad_node;
    if (!Framing::is_unicast(o.address)) return errc::bad_address;
    if (o.mtu < 64) return errc::bad_mtu;
    if (!o.ephemeral.valid()) return errc::bad_port;
    for (const port_range& range : o.owned_ports)
        if (!range.valid()) return errc::bad_port;
    if (o.backlog == 0 || o.accept_queue == 0) return errc::bad_capacities;
    if (o.resets == 0) return errc::bad_option;
    constexpr bool resolvable = std::same_as<typename Framing::address, wire::mac_address>;
    if (o.resolution != nr_role::off && (!resolvable || !o.tells_boot())) return errc::bad_option;
    if (o.resolution == nr_role::passive && o.boot_id == 0) return errc::bad_option;
    if (o.link_grace <= duration::zero()) return errc::bad_interval;
    if (o.msl < duration::zero() || o.msl > interval_max) return errc::bad_interval;
    return errc::ok;
}

}  // namespace rrdp
