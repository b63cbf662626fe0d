// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

#include <rrdp/base/assert.hpp>
#include <rrdp/base/octets.hpp>

namespace rrdp {

/// The octets of a message that the caller has in one piece or in several, read in order.
class gather {
public:
    constexpr explicit gather(std::span<const octets_view> parts) noexcept : parts_{parts} {
        for (const octets_view part : parts) left_ += part.size();
    }
    /// Octets not yet read.
    [[nodiscard]] constexpr std::size_t left() const noexcept { return left_; }

    /// Reads as many as `out` has.
    constexpr void read(octets out) noexcept {
        RRDP_ASSERT(out.size() <= left_);
        left_ -= out.size();
        while (!out.empty()) {
            const octets_view rest = parts_.front().subspan(read_);
            const std::size_t n = rest.size() < out.size() ? rest.size() : out.size();
            copy_octets(rest.first(n), out.first(n));
            out = out.subspan(n);
            read_ += n;
            if (n == rest.size()) {
                parts_ = parts_.subspan(1);
                read_ = 0;
            }
        }
    }

private:
    std::span<const octets_view> parts_;
    std::size_t read_ = 0;  ///< of the first part
    std::size_t left_ = 0;
};

}  // namespace rrdp
