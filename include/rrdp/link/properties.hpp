// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <rrdp/base/time.hpp>
#include <rrdp/wire/mac_address.hpp>

namespace rrdp {

/// Who answers for the octets of a frame on this link.
enum class checksum_mode : std::uint8_t {
    needed,            ///< nobody: the receiver must sum (the default, and right for Ethernet)
    verified_by_link,  ///< the link has already refused damaged frames
    not_needed,        ///< the frames never leave memory that both ends trust
};

/// What a link says of itself, once and for all: the answer does not change while the link lives.
struct link_properties {
    /// The longest frame in octets: header of the link and payload, without the Ethernet FCS. For
    /// an Ethernet interface it is the MTU plus 14.
    std::size_t max_frame = 1'514;

    /// The station address of this end; all zero where the link has none.
    wire::mac_address address{};

    checksum_mode checksum = checksum_mode::needed;

    /// Whether frames arrive in the order in which they were committed.
    bool fifo = true;

    /// How long a frame may stay in the link at most, where order is not kept.
    duration msl{};

    /// Octets in front of a leased frame that the owner of the frame may write as well.
    std::size_t headroom = 0;

    friend constexpr bool operator==(const link_properties&,
                                     const link_properties&) noexcept = default;
};

}  // namespace rrdp
