// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include <rrdp/base/endian.hpp>
#include <rrdp/base/siphash.hpp>
#include <rrdp/base/time.hpp>
#include <rrdp/core/address.hpp>
#include <rrdp/wire/segment.hpp>
#include <rrdp/wire/syn_parameters.hpp>

namespace rrdp {

/// The cookies of section 14: a listener that is full gives one to an opener instead of keeping
/// anything about it, and knows it again when it comes back. So half-open connections of senders
/// that cannot be reached take no place from those that can.
class cookie_jar {
public:
    /// How long a slot of time is. A cookie is good for one to two of them.
    static constexpr duration slot = std::chrono::seconds{8};

    constexpr explicit cookie_jar(const siphash& secret) noexcept : secret_{secret} {}

    /// The cookie for the opener that sent the SYN `s` from `node`: it depends on all that
    /// identifies the opener and its attempt, and on the slot of time.
    [[nodiscard]] constexpr std::uint64_t cookie_for(node_id node, const wire::segment_view& s,
                                                     const wire::syn_parameters& p,
                                                     instant now) const noexcept {
        return in_slot(node, s, p, slot_of(now));
    }

    /// Whether the SYN `s`, which says `p`, brings a cookie of this or the last slot.
    [[nodiscard]] constexpr bool knows(node_id node, const wire::segment_view& s,
                                       const wire::syn_parameters& p, instant now) const noexcept {
        if (p.cookie.size() != 8) return false;
        const std::uint64_t shown = load_be32(p.cookie, 0) * (std::uint64_t{1} << 32) |
                                    std::uint64_t{load_be32(p.cookie, 4)};
        const std::uint64_t current = slot_of(now);
        return shown == in_slot(node, s, p, current) || shown == in_slot(node, s, p, current - 1);
    }

private:
    static constexpr std::uint64_t slot_of(instant now) noexcept {
        return static_cast<std::uint64_t>(now.time_since_epoch() / slot) + 1;
    }
    [[nodiscard]] constexpr std::uint64_t in_slot(node_id node, const wire::segment_view& s,
                                                  const wire::syn_parameters& p,
                                                  std::uint64_t number) const noexcept {
        const wire::header& h = s.base;
        const std::array<std::uint64_t, 3> words{
            std::uint64_t{static_cast<std::uint16_t>(node)} << 48 |
                std::uint64_t{h.source_port} << 32 | std::uint64_t{h.destination_port} << 16 |
                h.sequence.value(),
            std::uint64_t{p.tag.value_or(0)} << 32 | p.sequence_high, number};
        return secret_(words);
    }

    siphash secret_;
};

}  // namespace rrdp
