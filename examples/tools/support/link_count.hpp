// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <set>
#include <string>

#include "conversations.hpp"
#include "envelope.hpp"
#include "host.hpp"
#include "listening.hpp"
#include "paint.hpp"
#include "reading.hpp"

namespace tools {

/// Which link is counted.
struct link_count_options {
    host_options host;

    void declare(command_line& line) {
        line.text("--link", "LINK",
                  "count what arrives on packet:IF, packet-ring:IF, xdp:IF:QUEUE,\n"
                  "pcap:IF, udp:OWN-ADDRESS:PORT or dpdk:ARGUMENTS",
                  host.link);
        line.text("--interface", "NAME", "the same as --link packet-ring:NAME", host.interface);
        host.declare_ethertype(line, "of the link, hexadecimal (0x88b6)");
    }
};

/// What a link has brought.
struct link_sums {
    std::map<std::string, std::uint64_t> counts;  ///< by kind
    std::map<std::string, std::uint64_t> bad;     ///< by the first check that failed
    std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> senders;  ///< frames, octets
};

/// Counts frames by kind, those that nobody could use by the reason, and how much each node has
/// sent. It is an observer's view (docs/decisions/0035).
class link_counts : public link_sums {
public:
    explicit link_counts(const frame_lines_options& options) : options_{options} {}

    void add(const captured_frame& frame) {
        const auto envelope = options_.raw_ip ? open_packet(frame.octets, options_.marks)
                                              : open_envelope(frame.octets, options_.marks);
        if (!envelope) return;
        frame_context context;
        context.pseudo_header = envelope->pseudo_header;
        context.may_resolve = envelope->kind == carrier::ethernet;
        if (context.may_resolve) {
            context.source = envelope->source.mac();
            context.destination = envelope->destination.mac();
        }
        conversations_.recall(*envelope, context);
        const reading r = read_frame(envelope->payload, context);
        conversations_.learn(*envelope, r);
        ++counts["frames"];
        counts["octets"] += frame.octets.size();
        if (!r.ok()) return void(++bad[r.verdict]);
        ++counts[kind_of(r)];
        counts["data_octets"] += r.resolution ? 0 : r.segment.payload.size();
        // Sources are easily forged: there is no room for all of them.
        std::string who = text(envelope->source);
        if (senders.size() >= senders_max && senders.find(who) == senders.end()) who = "others";
        auto& [frames, octets] = senders[who];
        ++frames;
        octets += frame.octets.size();
    }

private:
    static const char* kind_of(const reading& r) {
        if (r.resolution) return "resolution";
        const auto& control = r.segment.base.control;
        if (control.syn()) return "syn";
        if (control.rst()) return "rst";
        if (control.nul()) return "nul";
        return r.segment.payload.empty() ? "ack" : "data";
    }

    static constexpr std::size_t senders_max = 1'000, conversations_max = 10'000;

    frame_lines_options options_;
    conversations conversations_{conversations_max};
};

namespace detail {

inline double since(const std::map<std::string, std::uint64_t>& before, const std::string& name,
                    std::uint64_t now, double seconds) {
    const auto found = before.find(name);
    const std::uint64_t was = found == before.end() ? 0 : found->second;
    return seconds > 0 ? static_cast<double>(now - was) / seconds : 0;
}

inline void print_rows(const char* prefix, const std::map<std::string, std::uint64_t>& now,
                       const std::map<std::string, std::uint64_t>& before, double seconds, tone t) {
    for (const auto& [name, count] : now) {
        char line[128];
        std::snprintf(line, sizeof line, "%-34s %14llu %12.1f", (prefix + name).c_str(),
                      static_cast<unsigned long long>(count), since(before, name, count, seconds));
        std::printf("%s\n", painted(t, line).c_str());
    }
}

inline void print_link(const link_sums& now, const link_sums& before, double seconds) {
    std::printf("%s\n", painted(tone::title,
                                "                                           TOTAL     A SECOND")
                            .c_str());
    print_rows("", now.counts, before.counts, seconds, tone::plain);
    print_rows("bad ", now.bad, before.bad, seconds, tone::doubtful);
    for (const auto& [who, sent] : now.senders)
        std::printf("from %-29s %14llu frames, %s\n", who.c_str(),
                    static_cast<unsigned long long>(sent.first), human_size(sent.second).c_str());
}

inline void print_link_json(const std::string& link, const link_sums& now, const link_sums& before,
                            double seconds) {
    json_writer json;
    json.open_object().field("link", link).field("seconds", seconds, 3);
    json.key("counters").open_object();
    for (const auto& [name, count] : now.counts) json.field(name, count);
    json.close_object().key("per_second").open_object();
    for (const auto& [name, count] : now.counts)
        json.field(name, since(before.counts, name, count, seconds), 3);
    json.close_object().key("bad").open_object();
    for (const auto& [reason, count] : now.bad) json.field(reason, count);
    json.close_object().key("senders").open_array();
    for (const auto& [who, sent] : now.senders) {
        json.open_object().field("address", who).field("frames", sent.first);
        json.field("octets", sent.second).close_object();
    }
    json.close_array().close_object();
    std::printf("%s\n", json.text().c_str());
}

}  // namespace detail

/// Counts for the time of `every`, or again and again until a signal comes, and tells each time.
inline void count_link(const link_count_options& o, bool watch, bool as_json,
                       rrdp::duration every) {
    if (o.host.loopback()) throw failure{exit_status::usage, "--link", "nobody else is on it"};
    const auto kind = o.host.description().kind();
    if (kind == rrdp::link_kind::shm || kind == rrdp::link_kind::unix_datagram)
        throw failure{exit_status::usage, "--link", "a cable of two ends has no place for a third"};
    const auto opened = open_link(o.host, 0, false);
    frame_lines_options lines;
    lines.marks.ethertype = o.host.ethertype;
    link_counts counts{suited(lines, *opened)};
    link_sums before = counts;
    sleeper sleep{{}};
    rrdp::instant told = clock_now();
    for (bool going_on = true; going_on;) {
        const bool asked =
            listen_until(opened->link(), sleep, told + every, [&](const captured_frame& f) {
                counts.add(f);
                return true;
            });
        const rrdp::instant now = clock_now();
        const double seconds = to_seconds(now - told);
        as_json ? detail::print_link_json(o.host.text(), counts, before, seconds)
                : detail::print_link(counts, before, seconds);
        if (std::fflush(stdout) != 0) throw system_failure("standard output");
        told = now;
        before = counts;
        going_on = watch && !asked;
    }
}

}  // namespace tools
