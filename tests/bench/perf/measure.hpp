// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "place.hpp"
#include "results.hpp"

namespace rrdp::bench {

/// The far end: serves whatever row it is told to until the line ends.
void serve_all(const place& here, line& other);

/// The near end: all rows of the plan in turns, the other end at `other`.
void measure_all(results& all, const std::vector<row>& rows, const place& here, line& other);

/// The rows that the plan wants, with what they are compared with before them.
[[nodiscard]] std::vector<const row*> wanted(const plan& p, const std::vector<row>& rows);

}  // namespace rrdp::bench
