// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rrdp/adapters/faults.hpp>
#include <rrdp/rrdp.hpp>

/// The laws of delivery (19.3) as a judge sees them who knows everything: what either side was
/// asked to send, what it was told, and what came out at the other.
namespace simulation {

/// The content of a message: a function of who sent it, in which conversation, and its index, which
/// its first eight octets name. So it can be recognized wherever it comes out.
class message_maker {
public:
    static constexpr std::size_t shortest = 8;

    message_maker(std::uint64_t seed, std::size_t longest) : seed_{seed}, longest_{longest} {}

    [[nodiscard]] const std::vector<std::byte>& make(std::size_t side, std::uint32_t conversation,
                                                     std::uint32_t index) {
        rrdp::adapters::frame_dice dice{seed_, std::uint64_t{conversation} << 1 | side, index};
        const bool is_long = dice.up_to(15) == 0;
        buffer_.resize(shortest + dice.up_to((is_long ? longest_ : 48) - shortest));
        for (std::size_t at = shortest; at < buffer_.size(); at += 8) {
            const std::uint64_t octets = dice.next64();
            std::memcpy(buffer_.data() + at, &octets,
                        std::min<std::size_t>(8, buffer_.size() - at));
        }
        rrdp::store_be32(buffer_, 0, conversation << 1 | static_cast<std::uint32_t>(side));
        rrdp::store_be32(buffer_, 4, index);
        return buffer_;
    }

private:
    std::uint64_t seed_;
    std::size_t longest_;
    std::vector<std::byte> buffer_;
};

/// One conversation of two sides. `complaint()` says which law was broken first, and how.
class laws {
public:
    laws(message_maker& maker, std::uint32_t conversation, bool ordered)
        : maker_{&maker}, conversation_{conversation}, ordered_{ordered} {}

    /// send() of `side` has taken its next message and says that this is its index.
    void accepted(std::size_t side, rrdp::message_index index) {
        if (index != sides_[side].accepted)
            complain("L6: the index of a message is not its number");
        ++sides_[side].accepted;
        sides_[side].delivered.push_back(false);
    }

    /// `side` was given a message; `ledger` is its sender's.
    void delivered(std::size_t side, rrdp::octets_view octets, const rrdp::send_ledger& ledger) {
        if (octets.size() < message_maker::shortest) return complain("L1: a message too short");
        const std::uint32_t origin = rrdp::load_be32(octets, 0);
        const std::uint32_t index = rrdp::load_be32(octets, 4);
        if (origin >> 1 != conversation_) return complain("L5: of another conversation");
        if ((origin & 1) != 1 - side) return complain("L1: an echo");
        one_side& sender = sides_[1 - side];
        if (index >= sender.accepted) return complain("L1: a message that nobody sent");
        const auto& sent = maker_->make(1 - side, conversation_, index);
        if (sent.size() != octets.size() ||
            std::memcmp(sent.data(), octets.data(), sent.size()) != 0)
            return complain("L1: a message was changed");
        if (sender.delivered[index]) return complain("L1: a message was delivered twice");
        if (ordered_ && index != sender.count) return complain("L1: a message out of order");
        if (!sender.end && index >= ledger.sent) return complain("L3: delivered and not sent");
        if (sender.end && index >= sender.end->ledger.sent)
            return complain("L3: of those not sent");
        sender.delivered[index] = true;
        ++sender.count;
    }

    /// `side` was told its last event.
    void ended(std::size_t side, const rrdp::event& last) {
        one_side& s = sides_[side];
        if (s.end) return complain("L4: two last events");
        s.end = last;
        const auto& [accepted, sent, confirmed] = last.ledger;
        if (confirmed > sent || sent > accepted) complain("L6: outcomes overlap");
        if (accepted != s.accepted) complain("L6: a message without an outcome");
        for (std::uint64_t index = sent; index < accepted; ++index)
            if (s.delivered[index]) complain("L3: delivered, and said not to be sent");
    }

    /// `side` has crashed; this was its ledger. It is told nothing any more.
    void crashed(std::size_t side, const rrdp::send_ledger& last) {
        rrdp::event none;
        none.ledger = last;
        ended(side, none);
    }

    /// Both have ended, and whoever did not abort has taken everything: Confirmed is delivered.
    void judge_confirmed(std::size_t side) {
        const one_side& s = sides_[side];
        if (!s.end) return complain("L4: no last event");
        for (std::uint64_t index = 0; index < s.end->ledger.confirmed; ++index)
            if (!s.delivered[index]) return complain("L2: confirmed and not delivered");
    }

    [[nodiscard]] std::uint64_t accepted(std::size_t side) const { return sides_[side].accepted; }
    /// How many messages of `side` have come out at the other.
    [[nodiscard]] std::uint64_t count(std::size_t side) const { return sides_[side].count; }
    [[nodiscard]] const std::optional<rrdp::event>& end(std::size_t side) const {
        return sides_[side].end;
    }
    [[nodiscard]] const std::string& complaint() const { return complaint_; }
    void complain(std::string_view what) {
        if (complaint_.empty()) complaint_ = what;
    }

private:
    struct one_side {
        std::uint64_t accepted = 0;
        std::uint64_t count = 0;
        std::vector<bool> delivered;  ///< of its messages, at the other side
        std::optional<rrdp::event> end;
    };

    message_maker* maker_;
    std::uint32_t conversation_;
    bool ordered_;
    std::array<one_side, 2> sides_;
    std::string complaint_;
};

}  // namespace simulation
