// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "failure.hpp"
#include "text.hpp"
#include "unique_fd.hpp"

namespace tools {

/// A line of a status file: a metric without "rrdp_", its labels, its value.
struct status_sample {
    std::string metric;
    std::map<std::string, std::string> labels;
    double value = 0;

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
        for (const status_sample& s : samples_)
            if (s.metric == wanted.metric && s.labels == wanted.labels) return &s;
        return nullptr;
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
        if (!line.starts_with("rrdp_") || open == line.npos || close == line.npos || close < open)
            return std::nullopt;
        status_sample s{std::string{line.substr(5, open - 5)}, {}, 0};
        const std::string_view number = line.substr(close + 2);
        const auto [stop, wrong] = std::from_chars(number.begin(), number.end(), s.value);
        if (wrong != std::errc{} || stop != number.end()) return std::nullopt;
        std::string_view rest = line.substr(open + 1, close - open - 1);
        while (!rest.empty()) {
            const std::size_t is = rest.find("=\""), end = rest.find('"', is + 2);
            if (is == rest.npos || end == rest.npos) return std::nullopt;
            s.labels.emplace(rest.substr(0, is), printable(rest.substr(is + 2, end - is - 2)));
            rest.remove_prefix(end + 1);
            if (rest.starts_with(',')) rest.remove_prefix(1);
        }
        return s;
    }
    /// Anybody may have written the file: nothing of it may steer a terminal.
    static std::string printable(std::string_view text) {
        std::string out{text};
        for (char& c : out)
            if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
        return out;
    }

    std::string path_, name_;
    std::vector<status_sample> samples_;
};

}  // namespace tools
