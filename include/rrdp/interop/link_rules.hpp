// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

/// The words that the name of a link may be made of (rrdp/interop/link_text.hpp): one table, which
/// is what the reader accepts and what an error or a manual lists.
namespace rrdp {

/// The links that can be named.
enum class link_kind : std::uint8_t {
    packet,
    packet_ring,
    xdp,
    shm,
    pcap,
    udp,
    unix_datagram,
    dpdk,
    loopback,
};

/// What may be put around a link.
enum class link_decoration : std::uint8_t { faulty, captured };

/// What stands behind the name of an option.
enum class link_value : std::uint8_t {
    none,    ///< nothing: to name it is enough
    number,  ///< decimal, or hexadecimal behind 0x
    chance,  ///< 0 to 1, decimal
    text,
};

/// An option between the parentheses behind a word. One without a name is the text itself.
struct link_option_rule {
    std::string_view name{};              ///< as it is written
    link_value value = link_value::none;  ///< what may stand behind the =
    std::uint64_t lowest = 0;             ///< the least number
    std::uint64_t highest = 0;            ///< the greatest number
};

/// What stands behind the colon of a word.
enum class link_where : std::uint8_t { nothing, optional, text, address };

/// A word, what it needs, and the options that it has.
struct link_rule {
    std::string_view name{};                      ///< as it is written
    link_where where = link_where::nothing;       ///< whether a place follows
    std::string_view where_means{};               ///< for people: "an interface"
    std::span<const link_option_rule> options{};  ///< those it has
};

namespace detail {

inline constexpr std::uint64_t any_number = ~std::uint64_t{0};
inline constexpr link_option_rule mtu_rule{"mtu", link_value::number, 64, 65'521};
inline constexpr link_option_rule batch_rule{"batch", link_value::number, 1, 1'024};
inline constexpr link_option_rule ethertype_rule{"ethertype", link_value::number, 0x600, 0xffff};
inline constexpr link_option_rule port_rule{"port", link_value::number, 1, 65'535};
inline constexpr link_option_rule last_port_rule{"last-port", link_value::number, 1, 65'535};
inline constexpr link_option_rule frames_rule{"frames", link_value::number, 1, 65'536};

inline constexpr std::array packet_rules{ethertype_rule, port_rule, last_port_rule, batch_rule,
                                         link_option_rule{"bypass"}};
inline constexpr std::array ring_rules{ethertype_rule, port_rule,   last_port_rule,
                                       batch_rule,     frames_rule, link_option_rule{"bypass"}};
inline constexpr std::array ethertype_rules{ethertype_rule};
inline constexpr std::array port_rules{ethertype_rule, port_rule, last_port_rule};
inline constexpr std::array udp_rules{mtu_rule, batch_rule, link_option_rule{"no-segmentation"},
                                      link_option_rule{"no-coalescing"}};
inline constexpr std::array unix_rules{mtu_rule, batch_rule};
inline constexpr std::array shm_rules{mtu_rule, frames_rule};
inline constexpr std::array loopback_rules{mtu_rule, frames_rule};
inline constexpr std::array faulty_rules{
    link_option_rule{"loss", link_value::chance}, link_option_rule{"duplicate", link_value::chance},
    link_option_rule{"reorder", link_value::chance},
    link_option_rule{"corrupt", link_value::chance},
    link_option_rule{"seed", link_value::number, 0, any_number}};
inline constexpr std::array captured_rules{link_option_rule{"", link_value::text}};

}  // namespace detail

/// In the order of `link_kind`.
inline constexpr std::array link_rules{
    link_rule{"packet", link_where::text, "an interface", detail::packet_rules},
    link_rule{"packet-ring", link_where::text, "an interface", detail::ring_rules},
    link_rule{"xdp", link_where::text, "an interface", detail::port_rules},
    link_rule{"shm", link_where::text, "a name", detail::shm_rules},
    link_rule{"pcap", link_where::text, "an interface", detail::port_rules},
    link_rule{"udp", link_where::address, "an own address and port", detail::udp_rules},
    link_rule{"unix", link_where::text, "a path, or @ and a name", detail::unix_rules},
    link_rule{"dpdk", link_where::text, "arguments of DPDK", detail::ethertype_rules},
    link_rule{"loopback", link_where::nothing, "", detail::loopback_rules},
};

/// In the order of `link_decoration`.
inline constexpr std::array link_decoration_rules{
    link_rule{"faulty", link_where::nothing, "", detail::faulty_rules},
    link_rule{"captured", link_where::nothing, "", detail::captured_rules},
};

}  // namespace rrdp
