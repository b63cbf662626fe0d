// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <rrdp/core/errc.hpp>

namespace rrdp {

/// How much an endpoint can hold. All memory follows from these numbers and is obtained once, at
/// construction (docs/decisions/0008).
struct capacities {
    std::uint32_t connections = 1'024;  ///< records, lingering ones included
    std::uint32_t rings = 256;          ///< windows that are not empty, at one time
    std::uint32_t segments = 4'096;     ///< messages in flight, queued or unread, all together
    std::uint32_t segment_max = 1'486;  ///< octets of data in one; MTU - 14 (jumbo: 8'986)
    std::uint32_t nodes = 64;           ///< entries of the node table
    std::uint32_t listeners = 64;       ///< ports listened on
    std::uint32_t governors = 0;        ///< connections without WIDE where the link keeps no order
                                        ///< (R-13.2); 0: as many as rings if the framing says so
    std::uint32_t option_sets = 16;     ///< different option sets in use at one time
};

/// `ok`, or `bad_capacities` when a number is zero, or too large for the handles. Below
/// four segments the pool could keep no reserve; below 50 octets the Max Segment Size that a SYN
/// announces would be less than the 64 that it must be.
[[nodiscard]] constexpr errc check(const capacities& c) noexcept {
    constexpr std::uint32_t most = 1U << 24;
    const bool some = c.connections > 0 && c.rings > 0 && c.segments >= 4 && c.segment_max >= 50 &&
                      c.nodes > 0 && c.listeners > 0 && c.option_sets > 0;
    const bool few = c.connections <= most && c.rings <= most && c.segments <= most &&
                     c.segment_max <= 65'521 && c.nodes <= 65'534 && c.listeners <= 65'535 &&
                     c.option_sets <= 65'535 && c.governors <= 65'534;
    return some && few ? errc::ok : errc::bad_capacities;
}

}  // namespace rrdp
