// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/base/octets.hpp>

namespace rrdp::adapters::detail {

/// Asks the processor for the beginning of a frame that another one has just written: both lines in
/// which header and data of a short message lie, at once and before they are needed. One after the
/// other costs twice the way between two processors.
inline void fetch_head(octets_view frame) noexcept {
#if defined(__GNUC__)
    constexpr std::size_t line = 64;
    __builtin_prefetch(frame.data());
    if (frame.size() > line) __builtin_prefetch(frame.data() + line);
#endif
}

}  // namespace rrdp::adapters::detail
