// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include <rrdp/base/time.hpp>
#include <rrdp/core/segment_pool.hpp>
#include <rrdp/core/sequence.hpp>

/// What a send window says of what has happened in it.
namespace rrdp {

/// What an acknowledgement brought. The first three are said by who begins to read it: what was
/// newest before it, when it came, and the shortest round trip known.
struct delivery {
    std::uint32_t newest_before = 0;
    instant now{};
    duration shortest{};
    std::uint16_t segments = 0;   ///< newly acknowledged or EACKed
    std::uint32_t messages = 0;   ///< newly confirmed: passed by the cumulative number
    std::optional<instant> sent;  ///< when the newest one sent only once had left (R-9.1)
    std::uint32_t sent_order = 0;
    std::uint16_t longest = 0;   ///< octets of data in the longest of the segments
    instant longest_sent{};      ///< when it left last
    std::uint16_t needless = 0;  ///< retransmissions that came too soon to be an answer (R-9.7)
    duration late{};             ///< how late an answer may be (docs/decisions/0023); 0: no news
    bool tail_repaired = false;  ///< a probe has brought what was lost (R-9.8)

    constexpr void later(duration time) noexcept {
        if (time > late) late = time;
    }
};

/// What a search for losses has found.
struct loss_report {
    bool found = false;     ///< something is lost that was not before
    bool recovery = false;  ///< for the first time since what was then in flight
    instant due = never;    ///< when to search again, if nothing arrives (R-9.7)
};

/// A number to be sent again, and why.
struct retransmission {
    sequence number;
    loss why = loss::none;
};

}  // namespace rrdp
