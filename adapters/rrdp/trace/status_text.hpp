// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <rrdp/rrdp.hpp>

namespace rrdp::trace {

/// A counter of `statistics`, and what it is called outside.
struct counter_name {
    std::string_view name{};                     ///< without prefix and suffix
    std::uint64_t statistics::*value = nullptr;  ///< which it is
};

/// Those that are one number each.
inline constexpr std::array counter_names{
    counter_name{"frames_in", &statistics::frames_in},
    counter_name{"frames_out", &statistics::frames_out},
    counter_name{"octets_in", &statistics::octets_in},
    counter_name{"octets_out", &statistics::octets_out},
    counter_name{"segments_out_of_order", &statistics::segments_out_of_order},
    counter_name{"retransmissions_rto", &statistics::retransmissions_rto},
    counter_name{"retransmissions_fast", &statistics::retransmissions_fast},
    counter_name{"retransmissions_rack", &statistics::retransmissions_rack},
    counter_name{"retransmissions_tlp", &statistics::retransmissions_tlp},
    counter_name{"retransmissions_open", &statistics::retransmissions_open},
    counter_name{"spurious_retransmissions", &statistics::spurious_retransmissions},
    counter_name{"acks_in", &statistics::acks_in},
    counter_name{"acks_out", &statistics::acks_out},
    counter_name{"eacks_in", &statistics::eacks_in},
    counter_name{"eacks_out", &statistics::eacks_out},
    counter_name{"challenges_sent", &statistics::challenges_sent},
    counter_name{"challenges_suppressed", &statistics::challenges_suppressed},
    counter_name{"resets_suppressed", &statistics::resets_suppressed},
    counter_name{"resets_crowded_out", &statistics::resets_crowded_out},
    counter_name{"keepalives_out", &statistics::keepalives_out},
    counter_name{"governor_stalls", &statistics::governor_stalls},
    counter_name{"persist_probes", &statistics::persist_probes},
    counter_name{"mtu_probes", &statistics::mtu_probes},
    counter_name{"mtu_probes_lost", &statistics::mtu_probes_lost},
    counter_name{"mtu_raised", &statistics::mtu_raised},
    counter_name{"mtu_black_holes", &statistics::mtu_black_holes},
    counter_name{"messages_cut_off", &statistics::messages_cut_off},
    counter_name{"messages_confirmed", &statistics::messages_confirmed},
    counter_name{"messages_in_doubt", &statistics::messages_in_doubt},
    counter_name{"messages_not_sent", &statistics::messages_not_sent},
    counter_name{"connections_opened", &statistics::connections_opened},
    counter_name{"connections_timed_out", &statistics::connections_timed_out},
    counter_name{"connections_unanswered", &statistics::connections_unanswered},
    counter_name{"connections_restarted", &statistics::connections_restarted},
    counter_name{"connections_unreachable", &statistics::connections_unreachable},
    counter_name{"internal_errors", &statistics::internal_errors},
    counter_name{"resolution_in", &statistics::resolution_in},
    counter_name{"resolution_out", &statistics::resolution_out},
    counter_name{"resolution_crowded_out", &statistics::resolution_crowded_out},
    counter_name{"link_flaps", &statistics::link_flaps},
};

/// The text that says how an engine stands, in the exposition format of Prometheus: lines of
/// `rrdp_NAME{label="value"} NUMBER`, counters with `_total` behind their names, times in seconds.
/// Its memory grows to what is needed, and is used again.
class status_text {
public:
    /// So many connections are told of one by one; of more, only how many there are.
    static constexpr std::size_t connections_max = 100;

    /// `name` stands on every line, so that the texts of several engines can be read together.
    explicit status_text(std::string_view name) : name_{name} { told_.reserve(connections_max); }

    /// Begins anew.
    void clear() noexcept { text_.clear(); }
    /// What was written since then.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

    /// A metric with one value; `more` are labels, with a comma before each.
    void add(std::string_view metric, bool counts, double value, std::string_view more = {}) {
        family(metric, counts);
        sample(metric, value, more);
    }

