// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <rrdp/base/octets.hpp>

namespace rrdp::fuzz {

/// Takes the fuzzer's octets from the front, piece by piece; zeros when there are no more.
class input {
public:
    input(const std::uint8_t* data, std::size_t size)
        : rest_{std::as_bytes(std::span{data, size})} {}

    std::uint8_t octet() {
        const octets_view one = take(1);
        return one.empty() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(one[0]);
    }
    std::uint16_t word() {
        const unsigned high = octet();
        return static_cast<std::uint16_t>(high << 8 | octet());
    }
    std::uint32_t word32() {
        const std::uint32_t high = word();
        return high << 16 | word();
    }
    bool flag() { return (octet() & 1) != 0; }

    /// The next octets, `count` of them or as many as there are.
    octets_view take(std::size_t count) {
        const octets_view taken = rest_.first(count < rest_.size() ? count : rest_.size());
        rest_ = rest_.subspan(taken.size());
        return taken;
    }
    /// The same in whole words.
    octets_view take_words(std::size_t count) {
        const octets_view taken = take(2 * count);
        return taken.first(taken.size() / 2 * 2);
    }
    octets_view rest() { return take(rest_.size()); }
    [[nodiscard]] bool empty() const { return rest_.empty(); }

private:
    octets_view rest_;
};

}  // namespace rrdp::fuzz
