// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results.hpp"

namespace rrdp::bench {

/// Many senders to one, around a simulated switch of 1 Gb/s whose ports hold 128 KiB: in virtual
/// time, the same on every machine. Prints, and writes the JSON that was asked for.
int run_incast(results& all);

}  // namespace rrdp::bench
