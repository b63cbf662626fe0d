// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "bench/paired_ratios.hpp"

namespace rrdp::bench {

/// What several rounds of the same thing took, or their ratios: the middle and the middle half.
struct spread {
    double median = 0;
    double low = 0;
    double high = 0;
};

[[nodiscard]] inline spread spread_of(std::vector<double> values) {
    if (values.empty()) return {};
    std::sort(values.begin(), values.end());
    const std::size_t n = values.size();
    return {values[n / 2], values[n / 4], values[3 * n / 4]};
}

/// Each round of one over the same round of another.
[[nodiscard]] inline spread ratio_of(const std::vector<double>& over,
                                     const std::vector<double>& under) {
    return spread_of(paired_ratios(over, under));
}

}  // namespace rrdp::bench
