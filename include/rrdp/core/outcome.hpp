// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace rrdp {

/// The position of a message among those that `send` accepted on its connection: 0, 1, 2, ...
using message_index = std::uint64_t;

/// How an accepted message ended: at the latest with the terminal event. What was
/// delivered is never `not_sent`; what is `confirmed` is held or was delivered.
enum class outcome : std::uint8_t {
    confirmed,  ///< the peer's engine acknowledged it in sequence: it holds or has delivered it
    in_doubt,   ///< it left at least once; delivered at most once, perhaps not
    not_sent,   ///< it never left: certainly not delivered
};

/// The outcome of every message in three counters, since delivery is a prefix of what was sent
/// they add up, since nothing else is counted:
/// [0, confirmed) is Confirmed; when the connection ends, [confirmed, sent) is InDoubt and
/// [sent, accepted) is NotSent. Until then the first is in flight and the second is queued (19.3).
struct send_ledger {
    std::uint64_t accepted = 0;   ///< messages that `send` took
    std::uint64_t sent = 0;       ///< of them, those that have left
    std::uint64_t confirmed = 0;  ///< of them, those that the peer has

    /// Whether all members are equal.
    friend constexpr bool operator==(const send_ledger&, const send_ledger&) noexcept = default;
};

/// How message `index` ended, given the ledger of the terminal event; `index < ledger.accepted`.
[[nodiscard]] constexpr outcome outcome_of(const send_ledger& ledger,
                                           message_index index) noexcept {
    if (index < ledger.confirmed) return outcome::confirmed;
    return index < ledger.sent ? outcome::in_doubt : outcome::not_sent;
}

}  // namespace rrdp
