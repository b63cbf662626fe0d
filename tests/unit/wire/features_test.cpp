// SPDX-License-Identifier: Apache-2.0
#include <rrdp/wire/features.hpp>

#include "support/catch.hpp"

namespace rrdp::wire {
namespace {

TEST_CASE("features: E, F and C are counted from the bits of the specification", "[wire][R-3.1]") {
    for (unsigned bits = 0; bits <= 0xffff; ++bits) {
        const features set{static_cast<std::uint16_t>(bits)};
        const unsigned e =
            (bits & 0x0100 ? 2U : 0U) + (bits & 0x8000 ? 2U : 0U) + (bits & 0x1000 ? 2U : 0U);
        const bool right = set.extension_words() == e &&
                           set.fragment_words() == (bits & 0x0200 ? 1U : 0U) &&
                           set.credit_words() == (bits & 0x4000 ? 1U : 0U);
        if (!right) FAIL_CHECK("wrong for " << bits);
    }
    CHECK(features::all.extension_words() == 6);
}

TEST_CASE("features: SEC and the reserved bits count as not offered", "[wire][R-3.7]") {
    CHECK(features{0x00bf}.none());
    CHECK(features{0xffff} == features::all);
    CHECK(features{0x2080} == features::fin);
}

TEST_CASE("features: what is effective is the intersection", "[wire][R-5.6]") {
    constexpr features mine = features::fin | features::tag | features::credit;
    constexpr features theirs = features::fin | features::credit | features::wide;
    CHECK((mine & theirs) == (features::fin | features::credit));
    CHECK((mine & theirs).subset_of(mine));
    CHECK_FALSE(theirs.subset_of(mine));
    CHECK(mine.has(features::fin | features::tag));
    CHECK_FALSE(mine.has(features::fin | features::wide));
    CHECK(mine.has({}));
    CHECK(mine - theirs == features::tag);
}

TEST_CASE("features: BUNDLE is nothing without FRAG", "[wire][R-5.6]") {
    constexpr features bundles = features::fin | features::bundle;
    CHECK(agreed_on(bundles, features::all) == features::fin);
    CHECK(agreed_on(features::all, bundles) == features::fin);
    CHECK(agreed_on(features::all, features::all) == features::all);
    CHECK(agreed_on(bundles | features::frag, bundles) == features::fin);
}

}  // namespace
}  // namespace rrdp::wire
