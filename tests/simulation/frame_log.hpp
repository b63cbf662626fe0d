// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include <rrdp/rrdp.hpp>

namespace simulation {

/// Is shown every segment that a node sends, before the wire has its way with it.
class frame_log {
public:
    virtual ~frame_log() = default;
    virtual void sent(std::size_t node, rrdp::instant now, rrdp::octets_view segment) = 0;
};

}  // namespace simulation
