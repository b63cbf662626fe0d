// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <rrdp/interop/link_text.hpp>

namespace rrdp {

namespace detail {

/// The names in a table, for people: "a, b, c".
template <class Rules>
[[nodiscard]] std::string names_of(const Rules& rules) {
    std::string text;
    for (const auto& rule : rules) text += (text.empty() ? "" : ", ") + std::string{rule.name};
    return text;
}

[[nodiscard]] inline std::string in_quotes(std::string_view text) {
    return '"' + std::string{text} + '"';
}

/// What is wrong with an option.
[[nodiscard]] inline std::string option_complaint(const link_text_error& e) {
    const std::string word{e.rule->name};
    const std::string option{e.option.name};
    switch (e.what) {
        case link_text_errc::unknown_option:
            if (e.rule->options.empty()) return word + " has no options";
            return "is no option of " + word + " (" + names_of(e.rule->options) + ')';
        case link_text_errc::missing_option: return "needs a file, as in " + word + "(file)";
        case link_text_errc::repeated_option:
            return option.empty() ? "is one thing too many: " + word +
                                        " takes one file, whose name has no comma in it"
                                  : "is said twice";
        case link_text_errc::missing_value:
            return option.empty() ? "needs a file, as in " + word + "(file)"
                                  : "needs a value, as in " + option + "=1";
        case link_text_errc::superfluous_value: return "takes no value";
        case link_text_errc::bad_chance: return "is no chance from 0 to 1";
        default: break;
    }
    const bool hexadecimal = e.option.lowest == 0x600;
    if (e.option.highest == any_number) return "is not a number";
    return "is no number from " + (hexadecimal ? "0x600 to 0xffff"
                                               : std::to_string(e.option.lowest) + " to " +
                                                     std::to_string(e.option.highest));
}

}  // namespace detail

/// What is wrong, without where: `"packt" is no link (packet, ...)`.
[[nodiscard]] inline std::string describe(const link_text_error& e) {
    using enum link_text_errc;
    const std::string word = e.rule == nullptr ? "" : std::string{e.rule->name};
    const std::string shown = detail::in_quotes(e.shown) + ' ';
    switch (e.what) {
        case unknown_link: return shown + "is no link (" + detail::names_of(link_rules) + ')';
        case unknown_decorator:
            return shown + "cannot be put around a link (" +
                   detail::names_of(link_decoration_rules) + ')';
        case missing_where:
            return word + " needs " + std::string{e.rule->where_means} + ", as in " + word + ":...";
        case superfluous_where: return word + " takes nothing behind a colon";
        case bad_address: return shown + "is no own address with a port, such as 192.0.2.1:50027";
        case unclosed: return "the parenthesis is not closed";
        case unexpected: return shown + R"(has no meaning here: "+" or the end should follow)";
        case too_many: return shown + "is one thing too many around a link";
        default: return shown + detail::option_complaint(e);
    }
}

/// One line for whoever wrote `text`: what it is, where in it, and what is wrong.
[[nodiscard]] inline std::string complaint(std::string_view text, const link_text_error& e) {
    return detail::in_quotes(text) + ", character " + std::to_string(e.at + 1) + ": " + describe(e);
}

}  // namespace rrdp
