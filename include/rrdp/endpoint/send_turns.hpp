// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include <rrdp/base/traffic.hpp>

namespace rrdp {

/// One connection among those that want to send, and its account with the link.
struct send_turn {
    static constexpr std::uint32_t end = 0xffff'ffff;
    static constexpr std::uint32_t absent = 0xffff'fffe;

    /// In place of a credit, which urgent connections do not need.
    static constexpr std::int32_t urgent = std::numeric_limits<std::int32_t>::min();

    std::uint32_t next = absent;
    std::uint32_t previous = absent;
    std::int32_t credit = 0;  ///< octets left of its turn; below zero, what it has had too much
};

/// Whose turn it is to send (docs/decisions/0039): urgent connections first, a frame each in turn;
/// then the others, each for as many octets as its weight says (deficit round robin, with the debt
/// carried over). Every question and every change is O(1), whatever the number of connections.
///
/// Urgent frames do not starve the rest: after `urgent_run` of them in a row one other may go.
template <class Turns>
class basic_send_turns {
public:
    static constexpr std::uint32_t nobody = send_turn::end;

    /// Urgent frames that may leave in a row while others wait.
    static constexpr std::uint32_t urgent_run = 32;

    /// What Ethernet adds to every frame: preamble, check sequence, gap. Octets.
    static constexpr std::size_t frame_cost = 24;

    constexpr basic_send_turns() noexcept = default;
    constexpr explicit basic_send_turns(Turns all) noexcept : all_{all} {}

    [[nodiscard]] constexpr bool contains(std::uint32_t place) const noexcept {
        return all_[place].next != send_turn::absent;
    }
    /// Nobody wants to send what is asked for.
    [[nodiscard]] constexpr bool empty(traffic wanted = traffic::all) const noexcept {
        return urgent_.first == nobody && (wanted == traffic::urgent || others_.first == nobody);
    }

    /// Puts a connection last among those of its kind, unless it waits already.
    constexpr void add(std::uint32_t place, bool urgent) noexcept {
        if (contains(place)) return;
        if (urgent) all_[place].credit = send_turn::urgent;
        append(place);
    }

    /// Takes a connection out, if it is in. What is left of its turn is forfeited; a debt is not.
    constexpr void remove(std::uint32_t place) noexcept {
        if (!contains(place)) return;
        unlink(place);
        send_turn& t = all_[place];
        t.next = send_turn::absent;
        if (t.credit > 0) t.credit = 0;
    }

    /// The connection is forgotten, and another may get its place.
    constexpr void leave(std::uint32_t place) noexcept {
        if (contains(place)) unlink(place);
        all_[place] = {};
    }

    /// Whose turn it is; `nobody` if there is none.
    [[nodiscard]] constexpr std::uint32_t next(traffic wanted) const noexcept {
        const bool others_wait = others_.first != nobody;
        if (urgent_.first == nobody) return wanted == traffic::urgent ? nobody : others_.first;
        return others_wait && in_a_row_ >= urgent_run ? others_.first : urgent_.first;
    }

    /// The connection whose turn it is has sent a frame of `size` octets. Its whole turn is `share`
    /// octets long, at least one frame and `frame_cost`.
    constexpr void spend(std::uint32_t place, std::size_t size, std::size_t share) noexcept {
        send_turn& t = all_[place];
        if (t.credit == send_turn::urgent) {
            in_a_row_ = others_.first == nobody ? 0 : in_a_row_ + 1;
            return rotate(place);
        }
        in_a_row_ = 0;
        if (t.credit <= 0) t.credit += static_cast<std::int32_t>(share);
        t.credit -= static_cast<std::int32_t>(size + frame_cost);
        if (t.credit <= 0) rotate(place);
    }

private:
    struct queue {
        std::uint32_t first = nobody;
        std::uint32_t last = nobody;
    };

    [[nodiscard]] constexpr queue& queue_of(const send_turn& t) noexcept {
        return t.credit == send_turn::urgent ? urgent_ : others_;
    }
    constexpr void append(std::uint32_t place) noexcept {
        send_turn& t = all_[place];
        queue& q = queue_of(t);
        t.next = nobody;
        t.previous = q.last;
        (q.first == nobody ? q.first : all_[q.last].next) = place;
        q.last = place;
    }
    constexpr void unlink(std::uint32_t place) noexcept {
        const send_turn& t = all_[place];
        queue& q = queue_of(t);
        (place == q.first ? q.first : all_[t.previous].next) = t.next;
        (place == q.last ? q.last : all_[t.next].previous) = t.previous;
    }
    constexpr void rotate(std::uint32_t place) noexcept {
        if (all_[place].next == nobody) return;
        unlink(place);
        append(place);
    }

    Turns all_;
    queue urgent_;
    queue others_;
    std::uint32_t in_a_row_ = 0;  ///< urgent frames sent since one of the others left
};

using send_turns = basic_send_turns<std::span<send_turn>>;

}  // namespace rrdp
