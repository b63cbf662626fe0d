// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <string>
#include <type_traits>

#include <rrdp/core/statistics.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

static_assert(std::is_trivially_copyable_v<statistics>, "copy them to compare");

TEST_CASE("statistics: every reason has a counter and a name of its own", "[core][R-19.2]") {
    std::set<std::string> names;
    for (std::size_t i = 0; i < drop_reasons; ++i) names.insert(name(static_cast<drop_reason>(i)));
    CHECK(names.size() == drop_reasons);
    CHECK(names.count("?") == 0);
    CHECK(names.count("") == 0);
    CHECK(std::string{name(drop_reason::count_)} == "?");
}

TEST_CASE("statistics: the names are those of the specification", "[core][R-2.15][R-19.1]") {
    std::set<std::string> names;
    for (std::size_t i = 0; i < drop_reasons; ++i) names.insert(name(static_cast<drop_reason>(i)));
    for (const char* counter :
         {"short_frame",   "bad_version",  "bad_zero_bit", "bad_header_length", "bad_data_length",
          "bad_flags",     "bad_port",     "bad_syn",      "group_destination", "bad_source",
          "unknown_node",  "bad_checksum", "wrong_source", "bad_extension",     "bad_tag",
          "bad_crc",       "foreign_port", "no_ack_flag",  "early_segment",     "bad_ack",
          "beyond_window", "duplicate",    "no_slot",      "bad_credit"})
        CHECK(names.count(counter) == 1);
}

TEST_CASE("statistics: a failed check of the wire has the counter of the same name",
          "[core][R-2.15]") {
    constexpr auto last = static_cast<std::size_t>(wire::wire_errc::nr_foreign);
    for (std::size_t i = 0; i <= last; ++i) {
        const auto reason = static_cast<wire::wire_errc>(i);
        CHECK(std::string{name(to_drop_reason(reason))} == name(reason));
    }
}

TEST_CASE("statistics: a drop is counted where it belongs and nowhere else", "[core][R-19.2]") {
    for (std::size_t i = 0; i < drop_reasons; ++i) {
        statistics s;
        s.drop(static_cast<drop_reason>(i));
        s.drop(static_cast<drop_reason>(i));
        CHECK(s.dropped() == 2);
        for (std::size_t k = 0; k < drop_reasons; ++k)
            CHECK(s.dropped(static_cast<drop_reason>(k)) == (i == k ? 2U : 0U));
    }
}

TEST_CASE("statistics: RSTs are counted by reason, and those without a name together",
          "[core][R-19.1][R-19.2]") {
    reset_counters counters;
    for (unsigned reason = 0; reason <= 0xff; ++reason)
        counters.count(static_cast<wire::reset_reason>(reason));
    CHECK(counters.total() == 256);
    for (unsigned reason = 0; reason <= 12; ++reason)
        CHECK(counters.of(static_cast<wire::reset_reason>(reason)) == 1);
    for (const unsigned unnamed : {13U, 14U, 255U})
        CHECK(counters.of(static_cast<wire::reset_reason>(unnamed)) == 256 - 13);
}

}  // namespace
}  // namespace rrdp
