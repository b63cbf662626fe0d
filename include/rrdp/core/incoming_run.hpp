// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include <rrdp/core/incoming.hpp>
#include <rrdp/wire/reset.hpp>

namespace rrdp {

/// What a run may have: the receiver's own bounds.
struct run_limits {
    std::uint32_t segments = 0;  ///< 2 * RCV.MAX
    std::uint32_t octets = 0;    ///< the MAXMSG that was announced
};

/// The message whose segments are just coming into sequence (7.7): how many must still follow, and
/// what it has so far. A message is judged here, in the order of its numbers, and not on arrival,
/// so that the verdict does not depend on the order of arrival.
class incoming_run {
public:
    /// The next in sequence is `in`. Nothing, or the protocol error that this is; then nothing has
    /// changed.
    [[nodiscard]] constexpr std::optional<wire::reset_reason> pass(
        const incoming& in, const run_limits& limits) noexcept {
        const bool whole = in.kind != segment_kind::data || in.bundled != 0;
        if (whole && left_ > 0) return wire::reset_reason::protocol_error;
        if (in.bundled != 0 && longest_of(in, limits) > limits.octets)
            return wire::reset_reason::too_long;
        if (whole) return std::nullopt;
        if (left_ == 0 && std::uint32_t{in.following} + 1 > limits.segments)
            return wire::reset_reason::too_long;
        if (left_ > 0 && in.following != left_ - 1) return wire::reset_reason::protocol_error;
        const auto size = static_cast<std::uint32_t>(in.data.size());
        const std::uint32_t total = (left_ == 0 ? 0 : octets_) + size;
        if (total + in.following > limits.octets)  // each of those that follow has one at least
            return wire::reset_reason::too_long;
        octets_ = total;
        left_ = in.following;
        return std::nullopt;
    }

    /// Segments that must still follow; 0 between messages.
    [[nodiscard]] constexpr std::uint16_t left() const noexcept { return left_; }

private:
    /// The longest message of a bundle, if it can be too long at all.
    [[nodiscard]] static constexpr std::size_t longest_of(const incoming& in,
                                                          const run_limits& limits) noexcept {
        return in.data.size() <= limits.octets ? 0 : wire::longest_of_bundle(in.data, in.bundled);
    }

    std::uint32_t octets_ = 0;
    std::uint16_t left_ = 0;
};

}  // namespace rrdp
