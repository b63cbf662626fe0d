// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <optional>

#include <rrdp/base/octets.hpp>
#include <rrdp/link/properties.hpp>

namespace rrdp {

/// Anything that moves whole frames: the simplest thing that can become a link (link/copying.hpp).
///
/// `read` fills `in` with the next frame and answers its size, 0 when nothing is waiting; a frame
/// that does not fit must be dropped, not cut. `write` takes one frame, or answers false for "not
/// now" and has then done nothing. Neither blocks and neither throws.
template <class P>
concept frame_port = requires(P& p, const P& c, octets in, octets_view out) {
    { c.properties() }
    noexcept->std::same_as<link_properties>;
    { p.read(in) } -> std::same_as<std::size_t>;
    { p.write(out) } -> std::same_as<bool>;
};

/// A frame that arrived, in memory of the link. Whoever holds it may read it; destroying it, or
/// assigning another to it, gives the memory back.
template <class F>
concept received_frame = std::movable<F> && requires(const F& f) {
    { f.bytes() }
    noexcept->std::same_as<octets_view>;
};

/// Room for one frame, in memory of the link. `commit(size)` sends the first `size` octets, once,
/// and nothing where `size` is 0; destroying it uncommitted, or assigning another to it, cancels it
/// and nothing is sent.
template <class T>
concept transmit_lease = std::movable<T> && requires(T& t, std::size_t size) {
    { t.bytes() }
    noexcept->std::same_as<octets>;
    { t.commit(size) }
    noexcept->std::same_as<void>;
};

/// A link leases its frames, so that the engine reads and writes them where they lie.
///
/// `receive` answers nothing when no frame is waiting. `lease(size)` gives at least `size` octets,
/// or nothing: the link is full, or `size` exceeds `max_frame`. One received frame and one lease
/// may be held together; a link may refuse a second of either until the first is gone, but may
/// neither lose a frame over it nor touch the one that is held. Nothing throws after construction,
/// and a link that died is a silent wire, which the protocol knows how to bear.
template <class L>
concept link = requires(L& l, const L& c, std::size_t size) {
    requires received_frame<typename L::rx_frame>;
    requires transmit_lease<typename L::tx_lease>;
    { c.properties() }
    noexcept->std::same_as<link_properties>;
    { l.receive() } -> std::same_as<std::optional<typename L::rx_frame>>;
    { l.lease(size) } -> std::same_as<std::optional<typename L::tx_lease>>;
};

/// A link that gathers what was committed and hands it over in one go; `flush` tells whether all of
/// it is gone, also when there was nothing. `pump` flushes at the end of every turn, so gathering
/// delays no lone frame, and a driver hears of a frame that was refused and is kept.
template <class L>
concept flushable_link = link<L> && requires(L& l) {
    { l.flush() }
    noexcept->std::same_as<bool>;
};

/// A link that knows how many of the frames it was given have not left it entirely: the one on the
/// wire and those behind it. `pump` then keeps the queue in the engine, which can still put what
/// is urgent in front (docs/decisions/0039).
template <class L>
concept queueing_link = link<L> && requires(const L& c) {
    { c.queued() }
    noexcept->std::same_as<std::size_t>;
};

/// A link that an event loop can sleep on: its descriptor is readable when a frame waits.
template <class L>
concept pollable_link = link<L> && requires(const L& c) {
    { c.native_handle() }
    noexcept->std::same_as<int>;
};

/// A link that has to know what time it is and reads no clock: `pump` tells it at the begin of
/// every turn.
template <class L>
concept timed_link = link<L> && requires(L& l, instant now) {
    { l.set_time(now) }
    noexcept->std::same_as<void>;
};

}  // namespace rrdp
