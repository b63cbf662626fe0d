// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include <rrdp/rrdp.hpp>

namespace simulation {

/// Is shown every frame that a node sends, before the network has its way with it, those that reach
/// a node and were never sent to it, every one that a node receives, and what else happens.
class frame_log {
public:
    virtual ~frame_log() = default;
    virtual void sent(std::size_t node, rrdp::instant now, rrdp::octets_view frame) = 0;
    virtual void slipped_in(std::size_t node, rrdp::instant now, rrdp::octets_view frame) = 0;
    virtual void came(std::size_t /*node*/, rrdp::instant, rrdp::octets_view /*frame*/) {}
    virtual void said(rrdp::instant now, const std::string& what) = 0;
};

}  // namespace simulation
