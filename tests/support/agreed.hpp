// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/lone.hpp"

namespace script {

using rrdp::wire::features;

inline setup offering(features f, setup s = {}) {
    s.options.offered = f;
    return s;
}

/// A `lone` whose engine and peer offer `f`, and that writes and reads the words which are agreed.
/// The peer's tag is `peer_tag`, the high half of its first number `peer_high`.
class agreed_lone : public lone {
public:
    static constexpr std::uint32_t peer_tag = 0xbeef'0001;

    std::uint16_t peer_high = 7;
    std::uint32_t own_tag = 0;   ///< the engine's, known after its SYN or SYN ACK
    std::uint16_t own_high = 0;  ///< of the engine's first number

    explicit agreed_lone(features f, const setup& s = {}) : lone{offering(f, s)} {}

    /// What the peer's SYN says.
    [[nodiscard]] rrdp::wire::syn_parameters offer() const {
        auto p = lone::offer();
        p.extended = true;
        if (p.offered.has(features::tag)) p.tag = peer_tag;
        if (p.offered.has(features::wide)) p.sequence_high = peer_high;
        if (p.offered.has(features::frag)) p.max_message = 65'536;
        return p;
    }
    /// What the peer's SYN ACK says, that echoes `echo`.
    [[nodiscard]] rrdp::wire::syn_parameters reply(std::uint32_t echo) const {
        auto p = offer();
        if (p.offered.has(features::tag)) p.peer_tag = echo;
        return p;
    }
    /// The SYN or SYN ACK that was said last tells what the peer has to put into its segments.
    void learn() {
        const auto p = announced();
        peer.agreed = p.offered & own.said.options.offered;
        own_tag = p.tag.value_or(0);
        own_high = p.sequence_high;
        peer.words.tag = own_tag;
        peer.words.sequence_high = peer_high;
        peer.words.acknowledgement_high = own_high;
    }
    /// The peer's SYN 100 is answered by the SYN ACK: SYN-RCVD.
    bool half_open() {
        if (own.listen(1'024) != rrdp::errc::ok) return false;
        hear(peer.syn(100, offer()));
        if (!(says() == syn(own.said.first).ack(100))) return false;
        learn();
        return true;
    }
    bool open_passively() {
        if (!half_open()) return false;
        hear(peer.ack(101, own.said.first));
        return own.told() == "accepted" && says() == nothing();
    }
    bool open_actively() {
        if (own.connect(now, 5'001, 1'024) != rrdp::errc::ok) return false;
        if (!(says() == syn(own.said.first))) return false;
        learn();
        hear(peer.syn_ack(100, own.said.first, reply(own_tag)));
        const auto next = static_cast<std::uint16_t>(own.said.first + 1);
        return own.told() == "connected" && says() == script::ack(100).seq(next);
    }

    seen says() { return again(lone::says()); }
    seen says_within(rrdp::duration span) { return again(lone::says_within(span)); }
    bool silent_for(rrdp::duration span) { return lone::says_within(span) == nothing(); }
    /// The words of what was said last, which is neither SYN nor RST.
    [[nodiscard]] rrdp::wire::extensions words() const {
        return rrdp::wire::decode(last(), peer.agreed)->words;
    }
    /// The RST that was said last.
    [[nodiscard]] rrdp::wire::reset_form reset() const {
        const auto segment = rrdp::wire::parse(last());
        const auto form = rrdp::wire::parse_reset(*segment, peer.agreed);
        return form ? *form : *rrdp::wire::parse_reset_opening(*segment);
    }
    [[nodiscard]] rrdp::state at() { return own.engine().observer().states[own.id.slot]; }

private:
    [[nodiscard]] seen again(const seen& s) const {
        return s == nothing() ? s : seen{read(last(), peer.agreed), s.wire};
    }
};

}  // namespace script
