// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/utsname.h>
#include <unistd.h>

#include <ctime>
#include <fstream>
#include <sstream>
#include <string>

namespace rrdp::bench {

[[nodiscard]] inline std::string first_line(const char* path, const std::string& begin = "") {
    std::ifstream file{path};
    for (std::string text; std::getline(file, text);)
        if (text.starts_with(begin)) return text;
    return {};
}

/// Processor, kernel and compiler: what figures depend on.
[[nodiscard]] inline std::string machine_text() {
    std::string model = first_line("/proc/cpuinfo", "model name");
    model = model.empty() ? "unknown processor" : model.substr(model.find(':') + 2);
    utsname system{};
    ::uname(&system);
    return model + ", " + std::to_string(::sysconf(_SC_NPROCESSORS_ONLN)) + " processors, " +
           system.sysname + " " + system.release + ", compiler " + __VERSION__;
}

/// The load averages of 1, 5 and 15 minutes.
[[nodiscard]] inline std::string load_text() {
    std::istringstream words{first_line("/proc/loadavg")};
    std::string one, five, fifteen;
    words >> one >> five >> fifteen;
    return one + " " + five + " " + fifteen;
}

[[nodiscard]] inline std::string date_text() {
    const std::time_t now = std::time(nullptr);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", std::gmtime(&now));
    return text;
}

}  // namespace rrdp::bench
