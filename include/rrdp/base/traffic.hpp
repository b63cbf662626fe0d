// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace rrdp {

/// What a driver asks an engine to send.
enum class traffic : std::uint8_t {
    all,     ///< whatever is due
    urgent,  ///< RSTs and what urgent connections have: the link has bulk enough (link/pump.hpp)
};

}  // namespace rrdp
