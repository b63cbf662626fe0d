// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sstream>
#include <string>

#include <rrdp/testing/hex.hpp>
#include <rrdp/wire/codec.hpp>

/// What a segment says, in lines of a name and a value: the form of the `.txt` files beside the
/// golden frames.
namespace rrdp::testing {

inline std::string feature_names(wire::features set) {
    using f = wire::features;
    static constexpr std::pair<f, const char*> names[] = {
        {f::wide, "WIDE"},     {f::credit, "CREDIT"}, {f::fin, "FIN"},   {f::crc32c, "CRC32C"},
        {f::cookie, "COOKIE"}, {f::empty, "EMPTY"},   {f::frag, "FRAG"}, {f::tag, "TAG"},
    };
    std::string text;
    for (const auto& [feature, name] : names)
        if (set.has(feature)) text += (text.empty() ? "" : " ") + std::string{name};
    return text;
}

inline std::string flag_names(wire::flags f) {
    std::string text;
    const auto add = [&text](bool set, const char* name) {
        if (set) text += (text.empty() ? "" : " ") + std::string{name};
    };
    add(f.syn(), "SYN");
    add(f.ack(), "ACK");
    add(f.eack(), "EACK");
    add(f.rst(), "RST");
    add(f.nul(), "NUL");
    return text;
}

inline void describe_syn(std::ostream& out, const wire::syn_parameters& p) {
    out << "max_outstanding " << p.max_outstanding << "\nmax_segment_size " << p.max_segment_size
        << "\nsequenced " << p.sequenced << "\nextended " << p.extended << '\n';
    if (!p.offered.none()) out << "features " << feature_names(p.offered) << '\n';
    if (p.node) out << "node " << p.node->source << " to " << p.node->destination << '\n';
    if (p.boot) out << "boot " << *p.boot << '\n';
    if (p.timing)
        out << "ack_delay_us " << p.timing->ack_delay_us << "\nack_every " << p.timing->ack_every
            << "\nkeepalive_ms " << p.timing->keepalive_ms << '\n';
    if (p.peer_tag) out << "peer_tag " << *p.peer_tag << '\n';
    if (p.max_message) out << "max_message " << *p.max_message << '\n';
    if (p.tag) out << "tag " << *p.tag << '\n';
}

inline void describe_words(std::ostream& out, const wire::segment& s, wire::features agreed) {
    using f = wire::features;
    const wire::extensions& w = s.words;
    if (agreed.has(f::tag)) out << "tag " << w.tag << '\n';
    if (agreed.has(f::wide))
        out << "sequence_high " << w.sequence_high << "\nacknowledgement_high "
            << w.acknowledgement_high << '\n';
    if (agreed.has(f::crc32c)) out << "crc " << w.crc << '\n';
    if (s.base.control.nul()) out << "nul_code " << w.nul_code << '\n';
    if (agreed.has(f::frag) && !s.payload.empty())
        out << "fragments_left " << w.fragments_left << '\n';
    if (w.credit) out << "credit " << *w.credit << '\n';
    for (const wire::seq16 number : w.eacks) out << "eack " << number.value() << '\n';
}

inline void describe_reset(std::ostream& out, const wire::reset_form& r) {
    static constexpr const char* forms[] = {"connection", "bare", "bare_tagged", "cookie",
                                            "cookie_tagged"};
    out << "reset_form " << forms[static_cast<std::size_t>(r.form)] << '\n';
    if (r.tag) out << "tag " << *r.tag << '\n';
    out << "reset_reason " << name(r.reason) << '\n';
    if (!r.cookie.empty()) out << "cookie " << to_hex(r.cookie) << '\n';
}

/// The whole text; `agreed` is what the segment was decoded with.
inline std::string describe(const wire::segment& s, wire::features agreed) {
    std::ostringstream out;
    if (!agreed.none()) out << "agreed " << feature_names(agreed) << '\n';
    out << "flags " << flag_names(s.base.control) << "\nversion "
        << unsigned{s.base.control.version()} << "\nheader_length "
        << unsigned{s.base.header_length} << "\nsource_port " << s.base.source_port
        << "\ndestination_port " << s.base.destination_port << "\ndata_length "
        << s.base.data_length << "\nsequence " << s.base.sequence.value() << "\nacknowledgement "
        << s.base.acknowledgement.value() << "\nchecksum " << s.base.checksum << '\n';
    if (s.syn)
        describe_syn(out, *s.syn);
    else if (s.reset)
        describe_reset(out, *s.reset);
    else
        describe_words(out, s, agreed);
    if (!s.payload.empty()) out << "data " << to_hex(s.payload) << '\n';
    return out.str();
}

}  // namespace rrdp::testing
