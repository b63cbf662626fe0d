// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <rrdp/testing/segments.hpp>

#include "support/side.hpp"

namespace script {

/// One engine, and a peer that is played by hand: the test says what arrives, in any order and
/// however wrong, and looks at every segment that leaves. Time passes only when the test says so.
///
/// The engine's own port is 1024, its first number 200 (`setup::first`); the peer's are 5001 and
/// 100, so that after the handshake the peer's first data segment is 101 and acknowledges 200.
template <class Policy = bare_policy>
class basic_lone {
public:
    explicit basic_lone(const setup& s = {}) : own{s, 1, 2} {}

    basic_side<Policy> own;
    rrdp::instant now{1s};
    rrdp::testing::segments peer{.source_port = 5'001, .destination_port = 1'024};

    // ---- the wire

    /// A frame arrives.
    void hear(rrdp::octets_view frame) {
        note("-> ", frame);
        own.engine().handle_frame(now, frame);
    }
    /// What the engine sends now.
    seen says() {
        const auto size = own.engine().poll_transmit(now, room_);
        if (!size) return {nothing(), &wire_};
        last_ = rrdp::octets_view{room_}.first(*size);
        note("   <- ", last_);
        return {read(last_), &wire_};
    }
    /// The next segment within `span`: time passes until there is one.
    seen says_within(rrdp::duration span) {
        const rrdp::instant limit = now + span;
        while (!own.engine().wants_transmit(now)) {
            const auto next = own.engine().next_timeout();
            if (!next || *next > limit) {
                now = limit;
                return {nothing(), &wire_};
            }
            now = std::max(now, *next);
            own.engine().handle_timeout(now);
        }
        return says();
    }
    /// Everything it says in the next `span`.
    std::vector<shown> listen_to(rrdp::duration span) {
        std::vector<shown> all;
        const rrdp::instant limit = now + span;
        for (seen s = says_within(span); s.what != nothing(); s = says_within(limit - now))
            all.push_back(s.what);
        return all;
    }
    /// Whether it stays silent for `span`.
    bool silent_for(rrdp::duration span) { return says_within(span) == nothing(); }
    /// Time passes at once: the clock has jumped.
    void jump(rrdp::duration span) {
        now += span;
        own.engine().handle_timeout(now);
    }
    /// The octets of the segment that was said last.
    [[nodiscard]] rrdp::octets_view last() const { return last_; }
    /// What the SYN or SYN ACK that was said last announces.
    [[nodiscard]] rrdp::wire::syn_parameters announced() const {
        return *rrdp::wire::parse_syn(*rrdp::wire::parse(last_));
    }

    // ---- short ways

    /// What a peer of the same kind as the engine's options puts into its SYN.
    [[nodiscard]] rrdp::wire::syn_parameters offer() const {
        auto p = rrdp::testing::segments::plain();
        p.extended = own.said.options.extended;
        p.offered = own.said.options.offered;
        return p;
    }
    /// Opened by the peer, whose SYN says `p`; false if anything went another way.
    bool open_passively(const rrdp::wire::syn_parameters& p) {
        if (own.listen(1'024) != rrdp::errc::ok) return false;
        hear(peer.syn(100, p));
        if (!(says() == syn(own.said.first).ack(100))) return false;
        hear(peer.ack(101, own.said.first));
        return own.told() == "accepted" && says() == nothing();
    }
    bool open_passively() { return open_passively(offer()); }
    /// Opened by the engine, to a peer whose SYN ACK says `p`.
    bool open_actively(const rrdp::wire::syn_parameters& p) {
        if (own.connect(now, 5'001, 1'024) != rrdp::errc::ok) return false;
        if (!(says() == syn(own.said.first))) return false;
        hear(peer.syn_ack(100, own.said.first, p));
        const auto next = static_cast<std::uint16_t>(own.said.first + 1);
        return own.told() == "connected" && says() == script::ack(100).seq(next);
    }
    bool open_actively() { return open_actively(offer()); }

    rrdp::errc send(std::string_view text) { return own.send(now, text); }
    rrdp::errc close() { return own.engine().close(now, own.id); }
    rrdp::errc abort() { return own.engine().abort(now, own.id); }
    std::string told() { return own.told(); }
    [[nodiscard]] std::uint64_t dropped(rrdp::drop_reason why) const { return own.dropped(why); }
    [[nodiscard]] const rrdp::statistics& stats() { return own.engine().stats(); }

private:
    void note(const char* arrow, rrdp::octets_view frame) {
        const auto ns = (now - rrdp::instant{}).count();
        wire_.push_back(std::to_string(ns / 1'000) + " us " + arrow + to_string(read(frame)));
    }

    std::array<std::byte, 9'100> room_{};
    rrdp::octets_view last_{};
    std::vector<std::string> wire_;
};

using lone = basic_lone<>;

}  // namespace script
