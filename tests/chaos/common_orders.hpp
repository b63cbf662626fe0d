// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <command_line.hpp>

namespace rrdp::chaos {

/// What rrdp-chaos and rrdp-soak are told alike, and how both explain their status.
struct common_orders {
    bool pretend = false;
    std::string json;

    void declare(tools::command_line& line) {
        line.flag("--pretend", "send one message wrong, to see that it is noticed", pretend);
        line.text("--json", "FILE", "write the figures there, too", json);
    }

    static constexpr const char* exit_status_help =
        "Exit status: 0 all was as it should be; 1 it was not; 2 wrong options; 77 no right to\n"
        "make a network.\n";
};

}  // namespace rrdp::chaos
