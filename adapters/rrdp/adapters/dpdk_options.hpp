// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <rrdp/wire/ethernet.hpp>

struct rte_mempool;  // DPDK's own name; its headers are not needed for options

namespace rrdp::adapters {

/// How a `dpdk` link is opened.
struct dpdk_options {
    std::uint16_t ethertype = wire::default_ethertype;  ///< of our frames

    /// Whether the link configures the port, with one queue each way, and stops it when it is
    /// destroyed. False: the port is the program's, which has set it up; the link uses the queues
    /// of number `queue`, and starts the port if it does not run yet.
    bool configure = true;
    std::uint16_t queue = 0;  ///< of the port

    /// Where frames live. Null: a pool of `buffers` frames of its own, which belongs to EAL and is
    /// found again by the next link of the port, since frames may outlive a link in the queue of
    /// another port. One of the program's has to hold `max_frame` octets in a buffer.
    rte_mempool* pool = nullptr;
    unsigned buffers = 2'047;  ///< best is a power of two less one

    std::uint16_t rx_descriptors = 256;  ///< adjusted to what the device can
    std::uint16_t tx_descriptors = 256;  ///< frames that may wait to be sent

    /// Frames taken from the device, and offered to it, in one burst at most. So many that the
    /// device refuses are kept.
    std::uint16_t batch = 32;

    /// Octets of payload; 0: as the port has it. Only with `configure`.
    std::uint16_t mtu = 0;

    /// The station address; zero: the port's. A device that cannot change its own is made
    /// promiscuous, and the link looks at addresses anyhow.
    wire::mac_address address{};
};

/// What a `dpdk` link has seen, in frames.
struct dpdk_statistics {
    std::uint64_t received = 0;    ///< handed out
    std::uint64_t sent = 0;        ///< taken by the device
    std::uint64_t refused = 0;     ///< without a header, or lost because the port was down (R-16.4)
    std::uint64_t foreign = 0;     ///< of another EtherType: dropped
    std::uint64_t other_host = 0;  ///< for another host or VLAN, or our own: dropped (R-16.2)
    std::uint64_t unusable =
        0;  ///< no header, longer than `max_frame`, or in too many pieces: dropped
    std::uint64_t joined = 0;  ///< came in several pieces of memory, and were copied into one

    std::uint64_t device_drops = 0;   ///< lost in the device: nobody received in time
    std::uint64_t device_errors = 0;  ///< damaged on the way in, or not sent
    std::uint64_t no_buffer = 0;      ///< times that the device found the pool empty
};

}  // namespace rrdp::adapters
