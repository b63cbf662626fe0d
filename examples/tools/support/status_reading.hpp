// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "failure.hpp"
#include "text.hpp"
#include "unique_fd.hpp"

namespace tools {

/// A line of a status file: a metric without "rrdp_", its labels, its value.
struct status_sample {
    std::string key;  ///< the line without the value
    std::string metric;
    std::map<std::string, std::string> labels;
    double value = 0;

    /// The value as a number that is not broken, at least 0.
    template <class Number>
    [[nodiscard]] static Number whole(double value) {
        constexpr double most = 1e15;  // what a double counts in ones
        return static_cast<Number>(std::clamp(value, 0.0, most));
    }
    [[nodiscard]] std::string label(const char* name) const {
        const auto found = labels.find(name);
        return found == labels.end() ? std::string{} : found->second;
    }
};

/// How an engine stood at a moment, read from what a `trace::status_file` wrote. What a line of
/// another metric says is of no matter; a line that is none is a failure.
class status_reading {
public:
    explicit status_reading(const std::string& path) : path_{path} {
        const std::string text = read_all(path);
        int number = 0;
        for (const std::string_view line : split(text, '\n')) {
            ++number;
            if (line.empty() || line.starts_with('#')) continue;
            auto sample = parse(line);
            if (!sample)
                throw failure{exit_status::failed, path + ':' + std::to_string(number),
                              "this is no file of a status"};
            if (name_.empty()) name_ = sample->label("name");
            places_.emplace(sample->key, samples_.size());
            samples_.push_back(std::move(*sample));
        }
        if (!has("process_id"))
            throw failure{exit_status::failed, path, "this is no file of a status"};
    }

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] const std::vector<status_sample>& samples() const noexcept { return samples_; }

    /// The metric that has one value; 0 where it is not there.
    [[nodiscard]] double value(std::string_view metric) const {
        for (const status_sample& s : samples_)
            if (s.metric == metric) return s.value;
        return 0;
    }
    [[nodiscard]] bool has(std::string_view metric) const {
        for (const status_sample& s : samples_)
            if (s.metric == metric) return true;
        return false;
    }
    /// The same sample of this reading, if there is one.
    [[nodiscard]] const status_sample* same(const status_sample& wanted) const {
        const auto found = places_.find(wanted.key);
        return found == places_.end() ? nullptr : &samples_[found->second];
    }

private:
    static std::string read_all(const std::string& path) {
        constexpr std::size_t most = 4 << 20;
        const unique_fd fd{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
        struct stat about {};
        if (!fd.valid() || ::fstat(fd.get(), &about) != 0) throw system_failure(path);
        if (!S_ISREG(about.st_mode)) throw failure{exit_status::failed, path, "is no file"};
        std::string text;
        char part[16'384];
        for (;;) {
            const ssize_t size = ::read(fd.get(), part, sizeof part);
            if (size < 0) throw system_failure(path);
            if (size == 0) return text;
            text.append(part, static_cast<std::size_t>(size));
            if (text.size() > most)
                throw failure{exit_status::failed, path, "this is no file of a status"};
        }
    }

    /// `rrdp_drops_total{name="web",reason="bad_tag"} 3`
    static std::optional<status_sample> parse(std::string_view line) {
        const std::size_t open = line.find('{'), close = line.rfind("} ");
        constexpr std::string_view good = "abcdefghijklmnopqrstuvwxyz0123456789_";
        if (!line.starts_with("rrdp_") || open == line.npos || close == line.npos || close < open)
            return std::nullopt;
        status_sample s{
            std::string{line.substr(0, close)}, std::string{line.substr(5, open - 5)}, {}, 0};
        if (s.metric.find_first_not_of(good) != std::string::npos) return std::nullopt;
        const std::string_view number = line.substr(close + 2);
        const auto [stop, wrong] = std::from_chars(number.begin(), number.end(), s.value);
        if (wrong != std::errc{} || stop != number.end() || !std::isfinite(s.value))
            return std::nullopt;
        std::string_view rest = line.substr(open + 1, close - open - 1);
        while (!rest.empty()) {
            const std::size_t is = rest.find("=\""), end = rest.find('"', is + 2);
            if (is == rest.npos || end == rest.npos) return std::nullopt;
            const std::string_view label = rest.substr(0, is);
            if (label.find_first_not_of(good) != label.npos) return std::nullopt;
            // Anybody may have written the file: nothing of it may steer a terminal.
            s.labels.emplace(label, printable(rest.substr(is + 2, end - is - 2)));
            rest.remove_prefix(end + 1);
            if (rest.starts_with(',')) rest.remove_prefix(1);
        }
        return s;
    }
    std::string path_, name_;
    std::vector<status_sample> samples_;
    std::unordered_map<std::string, std::size_t> places_;  ///< of a key in `samples_`
};

}  // namespace tools
