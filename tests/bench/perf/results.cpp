// SPDX-License-Identifier: Apache-2.0
#include "results.hpp"

#include <cstdio>

#include "tools/support/text.hpp"

namespace rrdp::bench {
namespace {

void compare(const results& all, const cell& own, const std::string& other,
             std::vector<comparison>& into) {
    const cell* const c = all.find(other, own.size);
    if (c == nullptr || !c->ran() || !own.ran()) return;
    const bool raw = c->of->kind == row_kind::raw;
    // Of times the other's over ours, of rates ours over the other's; over a bare link what the
    // protocol takes.
    const bool own_on_top = all.stream() != raw;
    const cell& over = own_on_top ? own : *c;
    const cell& under = own_on_top ? *c : own;
    into.push_back({over.of->name, under.of->name, own.size, paired(over.rounds, under.rounds)});
}

std::string text(const interval& i) {
    return tools::fixed(i.middle, 3) + " (" + tools::fixed(i.low, 3) + "-" +
           tools::fixed(i.high, 3) + ")";
}

double us(std::uint64_t ns) {
    return static_cast<double>(ns) / 1e3;
}

void print_head(const results& all) {
    const plan& p = all.asked;
    std::printf("%s, %s, load %s\n", all.machine.c_str(), all.date.c_str(),
                all.load_before.c_str());
    for (const std::string& remark : all.remarks) std::printf("%s\n", remark.c_str());
    std::printf("MTU %zu, both ends: %s, processors %s, %llu interleaved rounds\n", p.mtu,
                adapters::to_text(p.wait).c_str(), all.cpus.c_str(),
                static_cast<unsigned long long>(p.rounds));
}

void print_times(const results& all, std::size_t size) {
    const job j = all.asked.job_of(size);
    std::printf(
        "\n%zu octets, round trips in us (RTT/2 = one way, if both ways are alike); %llu a "
        "round%s\n",
        size, static_cast<unsigned long long>(j.count),
        j.what == workload::open ? ", open loop: counted from the intended time" : "");
    std::printf("%-16s %9s %9s %9s %9s %9s %9s %10s\n", "", "RTT/2 p50", "RTT p50", "p90", "p99",
                "p99.9", "p99.99", "max");
    for (const cell& c : all.cells) {
        if (c.size != size || c.times.total() == 0) continue;
        const double half = median(c.rounds) / 2;
        std::printf("%-16s %9.2f %9.2f %9.2f %9.2f %9.2f %9.2f %10.1f\n", c.of->name.c_str(), half,
                    2 * half, us(c.times.at(0.9)), us(c.times.at(0.99)), us(c.times.at(0.999)),
                    us(c.times.at(0.9999)), us(c.times.max()));
    }
}

void print_rates(const results& all, std::size_t size) {
    const job j = all.asked.job_of(size);
    std::printf("\n%zu octets, one way, %llu messages a round, %llu under way at most\n", size,
                static_cast<unsigned long long>(j.count),
                static_cast<unsigned long long>(j.window));
    std::printf("%-16s %12s %12s %12s\n", "", "messages/s", "Mb/s", "sent again");
    for (const cell& c : all.cells) {
        if (c.size != size || !c.ran()) continue;
        const double rate = median(c.rounds);
        std::printf("%-16s %12.0f %12.1f %12llu\n", c.of->name.c_str(), rate,
                    rate * static_cast<double>(size) * 8e-6,
                    static_cast<unsigned long long>(c.repeated));
    }
}

}  // namespace

std::vector<comparison> results::comparisons() const {
    std::vector<comparison> found;
    for (const cell& own : cells) {
        if (own.of->kind != row_kind::rrdp) continue;
        compare(*this, own, own.of->name + " raw", found);
        for (const char* kernel : {"tcp", "tcp-plain", "kernel-udp", "af-packet"})
            compare(*this, own, kernel, found);
    }
    return found;
}

void print(const results& all) {
    print_head(all);
    const auto ratios = all.comparisons();
    for (const std::size_t size : all.asked.sizes) {
        all.stream() ? print_rates(all, size) : print_times(all, size);
        for (const comparison& c : ratios)
            if (c.size == size)
                std::printf("  %-30s %s\n", (c.over + " / " + c.under).c_str(),
                            text(c.ratio).c_str());
        for (const cell& c : all.cells)
            if (c.size == size && !c.trouble.empty())
                std::printf("  %-16s not run: %s\n", c.of->name.c_str(), c.trouble.c_str());
    }
    if (!ratios.empty())
        std::printf("\nIn brackets: where the median lies, with %.1f %% confidence.\n",
                    100 * ratios.front().ratio.confidence);
    std::printf("Load at the end: %s\n", all.load_after.c_str());
}

void write_hgrm(const results& all) {
    for (const cell& c : all.cells) {
        if (c.times.total() == 0) continue;
        std::string name = c.of->name;
        std::replace(name.begin(), name.end(), ' ', '-');
        const std::string path =
            all.asked.hgrm + "/" + name + "-" + std::to_string(c.size) + ".hgrm";
        std::FILE* const file = std::fopen(path.c_str(), "w");
        if (file == nullptr) throw std::runtime_error{path + ": " + std::strerror(errno)};
        c.times.write_hgrm(file);
        std::fclose(file);
    }
}

}  // namespace rrdp::bench
