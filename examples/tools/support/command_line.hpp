// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rrdp/version.hpp>

#include "failure.hpp"
#include "man_page.hpp"
#include "paint.hpp"
#include "text.hpp"

namespace tools {

/// Options with long names, `--name value` or `--name=value`, and what is made of them: the help
/// and the page for man(1). Declare each with where its value goes, then `parse`.
class command_line {
public:
    /// `head` is printed before the options and `tail` after them (man_page says how they are set).
    command_line(std::string program, std::string head, std::string tail)
        : program_{std::move(program)}, head_{std::move(head)}, tail_{std::move(tail)} {}

    /// A title between options.
    void section(std::string title) { options_.push_back({{}, {}, std::move(title), {}}); }

    void flag(std::string name, std::string help, bool& target) {
        option(std::move(name), "", std::move(help),
               [&target](std::string_view) { target = true; });
    }

    void text(std::string name, std::string metavar, std::string help, std::string& target) {
        option(std::move(name), std::move(metavar), std::move(help),
               [&target](std::string_view value) { target = value; });
    }

    /// A number in [lowest, highest]; `target` may be an optional one.
    template <class Number, class Target>
    void number(std::string name, std::string metavar, std::string help, Target& target,
                Number lowest, Number highest) {
        const auto take = [name, lowest, highest, &target](std::string_view value) {
            const auto number = to_number(value, lowest, highest);
            if (!number)
                throw bad_value(
                    name, value,
                    "a number from " + std::to_string(lowest) + " to " + std::to_string(highest));
            target = *number;
        };
        option(std::move(name), std::move(metavar), std::move(help), take);
    }

    /// A span of time, not below `least`; `target` may be an optional one.
    template <class Target>
    void time(std::string name, std::string metavar, std::string help, Target& target,
              rrdp::duration least = {}) {
        const auto take = [name, &target, least](std::string_view value) {
            const auto time = to_duration(value);
            if (!time) throw bad_value(name, value, "a time such as 500ms or 2s");
            if (*time < least) throw bad_value(name, value, "a time from " + human_time(least));
            target = *time;
        };
        option(std::move(name), std::move(metavar), std::move(help), take);
    }

    /// Anything else: `take` reads the value and throws `bad_value` when it cannot.
    void option(std::string name, std::string metavar, std::string help,
                std::function<void(std::string_view)> take) {
        options_.push_back({std::move(name), std::move(metavar), std::move(help), std::move(take)});
    }

    /// Arguments that are no options; without this they are refused.
    void arguments(std::vector<std::string>& target) { arguments_ = &target; }

    [[nodiscard]] static failure bad_value(const std::string& name, std::string_view value,
                                           const std::string& wanted) {
        return {exit_status::usage, name, quoted(value) + " is not " + wanted};
    }

    /// Reads the command line. False: it asked for help or the version, which is printed.
    bool parse(int count, char** words) {
        declare_common();
        for (int i = 1; i < count; ++i) {
            const std::string_view word = words[i];
            if (word == "--help" || word == "-h") return print_help(), false;
            if (word == "--version") return print_version(), false;
            if (word == "--man") return print_man(), false;
            if (!word.starts_with('-') || word == "-") {
                positional(word);
                continue;
            }
            const auto assigned = cut(word, '=');
            const declared& found = find(assigned ? assigned->first : word);
            if (found.metavar.empty() && assigned)
                throw failure{exit_status::usage, found.name, "takes no value"};
            if (found.metavar.empty())
                found.take({});
            else if (assigned)
                found.take(assigned->second);
            else if (++i < count)
                found.take(words[i]);
            else
                throw failure{exit_status::usage, found.name, "needs a value, " + found.metavar};
        }
        return true;
    }

private:
    struct declared {
        std::string name, metavar, help;  // a section has no name
        std::function<void(std::string_view)> take;
    };

    void positional(std::string_view word) const {
        if (arguments_ == nullptr)
            throw failure{exit_status::usage, quoted(word),
                          "not an option; " + program_ + " --help lists them"};
        arguments_->emplace_back(word);
    }

    [[nodiscard]] const declared& find(std::string_view name) const {
        for (const declared& o : options_)
            if (o.name == name && !name.empty()) return o;
        throw failure{exit_status::usage, std::string{name},
                      "no such option; " + program_ + " --help lists them"};
    }

    /// What every program takes, after its own.
    void declare_common() {
        option("--color", "WHEN", "auto: on a terminal, without NO_COLOR; always; never (auto)",
               [](std::string_view value) {
                   const auto when = to_colouring(value);
                   if (!when) throw bad_value("--color", value, "auto, always or never");
                   colouring_wanted = *when;
               });
        for (const auto& [name, help] : {std::pair{"--help", "this text"},
                                         {"--man", "this text as a page for man(1)"},
                                         {"--version", "the version"}})
            option(name, "", help, [](std::string_view) {});  // `parse` knows them
    }

    void print_help() const {
        std::printf("%s", head_.c_str());
        for (const declared& o : options_) {
            if (o.name.empty()) {
                std::printf("\n%s\n", painted(tone::title, o.help).c_str());
                continue;
            }
            const std::string left = o.metavar.empty() ? o.name : o.name + ' ' + o.metavar;
            std::printf("  %-24s ", left.c_str());
            if (left.size() > 24) std::printf("\n%27s", "");
            for (const char c : o.help)
                c == '\n' ? std::printf("\n%27s", "") : std::printf("%c", c);
            std::printf("\n");
        }
        std::printf("\n%s", tail_.c_str());
    }

    void print_man() const {
        man_page page{program_, version()};
        page.head(head_);
        for (const declared& o : options_)
            o.name.empty() ? page.section(o.help) : page.option(o.name, o.metavar, o.help);
        page.tail(tail_);
        std::printf("%s", page.finish().c_str());
    }

    void print_version() const { std::printf("%s %s\n", program_.c_str(), version().c_str()); }

    static std::string version() {
        return std::to_string(RRDP_VERSION_MAJOR) + '.' + std::to_string(RRDP_VERSION_MINOR) + '.' +
               std::to_string(RRDP_VERSION_PATCH);
    }

    std::string program_, head_, tail_;
    std::vector<declared> options_;
    std::vector<std::string>* arguments_ = nullptr;
};

}  // namespace tools
