// SPDX-License-Identifier: Apache-2.0
#include <rrdp/core/profiles.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

using namespace std::chrono_literals;

TEST_CASE("profiles: lan has the values of the specification", "[core][R-18.1]") {
    constexpr options o = profiles::lan;
    CHECK(o.max_outstanding == 64);
    CHECK((o.ack_every == 2 && o.ack_delay == 1ms));
    CHECK((o.rto_initial == 50ms && o.rto_min == 2ms && o.rto_max == 1000ms));
    CHECK(o.keepalive == 1s);
    CHECK((o.give_up == 5s && o.connect_timeout == 3s && o.linger == 2s && o.fin_wait == 5s));
    CHECK(o.eack_entries == 32);
    CHECK(o.auto_close);
    CHECK(o.required.none());
    CHECK(o.offered.has(wire::features::fin));
}

TEST_CASE("profiles: paper_exact offers nothing and has the values of the specification",
          "[core][R-18.1][R-18.2]") {
    constexpr options o = profiles::paper_exact;
    CHECK(o.max_outstanding == 32);
    CHECK((o.ack_every == 1 && o.ack_delay == 0ms));
    CHECK((o.rto_initial == 100ms && o.rto_min == 10ms && o.rto_max == 2000ms));
    CHECK(o.keepalive == 0s);
    CHECK((o.give_up == 5s && o.connect_timeout == 3s && o.linger == 2s && o.fin_wait == 5s));
    CHECK(o.eack_entries == 248);
    CHECK((o.offered.none() && o.required.none() && !o.extended));
}

}  // namespace
}  // namespace rrdp
