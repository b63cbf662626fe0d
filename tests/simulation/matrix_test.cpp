// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "simulation/matrix.hpp"
#include "support/catch.hpp"
#include "support/sanitized.hpp"

using namespace std::chrono_literals;
using rrdp::wire::features;
using simulation::cell;
using simulation::cell_run;
using simulation::weather;

namespace {

/// How many seeds a cell has; the sanitizers, which are slow, see fewer.
constexpr std::uint64_t seeds_a_cell = rrdp::testing::sanitized ? 5 : 100;

/// What all runs of some cells met, together.
struct totals {
    std::uint64_t lost = 0, duplicated = 0, reordered = 0, corrupted = 0, damaged = 0;
};

void run_cell(const cell& what, std::uint64_t number, totals& met) {
    const char* one = std::getenv("RRDP_SEED");
    const std::uint64_t first = one == nullptr ? 1 : std::strtoull(one, nullptr, 0);
    const std::uint64_t count = one == nullptr ? seeds_a_cell : 1;
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        cell c = what;
        // Without tags two conversations may share numbers: one is enough there.
        c.crash_first = c.profile.offered.has(features::tag) && seed % 4 == 0;
        cell_run run{c, seed * 1'000 + number};
        const bool well = run.run();
        INFO("replay with RRDP_SEED=" << seed << "; loss " << what.loss << ", weather "
                                      << static_cast<int>(what.kind) << ", wrap " << what.wrap);
        INFO(run.complaint());
        REQUIRE(well);
        for (std::size_t n = 0; n < 2 && c.wrap; ++n)
            REQUIRE(run.first_number_of(n).value_or(0) >= 65'500);
        met.lost += run.met().lost;
        met.duplicated += run.met().duplicated;
        met.reordered += run.met().reordered;
        met.corrupted += run.met().corrupted;
        met.damaged += run.met().damaged;
    }
}

/// All cells of a profile and an order of delivery.
void run_profile(rrdp::options profile, bool ordered, std::size_t longest) {
    profile.ordered = ordered;
    const bool extended = profile.extended;
    std::uint64_t number = 0;
    for (const double loss : {0.0, 0.01, 0.1, 0.3, 0.5}) {
        totals met;
        for (const weather kind : {weather::duplication, weather::reordering, weather::damage,
                                   weather::single_bits, weather::everything}) {
            if (kind == weather::damage && !extended) continue;  // no CRC32C to be had
            for (const bool wrap : {false, true}) {
                cell c{.profile = profile,
                       .loss = loss,
                       .kind = kind,
                       .wrap = wrap,
                       .longest = longest};
                const features crc = features::crc32c;
                c.profile.offered =
                    kind == weather::damage ? c.profile.offered | crc : c.profile.offered - crc;
                if (kind == weather::damage) c.profile.required = crc;
                run_cell(c, number++, met);
            }
        }
        // A test of faults that met none would prove nothing.
        CHECK((met.duplicated > 0 && met.reordered > 0 && met.corrupted > 0));
        CHECK((met.damaged > 0) == extended);
        CHECK((met.lost > 0) == (loss > 0));
    }
}

constexpr std::size_t one_segment = 1'400;

constexpr std::size_t several_segments = 4'200;

}  // namespace

TEST_CASE("matrix: paper_exact, ordered: every law of delivery holds in every weather",
          "[simulation][matrix][R-18.1][R-19.8][R-19.9][R-19.10][R-19.11][R-19.13]") {
    run_profile(rrdp::profiles::paper_exact, true, one_segment);
}

TEST_CASE("matrix: paper_exact, unordered: every law of delivery holds in every weather",
          "[simulation][matrix][R-5.9][R-18.1][R-19.8][R-19.9][R-19.10][R-19.11][R-19.13]") {
    run_profile(rrdp::profiles::paper_exact, false, one_segment);
}

TEST_CASE("matrix: lan, ordered: every law of delivery holds in every weather",
          "[simulation][matrix][R-18.1][R-19.8][R-19.9][R-19.10][R-19.11][R-19.12][R-19.13]") {
    run_profile(rrdp::profiles::lan, true, several_segments);
}

TEST_CASE(
    "matrix: lan, unordered: every law of delivery holds in every weather",
    "[simulation][matrix][R-5.9][R-18.1][R-19.8][R-19.9][R-19.10][R-19.11][R-19.12][R-19.13]") {
    run_profile(rrdp::profiles::lan, false, several_segments);
}

TEST_CASE("matrix: low_latency, ordered: every law of delivery holds in every weather",
          "[simulation][matrix][R-18.1][R-19.8][R-19.9][R-19.10][R-19.11][R-19.12][R-19.13]") {
    run_profile(rrdp::profiles::low_latency, true, one_segment);
}

TEST_CASE(
    "matrix: low_latency, unordered: every law of delivery holds in every weather",
    "[simulation][matrix][R-5.9][R-18.1][R-19.8][R-19.9][R-19.10][R-19.11][R-19.12][R-19.13]") {
    run_profile(rrdp::profiles::low_latency, false, one_segment);
}

TEST_CASE("matrix: udp, ordered: every law of delivery holds in every weather",
          "[simulation][matrix][R-18.1][R-19.8][R-19.9][R-19.10][R-19.11][R-19.12][R-19.13]") {
    run_profile(rrdp::profiles::udp, true, several_segments);
}

TEST_CASE(
    "matrix: udp, unordered: every law of delivery holds in every weather",
    "[simulation][matrix][R-5.9][R-18.1][R-19.8][R-19.9][R-19.10][R-19.11][R-19.12][R-19.13]") {
    run_profile(rrdp::profiles::udp, false, several_segments);
}

TEST_CASE("matrix: 200 000 messages each way pass the 16-bit wrap three times",
          "[simulation][matrix][R-1.1][R-1.3][R-19.8][R-19.9][R-19.10][R-19.13]") {
    cell c{.profile = rrdp::profiles::lan,
           .loss = 0.01,
           .wrap = true,
           .messages = 200'000,
           .longest = 48};
    c.profile.offered = c.profile.offered - rrdp::wire::features::bundle;
    cell_run run{c, 3};
    const bool well = run.run();
    INFO(run.complaint());
    REQUIRE(well);
    for (std::size_t n = 0; n < 2; ++n) CHECK(run.first_number_of(n).value_or(0) >= 65'500);
    CHECK((run.met().lost > 0 && run.met().duplicated > 0 && run.met().corrupted > 0));
}
