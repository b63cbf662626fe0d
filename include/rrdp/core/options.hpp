// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <rrdp/base/time.hpp>
#include <rrdp/core/congestion.hpp>
#include <rrdp/core/errc.hpp>
#include <rrdp/wire/features.hpp>

namespace rrdp {

/// The features this version of the engine can agree on. The wire layer knows all of them.
inline constexpr wire::features supported_features =
    wire::features::fin | wire::features::empty | wire::features::tag | wire::features::wide |
    wire::features::crc32c | wire::features::credit | wire::features::frag |
    wire::features::cookie | wire::features::bundle;

/// What two nodes of one network agree on unless they are told otherwise (section 18, and BUNDLE:
/// docs/decisions/0056).
inline constexpr wire::features lan_features = wire::features::fin | wire::features::credit |
                                               wire::features::empty | wire::features::frag |
                                               wire::features::tag | wire::features::bundle;

/// The longest interval an option may name. Sums and small multiples of such intervals fit a
/// duration with room to spare.
inline constexpr duration interval_max = std::chrono::hours{24 * 365};

/// The longest retransmission time-out: a connection remembers its own in 32 bits of microseconds
///
inline constexpr duration rto_limit = std::chrono::hours{1};

/// The longest acknowledgement delay: a SYN can announce no more (TLV TIMING, 5.2).
inline constexpr duration ack_delay_max = std::chrono::microseconds{65'535};

/// The numbers of a connection, given before it opens and never changed afterwards. The
/// defaults are the profile `lan` (section 18); the others are in core/profiles.hpp. There is no
/// `ack_on_consume`, which may be offered, but never beside FRAG.
struct options {
    wire::features offered = lan_features;  ///< what the SYN offers (R-5.6)
    wire::features required{};              ///< refuse a peer without these (R-5.8)
    bool extended = true;                   ///< send TLVs at all (EXT, R-5.1)
    bool identify = true;                   ///< send the TLVs NODE and BOOT (5.2)
    bool trust_boot_id = true;              ///< a new boot id ends it at once (R-7.21)
    bool ordered = true;                    ///< deliver in order (SDM, R-5.9)
    bool auto_close = true;                 ///< close when the peer has (R-10.2)
    bool verify_mtu = true;                 ///< use a jumbo size only once proved (R-12.2)
    bool tell_acked = false;                ///< raise `acked` on progress (R-10.9)
    bool urgent = false;                    ///< leaves before everything not urgent
    std::uint8_t weight = 1;                ///< its share of the link beside others
    congestion_kind congestion = congestion_kind::aimd;  ///< how it shares the path
    std::uint16_t initial_window = 10;                   ///< segments; of AIMD and delay target
    std::uint16_t max_outstanding = 64;                  ///< X to announce: segments (R-5.1)
    std::uint16_t send_cap = 16'383;                     ///< own limit on the peer's X (R-5.5)
    std::uint16_t send_queue = 128;  ///< messages accepted but not yet sent (R-8.5)
    /// B: segments held, at least 2 * max_outstanding. As long as no more than the rest
    /// are unread, segments say nothing of credit: an answer may leave before the question
    /// is given back.
    std::uint16_t receive_slots = 144;
    std::uint32_t message_max = 65'536;                 ///< MAXMSG to announce: octets (5.2, FRAG)
    std::uint32_t send_message_cap = 0x7fff'ffff;       ///< own limit on the peer's MAXMSG (R-5.5)
    std::uint16_t challenges = 100;                     ///< challenge ACKs a second (R-7.4)
    std::uint16_t eack_entries = 32;                    ///< longest EACK list to send (R-3.11)
    std::uint16_t ack_every = 2;                        ///< acknowledge at the latest after so many
    duration ack_delay = std::chrono::milliseconds{1};  ///< and after so long; 0: at once
    duration rto_initial = std::chrono::milliseconds{50};   ///< before a round trip was measured
    duration rto_min = std::chrono::milliseconds{2};        ///< the shortest time-out
    duration rto_max = std::chrono::milliseconds{1000};     ///< the longest time-out
    duration keepalive = std::chrono::seconds{1};           ///< idle time before a NUL; 0: never
    duration persist_max = std::chrono::milliseconds{200};  ///< between probes (R-8.22)
    duration give_up = std::chrono::seconds{5};             ///< silence that ends it (R-9.5)
    duration connect_timeout = std::chrono::seconds{3};     ///< for the handshake, either side
    duration delay_target = std::chrono::microseconds{50};  ///< above the shortest round trip
    duration msl = std::chrono::milliseconds{20};  ///< life of a copy, if not fifo (R-13.2)
    duration linger = std::chrono::seconds{2};     ///< in CLOSE-WAIT, as a tombstone
    duration fin_wait = std::chrono::seconds{5};   ///< for the peer's FIN (R-10.4)

    /// Whether all members are equal.
    friend constexpr bool operator==(const options&, const options&) noexcept = default;
};

/// `ok`, or the first thing that is out of range. `bound` is the largest X that the
/// engine's policy has rings for.
[[nodiscard]] constexpr errc check(const options& o, std::uint16_t bound) noexcept {
    const auto positive = [](duration d) { return d > duration::zero() && d <= interval_max; };
    if (o.max_outstanding < 1 || o.max_outstanding > 16'383 || o.max_outstanding > bound)
        return errc::bad_max_outstanding;
    if (o.send_cap < 1 || o.send_queue < 1 || o.receive_slots < 2 * o.max_outstanding)
        return errc::bad_option;
    if (o.eack_entries > 248 || o.ack_every < 1 || o.challenges < 1) return errc::bad_option;
    if (o.message_max < 1 || o.send_message_cap < 1) return errc::bad_option;
    if (o.weight < 1 || o.initial_window < 1) return errc::bad_option;
    if (o.ack_delay < duration::zero() || o.ack_delay > ack_delay_max) return errc::bad_interval;
    if (o.keepalive != duration::zero() && !positive(o.keepalive)) return errc::bad_interval;
    if (!positive(o.rto_min) || o.rto_initial < o.rto_min || o.rto_max < o.rto_initial)
        return errc::bad_interval;
    if (o.rto_max > rto_limit || !positive(o.give_up) || !positive(o.connect_timeout) ||
        !positive(o.linger) || !positive(o.fin_wait) || !positive(o.persist_max) ||
        !positive(o.delay_target) || !positive(o.msl))
        return errc::bad_interval;
    if (!o.offered.subset_of(supported_features)) return errc::feature_not_supported;
    const bool bundles = o.offered.has(wire::features::bundle);
    if (bundles && !o.offered.has(wire::features::frag)) return errc::feature_not_supported;
    if (!o.required.subset_of(o.offered)) return errc::feature_not_supported;
    if (!o.extended && o.offered != wire::features{}) return errc::feature_not_supported;
    return errc::ok;
}

}  // namespace rrdp
