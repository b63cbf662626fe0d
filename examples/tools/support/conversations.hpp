// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <list>
#include <map>
#include <optional>
#include <tuple>

#include "envelope.hpp"
#include "reading.hpp"

namespace tools {

/// What the SYNs of a capture have shown about each conversation: what was agreed, and the tags.
/// The rules of an observer stand in docs/decisions/0035; a dissector of another make that follows
/// them reads the same.
class conversations {
public:
    /// How many are remembered: 16 MB, whatever addresses are forged and however long one listens.
    static constexpr std::size_t usual_most = 65'536;

    /// Of more than `most` conversations, which is not 0, the one that was silent longest is
    /// forgotten: what comes of it later is read like that of one whose opening was not seen.
    explicit conversations(std::size_t most = usual_most) : most_{most} {}
    conversations(const conversations&) = delete;
    conversations& operator=(const conversations&) = delete;

    /// Puts into `context` what is known of the conversation of a frame from `from` to `to`.
    void recall(const envelope& e, frame_context& context) {
        const auto ports = ports_of(e.payload);
        if (!ports) return;
        const place p = place_of(e, *ports);
        const auto found = known_.find(p.key);
        if (found == known_.end()) return;
        const conversation& c = found->second;
        by_silence_.splice(by_silence_.end(), by_silence_, c.turn);
        if (c.agreed) context.agreed = c.agreed;
        context.tag_of_sender = c.tags[p.side];
        context.tag_of_receiver = c.tags[1 - p.side];
        const auto& asked = c.syns[1 - p.side];
        if (asked && asked->pending) context.opening = pending_opening{asked->tag};
    }

    /// Learns from a frame that was read without a failure.
    void learn(const envelope& e, const reading& r) {
        const auto ports = ports_of(e.payload);
        if (!ports || !r.ok() || !r.segment.syn) return;
        const place p = place_of(e, *ports);
        conversation& c = remembered(p.key);
        if (r.segment.base.control.ack())
            learn_answer(c, p.side, r.segment);
        else
            learn_question(c, p.side, r.segment);
    }

private:
    using end = std::tuple<station, std::uint16_t>;
    using pair_of_ends = std::tuple<carrier, end, end>;
    struct asked_syn {
        std::uint32_t sequence = 0;
        std::optional<std::uint32_t> tag;
        rrdp::wire::features offered;
        bool pending = true;
        std::uint64_t id = 0;
    };
    struct conversation {
        std::array<std::optional<asked_syn>, 2> syns;
        std::array<std::optional<std::uint32_t>, 2> tags;
        std::optional<rrdp::wire::features> agreed;
        std::uint64_t answered = 0;  ///< id of the SYN that was answered, 0: it was not seen
        std::uint32_t answer = 0;    ///< the number of the answer
        std::list<const pair_of_ends*>::iterator turn;  ///< in `by_silence_`
    };
    struct place {
        pair_of_ends key;
        std::size_t side;
    };
    using port_pair = std::array<std::uint16_t, 2>;

    static std::optional<port_pair> ports_of(rrdp::octets_view payload) {
        if (payload.size() < rrdp::wire::base_octets) return std::nullopt;
        return port_pair{rrdp::load_be16(payload, 2), rrdp::load_be16(payload, 4)};
    }

    /// Over UDP a node is its host: the port may change (RFC 6951).
    static end end_of(station s, std::uint16_t port) {
        s.udp_port = 0;
        return {s, port};
    }

    static place place_of(const envelope& e, const port_pair& ports) {
        const end from = end_of(e.source, ports[0]), to = end_of(e.destination, ports[1]);
        if (from < to) return {{e.kind, from, to}, 0};
        return {{e.kind, to, from}, 1};
    }

    /// The conversation of a key, which speaks now; room is made for it where it is new.
    conversation& remembered(const pair_of_ends& key) {
        const auto [found, is_new] = known_.try_emplace(key);
        conversation& c = found->second;
        if (is_new)
            c.turn = by_silence_.insert(by_silence_.end(), &found->first);
        else
            by_silence_.splice(by_silence_.end(), by_silence_, c.turn);
        if (known_.size() > most_) {
            known_.erase(known_.find(*by_silence_.front()));
            by_silence_.pop_front();
        }
        return c;
    }

    static std::uint32_t number_of(const rrdp::wire::segment& s) {
        return std::uint32_t{s.syn->sequence_high} << 16 | s.base.sequence.value();
    }

    /// Another number or tag is another incarnation; the old one counts until the answer comes.
    void learn_question(conversation& c, std::size_t side, const rrdp::wire::segment& s) {
        auto& old = c.syns[side];
        if (old && old->sequence == number_of(s) && old->tag == s.syn->tag) return;
        old = asked_syn{number_of(s), s.syn->tag, s.syn->offered, true, ++questions_};
    }

    /// A SYN ACK that answers the last SYN of the other side says what both agree on.
    static void learn_answer(conversation& c, std::size_t side, const rrdp::wire::segment& s) {
        auto& asked = c.syns[1 - side];
        const rrdp::wire::syn_parameters& syn = *s.syn;
        if (asked) {
            const bool same_tag = !syn.tag || !asked->tag || asked->tag == syn.peer_tag;
            const bool same_number =
                static_cast<std::uint16_t>(asked->sequence) == s.base.acknowledgement.value();
            if (!same_tag || !same_number) return;
            if (c.answered == asked->id && c.answer == number_of(s)) return;
            asked->pending = false;
            c.answered = asked->id;
        }
        c.answer = number_of(s);
        c.agreed = asked ? rrdp::wire::agreed_on(asked->offered, syn.offered) : syn.offered;
        const bool tagged = c.agreed->has(rrdp::wire::features::tag);
        c.tags = {};
        if (tagged) c.tags[side] = syn.tag;
        if (tagged) c.tags[1 - side] = syn.peer_tag;
    }

    std::map<pair_of_ends, conversation> known_;
    std::list<const pair_of_ends*> by_silence_;  ///< who was silent longest is in front
    std::uint64_t questions_ = 0;
    std::size_t most_;
};

}  // namespace tools
