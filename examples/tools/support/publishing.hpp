// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>

#include <rrdp/trace/status_file.hpp>

#include "command_line.hpp"

namespace tools {

/// Shows how the engine of a tool stands, where `--stat` asks for it: `rrdp-stat` reads it.
class publisher {
public:
    static void declare(command_line& line, std::string& name) {
        line.text("--stat", "NAME",
                  "show counters and connections to rrdp-stat under this name (or\n"
                  "in the file PATH/FILE, as Prometheus reads them)",
                  name);
    }

    /// Nothing is shown without a name.
    explicit publisher(const std::string& name) {
        if (name.empty()) return;
        try {
            file_.emplace(name);
        } catch (const std::invalid_argument& e) {
            throw failure{exit_status::usage, "--stat", tools::quoted(name) + " is " + e.what()};
        } catch (const std::system_error& e) {
            throw failure{exit_status::failed, "--stat", e.what()};
        }
    }

    template <class Engine>
    void publish(const Engine& engine, rrdp::instant now) {
        if (file_) file_->publish(engine, now);
    }

    /// The earlier of `other` and of when there is something to show.
    [[nodiscard]] std::optional<rrdp::instant> due(std::optional<rrdp::instant> other) const {
        if (!file_ || (other && *other < file_->due())) return other;
        return file_->due();
    }
    [[nodiscard]] bool shows() const noexcept { return file_.has_value(); }

private:
    std::optional<rrdp::trace::status_file> file_;
};

}  // namespace tools
