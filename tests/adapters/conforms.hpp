// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/testing/link_conformance.hpp>

#include "support/catch.hpp"

/// Requires that every promise was kept and that as many checks were skipped as are known not to
/// apply.
inline void require_conformance(const std::vector<rrdp::testing::check_result>& results,
                                std::size_t known_skips) {
    std::size_t skips = 0;
    for (const auto& check : results) {
        INFO(check.name << ": " << check.why);
        CHECK(check.passed());
        skips += check.outcome == rrdp::testing::verdict::skipped;
    }
    CHECK(results.size() == rrdp::testing::link_promises);
    CHECK(skips == known_skips);
}

/// The names of the promises that were broken, for links that are bad on purpose.
inline std::vector<std::string> broken_promises(
    const std::vector<rrdp::testing::check_result>& results) {
    std::vector<std::string> names;
    for (const auto& check : results)
        if (!check.passed()) names.emplace_back(check.name);
    return names;
}
