// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <rrdp/base/endian.hpp>
#include <rrdp/wire/checksum.hpp>
#include <rrdp/wire/mac_address.hpp>

#include "node_table.hpp"

/// Where a captured frame says that it comes from and goes to: the encapsulations of section 16.
namespace tools {

enum class carrier : std::uint8_t { none, ethernet, ipv4, ipv6, udp };

[[nodiscard]] constexpr const char* name(carrier c) noexcept {
    constexpr std::array names{"none", "ethernet", "ipv4", "ipv6", "udp"};
    return names[static_cast<std::size_t>(c)];
}

/// What marks a frame as one of RRDP.
struct carrier_marks {
    std::uint16_t ethertype = 0x88b6;
    std::uint16_t udp_port = 50'027;
    bool ip = true;  ///< protocol 27
};

/// One end of a frame: its address on the link as octets, and the UDP port if there is one.
struct station {
    std::array<std::byte, 16> octets{};
    std::uint8_t size = 0;  ///< 6 for Ethernet, 4 or 16 for IP
    std::uint16_t udp_port = 0;

    [[nodiscard]] rrdp::octets_view address() const noexcept {
        return rrdp::octets_view{octets}.first(size);
    }
    [[nodiscard]] rrdp::wire::mac_address mac() const noexcept {
        return rrdp::wire::load_mac(octets, 0);
    }
    friend constexpr auto operator<=>(const station&, const station&) noexcept = default;
};

inline station make_station(rrdp::octets_view address, std::uint16_t udp_port = 0) noexcept {
    station s;
    rrdp::copy_octets(address, s.octets);
    s.size = static_cast<std::uint8_t>(address.size());
    s.udp_port = udp_port;
    return s;
}

/// "02:00:00:00:00:01", "192.0.2.1" or "192.0.2.1:50027".
inline std::string text(const station& s) {
    if (s.size == 6) return mac_text(s.mac());
    char address[INET6_ADDRSTRLEN] = "";
    inet_ntop(s.size == 4 ? AF_INET : AF_INET6, s.octets.data(), address, sizeof address);
    std::string shown = address;
    if (s.udp_port == 0) return shown;
    if (s.size == 16) shown = "[" + shown + "]";
    return shown + ":" + std::to_string(s.udp_port);
}

/// The frame without its envelope. `payload` is what 2.2 calls P: padding included.
struct envelope {
    carrier kind = carrier::none;
    station source, destination;
    std::optional<std::uint16_t> vlan;
    rrdp::octets_view payload;
    rrdp::wire::ones_complement_sum pseudo_header;  ///< of IP; nothing elsewhere (R-4.4)
};

namespace detail {

constexpr std::uint8_t rdp_protocol = 27, udp_protocol = 17;

inline std::uint8_t octet_at(rrdp::octets_view octets, std::size_t at) noexcept {
    return std::to_integer<std::uint8_t>(octets[at]);
}

/// Takes what IP carries; false if that is nothing of RRDP.
inline bool open_transport(rrdp::octets_view octets, std::uint8_t protocol,
                           const carrier_marks& marks, envelope& e) {
    constexpr std::size_t udp_header = 8;
    if (protocol == rdp_protocol && marks.ip) {
        e.payload = octets;
        e.pseudo_header.add(e.source.address());
        e.pseudo_header.add(e.destination.address());
        e.pseudo_header.add(static_cast<std::uint32_t>(rdp_protocol + octets.size()));
        return true;
    }
    if (protocol != udp_protocol || octets.size() < udp_header) return false;
    const std::uint16_t from = rrdp::load_be16(octets, 0), to = rrdp::load_be16(octets, 2);
    const std::size_t length = rrdp::load_be16(octets, 4);
    if (from != marks.udp_port && to != marks.udp_port) return false;
    if (length < udp_header || length > octets.size()) return false;
    e.kind = carrier::udp;
    e.source.udp_port = from;
    e.destination.udp_port = to;
    e.payload = octets.first(length).subspan(udp_header);
    return true;
}

inline bool open_ipv4(rrdp::octets_view octets, const carrier_marks& marks, envelope& e) {
    constexpr std::size_t shortest = 20;
    if (octets.size() < shortest || octet_at(octets, 0) >> 4 != 4) return false;
    const std::size_t header = 4U * (octet_at(octets, 0) & 15U);
    const std::size_t total = rrdp::load_be16(octets, 2);
    const bool fragment = (rrdp::load_be16(octets, 6) & 0x3fff) != 0;
    if (fragment || header < shortest || total < header || total > octets.size()) return false;
    e.kind = carrier::ipv4;
    e.source = make_station(octets.subspan(12, 4));
    e.destination = make_station(octets.subspan(16, 4));
    return open_transport(octets.first(total).subspan(header), octet_at(octets, 9), marks, e);
}

inline bool open_ipv6(rrdp::octets_view octets, const carrier_marks& marks, envelope& e) {
    constexpr std::size_t header = 40;
    if (octets.size() < header || octet_at(octets, 0) >> 4 != 6) return false;
    const std::size_t length = rrdp::load_be16(octets, 4);
    if (length > octets.size() - header) return false;
    e.kind = carrier::ipv6;
    e.source = make_station(octets.subspan(8, 16));
    e.destination = make_station(octets.subspan(24, 16));
    std::uint8_t next = octet_at(octets, 6);
    rrdp::octets_view rest = octets.subspan(header, length);
    const auto is_extension = [](std::uint8_t kind) {
        return kind == 0 || kind == 43 || kind == 60;  // hop by hop, routing, destination
    };
    while (is_extension(next) && rest.size() >= 8) {
        const std::size_t size = 8U * (octet_at(rest, 1) + 1U);
        if (size > rest.size()) return false;
        next = octet_at(rest, 0);
        rest = rest.subspan(size);
    }
    return open_transport(rest, next, marks, e);
}

}  // namespace detail

/// Takes an IP packet apart; nothing when it does not carry RRDP.
inline std::optional<envelope> open_packet(rrdp::octets_view octets, const carrier_marks& marks) {
    envelope e;
    const bool open = detail::open_ipv4(octets, marks, e) || detail::open_ipv6(octets, marks, e);
    return open ? std::optional{e} : std::nullopt;
}

/// Takes an Ethernet frame apart; nothing when it does not carry RRDP. A frame that is too short
/// for an EtherType carries nothing.
inline std::optional<envelope> open_envelope(rrdp::octets_view octets, const carrier_marks& marks) {
    constexpr std::size_t addresses = 12, type = 2, tag = 4;
    if (octets.size() < addresses + type) return std::nullopt;
    envelope e;
    e.destination = make_station(octets.first(6));
    e.source = make_station(octets.subspan(6, 6));
    octets = octets.subspan(addresses);
    const auto tagged = [&] {
        const std::uint16_t kind = rrdp::load_be16(octets, 0);
        return (kind == 0x8100 || kind == 0x88a8) && octets.size() >= tag + type;
    };
    while (tagged()) {
        if (!e.vlan) e.vlan = rrdp::load_be16(octets, 2) & 0x0fff;
        octets = octets.subspan(tag);
    }
    const std::uint16_t ethertype = rrdp::load_be16(octets, 0);
    octets = octets.subspan(type);
    if (ethertype == marks.ethertype) {
        e.kind = carrier::ethernet;
        e.payload = octets;
        return e;
    }
    const bool open = ethertype == 0x0800   ? detail::open_ipv4(octets, marks, e)
                      : ethertype == 0x86dd ? detail::open_ipv6(octets, marks, e)
                                            : false;
    return open ? std::optional{e} : std::nullopt;
}

}  // namespace tools
