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
    .congestion = congestion_kind::fixed,
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

/// For interrupts and page faults on a quiet network: acknowledgements within 50 us, a lost segment
/// again after 0.2 ms, a dead peer noticed within a second. Messages of one segment.
inline constexpr options low_latency{
    .offered =
        wire::features::fin | wire::features::credit | wire::features::empty | wire::features::tag,
    .congestion = congestion_kind::fixed,
    .ack_delay = std::chrono::microseconds{50},
    .rto_initial = std::chrono::milliseconds{5},
    .rto_min = std::chrono::microseconds{200},
    .rto_max = std::chrono::milliseconds{200},
    .keepalive = std::chrono::milliseconds{200},
    .give_up = std::chrono::seconds{1},
    .connect_timeout = std::chrono::seconds{1},
    .linger = std::chrono::milliseconds{500},
};

/// Over UDP or IP, through routers: wide numbers, a CRC of the data, patience, and no
/// belief in boot ids, which anybody can send. Its window needs a policy that has rings for 256.
inline constexpr options udp{
    .offered = lan_features | wire::features::wide | wire::features::crc32c,
    .trust_boot_id = false,
    .max_outstanding = 256,
    .send_queue = 512,
    .receive_slots = 528,
    .message_max = 262'144,
    .eack_entries = 64,
    .ack_delay = std::chrono::milliseconds{5},
    .rto_initial = std::chrono::milliseconds{1'000},
    .rto_min = std::chrono::milliseconds{200},
    .rto_max = std::chrono::milliseconds{10'000},
    .keepalive = std::chrono::seconds{15},
    .give_up = std::chrono::seconds{30},
    .connect_timeout = std::chrono::seconds{10},
    .msl = std::chrono::seconds{2},
    .linger = std::chrono::seconds{30},
};

static_assert(check(lan, 64) == errc::ok && check(paper_exact, 64) == errc::ok);
static_assert(check(low_latency, 64) == errc::ok && check(udp, 256) == errc::ok);

}  // namespace rrdp::profiles
