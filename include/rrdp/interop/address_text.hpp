// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <rrdp/framings/ip_address.hpp>
#include <rrdp/wire/mac_address.hpp>

/// Addresses as people write them: what each framing's nodes are called in a file or on a command
/// line. All of the text must be the address; nothing is taken that is not whole.
namespace rrdp {

namespace detail {

/// The number that all of `text` is in decimal, if it is at most `highest` and does not begin with
/// a superfluous zero.
[[nodiscard]] constexpr std::optional<std::uint32_t> decimal(std::string_view text,
                                                             std::uint32_t highest) noexcept {
    if (text.empty() || text.size() > 9 || (text.size() > 1 && text[0] == '0')) return {};
    std::uint32_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return {};
        value = value * 10 + static_cast<std::uint32_t>(c - '0');
    }
    if (value > highest) return {};
    return value;
}

/// The number that one to `digits` hexadecimal digits are.
[[nodiscard]] constexpr std::optional<std::uint16_t> hexadecimal(std::string_view text,
                                                                 std::size_t digits) noexcept {
    if (text.empty() || text.size() > digits) return {};
    unsigned value = 0;
    for (const char c : text) {
        const bool lower = c >= 'a' && c <= 'f';
        const bool upper = c >= 'A' && c <= 'F';
        if (!lower && !upper && (c < '0' || c > '9')) return {};
        const int digit = lower ? c - 'a' + 10 : upper ? c - 'A' + 10 : c - '0';
        value = value << 4 | static_cast<unsigned>(digit);
    }
    return static_cast<std::uint16_t>(value);
}

/// Takes what stands before the first `separator` off `text`, and the separator; all of it, if
/// there is none.
constexpr std::string_view take_part(std::string_view& text, char separator) noexcept {
    const std::size_t at = text.find(separator);
    const std::string_view part = text.substr(0, at);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
    return part;
}

/// Reads groups of hexadecimal digits between colons into `to`, from place `at` on. False when one
/// is no group, or there is no place left.
constexpr bool read_groups(std::string_view text, framings::ipv6_address& to,
                           std::size_t& at) noexcept {
    while (!text.empty()) {
        const bool last = text.find(':') == std::string_view::npos;
        const auto group = hexadecimal(take_part(text, ':'), 4);
        if (!group || at + 2 > to.octets.size()) return false;
        if (!last && text.empty()) return false;  // a colon with nothing behind it
        to.octets[at] = static_cast<std::uint8_t>(*group >> 8);
        to.octets[at + 1] = static_cast<std::uint8_t>(*group & 0xff);
        at += 2;
    }
    return true;
}

}  // namespace detail

/// "02:00:00:00:00:01"; a single digit counts as one with a zero before it.
constexpr bool read_address(std::string_view text, wire::mac_address& to) noexcept {
    for (std::size_t i = 0; i < to.octets.size(); ++i) {
        const bool last = text.find(':') == std::string_view::npos;
        if (last != (i + 1 == to.octets.size())) return false;
        const auto octet = detail::hexadecimal(detail::take_part(text, ':'), 2);
        if (!octet) return false;
        to.octets[i] = static_cast<std::uint8_t>(*octet);
    }
    return true;
}

/// "192.0.2.1": four decimal numbers.
constexpr bool read_address(std::string_view text, framings::ipv4_address& to) noexcept {
    for (std::size_t i = 0; i < to.octets.size(); ++i) {
        const bool last = text.find('.') == std::string_view::npos;
        if (last != (i + 1 == to.octets.size())) return false;
        const auto octet = detail::decimal(detail::take_part(text, '.'), 255);
        if (!octet) return false;
        to.octets[i] = static_cast<std::uint8_t>(*octet);
    }
    return true;
}

/// "2001:db8::1" (RFC 4291, 2.2, forms 1 and 2): eight groups, or less around one "::".
constexpr bool read_address(std::string_view text, framings::ipv6_address& to) noexcept {
    to = {};
    const std::size_t gap = text.find("::");
    std::size_t head = 0;
    if (!detail::read_groups(text.substr(0, gap), to, head)) return false;
    if (gap == std::string_view::npos) return head == to.octets.size();
    framings::ipv6_address behind;
    std::size_t tail = 0;
    if (!detail::read_groups(text.substr(gap + 2), behind, tail)) return false;
    if (head + tail + 2 > to.octets.size()) return false;  // "::" stands for one group at least
    for (std::size_t i = 0; i < tail; ++i)
        to.octets[to.octets.size() - tail + i] = behind.octets[i];
    return true;
}

/// "192.0.2.1:50027", "[2001:db8::1]:50027"; without a port it is 50027.
template <class Host>
constexpr bool read_address(std::string_view text, framings::udp_address<Host>& to) noexcept {
    to.port = framings::default_udp_port;
    constexpr bool bracketed = sizeof(Host) > 4;  // its own colons must not be taken for the port's
    if (bracketed && !text.starts_with('[')) return read_address(text, to.host);
    if (bracketed) text.remove_prefix(1);
    const bool closed = text.find(']') != std::string_view::npos;
    if (bracketed != closed) return false;
    if (!bracketed && text.ends_with(':')) return false;
    if (!read_address(detail::take_part(text, bracketed ? ']' : ':'), to.host)) return false;
    if (bracketed && !text.empty()) {
        if (text[0] != ':') return false;
        text.remove_prefix(1);
        if (text.empty()) return false;
    }
    if (text.empty()) return true;
    const auto port = detail::decimal(text, 65'535);
    if (!port || *port == 0) return false;
    to.port = static_cast<std::uint16_t>(*port);
    return true;
}

}  // namespace rrdp
