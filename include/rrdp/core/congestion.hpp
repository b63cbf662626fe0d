// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>

namespace rrdp {

/// Which congestion control a connection uses, where the policy lets it choose (section 18).
enum class congestion_kind : std::uint8_t {
    fixed,         ///< none: only the peer's window limits (the paper)
    aimd,          ///< additive increase, multiplicative decrease (RFC 5681)
    delay_target,  ///< holds the round trip near a target
};

/// How many segments the path may hold, as a policy: plain data inside the connection, told of
/// what was delivered and what was lost, asked for the window (S5 of ).
template <class C>
concept congestion_control = std::copyable<C> &&
    requires(C& c, const C& view, std::uint16_t count) {
    { view.window() }
    noexcept->std::same_as<std::uint32_t>;  // in segments
    { c.on_delivered(count) }
    noexcept;  // newly acknowledged or EACKed
    { c.on_loss() }
    noexcept;  // the packet threshold struck
    { c.on_timeout() }
    noexcept;  // the retransmission timer did
};

/// The paper's: no congestion control; only the peer's window limits.
struct fixed_window {
    [[nodiscard]] constexpr std::uint32_t window() const noexcept { return 0xffff; }
    constexpr void on_delivered(std::uint16_t) noexcept {}
    constexpr void on_loss() noexcept {}
    constexpr void on_timeout() noexcept {}
};

static_assert(congestion_control<fixed_window>);

}  // namespace rrdp
