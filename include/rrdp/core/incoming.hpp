// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <rrdp/core/segment_pool.hpp>
#include <rrdp/core/sequence.hpp>

namespace rrdp {

/// What a consuming segment brings.
struct incoming {
    sequence number;
    segment_kind kind = segment_kind::data;
    std::uint16_t following = 0;  ///< segments of the same message behind it (FRAG)
    std::uint8_t bundled = 0;     ///< messages in it, if several (BUNDLE)
    octets_view data;
};

}  // namespace rrdp
