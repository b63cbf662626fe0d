// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/core/options.hpp>

/// Ready-made option sets (section 18).
namespace rrdp::profiles {

/// One switched Ethernet: the default.
inline constexpr options lan{};

/// What the paper has and nothing else: no EXT, no TLV, no extension word, an acknowledgement for
/// every segment, no keepalive.
inline constexpr options paper_exact{
    .offered = {},
    .extended = false,
    .identify = false,
    .trust_boot_id = false,
    .max_outstanding = 32,
    .send_queue = 64,
    .receive_slots = 64,
    .eack_entries = 248,
    .ack_every = 1,
    .ack_delay = {},
    .rto_initial = std::chrono::milliseconds{100},
    .rto_min = std::chrono::milliseconds{10},
    .rto_max = std::chrono::milliseconds{2000},
    .keepalive = {},
};

static_assert(check(lan, 64) == errc::ok && check(paper_exact, 64) == errc::ok);

}  // namespace rrdp::profiles
