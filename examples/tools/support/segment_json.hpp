// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <rrdp/wire/codec.hpp>
#include <rrdp/wire/resolution.hpp>

#include "json.hpp"
#include "node_table.hpp"
#include "reading.hpp"

/// A segment as the fields of a JSON object, named as in figure 4 of the paper and in the
/// specification.
namespace tools {

struct named_feature {
    std::string_view name;
    rrdp::wire::features bit;
};

inline constexpr std::array<named_feature, 9> named_features{{
    {"WIDE", rrdp::wire::features::wide},
    {"CREDIT", rrdp::wire::features::credit},
    {"FIN", rrdp::wire::features::fin},
    {"CRC32C", rrdp::wire::features::crc32c},
    {"COOKIE", rrdp::wire::features::cookie},
    {"EMPTY", rrdp::wire::features::empty},
    {"FRAG", rrdp::wire::features::frag},
    {"TAG", rrdp::wire::features::tag},
    {"BUNDLE", rrdp::wire::features::bundle},
}};

/// The features that a list such as "wide,crc32c" names, in either case; an empty list names none.
/// Nothing when one of the names is unknown.
inline std::optional<rrdp::wire::features> to_features(std::string_view list) {
    rrdp::wire::features all;
    if (list.empty() || list == "none") return all;
    for (const std::string_view part : split(list, ',')) {
        std::string name{part};
        for (char& c : name)
            if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        rrdp::wire::features found;
        for (const named_feature& f : named_features)
            if (f.name == name) found = f.bit;
        if (found.none()) return std::nullopt;
        all = all | found;
    }
    return all;
}

namespace detail {

inline std::string hex_text(rrdp::octets_view octets) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::byte octet : octets) {
        const auto value = std::to_integer<unsigned>(octet);
        text += digits[value >> 4];
        text += digits[value & 15];
    }
    return text;
}

inline void add_flags(json_writer& json, rrdp::wire::flags control) {
    json.key("flags").open_array();
    for (const auto& [set, name] : {std::pair{control.syn(), "SYN"},
                                    {control.ack(), "ACK"},
                                    {control.eack(), "EACK"},
                                    {control.rst(), "RST"},
                                    {control.nul(), "NUL"}})
        if (set) json.value(name);
    json.close_array();
}

inline void add_features(json_writer& json, std::string_view key, rrdp::wire::features bits) {
    json.key(key).open_array();
    for (const named_feature& f : named_features)
        if (bits.has(f.bit)) json.value(f.name);
    json.close_array();
}

/// The kinds of all TLVs in their order, pads and unknown ones among them.
inline void add_tlvs(json_writer& json, rrdp::octets_view words) {
    json.key("tlvs").open_array();
    while (!words.empty()) {
        json.value(std::to_integer<unsigned>(words[0]));
        words = words.subspan(2 + 2 * std::to_integer<std::size_t>(words[1]));
    }
    json.close_array();
}

/// `variable` is the header after word 6; the SYN is well formed.
inline void add_syn(json_writer& json, const rrdp::wire::syn_parameters& syn,
                    rrdp::octets_view variable) {
    json.field("max_outstanding", syn.max_outstanding);
    json.field("max_segment_size", syn.max_segment_size);
    json.field("options", rrdp::load_be16(variable, 4));
    json.field("sequenced", syn.sequenced).field("extended", syn.extended);
    add_features(json, "features", syn.offered);
    const rrdp::octets_view rest = variable.subspan(6);
    add_tlvs(json, syn.extended ? rest : rrdp::octets_view{});
    if (!syn.extended && !rest.empty()) json.field("words", hex_text(rest));  // ignored
    if (syn.node)
        json.field("source_node", syn.node->source)
            .field("destination_node", syn.node->destination);
    if (syn.boot) json.field("boot", *syn.boot);
    if (syn.timing)
        json.field("ack_delay_us", syn.timing->ack_delay_us)
            .field("ack_every", syn.timing->ack_every)
            .field("keepalive_ms", syn.timing->keepalive_ms);
    if (syn.offered.has(rrdp::wire::features::wide)) json.field("sequence_high", syn.sequence_high);
    if (syn.has_cookie) json.field("cookie", hex_text(syn.cookie));
    if (syn.peer_tag) json.field("peer_tag", *syn.peer_tag);
    if (!syn.application.empty()) json.field("application", hex_text(syn.application));
    if (syn.max_message) json.field("max_message", *syn.max_message);
    if (syn.tag) json.field("tag", *syn.tag);
}

inline const char* form_name(rrdp::wire::reset_form::kind form) {
    using kind = rrdp::wire::reset_form::kind;
    switch (form) {
        case kind::connection: return "connection";
        case kind::bare: return "bare";
        case kind::bare_tagged: return "bare_tagged";
        case kind::cookie: return "cookie";
        case kind::cookie_tagged: return "cookie_tagged";
    }
    return "?";
}

