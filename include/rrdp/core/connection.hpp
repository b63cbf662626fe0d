// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>

#include <rrdp/core/arrival.hpp>
#include <rrdp/core/expiry.hpp>
#include <rrdp/core/message_place.hpp>
#include <rrdp/core/opening.hpp>
#include <rrdp/core/straight.hpp>
#include <rrdp/core/submission.hpp>

namespace rrdp {

/// One conversation: the record of section 6 and the verbs that move it. It knows neither other
/// connections nor addresses; those are the endpoint's. Usable alone, point to point, by whoever
/// makes the `context` for it. Plain data: it may be copied as octets and put back.
template <class Policy>
class connection {
    static_assert(policy<Policy>);
    static_assert(Policy::max_outstanding >= 1 && Policy::max_outstanding <= 16'383, "R-5.1");
    static_assert(Policy::timer_tick > duration::zero());

public:
    using context_type = context<Policy>;

    /// The slots a window's ring needs: every number of a window of 2X has its own.
    static constexpr std::size_t ring_slots = std::bit_ceil(2U * Policy::max_outstanding);

    // commands

    /// Opens actively, between these ports.
    constexpr void connect(context_type& x, std::uint16_t local_port, std::uint16_t remote_port,
                           const fresh_numbers& fresh) noexcept {
        record_.local_port = local_port;
        record_.remote_port = remote_port;
        open_active(record_, x, fresh);
    }

    /// Opens passively on the SYN `s`, which says `p`.
    constexpr void accept(context_type& x, const wire::segment_view& s,
                          const wire::syn_parameters& p, const fresh_numbers& fresh) noexcept {
        record_.local_port = s.base.destination_port;
        record_.remote_port = s.base.source_port;
        open_passive(record_, x, s, p, fresh);
    }

    /// Accepts a message, which is copied together from its parts; its index, or why not.
    /// Nothing has changed then, but for `would_block`: `writable` will follow.
    [[nodiscard]] constexpr result<message_index, errc> send(
        context_type& x, std::span<const octets_view> parts) noexcept {
        return detail::accept(record_, x, gather{parts});
    }

    /// The same for a message in one piece.
    [[nodiscard]] constexpr result<message_index, errc> send(context_type& x,
                                                             octets_view message) noexcept {
        return detail::accept(record_, x, message);
    }

    /// A segment of the pool in which the caller writes a message of `size` octets himself; it is
    /// his until `send` takes it. As for `send`, `writable` follows `would_block`.
    [[nodiscard]] constexpr result<segment_handle, errc> compose(context_type& x,
                                                                 std::size_t size) noexcept {
        return detail::compose(record_, x, size);
    }
    /// Accepts a message that was written into a segment of `compose`; refused, it stays the
    /// caller's.
    [[nodiscard]] constexpr result<message_index, errc> send(context_type& x,
                                                             segment_handle composed) noexcept {
        return detail::accept(record_, x, composed);
    }

    /// Refuses further sends, sends what is queued, then the FIN; receiving goes on.
    /// Before the connection is open it is an abort.
    constexpr errc close(context_type& x) noexcept {
        if (opening()) return abort(x);
        if (record_.at == state::closing) {
            record_.half_closed = false;  // close() after shutdown_send(): wait no longer
            progress_close(record_, x);
            return errc::ok;
        }
        if (record_.at != state::open) return errc::not_open;
        begin_close(record_, x);
        return errc::ok;
    }

    /// Half close: like close(), but the peer may go on sending for as long as it likes. A
    /// peer that knows no FIN would be cut off by the RST that closes: it is refused then.
    constexpr errc shutdown_send(context_type& x) noexcept {
        if (record_.at != state::open) return errc::not_open;
        if (!record_.agreed.has(wire::features::fin)) return errc::fin_not_agreed;
        record_.half_closed = true;
        begin_close(record_, x);
        return errc::ok;
    }

    /// Ends now: an RST tells the peer, except in SYN-SENT, where its numbers are not known; unread
    /// messages are discarded.
    constexpr errc abort(context_type& x) noexcept {
        if (!opening() && !record_.established()) {  // it has ended, but for what was not read
            discard_inbox(x);
            return errc::ok;
        }
        end(record_, x, stimulus::abort, end_reason::aborted, wire::reset_reason::aborted,
            record_.at != state::syn_sent);
        discard_inbox(x);
        return errc::ok;
    }

    /// Asks for one `drained` when everything accepted is confirmed; now, if it is.
    constexpr errc flush() noexcept {
        if (!record_.established()) return errc::not_open;
        if (record_.queue.empty() && record_.sending.empty())
            record_.raise(event_kind::drained);
        else
            record_.wants_drained = true;
        return errc::ok;
    }

    /// A new connection takes the ports over: nothing is answered any more, and what lingers ends
    /// now. In CLOSE-WAIT or CLOSED only.
    constexpr void make_way(context_type& x) noexcept {
        if (record_.at == state::close_wait) move(record_, x, stimulus::reuse);
        record_.timers.clear_all();
        record_.acks.acknowledged();
        record_.reset_due = false;
    }

    /// The link was removed and did not come back (19.3); there is nothing to send an RST on.
    constexpr void lose_link(context_type& x) noexcept {
        if (opening() || record_.established())
            end(record_, x, stimulus::timed_out, end_reason::link_lost, {}, false);
    }

    // inputs

    /// Handles a segment that passed steps 1 to 11 of 2.2; the answer is for the endpoint.
    constexpr reaction handle_segment(context_type& x, const wire::segment_view& s) noexcept {
        if (broken()) end_by_bug(record_, x);
        if (record_.at == state::closed) return {verdict::as_closed, {}};
        if (record_.at == state::syn_sent) return handle_syn_sent(record_, x, s);
        if (s.base.control.syn()) return handle_syn_again(record_, x, s);
        if (s.base.control.rst()) {
            handle_reset(record_, x, s);
            return {};
        }
        const auto e = wire::parse_extensions(s, record_.agreed);  // step 12b
        if (!e) {
            x.drop(to_drop_reason(e.error()));
            return {};
        }
        if (const auto why = refusal_of(record_, s, *e)) {  // steps 12c to 12e
            x.drop(*why);
            // Nothing else quickly frees a peer that still holds an old connection.
            const bool frees = why == drop_reason::bad_tag && record_.at == state::syn_received;
            if (frees && s.base.control.ack())
                return {verdict::reset, wire::reset_reason::no_such_connection};
            return {};
        }
        reaction answer;
        const auto wait = detail::waiting(record_, x);
        if (record_.at == state::close_wait)
            handle_close_wait(record_, x, s, *e);
        else if (record_.at != state::syn_received || opens(record_, x, s, *e, answer))
            handle_established(record_, x, s, *e);
        detail::count_waiting(record_, x, wait);
        settle_persist(record_, x);
        return answer;
    }

    /// Fires what is due.
    constexpr void handle_timeout(context_type& x) noexcept {
        if (broken()) return end_by_bug(record_, x);
        rrdp::handle_timeout(record_, x);
        settle_persist(record_, x);
    }

    // outputs

    /// Writes the next segment into `room` (the link's MTU); its size, 0 for nothing.
    [[nodiscard]] constexpr std::size_t poll_transmit(context_type& x, octets room) noexcept {
        const std::size_t size = transmit(record_, x, room);
        if (size != 0) {
            x.observer.on_transmit(x.now, room.first(size));
            progress_close(record_, x);  // the queue may be empty now (auto_close)
            settle_persist(record_, x);
        }
        return size;
    }

    /// What to tell next, and forgets it. `peer_closed` and `closed` wait until the application has
    /// taken every complete message (R-7.29, R-19.4; docs/decisions/0016).
    [[nodiscard]] constexpr std::optional<event_kind> poll_event() noexcept {
        const std::optional<event_kind> e = next_event();
        if (e) record_.events = static_cast<std::uint8_t>(record_.events & ~bit(*e));
        return e;
    }

    /// The next complete message, if there is one. It is the caller's, and its slots of the window
    /// stay taken, until `release`.
    [[nodiscard]] constexpr message_place receive(segment_pool& segments) noexcept {
        return take_message(segments, record_.inbox, record_.receiving.bundle_read());
    }

    /// A message that `receive` returned is done with. What was delivered early stays in the window
    /// until its number is passed.
    constexpr void release(segment_pool& segments, message_place m) noexcept {
        release_message(segments, m, [&](segment_handle h) {
            if (segments.at(h).early) {
                segments.at(h).taken = true;
            } else {
                segments.give_back(h);
                record_.receiving.vacate();
            }
        });
        update_window();
    }

    // questions

    [[nodiscard]] constexpr bool wants_transmit(const ring_pool& rings) const noexcept {
        return rrdp::wants_transmit(record_, rings);
    }
    [[nodiscard]] constexpr bool waits_for_ring(const ring_pool& rings) const noexcept {
        return rrdp::waits_for_ring(record_, rings);
    }
    /// The earliest deadline, `never` without one.
    [[nodiscard]] constexpr instant next_timeout() const noexcept {
        return record_.timers.earliest();
    }
    [[nodiscard]] constexpr bool has_event() const noexcept { return next_event().has_value(); }
    [[nodiscard]] constexpr bool opening() const noexcept {
        return record_.at == state::syn_sent || record_.at == state::syn_received;
    }
    /// Nothing is left to send, to tell or to remember: the slot is free.
    [[nodiscard]] constexpr bool forgotten() const noexcept {
        return record_.at == state::closed && !record_.reset_due && record_.events == 0 &&
               !record_.timers.running(timer::lifetime);
    }
    [[nodiscard]] constexpr const connection_record<Policy>& record() const noexcept {
        return record_;
    }
    [[nodiscard]] constexpr connection_record<Policy>& record() noexcept { return record_; }

private:
    [[nodiscard]] constexpr bool broken() const noexcept {
        return record_.established() && !intact(record_);
    }

    /// The application has made room: the peer hears of it at once, if little room was last told
    /// and half a window has been added.
    constexpr void update_window() noexcept {
        if (!record_.established() || !record_.agreed.has(wire::features::credit)) return;
        const std::int32_t half = record_.receiving.width() / 4;
        const std::int32_t least = half > 0 ? half : 1;
        const std::int32_t told = record_.told_room;
        if (told < least && record_.receiving.room() >= told + least) record_.acks.at_once();
    }

    static constexpr unsigned bit(event_kind e) noexcept { return 1U << static_cast<unsigned>(e); }

    /// The enumerators of event_kind stand in the order of telling.
    [[nodiscard]] constexpr std::optional<event_kind> next_event() const noexcept {
        constexpr unsigned last_words = bit(event_kind::peer_closed) | bit(event_kind::closed);
        unsigned ready = record_.events;
        if (!record_.inbox.empty()) ready &= ~last_words;
        if (ready == 0) return std::nullopt;
        return static_cast<event_kind>(std::countr_zero(ready));
    }

    constexpr void discard_inbox(context_type& x) noexcept {
        while (!record_.inbox.empty()) release(x.segments, receive(x.segments));
        record_.events = static_cast<std::uint8_t>(record_.events & ~bit(event_kind::readable));
    }

    connection_record<Policy> record_;
};

}  // namespace rrdp
