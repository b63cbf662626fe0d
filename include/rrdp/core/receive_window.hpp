// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>

#include <rrdp/core/ring_pool.hpp>

namespace rrdp {

/// What became of a consuming segment that arrived.
enum class placement : std::uint8_t {
    in_order,      ///< it was the next one: `last_in_order` has moved
    out_of_order,  ///< held until the gap before it is filled
    old,           ///< passed already
    duplicate,     ///< held already
    beyond,        ///< right of the window
    no_slot,       ///< no room, or beyond the promised edge: as if the wire had lost it
};

/// What arrived and is not yet delivered.
///
///         last_in_order
///              |   left edge                 right edge (outside, RFC 1151)
///              v   v                         v
///  ... d d d d D | . . x . x x . . . . . . |
///                  <------- 2 * X -------->        D passed  x held  . empty
///
/// Segments in order go straight to the inbox and need no ring; the ring is borrowed while one is
/// held out of order. What is held is never dropped: an EACK is irrevocable.
class receive_window {
public:
    /// After the peer's SYN: `first` is its number, `outstanding_max` the own X, `slots` the B of
    ///
    constexpr void open(sequence first, std::uint16_t outstanding_max,
                        std::uint16_t slots) noexcept {
        last_in_order_ = first;
        outstanding_max_ = outstanding_max;
        slots_ = slots;
        edge_ = first + 2U * outstanding_max;
    }

    [[nodiscard]] constexpr sequence last_in_order() const noexcept { return last_in_order_; }
    [[nodiscard]] constexpr sequence edge() const noexcept { return edge_; }
    /// How many numbers behind the last in order are promised.
    [[nodiscard]] constexpr std::int32_t room() const noexcept {
        return distance(last_in_order_, edge_);
    }
    /// All that may ever be promised at once: 2 * X.
    [[nodiscard]] constexpr std::int32_t width() const noexcept {
        return 2 * std::int32_t{outstanding_max_};
    }
    [[nodiscard]] constexpr std::uint16_t unread() const noexcept { return unread_; }
    [[nodiscard]] constexpr bool has_gap() const noexcept { return newest_ != no_segment; }

    /// Where number `n` stands; nothing changes.
    [[nodiscard]] constexpr placement classify(const ring_pool& rings, sequence n) const noexcept {
        const std::int32_t k = distance(last_in_order_, n);
        if (k <= 0) return placement::old;
        if (k > 2 * std::int32_t{outstanding_max_}) return placement::beyond;
        if (ring_ != no_ring && rings.slot(ring_, n) != no_segment) return placement::duplicate;
        if (distance(edge_, n) > 0) return placement::no_slot;
        return k == 1 ? placement::in_order : placement::out_of_order;
    }

    /// Takes in number `n`, which `classify` has called in_order or out_of_order. Whatever then
    /// stands in sequence is passed, and `deliver(kind, handle)` told of each; the handle, where
    /// it is not `no_segment`, is then `deliver`'s. `no_slot` when there was no room.
    template <class Deliver>
    constexpr placement accept(segment_pool& pool, ring_pool& rings, sequence n, segment_kind kind,
                               octets_view data, Deliver&& deliver) noexcept {
        const bool in_order = distance(last_in_order_, n) == 1;
        segment_handle h = no_segment;
        if (is_message(kind) || !in_order) {  // a NUL in order leaves nothing behind
            using purpose = segment_pool::purpose;
            h = pool.take(in_order ? purpose::in_order : purpose::out_of_order);
            if (h == no_segment) return placement::no_slot;
            pool.at(h).kind = kind;
            pool.store(h, data);
        }
        if (!in_order) return hold(pool, rings, n, h);
        pass(kind, h, deliver);
        while (has_gap() && pass_held(pool, rings, deliver)) {}
        return placement::in_order;
    }

    /// The numbers held out of order, newest arrival first: the newest, and the next.
    [[nodiscard]] constexpr segment_handle newest() const noexcept { return newest_; }

    /// A complete message waits for the application, and occupies a slot until it is taken.
    constexpr void occupy() noexcept { ++unread_; }
    constexpr void vacate() noexcept {
        RRDP_ASSERT(unread_ > 0);
        --unread_;
        extend_edge();
    }

    /// The connection has ended: what is held out of order will never be delivered.
    constexpr void clear(segment_pool& pool, ring_pool& rings) noexcept {
        while (has_gap()) {
            const segment_handle h = newest_;
            rings.slot(ring_, sequence{pool.at(h).order}) = no_segment;
            unlink(pool, h);
            pool.give_back(h);
        }
        give_ring_back_if_empty(rings);
    }

private:
    constexpr placement hold(segment_pool& pool, ring_pool& rings, sequence n,
                             segment_handle h) noexcept {
        if (ring_ == no_ring) ring_ = rings.take();
        if (ring_ == no_ring) {
            pool.give_back(h);
            return placement::no_slot;
        }
        rings.slot(ring_, n) = h;
        segment_descriptor& d = pool.at(h);
        d.order = n.value();
        d.next = newest_;
        if (has_gap()) pool.at(newest_).previous = h;
        newest_ = h;
        return placement::out_of_order;
    }

    template <class Deliver>
    constexpr void pass(segment_kind kind, segment_handle h, Deliver& deliver) noexcept {
        last_in_order_ = last_in_order_ + 1;
        deliver(kind, h);
        extend_edge();
    }

    template <class Deliver>
    constexpr bool pass_held(segment_pool& pool, ring_pool& rings, Deliver& deliver) noexcept {
        segment_handle& slot = rings.slot(ring_, last_in_order_ + 1);
        if (slot == no_segment) return false;
        const segment_handle h = std::exchange(slot, no_segment);
        unlink(pool, h);
        give_ring_back_if_empty(rings);
        pass(pool.at(h).kind, h, deliver);
        return true;
    }

    constexpr void unlink(segment_pool& pool, segment_handle h) noexcept {
        segment_descriptor& d = pool.at(h);
        if (d.next != no_segment) pool.at(d.next).previous = d.previous;
        (h == newest_ ? newest_ : pool.at(d.previous).next) = d.next;
        d.next = d.previous = no_segment;
    }

    constexpr void give_ring_back_if_empty(ring_pool& rings) noexcept {
        if (ring_ == no_ring || has_gap()) return;
        rings.give_back(ring_);
        ring_ = no_ring;
    }

    /// EDGE = max(EDGE, CUR + min(2X, B - U)): a promise is never taken back.
    constexpr void extend_edge() noexcept {
        const int free = int{slots_} - int{unread_};
        const int width = 2 * int{outstanding_max_};
        const auto room = static_cast<std::uint32_t>(free < width ? (free > 0 ? free : 0) : width);
        const sequence edge = last_in_order_ + room;
        if (distance(edge_, edge) > 0) edge_ = edge;
    }

    sequence last_in_order_;
    sequence edge_;
    segment_handle newest_ = no_segment;
    ring_handle ring_ = no_ring;
    std::uint16_t outstanding_max_ = 1;
    std::uint16_t slots_ = 2;
    std::uint16_t unread_ = 0;
};

}  // namespace rrdp
