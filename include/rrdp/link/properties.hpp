// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <rrdp/base/time.hpp>
#include <rrdp/wire/mac_address.hpp>

namespace rrdp {

/// What a link says of itself, once and for all: the answer does not change while the link lives.
struct link_properties {
    /// The longest frame in octets: header of the link and payload, without the Ethernet FCS. For
    /// an Ethernet interface it is the MTU plus 14.
    std::size_t max_frame = 1'514;

    /// The station address of this end; all zero where the link has none.
    wire::mac_address address{};

    /// Whether frames arrive in the order in which they were committed.
    bool fifo = true;

    /// How long a frame may stay in the link at most, where order is not kept.
    duration msl{};

    /// Whether all members are equal.
    friend constexpr bool operator==(const link_properties&,
                                     const link_properties&) noexcept = default;
};

}  // namespace rrdp
