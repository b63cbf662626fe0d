// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>
#include <utility>

#include <rrdp/base/fixed_vector.hpp>
#include <rrdp/base/result.hpp>
#include <rrdp/interop/address_text.hpp>
#include <rrdp/interop/link_rules.hpp>

namespace rrdp {

/// What is wrong with the name of a link.
enum class link_text_errc : std::uint8_t {
    unknown_link,       ///< the first word is none of `link_rules`
    unknown_decorator,  ///< the word behind "+" is none of `link_decoration_rules`
    missing_where,      ///< nothing stands behind the colon, or there is none
    superfluous_where,  ///< the word takes nothing behind a colon
    bad_address,        ///< no address of one host with a port
    unknown_option,     ///< the word has no such option
    missing_option,     ///< the word cannot do without its option
    repeated_option,    ///< it stands there already
    missing_value,      ///< the option needs "=" and a value
    superfluous_value,  ///< the option takes no value
    bad_number,         ///< no number, or out of range
    bad_chance,         ///< no number from 0 to 1
    unclosed,           ///< ")" is missing
    unexpected,         ///< neither "+" nor the end follows
    too_many,           ///< decorators
};

/// Where and what, and the word or option it is about.
struct link_text_error {
    link_text_errc what{};      ///< the kind of mistake
    std::size_t at = 0;         ///< octets in front of `shown`
    std::string_view shown{};   ///< lies in the text that was read; perhaps empty, at its end
    const link_rule* rule{};    ///< the word that is being read, if it is known
    link_option_rule option{};  ///< the option that is being read, if it is known
};

/// An option that was given.
struct link_setting {
    std::string_view name{};   ///< of the option, as it was written
    std::string_view text{};   ///< what stands behind "="
    std::uint64_t number = 0;  ///< of a number
    double chance = 0;         ///< of a chance
};

/// A word of the text with what belongs to it. The views lie in the text that was read.
struct link_word {
    std::size_t index = 0;                     ///< in `link_rules` or `link_decoration_rules`
    std::string_view where{};                  ///< what stands behind the colon
    fixed_vector<link_setting, 8> settings{};  ///< the options in the parentheses

    /// The option of that name; nothing when it was not given.
    [[nodiscard]] constexpr const link_setting* find(std::string_view name) const noexcept {
        for (const link_setting& s : settings)
            if (s.name == name) return &s;
        return nullptr;
    }
    /// Whether the option was given.
    [[nodiscard]] constexpr bool has(std::string_view name) const noexcept {
        return find(name) != nullptr;
    }
    /// The number that was given, or `otherwise`.
    template <class Number>
    [[nodiscard]] constexpr Number number(std::string_view name, Number otherwise) const noexcept {
        const link_setting* const s = find(name);
        return s == nullptr ? otherwise : static_cast<Number>(s->number);
    }
    /// The chance that was given, or 0.
    [[nodiscard]] constexpr double chance(std::string_view name) const noexcept {
        const link_setting* const s = find(name);
        return s == nullptr ? 0 : s->chance;
    }
};

/// What the text of a link says: a link, and what is around it from the inside out.
struct link_description {
    link_word base{};                     ///< the link itself
    fixed_vector<link_word, 4> around{};  ///< what stands around it, from the inside out

    /// The word in front: which link.
    [[nodiscard]] constexpr link_kind kind() const noexcept {
        return static_cast<link_kind>(base.index);
    }
    /// What a word around the link is.
    [[nodiscard]] static constexpr link_decoration decoration(const link_word& word) noexcept {
        return static_cast<link_decoration>(word.index);
    }
    /// Whether the frames of the link are IPv6 datagrams.
    [[nodiscard]] constexpr bool ipv6() const noexcept {
        return kind() == link_kind::udp && base.where.starts_with('[');
    }
};

/// Reads the name of a link as people write it on a command line:
///
///     packet:eth0                       a kind, a colon, and where
///     packet-ring:eth0(port=7,bypass)   options of the link
///     udp:[::1]:5000+faulty(loss=0.01,seed=7)+captured(trace.pcapng)
///
/// All words and options are in `link_rules` and `link_decoration_rules`. What stands behind the
/// colon may contain anything but "(" and "+", the text of an option anything but "," and ")".
/// Neither opens anything nor allocates: what it answers points into `text`.
class link_text {
public:
    /// A description, or what is wrong and where.
    using answer = result<link_description, link_text_error>;

    /// Reads a text: a description, or the first thing that is wrong.
    [[nodiscard]] static constexpr answer read(std::string_view text) noexcept {
        link_text reader{text};
        link_description d;
        if (!reader.read_word(d.base, link_rules, link_text_errc::unknown_link))
            return reader.error_;
        while (!reader.rest_.empty()) {
            if (reader.rest_[0] != '+')
                return reader.fail(link_text_errc::unexpected, reader.rest_), reader.error_;
            reader.rest_.remove_prefix(1);
            link_word word;
            const std::string_view word_text = reader.rest_.substr(0, reader.rest_.find('+'));
            if (!reader.read_word(word, link_decoration_rules, link_text_errc::unknown_decorator))
                return reader.error_;
            if (!d.around.push_back(word))
                return reader.fail(link_text_errc::too_many, word_text), reader.error_;
        }
        return d;
    }

private:
    constexpr explicit link_text(std::string_view text) noexcept : all_{text}, rest_{text} {}

    /// Takes what stands in front of the first of `ends` off the rest.
    constexpr std::string_view take_until(std::string_view ends) noexcept {
        const std::string_view taken = rest_.substr(0, rest_.find_first_of(ends));
        rest_.remove_prefix(taken.size());
        return taken;
    }

