// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

#include <rrdp/core/statistics.hpp>

#include "json.hpp"

/// What an engine counted, for people and for programs.
namespace tools {

/// Adds the counters that a transfer is judged by to an object that is open.
inline void add_statistics(json_writer& json, const rrdp::statistics& s) {
    json.field("frames_out", s.frames_out).field("frames_in", s.frames_in);
    json.field("octets_out", s.octets_out).field("octets_in", s.octets_in);
    json.key("retransmissions").open_object();
    json.field("rto", s.retransmissions_rto).field("fast", s.retransmissions_fast);
    json.field("rack", s.retransmissions_rack).field("tlp", s.retransmissions_tlp);
    json.field("open", s.retransmissions_open).close_object();
    json.field("spurious_retransmissions", s.spurious_retransmissions);
    json.field("out_of_order", s.segments_out_of_order);
    json.key("dropped").open_object();
    for (std::size_t i = 0; i < rrdp::drop_reasons; ++i)
        if (s.drops[i] != 0) json.field(rrdp::name(static_cast<rrdp::drop_reason>(i)), s.drops[i]);
    json.close_object();
}

inline std::uint64_t retransmissions(const rrdp::statistics& s) noexcept {
    return s.retransmissions_rto + s.retransmissions_fast + s.retransmissions_rack +
           s.retransmissions_tlp + s.retransmissions_open;
}

/// "12 bad_checksum, 3 duplicate"; empty when nothing was dropped.
inline std::string dropped_text(const rrdp::statistics& s) {
    std::string text;
    for (std::size_t i = 0; i < rrdp::drop_reasons; ++i) {
        if (s.drops[i] == 0) continue;
        if (!text.empty()) text += ", ";
        text += std::to_string(s.drops[i]) + ' ' + rrdp::name(static_cast<rrdp::drop_reason>(i));
    }
    return text;
}

/// A few lines on standard error.
inline void print_statistics(const char* program, const rrdp::statistics& s) {
    std::fprintf(stderr, "%s: frames: %llu out, %llu in, %llu out of order\n", program,
                 static_cast<unsigned long long>(s.frames_out),
                 static_cast<unsigned long long>(s.frames_in),
                 static_cast<unsigned long long>(s.segments_out_of_order));
    std::fprintf(stderr,
                 "%s: sent again: %llu by timer, %llu fast, %llu by time, %llu as probes, "
                 "%llu while opening\n",
                 program, static_cast<unsigned long long>(s.retransmissions_rto),
                 static_cast<unsigned long long>(s.retransmissions_fast),
                 static_cast<unsigned long long>(s.retransmissions_rack),
                 static_cast<unsigned long long>(s.retransmissions_tlp),
                 static_cast<unsigned long long>(s.retransmissions_open));
    const std::string dropped = dropped_text(s);
    std::fprintf(stderr, "%s: dropped: %s\n", program, dropped.empty() ? "none" : dropped.c_str());
}

}  // namespace tools
