// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <rrdp/base/time.hpp>

namespace rrdp {

/// A rate limit in eight octets: the moment at which the bucket would be full again. Kept per
/// connection and per node, never globally, so that one peer cannot learn from it what another
/// does (R-7.4, RFC 5961 section 7).
class token_bucket {
public:
    /// Takes a token if there is one. Tokens come one an `interval`; at most `depth` are saved.
    constexpr bool take(instant now, duration interval, int depth) noexcept {
        const instant earliest = full_at_ > now ? full_at_ : now;
        if (earliest - now > interval * (depth - 1)) return false;
        full_at_ = earliest + interval;
        return true;
    }

    /// The same for `rate` tokens a second, which must not be 0, of which a burst may take 16 at
    /// once.
    constexpr bool take(instant now, std::uint16_t rate) noexcept {
        return take(now, duration{std::chrono::seconds{1}} / rate, rate < burst ? rate : burst);
    }

    static constexpr int burst = 16;

private:
    instant full_at_{};
};

}  // namespace rrdp