    /// All that an engine counts, and its connections. Looks at each place for a connection.
    template <class Engine>
    void add(const Engine& engine) {
        const statistics& s = engine.stats();
        for (const counter_name& c : counter_names) add_counter(c.name, s.*c.value);
        add("zero_window_seconds_total", true, seconds(s.zero_window_time));
        family("drops_total", true);
        for (std::size_t i = 0; i < drop_reasons; ++i)
            sample("drops_total", s.drops[i], "reason", rrdp::name(static_cast<drop_reason>(i)));
        add_resets("resets_in_total", s.resets_in);
        add_resets("resets_out_total", s.resets_out);
        add_resets("protocol_errors_total", s.protocol_errors);
        add_messages("messages_sent_total", s.messages_sent);
        add_messages("messages_received_total", s.messages_received);
        add("connections", false, engine.connections());
        add("segments_available", false, static_cast<double>(engine.segments_available()));
        add_connections(engine);
    }

private:
    static double seconds(duration d) noexcept { return static_cast<double>(d.count()) / 1e9; }

    void add_counter(std::string_view name, std::uint64_t value) {
        char metric[64];
        std::snprintf(metric, sizeof metric, "%.*s_total", static_cast<int>(name.size()),
                      name.data());
        add(metric, true, static_cast<double>(value));
    }
    void add_resets(const char* metric, const reset_counters& r) {
        family(metric, true);
        for (std::size_t i = 0; i < reset_counters::reasons; ++i) {
            const auto reason = static_cast<wire::reset_reason>(i);
            sample(metric, r.of(reason), "reason", wire::name(reason));
        }
    }
    void add_messages(const char* metric, const message_counters& m) {
        family(metric, true);
        sample(metric, m.one, "kind", "one_segment");
        sample(metric, m.several, "kind", "several_segments");
        sample(metric, m.empty, "kind", "empty");
        sample(metric, m.bundled, "kind", "bundled");
    }

    template <class Engine>
    void add_connections(const Engine& engine) {
        told_.clear();
        engine.for_each_connection([&](connection_id id) {
            if (told_.size() == connections_max) return;
            if (const auto info = engine.info(id)) told_.push_back(*info);
        });
        using info = connection_info;
        each("srtt_seconds", [](const info& c) { return seconds(c.srtt); });
        each("rttvar_seconds", [](const info& c) { return seconds(c.rttvar); });
        each("min_rtt_seconds", [](const info& c) { return seconds(c.min_rtt); });
        each("rto_seconds", [](const info& c) { return seconds(c.rto); });
        each("window_segments", [](const info& c) { return static_cast<double>(c.cwnd); });
        each("outstanding_segments",
             [](const info& c) { return static_cast<double>(c.outstanding); });
        each("queued_messages", [](const info& c) { return static_cast<double>(c.queued); });
        each("unread_segments", [](const info& c) { return static_cast<double>(c.unread); });
    }
    template <class Value>
    void each(const char* what, Value value) {
        char metric[48];
        std::snprintf(metric, sizeof metric, "connection_%s", what);
        if (!told_.empty()) family(metric, false);
        for (const connection_info& c : told_) {
            char labels[96];
            std::snprintf(
                labels, sizeof labels, ",node=\"%u\",port=\"%u\",local_port=\"%u\",state=\"%s\"",
                static_cast<unsigned>(c.remote.node), static_cast<unsigned>(c.remote.port),
                static_cast<unsigned>(c.remote.local_port), rrdp::name(c.at));
            sample(metric, value(c), labels);
        }
    }

    void family(std::string_view metric, bool counts) {
        text_.append("# TYPE rrdp_").append(metric).append(counts ? " counter\n" : " gauge\n");
    }
    void sample(std::string_view metric, std::uint64_t value, const char* label, const char* is) {
        char labels[64];
        std::snprintf(labels, sizeof labels, ",%s=\"%s\"", label, is);
        sample(metric, static_cast<double>(value), labels);
    }
    void sample(std::string_view metric, double value, std::string_view labels) {
        char number[32];
        std::snprintf(number, sizeof number, "%.15g", value);
        text_.append("rrdp_").append(metric).append("{name=\"").append(name_).append("\"");
        text_.append(labels).append("} ").append(number).append("\n");
    }

    std::string name_, text_;
    std::vector<connection_info> told_;
};

}  // namespace rrdp::trace
