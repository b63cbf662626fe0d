// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <rrdp/adapters/loopback.hpp>
#include <rrdp/adapters/packet.hpp>
#include <rrdp/adapters/packet_ring.hpp>
#include <rrdp/rrdp.hpp>

#include "command_line.hpp"
#include "node_table.hpp"

namespace tools {

/// What a tool is told about the host it runs on: its interface, its number, who else there is.
struct host_options {
    std::string interface;
    std::optional<std::uint16_t> node;
    std::vector<node_entry> table;
    std::string link = "packet-ring";
    std::optional<std::uint16_t> mtu;
    std::uint16_t ethertype = rrdp::wire::default_ethertype;
    bool shared = false;  ///< other programs speak RRDP on this interface too

    void declare(command_line& line) {
        line.section("This host and the others:");
        line.text("--interface", "NAME", "the Ethernet interface to use", interface);
        line.number<std::uint16_t>("--node", "NUMBER",
                                   "this host's node number (default: the number that the\n"
                                   "table has for the interface's address)",
                                   node, 1, 65'534);
        line.option("--peer", "NUMBER=ADDRESS",
                    "a node and its address, for example\n"
                    "2=02:00:00:00:00:02; once for each node",
                    [&](std::string_view value) {
                        const auto entry = to_node_entry(value);
                        if (!entry)
                            throw line.bad_value("--peer", value, "a node number and an address");
                        table.push_back(*entry);
                    });
        line.option("--nodes", "FILE",
                    "the same from a file: NUMBER ADDRESS on each line, perhaps\n"
                    "mtu=OCTETS, what that host's link carries",
                    [&](std::string_view value) { read_node_file(std::string{value}, table); });
        line.option("--ethertype", "NUMBER", "hexadecimal; the same on all hosts (0x88b6)",
                    [&](std::string_view value) {
                        const auto type = to_hex_number(value);
                        if (!type || *type < 0x600)
                            throw line.bad_value("--ethertype", value, "such as 0x88b6");
                        ethertype = *type;
                    });
        line.number<std::uint16_t>("--mtu", "OCTETS",
                                   "use no longer frames than this (default: as long as the\n"
                                   "interface takes; 1500 for loopback)",
                                   mtu, 64, 65'521);
        line.flag("--shared",
                  "other programs on this interface speak RRDP too: answer for\n"
                  "the own port only (without this, every other port is refused)",
                  shared);
        line.option("--link", "KIND",
                    "packet-ring (default), packet, or loopback: both ends in\n"
                    "this process, without a wire",
                    [&](std::string_view value) {
                        if (value != "packet-ring" && value != "packet" && value != "loopback")
                            throw line.bad_value("--link", value,
                                                 "packet-ring, packet or loopback");
                        link = value;
                    });
    }

    [[nodiscard]] bool loopback() const noexcept { return link == "loopback"; }
    [[nodiscard]] rrdp::adapters::loopback_options loopback_wire() const noexcept {
        const std::size_t overhead = rrdp::wire::ethernet_framing::overhead;
        return {.max_frame = mtu.value_or(1'500) + overhead};
    }

    /// Refuses what could not work, before anything is opened.
    void check() const {
        if (loopback()) return;
        if (interface.empty()) throw failure{exit_status::usage, "--interface", "is missing"};
        if (table.empty())
            throw failure{exit_status::usage, "--peer", "is missing, or --nodes: who is there?"};
    }

    /// The number of this host, whose interface has `own`.
    [[nodiscard]] rrdp::node_id number(const rrdp::wire::mac_address& own) const {
        if (node) return rrdp::node_id{*node};
        for (const node_entry& entry : table)
            if (entry.address == own) return entry.node;
        throw failure{exit_status::usage, "--node",
                      "is missing, and the table does not have " + mac_text(own)};
    }
};

/// Two random words from the system, for the engine to draw from.
inline rrdp::entropy system_entropy() {
    std::uint64_t keys[2] = {};
    if (::getrandom(keys, sizeof keys, 0) != sizeof keys) throw system_failure("getrandom");
    return {keys[0], keys[1]};
}

/// An ephemeral port, for a program that must know its own before it connects.
inline std::uint16_t random_port() {
    constexpr std::uint16_t first = 49'152;
    return static_cast<std::uint16_t>(first + system_entropy().next16() % (65'536 - first));
}

/// Everything the engine of a tool needs to know, for an interface as it is.
struct engine_settings {
    rrdp::capacities capacities;
    rrdp::node_options<rrdp::wire::ethernet_framing> node;

    engine_settings(const host_options& host, rrdp::node_id number,
                    const rrdp::link_properties& link)
        : capacities{.connections = 64,
                     .rings = 32,
                     .segments = 1'024,
                     .nodes = 64,
                     .listeners = 4,
                     .option_sets = 4} {
        const std::size_t room = link.max_frame - rrdp::wire::ethernet_framing::overhead;
        const std::size_t mtu = std::min<std::size_t>(room, host.mtu.value_or(65'535));
        node.node = number;
        node.address = link.address;
        node.mtu = static_cast<std::uint16_t>(mtu);
        node.framing.ethertype = host.ethertype;
        if (host.shared) node.unknown_ports = rrdp::unknown_port_policy::ignore;
        capacities.segment_max = node.mtu - std::uint32_t{rrdp::wire::base_octets};
        if (host.table.size() > capacities.nodes)
            capacities.nodes = static_cast<std::uint32_t>(host.table.size());
    }
};

/// Fills the engine's node table; the entry of this host itself is left out.
inline void add_nodes(rrdp::endpoint<>& engine, const host_options& host, rrdp::node_id own) {
    if (engine.status() != rrdp::errc::ok)
        throw failure{exit_status::failed, "engine", rrdp::name(engine.status())};
    for (const node_entry& entry : host.table) {
        if (entry.node == own) continue;
        const rrdp::errc error = engine.add_node(entry.node, entry.address, entry.mtu);
        if (error != rrdp::errc::ok)
            throw failure{exit_status::usage,
                          "node " + std::to_string(static_cast<unsigned>(entry.node)),
                          rrdp::name(error)};
    }
}

namespace detail {

inline std::string interfaces_text() {
    std::string text;
    if (struct if_nameindex* const all = ::if_nameindex()) {
        for (const struct if_nameindex* i = all; i->if_index != 0; ++i)
            text += (text.empty() ? "" : ", ") + std::string{i->if_name};
        ::if_freenameindex(all);
    }
    return text;
}

/// The sentence for a link that could not be opened.
inline failure open_failure(const std::string& interface, const std::system_error& e) {
    const int error = e.code().value();
    if (error != EPERM && error != EACCES) return {exit_status::failed, "link", e.what()};
    std::error_code none;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", none).string();
    return {exit_status::failed, interface,
            "raw Ethernet needs the capability CAP_NET_RAW: run as root, or once: "
            "sudo setcap cap_net_raw+ep " +
                program};
}

/// A cable needs a moment after it was plugged in; an interface that is switched off needs more.
template <class Link>
void wait_for_carrier(const std::string& interface, Link& link) {
    using rrdp::adapters::interface_state;
    for (int waited = 0; link.state() != interface_state::up; ++waited) {
        ifreq request{};
        interface.copy(request.ifr_name, IFNAMSIZ - 1);
        const bool asked = ::ioctl(link.native_handle(), SIOCGIFFLAGS, &request) == 0;
        if (asked && (request.ifr_flags & IFF_UP) == 0)
            throw failure{exit_status::failed, interface,
                          "the interface is down: sudo ip link set " + interface + " up"};
        if (waited == 200)
            throw failure{exit_status::failed, interface,
                          "no carrier: is the cable in, and the other end up?"};
        ::usleep(10'000);
    }
}

template <class Link, class Body>
void open_link(const host_options& host, std::uint16_t own_port, Body body) {
    rrdp::adapters::packet_options options;
    options.ethertype = host.ethertype;
    if (host.shared) options.first_port = options.last_port = own_port;
    std::optional<Link> link;
    try {
        link.emplace(host.interface.c_str(), options);
    } catch (const std::system_error& e) {
        throw open_failure(host.interface, e);
    }
    wait_for_carrier(host.interface, *link);
    body(*link);
}

}  // namespace detail

/// Opens the link that was chosen and calls `body` with it. `own_port` is the port that this
/// program uses.
template <class Body>
void with_link(const host_options& host, std::uint16_t own_port, Body body) {
    if (::if_nametoindex(host.interface.c_str()) == 0)
        throw failure{exit_status::failed, host.interface,
                      "no such interface (there are: " + detail::interfaces_text() + ')'};
    if (host.link == "packet")
        detail::open_link<rrdp::adapters::packet>(host, own_port, body);
    else
        detail::open_link<rrdp::adapters::packet_ring>(host, own_port, body);
}

}  // namespace tools
