// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <string>

#include <rrdp/core/errc.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

TEST_CASE("errc: every error has a name of its own", "[core]") {
    constexpr auto count = static_cast<std::size_t>(errc::out_of_memory) + 1;
    std::set<std::string> names;
    for (std::size_t i = 0; i < count; ++i) names.insert(name(static_cast<errc>(i)));
    CHECK(names.size() == count);
    CHECK(names.count("?") == 0);
    CHECK(std::string{name(static_cast<errc>(count))} == "?");
    CHECK(std::string{name(errc::ok)} == "ok");
    CHECK(std::string{name(errc::out_of_memory)} == "out_of_memory");
}

TEST_CASE("errc: no error is what a value-initialised errc says", "[core]") {
    CHECK(errc{} == errc::ok);
}

}  // namespace
}  // namespace rrdp
