// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include <rrdp/rrdp.hpp>

#include "support/catch.hpp"

namespace {

/// What one more connection costs an endpoint, octets: record, table entry, index cells, list links
/// and timer, but neither rings nor segments, which an idle connection has none of.
constexpr double octets_per_idle_connection() {
    rrdp::capacities some{.connections = 1 << 16};
    rrdp::capacities twice{.connections = 1 << 17};
    const auto more =
        rrdp::endpoint<>::memory_required(twice) - rrdp::endpoint<>::memory_required(some);
    return static_cast<double>(more) / (1 << 16);
}

}  // namespace

TEST_CASE("memory: an idle connection costs at most 480 octets, all tables included",
          "[conformance][memory]") {
    using policy = rrdp::default_policy;
    std::printf("sizeof connection_record    %zu\n", sizeof(rrdp::connection_record<policy>));
    std::printf("sizeof connection           %zu\n", sizeof(rrdp::connection<policy>));
    std::printf("sizeof segment_descriptor   %zu\n", sizeof(rrdp::segment_descriptor));
    std::printf("sizeof options              %zu\n", sizeof(rrdp::options));
    std::printf("sizeof endpoint             %zu\n", sizeof(rrdp::endpoint<>));
    std::printf("ring of a busy window       %zu\n",
                rrdp::connection<policy>::ring_slots * sizeof(rrdp::segment_handle));
    std::printf("octets per idle connection  %.1f\n", octets_per_idle_connection());
    CHECK(octets_per_idle_connection() <= 480);
    CHECK(sizeof(rrdp::connection_record<policy>) <= 408);
    CHECK(sizeof(rrdp::segment_descriptor) == 40);
}

TEST_CASE("memory: the default endpoint takes about 6.7 MB, 100 000 connections 60 to 80 MB",
          "[conformance][memory][R-6.1]") {
    const rrdp::capacities many{.connections = 100'000, .rings = 4'096, .segments = 16'384};
    const auto usual = rrdp::endpoint<>::memory_required({});
    const auto large = rrdp::endpoint<>::memory_required(many);
    std::printf("memory of 1 024 connections, 256 rings, 4 096 segments      %zu\n", usual);
    std::printf("memory of 100 000 connections, 4 096 rings, 16 384 segments %zu\n", large);
    CHECK(usual < 7'000'000);
    CHECK(large < 80'000'000);
}
