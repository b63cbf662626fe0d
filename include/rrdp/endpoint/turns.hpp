// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <rrdp/endpoint/index_list.hpp>
#include <rrdp/endpoint/send_turns.hpp>
#include <rrdp/endpoint/timer_wheel.hpp>

namespace rrdp {

/// Which connections have something to do, so that none of the others costs anything: who wants to
/// transmit, who has something to tell, who waits for a ring or for room in the pool, and who has
/// to be woken when.
class turns {
public:
    /// What the lists and the wheel of `n` connections are made of.
    struct memory {
        std::span<send_turn> transmit;
        std::span<list_links> tell, ring, room;
        std::span<wheel_node> timers;
    };

    constexpr turns() noexcept = default;
    constexpr turns(const memory& m, duration tick) noexcept
        : transmit{m.transmit}, tell{m.tell}, ring{m.ring}, room{m.room}, wheel{m.timers, tick} {}

    send_turns transmit;  ///< has a segment to send
    index_list tell;      ///< has an event to tell
    index_list ring;      ///< could send, but for a ring
    index_list room;      ///< wants to be told when the pool has room
    timer_wheel wheel;

    /// The earliest deadline of connection `n` is now `deadline`. The wheel is touched only when
    /// that is earlier than what it knows; when it fires too early, it is armed again
    /// (docs/decisions/0017).
    constexpr void wake(std::uint32_t n, instant deadline) noexcept {
        if (deadline < wheel.at(n)) wheel.set(n, deadline);
    }

    /// Connection `n` is forgotten.
    constexpr void leave(std::uint32_t n) noexcept {
        transmit.leave(n);
        tell.remove(n);
        ring.remove(n);
        room.remove(n);
        wheel.cancel(n);
    }
};

}  // namespace rrdp