    constexpr bool read_word(link_word& word, std::span<const link_rule> rules,
                             link_text_errc unknown) noexcept {
        rule_ = nullptr;
        const std::string_view name = take_until(":(+");
        for (word.index = 0; word.index < rules.size(); ++word.index)
            if (rules[word.index].name == name) break;
        if (word.index == rules.size()) return fail(unknown, name);
        rule_ = &rules[word.index];
        return read_where(word) && read_options(word) && has_its_text(word, name);
    }

    constexpr bool read_where(link_word& word) noexcept {
        const bool given = rest_.starts_with(':');
        if (given && rule_->where == link_where::nothing)
            return fail(link_text_errc::superfluous_where, take_until("(+"));
        if (given) rest_.remove_prefix(1);
        if (given) word.where = take_until("(+");
        const bool needed = rule_->where == link_where::text || rule_->where == link_where::address;
        if (needed && word.where.empty())
            return fail(link_text_errc::missing_where, rest_.substr(0, 0));
        if (rule_->where == link_where::address && !is_address(word.where))
            return fail(link_text_errc::bad_address, word.where);
        return true;
    }

    constexpr bool read_options(link_word& word) noexcept {
        if (!rest_.starts_with('(')) return true;
        do {
            rest_.remove_prefix(1);  // the parenthesis, or a comma
            if (!read_option(word, take_until(",)"))) return false;
        } while (rest_.starts_with(','));
        if (rest_.empty()) return fail(link_text_errc::unclosed, rest_);
        rest_.remove_prefix(1);
        return true;
    }

    constexpr bool read_option(link_word& word, std::string_view given) noexcept {
        const std::size_t equals = given.find('=');
        link_setting s{given.substr(0, equals), {}};
        const link_option_rule* const rule = find_rule(s.name);
        if (rule == nullptr) return fail(link_text_errc::unknown_option, s.name);
        option_ = *rule;
        if (rule->name.empty()) s = {given.substr(0, 0), given};
        if (word.has(s.name))
            return fail(link_text_errc::repeated_option, rule->name.empty() ? given : s.name);
        if (!rule->name.empty() && equals != std::string_view::npos)
            s.text = given.substr(equals + 1);
        if (rule->value == link_value::none && equals != std::string_view::npos)
            return fail(link_text_errc::superfluous_value, given);
        if (rule->value != link_value::none && s.text.empty())
            return fail(link_text_errc::missing_value, given);
        if (!read_value(*rule, s)) return false;
        word.settings.push_back(s);
        option_ = {};
        return true;
    }

    constexpr bool read_value(const link_option_rule& rule, link_setting& s) noexcept {
        if (rule.value == link_value::number) {
            const auto number = to_number(s.text);
            if (!number || *number < rule.lowest || *number > rule.highest)
                return fail(link_text_errc::bad_number, s.text);
            s.number = *number;
        }
        if (rule.value == link_value::chance) {
            const auto chance = to_chance(s.text);
            if (!chance) return fail(link_text_errc::bad_chance, s.text);
            s.chance = *chance;
        }
        return true;
    }

    /// The rule of a name; of a word whose option is the text itself, that of any name.
    [[nodiscard]] constexpr const link_option_rule* find_rule(
        std::string_view name) const noexcept {
        for (const link_option_rule& rule : rule_->options)
            if (rule.name == name || rule.name.empty()) return &rule;
        return nullptr;
    }

    constexpr bool has_its_text(const link_word& word, std::string_view name) noexcept {
        for (const link_option_rule& rule : rule_->options)
            if (rule.name.empty() && !word.has(""))
                return fail(link_text_errc::missing_option, name);
        return true;
    }

    [[nodiscard]] static constexpr bool is_address(std::string_view text) noexcept {
        framings::udp_address<framings::ipv4_address> v4;
        framings::udp_address<framings::ipv6_address> v6;
        if (text.starts_with('[')) return read_address(text, v6) && is_one_host(v6.host);
        return read_address(text, v4) && is_one_host(v4.host);
    }

    [[nodiscard]] static constexpr std::optional<std::uint64_t> to_number(
        std::string_view text) noexcept {
        const bool hexadecimal = text.starts_with("0x");
        if (hexadecimal) text.remove_prefix(2);
        const std::uint64_t base = hexadecimal ? 16 : 10;
        if (text.empty()) return std::nullopt;
        std::uint64_t value = 0;
        for (const char c : text) {
            const std::string_view digits = "0123456789abcdef";
            const std::size_t digit = digits.substr(0, static_cast<std::size_t>(base)).find(c);
            if (digit == std::string_view::npos) return std::nullopt;
            if (value > (detail::any_number - digit) / base) return std::nullopt;
            value = value * base + digit;
        }
        return value;
    }

    /// Digits, perhaps a point, digits; at most 1.
    [[nodiscard]] static constexpr std::optional<double> to_chance(std::string_view text) noexcept {
        double value = 0;
        double unit = 1;
        bool point = false;
        bool digits = false;
        for (const char c : text) {
            if (c == '.' && !std::exchange(point, true)) continue;
            if (c < '0' || c > '9') return std::nullopt;
            digits = true;
            if (!point) value = value * 10 + (c - '0');
            if (point) value += (c - '0') * (unit /= 10);
            if (value > 1) return std::nullopt;
        }
        if (!digits) return std::nullopt;
        return value;
    }

    constexpr bool fail(link_text_errc what, std::string_view shown) noexcept {
        error_ = {what, static_cast<std::size_t>(shown.data() - all_.data()), shown, rule_,
                  option_};
        return false;
    }

    std::string_view all_;
    std::string_view rest_;
    const link_rule* rule_ = nullptr;
    link_option_rule option_{};
    link_text_error error_{};
};

}  // namespace rrdp
