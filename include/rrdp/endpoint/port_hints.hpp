// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace rrdp {

/// A guess at which connection has two ports: the one they belonged to last, if no others have
/// taken its place here. The ports stand beside it, so that a wrong guess touches no connection.
class port_hints {
public:
    static constexpr std::uint32_t nothing = 0xffff'ffff;

    /// The place of a connection that had these ports, or `nothing`; it may be another's by now.
    [[nodiscard]] constexpr std::uint32_t find(std::uint16_t from,
                                               std::uint16_t to) const noexcept {
        const hint& h = hints_[index(from, to)];
        return h.from == from && h.to == to ? h.place : nothing;
    }
    constexpr void remember(std::uint16_t from, std::uint16_t to, std::uint32_t place) noexcept {
        hints_[index(from, to)] = {from, to, place};
    }

private:
    struct hint {
        std::uint16_t from = 0;  ///< a port that nobody has
        std::uint16_t to = 0;
        std::uint32_t place = nothing;
    };
    static constexpr std::size_t count = 64;

    static constexpr std::size_t index(std::uint16_t from, std::uint16_t to) noexcept {
        return static_cast<std::size_t>(from ^ to) % count;
    }

    std::array<hint, count> hints_{};
};

}  // namespace rrdp
