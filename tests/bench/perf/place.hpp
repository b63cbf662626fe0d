// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include <rrdp/framings/udp.hpp>
#include <rrdp/wire/mac_address.hpp>

namespace rrdp::bench {

/// The near end measures, the far end answers.
enum class side : std::uint8_t { near, far };

/// Where an end is and where the other one is: what links and sockets are opened with.
struct place {
    side end = side::near;
    std::string interface {};         ///< its Ethernet interface; empty: there is none
    std::string why_no_interface{};   ///< what to say then
    wire::mac_address own{}, peer{};  ///< stations, of Ethernet
    std::uint32_t own_ip = 0x7f00'0001, peer_ip = 0x7f00'0001;  ///< for the kernel's protocols
    framings::udp4::address own_udp{}, peer_udp{};              ///< for the link `udp`
    std::string name{};       ///< of what two processes of one machine share
    std::string link_text{};  ///< a link as the user wrote it; empty: the usual one of its kind
    std::size_t mtu = 1'500;

    [[nodiscard]] bool near() const { return end == side::near; }
};

}  // namespace rrdp::bench
