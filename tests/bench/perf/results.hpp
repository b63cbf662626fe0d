// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "histogram.hpp"
#include "plan.hpp"
#include "ratios.hpp"
#include "rows.hpp"

namespace rrdp::bench {

/// What the rounds of one row at one size came to.
struct cell {
    const row* of = nullptr;
    std::size_t size = 0;
    std::vector<double> rounds{};  ///< p50 of round trips in microseconds, or messages a second
    histogram times{};             ///< of all rounds
    std::uint64_t repeated = 0;    ///< segments or packets sent again
    std::string trouble{};         ///< why it was not run, or not to its end

    [[nodiscard]] bool ran() const { return trouble.empty() && !rounds.empty(); }
};

/// Two rows compared, so that more is better for RRDP but over `raw`, where 1 is the aim.
struct comparison {
    std::string over, under;
    std::size_t size = 0;
    interval ratio{};
};

/// All of a run.
struct results {
    plan asked{};
    std::vector<cell> cells{};
    std::string machine{}, load_before{}, load_after{}, date{}, words{}, cpus{};
    std::vector<std::string> remarks{};

    [[nodiscard]] bool stream() const {
        return asked.what == command::bandwidth || asked.what == command::rate;
    }
    [[nodiscard]] const cell* find(const std::string& name, std::size_t size) const {
        for (const cell& c : cells)
            if (c.of->name == name && c.size == size) return &c;
        return nullptr;
    }
    [[nodiscard]] std::vector<comparison> comparisons() const;
};

/// What `comparisons` has to say of a row, of the kind that begins or ends with this name.
void print(const results& all);
void write_json(const results& all);
/// A file for each row and size that has times.
void write_hgrm(const results& all);

}  // namespace rrdp::bench
