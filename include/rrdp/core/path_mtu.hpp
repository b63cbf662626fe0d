// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <rrdp/base/time.hpp>
#include <rrdp/core/sequence.hpp>

namespace rrdp {

/// Which size the path to a peer is known to carry, and how more is found out (section 12). Every
/// size is header plus data. Nothing here relies on ICMP: layer 2 drops what is too long
/// without a word.
///
///     base ............ limit ............ goal ............ ceiling
///     every path        what leaves is     worth a probe:    own MTU, and the
///     of the link       no longer          peer and pool     peer's if known
///     carries it                           take it, too
class path_mtu {
public:
    /// The search rests so long after `probes_max` probes that did not arrive (R-12.4, RFC 8899).
    static constexpr std::uint32_t pause_seconds = 600;
    static constexpr unsigned probes_max = 3;
    /// So many copies of a SYN are padded.
    static constexpr unsigned padded_max = 2;
    /// So many time-outs of large segments in a row are a black hole, if after each but the last
    /// something small gets through (R-12.5; why not two: docs/decisions/0030).
    static constexpr unsigned timeouts_max = 5;

    /// Before the handshake. `own` is the MTU of the link, `peer` that of the peer's if known, else
    /// 0; `base` is what every path carries. With `verify` more than that must be proved.
    constexpr void open(std::uint16_t own, std::uint16_t peer, std::uint16_t base,
                        bool verify) noexcept {
        limit_ = verify && own > base ? base : own;
        ceiling_ = peer != 0 && peer < own ? peer : own;
        tried_ = ceiling_ > limit_ ? ceiling_ : std::uint16_t{0};
    }
    /// The SYN that is answered came in a frame that carried `received` octets: the answer is not
    /// padded beyond, so that nothing is amplified.
    constexpr void answer_to(std::uint16_t received) noexcept {
        if (received < tried_) tried_ = received;
    }
    /// The size to pad a SYN to that was sent `before` times; 0: not at all.
    [[nodiscard]] constexpr std::uint16_t padding(unsigned before) const noexcept {
        return before < padded_max ? tried_ : std::uint16_t{0};
    }
    /// The SYN was answered after `copies`. If all of them were padded, one of that size arrived.
    constexpr void answered(unsigned copies) noexcept {
        if (copies <= padded_max && tried_ > limit_) limit_ = tried_;
    }
    /// The peer takes segments of up to `size` octets: its MSS.
    constexpr void peer_takes(std::uint16_t size) noexcept { taken_ = size; }

    /// The longest segment to send.
    [[nodiscard]] constexpr std::uint16_t segment_max() const noexcept {
        return limit_ < taken_ ? limit_ : taken_;
    }
    [[nodiscard]] constexpr std::uint16_t limit() const noexcept { return limit_; }

    /// Nothing is to be found out: no larger size to probe, and no time-out to explain.
    [[nodiscard]] constexpr bool settled() const noexcept {
        return limit_ >= ceiling_ && timeouts_ == 0 && !under_way_;
    }

    // ---- later probing

    /// Asks for a probe, if one would help: the pool has room for segments of `pooled` octets.
    constexpr void search(std::size_t pooled, instant now) noexcept {
        if (limit_ >= ceiling_ || under_way_) return;
        due_ = goal(pooled) > limit_ && seconds(now) >= again_;
    }
    /// Whether a probe is to be sent.
    [[nodiscard]] constexpr bool due() const noexcept { return due_; }
    /// Whether a probe is to be sent or was, and has not been answered.
    [[nodiscard]] constexpr bool busy() const noexcept { return due_ || under_way_; }
    /// The probe leaves as `number`.
    constexpr void sent(sequence number, std::size_t pooled) noexcept {
        probe_ = number;
        tried_ = goal(pooled);
        due_ = false;
        under_way_ = true;
    }
    /// The size of `number` if it is the probe, padded; 0 for every other number.
    [[nodiscard]] constexpr std::uint16_t size_of(sequence number) const noexcept {
        return under_way_ && number == probe_ ? tried_ : std::uint16_t{0};
    }
    /// The probe is sent again, unpadded: whatever is acknowledged now proves nothing.
    constexpr void lost(instant now) noexcept {
        under_way_ = false;
        if (++tries_ < probes_max) return;
        tries_ = 0;
        again_ = seconds(now) + pause_seconds;
    }
    /// Everything before `next` is acknowledged. True when the limit has risen.
    constexpr bool acknowledged(sequence next) noexcept {
        if (!under_way_ || distance(probe_, next) <= 0) return false;
        under_way_ = false;
        tries_ = 0;
        limit_ = tried_;
        return true;
    }

    // ---- black holes. A segment is `large` if it is longer than what every path carries.

    /// The retransmission timer has fired for a segment that last left at `sent`. True: large ones
    /// do not arrive any more, while small ones do. One that left later and has arrived says that
    /// this one was lost for another reason.
    constexpr bool timed_out(bool is_large, instant sent) noexcept {
        if (!is_large || static_cast<std::int32_t>(large_sent_ - microseconds(sent)) > 0) {
            timeouts_ = 0;
            return false;
        }
        // When nothing small passes either, size is not the reason.
        if (timeouts_ == 0 || small_passed_) ++timeouts_;
        small_passed_ = false;
        return timeouts_ == timeouts_max;
    }
    /// A large segment that left at `sent` has arrived.
    constexpr void large_passed(instant sent) noexcept {
        large_sent_ = microseconds(sent);
        timeouts_ = 0;
    }
    /// Something small has arrived, and nothing large with it.
    constexpr void small_passed() noexcept { small_passed_ = true; }

private:
    [[nodiscard]] constexpr std::uint16_t goal(std::size_t pooled) const noexcept {
        const std::uint16_t wanted = ceiling_ < taken_ ? ceiling_ : taken_;
        return pooled < wanted ? static_cast<std::uint16_t>(pooled) : wanted;
    }
    /// The low half of it is enough to compare two moments of half an hour.
    static constexpr std::uint32_t microseconds(instant at) noexcept {
        using std::chrono::duration_cast;
        return static_cast<std::uint32_t>(
            duration_cast<std::chrono::microseconds>(at.time_since_epoch()).count());
    }
    /// Whole seconds are enough for a search, and need half the room.
    static constexpr std::uint32_t seconds(instant now) noexcept {
        using std::chrono::duration_cast;
        return static_cast<std::uint32_t>(
            duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
    }

    sequence probe_{};
    std::uint32_t again_ = 0;       ///< when the search goes on
    std::uint32_t large_sent_ = 0;  ///< when the last large one left that has arrived
    std::uint16_t limit_ = 0;
    std::uint16_t ceiling_ = 0;
    std::uint16_t tried_ = 0;  ///< the size of padded SYNs, then of probes
    std::uint16_t taken_ = 0xffff;
    std::uint8_t tries_ : 2 = 0;
    std::uint8_t timeouts_ : 3 = 0;
    bool small_passed_ : 1 = false;  ///< since the last of those time-outs
    bool due_ : 1 = false;
    bool under_way_ : 1 = false;
};

static_assert(sizeof(path_mtu) <= 24);

}  // namespace rrdp
