// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

#include "frame_lines.hpp"
#include "host.hpp"
#include "waiting.hpp"

namespace tools {

/// How long a program listens to a link.
struct listening_limits {
    std::uint64_t count = std::numeric_limits<std::uint64_t>::max();  ///< frames of RRDP
    std::optional<std::uint32_t> seconds;
};

/// Gives `take` every frame that arrives on `link`, with its number and the time of day, until
/// `end` (nothing: for ever), a signal comes, or `take` answers false. Nothing is ever sent. True:
/// a signal has come, or `take` has had enough.
template <class Take>
bool listen_until(rrdp::any_link& link, sleeper& sleep, std::optional<rrdp::instant> end,
                  Take take) {
    captured_frame seen;
    for (rrdp::instant now = clock_now(); !sleep.asked_to_end(); now = clock_now()) {
        link.set_time(now);
        for (int burst = 0; burst < 64; ++burst) {
            const auto frame = link.receive();
            if (!frame) break;
            ++seen.number;
            seen.time = std::chrono::system_clock::now().time_since_epoch();
            seen.octets = frame->bytes();
            if (!take(seen)) return true;
        }
        link.flush();
        if (end && now >= *end) return false;
        sleep.watch(link.native_handle(), POLLIN);
        // Who cannot be woken looks again.
        const rrdp::instant soon = now + std::chrono::milliseconds{1};
        const bool woken = link.native_handle() >= 0;
        sleep.rest(now, woken ? end : std::optional{end ? std::min(*end, soon) : soon});
    }
    return true;
}

/// The same, for as long as `limits` say.
template <class Take>
void listen(rrdp::any_link& link, const listening_limits& limits, Take take) {
    sleeper sleep{{}};
    std::optional<rrdp::instant> end;
    if (limits.seconds) end = clock_now() + std::chrono::seconds{*limits.seconds};
    listen_until(link, sleep, end, take);
}

/// The frame lines of a link: which frames are RRDP is the link's to know.
inline frame_lines_options suited(frame_lines_options o, rrdp::adapters::opened_link& link) {
    o.raw_ip = link.kind() == rrdp::link_kind::udp;
    if (const auto* const udp = link.as_udp()) o.marks.udp_port = udp->address().port;
    if (const auto* const udp6 = link.as_udp6()) o.marks.udp_port = udp6->address().port;
    return o;
}

}  // namespace tools
