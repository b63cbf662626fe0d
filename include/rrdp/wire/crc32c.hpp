// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include <rrdp/base/octets.hpp>
#include <rrdp/wire/crc32c_instruction.hpp>

namespace rrdp::wire {

namespace detail {

/// Table `k` advances the register by one octet followed by `k` zero octets, so that eight look-ups
/// that do not wait for each other take eight octets at once.
struct crc32c_tables {
    std::array<std::array<std::uint32_t, 256>, 8> step{};

    constexpr crc32c_tables() noexcept {
        constexpr std::uint32_t polynomial = 0x82f6'3b78;  // Castagnoli, reflected
        for (std::uint32_t octet = 0; octet < 256; ++octet) {
            std::uint32_t crc = octet;
            for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? polynomial : 0);
            step[0][octet] = crc;
        }
        for (std::size_t k = 1; k < step.size(); ++k)
            for (std::size_t octet = 0; octet < 256; ++octet) {
                const std::uint32_t crc = step[k - 1][octet];
                step[k][octet] = (crc >> 8) ^ step[0][crc & 0xff];
            }
    }
};

inline constexpr crc32c_tables crc32c_table;

}  // namespace detail

/// The CRC32C of `data`: polynomial of Castagnoli, reflected, initial value and final XOR
/// 0xffffffff; 0 for no octets.
[[nodiscard]] constexpr std::uint32_t crc32c(octets_view data) noexcept {
    const auto& step = detail::crc32c_table.step;
    std::uint32_t crc = 0xffff'ffff;
    if (!std::is_constant_evaluated()) crc = detail::crc32c_by_eights(crc, data);
    while (data.size() >= 8) {
        const auto octet = [data](std::size_t i) {
            return std::to_integer<std::uint32_t>(data[i]);
        };
        const std::uint32_t low =
            crc ^ (octet(0) | octet(1) << 8 | octet(2) << 16 | octet(3) << 24);
        crc = step[7][low & 0xff] ^ step[6][low >> 8 & 0xff] ^ step[5][low >> 16 & 0xff] ^
              step[4][low >> 24] ^ step[3][octet(4)] ^ step[2][octet(5)] ^ step[1][octet(6)] ^
              step[0][octet(7)];
        data = data.subspan(8);
    }
    for (const std::byte octet : data)
        crc = (crc >> 8) ^ step[0][(crc ^ std::to_integer<std::uint32_t>(octet)) & 0xff];
    return ~crc;
}

}  // namespace rrdp::wire
