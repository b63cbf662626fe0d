// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <rrdp/core/receive_window.hpp>

/// Unordered delivery: a message beyond a gap that is complete does not wait for the gap. Its
/// segments stay in the window, marked, until their numbers are passed.
namespace rrdp {

/// What is held beyond a gap, seen as messages.
class held_messages {
public:
    /// `octets_max` bounds a message of several segments. `runs` tells whether there are such at
    /// all, that is, whether FRAG was agreed.
    constexpr held_messages(segment_pool& pool, const ring_pool& rings,
                            const receive_window& window, bool runs,
                            std::uint32_t octets_max) noexcept
        : pool_{pool}, rings_{rings}, window_{window}, runs_{runs}, octets_max_{octets_max} {}

    /// Number `n` has just been held: what this completes is appended to `inbox`, whole messages
    /// in the order of their numbers. How many they are: none, one, or two, since the end of a
    /// message shows that the next one begins.
    constexpr int deliver(sequence n, segment_queue& inbox) noexcept {
        const segment_handle h = window_.held(rings_, n);
        if (!runs_ || pool_.at(h).kind == segment_kind::empty) {
            if (!is_message(pool_.at(h).kind)) return 0;
            append(n, n + 1, inbox);
            return 1 + (runs_ ? deliver_run(n + 1, inbox) : 0);
        }
        if (pool_.at(h).kind != segment_kind::data) return deliver_run(n + 1, inbox);
        sequence first = n;
        while (continues(first)) first = first.previous();
        const int own = begins(first) ? deliver_run(first, inbox) : 0;
        return own + (pool_.at(h).following == 0 ? deliver_run(n + 1, inbox) : 0);
    }

private:
    /// Whether the number before `n` is held and belongs to the same message.
    [[nodiscard]] constexpr bool continues(sequence n) const noexcept {
        const segment_handle before = window_.held(rings_, n.previous());
        return before != no_segment && pool_.at(before).kind == segment_kind::data &&
               pool_.at(before).following != 0;
    }
    /// Whether `n` is known to begin a message: the number before it is held, and ends one or is
    /// none. `continues(n)` is false.
    [[nodiscard]] constexpr bool begins(sequence n) const noexcept {
        return window_.held(rings_, n.previous()) != no_segment;
    }

    /// Delivers the message that begins at `first`, if it is all there and keeps the rules; if not,
    /// it waits to be judged in sequence.
    constexpr int deliver_run(sequence first, segment_queue& inbox) noexcept {
        std::uint32_t total = 0;
        std::uint16_t expected = 0;
        for (sequence n = first;; n = n + 1) {
            const segment_handle h = window_.held(rings_, n);
            if (h == no_segment) return 0;
            const segment_descriptor& d = pool_.at(h);
            if (d.kind != segment_kind::data || d.early) return 0;
            if (n != first && (d.following != expected || d.messages > 1)) return 0;
            total += d.messages > 1 ? longest(h) : d.size;
            if (total > octets_max_) return 0;
            if (d.following == 0) {
                append(first, n + 1, inbox);
                return 1;
            }
            expected = static_cast<std::uint16_t>(d.following - 1);
        }
    }

    [[nodiscard]] constexpr std::uint32_t longest(segment_handle bundle) const noexcept {
        return static_cast<std::uint32_t>(
            wire::longest_of_bundle(pool_.data(bundle), pool_.at(bundle).messages));
    }

    constexpr void append(sequence first, sequence end, segment_queue& inbox) noexcept {
        for (sequence n = first; n != end; n = n + 1) {
            const segment_handle h = window_.held(rings_, n);
            pool_.at(h).early = true;
            inbox.push(pool_, h);
        }
    }

    segment_pool& pool_;
    const ring_pool& rings_;
    const receive_window& window_;
    bool runs_;
    std::uint32_t octets_max_;
};

}  // namespace rrdp
