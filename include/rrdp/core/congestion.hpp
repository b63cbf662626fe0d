// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>

#include <rrdp/base/time.hpp>

namespace rrdp {

/// Which congestion control a connection uses, where the policy lets it choose (section 18).
enum class congestion_kind : std::uint8_t {
    fixed,         ///< none: only the peer's window limits (the paper)
    aimd,          ///< additive increase, multiplicative decrease (RFC 5681)
    delay_target,  ///< holds the round trip near a target
};

/// What a connection says of itself when it opens.
struct congestion_start {
    congestion_kind kind = congestion_kind::fixed;
    std::uint16_t initial_window = 10;  ///< segments
};

/// What a congestion control may know of the path.
struct path_state {
    duration shortest{};            ///< round trip of the last ten seconds
    duration latest{};              ///< round trip measured last
    duration delay_target{};        ///< of the options
    std::uint16_t outstanding = 0;  ///< segments, after what is being told
    bool reorders = false;          ///< segments have overtaken each other
};

/// How many segments the path may hold, as a policy: plain data inside the connection, told of
/// what was delivered and what was lost, asked for the window (S5 of ).
template <class C>
concept congestion_control = std::copyable<C> &&
    requires(C& c, const C& view, std::uint16_t count, const path_state& path,
             const congestion_start& start) {
    { view.window() }
    noexcept->std::same_as<std::uint32_t>;  // in segments
    { c.start(start) }
    noexcept;  // the connection opens
    { c.on_delivered(count, path) }
    noexcept;  // newly acknowledged or EACKed
    { c.on_loss(path) }
    noexcept;  // once for each flight in which something was lost
    { c.on_timeout() }
    noexcept;  // the retransmission timer expired
};

/// The paper's: no congestion control; only the peer's window limits.
struct fixed_window {
    [[nodiscard]] constexpr std::uint32_t window() const noexcept { return 0xffff; }
    constexpr void start(const congestion_start&) noexcept {}
    constexpr void on_delivered(std::uint16_t, const path_state&) noexcept {}
    constexpr void on_loss(const path_state&) noexcept {}
    constexpr void on_timeout() noexcept {}
};

static_assert(congestion_control<fixed_window>);

/// The congestion control that `options::congestion` names: fixed, AIMD or delay target. Whole
/// segments, and no clock: a round is over when a window of segments has been delivered.
///
/// A loss does not say whether a queue overflowed or a bit was hit. The round trip does: the window
/// shrinks to what the path would hold without the queue that was measured, at most to the half. A
/// loss without a queue costs nothing; one behind a long queue halves, as in RFC 5681
/// (docs/decisions/0022). The queue is that of the shortest round trip of a round, for any single
/// one may hold the delay of an acknowledgement.
class chosen_congestion {
public:
    constexpr void start(const congestion_start& s) noexcept {
        *this = {};
        kind_ = s.kind;
        window_ = s.initial_window;
        if (window_ > round_min) left_ = window_;
    }

    [[nodiscard]] constexpr std::uint32_t window() const noexcept {
        return kind_ == congestion_kind::fixed ? 0xffff : window_;
    }

    constexpr void on_delivered(std::uint16_t count, const path_state& path) noexcept {
        if (kind_ == congestion_kind::fixed) return;
        const bool round_over = measure(count, path);
        const duration allowed = path.shortest + path.delay_target;
        if (kind_ == congestion_kind::delay_target && last_round_ > ns(allowed) &&
            last_round_ != none) {
            if (round_over) shrink(allowed, duration{last_round_});
            return;
        }
        // A window that was not used has not been tried: it does not grow (RFC 7661).
        if (path.outstanding + count < window_) return;
        if (window_ < threshold_) {
            const std::uint32_t wanted = std::uint32_t{window_} + count;
            window_ = static_cast<std::uint16_t>(wanted < threshold_ ? wanted : threshold_);
            return;
        }
        grown_ = static_cast<std::uint16_t>(grown_ + count);
        if (grown_ < window_) return;
        grown_ = 0;
        if (window_ < window_max) ++window_;
    }

    constexpr void on_loss(const path_state& path) noexcept {
        if (kind_ == congestion_kind::fixed || window_ < window_min) return;
        std::uint32_t rtt = last_round_ < this_round_ ? last_round_ : this_round_;
        if (rtt == none) rtt = ns(path.latest);
        shrink(path.shortest + path.delay_target, duration{rtt});
    }

    constexpr void on_timeout() noexcept {
        if (kind_ == congestion_kind::fixed) return;
        threshold_ = half();
        window_ = 1;
        grown_ = 0;
    }

private:
    static constexpr std::uint16_t window_max = 16'383;  // the largest X
    static constexpr std::uint16_t window_min = 2;
    static constexpr std::uint16_t round_min = 8;  // fewer may all hold an acknowledgement delay
    static constexpr std::uint16_t reordered_min = 32;  // ... or what kept a frame back
    static constexpr std::uint32_t none = 0xffff'ffff;

    static constexpr std::uint32_t ns(duration d) noexcept {
        return d.count() < none ? static_cast<std::uint32_t>(d.count()) : none - 1;
    }

    [[nodiscard]] constexpr std::uint16_t half() const noexcept {
        const auto half = static_cast<std::uint16_t>(window_ / 2);
        return half > window_min ? half : window_min;
    }

    /// The window times `part / whole`, at least half of it.
    constexpr void shrink(duration part, duration whole) noexcept {
        const std::uint16_t lowest = half();
        std::uint16_t wanted = window_;
        if (whole > part)
            wanted = static_cast<std::uint16_t>(window_ * part.count() / whole.count());
        window_ = wanted > lowest ? wanted : lowest;
        threshold_ = window_;
        grown_ = 0;
    }

    /// Takes a round trip into account; whether it was the last of its round.
    constexpr bool measure(std::uint16_t count, const path_state& path) noexcept {
        if (ns(path.latest) < this_round_) this_round_ = ns(path.latest);
        if (left_ > count) {
            left_ = static_cast<std::uint16_t>(left_ - count);
            return false;
        }
        const std::uint16_t least = path.reorders ? reordered_min : round_min;
        left_ = window_ > least ? window_ : least;
        last_round_ = this_round_;
        this_round_ = none;
        return true;
    }

    std::uint32_t this_round_ = none;  ///< shortest round trip so far, nanoseconds
    std::uint32_t last_round_ = none;  ///< of the round before
    std::uint16_t window_ = 1;
    std::uint16_t threshold_ = window_max;  ///< below it the window doubles each round trip
    std::uint16_t grown_ = 0;               ///< delivered since it grew by one
    std::uint16_t left_ = round_min;        ///< to be delivered until the round is over
    congestion_kind kind_ = congestion_kind::fixed;
};

static_assert(congestion_control<chosen_congestion>);
static_assert(sizeof(chosen_congestion) <= 24);

}  // namespace rrdp
