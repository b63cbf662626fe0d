// SPDX-License-Identifier: Apache-2.0
#include "measure.hpp"

#include <algorithm>

#include "tools/support/progress.hpp"

namespace rrdp::bench {
namespace {

/// "packet-ring" of "packet-ring:eth0".
std::string kind_of(const std::string& link) {
    return link.substr(0, link.find(':'));
}

bool contains(const std::vector<std::string>& all, const std::string& name) {
    return std::find(all.begin(), all.end(), name) != all.end();
}

/// What is left of a row that is over or was given up.
void wait_until_served(line& other) {
    for (;;) {
        const auto said = other.hear(std::chrono::seconds{10});
        if (!said) throw std::runtime_error{"the other end is gone"};
        if (*said == "served") return;
    }
}

/// One round of one row.
void measure_once(cell& c, const job& j, const place& here, line& other) {
    const bool with_other = c.of->serve != nullptr;
    if (with_other) other.say("row " + c.of->name + '|' + j.text());
    try {
        const outcome o = c.of->measure(here, j, other);
        c.times.add(o.times);
        c.repeated += o.repeated;
        const bool timed = j.what != workload::stream;
        c.rounds.push_back(timed ? static_cast<double>(o.times.at(0.5)) / 1e3 : o.per_second);
    } catch (const std::exception& e) {
        c.trouble = e.what();
    }
    if (with_other) wait_until_served(other);
}

}  // namespace

std::vector<const row*> wanted(const plan& p, const std::vector<row>& rows) {
    std::vector<const row*> all;
    for (const row& r : rows) {
        bool linked = false;
        for (const std::string& link : p.links) linked = linked || kind_of(link) == r.link;
        const bool take = r.kind == row_kind::kernel ? contains(p.beside, r.name)
                          : r.kind == row_kind::raw  ? linked && contains(p.beside, "raw")
                                                     : linked;
        if (take) all.push_back(&r);
    }
    return all;
}

void measure_all(results& all, const std::vector<row>& rows, const place& here, line& other) {
    const auto chosen = wanted(all.asked, rows);
    tools::progress progress{std::nullopt};
    for (const std::size_t size : all.asked.sizes) {
        const job j = all.asked.job_of(size);
        const std::size_t first = all.cells.size();
        for (const row* const r : chosen) {
            cell& c = all.cells.emplace_back();
            c.of = r;
            c.size = size;
        }
        for (std::uint64_t round = 0; round < all.asked.rounds; ++round)
            for (std::size_t i = first; i < all.cells.size(); ++i) {
                if (!all.cells[i].trouble.empty()) continue;
                progress.say(std::to_string(size) + " octets, round " + std::to_string(round + 1) +
                             " of " + std::to_string(all.asked.rounds) + ": " +
                             all.cells[i].of->name);
                measure_once(all.cells[i], j, here, other);
            }
    }
}

void serve_all(const place& here, line& other) {
    const std::vector<row> rows = all_rows();
    while (const auto said = other.hear()) {
        const auto bar = said->find('|');
        if (!said->starts_with("row ") || bar == std::string::npos) return;
        const std::string name = said->substr(4, bar - 4);
        try {
            const job j = job::read(said->substr(bar + 1));
            const row* found = nullptr;
            for (const row& r : rows)
                if (r.name == name && r.serve != nullptr) found = &r;
            if (found == nullptr) throw std::runtime_error{"the other end does not know it"};
            found->serve(here, j, other);
        } catch (const std::exception& e) {
            other.say(e.what());
        }
        other.say("served");
    }
}

}  // namespace rrdp::bench
