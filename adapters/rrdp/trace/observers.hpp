// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/rrdp.hpp>

namespace rrdp::trace {

/// Several observers as one: each is told everything, in this order. To name one of them:
/// `static_cast<event_counts&>(engine.observer())`.
template <class... Observers>
struct observers : Observers... {
    /// See `null_observer`.
    void on_state(instant now, std::uint32_t slot, state from, state to) noexcept {
        (Observers::on_state(now, slot, from, to), ...);
    }
    /// See `null_observer`.
    void on_drop(instant now, drop_reason why) noexcept { (Observers::on_drop(now, why), ...); }
    /// See `null_observer`.
    void on_transmit(instant now, octets_view segment) noexcept {
        (Observers::on_transmit(now, segment), ...);
    }
    /// See `null_observer`.
    void on_retransmit(instant now, std::uint32_t slot, std::uint32_t number) noexcept {
        (Observers::on_retransmit(now, slot, number), ...);
    }
    /// See `null_observer`.
    void on_rtt(instant now, std::uint32_t slot, duration sample) noexcept {
        (Observers::on_rtt(now, slot, sample), ...);
    }
};

}  // namespace rrdp::trace
