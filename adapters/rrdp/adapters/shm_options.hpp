// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <rrdp/wire/mac_address.hpp>

namespace rrdp::adapters {

/// The two ends of a shared-memory link: which of the two rings is written, and which is read.
enum class shm_side : std::uint8_t { a, b };

/// The other end.
[[nodiscard]] constexpr shm_side opposite(shm_side side) noexcept {
    return side == shm_side::a ? shm_side::b : shm_side::a;
}

/// How a `shm` link is opened. Both ends must name the same `max_frame` and `slots`.
struct shm_options {
    std::size_t max_frame = 9'014;  ///< octets; an engine over `bare_framing` may use all as MTU
    std::size_t slots = 256;        ///< frames under way each way; rounded up to a power of two

    /// Received frames are copied out of the shared memory before anybody looks at them, so that
    /// the peer cannot change what has been checked. False: they are read where they lie, which is
    /// only for a peer that is trusted like this program itself.
    bool copy_received = true;

    /// This end sleeps in poll(2) or `wait`, and the peer wakes it by a system call when it does.
    /// False: it spins, and neither side makes a system call for a frame.
    bool sleeps = false;

    wire::mac_address address{};  ///< what `properties()` says; zero: there are no addresses
};

/// What a `shm` link has seen.
struct shm_statistics {
    std::uint64_t received = 0;  ///< frames handed out
    std::uint64_t sent = 0;      ///< frames put into the ring
    std::uint64_t lost = 0;      ///< committed while there was no peer: lost, as on a wire (R-16.4)
    std::uint64_t malformed = 0;  ///< slots and indices of the peer that made no sense: dropped
    std::uint64_t peers = 0;      ///< lives of the peer that were met: 2 after it restarted once
    std::uint64_t wakes = 0;      ///< system calls made to wake a sleeping peer
};

}  // namespace rrdp::adapters
