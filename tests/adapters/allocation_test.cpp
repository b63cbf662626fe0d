// SPDX-License-Identifier: Apache-2.0
#include <rrdp/adapters/capture_file.hpp>
#include <rrdp/adapters/captured.hpp>
#include <rrdp/adapters/faulty.hpp>
#include <rrdp/adapters/loopback.hpp>
#include <rrdp/adapters/simulated.hpp>

#include "adapters/counted_new.hpp"
#include "support/catch.hpp"

namespace rrdp {

using namespace std::chrono_literals;

namespace {

/// Sends 10 000 frames from `a` to `b`; answers how many allocations that took.
template <class From, class To, class Turn>
std::size_t allocations_of_traffic(From& from, To& to, Turn turn) {
    std::size_t received = 0;
    const std::size_t before = allocations;
    for (int i = 0; i < 10'000; ++i) {
        if (auto lease = from.lease(100)) lease->commit(100);
        turn();
        while (to.receive()) ++received;
    }
    const std::size_t after = allocations;
    CHECK(received > 1'000);
    return after - before;
}

}  // namespace

TEST_CASE("links in memory allocate at construction and never afterwards",
          "[adapters][loopback][simulated][faulty][captured][R-17.2]") {
    const std::size_t before = allocations;
    adapters::loopback wire;
    CHECK(allocations > before);  // the counter counts
    CHECK(allocations_of_traffic(wire.a, wire.b, [] {}) == 0);

    adapters::faulty bad{
        wire.a,
        1,
        {.transmit = {.loss = 0.1, .duplicate = 0.2, .reorder = 0.2}, .receive = {.corrupt = 0.5}}};
    CHECK(allocations_of_traffic(bad, wire.b, [&] { bad.flush(); }) == 0);

    adapters::simulated air{
        1,
        {.faults = {.loss = 0.1, .duplicate = 0.1, .reorder = 0.1, .corrupt = 0.1}, .jitter = 1ms}};
    adapters::capture_file file{"/dev/null"};
    adapters::captured noted{wire.a, file, "a"};
    CHECK(allocations_of_traffic(noted, wire.b, [] {}) == 0);
    CHECK(file.frames() == 10'000);

    const auto turn = [&] { air.advance(std::optional{air.time() + 10us}); };
    CHECK(allocations_of_traffic(air.a, air.b, turn) == 0);
}

}  // namespace rrdp
