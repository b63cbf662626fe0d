// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <net/if.h>

#include <linux/if_xdp.h>

#include <atomic>
#include <cstdint>

#include <rrdp/adapters/detail/mapping.hpp>

namespace rrdp::adapters::detail {

/// One of the four rings that a program shares with the kernel: one side produces, the other
/// consumes, each writes one index only. The indices run through all 32 bits; a ring has a power
/// of two of places.
///
/// ```
///        other side's index      ours, published     ours, not yet published
///                v                      v                   v
///   |  .  |  .  |  e  |  e  |  e  |  e  |  n  |  n  |  n  |  .  |  .  |
/// ```
template <class Entry>
class xdp_ring {
public:
    xdp_ring() noexcept = default;

    /// Maps the ring of `size` places that `fd` has at `offset`; check `mapped`.
    xdp_ring(int fd, std::uint64_t offset, const xdp_ring_offset& at, std::uint32_t size) noexcept
        : memory_{fd, at.desc + size * sizeof(Entry), static_cast<off_t>(offset)}, size_{size} {
        if (!mapped()) return;
        producer_ = place<std::uint32_t>(at.producer);
        consumer_ = place<std::uint32_t>(at.consumer);
        flags_ = place<std::uint32_t>(at.flags);
        entries_ = place<Entry>(at.desc);
    }

    [[nodiscard]] bool mapped() const noexcept { return memory_.data() != nullptr; }

    // Of a producer.

    /// Places that are free. Asks for the other side's index only when `wanted` are not known.
    [[nodiscard]] std::uint32_t room(std::uint32_t wanted) noexcept {
        if (size_ - (own_ - other_) < wanted) other_ = load(consumer_);
        return size_ - (own_ - other_);
    }
    /// Fills the next place, which must be free.
    void put(const Entry& entry) noexcept { at(own_++) = entry; }
    void publish() noexcept { store(producer_, published_ = own_); }
    /// Takes back what was put and not yet published; answers how much.
    std::uint32_t retract() noexcept {
        const std::uint32_t put = own_ - published_;
        own_ = published_;
        return put;
    }
    /// Places that are published and not yet consumed.
    [[nodiscard]] std::uint32_t unconsumed() noexcept {
        other_ = load(consumer_);
        return published_ - other_;
    }
    [[nodiscard]] bool unpublished() const noexcept { return own_ != published_; }
    /// The `i`th place that is published and not yet consumed, by the last `unconsumed`.
    [[nodiscard]] Entry& published(std::uint32_t i) noexcept { return at(other_ + i); }

    // Of a consumer.

    /// Places that wait to be consumed. Asks for the other side's index only when `wanted` are not
    /// known.
    [[nodiscard]] std::uint32_t waiting(std::uint32_t wanted = 1) noexcept {
        if (other_ - own_ < wanted) other_ = load(producer_);
        return other_ - own_;
    }
    [[nodiscard]] const Entry& next(std::uint32_t i = 0) noexcept { return at(own_ + i); }
    void consume(std::uint32_t count) noexcept { store(consumer_, own_ += count); }

    /// Whether the kernel sleeps over this ring until it is called.
    [[nodiscard]] bool needs_wakeup() const noexcept {
        const auto flags = std::atomic_ref<std::uint32_t>{*flags_}.load(std::memory_order_relaxed);
        return (flags & XDP_RING_NEED_WAKEUP) != 0;
    }

private:
    template <class T>
    [[nodiscard]] T* place(std::uint64_t offset) const noexcept {
        void* const at = memory_.data() + offset;
        return static_cast<T*>(at);
    }
    [[nodiscard]] Entry& at(std::uint32_t index) noexcept { return entries_[index & (size_ - 1)]; }
    static std::uint32_t load(std::uint32_t* index) noexcept {
        return std::atomic_ref<std::uint32_t>{*index}.load(std::memory_order_acquire);
    }
    static void store(std::uint32_t* index, std::uint32_t value) noexcept {
        std::atomic_ref<std::uint32_t>{*index}.store(value, std::memory_order_release);
    }

    mapping memory_;
    std::uint32_t size_ = 0;
    std::uint32_t* producer_ = nullptr;
    std::uint32_t* consumer_ = nullptr;
    std::uint32_t* flags_ = nullptr;
    Entry* entries_ = nullptr;
    std::uint32_t own_ = 0;        ///< our index, as it will be
    std::uint32_t published_ = 0;  ///< a producer's, as the kernel knows it
    std::uint32_t other_ = 0;      ///< the kernel's, as it was when we looked
};

}  // namespace rrdp::adapters::detail
