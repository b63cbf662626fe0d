// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

namespace rrdp {

/// One member of each element of an array, as if they were an array of their own: what is touched
/// together lies together, and whoever needs one part of it need not know the rest.
template <class Whole, class Part, Part Whole::*member>
class member_view {
public:
    constexpr member_view() noexcept = default;
    constexpr explicit member_view(std::span<Whole> all) noexcept : all_{all.data()} {}

    [[nodiscard]] constexpr Part& operator[](std::size_t n) const noexcept {
        return all_[n].*member;
    }

private:
    Whole* all_ = nullptr;
};

}  // namespace rrdp
