// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <rrdp/base/prefetch.hpp>
#include <rrdp/endpoint/index_list.hpp>
#include <rrdp/endpoint/member_view.hpp>
#include <rrdp/endpoint/send_turns.hpp>
#include <rrdp/endpoint/timer_wheel.hpp>

namespace rrdp {

/// The places of one connection in the lists and the wheel of all. One line of the cache: what
/// happens to a connection moves it in several of them (docs/decisions/0055).
struct alignas(cache_line) turn {
    send_turn transmit{};
    wheel_node timer{};
    list_links tell{}, ring{}, room{};
};

static_assert(sizeof(turn) == cache_line);

/// Which connections have something to do, so that none of the others costs anything: who wants to
/// transmit, who has something to tell, who waits for a ring or for room in the pool, and who has
/// to be woken when.
class turns {
public:
    template <class Part, Part turn::*member>
    using view = member_view<turn, Part, member>;
    template <list_links turn::*member>
    using list = basic_index_list<view<list_links, member>>;

    constexpr turns() noexcept = default;
    /// Connection n has `all[n]`; `tick` is the granularity of the wheel.
    constexpr turns(std::span<turn> all, duration tick) noexcept
        : transmit{view<send_turn, &turn::transmit>{all}},
          tell{view<list_links, &turn::tell>{all}},
          ring{view<list_links, &turn::ring>{all}},
          room{view<list_links, &turn::room>{all}},
          wheel{view<wheel_node, &turn::timer>{all}, tick},
          places_{all} {}

    basic_send_turns<view<send_turn, &turn::transmit>> transmit;  ///< has a segment to send
    list<&turn::tell> tell;                                       ///< has an event to tell
    list<&turn::ring> ring;                                       ///< could send, but for a ring
    list<&turn::room> room;  ///< wants to be told when the pool has room
    basic_timer_wheel<view<wheel_node, &turn::timer>> wheel;

    /// Connection `n` is about to be moved.
    [[gnu::always_inline]] void fetch(std::uint32_t n) const noexcept { prefetch(places_[n]); }

    /// The earliest deadline of connection `n` is now `deadline`. The wheel is touched only when
    /// that is earlier than what it knows; when it fires too early, it is armed again
    /// (docs/decisions/0017).
    constexpr void wake(std::uint32_t n, instant deadline) noexcept {
        if (deadline < wheel.at(n)) wheel.set(n, deadline);
    }

    /// Connection `n` is forgotten.
    constexpr void leave(std::uint32_t n) noexcept {
        transmit.leave(n);
        tell.remove(n);
        ring.remove(n);
        room.remove(n);
        wheel.cancel(n);
    }

private:
    std::span<turn> places_;
};

}  // namespace rrdp
