// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <rrdp/adapters/open_link.hpp>
#include <rrdp/framings/udp.hpp>
#include <rrdp/rrdp.hpp>

#include "command_line.hpp"
#include "json.hpp"
#include "node_table.hpp"
#include "unique_fd.hpp"

namespace tools {

/// The engine that speaks over links of a framing.
template <class Framing>
struct over : rrdp::default_policy {
    using framing = Framing;
};
template <class Framing>
using engine_over = rrdp::endpoint<over<Framing>>;

/// What a tool is told about the host it runs on: its link, its number, who else there is.
struct host_options {
    std::string interface, link, faults;
    std::optional<std::uint16_t> node;
    std::vector<named_node> named;
    std::vector<std::string> files;
    std::optional<std::uint16_t> mtu;
    std::uint16_t ethertype = rrdp::wire::default_ethertype;
    bool shared = false;   ///< other programs speak RRDP on this interface too
    bool resolve = false;  ///< nodes are asked for on the wire

    void declare(command_line& line) {
        line.section("This host and the others:");
        line.text("--link", "LINK",
                  "packet-ring:IF, packet:IF, xdp:IF:QUEUE, pcap:IF (an Ethernet\n"
                  "interface); udp:OWN-ADDRESS:PORT; shm:NAME or unix:PATH (another\n"
                  "process here); dpdk:ARGUMENTS; loopback: both ends in this process,\n"
                  "without a wire. Behind it perhaps options in parentheses,\n"
                  "+faulty(loss=0.01,seed=7), +captured(FILE.pcapng)",
                  link);
        line.text("--interface", "NAME", "the same as --link packet-ring:NAME", interface);
        line.number<std::uint16_t>("--node", "NUMBER",
                                   "this host's node number (default: the number that the\n"
                                   "table has for the link's address)",
                                   node, 1, 65'534);
        line.option("--peer", "NUMBER=ADDRESS",
                    "a node and its address, for example 2=02:00:00:00:00:02, or\n"
                    "2=192.0.2.2:50027 over udp, or just 2 over shm and unix; once\n"
                    "for each node",
                    [&](std::string_view value) {
                        const auto entry = to_named_node(value);
                        if (!entry)
                            throw line.bad_value("--peer", value, "a node number and an address");
                        named.push_back(*entry);
                    });
        line.option("--nodes", "FILE",
                    "the same from a file: NUMBER ADDRESS on each line, perhaps\n"
                    "mtu=OCTETS, what that host's link carries",
                    [&](std::string_view value) { files.emplace_back(value); });
        line.flag("--resolve", "let nodes find each other on the wire (Ethernet links)", resolve);
        declare_ethertype(line, "hexadecimal; the same on all hosts (0x88b6)");
        line.number<std::uint16_t>("--mtu", "OCTETS",
                                   "use no longer frames than this (default: as long as the\n"
                                   "link takes; 1500 for loopback)",
                                   mtu, 64, 65'521);
        line.flag("--shared",
                  "other programs on this interface speak RRDP too: answer for\n"
                  "the own port only (without this, every other port is refused)",
                  shared);
    }

    void declare_ethertype(command_line& line, std::string help) {
        line.option("--ethertype", "NUMBER", std::move(help), [this](std::string_view value) {
            const auto type = to_hex_number(value);
            if (!type || *type < 0x600)
                throw command_line::bad_value("--ethertype", value, "such as 0x88b6");
            ethertype = *type;
        });
    }

    void declare_faults(command_line& line) {
        line.text("--faulty", "LIST",
                  "damage the link: loss=0.05,duplicate=0.02,reorder=0.1,\n"
                  "corrupt=0.01,seed=1; chances for each frame, sent or received",
                  faults);
    }

    /// The link in words, with all that other options say of it.
    [[nodiscard]] std::string text() const {
        std::string text = link.empty() ? "packet-ring" : link;
        if (!interface.empty() && text.find(':') == std::string::npos) text += ':' + interface;
        if (!faults.empty()) text += "+faulty(" + faults + ')';
        return text;
    }
    [[nodiscard]] rrdp::link_description description() const {
        text_ = text();
        const auto said = rrdp::link_text::read(text_);
        if (!said) throw failure{exit_status::usage, "--link", complaint(text_, said.error())};
        return *said;
    }
    [[nodiscard]] bool loopback() const {
        return description().kind() == rrdp::link_kind::loopback;
    }

    [[nodiscard]] bool named_a_link() const { return !link.empty() || !interface.empty(); }

    /// Refuses what could not work, before anything is opened.
    void check() const {
        if (!named_a_link())
            throw failure{exit_status::usage, "--link or --interface", "is missing"};
        const auto said = description();
        const bool ethernet = said.kind() != rrdp::link_kind::udp;
        if (said.kind() == rrdp::link_kind::loopback) return;
        if (resolve && !ethernet)
            throw failure{exit_status::usage, "--resolve", "this link has no group to ask"};
        if (named.empty() && files.empty() && !resolve)
            throw failure{exit_status::usage, "--peer", "is missing, or --nodes: who is there?"};
        if (ethernet)
            static_cast<void>(table<rrdp::wire::ethernet_framing>());
        else if (said.ipv6())
            static_cast<void>(table<rrdp::framings::udp6>());
        else
            static_cast<void>(table<rrdp::framings::udp4>());
    }

    /// Who is there, with the addresses of a framing.
    template <class Framing>
    [[nodiscard]] std::vector<node_entry<Framing>> table() const {
        std::vector<node_entry<Framing>> all;
        for (const named_node& entry : named) {
            node_entry<Framing> e{entry.node, {}, 0};
            const bool given = !entry.address.empty();
            bool good = given && rrdp::read_address(entry.address, e.address);
            if constexpr (std::is_same_v<Framing, rrdp::wire::ethernet_framing>) {
                if (!given && nameless()) e.address = made_address(e.node);
                good |= !given && nameless();
            }
            if (!good || !Framing::is_unicast(e.address)) {
                const auto number = std::to_string(static_cast<unsigned>(entry.node));
                throw command_line::bad_value(
                    "--peer", given ? number + '=' + entry.address : number,
                    "a node number and an address of this link, such as " + example<Framing>());
            }
            all.push_back(e);
        }
        for (const std::string& file : files) read_node_file<Framing>(file, all);
        return all;
    }

    /// The number of this host, whose link has `own`.
    template <class Address, class Table>
    [[nodiscard]] rrdp::node_id number(const Address& own, const Table& all) const {
        if (node) return rrdp::node_id{*node};
        for (const auto& entry : all)
            if (entry.address == own) return entry.node;
        throw failure{exit_status::usage, "--node",
                      "is missing, and the table does not have the address of the link"};
    }

private:
    /// What --peer may look like over a link of this framing.
    template <class Framing>
    [[nodiscard]] std::string example() const {
        if constexpr (std::is_same_v<Framing, rrdp::framings::udp4>) return "2=192.0.2.2:50027";
        if constexpr (std::is_same_v<Framing, rrdp::framings::udp6>) return "2=[2001:db8::2]:50027";
        return nameless() ? "2" : "2=02:00:00:00:00:02";
    }
    /// Whether the link has no addresses, so that they are made of numbers.
    [[nodiscard]] bool nameless() const {
        const auto kind = description().kind();
        return kind == rrdp::link_kind::shm || kind == rrdp::link_kind::unix_datagram;
    }

    mutable std::string text_;
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

/// Everything the engine of a tool needs to know, for a link as it is.
template <class Framing>
struct engine_settings {
    rrdp::capacities capacities;
    rrdp::node_options<Framing> node;

    engine_settings(const host_options& host, rrdp::node_id number,
                    const typename Framing::address& own, std::size_t nodes,
                    const rrdp::link_properties& link)
        : capacities{.connections = 64,
                     .rings = 32,
                     .segments = 1'024,
                     .nodes = static_cast<std::uint32_t>(std::max<std::size_t>(nodes, 64)),
                     .listeners = 4,
                     .governors = link.fifo ? 0U : 64U,
                     .option_sets = 4} {
        const std::size_t room = link.max_frame - Framing::overhead;
        const std::size_t mtu = std::min<std::size_t>(room, host.mtu.value_or(65'521));
        node.node = number;
        node.address = own;
        node.mtu = static_cast<std::uint16_t>(mtu);
        node.fifo = link.fifo;
        node.msl = link.msl;
        if constexpr (std::is_same_v<Framing, rrdp::wire::ethernet_framing>) {
            node.framing.ethertype = host.ethertype;
            if (host.resolve) node.resolution = rrdp::nr_role::active;
        }
        if (host.shared) node.unknown_ports = rrdp::unknown_port_policy::ignore;
        capacities.segment_max = node.mtu - std::uint32_t{rrdp::wire::base_octets};
    }
};

/// Why a node cannot be entered.
inline std::string add_text(rrdp::errc error) {
    if (error == rrdp::errc::duplicate_node)
        return "its number, or its address, stands there twice (duplicate_node)";
    return rrdp::name(error);
}

/// Fills the engine's node table; the entry of this host itself is left out.
template <class Engine, class Table>
void add_nodes(Engine& engine, const Table& table, rrdp::node_id own) {
    if (engine.status() != rrdp::errc::ok)
        throw failure{exit_status::failed, "engine", rrdp::name(engine.status())};
    for (const auto& entry : table) {
        if (entry.node == own) continue;
        const rrdp::errc error = engine.add_node(entry.node, entry.address, entry.mtu);
        if (error != rrdp::errc::ok)
            throw failure{exit_status::usage,
                          "node " + std::to_string(static_cast<unsigned>(entry.node)),
                          add_text(error)};
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
inline failure open_failure(rrdp::link_kind kind, const std::system_error& e) {
    const int error = e.code().value();
    const bool raw = kind == rrdp::link_kind::packet || kind == rrdp::link_kind::packet_ring;
    if (!raw || (error != EPERM && error != EACCES)) return {exit_status::failed, "link", e.what()};
    std::error_code none;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", none).string();
    return {exit_status::failed, "link",
            "raw Ethernet needs the capability CAP_NET_RAW: run as root, or once: "
            "sudo setcap cap_net_raw+ep " +
                program};
}

/// The interface of a link, empty where it has none.
inline std::string interface_of(const rrdp::link_description& said) {
    switch (said.kind()) {
        case rrdp::link_kind::packet:
        case rrdp::link_kind::packet_ring:
        case rrdp::link_kind::pcap: return std::string{said.base.where};
        case rrdp::link_kind::xdp:
            return std::string{said.base.where.substr(0, said.base.where.find(':'))};
        default: return {};
    }
}

inline bool is_switched_off(const std::string& interface) {
    ifreq request{};
    interface.copy(request.ifr_name, IFNAMSIZ - 1);
    const unique_fd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    return ::ioctl(fd.get(), SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP) == 0;
}

/// A cable needs a moment after it was plugged in; an interface that is switched off needs more.
inline void wait_for_carrier(const std::string& interface, rrdp::adapters::opened_link& link) {
    using rrdp::adapters::interface_state;
    for (int waited = 0; link.state() != interface_state::up; ++waited) {
        if (is_switched_off(interface))
            throw failure{exit_status::failed, interface,
                          "the interface is down: sudo ip link set " + interface + " up"};
        if (waited == 200)
            throw failure{exit_status::failed, interface,
                          "no carrier: is the cable in, and the other end up?"};
        ::usleep(10'000);
    }
}

}  // namespace detail

/// Opens the link that was chosen. `own_port` is the port that this program uses.
inline std::unique_ptr<rrdp::adapters::opened_link> open_link(const host_options& host,
                                                              std::uint16_t own_port, bool spins) {
    const auto said = host.description();
    const std::string interface = detail::interface_of(said);
    if (!interface.empty() && ::if_nametoindex(interface.c_str()) == 0)
        throw failure{exit_status::failed, interface,
                      "no such interface (there are: " + detail::interfaces_text() + ')'};
    rrdp::adapters::open_defaults defaults{.ethertype = host.ethertype, .spins = spins};
    if (host.shared) defaults.port = own_port;
    if (host.mtu) defaults.mtu = *host.mtu;
    try {
        auto link = std::make_unique<rrdp::adapters::opened_link>(host.text(), defaults);
        if (!interface.empty()) detail::wait_for_carrier(interface, *link);
        return link;
    } catch (const std::system_error& e) {
        throw detail::open_failure(said.kind(), e);
    }
}

/// What a framing is for `with_framing`, whose body is called with one.
template <class Framing>
struct framing_of {
    using type = Framing;
    typename Framing::address own{};  ///< of this end; of no use where the link has none
};

/// Calls `body` with the framing of `link`: that of IP, or Ethernet's.
template <class Body>
void with_framing(rrdp::adapters::opened_link& link, Body body) {
    if (const auto* const udp = link.as_udp())
        return body(framing_of<rrdp::framings::udp4>{udp->address()});
    if (const auto* const udp6 = link.as_udp6())
        return body(framing_of<rrdp::framings::udp6>{udp6->address()});
    body(framing_of<rrdp::wire::ethernet_framing>{link.link().properties().address});
}

/// The number of this host, and its address where the link has none.
template <class Framing>
rrdp::node_id own_number(const host_options& host, framing_of<Framing>& framing,
                         const std::vector<node_entry<Framing>>& table) {
    const rrdp::node_id number = host.number(framing.own, table);
    if constexpr (std::is_same_v<Framing, rrdp::wire::ethernet_framing>)
        if (framing.own.is_zero()) framing.own = made_address(number);
    return number;
}

/// What a framing asks of connections: on routed paths they yield to others.
template <class Framing>
rrdp::options suited(rrdp::options o) {
    if (Framing::congestion_controlled) o.congestion = rrdp::congestion_kind::aimd;
    return o;
}

inline void add_faults(json_writer& json, const rrdp::adapters::fault_statistics& f) {
    json.key("faults").open_object().field("frames", f.frames).field("lost", f.lost);
    json.field("duplicated", f.duplicated).field("reordered", f.reordered);
    json.field("corrupted", f.corrupted).close_object();
}

}  // namespace tools
