// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <rrdp/wire/ethernet.hpp>

namespace rrdp::adapters {

/// How a `pcap` link is opened.
struct pcap_options {
    std::uint16_t ethertype = wire::default_ethertype;  ///< of our frames

    /// The RRDP ports of this process; frames for other ports are left to others. 0: all. Two
    /// processes on one interface need this, or each would reset the other's connections.
    /// Node-resolution frames always pass.
    std::uint16_t first_port = 0;
    std::uint16_t last_port = 0;  ///< 0: `first_port` alone

    /// Frames taken from libpcap at a time, and committed ones gathered until `flush`: 1 to 1 024.
    /// Twice as many received ones may be held.
    std::size_t batch = 32;

    /// Octets of the ring in which the kernel keeps frames while nobody receives.
    std::size_t receive_buffer = 2 << 20;

    /// Whether to hear the group of node resolution, 03:52:52:44:50:00 (specification 15).
    bool hear_resolution = true;
};

}  // namespace rrdp::adapters
