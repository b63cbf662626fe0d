// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <system_error>

#include "paint.hpp"
#include "text.hpp"

namespace tools {

/// What a tool's exit status says.
enum class exit_status : int {
    ok = 0,
    failed = 1,         ///< something on this host: a file, the interface, a privilege
    usage = 2,          ///< the command line
    not_connected = 3,  ///< the peer is absent, or refused
    lost = 4,           ///< the connection ended before its work was done
    interrupted = 130,  ///< by a signal
};

/// The paragraph of `--help` that explains it.
inline constexpr const char* exit_status_help =
    "Exit status: 0 done; 1 trouble on this host (a file, the interface, a privilege);\n"
    "2 wrong options; 3 no connection (peer absent, port refused); 4 connection lost before\n"
    "the end; 130 interrupted.\n";

/// Ends a tool with one line, `<program>: <what>: <why>`, and a status.
class failure : public std::runtime_error {
public:
    failure(exit_status status, const std::string& what, const std::string& why)
        : std::runtime_error{what + ": " + why}, status_{status} {}

    [[nodiscard]] exit_status status() const noexcept { return status_; }

private:
    exit_status status_;
};

/// The system's words for an error number.
inline std::string system_text(int error) {
    return std::generic_category().message(error);
}

/// A failed system call on `what`; `error` is its errno.
inline failure system_failure(const std::string& what, int error = errno) {
    return {exit_status::failed, what, system_text(error)};
}

/// `<program>: `, as it begins each line of a tool on standard error.
inline std::string speaker(const char* program, tone t = tone::title) {
    return painted(t, program + std::string{':'}, STDERR_FILENO) + ' ';
}

/// Runs a tool's body, and turns what it throws into one line on standard error and a status. What
/// was printed and cannot be written is a failure, too.
template <class Body>
int run_tool(const char* program, Body body) {
    const auto say = [program](const std::exception& e) {
        std::fprintf(stderr, "%s%s\n", speaker(program, tone::bad).c_str(),
                     printable(e.what()).c_str());
    };
    try {
        const auto status = body();
        if (std::fflush(stdout) != 0) throw system_failure("standard output");
        return static_cast<int>(status);
    } catch (const failure& f) {
        say(f);
        return static_cast<int>(f.status());
    } catch (const std::exception& e) {
        say(e);
        return static_cast<int>(exit_status::failed);
    }
}

}  // namespace tools
