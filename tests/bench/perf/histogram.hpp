// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <vector>

namespace rrdp::bench {

/// Counts of durations in nanoseconds, up to 68 s, to three significant digits: the layout of
/// HdrHistogram (2 048 places for each power of two), whose library for C is not in Debian 12; it
/// is there for Java and Go only. `write_hgrm` writes the text that its tools and plotters read.
class histogram {
public:
    histogram() : counts_(places) {}

    void record(std::uint64_t ns) noexcept {
        const std::uint64_t value = std::min(ns, longest);
        ++counts_[index(value)];
        ++total_;
        min_ = std::min(min_, value);
        max_ = std::max(max_, value);
    }
    void add(const histogram& other) noexcept {
        for (std::size_t i = 0; i < places; ++i) counts_[i] += other.counts_[i];
        total_ += other.total_;
        min_ = std::min(min_, other.min_);
        max_ = std::max(max_, other.max_);
    }

    [[nodiscard]] std::uint64_t total() const noexcept { return total_; }
    [[nodiscard]] std::uint64_t min() const noexcept { return total_ == 0 ? 0 : min_; }
    [[nodiscard]] std::uint64_t max() const noexcept { return max_; }

    /// The least value that `share` (0 to 1) of all do not exceed, as the upper end of its place.
    [[nodiscard]] std::uint64_t at(double share) const noexcept {
        const auto wanted = std::max<std::uint64_t>(
            1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(total_))));
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < places; ++i)
            if ((seen += counts_[i]) >= wanted) return std::min(upper(i), max_);
        return max_;
    }

    [[nodiscard]] double mean() const noexcept {
        double sum = 0;
        for (std::size_t i = 0; i < places; ++i) sum += static_cast<double>(counts_[i]) * middle(i);
        return total_ == 0 ? 0 : sum / static_cast<double>(total_);
    }
    [[nodiscard]] double deviation() const noexcept {
        const double around = mean();
        double sum = 0;
        for (std::size_t i = 0; i < places; ++i) {
            if (counts_[i] == 0) continue;
            const double off = middle(i) - around;
            sum += static_cast<double>(counts_[i]) * off * off;
        }
        return total_ == 0 ? 0 : std::sqrt(sum / static_cast<double>(total_));
    }

    /// The percentiles, five for each halving of the rest, in microseconds.
    void write_hgrm(std::FILE* file) const {
        std::fprintf(file, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
                     "1/(1-Percentile)");
        double share = 0;
        for (double rest = 1; total_ != 0; rest /= 2) {
            const double step = rest / 2 / 5;
            for (int i = 0; i < 5 && at(share) < max_; ++i, share += step) write_line(file, share);
            if (at(share) >= max_) break;
        }
        if (total_ != 0)
            std::fprintf(file, "%12.3f %14.12f %10llu\n", us(max_), 1.0,
                         static_cast<unsigned long long>(total_));
        std::fprintf(file, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", mean() / 1e3,
                     deviation() / 1e3);
        std::fprintf(file, "#[Max     = %12.3f, Total count    = %12llu]\n", us(max_),
                     static_cast<unsigned long long>(total_));
        std::fprintf(file, "#[Buckets = %12d, SubBuckets     = %12d]\n", 26, 2'048);
    }

private:
    static constexpr unsigned sub_bits = 11;
    static constexpr std::uint64_t longest = (std::uint64_t{1} << 36) - 1;
    static constexpr std::size_t places = (36 - sub_bits) * 1'024 + 2'048;

    static std::size_t index(std::uint64_t value) noexcept {
        const auto width = static_cast<unsigned>(std::bit_width(value));
        const unsigned shift = width > sub_bits ? width - sub_bits : 0;
        return std::size_t{1'024} * shift + static_cast<std::size_t>(value >> shift);
    }
    static unsigned shift_of(std::size_t place) noexcept {
        return place < 2'048 ? 0 : static_cast<unsigned>(place / 1'024 - 1);
    }
    static std::uint64_t lower(std::size_t place) noexcept {
        const unsigned shift = shift_of(place);
        return static_cast<std::uint64_t>(place - std::size_t{1'024} * shift) << shift;
    }
    static std::uint64_t upper(std::size_t place) noexcept {
        return lower(place) + (std::uint64_t{1} << shift_of(place)) - 1;
    }
    static double middle(std::size_t place) noexcept {
        return static_cast<double>(lower(place) + upper(place)) / 2;
    }
    static double us(std::uint64_t ns) noexcept { return static_cast<double>(ns) / 1e3; }

    void write_line(std::FILE* file, double share) const {
        const std::uint64_t value = at(share);
        std::uint64_t below = 0;
        for (std::size_t i = 0; i <= index(value); ++i) below += counts_[i];
        std::fprintf(file, "%12.3f %14.12f %10llu %14.2f\n", us(value), share,
                     static_cast<unsigned long long>(below), 1 / (1 - share));
    }

    std::vector<std::uint64_t> counts_;
    std::uint64_t total_ = 0;
    std::uint64_t min_ = longest;
    std::uint64_t max_ = 0;
};

}  // namespace rrdp::bench
