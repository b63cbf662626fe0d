// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include <rrdp/base/assert.hpp>
#include <rrdp/base/time.hpp>
#include <rrdp/wire/mac_address.hpp>
#include <rrdp/wire/resolution.hpp>

/// What an endpoint remembers of node resolution (section 15) besides the node table.
namespace rrdp {

/// What an endpoint does about node resolution.
enum class nr_role : std::uint8_t {
    off,      ///< nothing: the table is what add_node() enters
    passive,  ///< learns and asks; another process of this node answers
    active,   ///< claims the number, tells who it is, answers
};

/// A frame of node resolution that waits to be sent.
struct resolution_message {
    wire::resolution_op op{};
    std::uint16_t target = 0;
    wire::mac_address to{};
};

/// Those on their way out. A few places are enough: what finds none is asked or told again, or was
/// not worth an answer.
class resolution_queue {
public:
    [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }

    /// False when there is no place.
    [[nodiscard]] constexpr bool push(const resolution_message& m) noexcept {
        if (size_ == places_.size()) return false;
        places_[(first_ + size_++) % places_.size()] = m;
        return true;
    }
    constexpr resolution_message pop() noexcept {
        RRDP_ASSERT(!empty());
        const resolution_message m = places_[first_];
        first_ = (first_ + 1) % places_.size();
        --size_;
        return m;
    }
    constexpr void clear() noexcept { size_ = 0; }

private:
    std::array<resolution_message, 16> places_{};
    std::size_t first_ = 0;
    std::size_t size_ = 0;
};

/// Addresses that no node has and that were greeted lately: each is greeted once a second,
/// and no more than these at one time, however many there are.
class stranger_list {
public:
    static constexpr duration pause = std::chrono::seconds{1};

    /// Whether `who` may be greeted now; it is remembered if so.
    [[nodiscard]] constexpr bool admit(const wire::mac_address& who, instant now) noexcept {
        stranger* free = nullptr;
        for (stranger& s : places_) {
            if (s.until > now && s.who == who) return false;
            if (s.until <= now && free == nullptr) free = &s;
        }
        if (free == nullptr) return false;
        *free = {who, after(now, pause)};
        return true;
    }

private:
    struct stranger {
        wire::mac_address who{};
        instant until{};
    };
    std::array<stranger, 16> places_{};
};

/// How an endpoint stands with its own number.
enum class claim : std::uint8_t {
    probing,  ///< asks whether it is free; nothing else is sent yet
    held,     ///< uses it
    lost,     ///< another node has it
    left,     ///< has said goodbye
};

/// The state of an endpoint's resolution.
struct resolution_state {
    claim own = claim::held;
    std::uint8_t probes = 0;        ///< sent so far
    bool conflict_untold = false;   ///< `number_conflict` is to be told
    bool duplicate_untold = false;  ///< `duplicate_node` of the own number is
    bool bye_due = false;
    instant due = never;      ///< of the next PROBE or HELLO to all
    duration interval{};      ///< between HELLOs
    instant clear_out_due{};  ///< when a full table may be looked through again
    resolution_queue frames;
    stranger_list strangers;
};

}  // namespace rrdp
