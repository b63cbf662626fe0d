// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace rrdp {

/// When an acknowledgement is owed (8.3): at once for whatever the peer has to know, else after
/// `ack_every` segments or `ack_delay`, whichever comes first. The decision is made here and
/// nowhere else.
class acknowledger {
public:
    /// A segment arrived in order. True when the delay timer must run; false when the
    /// acknowledgement is due (or was already).
    constexpr bool in_order(std::uint16_t every) noexcept {
        gap_reported_ = false;
        ++waiting_;
        if (waiting_ >= every) due_ = true;
        return !due_;
    }

    /// A segment arrived beyond a gap. The first since the last advance is reported at once,
    /// further ones every `every` segments: an EACK for each does more harm than good.
    constexpr void out_of_order(std::uint16_t every) noexcept {
        ++beyond_gap_;
        if (gap_reported_ && beyond_gap_ < every) return;
        gap_reported_ = true;
        list_due_ = true;
        due_ = true;
    }

    /// What happened must be acknowledged now: a duplicate, a NUL, a filled gap.
    constexpr void at_once() noexcept { due_ = true; }

    /// A pure ACK is leaving, with the list if anything is held: nothing is owed any more.
    constexpr void acknowledged() noexcept {
        due_ = list_due_ = false;
        waiting_ = beyond_gap_ = 0;
    }

    /// A segment with the current number but without a list is leaving: it settles everything
    /// but a list that is owed.
    constexpr void piggybacked() noexcept {
        waiting_ = 0;
        due_ = list_due_;
    }

    /// Whether a pure ACK must leave now.
    [[nodiscard]] constexpr bool due() const noexcept { return due_; }

private:
    std::uint16_t waiting_ = 0;
    std::uint16_t beyond_gap_ = 0;
    bool due_ = false;
    bool list_due_ = false;
    bool gap_reported_ = false;
};

}  // namespace rrdp
