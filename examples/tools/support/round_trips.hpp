// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include <rrdp/base/time.hpp>

#include "json.hpp"
#include "paint.hpp"
#include "text.hpp"

namespace tools {

/// The round trips of one measurement: one sample for each message that came back.
class round_trips {
public:
    /// Room for `count` samples is obtained here, not while measuring.
    explicit round_trips(std::size_t count) { samples_.reserve(count); }

    void add(rrdp::duration sample) { samples_.push_back(sample); }
    [[nodiscard]] std::size_t count() const noexcept { return samples_.size(); }

    /// Call once, after the last `add` and before asking for figures.
    void sort() { std::sort(samples_.begin(), samples_.end()); }

    /// The sample below which `share` of all samples lie, in microseconds; 0 without samples.
    [[nodiscard]] double microseconds(double share) const {
        if (samples_.empty()) return 0;
        const auto last = samples_.size() - 1;
        const auto at = static_cast<std::size_t>(share * static_cast<double>(last) + 0.5);
        return static_cast<double>(samples_[std::min(at, last)].count()) / 1e3;
    }

private:
    std::vector<rrdp::duration> samples_;
};

/// What a measurement was, and what it found.
struct ping_report {
    std::string transport;  ///< "rrdp" or "tcp"
    std::string peer;
    std::size_t size = 0;
    std::string wait;        ///< how it was waited: what `--wait` takes
    std::string wait_words;  ///< the same in words
    std::uint64_t sent = 0;
    std::uint64_t retransmissions = 0;  ///< frames the engine sent again
    round_trips times;

    [[nodiscard]] double loss_percent() const noexcept {
        if (sent == 0) return 0;
        const auto missing = static_cast<double>(sent) - static_cast<double>(times.count());
        return 100 * missing / static_cast<double>(sent);
    }
};

inline void print_json(const ping_report& r) {
    json_writer json;
    json.open_object().field("transport", r.transport).field("peer", r.peer);
    json.field("wait", r.wait).field("size", r.size);
    json.field("sent", r.sent).field("received", r.times.count());
    json.field("loss_percent", r.loss_percent(), 3).field("retransmissions", r.retransmissions);
    json.field("min_us", r.times.microseconds(0), 3).field("p50_us", r.times.microseconds(0.5), 3);
    json.field("p90_us", r.times.microseconds(0.9), 3);
    json.field("p99_us", r.times.microseconds(0.99), 3);
    json.field("p999_us", r.times.microseconds(0.999), 3);
    json.field("max_us", r.times.microseconds(1), 3).close_object();
    std::printf("%s\n", json.text().c_str());
}

inline void print_text(const ping_report& r) {
    const bool lost = r.loss_percent() > 0;
    std::printf(
        "%s to %s, %zu octets, %s: %llu sent, %zu received, %s", r.transport.c_str(),
        r.peer.c_str(), r.size, r.wait_words.c_str(), static_cast<unsigned long long>(r.sent),
        r.times.count(),
        painted(lost ? tone::bad : tone::good, fixed(r.loss_percent(), lost ? 2 : 0) + " % lost")
            .c_str());
    if (r.retransmissions != 0)
        std::printf(" (%llu frames sent again)",
                    static_cast<unsigned long long>(r.retransmissions));
    std::printf(
        "\nround trip in microseconds: min %s  p50 %s  p99 %s  max %s\n",
        fixed(r.times.microseconds(0), 2).c_str(), fixed(r.times.microseconds(0.5), 2).c_str(),
        fixed(r.times.microseconds(0.99), 2).c_str(), fixed(r.times.microseconds(1), 2).c_str());
}

}  // namespace tools
