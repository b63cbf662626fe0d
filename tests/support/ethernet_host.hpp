// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <rrdp/rrdp.hpp>

/// Nodes of tests on a link that has no addresses: those are made of their numbers.
namespace rrdp::testing {

inline wire::mac_address ethernet_address(std::uint8_t number) {
    return {{2, 0, 0, 0, 0, number}};
}

inline node_options<wire::ethernet_framing> ethernet_host(std::uint8_t number) {
    node_options<wire::ethernet_framing> o;
    o.node = node_id{number};
    o.address = ethernet_address(number);
    return o;
}

}  // namespace rrdp::testing
