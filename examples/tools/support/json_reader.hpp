// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tools {

/// A value of JSON (RFC 8259), read as a whole. What is not asked for costs nothing but memory.
class json_value {
public:
    enum class kind { null, truth, number, text, array, object };

    /// Nothing where `text` is no JSON, or nests deeper than 32.
    [[nodiscard]] static std::optional<json_value> read(std::string_view text) {
        reader r{text};
        json_value v;
        if (!r.value(v, 0) || !r.at_end()) return std::nullopt;
        return v;
    }

    [[nodiscard]] kind what() const noexcept { return what_; }
    [[nodiscard]] std::string_view text() const noexcept { return text_; }
    /// 0 where it is no number.
    [[nodiscard]] double number() const noexcept {
        double value = 0;
        if (what_ == kind::number)
            std::from_chars(text_.data(), text_.data() + text_.size(), value);
        return value;
    }
    /// A member, at the end of a path "data.raw.length"; null where there is none.
    [[nodiscard]] const json_value& at(std::string_view path) const {
        static const json_value none;
        const std::size_t dot = path.find('.');
        for (const auto& [name, value] : members_) {
            if (name != path.substr(0, dot)) continue;
            return dot == std::string_view::npos ? value : value.at(path.substr(dot + 1));
        }
        return none;
    }

private:
    class reader {
    public:
        explicit reader(std::string_view text) : rest_{text} {}

        bool value(json_value& to, int depth) {
            if (depth > 32 || !blanks()) return false;
            const char c = rest_[0];
            if (c == '{' || c == '[') return several(to, depth);
            if (c == '"') {
                to.what_ = kind::text;
                return string(to.text_);
            }
            const std::size_t end = rest_.find_first_of(",]} \t\r\n");
            const std::string_view word = rest_.substr(0, end);
            to.what_ = word == "null"                      ? kind::null
                       : word == "true" || word == "false" ? kind::truth
                                                           : kind::number;
            to.text_ = word;
            rest_.remove_prefix(word.size());
            return to.what_ != kind::number || is_number(word);
        }
        [[nodiscard]] bool at_end() { return !blanks(); }

    private:
        /// Goes to the next octet that counts; whether there is one.
        bool blanks() {
            rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
            return !rest_.empty();
        }
        bool next(char c) {
            if (!blanks() || rest_[0] != c) return false;
            rest_.remove_prefix(1);
            return true;
        }
        static bool is_number(std::string_view word) {
            if (word.find_first_not_of("0123456789+-.eE") != word.npos) return false;  // inf, nan
            double number = 0;
            const auto [end, error] =
                std::from_chars(word.data(), word.data() + word.size(), number);
            return error == std::errc{} && end == word.data() + word.size();
        }

        bool several(json_value& to, int depth) {
            const bool object = rest_[0] == '{';
            const char end = object ? '}' : ']';
            to.what_ = object ? kind::object : kind::array;
            rest_.remove_prefix(1);
            if (next(end)) return true;
            do {
                auto& [name, value_of] = to.members_.emplace_back();
                if (object && !(blanks() && rest_[0] == '"' && string(name) && next(':')))
                    return false;
                if (!value(value_of, depth + 1)) return false;
            } while (next(','));
            return next(end);
        }

        bool string(std::string& to) {
            rest_.remove_prefix(1);
            while (!rest_.empty() && rest_[0] != '"') {
                if (rest_[0] == '\\') {
                    if (!escape(to)) return false;
                    continue;
                }
                if (static_cast<unsigned char>(rest_[0]) < 0x20) return false;
                to += rest_[0];
                rest_.remove_prefix(1);
            }
            if (rest_.empty()) return false;
            rest_.remove_prefix(1);
            return true;
        }
        /// What is beyond Latin-1 becomes a question mark: no name of ours has it.
        bool escape(std::string& to) {
            constexpr std::string_view from = "\"\\/bfnrt", into = "\"\\/\b\f\n\r\t";
            if (rest_.size() < 2) return false;
            const std::size_t which = from.find(rest_[1]);
            if (which != std::string_view::npos) {
                to += into[which];
                rest_.remove_prefix(2);
                return true;
            }
            unsigned code = 0;
            if (rest_[1] != 'u' || rest_.size() < 6) return false;
            const auto [end, error] = std::from_chars(rest_.data() + 2, rest_.data() + 6, code, 16);
            if (error != std::errc{} || end != rest_.data() + 6) return false;
            to += code < 256 ? static_cast<char>(code) : '?';
            rest_.remove_prefix(6);
            return true;
        }

        std::string_view rest_;
    };

    kind what_ = kind::null;
    std::string text_;
    std::vector<std::pair<std::string, json_value>> members_;
};

}  // namespace tools
