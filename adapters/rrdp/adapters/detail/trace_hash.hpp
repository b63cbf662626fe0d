// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <rrdp/base/octets.hpp>

namespace rrdp::adapters::detail {

/// FNV-1a over 64 bits: a fingerprint of everything that was added, in order. Numbers count as
/// eight octets, most significant first, so that it is the same on every machine.
class trace_hash {
public:
    void add(octets_view bytes) noexcept {
        for (const std::byte octet : bytes) add_octet(std::to_integer<std::uint64_t>(octet));
    }
    void add(std::uint64_t number) noexcept {
        for (int shift = 56; shift >= 0; shift -= 8) add_octet(number >> shift & 0xff);
    }
    [[nodiscard]] std::uint64_t value() const noexcept { return value_; }

private:
    void add_octet(std::uint64_t octet) noexcept { value_ = (value_ ^ octet) * 0x100'0000'01b3; }

    std::uint64_t value_ = 0xcbf2'9ce4'8422'2325;
};

}  // namespace rrdp::adapters::detail
