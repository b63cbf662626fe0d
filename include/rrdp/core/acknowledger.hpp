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
    /// True when the delay timer must run, so that the last ones are reported, too.
    constexpr bool out_of_order(std::uint16_t every) noexcept {
        ++unlisted_;
        if (!gap_reported_ || unlisted_ >= every) due_ = list_due_ = gap_reported_ = true;
        return !due_;
    }

    /// The last gap was filled: there is nothing to list any more.
    constexpr void gap_filled() noexcept {
        unlisted_ = 0;
        list_due_ = false;
    }

    /// What happened must be acknowledged now: a duplicate, a NUL, a filled gap; or the
    /// delay is over. `list` tells that the peer has to hear what is held: it may have missed it.
    constexpr void at_once(bool list = false) noexcept {
        due_ = true;
        list_due_ = list_due_ || list || unlisted_ != 0;
    }

    /// A pure ACK is leaving, with the list if anything is held: nothing is owed any more.
    constexpr void acknowledged() noexcept {
        due_ = list_due_ = false;
        waiting_ = unlisted_ = 0;
    }

    /// A segment with the current number but without a list is leaving: it settles everything
    /// but a list that is owed.
    constexpr void piggybacked() noexcept {
        waiting_ = 0;
        due_ = list_due_;
    }

    /// Whether a pure ACK must leave now.
    [[nodiscard]] constexpr bool due() const noexcept { return due_; }

    /// Whether a list must leave now, which only a pure ACK can carry.
    [[nodiscard]] constexpr bool list_due() const noexcept { return list_due_; }

    /// Whether something waits for the delay timer, or for that ACK.
    [[nodiscard]] constexpr bool pending() const noexcept {
        return due_ || waiting_ != 0 || unlisted_ != 0;
    }

private:
    std::uint16_t waiting_ = 0;   ///< in order, since an acknowledgement left
    std::uint16_t unlisted_ = 0;  ///< beyond a gap, since a list left
    bool due_ = false;
    bool list_due_ = false;
    bool gap_reported_ = false;
};

}  // namespace rrdp
