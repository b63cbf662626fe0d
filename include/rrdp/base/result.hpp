// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <utility>

#include <rrdp/base/assert.hpp>

namespace rrdp {

/// A value or the reason why there is none: the part of std::expected that the engine needs, under
/// the same member names. (docs/decisions/0004)
template <class T, class E>
class [[nodiscard]] result {
public:
    /// A value, or an error.
    constexpr result(T value) noexcept : value_{std::move(value)} {}
    /// A value, or an error.
    constexpr result(E error) noexcept : error_{error} {}

    /// Whether there is a value.
    [[nodiscard]] constexpr bool has_value() const noexcept { return value_.has_value(); }
    /// Whether there is a value.
    constexpr explicit operator bool() const noexcept { return has_value(); }

    /// The value; calling it when there is none is a bug of the caller.
    [[nodiscard]] constexpr const T& operator*() const& noexcept {
        RRDP_ASSERT(has_value());
        return *value_;
    }
    /// The value, which must be there.
    [[nodiscard]] constexpr T& operator*() & noexcept {
        RRDP_ASSERT(has_value());
        return *value_;
    }
    /// The value, which must be there.
    constexpr const T* operator->() const noexcept { return &**this; }
    /// The value, which must be there.
    constexpr T* operator->() noexcept { return &**this; }
    /// The value, which must be there.
    [[nodiscard]] constexpr const T& value() const noexcept { return **this; }

    /// The reason; meaningful only without a value.
    [[nodiscard]] constexpr E error() const noexcept { return error_; }

private:
    std::optional<T> value_;
    E error_{};
};

}  // namespace rrdp
