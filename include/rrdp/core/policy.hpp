// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>

#include <rrdp/base/time.hpp>
#include <rrdp/core/congestion.hpp>
#include <rrdp/core/observer.hpp>
#include <rrdp/wire/checksum.hpp>
#include <rrdp/wire/ethernet.hpp>
#include <rrdp/wire/framing.hpp>

namespace rrdp {

/// What an engine is made of: types and array bounds, fixed when it is compiled. Override by
/// inheritance. Amounts are `capacities`, other numbers are `options` (docs/decisions/0002).
struct default_policy {
    /// The largest X that an option may announce or use; two rings of 2X handles serve a busy
    /// connection.
    static constexpr std::uint16_t max_outstanding = 64;
    /// The granularity of the timers: a fraction of the shortest delay an option may ask for.
    static constexpr duration timer_tick{4'096};

    using framing = wire::ethernet_framing;  ///< how a segment is wrapped
    using checksum = wire::inet_checksum;    ///< how octets are protected
    using congestion = chosen_congestion;    ///< how many segments the path may hold
    using observer = null_observer;          ///< who is told while it happens
};

/// What an engine can be made of: `default_policy` and whatever has the same members.
template <class P>
concept policy = requires {
    { P::max_outstanding } -> std::convertible_to<std::uint16_t>;
    { P::timer_tick } -> std::convertible_to<duration>;
    requires wire::framing<typename P::framing>;
    requires wire::checksum_policy<typename P::checksum>;
    requires congestion_control<typename P::congestion>;
    typename P::observer;
};

static_assert(policy<default_policy>);

}  // namespace rrdp
