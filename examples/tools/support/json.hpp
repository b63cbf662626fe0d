// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "failure.hpp"
#include "text.hpp"

namespace tools {

/// Writes JSON values one after the other into a string, with the commas in their places. The
/// caller closes what he opens, and gives a key before each value of an object.
class json_writer {
public:
    json_writer& open_object() { return begin('{'); }
    json_writer& close_object() { return end('}'); }
    json_writer& open_array() { return begin('['); }
    json_writer& close_array() { return end(']'); }

    json_writer& key(std::string_view name) {
        separate();
        write_string(name);
        text_ += ':';
        separated_ = true;
        return *this;
    }

    json_writer& value(bool truth) { return raw(truth ? "true" : "false"); }
    json_writer& value(std::unsigned_integral auto number) { return raw(std::to_string(number)); }
    json_writer& value(std::signed_integral auto number) { return raw(std::to_string(number)); }
    json_writer& value(const char* text) { return value(std::string_view{text}); }
    json_writer& value(std::string_view text) {
        separate();
        write_string(text);
        return *this;
    }
    /// A number with that many digits behind the point.
    json_writer& value(double number, int decimals) { return raw(fixed(number, decimals)); }

    json_writer& null() { return raw("null"); }

    /// A key and its value.
    template <class... Value>
    json_writer& field(std::string_view name, const Value&... its) {
        return key(name).value(its...);
    }

    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    void clear() {
        text_.clear();
        separated_ = true;
    }

private:
    json_writer& begin(char bracket) {
        separate();
        text_ += bracket;
        separated_ = true;
        return *this;
    }
    json_writer& end(char bracket) {
        text_ += bracket;
        separated_ = false;
        return *this;
    }
    json_writer& raw(std::string_view text) {
        separate();
        text_ += text;
        return *this;
    }
    void separate() {
        if (!separated_) text_ += ',';
        separated_ = false;
    }
    void write_string(std::string_view text) {
        text_ += '"';
        for (const char c : text) {
            char escaped[8] = {c};
            if (c == '"' || c == '\\')
                std::snprintf(escaped, sizeof escaped, "\\%c", c);
            else if (static_cast<unsigned char>(c) < 0x20)
                std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
            text_ += escaped;
        }
        text_ += '"';
    }

    std::string text_;
    bool separated_ = true;  // nothing stands before, on this level, that needs a comma
};

/// Makes `json` all there is in the file; throws what prevents it.
inline void save(const json_writer& json, const std::string& path) {
    std::FILE* const file = std::fopen(path.c_str(), "w");
    if (file == nullptr) throw system_failure(path);
    const bool written = std::fputs((json.text() + '\n').c_str(), file) >= 0;
    if (std::fclose(file) != 0 || !written) throw system_failure(path);
}

}  // namespace tools
