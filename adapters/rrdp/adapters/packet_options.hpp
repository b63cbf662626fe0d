// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include <rrdp/wire/ethernet.hpp>

namespace rrdp::adapters {

/// How a `packet` or `packet_ring` link is opened.
struct packet_options {
    std::uint16_t ethertype = wire::default_ethertype;  ///< of our frames

    /// The RRDP ports of this process; frames for other ports are left to others by the kernel.
    /// 0: all. Two processes on one interface need this, or each would reset the other's
    /// connections. Node-resolution frames always pass.
    std::uint16_t first_port = 0;
    std::uint16_t last_port = 0;  ///< 0: `first_port` alone

    /// Frames taken from the kernel, and handed to it, with one system call at most: 1 to 1 024.
    /// `packet` holds twice as many received ones, `packet_ring` has `ring_frames`.
    std::size_t batch = 32;
    std::size_t ring_frames = 256;  ///< slots of packet_ring

    /// Octets that the kernel may keep for `packet` while nobody receives. Without CAP_NET_ADMIN it
    /// gives no more than net.core.rmem_max.
    std::size_t receive_buffer = 8 << 20;

    /// Whether to hear the group of node resolution, 03:52:52:44:50:00 (specification 15). It costs
    /// a place in the interface's address filter, and nothing for each frame.
    bool hear_resolution = true;

    /// Hands frames to the driver directly: somewhat faster under load, but past traffic shaping.
    bool bypass_queueing = false;

    /// How long the kernel may spin on the device's queue when nothing waits (SO_BUSY_POLL), at
    /// most how many frames it takes then (SO_BUSY_POLL_BUDGET), and whether it should leave the
    /// device's interrupts off meanwhile (SO_PREFER_BUSY_POLL). 0: as the system has it. More than
    /// that needs CAP_NET_ADMIN, and a driver that can.
    std::chrono::microseconds busy_poll{0};
    /// Frames the kernel may take then; 0: as the system has it.
    std::uint16_t busy_poll_budget = 0;
    bool prefer_busy_poll = false;  ///< leave the interrupts off meanwhile
};

/// What a `packet` or `packet_ring` link has seen.
struct packet_statistics {
    std::uint64_t received = 0;      ///< frames handed out
    std::uint64_t sent = 0;          ///< frames the kernel took
    std::uint64_t refused = 0;       ///< frames the kernel refused: lost, as on a wire (R-16.4)
    std::uint64_t truncated = 0;     ///< arrived longer than `max_frame`: dropped
    std::uint64_t other_host = 0;    ///< for another host or VLAN, or our own: dropped (R-16.2)
    std::uint64_t kernel_drops = 0;  ///< lost in the kernel, because nobody received in time
    std::uint64_t rebound = 0;       ///< times that the interface had been made anew
};

/// What an interface is fit for at the moment.
enum class interface_state : std::uint8_t {
    up,
    down,     ///< switched off, or without a carrier; the link works again once it is up
    removed,  ///< there is none of its name; the link works again once there is
};

}  // namespace rrdp::adapters
