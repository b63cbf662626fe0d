// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rrdp/base/time.hpp>

/// Text to values and back. What cannot be read is no value; the caller says what was wrong.
namespace tools {

/// The number that all of `text` is, in decimal, if it lies in [lowest, highest].
template <class Number>
std::optional<Number> to_number(std::string_view text, Number lowest, Number highest) {
    Number value{};
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end) return std::nullopt;
    if (!(value >= lowest) || !(value <= highest)) return std::nullopt;  // also refuses "nan"
    return value;
}

/// A 16-bit number in hexadecimal, with or without "0x" before it.
inline std::optional<std::uint16_t> to_hex_number(std::string_view text) {
    if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
    std::uint16_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value, 16);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return value;
}

/// The parts of `text` around every `separator`; at least one.
inline std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

/// `text` before and after the first `separator`; no value without one.
inline std::optional<std::pair<std::string_view, std::string_view>> cut(std::string_view text,
                                                                        char separator) {
    const std::size_t at = text.find(separator);
    if (at == std::string_view::npos) return std::nullopt;
    return std::pair{text.substr(0, at), text.substr(at + 1)};
}

/// A span of time up to a day: a number and its unit, ns, us, ms or s.
inline std::optional<rrdp::duration> to_duration(std::string_view text) {
    constexpr double day = 86'400e9;
    const std::size_t digits = text.find_first_not_of("0123456789.");
    if (digits == std::string_view::npos) return std::nullopt;
    const std::string_view unit = text.substr(digits);
    double scale = 0;
    for (const auto& [suffix, nanoseconds] :
         {std::pair{"ns", 1.0}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}})
        if (unit == suffix) scale = nanoseconds;
    const auto count = to_number(text.substr(0, digits), 0.0, day);
    if (!count || scale == 0 || *count * scale > day) return std::nullopt;
    return rrdp::duration{static_cast<rrdp::duration::rep>(*count * scale)};
}

inline double to_seconds(rrdp::duration d) {
    return std::chrono::duration<double>{d}.count();
}

/// `value` with `decimals` digits behind the point.
inline std::string fixed(double value, int decimals) {
    char text[352];  // the largest of all numbers has 309 digits before the point
    const int size = std::snprintf(text, sizeof text, "%.*f", decimals, value);
    return {text, std::min(static_cast<std::size_t>(size), sizeof text - 1)};
}

/// Octets as people read them: 999 B, 1.0 kB, 24.8 MB.
inline std::string human_size(std::uint64_t size) {
    if (size < 1'000) return std::to_string(size) + " B";
    auto value = static_cast<double>(size);
    const char* unit = "B";
    for (const char* next : {"kB", "MB", "GB", "TB"}) {
        if (value < 999.95) break;
        value /= 1'000;
        unit = next;
    }
    return fixed(value, 1) + ' ' + unit;
}

/// A span of time as people read it: 1.5 s, 20 ms.
inline std::string human_time(rrdp::duration d) {
    const double seconds = to_seconds(d);
    if (seconds >= 1) return fixed(seconds, seconds < 10 ? 1 : 0) + " s";
    return fixed(seconds * 1e3, seconds < 0.01 ? 1 : 0) + " ms";
}

/// `text` without what could steer a terminal, where others may have written it: the control
/// characters of ASCII and of Latin-1 (in UTF-8).
inline std::string printable(std::string_view text) {
    std::string out{text};
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto c = static_cast<unsigned char>(out[i]);
        const auto next = static_cast<unsigned char>(i + 1 < out.size() ? out[i + 1] : 0);
        if ((c < 0x20 && c != '\n') || c == 0x7f) out[i] = '?';
        if (c == 0xc2 && next >= 0x80 && next < 0xa0) out[i] = out[i + 1] = '?';
    }
    return out;
}

/// `text` between quotation marks, as it stands in error messages.
inline std::string quoted(std::string_view text) {
    return '"' + std::string{text} + '"';
}

}  // namespace tools
