// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/base/time.hpp>
#include <rrdp/base/traffic.hpp>
#include <rrdp/link/concepts.hpp>

namespace rrdp {

/// The verbs that `pump` needs of an engine: inputs, one output, two questions. `endpoint` has
/// them; so may a test's stand-in.
template <class E>
concept pumpable = requires(E& e, const E& c, instant now, octets out, octets_view in) {
    e.handle_frame(now, in);
    e.handle_timeout(now);
    { c.wants_transmit(now) } -> std::same_as<bool>;
    { e.poll_transmit(now, out) } -> std::same_as<std::optional<std::size_t>>;
    { c.next_timeout() } -> std::same_as<std::optional<instant>>;
};

/// An engine that can be asked for what is urgent alone.
template <class E>
concept prioritizing = pumpable<E> && requires(E& e, const E& c, instant now, octets out) {
    { c.wants_transmit(now, traffic::urgent) } -> std::same_as<bool>;
    { e.poll_transmit(now, out, traffic::urgent) } -> std::same_as<std::optional<std::size_t>>;
};

/// How many frames a link that tells its queue may hold when `pump` gives it bulk. A longer queue
/// helps drivers that come back late; all of it may stand before an urgent frame.
inline constexpr std::size_t bulk_queue_max = 0;

namespace detail {

/// Whether the link has bulk enough, so that only what is urgent may follow (docs/decisions/0039).
template <class Engine, class Link>
[[nodiscard]] traffic admitted(const Link& link) noexcept {
    if constexpr (prioritizing<Engine> && queueing_link<Link>)
        return link.queued() > bulk_queue_max ? traffic::urgent : traffic::all;
    return traffic::all;
}

template <pumpable Engine>
[[nodiscard]] std::optional<std::size_t> poll(Engine& engine, instant now, octets out,
                                              traffic what) noexcept {
    if constexpr (prioritizing<Engine>) return engine.poll_transmit(now, out, what);
    return engine.poll_transmit(now, out);
}

}  // namespace detail

/// What one turn did, and until when nothing more needs to be done.
struct pump_result {
    std::size_t received = 0;  ///< frames; as many as the budget means that more may be waiting
    std::size_t sent = 0;      ///< frames; as many as the budget means that more may be wanted
    bool drained = false;      ///< the link had no more frames: it may be slept on
    bool blocked = false;      ///< the link was full, or keeps a frame back: come back soon
    bool misfit = false;       ///< the frames of this engine are too long for this link, so that
                               ///< none can ever leave: an error of whoever said the MTU
    std::optional<instant> next_timeout{};  ///< when to come back although nothing arrived
};

namespace detail {

/// Transmit, flush. Room is leased before the engine is asked for octets, so that a full link
/// leaves the engine untouched (docs/decisions/0005).
template <pumpable Engine, link Link>
void transmit(Engine& engine, Link& link, instant now, std::size_t budget, pump_result& turn) {
    const std::size_t room = link.properties().max_frame;
    while (turn.sent < budget && engine.wants_transmit(now)) {
        const traffic what = admitted<Engine>(link);
        if constexpr (prioritizing<Engine> && queueing_link<Link>) {
            turn.blocked = what == traffic::urgent && !engine.wants_transmit(now, what);
            if (turn.blocked) break;
        }
        auto lease = link.lease(room);
        turn.blocked = !lease;
        if (!lease) break;
        const auto size = poll(engine, now, lease->bytes(), what);
        if (!size) turn.misfit = engine.wants_transmit(now);
        if (!size) break;
        lease->commit(*size);
        ++turn.sent;
    }
    if constexpr (flushable_link<Link>) turn.blocked = !link.flush() || turn.blocked;
    turn.next_timeout = engine.next_timeout();
}

}  // namespace detail

/// One turn of an engine over a link: receive, time, transmit, flush; at most `budget` frames each
/// way. Afterwards drain `poll_event`, then sleep until a frame arrives or `next_timeout`.
///
/// A link that tells its queue gets bulk only while that is short (`bulk_queue_max`), so that the
/// rest waits where urgent frames can still pass it.
template <pumpable Engine, link Link>
pump_result pump(Engine& engine, Link& link, instant now, std::size_t budget = 64) {
    if constexpr (timed_link<Link>) link.set_time(now);
    pump_result turn;
    for (; turn.received < budget; ++turn.received) {
        const auto frame = link.receive();
        turn.drained = !frame;
        if (!frame) break;
        engine.handle_frame(now, frame->bytes());
    }  // each frame goes back to the link before the next is taken
    engine.handle_timeout(now);
    detail::transmit(engine, link, now, budget, turn);
    return turn;
}

/// The second half of such a turn: transmit, flush. For whoever has just sent something, and wants
/// it to leave before anything else is looked at: an answer in the turn that brought the question,
/// at the time of that turn. It neither receives nor fires a timer, so that it takes the place of
/// no `pump`; `drained` is false.
template <pumpable Engine, link Link>
pump_result push(Engine& engine, Link& link, instant now, std::size_t budget = 64) {
    if constexpr (timed_link<Link>) link.set_time(now);
    pump_result turn;
    detail::transmit(engine, link, now, budget, turn);
    return turn;
}

}  // namespace rrdp
