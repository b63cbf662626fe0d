// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include <rrdp/wire/ethernet.hpp>

namespace rrdp::adapters {

/// Where the program that picks our frames runs.
enum class xdp_attachment : std::uint8_t {
    any,      ///< native where the driver can, otherwise generic
    native,   ///< in the driver, before the kernel makes a packet of the frame
    generic,  ///< behind the driver; works with every interface
};

/// How frames come from the driver into our memory and leave it.
enum class xdp_transfer : std::uint8_t {
    any,        ///< zero-copy where the driver can, otherwise copied by the kernel
    zero_copy,  ///< by the device itself
    copy,
};

/// How an `xdp` link is opened.
struct xdp_options {
    std::uint16_t ethertype = wire::default_ethertype;  ///< of our frames

    /// The RRDP ports of this link; frames for other ports go to the kernel, and from there to the
    /// `packet` links of other processes. 0: all. Node-resolution frames are always ours.
    std::uint16_t first_port = 0;
    std::uint16_t last_port = 0;  ///< 0: `first_port` alone

    /// The receive queue of the device. A device hands frames that are not IP to queue 0, unless
    /// `ethtool -N` says otherwise.
    std::uint32_t queue = 0;

    /// What must be had; the link cannot be opened where it is not. `any` takes what there is, and
    /// `xdp::mode` tells what that was.
    xdp_attachment attachment = xdp_attachment::any;
    xdp_transfer transfer = xdp_transfer::any;  ///< how frames come

    /// Frames of the longest size that the kernel can keep for us; at least 1.
    std::size_t receive_frames = 256;
    /// Frames that can be leased or on their way out at one time; at least 1.
    std::size_t transmit_frames = 64;
    /// Received frames that may be held at one time, at least 1; `receive` waits beyond.
    std::size_t held_frames = 64;

    /// Whether to hear the group of node resolution, 03:52:52:44:50:00 (specification 15). It costs
    /// a place in the interface's address filter, and nothing for each frame.
    bool hear_resolution = true;

    /// How long a busy queue is asked for again before that is an error.
    std::chrono::milliseconds patience{3'000};

    /// How long the kernel itself polls the device when it is asked for frames; 0: it waits for
    /// interrupts. For real devices; nothing is gained on virtual ones.
    std::chrono::microseconds busy_poll{0};
    std::uint32_t busy_poll_budget = 64;  ///< frames that one such poll takes at most
};

/// What was got.
struct xdp_mode {
    bool native = false;     ///< the program runs in the driver
    bool zero_copy = false;  ///< the device reads and writes our memory
    bool gathers = false;    ///< long frames arrive in pieces, and are put together by a copy
};

/// What an `xdp` link has seen. The last three are the kernel's own counts.
struct xdp_statistics {
    std::uint64_t received = 0;      ///< frames handed out
    std::uint64_t gathered = 0;      ///< of these, put together of several pieces by a copy
    std::uint64_t sent = 0;          ///< frames the kernel took
    std::uint64_t refused = 0;       ///< frames the kernel refused: lost, as on a wire (R-16.4)
    std::uint64_t truncated = 0;     ///< arrived longer than `max_frame`: dropped
    std::uint64_t other_host = 0;    ///< for another host, or our own: dropped (R-16.2)
    std::uint64_t held_back = 0;     ///< looks in vain because `held_frames` were held
    std::uint64_t rebound = 0;       ///< times that the interface had been made anew
    std::uint64_t kernel_drops = 0;  ///< lost because nobody received in time
    std::uint64_t starved = 0;       ///< times that the kernel found no free memory of ours
    std::uint64_t invalid = 0;       ///< descriptors the kernel refused, also of frames withdrawn
};

}  // namespace rrdp::adapters
