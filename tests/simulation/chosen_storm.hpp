// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "simulation/storm.hpp"
#include "support/dice.hpp"

/// A storm of which everything is chosen by chance: each run leaves most things out and drives
/// others hard, so that together they meet what no list of cases would.
namespace simulation {

namespace detail {

using rrdp::testing::dice;
using features = rrdp::wire::features;

template <class Value, std::size_t N>
Value one_of(dice& d, const Value (&values)[N]) {
    return values[d.below(N)];
}

inline void choose_features(dice& d, rrdp::options& o) {
    if (!o.extended) return;
    o.offered = features::fin;
    for (const features f : {features::credit, features::empty, features::frag, features::tag,
                             features::wide, features::crc32c})
        if (d.chance(60)) o.offered = o.offered | f;
    if (o.offered.has(features::frag) && d.chance(60)) o.offered = o.offered | features::bundle;
}

inline void choose_numbers(dice& d, rrdp::options& o) {
    o.max_outstanding = one_of<std::uint16_t>(d, {1, 2, 3, 8, 32, 64, 256});
    o.receive_slots = static_cast<std::uint16_t>(2 * o.max_outstanding + d.below(20));
    o.send_queue = one_of<std::uint16_t>(d, {1, 3, 16, 128});
    o.ack_every = one_of<std::uint16_t>(d, {1, 2, 5, 100});
    o.eack_entries = one_of<std::uint16_t>(d, {0, 1, 8, 248});
    if (d.chance(20)) o.ack_delay = {};
    o.initial_window = one_of<std::uint16_t>(d, {1, 4, 10, 64});
    if (o.extended) o.congestion = static_cast<rrdp::congestion_kind>(d.below(3));
    o.tell_acked = d.chance(30);
}

/// Where nothing but a blow may end a conversation: at a loss of one half each way, and through
/// the longest of the shorter outages.
inline void make_patient(rrdp::options& o) {
    o.give_up = o.connect_timeout = o.fin_wait = o.linger = 600s;
}

/// A span of time: its order of magnitude first.
inline rrdp::duration choose_span(dice& d, std::uint32_t magnitudes) {
    rrdp::duration unit = 1ms;
    for (auto n = d.below(magnitudes); n != 0; --n) unit *= 10;
    return unit * d.between(1, 9);
}

inline void choose_talks(dice& d, storm& s) {
    s.nodes = d.chance(70) ? 2 : 3 + d.below(nodes_max - 2);
    const auto count = s.nodes == 2 ? 1 + d.below(2) : 2 + d.below(4);
    rrdp::options base =
        one_of<rrdp::options>(d, {rrdp::profiles::lan, rrdp::profiles::low_latency,
                                  rrdp::profiles::udp, rrdp::profiles::paper_exact});
    base.auto_close = false;
    base.ordered = d.chance(75);
    choose_features(d, base);
    if (s.patient) make_patient(base);
    const std::uint32_t messages = 5 + d.below(80 / count);
    const bool hub = s.nodes > 2 && d.chance(40);  // all talk to node 1
    for (std::uint32_t n = 0; n < count; ++n) {
        talk_plan t{.from = d.below(s.nodes), .opener = base, .listener = base};
        t.to = (t.from + 1 + d.below(s.nodes - 1)) % s.nodes;
        if (hub && t.from != 0) t.to = 0;
        choose_numbers(d, t.opener);
        choose_numbers(d, t.listener);
        t.messages = messages;
        if (s.lasts > 100ms) t.gap = s.lasts / (messages * (1 + d.below(4)));
        t.again = d.below(3);
        s.talks.push_back(t);
    }
}

inline void choose_messages(dice& d, storm& s) {
    rrdp::options& first = s.talks.front().opener;
    const bool runs = first.offered.has(features::frag);
    s.longest = one_of<std::size_t>(d, {16, 100, 1'400});
    std::uint16_t window = 256;
    for (const talk_plan& t : s.talks)
        window = std::min({window, t.opener.max_outstanding, t.listener.max_outstanding});
    if (runs && window >= 3 && d.chance(40)) s.longest = 4'200;
    if (d.chance(8)) s.mtu = 9'000;
    // Until the path has proved to take more, it goes in segments of the usual size.
    if (s.mtu > 1'500 && runs && window >= 8) s.longest = 16'000;
    // No message is longer, and those that are not long have 48 octets at most (laws.hpp).
    const std::size_t longest = std::max<std::size_t>(s.longest, 48);
    const bool said = runs && d.chance(30);
    for (talk_plan& t : s.talks) {
        if (!said) continue;
        t.opener.message_max = t.listener.message_max = static_cast<std::uint32_t>(longest);
    }
}

inline void choose_room(dice& d, storm& s) {
    s.room = {.connections = 32, .rings = 16, .segments = 300, .nodes = 8, .listeners = 8};
    s.room.segments = one_of<std::uint32_t>(d, {40, 100, 200, 300});
    s.room.rings = one_of<std::uint32_t>(d, {4, 16, 16});
    if (s.mtu > 1'500) s.room.segment_max = 8'986, s.room.segments = 60;
    s.fifo = d.chance(80);
    if (!s.fifo) s.room.governors = 32;
}

/// Who guesses a first number can talk two ends out of what they do not require.
inline void require_tags(storm& s) {
    for (talk_plan& t : s.talks) t.opener.required = t.listener.required = features::tag;
}

inline void choose_weather(dice& d, storm& s) {
    auto& w = s.weather;
    const auto half = [&] { return d.chance(50); };
    w.lateness = one_of<rrdp::duration>(d, {300us, 1ms, 5ms});
    if (half()) w.faults.loss = one_of<double>(d, {0.001, 0.01, 0.05, 0.1, 0.3, 0.5});
    if (half()) w.faults.duplicate = one_of<double>(d, {0.01, 0.1, 0.5});
    if (half()) w.faults.reorder = one_of<double>(d, {0.01, 0.1, 0.5});
    if (half()) w.faults.corrupt = one_of<double>(d, {0.01, 0.03, 0.15});
    if (d.chance(20)) w.bursts = {.begins = 0.005, .ends = one_of<double>(d, {0.5, 0.1, 0.02})};
    // One of tens of frames, where a frame is sent every tenth second, is the end.
    if (s.patient && w.bursts.ends != rrdp::adapters::probability{0.5}) w.bursts.ends = 0.3;
    if (half()) w.jitter = one_of<rrdp::duration>(d, {20us, 200us, 2ms});
    if (d.chance(30)) w.delay = one_of<rrdp::duration>(d, {50us, 1ms, 20ms});
    if (s.patient && d.chance(5)) w.delay = one_of<rrdp::duration>(d, {100ms, 500ms, 2'500ms});
    if (d.chance(20)) w.rate = one_of<std::uint64_t>(d, {1'250'000, 12'500'000, 1'250'000'000});
    if (s.patient && d.chance(5)) w.rate = one_of<std::uint64_t>(d, {12'500, 125'000});
    if (d.chance(30)) w.port_queue = one_of<std::uint64_t>(d, {2'000, 4'000, 16'000});
    if (w.port_queue != 0 && s.mtu > 1'500) w.port_queue *= 6;
    auto& p = s.pests;
    if (half()) p.garbled = one_of<double>(d, {0.01, 0.1, 0.3});
    if (half()) p.padded = 0.5;
    if (d.chance(25)) p.refused = one_of<double>(d, {0.01, 0.1, 0.5});
    if (half()) p.recalled = one_of<double>(d, {0.01, 0.1, 0.5});
    const bool tags = s.talks.front().opener.offered.has(features::tag);
    if (half() && tags) p.forged = one_of<double>(d, {0.01, 0.1, 0.5});
    if (!d.chance(90)) w.faults = {}, w.bursts = {}, s.pests = {};
    if (p.forged != rrdp::adapters::probability{}) require_tags(s);
    s.weather_stays = half();
}

inline void choose_clocks(dice& d, storm& s) {
    constexpr rrdp::duration last = rrdp::duration::max() - std::chrono::hours{300};
    for (auto& origin : s.origins) {
        if (d.chance(50)) origin = one_of<rrdp::duration>(d, {1ns, 1s, 100h, last});
    }
    if (d.chance(20)) s.tick = one_of<rrdp::duration>(d, {1us, 1ms, 100ms});
}

inline std::int64_t choose_amount(dice& d, const storm& s, blow::kind what) {
    switch (what) {
        case blow::kind::jump: {
            rrdp::duration span = choose_span(d, d.chance(3) ? 7 : 5);
            const bool ahead = d.chance(50);
            // Whose clock stands longer than others are patient is dead to them.
            if (!ahead && s.patient) span = std::min<rrdp::duration>(span, 300s);
            return ahead ? span.count() : -span.count();
        }
        case blow::kind::drift: return d.between(-100, 100);
        case blow::kind::narrow:
            return s.mtu > 1'500 ? one_of<std::int64_t>(d, {1'514, 4'000})
                                 : one_of<std::int64_t>(d, {60, 200, 600, 1'000});
        default: return 0;
    }
}

inline void choose_blow(dice& d, storm& s, blow::kind what) {
    blow b{.what = what, .a = d.below(s.nodes)};
    b.b = (b.a + 1 + d.below(s.nodes - 1)) % s.nodes;
    b.at = rrdp::duration{
        static_cast<std::int64_t>(d.next() % static_cast<std::uint64_t>(s.lasts.count()))};
    b.lasts = std::min<rrdp::duration>(choose_span(d, s.lasts > 1s ? 5 : 3), 60s);
    if (what == blow::kind::pause && d.chance(2)) b.lasts = 600s;
    if (what == blow::kind::crash && d.chance(50)) b.lasts = {};
    b.by = choose_amount(d, s, what);
    if (b.by < 0 && what == blow::kind::jump) s.delays += rrdp::duration{-b.by};
    if (what == blow::kind::stand) s.delays += b.lasts;
    s.blows.push_back(b);
}

/// Ways are cut one after the other, and joined in another order.
inline void choose_clog(dice& d, storm& s, bool both_ways) {
    for (std::size_t x = 0; x < s.nodes; ++x)
        for (std::size_t y = 0; y < s.nodes; ++y) {
            if (x == y || (!both_ways && d.chance(50))) continue;
            choose_blow(d, s, blow::kind::cut);
            s.blows.back().a = x;
            s.blows.back().b = y;
        }
}
/// Two nodes lose each other again and again.
inline void choose_flapping(dice& d, storm& s) {
    choose_blow(d, s, blow::kind::cut);
    blow b = s.blows.back();
    b.lasts = choose_span(d, s.lasts > 1s ? 3 : 1);
    for (std::uint32_t n = 3 + d.below(8); n != 0; --n) {
        s.blows.push_back(b);
        std::swap(b.a, b.b);
        s.blows.push_back(b);
        b.at += 2 * b.lasts;
    }
}

inline void choose_blows(dice& d, storm& s) {
    using enum blow::kind;
    if (d.chance(15)) choose_clog(d, s, d.chance(50));
    if (d.chance(15)) choose_flapping(d, s);
    if (d.chance(3)) {
        choose_blow(d, s, cut);  // what a spanning tree takes to settle
        s.blows.back().lasts = 50s;
    }
    for (const auto what : {cut, pause, jump, stand, drift, choke, hoard, narrow, link_down})
        for (auto n = d.chance(15) ? 1 + d.below(2) : 0; n != 0; --n) choose_blow(d, s, what);
    for (const auto what : {crash, link_gone, abort, half_close})
        for (auto n = d.chance(8) ? 1 + d.below(3) : 0; n != 0; --n) choose_blow(d, s, what);
}

}  // namespace detail

/// The storm of a seed: the same with every compiler.
inline storm chosen_storm(std::uint64_t seed) {
    rrdp::testing::dice d{seed ^ 0x5eed'0f'a'5703};
    storm s;
    s.patient = d.chance(65);
    s.lasts = detail::one_of<rrdp::duration>(d, {5ms, 50ms, 50ms, 1s, 10s, 30s});
    s.wrap = d.chance(40);
    detail::choose_talks(d, s);
    detail::choose_messages(d, s);
    detail::choose_room(d, s);
    detail::choose_weather(d, s);
    detail::choose_clocks(d, s);
    if (d.chance(70)) detail::choose_blows(d, s);
    return s;
}

}  // namespace simulation