inline void add_reset(json_writer& json, const rrdp::wire::reset_form& reset,
                      rrdp::wire::features agreed) {
    json.field("reset_reason", static_cast<unsigned>(reset.reason));
    json.field("reset_reason_name", rrdp::wire::name(reset.reason));
    json.field("reset_form", form_name(reset.form));
    if (reset.tag) json.field("tag", *reset.tag);
    if (reset.form == rrdp::wire::reset_form::kind::connection &&
        agreed.has(rrdp::wire::features::crc32c))
        json.field("crc32c", reset.crc);
    if (!reset.cookie.empty()) json.field("cookie", hex_text(reset.cookie));
}

inline void add_words(json_writer& json, const rrdp::wire::segment& s,
                      rrdp::wire::features agreed) {
    using rrdp::wire::features;
    if (agreed.has(features::tag)) json.field("tag", s.words.tag);
    if (agreed.has(features::crc32c)) json.field("crc32c", s.words.crc);
    if (s.words.bundled != 0)
        json.field("bundled", s.words.bundled);
    else if (agreed.has(features::frag) && s.base.data_length != 0)
        json.field("fragments_left", s.words.fragments_left);
    if (s.words.credit) json.field("credit", *s.words.credit);
    if (s.base.control.nul()) json.field("nul_code", s.words.nul_code);
}

/// The upper halves of the sequence and acknowledgement numbers, where the segment has them.
inline std::pair<std::uint16_t, std::uint16_t> upper_halves(const rrdp::wire::segment& s) {
    if (s.syn) return {s.syn->sequence_high, std::uint16_t{0}};
    if (s.reset) return {s.reset->sequence_high, s.reset->acknowledgement_high};
    return {s.words.sequence_high, s.words.acknowledgement_high};
}

inline void add_resolution(json_writer& json, const rrdp::wire::resolution_frame& frame,
                           std::uint16_t checksum) {
    constexpr std::array<const char*, 6> names{"",      "HELLO",    "HELLO-REPLY",
                                               "PROBE", "CONFLICT", "BYE"};
    json.field("resolution", names[static_cast<std::size_t>(frame.op)]);
    json.field("version", 0U).field("header_length", rrdp::wire::resolution_octets / 2);
    json.field("cluster", frame.cluster);
    json.field("sender_node", frame.sender_node).field("target_node", frame.target_node);
    json.field("boot", frame.boot_id).field("sender_address", mac_text(frame.sender_mac));
    json.field("sender_mtu", frame.sender_mtu).field("versions", frame.versions);
    json.field("checksum", checksum);
}

}  // namespace detail

/// Adds the fields of a segment to an object that is open. With WIDE agreed a sequence number is
/// one number of 32 bits, and so is that of a SYN that offers it; the entries of the EACK list are
/// as they stand, the low 16 bits. `agreed` is nothing where the opening was not seen.
inline void add_segment(json_writer& json, const reading& r,
                        std::optional<rrdp::wire::features> agreed, bool with_data) {
    const rrdp::wire::segment& s = r.segment;
    const rrdp::wire::header& base = s.base;
    const auto [sequence_high, acknowledgement_high] = detail::upper_halves(s);
    detail::add_flags(json, base.control);
    json.field("version", base.control.version()).field("header_length", base.header_length);
    json.field("source_port", base.source_port).field("destination_port", base.destination_port);
    json.field("data_length", base.data_length);
    json.field("sequence", std::uint32_t{sequence_high} << 16 | base.sequence.value());
    json.field("acknowledgement",
               std::uint32_t{acknowledgement_high} << 16 | base.acknowledgement.value());
    json.field("checksum", base.checksum);
    if (r.covered) {
        const bool header = *r.covered == rrdp::wire::coverage::header_only;
        json.field("checksum_covers", header ? "header" : "header and data");
    }
    if (agreed && !s.syn) detail::add_features(json, "agreed", *agreed);
    json.key("eack").open_array();
    for (const rrdp::wire::seq16 number : s.words.eacks) json.value(number.value());
    json.close_array();
    if (s.syn)
        detail::add_syn(json, *s.syn, r.variable);
    else if (s.reset)
        detail::add_reset(json, *s.reset, agreed.value_or(rrdp::wire::features{}));
    else if (agreed)
        detail::add_words(json, s, *agreed);
    if (!r.unknown.empty()) json.field("words", detail::hex_text(r.unknown));
    if (with_data) json.field("data", detail::hex_text(s.payload));
}

/// Adds what was read of a frame: `ok` and its fields, or the reason why not.
inline void add_reading(json_writer& json, const reading& r,
                        std::optional<rrdp::wire::features> agreed, bool with_data) {
    json.field("ok", r.ok());
    if (!r.ok()) {
        json.field("reason", r.verdict);
        return;
    }
    if (r.resolution)
        detail::add_resolution(json, *r.resolution, r.segment.base.checksum);
    else
        add_segment(json, r, agreed, with_data);
    if (r.padding != 0) json.field("padding", r.padding);
}

}  // namespace tools
