// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rrdp/wire/codec.hpp>

/// A segment in the notation of RFC 908, chapter 5: what a test expects, and what it sees.
///
///     CHECK(p.carry_a_to_b() == syn(100));             // <SEQ=100><SYN>
///     CHECK(p.carry_b_to_a() == syn(200).ack(100));    // <SEQ=200><ACK=100><SYN>
///     CHECK(p.carry_a_to_b() == ack(200).seq(101));    // <SEQ=101><ACK=200>
namespace script {

using numbers = std::vector<std::uint16_t>;

struct shown {
    std::string control;  ///< "SYN", "Data", "NUL", "FIN", "RST"; empty: an ACK and no more
    std::optional<std::uint16_t> sequence{};
    std::optional<std::uint16_t> acknowledged{};
    numbers eacks{};
    std::string data{};
    std::optional<unsigned> said{};  ///< the reason of an RST, the code of an unknown NUL

    [[nodiscard]] shown seq(std::uint16_t number) const {
        shown s = *this;
        s.sequence = number;
        return s;
    }
    [[nodiscard]] shown ack(std::uint16_t number) const {
        shown s = *this;
        s.acknowledged = number;
        return s;
    }
    /// The list of what was received out of sequence, in the order of the segment.
    [[nodiscard]] shown ea(numbers list) const {
        shown s = *this;
        s.eacks = std::move(list);
        return s;
    }

    friend bool operator==(const shown&, const shown&) = default;
};

inline shown syn(std::uint16_t number) {
    return {.control = "SYN", .sequence = number};
}
inline shown ack(std::uint16_t number) {
    return {.control = "", .acknowledged = number};
}
inline shown data(std::uint16_t number, std::string_view text) {
    return {.control = "Data", .sequence = number, .data = std::string{text}};
}
inline shown nul(std::uint16_t number) {
    return {.control = "NUL", .sequence = number};
}
inline shown fin(std::uint16_t number) {
    return {.control = "FIN", .sequence = number};
}
inline shown rst(std::uint16_t number, unsigned reason) {
    return {.control = "RST", .sequence = number, .said = reason};
}
/// No segment at all.
inline shown nothing() {
    return {.control = "nothing"};
}

inline std::string to_string(const shown& s) {
    if (s == nothing()) return "nothing";
    std::string text;
    const auto number = [&text](const char* what, std::uint16_t n) {
        text += std::string{"<"} + what + "=" + std::to_string(n) + ">";
    };
    if (s.sequence) number("SEQ", *s.sequence);
    if (s.acknowledged) number("ACK", *s.acknowledged);
    if (!s.eacks.empty()) {
        text += "<EA=";
        for (const std::uint16_t n : s.eacks) text += std::to_string(n) + ',';
        text.back() = '>';
    }
    if (s.control.empty()) return text;
    text += "<" + s.control;
    if (s.said) text += ' ' + std::to_string(*s.said);
    if (!s.data.empty()) text += " \"" + s.data.substr(0, 40) + '"';
    return text + ">";
}

inline std::ostream& operator<<(std::ostream& out, const shown& s) {
    return out << to_string(s);
}

/// What `l2_payload` is, as a peer reads it with whom `agreed` holds; by default nothing that has
/// words.
inline shown read(rrdp::octets_view l2_payload, rrdp::wire::features agreed = {}) {
    const auto s = rrdp::wire::decode(l2_payload, agreed);
    if (!s) return {.control = std::string{"not a segment: "} + rrdp::wire::name(s.error())};
    shown seen;
    seen.sequence = s->base.sequence.value();
    const auto control = s->base.control;
    if (control.ack()) seen.acknowledged = s->base.acknowledgement.value();
    for (const auto number : s->words.eacks) seen.eacks.push_back(number.value());
    for (const std::byte octet : s->payload)
        seen.data += static_cast<char>(std::to_integer<unsigned char>(octet));
    if (control.syn()) seen.control = "SYN";
    if (!s->payload.empty()) seen.control = "Data";
    if (control.nul()) seen.control = s->words.nul_code == 1 ? "FIN" : "NUL";
    if (control.nul() && s->words.nul_code > 1) seen.said = s->words.nul_code;
    if (control.rst()) {
        seen.control = "RST";
        seen.said = static_cast<unsigned>(s->reset->reason);
    }
    return seen;
}

/// A segment that was seen, with all that was on the wire before it: printed when an expectation
/// fails.
struct seen {
    shown what;
    const std::vector<std::string>* wire = nullptr;

    friend bool operator==(const seen& a, const shown& b) { return a.what == b; }
    friend std::ostream& operator<<(std::ostream& out, const seen& s) {
        out << s.what << "\n  after this on the wire:";
        const std::size_t from = s.wire->size() > 40 ? s.wire->size() - 40 : 0;
        for (std::size_t i = from; i < s.wire->size(); ++i) out << "\n    " << (*s.wire)[i];
        return out;
    }
};

/// Whether something came to pass, with what was on the wire if it did not.
struct verdict {
    bool came;
    const std::vector<std::string>* wire;

    explicit operator bool() const { return came; }
    friend std::ostream& operator<<(std::ostream& out, const verdict& v) {
        return out << (v.came ? "true" : "false") << seen{nothing(), v.wire};
    }
};

}  // namespace script
