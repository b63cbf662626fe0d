// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <rrdp/base/octets.hpp>
#include <rrdp/base/time.hpp>
#include <rrdp/core/state.hpp>
#include <rrdp/core/statistics.hpp>

namespace rrdp {

/// The trace points of an engine, all empty: the default costs nothing. Derive from it, hide the
/// functions of interest, and name the class as `Policy::observer`. An observer only looks: it must
/// not call back into the engine.
///
/// One that has `octets rx_place(slot, size, fragments_left)` is asked where to copy the data of
/// each segment that is held, and of each message of a bundle; less room than `size` means nowhere.
/// The message comes all the same.
struct null_observer {
    /// A connection of the endpoint moved; `slot` is its connection_id::slot.
    constexpr void on_state(instant, std::uint32_t /*slot*/, state /*from*/,
                            state /*to*/) noexcept {}
    /// A received segment was dropped or not used.
    constexpr void on_drop(instant, drop_reason) noexcept {}
    /// A segment is about to leave (without framing).
    constexpr void on_transmit(instant, octets_view /*segment*/) noexcept {}
    /// A number is sent again.
    constexpr void on_retransmit(instant, std::uint32_t /*slot*/,
                                 std::uint32_t /*number*/) noexcept {}
    /// A round trip was measured.
    constexpr void on_rtt(instant, std::uint32_t /*slot*/, duration /*sample*/) noexcept {}
};

}  // namespace rrdp
