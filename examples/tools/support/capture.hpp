// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include <rrdp/adapters/detail/savefile.hpp>

#include "failure.hpp"

namespace tools {

using captured_frame = rrdp::adapters::detail::saved_frame;

/// Reads a pcap or pcapng file of Ethernet frames; what is wrong with it ends the program.
class capture {
public:
    /// Opens `path`; "-" is standard input.
    explicit capture(const std::string& path) : path_{path}, file_{opened(path)} {}

    /// The next frame; nothing at the end.
    [[nodiscard]] std::optional<captured_frame> next() {
        const auto frame = file_.next();
        if (file_.failed()) throw failure{exit_status::failed, path_, file_.complaint()};
        return frame;
    }

private:
    static rrdp::adapters::detail::savefile opened(const std::string& path) {
        try {
            return rrdp::adapters::detail::savefile{path};
        } catch (const std::runtime_error& why) {
            throw failure{exit_status::failed, path, why.what()};
        }
    }

    std::string path_;
    rrdp::adapters::detail::savefile file_;
};

}  // namespace tools
