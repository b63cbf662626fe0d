// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <bit>

#include <rrdp/adapters/shm_options.hpp>
#include <rrdp/base/octets.hpp>

namespace rrdp::adapters::detail {

/// Where everything stands in a shared region, and how it is read and written: once, atomically.
///
/// ```
///      0  magic, geometry                 written once, compared afterwards
///    256  side a: greeting | consumed | asleep, 128 octets each: no line has two writers that
///   1024  side b: the same                  write often
///   4096  ring from a: slots of { stamp: 8 octets, frame }, then the ring from b
/// ```
///
/// There are no pointers in it, so that each side may map it where it likes. What is computed here
/// comes from this side's own options and never from the region: the peer may write anything
/// anywhere, and no address depends on it.
class shm_layout {
public:
    shm_layout() noexcept = default;
    shm_layout(std::byte* base, std::size_t slots, std::size_t frame_max) noexcept
        : base_{base}, slots_{slots}, frame_max_{frame_max}, stride_{stride(frame_max)} {}

    /// Octets of a whole region.
    [[nodiscard]] static constexpr std::size_t size(std::size_t slots,
                                                    std::size_t frame_max) noexcept {
        return head_octets + 2 * slots * stride(frame_max);
    }

    /// What is wrong with numbers that no region can have; null if nothing is.
    [[nodiscard]] static constexpr const char* complaint(const shm_options& options) noexcept {
        constexpr std::size_t most = 1 << 20;
        if (options.max_frame == 0 || options.max_frame > most)
            return "max_frame is from 1 to 1048576 octets";
        if (options.slots == 0 || options.slots > most) return "slots are from 1 to 1048576";
        return nullptr;
    }

    /// "RRDPshm" and the version of this layout.
    static constexpr std::uint64_t magic_value = 0x5252'4450'7368'6d01;
    static constexpr std::size_t head_octets = 4'096;
    static constexpr std::size_t stamp_octets = 8;

    [[nodiscard]] std::size_t slots() const noexcept { return slots_; }
    [[nodiscard]] std::size_t frame_max() const noexcept { return frame_max_; }
    [[nodiscard]] std::uint64_t geometry_value() const noexcept {
        return std::uint64_t{slots_} << 32 | frame_max_;
    }

    [[nodiscard]] auto magic() const noexcept { return word<std::uint64_t>(0); }
    [[nodiscard]] auto geometry() const noexcept { return word<std::uint64_t>(8); }

    /// The number of this life of a side in the upper half, 0: nobody is there; and the peer's life
    /// that it has seen in the lower. Written by that side when somebody comes or goes.
    [[nodiscard]] auto greeting(shm_side side) const noexcept {
        return word<std::uint64_t>(control(side));
    }
    /// How far a side has read the ring that leads to it. Written by that side.
    [[nodiscard]] auto consumed(shm_side side) const noexcept {
        return word<std::uint32_t>(control(side) + line_pair);
    }
    /// Set by a side that goes to sleep, taken away by the peer that wakes it.
    [[nodiscard]] auto asleep(shm_side side) const noexcept {
        return word<std::uint32_t>(control(side) + 2 * line_pair);
    }
    /// The number of a frame in the upper half, its length in the lower: in front of the frame, so
    /// that for a short one a single cache line carries both.
    [[nodiscard]] auto stamp(shm_side from, std::uint32_t number) const noexcept {
        return word<std::uint64_t>(slot(from, number));
    }
    [[nodiscard]] std::byte* frame(shm_side from, std::uint32_t number) const noexcept {
        return base_ + slot(from, number) + stamp_octets;
    }

    /// Makes the part before the rings zero: nobody is there, nothing is agreed.
    void clear_head() const noexcept {
        for (std::size_t at = 0; at < head_octets; at += sizeof(std::uint64_t))
            word<std::uint64_t>(at).store(0, std::memory_order_relaxed);
    }

private:
    static constexpr std::size_t line = 64;
    static constexpr std::size_t line_pair = 2 * line;  // neighbours are fetched in pairs

    /// An odd number of cache lines: with a power of two the same few sets of a cache would have to
    /// hold all the slots.
    [[nodiscard]] static constexpr std::size_t stride(std::size_t frame_max) noexcept {
        return ((stamp_octets + frame_max + line - 1) / line | 1) * line;
    }
    [[nodiscard]] static constexpr std::size_t control(shm_side side) noexcept {
        return side == shm_side::a ? 256 : 1'024;
    }
    [[nodiscard]] std::size_t slot(shm_side from, std::uint32_t number) const noexcept {
        const std::size_t ring = from == shm_side::a ? 0 : slots_;
        return head_octets + (ring + (number & (slots_ - 1))) * stride_;
    }
    template <class Word>
    [[nodiscard]] std::atomic_ref<Word> word(std::size_t at) const noexcept {
        static_assert(std::atomic_ref<Word>::is_always_lock_free);
        void* const where = base_ + at;
        return std::atomic_ref<Word>{*static_cast<Word*>(where)};
    }

    std::byte* base_ = nullptr;
    std::size_t slots_ = 1;
    std::size_t frame_max_ = 0;
    std::size_t stride_ = 0;
};

}  // namespace rrdp::adapters::detail
