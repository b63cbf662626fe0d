// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstring>

#include <rrdp/adapters/faults.hpp>
#include <rrdp/rrdp.hpp>

/// What happens to the octets of a frame behind the back of the link's own check sequence, and who
/// could see it.
namespace simulation {

/// The ways a frame may be wrong. The sum of 16 bits sees none of `swap` and `zeros`.
enum class garbling : std::uint8_t { bits, burst, swap, zeros, cut_short, longer, stale, header };

namespace detail {

using rrdp::octets;
using rrdp::adapters::frame_dice;

inline void spoil_bits(octets s, frame_dice& dice) noexcept {
    for (auto n = 1 + dice.up_to(7); n != 0; --n) rrdp::adapters::flip_bit(s, dice.next64());
}
inline void spoil_burst(octets s, frame_dice& dice) noexcept {
    const std::size_t first = dice.up_to(s.size() - 1);
    const std::size_t count = std::min<std::size_t>(1 + dice.up_to(63), s.size() - first);
    for (std::byte& octet : s.subspan(first, count))
        octet ^= static_cast<std::byte>(dice.up_to(255));
}
/// Two words of 16 bits change places.
inline void swap_words(octets s, frame_dice& dice) noexcept {
    const std::size_t words = s.size() / 2;
    const std::size_t x = 2 * dice.up_to(words - 1), y = 2 * dice.up_to(words - 1);
    std::swap(s[x], s[y]);
    std::swap(s[x + 1], s[y + 1]);
}
/// A word of zeros becomes one of ones, or the other way about.
inline void invert_zeros(octets s, frame_dice& dice) noexcept {
    const std::size_t words = s.size() / 2;
    const std::size_t from = dice.up_to(words - 1);
    for (std::size_t i = 0; i < words; ++i) {
        const std::size_t at = 2 * ((from + i) % words);
        if (s[at] != s[at + 1] || (s[at] != std::byte{0} && s[at] != std::byte{255})) continue;
        s[at] = s[at + 1] = ~s[at];
        return;
    }
}
/// A line of the cache is that of another place.
inline void copy_line(octets s, frame_dice& dice) noexcept {
    constexpr std::size_t line = 64;
    if (s.size() < 2 * line) return spoil_burst(s, dice);
    const std::size_t lines = s.size() / line;
    const std::size_t to = line * dice.up_to(lines - 1), from = line * dice.up_to(lines - 1);
    std::memmove(s.data() + to, s.data() + from, line);
}

}  // namespace detail

/// Changes a frame in place; its new length. `room` is the frame and what may follow it; the
/// header of the link stays as it is, since what is wrong in that never reaches an engine.
inline std::size_t garble(rrdp::octets room, std::size_t size, garbling how,
                          rrdp::adapters::frame_dice& dice) noexcept {
    constexpr std::size_t link = rrdp::wire::ethernet_framing::overhead;
    if (size < link + 2) return size;
    const rrdp::octets s = room.first(size).subspan(link);
    switch (how) {
        case garbling::bits: detail::spoil_bits(s, dice); break;
        case garbling::burst: detail::spoil_burst(s, dice); break;
        case garbling::swap: detail::swap_words(s, dice); break;
        case garbling::zeros: detail::invert_zeros(s, dice); break;
        case garbling::stale: detail::copy_line(s, dice); break;
        case garbling::header:
            detail::spoil_bits(s.first(std::min<std::size_t>(s.size(), 14)), dice);
            break;
        case garbling::cut_short: return link + dice.up_to(s.size() - 1);
        case garbling::longer: {
            const std::size_t more = std::min<std::size_t>(1 + dice.up_to(199), room.size() - size);
            for (std::byte& octet : room.subspan(size, more))
                octet = static_cast<std::byte>(dice.up_to(255));
            return size + more;
        }
    }
    return size;
}

/// Whether nobody could tell `now` from a frame that was sent: every check of the protocol holds,
/// and it says something else than `before`.
inline bool unseen(rrdp::octets_view before, rrdp::octets_view now, rrdp::wire::features agreed) {
    using namespace rrdp::wire;
    constexpr std::size_t link = ethernet_framing::overhead;
    if (now.size() <= link || before.size() <= link) return false;
    const auto is = parse(now.subspan(link));
    if (!is) return false;
    const rrdp::octets_view old = before.subspan(link);
    const std::size_t size = is->octets.size();
    if (size <= old.size() && std::memcmp(old.data(), is->octets.data(), size) == 0) return false;
    return decode(now.subspan(link), agreed).has_value();
}

}  // namespace simulation
