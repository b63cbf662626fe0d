// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <string>
#include <type_traits>

#include <rrdp/core/event.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

static_assert(std::is_trivially_copyable_v<event>, "an event holds no octets");

TEST_CASE("event: every reason of an end has a name of its own", "[core][R-19.3]") {
    constexpr auto count = static_cast<std::size_t>(end_reason::internal_error) + 1;
    std::set<std::string> names;
    for (std::size_t i = 0; i < count; ++i) names.insert(name(static_cast<end_reason>(i)));
    CHECK(names.size() == count);
    CHECK(std::string{name(end_reason::none)} == "none");
    CHECK(std::string{name(end_reason::protocol_error)} == "protocol_error");
    CHECK(std::string{name(end_reason::internal_error)} == "internal_error");
}

TEST_CASE("event: every terminal event of the specification has a reason", "[core][R-19.3]") {
    constexpr auto count = static_cast<std::size_t>(end_reason::internal_error) + 1;
    std::set<std::string> names;
    for (std::size_t i = 0; i < count; ++i) names.insert(name(static_cast<end_reason>(i)));
    for (const char* reason :
         {"clean", "unanswered", "reset", "refused", "timed_out_connect", "timed_out_data",
          "timed_out_keepalive", "timed_out_persist", "peer_restarted", "protocol_error", "aborted",
          "path_mtu_black_hole", "host_unreachable", "link_lost", "internal_error"})
        CHECK(names.count(reason) == 1);
}

}  // namespace
}  // namespace rrdp
