// SPDX-License-Identifier: Apache-2.0
#include <rrdp/core/profiles.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

using namespace std::chrono_literals;

using wire::features;

constexpr features lan_offer = features::fin | features::credit | features::empty | features::frag |
                               features::tag | features::bundle;

/// What all profiles have in common.
bool common_values(const options& o) {
    return o.fin_wait == 5s && o.challenges == 100 && o.required.none() && o.auto_close &&
           o.verify_mtu && o.ordered && !o.offered.has(features::cookie) && !o.urgent &&
           o.receive_slots >= 2 * o.max_outstanding;
}

TEST_CASE("profiles: lan, the default, has the values of the specification", "[core][R-18.1]") {
    constexpr options o = profiles::lan;
    CHECK(common_values(o));
    CHECK(o == options{});
    CHECK(o.offered == lan_offer);
    CHECK((o.extended && o.identify && o.trust_boot_id));
    CHECK((o.max_outstanding == 64 && o.message_max == 65'536));
    CHECK((o.ack_every == 2 && o.ack_delay == 1ms));
    CHECK((o.rto_initial == 50ms && o.rto_min == 2ms && o.rto_max == 1000ms));
    CHECK((o.congestion == congestion_kind::aimd && o.initial_window == 10));
    CHECK(o.keepalive == 1s);
    CHECK((o.give_up == 5s && o.connect_timeout == 3s && o.linger == 2s));
    CHECK((o.persist_max == 200ms && o.msl == 20ms && o.eack_entries == 32));
}

TEST_CASE("profiles: paper_exact offers nothing and has the values of the specification",
          "[core][R-18.1][R-18.2]") {
    constexpr options o = profiles::paper_exact;
    CHECK(common_values(o));
    CHECK((o.offered.none() && !o.extended && !o.identify && !o.trust_boot_id));
    CHECK(o.max_outstanding == 32);
    CHECK((o.ack_every == 1 && o.ack_delay == 0ms));
    CHECK((o.rto_initial == 100ms && o.rto_min == 10ms && o.rto_max == 2000ms));
    CHECK(o.congestion == congestion_kind::fixed);
    CHECK(o.keepalive == 0s);
    CHECK((o.give_up == 5s && o.connect_timeout == 3s && o.linger == 2s));
    CHECK(o.eack_entries == 248);
}

TEST_CASE("profiles: low_latency has the values of the specification", "[core][R-18.1]") {
    constexpr options o = profiles::low_latency;
    CHECK(common_values(o));
    CHECK(o.offered == lan_offer - features::frag - features::bundle);
    CHECK((o.extended && o.identify && o.trust_boot_id));
    CHECK(o.max_outstanding == 64);
    CHECK((o.ack_every == 2 && o.ack_delay == 50us));
    CHECK((o.rto_initial == 5ms && o.rto_min == 200us && o.rto_max == 200ms));
    CHECK(o.congestion == congestion_kind::fixed);
    CHECK(o.keepalive == 200ms);
    CHECK((o.give_up == 1s && o.connect_timeout == 1s && o.linger == 500ms));
    CHECK((o.persist_max == 200ms && o.msl == 20ms && o.eack_entries == 32));
}

TEST_CASE("profiles: udp has the values of the specification", "[core][R-18.1][R-13.4]") {
    constexpr options o = profiles::udp;
    CHECK(common_values(o));
    CHECK(o.offered == (lan_offer | features::wide | features::crc32c));
    CHECK((o.extended && o.identify && !o.trust_boot_id));
    CHECK((o.max_outstanding == 256 && o.message_max == 262'144));
    CHECK((o.ack_every == 2 && o.ack_delay == 5ms));
    CHECK((o.rto_initial == 1s && o.rto_min == 200ms && o.rto_max == 10s));
    CHECK((o.congestion == congestion_kind::aimd && o.initial_window == 10));
    CHECK(o.keepalive == 15s);
    CHECK((o.give_up == 30s && o.connect_timeout == 10s && o.linger == 30s));
    CHECK((o.persist_max == 200ms && o.msl == 2s && o.eack_entries == 64));
}

}  // namespace
}  // namespace rrdp
