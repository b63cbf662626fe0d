// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace tools {

/// When a tool colours what it says: `--color`.
enum class colouring { automatic, always, never };

/// What `--color` said; there is one command line.
inline colouring colouring_wanted = colouring::automatic;

inline std::optional<colouring> to_colouring(std::string_view text) {
    if (text == "auto") return colouring::automatic;
    if (text == "always") return colouring::always;
    if (text == "never") return colouring::never;
    return std::nullopt;
}

/// Whether `fd` is a terminal that can take a line back, and knows colours.
inline bool is_able_terminal(int fd) {
    const char* const term = std::getenv("TERM");
    const bool able = term != nullptr && *term != '\0' && std::string_view{term} != "dumb";
    return able && ::isatty(fd) == 1;
}

/// Whether what goes to `fd` is coloured: on terminals, unless NO_COLOR says otherwise
/// (no-color.org).
inline bool is_coloured(int fd) {
    if (colouring_wanted != colouring::automatic) return colouring_wanted == colouring::always;
    const char* const no_color = std::getenv("NO_COLOR");
    return (no_color == nullptr || *no_color == '\0') && is_able_terminal(fd);
}

/// What a piece of text is. Colours only repeat what the words say.
enum class tone { plain, title, good, doubtful, bad };

/// `text` as it is to be written to `fd`.
inline std::string painted(tone t, std::string_view text, int fd = STDOUT_FILENO) {
    constexpr const char* codes[] = {"", "\033[1m", "\033[32m", "\033[33m", "\033[31m"};
    if (t == tone::plain || text.empty() || !is_coloured(fd)) return std::string{text};
    return codes[static_cast<int>(t)] + std::string{text} + "\033[0m";
}

}  // namespace tools
