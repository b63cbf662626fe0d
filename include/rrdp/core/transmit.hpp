// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include <rrdp/core/announcement.hpp>
#include <rrdp/core/path_limit.hpp>
#include <rrdp/core/permission.hpp>
#include <rrdp/core/send_timers.hpp>
#include <rrdp/core/transmit_reset.hpp>
#include <rrdp/wire/extensions.hpp>
#include <rrdp/wire/parse.hpp>
#include <rrdp/wire/writer.hpp>

/// What a connection sends: at most one segment a call, in a fixed order of urgency, written
/// straight into the frame. Nothing is prepared beforehand; everything follows from the record.
namespace rrdp {

namespace detail {

/// The base header and the words that every segment of the connection carries.
template <class Policy>
constexpr void begin(wire::segment_writer& out, const connection_record<Policy>& c,
                     wire::flags control, sequence number, octets_view data = {}) noexcept {
    const sequence last = c.receiving.last_in_order();
    out.base(control, c.local_port, c.remote_port, number.low(), last.low());
    if (c.agreed.has(wire::features::tag)) out.word32(c.peer_tag);
    if (c.agreed.has(wire::features::wide)) {
        out.word(number.high());
        out.word(last.high());
    }
    if (c.agreed.has(wire::features::crc32c)) out.word32(wire::crc32c(data));
}

/// Whether the promise of room is less than the peer assumes without a word.
template <class Policy>
[[nodiscard]] constexpr bool tells_credit(const connection_record<Policy>& c) noexcept {
    return c.agreed.has(wire::features::credit) && c.receiving.room() < c.receiving.width();
}

/// The credit word, if there is anything to say: the promise is less than twice the X that the peer
/// assumes without it. A list must not stand where the word is expected.
template <class Policy>
constexpr void tell_credit(wire::segment_writer& out, connection_record<Policy>& c,
                           bool list) noexcept {
    if (!c.agreed.has(wire::features::credit)) return;
    c.told_room = static_cast<std::uint16_t>(c.receiving.room());
    if (list || tells_credit(c)) out.word(c.receiving.edge().low().value());
}

template <class Policy>
constexpr void settle_acknowledgement(connection_record<Policy>& c) noexcept {
    if (!c.acks.pending()) c.timers.clear(timer::acknowledge);
}

/// SYN or SYN ACK: the announcement of this side (5.1). Everything in it follows from the record
/// and the options, so that one that is sent again says the same.
template <class Policy>
constexpr std::size_t transmit_syn(connection_record<Policy>& c, context<Policy>& x,
                                   octets room) noexcept {
    const bool reply = c.at != state::syn_sent;
    wire::syn_parameters p = announcement(c, x);
    std::array<std::byte, wire::cookie_octets> cookie{};
    if (!reply && c.has_cookie) {
        store_be32(cookie, 0, c.peer_boot);
        store_be32(cookie, 4, c.suspect_boot);
        p.has_cookie = true;
        p.cookie = cookie;
    }
    wire::segment_writer out{room};
    const wire::seq16 acknowledgement = reply ? c.irs.low() : wire::seq16{};
    out.base(reply ? wire::flags_syn_ack : wire::flags_syn, c.local_port, c.remote_port,
             c.iss.low(), acknowledgement);
    wire::write_syn(out, p);
    const std::size_t padded = c.established() ? 0 : c.path.padding(c.syn_transmissions);
    c.syn_due = false;
    if (c.syn_transmissions != 0xff) ++c.syn_transmissions;
    if (c.syn_transmissions > 1) ++x.stats.retransmissions_open;
    if (c.established()) return out.finish();  // once more for a peer in simultaneous open
    c.since = x.now;
    if (!c.timers.running(timer::retransmit)) restart_retransmit_timer(c, x);
    return pad(room, out.finish(), padded);
}

/// A segment with the current acknowledgement leaves. A NUL says nothing of credit, so it
/// does not stand for an ACK that would open a window which was told to be narrow.
template <class Policy>
constexpr void ride_along(connection_record<Policy>& c, bool tells_credit) noexcept {
    const bool narrow =
        c.agreed.has(wire::features::credit) && std::int32_t{c.told_room} < c.receiving.width();
    if (narrow && !tells_credit) return;
    c.acks.piggybacked();
    settle_acknowledgement(c);
}

/// A segment with a number of its own, for the first time or again: repeats kind, data and code,
/// and carries the current acknowledgement.
template <class Policy>
[[gnu::noinline]] constexpr std::size_t write_numbered(connection_record<Policy>& c,
                                                       context<Policy>& x, octets room,
                                                       sequence number) noexcept {
    const segment_handle h = c.sending.segment(x.rings, number);
    const segment_kind kind = x.segments.at(h).kind;
    const octets_view data = x.segments.data(h);
    const wire::flags control = kind == segment_kind::data ? wire::flags_ack : wire::flags_nul_ack;
    wire::segment_writer out{room};
    begin(out, c, control, number, data);
    if (kind == segment_kind::fin) out.word(static_cast<std::uint16_t>(wire::nul_code::fin));
    if (kind == segment_kind::empty) out.word(static_cast<std::uint16_t>(wire::nul_code::empty));
    if (kind == segment_kind::data) {
        if (c.agreed.has(wire::features::frag)) out.word(x.segments.at(h).following);
        tell_credit(out, c, false);
    }
    const std::size_t padded = c.path.size_of(number);
    if (padded == 0)  // a probe may well be lost, and the acknowledgement with it
        ride_along(c, kind == segment_kind::data);
    if (!c.timers.running(timer::retransmit)) restart_retransmit_timer(c, x);
    hasten_probe(c, x);
    return pad(room, out.finish(data, wire::coverage_of(control, c.agreed)), padded);
}

/// Each cause has its counter.
constexpr void count_retransmission(statistics& s, loss why) noexcept {
    switch (why) {
        case loss::timeout: ++s.retransmissions_rto; break;
        case loss::threshold: ++s.retransmissions_fast; break;
        case loss::window: ++s.retransmissions_rack; break;
        case loss::probe: ++s.retransmissions_tlp; break;
        case loss::none: RRDP_ASSERT(false); break;
    }
}

template <class Policy>
constexpr std::size_t transmit_again(connection_record<Policy>& c, context<Policy>& x,
                                     octets room) noexcept {
    const auto [number, why] = c.sending.retransmit(x.segments, x.rings, x.now);
    c.retransmit_now = false;
    count_retransmission(x.stats, why);
    x.observer.on_retransmit(x.now, x.slot, number.value());
    if (c.path.size_of(number) != 0) {
        c.path.lost(x.now);
        ++x.stats.mtu_probes_lost;
    }
    return write_numbered(c, x, room, number);
}

template <class Policy>
constexpr std::size_t transmit_nul(connection_record<Policy>& c, context<Policy>& x, octets room,
                                   segment_kind kind) noexcept {
    const segment_handle h = x.segments.take_nul();
    RRDP_ASSERT(h != no_segment);  // five for every ring: keepalive, three probes, FIN
    x.segments.at(h).kind = kind;
    const sequence number = c.sending.push(x.segments, x.rings, h, x.now);
    return write_numbered(c, x, room, number);
}

/// A NUL as long as a segment might be. The peer takes it for a keepalive.
template <class Policy>
constexpr std::size_t transmit_path_probe(connection_record<Policy>& c, context<Policy>& x,
                                          octets room) noexcept {
    c.path.sent(c.sending.next(), pooled_segment(c, x));
    c.keepalive_due = false;
    ++x.stats.mtu_probes;
    return transmit_nul(c, x, room, segment_kind::keepalive);
}

/// Takes the next segment out of the queue and gives it the next number.
template <class Policy>
constexpr sequence number_next(connection_record<Policy>& c, context<Policy>& x) noexcept {
    c.keepalive_due = false;  // data prove the same
    const segment_handle h = c.queue.pop(x.segments);
    const segment_descriptor& d = x.segments.at(h);
    if (d.messages != 0) {  // they have left
        c.queued = static_cast<std::uint16_t>(c.queued - d.messages);
        c.ledger.sent += d.messages;
        x.stats.messages_sent.count(d.kind == segment_kind::empty, c.mid_run, d.messages);
    }
    c.mid_run = d.messages == 0;
    return c.sending.push(x.segments, x.rings, h, x.now);
}

template <class Policy>
constexpr std::size_t transmit_new(connection_record<Policy>& c, context<Policy>& x,
                                   octets room) noexcept {
    const bool borrowed = c.sending.borrow(x.rings);
    RRDP_ASSERT(borrowed);
    if (may_probe_path(c)) return transmit_path_probe(c, x, room);
    if (!c.queue.empty()) return write_numbered(c, x, room, number_next(c, x));
    if (c.fin_wanted && !c.fin_sent) {
        c.fin_sent = true;
        c.keepalive_due = false;
        return transmit_nul(c, x, room, segment_kind::fin);
    }
    c.keepalive_due = false;
    ++x.stats.keepalives_out;
    return transmit_nul(c, x, room, segment_kind::keepalive);
}

/// A NUL that repeats the last number acknowledged: old at the peer, which therefore answers at
/// once. It uses up no number, and nothing of it is kept.
template <class Policy>
constexpr std::size_t transmit_probe(connection_record<Policy>& c, octets room) noexcept {
    c.probe_due = false;
    if (c.probes != 0xff) ++c.probes;
    wire::segment_writer out{room};
    begin(out, c, wire::flags_nul_ack, c.sending.oldest_unacknowledged().previous());
    ride_along(c, false);
    return out.finish();
}

/// A pure ACK, with the list of what is held out of order, newest arrival first.
template <class Policy>
constexpr std::size_t transmit_ack(connection_record<Policy>& c, context<Policy>& x,
                                   octets room) noexcept {
    const bool list = c.receiving.has_gap() && x.opt.eack_entries > 0;
    wire::segment_writer out{room};
    begin(out, c, list ? wire::flags_ack_eack : wire::flags_ack, c.sending.next());
    tell_credit(out, c, list);
    // A list fits where a message does: the peer and the own link take it.
    std::size_t entries = lesser(x.opt.eack_entries, c.segment_payload / wire::word_octets);
    const std::size_t most =
        wire::eack_entries_max - c.agreed.extension_words() - c.agreed.credit_words();
    if (entries > most) entries = most;
    segment_handle h = list ? c.receiving.newest() : no_segment;
    for (; h != no_segment && entries > 0; --entries) {
        out.word(sequence{x.segments.at(h).order}.low().value());
        h = x.segments.at(h).older;
    }
    c.acks.acknowledged();
    c.timers.clear(timer::acknowledge);
    ++x.stats.acks_out;
    if (list) ++x.stats.eacks_out;
    return out.finish();
}

}  // namespace detail

/// Starts to probe a closed window, if that is what the connection waits for.
template <class Policy>
constexpr void settle_persist(connection_record<Policy>& c, context<Policy>& x) noexcept {
    if (waits_for_credit(c) && !c.timers.running(timer::retransmit))
        detail::restart_persist_timer(c, x);
}

/// Whether only a ring is missing: the endpoint calls again when one is free.
template <class Policy>
[[nodiscard]] constexpr bool waits_for_ring(const connection_record<Policy>& c,
                                            const ring_pool& rings) noexcept {
    return may_send_news(c) && !c.sending.has_ring() && rings.available() == 0;
}

/// Whether `transmit` has something to send.
template <class Policy>
[[nodiscard]] constexpr bool wants_transmit(const connection_record<Policy>& c,
                                            const ring_pool& rings) noexcept {
    if (c.reset_due || c.syn_due || c.acks.due() || c.probe_due) return true;
    if (may_retransmit(c)) return true;
    return may_send_news(c) && (c.sending.has_ring() || rings.available() > 0);
}

/// Writes the most urgent segment into `room`, which must hold the link's MTU; its size, or 0.
template <class Policy>
[[nodiscard]] constexpr std::size_t transmit(connection_record<Policy>& c, context<Policy>& x,
                                             octets room) noexcept {
    if (!wants_transmit(c, x.rings)) return 0;
    if (c.reset_due) return detail::transmit_reset(c, x, room);
    if (c.syn_due) return detail::transmit_syn(c, x, room);
    if (c.acks.list_due()) return detail::transmit_ack(c, x, room);  // no data could carry it
    if (may_retransmit(c)) return detail::transmit_again(c, x, room);
    if (may_send_news(c) && (c.sending.has_ring() || x.rings.available() > 0)) {
        const std::size_t size = detail::transmit_new(c, x, room);
        detail::govern(c, x);
        return size;
    }
    if (c.acks.due()) return detail::transmit_ack(c, x, room);
    return detail::transmit_probe(c, room);
}

}  // namespace rrdp
