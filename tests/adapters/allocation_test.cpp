// SPDX-License-Identifier: Apache-2.0
#include <rrdp/adapters/capture_file.hpp>
#include <rrdp/adapters/captured.hpp>
#include <rrdp/adapters/faulty.hpp>
#include <rrdp/adapters/loopback.hpp>
#include <rrdp/adapters/shm.hpp>
#include <rrdp/adapters/simulated.hpp>
#include <rrdp/adapters/udp.hpp>
#include <rrdp/adapters/unix_datagram.hpp>
#include <rrdp/link/any_link.hpp>

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

TEST_CASE("a link without a type allocates nothing at all", "[link][any_link][R-17.2]") {
    adapters::loopback wire;
    adapters::faulty bad{wire.a, 1, {.transmit = {.loss = 0.1, .duplicate = 0.2, .reorder = 0.2}}};
    const std::size_t before = allocations;
    erased near{bad};
    erased far{wire.b};
    any_link& a = near;
    any_link& b = far;
    CHECK(allocations == before);
    CHECK(allocations_of_traffic(a, b, [&] { a.flush(); }) == 0);
}

TEST_CASE("links over sockets allocate at construction and never afterwards",
          "[adapters][udp][unix][R-17.2]") {
    const std::string name = "@rrdp-allocation-" + std::to_string(::getpid());
    adapters::unix_datagram one{name};
    adapters::unix_datagram other{name};
    CHECK(allocations_of_traffic(one, other, [&] { one.flush(); }) == 0);

    adapters::udp near{adapters::udp_options{.address = {{{127, 0, 0, 1}}, 0}}};
    adapters::udp far{adapters::udp_options{.address = {{{127, 0, 0, 1}}, 0}}};
    std::array<std::byte, 100> frame{};
    const framings::udp4 framing;
    framing.write_header(frame, far.address(), near.address());
    REQUIRE(framing.finish(frame, frame.size() - framings::udp4::overhead) == frame.size());
    std::size_t received = 0;
    const std::size_t before = allocations;
    for (int i = 0; i < 10'000; ++i) {
        if (auto lease = near.lease(frame.size())) {
            copy_octets(frame, lease->bytes());
            lease->commit(frame.size());
        }
        if (i % 20 == 0) near.flush();
        while (far.receive()) ++received;
    }
    const std::size_t after = allocations;
    CHECK(after == before);
    CHECK(received > 1'000);
    CHECK(near.statistics().refused == 0);
}

TEST_CASE("shm: a link in shared memory allocates at construction and never afterwards",
          "[adapters][shm][R-17.2]") {
    for (const bool copied : {true, false}) {
        const adapters::shm_options options{.copy_received = copied, .sleeps = !copied};
        const auto handles = adapters::make_shm_handles(options);
        const std::size_t before = allocations;
        adapters::shm a{handles, adapters::shm_side::a, options};
        CHECK(allocations > before);
        adapters::shm b{handles, adapters::shm_side::b, options};
        CHECK(allocations_of_traffic(a, b, [&] { a.flush(); }) == 0);
    }
}

}  // namespace rrdp
