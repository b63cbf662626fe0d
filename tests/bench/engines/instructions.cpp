// SPDX-License-Identifier: Apache-2.0
// Instructions of a message: this program runs itself under valgrind for one count of messages and
// for twice as many, and divides the difference. Everything else cancels out, and the result does
// not depend on what else the machine does.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "bench/engines/suite.hpp"

namespace rrdp::bench {
namespace {

/// `text` as one word of the shell.
std::string quoted(const std::string& text) {
    std::string word = "'";
    for (const char c : text) word += c == '\'' ? std::string{"'\\''"} : std::string{c};
    return word + "'";
}

std::string own_path() {
    std::array<char, 4'096> path{};
    const auto size = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
    return size > 0 ? std::string{path.data(), static_cast<std::size_t>(size)} : std::string{};
}

/// The number behind "I refs:" with its commas, or nothing.
std::optional<double> read_count(std::FILE* from) {
    std::optional<double> count;
    for (std::array<char, 512> line{}; std::fgets(line.data(), line.size(), from) != nullptr;) {
        const char* const at = std::strstr(line.data(), "refs:");
        if (at == nullptr) continue;
        double value = 0;
        for (const char* c = at; *c != '\0'; ++c)
            if (*c >= '0' && *c <= '9') value = value * 10 + (*c - '0');
        count = value;
    }
    return count;
}

std::optional<double> whole_program(const message_row& row, std::uint64_t count) {
    const std::string command =
        "exec valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null " +
        quoted(own_path()) + " --only " + quoted(row.whose->name) + " --pattern " +
        quoted(pattern_names[static_cast<std::size_t>(row.what.how)]) + " --size " +
        std::to_string(row.what.size) + " --once " + std::to_string(count) + " 2>&1";
    std::FILE* const pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) return std::nullopt;
    const auto refs = read_count(pipe);
    return ::pclose(pipe) == 0 ? refs : std::nullopt;
}

}  // namespace

std::string count_instructions(std::vector<message_row>& rows) {
    if (std::system("valgrind --version >/dev/null 2>&1") != 0) return "valgrind is not installed";
    for (message_row& row : rows) {
        if (!row.not_run.empty()) continue;
        const std::uint64_t count = row.what.size > 1'400 ? 250 : 1'000;
        const auto once = whole_program(row, count);
        const auto twice = whole_program(row, 2 * count);
        if (!once || !twice) return "valgrind cannot run this program here";
        row.instructions = (*twice - *once) / static_cast<double>(count);
    }
    return "";
}

}  // namespace rrdp::bench
