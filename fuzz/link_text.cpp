// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <rrdp/interop/link_complaint.hpp>

#include "check.hpp"
#include "input.hpp"

/// Any text, read as the name of a link: the reader ends, what it gives lies in the text and in the
/// bounds of its rules, and what it says of a mistake has a place and a sentence.
namespace rrdp {
namespace {

using fuzz::check;

void inside(std::string_view text, std::string_view part) {
    if (part.data() == nullptr && part.empty()) return;  // there was nothing to read
    check(part.data() >= text.data() && part.data() + part.size() <= text.data() + text.size(),
          "what was read lies in the text");
}

void word_is_sound(std::string_view text, const link_word& word, const link_rule& rule) {
    inside(text, word.where);
    check(word.where.empty() || rule.where != link_where::nothing,
          "a word has no place of its own");
    check(word.where.find_first_of("(+") == std::string_view::npos, "a place has an end");
    for (const link_setting& s : word.settings) {
        inside(text, s.name);
        inside(text, s.text);
        const link_option_rule* known = nullptr;
        for (const link_option_rule& r : rule.options)
            if (r.name == s.name) known = &r;
        check(known != nullptr, "an option is known");
        check((known->value == link_value::none) == s.text.empty(), "a value is there if needed");
        if (known->value == link_value::number)
            check(s.number >= known->lowest && s.number <= known->highest, "a number is in range");
        check(s.chance >= 0 && s.chance <= 1, "a chance is one");
    }
}

void read(std::string_view text) {
    const auto d = link_text::read(text);
    if (d) {
        word_is_sound(text, d->base, link_rules[d->base.index]);
        for (const link_word& word : d->around)
            word_is_sound(text, word, link_decoration_rules[word.index]);
        return;
    }
    const link_text_error e = d.error();
    inside(text, e.shown);
    check(e.at <= text.size() && text.data() + e.at == e.shown.data(), "a mistake has a place");
    check(complaint(text, e).size() > text.size(), "a mistake has a sentence");
}

}  // namespace
}  // namespace rrdp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 2'000) return 0;
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += static_cast<char>(data[i]);
    rrdp::read(text);
    return 0;
}
