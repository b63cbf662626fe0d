// SPDX-License-Identifier: Apache-2.0
#include <initializer_list>
#include <optional>
#include <vector>

#include <rrdp/core/incoming_run.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

using wire::reset_reason;
using complaint = std::optional<reset_reason>;

constexpr run_limits generous{.segments = 8, .octets = 1'000};

/// A run and the limits it is judged by.
struct judged {
    run_limits limits = generous;
    incoming_run run{};

    complaint data(std::uint16_t following, std::uint16_t size = 10) {
        const std::vector<std::byte> octets(size);
        return run.pass({sequence{1}, segment_kind::data, following, 0, octets}, limits);
    }
    complaint nul(segment_kind kind = segment_kind::keepalive) {
        return run.pass({sequence{1}, kind, 0, 0, {}}, limits);
    }
};

constexpr auto fine = std::nullopt;

TEST_CASE("incoming_run: a message counts down to zero, then the next one begins",
          "[core][R-7.31][R-3.24]") {
    judged m;
    for (int message = 0; message < 3; ++message) {
        for (std::uint16_t following = 4; following-- > 0;) {
            CHECK(m.data(following) == fine);
            CHECK(m.run.left() == following);
        }
        CHECK(m.data(0) == fine);  // one segment is a message, too
        CHECK(m.nul() == fine);    // and between two any NUL may stand
    }
}

TEST_CASE("incoming_run: within a message only its next segment may come", "[core][R-7.31][T-M4]") {
    for (const auto wrong : std::initializer_list<std::uint16_t>{3, 1, 0, 4, 7}) {
        judged m;
        REQUIRE(m.data(3) == fine);
        CHECK(m.data(wrong) == reset_reason::protocol_error);
        CHECK(m.run.left() == 3);  // nothing has changed
        CHECK(m.data(2) == fine);
    }
    for (const auto kind :
         {segment_kind::keepalive, segment_kind::nul, segment_kind::fin, segment_kind::empty}) {
        judged m;
        REQUIRE(m.data(1) == fine);
        CHECK(m.nul(kind) == reset_reason::protocol_error);
        CHECK(m.data(0) == fine);
        CHECK(m.nul(kind) == fine);
    }
}

TEST_CASE("incoming_run: a message has 2X segments at most, told by its first one",
          "[core][R-7.31][R-3.26][T-M5]") {
    judged m;
    CHECK(m.data(8) == reset_reason::too_long);
    CHECK(m.data(0x7fff) == reset_reason::too_long);
    CHECK(m.data(7) == fine);
}

TEST_CASE(
    "incoming_run: a message has MAXMSG octets at most, each segment still to come counts one",
    "[core][R-7.31][T-M5]") {
    judged m{{.segments = 100, .octets = 30}};
    CHECK(m.data(0, 31) == reset_reason::too_long);
    CHECK(m.data(0, 30) == fine);
    CHECK(m.data(10, 21) == reset_reason::too_long);  // known at the first segment
    CHECK(m.data(10, 20) == fine);
    for (std::uint16_t following = 10; following-- > 0;) CHECK(m.data(following, 1) == fine);
    CHECK(m.data(1, 15) == fine);
    CHECK(m.data(0, 16) == reset_reason::too_long);  // known at the last one
    CHECK(m.data(0, 15) == fine);
}

}  // namespace
}  // namespace rrdp
