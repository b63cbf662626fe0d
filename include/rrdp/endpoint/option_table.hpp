// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include <rrdp/base/assert.hpp>
#include <rrdp/base/result.hpp>
#include <rrdp/core/options.hpp>

namespace rrdp {

/// A set of options, and how many connections and listeners use it.
struct option_set {
    options values{};
    std::uint32_t users = 0;
};

/// The different option sets in use. Thousands of connections share a handful of them, so a
/// connection holds a number and not the options themselves (docs/decisions/0015).
class option_table {
public:
    constexpr option_table() noexcept = default;
    constexpr explicit option_table(std::span<option_set> sets) noexcept : sets_{sets} {}

    /// The number of a set equal to `o`, with one more user; `too_many_option_sets` when it is new
    /// and there is no place.
    [[nodiscard]] constexpr result<std::uint16_t, errc> acquire(const options& o) noexcept {
        std::size_t place = sets_.size();
        for (std::size_t i = 0; i < sets_.size(); ++i) {
            if (sets_[i].users == 0) {
                if (place == sets_.size()) place = i;
            } else if (sets_[i].values == o) {
                place = i;
                break;
            }
        }
        if (place == sets_.size()) return errc::too_many_option_sets;
        sets_[place].values = o;
        ++sets_[place].users;
        return static_cast<std::uint16_t>(place);
    }

    constexpr void share(std::uint16_t set) noexcept { ++sets_[set].users; }

    constexpr void release(std::uint16_t set) noexcept {
        RRDP_ASSERT(sets_[set].users > 0);
        --sets_[set].users;
    }

    [[nodiscard]] constexpr const options& at(std::uint16_t set) const noexcept {
        return sets_[set].values;
    }

private:
    std::span<option_set> sets_;
};

}  // namespace rrdp
