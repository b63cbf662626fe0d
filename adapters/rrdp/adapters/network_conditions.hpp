// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <rrdp/adapters/faults.hpp>

namespace rrdp::adapters {

/// Losses that come in bursts: every frame of a station may begin one, and is lost in one; every
/// frame lost in one may be its last (Gilbert's model).
struct burst_loss {
    probability begins{};  ///< chance that a burst begins with a frame
    probability ends{};    ///< chance that it ends with one
};

/// A star of cables around one switch, and what happens to the frames that a station sends.
struct network_conditions {
    std::uint64_t rate = 125'000'000;  ///< octets per second of each cable, each way; 0: no limit
    duration delay = std::chrono::microseconds{1};  ///< of each cable; a frame passes two
    std::uint64_t port_queue = 0;  ///< octets an output port of the switch holds, the rest is lost;
                                   ///< with what Ethernet adds; 0: no limit
    frame_faults faults{};         ///< to single frames
    burst_loss bursts{};           ///< of losses
    probability damage{};          ///< up to 32 of its octets, anywhere, arrive as anything else
    duration jitter{};             ///< each frame takes up to this much longer: frames overtake
    duration lateness = std::chrono::milliseconds{1};  ///< the same for those that are reordered
};

/// What a `simulated_network` is made of.
struct network_options {
    std::size_t stations = 2;       ///< how many there are
    std::size_t frames = 4'096;     ///< slots, for all stations together
    std::size_t max_frame = 1'514;  ///< octets
    std::size_t transmit_queue =
        256;                        ///< frames that a station holds, the one on the wire included
    std::size_t receive_queue = 0;  ///< frames that have arrived and wait to be taken, the rest is
                                    ///< lost; 0: no limit
};

/// What became of the frames. `sent` + `duplicated` + `copied` = `delivered` + `lost` +
/// `queue_full` + `nobody` + `partitioned` + `overrun` + those still under way.
struct network_statistics {
    std::uint64_t sent = 0;            ///< committed
    std::uint64_t delivered = 0;       ///< have arrived at a station
    std::uint64_t lost = 0;            ///< by chance, bursts included
    std::uint64_t lost_in_bursts = 0;  ///< frames that a burst took
    std::uint64_t duplicated = 0;      ///< intact copies made
    std::uint64_t copied = 0;          ///< more copies of a frame for a group
    std::uint64_t reordered = 0;       ///< made late
    std::uint64_t corrupted = 0;       ///< one bit inverted
    std::uint64_t damaged = 0;         ///< several octets changed
    std::uint64_t queue_full = 0;      ///< lost at an output port of the switch
    std::uint64_t overrun = 0;         ///< lost at a station that did not take what came
    std::uint64_t nobody = 0;          ///< to an address that no station has
    std::uint64_t partitioned = 0;     ///< lost because the way between two stations was cut
};

}  // namespace rrdp::adapters
