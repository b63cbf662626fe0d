// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include "text.hpp"

namespace tools {

/// Writes a page for man(1), in roff, of the pieces that a program's help is made of. In its texts
/// a blank line ends a paragraph, and a line that begins with two blanks stands as it is. The first
/// paragraph says in one sentence what the program does, the first lines as they are how it is
/// called; "Example" and "Exit status" begin paragraphs with titles of their own.
class man_page {
public:
    man_page(std::string_view program, std::string_view version) : program_{program} {
        std::string upper{program};
        for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        // Neither hyphens nor wide blanks: options are copied from here.
        page_ = ".TH " + roff(upper) + " 1 \"\" \"rrdp " + std::string{version} +
                "\" \"RRDP\"\n.nh\n.ad l\n";
    }

    void head(std::string_view text) {
        const auto all = paragraphs(text);
        std::string_view first = all.empty() ? program_ : std::string_view{all.front()};
        if (first.starts_with(program_)) first.remove_prefix(program_.size() + 1);
        while (first.ends_with('\n') || first.ends_with('.')) first.remove_suffix(1);
        title("NAME");
        page_ += roff(program_) + " \\- " + one_line(first) + '\n';
        title("SYNOPSIS");
        for (std::size_t i = 1; i < all.size(); ++i) {
            if (i == 2) title("DESCRIPTION");
            add(all[i]);
        }
        title("OPTIONS");
    }
    void section(std::string_view name) {
        if (name.ends_with(':')) name.remove_suffix(1);
        if (name != "Options") page_ += ".SS " + roff(name) + '\n';
    }
    void option(std::string_view name, std::string_view metavar, std::string_view help) {
        page_ += ".TP\n\\fB" + roff(name) + "\\fR";
        if (!metavar.empty()) page_ += " \\fI" + roff(metavar) + "\\fR";
        page_ += '\n';
        lines(help);
    }
    void tail(std::string_view text) {
        bool notes = false, examples = false;
        for (std::string& p : paragraphs(text)) {
            const bool example = p.starts_with("Example");
            if (p.starts_with("Exit status: ")) {
                title("EXIT STATUS");
                p.erase(0, 13);
                p[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(p[0])));
            } else if (example && !examples) {
                title("EXAMPLES");
                examples = true;
            } else if (!example && !notes && !examples) {
                title("NOTES");
                notes = true;
            }
            add(p);
        }
    }
    [[nodiscard]] std::string finish() {
        title("SEE ALSO");
        for (const char* other : {"rrdp-cat", "rrdp-dump", "rrdp-nodes", "rrdp-perf", "rrdp-ping",
                                  "rrdp-proxy", "rrdp-stat", "rrdp-trace"})
            if (other != program_) page_ += ".BR " + roff(other) + " (1)\n";
        return page_;
    }

private:
    /// Text that means in roff what it says.
    static std::string roff(std::string_view text) {
        std::string out;
        for (const char c : text) {
            switch (c) {
                case '\\': out += "\\e"; break;
                case '-': out += "\\-"; break;
                case '\'': out += "\\(aq"; break;
                case '`': out += "\\(ga"; break;
                case '^': out += "\\(ha"; break;
                case '~': out += "\\(ti"; break;
                default: out += c;
            }
        }
        return out.starts_with('.') ? "\\&" + out : out;
    }
    static std::string one_line(std::string_view text) {
        std::string out = roff(text);
        for (char& c : out)
            if (c == '\n') c = ' ';
        return out;
    }

    /// What blank lines part, and lines as they are from others.
    static std::vector<std::string> paragraphs(std::string_view text) {
        std::vector<std::string> all;
        bool open = false, verbatim = false;
        for (const std::string_view line : split(text, '\n')) {
            const bool as_it_is = line.starts_with("  ");
            if (line.empty() || !open || as_it_is != verbatim) open = false;
            verbatim = as_it_is;
            if (line.empty()) continue;
            if (!open) all.emplace_back();
            open = true;
            all.back() += std::string{line} + '\n';
        }
        return all;
    }

    void title(const char* name) { page_ += ".SH " + std::string{name} + '\n'; }
    void lines(std::string_view text) {
        for (const std::string_view line : split(text, '\n'))
            if (!line.empty()) page_ += roff(line) + '\n';
    }
    void add(std::string_view paragraph) {
        page_ += ".PP\n";
        const bool verbatim = paragraph.starts_with("  ");
        if (verbatim) page_ += ".nf\n";
        for (std::string_view line : split(paragraph, '\n')) {
            if (verbatim && line.starts_with("  ")) line.remove_prefix(2);
            if (!line.empty()) page_ += roff(line) + '\n';
        }
        if (verbatim) page_ += ".fi\n";
    }

    std::string_view program_;
    std::string page_;
};

}  // namespace tools
