// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>

#include <rrdp/core/incoming.hpp>
#include <rrdp/core/ring_pool.hpp>

namespace rrdp {

/// What became of a consuming segment that arrived.
enum class placement : std::uint8_t {
    in_order,      ///< it was the next one: `last_in_order` has moved
    out_of_order,  ///< held until the gap before it is filled
    old,           ///< passed already
    duplicate,     ///< held already
    beyond,        ///< right of the window
    no_slot,       ///< no room, or beyond the edge: as if the wire had lost it (R-8.23)
    refused,       ///< what came into sequence breaks the rules of a message (R-7.31)
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
    /// Whether the next number is promised, by numbers that can be right.
    [[nodiscard]] constexpr bool has_room() const noexcept {
        return edge_.value() - last_in_order_.value() - 1 < 2U * outstanding_max_;
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

    /// Takes in what `classify` has called in_order or out_of_order, for connection `who`. Whatever
    /// then stands in sequence is passed: `sink.fits(incoming)` judges it, and it is given to
    /// `sink.pass(kind, handle)`; the handle, where it is not `no_segment`, is then the sink's.
    /// `no_slot` when there was no room; `refused` when the sink did not want one, which is then
    /// not passed.
    template <class Sink>
    constexpr placement accept(segment_pool& pool, ring_pool& rings, std::uint32_t who,
                               const incoming& in, Sink& sink) noexcept {
        const bool in_order = distance(last_in_order_, in.number) == 1;
        segment_handle h = no_segment;
        if (is_message(in.kind) || !in_order) {  // a NUL in order leaves nothing behind
            using purpose = segment_pool::purpose;
            const purpose next = in.following == 0 ? purpose::in_order_last : purpose::in_order;
            h = pool.take(in_order ? next : purpose::out_of_order, who);
            if (h == no_segment) return placement::no_slot;
            pool.at(h).kind = in.kind;
            pool.at(h).following = in.following;
            pool.at(h).messages = in.bundled;
            pool.store(h, in.data);
        }
        if (!in_order) return hold(pool, rings, in.number, h);
        // Judged when its place is certain: the sink remembers what it has judged.
        if (!sink.fits(in)) {
            if (h != no_segment) pool.give_back(h);
            return placement::refused;
        }
        pass(in.kind, h, sink);
        return pass_held(pool, rings, sink) ? placement::in_order : placement::refused;
    }

    /// The next number in sequence is a whole message, which the caller has put into the inbox.
    /// Nothing is held out of order.
    constexpr void pass_message() noexcept {
        RRDP_ASSERT(!has_gap() && room() > 0);
        last_in_order_ = last_in_order_ + 1;
        occupy();
        extend_edge();
    }

    /// The segment of number `n` that is held out of order, `no_segment` if none is.
    [[nodiscard]] constexpr segment_handle held(const ring_pool& rings, sequence n) const noexcept {
        const std::int32_t k = distance(last_in_order_, n);
        return ring_ == no_ring || k < 1 || k > width() ? no_segment : rings.slot(ring_, n);
    }

    /// The numbers held out of order, newest arrival first: the newest, and the next.
    [[nodiscard]] constexpr segment_handle newest() const noexcept { return newest_; }

    /// Octets that are taken of a bundle in front of what is unread; whoever reads it counts them.
    [[nodiscard]] constexpr std::uint16_t& bundle_read() noexcept { return bundle_read_; }

    /// A segment that was passed occupies a slot until its message is complete and taken.
    constexpr void occupy() noexcept { ++unread_; }
    constexpr void vacate() noexcept {
        RRDP_ASSERT(unread_ > 0);
        --unread_;
        extend_edge();
    }

    /// The connection has ended: what is held out of order will never be delivered. What has been
    /// nevertheless, early, stays for the application.
    constexpr void clear(segment_pool& pool, ring_pool& rings) noexcept {
        while (has_gap()) {
            const segment_handle h = newest_;
            rings.slot(ring_, sequence{pool.at(h).order}) = no_segment;
            unlink(pool, h);
            if (!settle_early(pool, h)) pool.give_back(h);
        }
        give_ring_back_if_empty(rings);
    }

    /// Segment `h` is held no more. True if it was delivered early, which concerns the window from
    /// now on: it occupies a slot, or is given back if the application is done with it.
    constexpr bool settle_early(segment_pool& pool, segment_handle h) noexcept {
        segment_descriptor& d = pool.at(h);
        if (!d.early) return false;
        d.early = false;
        if (d.taken)
            pool.give_back(h);
        else
            occupy();
        return true;
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
        d.older = newest_;
        if (has_gap()) pool.at(newest_).newer = h;
        newest_ = h;
        return placement::out_of_order;
    }

    template <class Sink>
    constexpr void pass(segment_kind kind, segment_handle h, Sink& sink) noexcept {
        last_in_order_ = last_in_order_ + 1;
        sink.pass(kind, h);
        extend_edge();
    }

    /// Passes what is held next in sequence, as far as it goes; false if the sink refused one.
    template <class Sink>
    constexpr bool pass_held(segment_pool& pool, ring_pool& rings, Sink& sink) noexcept {
        while (has_gap()) {
            segment_handle& slot = rings.slot(ring_, last_in_order_ + 1);
            if (slot == no_segment) break;
            const segment_descriptor& d = pool.at(slot);
            const incoming in{last_in_order_ + 1, d.kind, d.following, d.messages, pool.data(slot)};
            if (!sink.fits(in)) return false;
            const segment_handle h = std::exchange(slot, no_segment);
            unlink(pool, h);
            give_ring_back_if_empty(rings);
            pass(d.kind, h, sink);
        }
        return true;
    }

    constexpr void unlink(segment_pool& pool, segment_handle h) noexcept {
        segment_descriptor& d = pool.at(h);
        if (d.older != no_segment) pool.at(d.older).newer = d.newer;
        (h == newest_ ? newest_ : pool.at(d.newer).older) = d.older;
        d.newer = d.older = no_segment;
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
    std::uint16_t bundle_read_ = 0;
};

}  // namespace rrdp
