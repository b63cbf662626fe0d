// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>

#include <rrdp/base/time.hpp>

#include "paint.hpp"
#include "text.hpp"

namespace tools {

/// One line on the terminal that says how far a long work is. Says nothing when standard error is
/// no terminal, nor about what is over before the line would be read.
class progress {
public:
    /// `size`: how much there will be, if that is known.
    progress(std::optional<std::uint64_t> size, bool enabled = is_able_terminal(STDERR_FILENO))
        : size_{size}, enabled_{enabled} {}
    progress(const progress&) = delete;
    progress& operator=(const progress&) = delete;
    ~progress() { wipe(); }

    /// Tells where it stands: `done` octets since `start`. Cheap when it is too early for a line.
    void show(rrdp::instant start, rrdp::instant now, std::uint64_t done) {
        if (!is_due(now)) return;
        const double seconds = to_seconds(now - start);
        const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
        std::string line = human_size(done);
        if (size_ && *size_ > 0 && done <= *size_) {
            const double left = static_cast<double>(*size_ - done);
            line += " of " + human_size(*size_) + "  " + std::to_string(done * 100 / *size_) + " %";
            line += "  " + human_size(static_cast<std::uint64_t>(rate)) + "/s";
            if (rate > 0) line += "  " + clock(left / rate) + " left";
        } else {
            line += "  " + human_size(static_cast<std::uint64_t>(rate)) + "/s";
        }
        std::fprintf(stderr, "\r\033[K%s", line.c_str());
        std::fflush(stderr);
        shown_ = true;
    }

    /// The same for work that is counted in pieces.
    void count(rrdp::instant now, std::uint64_t done, std::uint64_t all) {
        if (is_due(now))
            say(std::to_string(done) + " of " + std::to_string(all) + "  " +
                std::to_string(done * 100 / all) + " %");
    }

    /// Says instead what is being done, for work whose steps count more than its size.
    void say(const std::string& what) {
        if (!enabled_) return;
        std::fprintf(stderr, "\r\033[K%s", what.c_str());
        std::fflush(stderr);
        shown_ = true;
    }

    /// Takes the line away, so that something else can be said.
    void wipe() noexcept {
        if (shown_) std::fprintf(stderr, "\r\033[K");
        shown_ = false;
    }

private:
    /// Every now and then; not the first time.
    bool is_due(rrdp::instant now) {
        if (!enabled_ || now < next_) return false;
        const bool first = next_ == rrdp::instant{};
        next_ = now + std::chrono::milliseconds{200};
        return !first;
    }

    static std::string clock(double seconds) {
        if (seconds > 359'999) return "long";
        const auto whole = static_cast<int>(seconds + 0.5);
        char text[32];
        if (whole >= 3600)
            std::snprintf(text, sizeof text, "%d:%02d:%02d", whole / 3600, whole / 60 % 60,
                          whole % 60);
        else
            std::snprintf(text, sizeof text, "%d:%02d", whole / 60, whole % 60);
        return text;
    }

    std::optional<std::uint64_t> size_;
    bool enabled_, shown_ = false;
    rrdp::instant next_{};
};

}  // namespace tools
