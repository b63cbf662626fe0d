// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/adapters/detail/frame_store.hpp>

namespace rrdp::adapters::detail {

/// Copies of frames that a decorator keeps back, oldest first. Each is due when so many other
/// frames have overtaken it, or after so many turns; without the second, a frame after which
/// silence falls would be held for ever.
class held_frames {
public:
    /// Throws std::bad_alloc.
    held_frames(std::size_t count, std::size_t frame_max) : store_{count, frame_max} {
        list_.reserve(count);
    }

    /// Keeps a copy and answers where, or `no_slot` when there is no room.
    frame_slot hold(octets_view frame, std::uint64_t overtakers, std::uint64_t turns) noexcept {
        const frame_slot slot = store_.take();
        if (slot == no_slot) return slot;
        store_.assign(slot, frame);
        list_.push_back({slot, overtakers, turns});
        return slot;
    }

    /// A frame has gone past those that are held.
    void overtake() noexcept {
        for (held& h : list_)
            if (h.overtakers != 0) --h.overtakers;
    }

    /// A turn has passed.
    void turn() noexcept {
        for (held& h : list_)
            if (h.turns == 0 || --h.turns == 0) h.overtakers = 0;
    }

    /// The oldest frame that is due, or `no_slot`; still held.
    [[nodiscard]] frame_slot due() const noexcept {
        for (const held& h : list_)
            if (h.overtakers == 0) return h.slot;
        return no_slot;
    }

    /// Takes a frame off the list; its slot is the caller's to give back to `store`.
    void take_off(frame_slot slot) noexcept {
        for (std::size_t i = 0; i < list_.size(); ++i) {
            if (list_[i].slot != slot) continue;
            list_.erase(list_.begin() + static_cast<std::ptrdiff_t>(i));
            return;
        }
    }

    [[nodiscard]] bool empty() const noexcept { return list_.empty(); }
    [[nodiscard]] frame_store& store() noexcept { return store_; }

private:
    struct held {
        frame_slot slot;
        std::uint64_t overtakers;
        std::uint64_t turns;
    };

    frame_store store_;
    std::vector<held> list_;
};

}  // namespace rrdp::adapters::detail
