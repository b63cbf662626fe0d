// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <memory>

#include "security/siege.hpp"

namespace siege {

/// What a blind attacker puts into an open connection: he knows addresses, ports and what was
/// agreed, reads nothing, and draws every number.
enum class forged : std::uint8_t {
    data,              ///< any SEQ, any ACK
    reset,             ///< any SEQ, without the ACK flag: the easiest to guess
    connection_reset,  ///< any SEQ, any ACK, in the form of a connection
    acknowledgement,   ///< any ACK, of one message in flight
    list,              ///< any ACK, and a list of any numbers
};
inline constexpr std::array all_forged{forged::data, forged::reset, forged::connection_reset,
                                       forged::acknowledgement, forged::list};
inline constexpr std::array forged_names{"data", "reset", "connection_reset", "acknowledgement",
                                         "list"};

/// A host with one open connection that waits to be forged into; made anew after each success.
class forgery {
public:
    forgery(forged what, features agreed, std::uint64_t seed)
        : what_{what}, agreed_{agreed}, dice_{seed} {
        begin();
    }

    /// Draws and delivers one frame. Whether it was taken for the peer's.
    bool attempt() {
        ++frames;
        const std::uint64_t random = dice_.next();
        const std::uint64_t tag = dice_.next();
        rrdp::octets segment = frame_.room().subspan(14);
        rrdp::store_be16(segment, 8, static_cast<std::uint16_t>(random));
        if (what_ != forged::reset)
            rrdp::store_be16(segment, 10, static_cast<std::uint16_t>(random >> 16));
        if (agreed_.has(features::tag) && tag_at_ != 0)
            rrdp::store_be32(segment, tag_at_, static_cast<std::uint32_t>(tag));
        if (what_ == forged::list)
            rrdp::store_be16(segment, list_at_, static_cast<std::uint16_t>(random >> 32));
        rrdp::testing::repair_checksum(segment.first(segment_size_));
        now_ += 1us;
        target_->engine.handle_frame(now_, frame_);
        if (frames % 1'024 == 0) idle();
        if (!taken()) return false;
        ++successes;
        begin();
        return true;
    }

    /// The probability that one frame is taken, by the rules of section 7: X is 64, one message is
    /// in flight where acknowledgements are forged.
    [[nodiscard]] double probability() const {
        const double x = 64;
        const double tags = agreed_.has(features::tag) ? std::pow(2.0, -32) : 1;
        const double one = 1.0 / 65'536;
        switch (what_) {
            case forged::data: return tags * (2 * x * one) * ((2 * x + 2) * one);
            case forged::reset: return (2 * tags < 1 ? 2 * tags : 1) * one;
            case forged::connection_reset: return tags * one * ((2 * x + 3) * one);
            case forged::acknowledgement: return tags * one;
            case forged::list: return tags * one * (1 + (2 * x + 1) * one);
        }
        return 0;
    }
    [[nodiscard]] std::uint64_t dropped(rrdp::drop_reason why) const {
        return dropped_[static_cast<std::size_t>(why)] + target_->dropped(why);
    }

    std::uint64_t frames = 0;
    std::uint64_t successes = 0;

private:
    /// Nothing that the peer did not say has happened, or it has.
    [[nodiscard]] bool taken() const {
        const auto& s = target_->stats();
        const auto info = target_->engine.info(id_);
        if (!info) return true;
        const bool flown = what_ == forged::acknowledgement || what_ == forged::list;
        return s.resets_in.total() != 0 || s.messages_received.total() != 0 ||
               s.segments_out_of_order != 0 || s.messages_confirmed != 0 || info->unread != 0 ||
               info->at != rrdp::state::open || (flown && info->outstanding != 1);
    }
    void begin() {
        if (target_)
            for (std::size_t i = 0; i < dropped_.size(); ++i)
                dropped_[i] += target_->stats().drops[i];
        target_ = std::make_unique<host>(
            std::uint8_t{1},
            rrdp::capacities{
                .connections = 4, .rings = 4, .segments = 64, .segment_max = 100, .nodes = 4},
            host::node_settings{}, dice_.next());
        rrdp::options o;
        o.offered = agreed_;
        o.keepalive = {};
        RRDP_ASSERT(target_->knows(2, 2));
        RRDP_ASSERT(target_->engine.listen(7, o) == rrdp::errc::ok);
        auto p = lan_offer(agreed_);
        if (p.tag) p.tag = static_cast<std::uint32_t>(dice_.next()) | 1U;
        liar peer{*target_, 2, 5'000, 7, now_, p};
        peer_ = peer.says;
        target_->listens(now_);
        RRDP_ASSERT(target_->accepted.size() == 1);
        id_ = target_->accepted.front();
        const std::array octet{std::byte{1}};
        if (what_ == forged::acknowledgement || what_ == forged::list)
            RRDP_ASSERT(target_->engine.send(now_, id_, octet).has_value());
        idle();
        prepare();
    }
    /// What it has to say is said, and heard by nobody.
    void idle() {
        while (target_->engine.poll_transmit(now_, room_)) {}
    }
    void prepare() {
        using kind = rrdp::wire::reset_form::kind;
        rrdp::testing::segment_octets s;
        const bool tagged = agreed_.has(features::tag);
        const rrdp::wire::reset_form bare{.form = tagged ? kind::bare_tagged : kind::bare,
                                          .tag = tagged ? std::optional{1U} : std::nullopt};
        switch (what_) {
            case forged::data: s = peer_.data(1, 1, "forged"); break;
            case forged::reset: s = peer_.rst(1, 0, bare); break;
            case forged::connection_reset: s = peer_.rst(1, 1, {.form = kind::connection}); break;
            case forged::acknowledgement: s = peer_.ack(1, 1); break;
            case forged::list: s = peer_.eack(1, 1, {1}); break;
        }
        if (what_ == forged::reset) s[0] = std::byte{0x13};
        tag_at_ = tagged ? 14 : 0;
        list_at_ = s.size() - 2;
        segment_size_ = s.size();
        frame_ = framed(station(2), target_->address, s);
    }

    forged what_;
    features agreed_;
    rrdp::testing::dice dice_;
    std::unique_ptr<host> target_;
    rrdp::instant now_{1s};
    rrdp::connection_id id_{};
    rrdp::testing::segments peer_;
    octets_of_frame frame_;
    std::size_t segment_size_ = 0;
    std::size_t tag_at_ = 0;
    std::size_t list_at_ = 0;
    std::array<std::uint64_t, rrdp::drop_reasons> dropped_{};
    std::array<std::byte, 1'600> room_{};
};

}  // namespace siege
