// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/wire/header.hpp>

namespace rrdp::wire {

/// A segment where it lies in the frame: what `parse()` makes. It borrows the frame's octets and is
/// valid as long as they are.
struct segment_view {
    header base{};         ///< the fixed header
    octets_view octets{};  ///< exactly the header and the data; padding is cut off (R-2.8)

    /// The header after word 6: extension block and tail, or the variable header of a SYN.
    [[nodiscard]] constexpr octets_view variable() const noexcept {
        return octets.subspan(base_octets, base.header_octets() - base_octets);
    }

    /// The data.
    [[nodiscard]] constexpr octets_view payload() const noexcept {
        return octets.subspan(base.header_octets());
    }
};

}  // namespace rrdp::wire
