// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <string_view>

#include <rrdp/base/assert.hpp>
#include <rrdp/base/octets.hpp>
#include <rrdp/base/time.hpp>

namespace rrdp::adapters {

/// The members of a JSON object, written one after the other into memory that is there: what an
/// event of a `qlog_file` says. The one who makes it answers for the room: a member takes at most
/// six times its text, and 30 octets.
class qlog_fields {
public:
    /// Texts are cut to so many octets.
    static constexpr std::size_t text_max = 200;

    /// Writes into `room`, which must outlive it.
    explicit qlog_fields(octets room) noexcept : room_{room} {}

    /// A text, escaped.
    qlog_fields& add(std::string_view name, std::string_view text) noexcept {
        key(name);
        raw('"');
        for (const char c : text.substr(0, text_max)) escaped(c);
        return raw('"');
    }
    /// A text, escaped.
    qlog_fields& add(std::string_view name, const char* text) noexcept {
        return add(name, std::string_view{text});
    }
    /// A number.
    qlog_fields& add(std::string_view name, std::unsigned_integral auto number) noexcept {
        return key(name).number(number);
    }
    /// A span of time or a moment: milliseconds with six digits behind the point, as qlog has them.
    qlog_fields& add(std::string_view name, duration span) noexcept {
        key(name);
        auto left = static_cast<std::uint64_t>(span.count());
        if (span < duration{}) {
            raw('-');
            left = 0 - left;
        }
        number(left / 1'000'000);
        raw('.');
        left %= 1'000'000;
        for (std::uint64_t digit = 100'000; digit != 0; digit /= 10)
            raw(static_cast<char>('0' + left / digit % 10));
        return *this;
    }
    /// Octets as hexadecimal digits.
    qlog_fields& add(std::string_view name, octets_view octets) noexcept {
        constexpr std::string_view digits = "0123456789abcdef";
        key(name);
        raw('"');
        for (const std::byte octet : octets) {
            raw(digits[std::to_integer<std::size_t>(octet >> 4)]);
            raw(digits[std::to_integer<std::size_t>(octet & std::byte{15})]);
        }
        return raw('"');
    }

    /// An object as a member: what is added until `close` is inside of it.
    qlog_fields& open(std::string_view name) noexcept {
        key(name).raw('{');
        first_ = true;
        return *this;
    }
    /// Ends the object that `open` began.
    qlog_fields& close() noexcept {
        first_ = false;
        return raw('}');
    }

    /// Anything else, as it stands.
    qlog_fields& raw(std::string_view text) noexcept {
        for (const char c : text) raw(c);
        return *this;
    }
    /// One character of it.
    qlog_fields& raw(char c) noexcept {
        RRDP_ASSERT(size_ < room_.size());
        room_[size_++] = static_cast<std::byte>(c);
        return *this;
    }

    /// How much has been written.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    qlog_fields& key(std::string_view name) noexcept {
        if (!first_) raw(',');
        first_ = false;
        return raw('"').raw(name).raw("\":");
    }
    qlog_fields& number(std::uint64_t value) noexcept {
        char digits[20];
        const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
        return raw(std::string_view{digits, static_cast<std::size_t>(end - digits)});
    }
    void escaped(char c) noexcept {
        constexpr std::string_view digits = "0123456789abcdef";
        const auto value = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            raw('\\').raw(c);
        else if (value >= 0x20 && value < 0x7f)
            raw(c);
        else  // what is no ASCII is taken as Latin-1: a file of JSON has to be UTF-8
            raw("\\u00").raw(digits[value >> 4]).raw(digits[value & 15]);
    }

    octets room_;
    std::size_t size_ = 0;
    bool first_ = true;
};

}  // namespace rrdp::adapters
