// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "bench/paired_ratios.hpp"

namespace rrdp::bench {

[[nodiscard]] inline double median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

/// A median, and where that of all rounds one could make lies: between the k-th smallest and the
/// k-th largest, with the probability that the binomial distribution gives (no other assumption).
/// 95 % or more; where the rounds are too few for it, all of them and what that comes to.
struct interval {
    double middle = 0, low = 0, high = 0;
    double confidence = 0;  ///< 0 to 1
};

[[nodiscard]] inline interval interval_of(std::vector<double> values) {
    interval i;
    if (values.empty()) return i;
    std::sort(values.begin(), values.end());
    const std::size_t n = values.size();
    double outside = std::pow(0.5, static_cast<double>(n));  // beyond the smallest
    double term = outside;
    std::size_t k = 0;
    for (; k + 1 < n / 2; ++k) {
        term *= static_cast<double>(n - k) / static_cast<double>(k + 1);
        if (2 * (outside + term) > 0.05) break;
        outside += term;
    }
    i.middle = median(values);
    i.low = values[k];
    i.high = values[n - 1 - k];
    i.confidence = n == 1 ? 0 : 1 - 2 * outside;
    return i;
}

/// The ratios of what was measured in the same rounds.
[[nodiscard]] inline interval paired(const std::vector<double>& over,
                                     const std::vector<double>& under) {
    return interval_of(paired_ratios(over, under));
}

}  // namespace rrdp::bench
