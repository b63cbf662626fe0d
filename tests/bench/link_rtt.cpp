// SPDX-License-Identifier: Apache-2.0
// Round trips over every link, with the engine and without, and over the kernel's TCP and UDP, in
// one interleaved run: `link_rtt --help`.
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

#include "bench/rtt_cells.hpp"
#include "bench/two_hosts.hpp"

namespace rrdp::bench {
namespace {

struct plan {
    std::uint64_t rounds = 9;
    std::uint64_t count = 3'000;  ///< round trips a round
    std::size_t size = 64;        ///< octets of a message
    std::string only;             ///< part of the name of the rows to run
};

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values.empty() ? 0 : values[values.size() / 2];
}

/// The middle of `values` and, in brackets, the span of the middle half.
std::string with_span(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    char text[64];
    std::snprintf(text, sizeof text, "%6.3f (%.3f-%.3f)", median(values), values[values.size() / 4],
                  values[3 * values.size() / 4]);
    return text;
}

std::vector<double> ratios(const std::vector<double>& over, const std::vector<double>& under) {
    std::vector<double> all;
    for (std::size_t i = 0; i < over.size() && i < under.size(); ++i)
        if (over[i] > 0 && under[i] > 0) all.push_back(over[i] / under[i]);
    return all;
}

/// The child serves whatever row it is told to until it is told `end`.
[[noreturn]] void serve(two_hosts& hosts, const plan& p) {
    pin(1);
    for (std::size_t row = 0; hosts.hear(row);) {
        try {
            cells()[row].run({hosts, side::echo, p.size, p.count});
        } catch (const std::exception& e) {
            hosts.tell_ready(e.what());
        }
    }
    std::_Exit(0);
}

void print(const plan& p, const std::map<std::string, std::vector<double>>& medians,
           const std::map<std::string, std::string>& trouble) {
    std::printf(
        "round trip, p50 in us, %zu-octet messages, both ends spinning, CPUs 0 and 1,\n"
        "median of %llu interleaved rounds of %llu; ratios are medians of paired ratios, in "
        "brackets their middle half\n\n",
        p.size, static_cast<unsigned long long>(p.rounds),
        static_cast<unsigned long long>(p.count));
    std::printf("%-14s %9s %9s   %-22s %-22s\n", "link", "raw", "RRDP", "RRDP / raw", "TCP / RRDP");
    const auto of = [&](const std::string& name) {
        const auto at = medians.find(name);
        return at == medians.end() ? std::vector<double>{} : at->second;
    };
    const auto tcp = of("tcp");
    for (const cell& c : cells()) {
        const std::string name = c.name;
        if (const auto why = trouble.find(name); why != trouble.end()) {
            std::printf("%-14s not run: %s\n", c.name, why->second.c_str());
            continue;
        }
        const auto own = of(name);
        if (own.empty() || name.ends_with(" raw")) continue;
        const auto raw = of(c.floor);
        std::printf("%-14s %9s %9.2f", c.name,
                    raw.empty() ? "-" : std::to_string(median(raw)).substr(0, 5).c_str(),
                    median(own));
        if (!raw.empty()) std::printf("   %-22s", with_span(ratios(own, raw)).c_str());
        if (!raw.empty() && !tcp.empty())
            std::printf(" %-22s", with_span(ratios(tcp, own)).c_str());
        std::printf("\n");
    }
}

int measure(two_hosts& hosts, const plan& p) {
    pin(0);
    std::map<std::string, std::vector<double>> medians;
    std::map<std::string, std::string> trouble;
    for (std::uint64_t round = 0; round < p.rounds; ++round) {
        for (std::size_t row = 0; row < cells().size(); ++row) {
            const cell& c = cells()[row];
            const std::string name = c.name;
            const bool wanted = name.find(p.only) != std::string::npos || name == "tcp";
            if (!wanted || trouble.contains(name)) continue;
            hosts.ask(row);
            try {
                medians[name].push_back(c.run({hosts, side::ping, p.size, p.count}));
            } catch (const std::exception& e) {
                trouble[name] = e.what();
                hosts.wait_until_served();
            }
        }
    }
    print(p, medians, trouble);
    for (const auto& [name, times] : medians)
        if (times.empty() && !trouble.contains(name)) return 1;
    return medians.contains("tcp") && !medians["tcp"].empty() ? 0 : 1;
}

std::uint64_t number(const char* text) {
    char* end = nullptr;
    const auto value = std::strtoull(text, &end, 10);
    if (*end != '\0' || value == 0) {
        std::fprintf(stderr, "link_rtt: '%s' is not a number above 0\n", text);
        std::exit(2);
    }
    return value;
}

plan read(int argc, char** argv) {
    plan p;
    for (int i = 1; i < argc; ++i) {
        const std::string what = argv[i];
        const bool more = i + 1 < argc;
        if (what == "--rounds" && more) {
            p.rounds = number(argv[++i]);
        } else if (what == "--count" && more) {
            p.count = number(argv[++i]);
        } else if (what == "--size" && more) {
            p.size = number(argv[++i]);
        } else if (what == "--only" && more) {
            p.only = argv[++i];
        } else {
            std::printf(
                "usage: link_rtt [--rounds N] [--count N] [--size OCTETS] [--only NAME]\n"
                "Needs the right to make network namespaces, and two processors.\n");
            std::exit(what == "--help" ? 0 : 2);
        }
    }
    if (p.size < 8 || p.size > 1'400) {
        std::fprintf(stderr, "link_rtt: a message has 8 to 1400 octets here\n");
        std::exit(2);
    }
    return p;
}

}  // namespace

int run(int argc, char** argv) {
    const plan p = read(argc, argv);
    try {
        two_hosts hosts;
        if (hosts.is_child()) serve(hosts, p);
        const int result = measure(hosts, p);
        hosts.end();
        return result;
    } catch (const no_network& why) {
        std::printf("skipped: %s\n", why.what());
        return 77;
    } catch (const std::exception& why) {
        std::fprintf(stderr, "link_rtt: %s\n", why.what());
        return 1;
    }
}

}  // namespace rrdp::bench

int main(int argc, char** argv) {
    return rrdp::bench::run(argc, argv);
}
