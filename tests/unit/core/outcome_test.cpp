// SPDX-License-Identifier: Apache-2.0
#include <rrdp/core/outcome.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

constexpr send_ledger three_of_each{.accepted = 9, .sent = 6, .confirmed = 3};
static_assert(outcome_of(three_of_each, 2) == outcome::confirmed);
static_assert(outcome_of(three_of_each, 3) == outcome::in_doubt);
static_assert(outcome_of(three_of_each, 5) == outcome::in_doubt);
static_assert(outcome_of(three_of_each, 6) == outcome::not_sent);

TEST_CASE("outcome: each message has one, in three contiguous ranges whose sizes add up",
          "[core][R-19.6][R-19.13]") {
    constexpr std::uint64_t most = 6;
    for (std::uint64_t accepted = 0; accepted <= most; ++accepted)
        for (std::uint64_t sent = 0; sent <= accepted; ++sent)
            for (std::uint64_t confirmed = 0; confirmed <= sent; ++confirmed) {
                const send_ledger ledger{accepted, sent, confirmed};
                std::uint64_t count[3]{};
                auto before = outcome::confirmed;
                for (std::uint64_t index = 0; index < accepted; ++index) {
                    const outcome o = outcome_of(ledger, index);
                    ++count[static_cast<std::size_t>(o)];
                    CHECK(o >= before);
                    before = o;
                }
                CHECK(count[0] == confirmed);
                CHECK(count[1] == sent - confirmed);
                CHECK(count[2] == accepted - sent);
            }
}

TEST_CASE("outcome: indices beyond 32 bits are told apart", "[core][R-19.6]") {
    constexpr std::uint64_t many = std::uint64_t{1} << 33;
    const send_ledger ledger{.accepted = many + 3, .sent = many + 2, .confirmed = many + 1};
    CHECK(outcome_of(ledger, many) == outcome::confirmed);
    CHECK(outcome_of(ledger, many + 1) == outcome::in_doubt);
    CHECK(outcome_of(ledger, many + 2) == outcome::not_sent);
}

}  // namespace
}  // namespace rrdp
