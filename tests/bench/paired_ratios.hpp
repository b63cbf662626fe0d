// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace rrdp::bench {

/// Each round of one over the same round of the other, where both were measured: what the machine
/// did meanwhile, it did to both.
[[nodiscard]] inline std::vector<double> paired_ratios(const std::vector<double>& over,
                                                       const std::vector<double>& under) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < over.size() && i < under.size(); ++i)
        if (over[i] > 0 && under[i] > 0) ratios.push_back(over[i] / under[i]);
    return ratios;
}

}  // namespace rrdp::bench
