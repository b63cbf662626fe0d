// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "json.hpp"
#include "paint.hpp"
#include "status_reading.hpp"
#include "text.hpp"

/// What two readings of a status say, for people and for programs.
namespace tools {

/// A reading, and the one before it, if there was one: the differences are rates.
struct status_pair {
    const status_reading& now;
    const status_reading* before = nullptr;
    double age = 0;  ///< seconds since it was written
    bool alive = true;

    [[nodiscard]] double seconds() const {
        return before == nullptr ? 0
                                 : now.value("running_seconds") - before->value("running_seconds");
    }
    /// How much a counter grows in a second.
    [[nodiscard]] std::optional<double> rate(const status_sample& s) const {
        if (seconds() <= 0) return std::nullopt;
        const status_sample* const was = before->same(s);
        return (s.value - (was == nullptr ? 0 : was->value)) / seconds();
    }
};

namespace detail {

inline bool counts(const status_sample& s) {
    return std::string_view{s.metric}.ends_with("_total");
}
/// "drops bad_tag" of drops_total{reason="bad_tag"}
inline std::string plain_name(const status_sample& s) {
    std::string name = s.metric.substr(0, s.metric.size() - (counts(s) ? 6 : 0));
    for (const char* label : {"reason", "kind"})
        if (const std::string is = s.label(label); !is.empty()) name += ' ' + is;
    return name;
}

/// The connections of a reading: their labels, and what is told of each.
inline auto connections_of(const status_reading& r) {
    using place = std::map<std::string, std::string>;
    std::map<place, std::map<std::string, double>> all;
    constexpr std::string_view prefix = "connection_";
    for (const status_sample& s : r.samples())
        if (s.metric.starts_with(prefix)) all[s.labels][s.metric.substr(prefix.size())] = s.value;
    return all;
}

inline std::string label_of(const std::map<std::string, std::string>& labels, const char* name) {
    const auto found = labels.find(name);
    return found == labels.end() ? "?" : found->second;
}

inline std::string microseconds(double seconds) {
    return seconds <= 0 ? "-" : fixed(seconds * 1e6, 0);
}

inline void print_connections(const status_reading& r) {
    const auto all = connections_of(r);
    if (all.empty()) return;
    std::printf("%s\n", painted(tone::title,
                                "PEER         LOCAL  STATE         SRTT us  RTTVAR   LEAST  "
                                "RTO us  WINDOW  FLYING  QUEUED  UNREAD")
                            .c_str());
    for (const auto& [labels, values] : all) {
        const auto of = [&v = values](const char* what) {
            const auto found = v.find(what);
            return found == v.end() ? 0.0 : found->second;
        };
        const std::string peer = label_of(labels, "node") + ':' + label_of(labels, "port");
        std::printf("%-11s  %5s  %-12s  %7s  %6s  %6s  %6s  %6.0f  %6.0f  %6.0f  %6.0f\n",
                    peer.c_str(), label_of(labels, "local_port").c_str(),
                    label_of(labels, "state").c_str(), microseconds(of("srtt_seconds")).c_str(),
                    microseconds(of("rttvar_seconds")).c_str(),
                    microseconds(of("min_rtt_seconds")).c_str(),
                    microseconds(of("rto_seconds")).c_str(), of("window_segments"),
                    of("outstanding_segments"), of("queued_messages"), of("unread_segments"));
    }
    const double more = r.value("connections") - static_cast<double>(all.size());
    if (more > 0) std::printf("and %.0f more\n", more);
}

}  // namespace detail

/// Counters that are not 0, with their rates, and a line for each connection.
inline void print_text(const status_pair& p) {
    const status_reading& r = p.now;
    const std::string process = "process " + fixed(r.value("process_id"), 0);
    std::printf("%s: %s, running for %s s", painted(tone::title, r.name()).c_str(),
                p.alive ? process.c_str() : painted(tone::bad, process + " is gone").c_str(),
                fixed(r.value("running_seconds"), 1).c_str());
    if (p.age > 2 * r.value("period_seconds") + 1)
        std::printf(", %s",
                    painted(tone::doubtful, "written " + fixed(p.age, 1) + " s ago").c_str());
    std::printf("\n%s\n", painted(tone::title,
                                  "                                           TOTAL     A SECOND")
                              .c_str());
    for (const status_sample& s : r.samples()) {
        if (!detail::counts(s) || s.value == 0) continue;
        const auto rate = p.rate(s);
        const bool trouble = s.metric == "drops_total" || s.metric == "internal_errors_total";
        char line[128];
        std::snprintf(line, sizeof line, "%-34s %14s %12s", detail::plain_name(s).c_str(),
                      fixed(s.value, s.metric.find("seconds") == std::string::npos ? 0 : 3).c_str(),
                      rate ? fixed(*rate, 1).c_str() : "");
        std::printf("%s\n", painted(trouble ? tone::doubtful : tone::plain, line).c_str());
    }
    for (const char* gauge : {"connections", "segments_available"})
        std::printf("%-34s %14s\n", gauge, fixed(r.value(gauge), 0).c_str());
    detail::print_connections(r);
}

/// All of it as one object.
inline void print_json(const status_pair& p) {
    const status_reading& r = p.now;
    json_writer json;
    json.open_object().field("name", r.name());
    json.field("process_id", status_sample::whole<std::int64_t>(r.value("process_id")));
    json.field("alive", p.alive).field("age_seconds", p.age, 3);
    json.field("running_seconds", r.value("running_seconds"), 3);
    json.field("connections", status_sample::whole<std::uint64_t>(r.value("connections")));
    json.field("segments_available",
               status_sample::whole<std::uint64_t>(r.value("segments_available")));
    const auto add = [&](const char* title, bool rates) {
        json.key(title).open_object();
        for (const status_sample& s : r.samples()) {
            if (!detail::counts(s)) continue;
            const auto rate = p.rate(s);
            std::string name = detail::plain_name(s);
            for (char& c : name)
                if (c == ' ') c = '.';
            if (rates && rate) json.field(name, *rate, 3);
            const bool whole = s.metric.find("seconds") == std::string::npos;
            if (!rates) json.field(name, s.value, whole ? 0 : 6);
        }
        json.close_object();
    };
    add("counters", false);
    if (p.seconds() > 0) add("per_second", true);
    json.key("each").open_array();
    for (const auto& [labels, values] : detail::connections_of(r)) {
        json.open_object();
        for (const char* label : {"node", "port", "local_port"})
            json.field(label, to_number<std::uint16_t>(detail::label_of(labels, label), 0, 0xffff)
                                  .value_or(std::uint16_t{0}));
        json.field("state", detail::label_of(labels, "state"));
        for (const auto& [what, value] : values) {
            const bool time = std::string_view{what}.ends_with("_seconds");
            json.field(what, value, time ? 9 : 0);
        }
        json.close_object();
    }
    json.close_array().close_object();
    std::printf("%s\n", json.text().c_str());
}

}  // namespace tools
