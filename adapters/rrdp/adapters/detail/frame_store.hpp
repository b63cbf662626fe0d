// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <rrdp/base/assert.hpp>
#include <rrdp/base/octets.hpp>

namespace rrdp::adapters::detail {

/// Names one slot of a `frame_store`.
using frame_slot = std::uint32_t;
inline constexpr frame_slot no_slot = 0xffff'ffff;

/// Equal buffers for frames in one block, obtained at construction and never extended.
///
/// Slots are taken and given back in any order; the one given back last is taken first, because it
/// is still in the cache.
class frame_store {
public:
    /// `count` slots of `frame_max` octets each. Throws std::bad_alloc.
    frame_store(std::size_t count, std::size_t frame_max)
        : stride_{(frame_max + 63) / 64 * 64},
          memory_{new_block(count * stride_)},
          sizes_(count),
          free_(count) {
        take_back();
    }

    /// A slot, or `no_slot` when all are in use.
    [[nodiscard]] frame_slot take() noexcept {
        return available_ == 0 ? no_slot : free_[--available_];
    }
    void give_back(frame_slot slot) noexcept {
        RRDP_ASSERT(slot < sizes_.size() && available_ < free_.size());
        free_[available_++] = slot;
    }

    /// All slots, whoever has them, are free again, in the order in which they first were.
    void take_back() noexcept {
        available_ = free_.size();
        for (std::size_t i = 0; i < available_; ++i)
            free_[i] = static_cast<frame_slot>(available_ - 1 - i);
    }

    /// All the room of a slot, whatever the size of the frame in it.
    [[nodiscard]] octets room(frame_slot slot) noexcept {
        return {memory_.get() + slot * stride_, stride_};
    }
    /// The frame in a slot.
    [[nodiscard]] octets frame(frame_slot slot) noexcept { return room(slot).first(sizes_[slot]); }
    void resize(frame_slot slot, std::size_t size) noexcept {
        RRDP_ASSERT(size <= stride_);
        sizes_[slot] = static_cast<std::uint32_t>(size);
    }
    /// Makes the frame in `slot` a copy of `from`.
    void assign(frame_slot slot, octets_view from) noexcept {
        resize(slot, from.size());
        copy_octets(from, room(slot));
    }

    [[nodiscard]] std::size_t available() const noexcept { return available_; }

private:
    using block = std::unique_ptr<std::byte[]>;

    /// Not cleared: a slot is written before it is read, and untouched pages cost nothing.
    static block new_block(std::size_t size) {
        return std::make_unique_for_overwrite<std::byte[]>(size);
    }

    std::size_t stride_;
    block memory_;
    std::vector<std::uint32_t> sizes_;
    std::vector<frame_slot> free_;
    std::size_t available_ = 0;
};

/// A received frame in a slot of an `Owner`, which has `frame(slot)` and `release(slot)`. A `Slot`
/// is whatever names the memory.
template <class Owner, class Slot = frame_slot>
class borrowed_frame {
public:
    borrowed_frame(Owner& owner, Slot slot) noexcept : owner_{&owner}, slot_{slot} {}
    borrowed_frame(borrowed_frame&& other) noexcept
        : owner_{std::exchange(other.owner_, nullptr)}, slot_{other.slot_} {}
    borrowed_frame& operator=(borrowed_frame&& other) noexcept {
        if (this == &other) return *this;
        release();
        owner_ = std::exchange(other.owner_, nullptr);
        slot_ = other.slot_;
        return *this;
    }
    ~borrowed_frame() { release(); }

    [[nodiscard]] octets_view bytes() const noexcept {
        return owner_ == nullptr ? octets_view{} : owner_->frame(slot_);
    }

private:
    void release() noexcept {
        if (owner_ != nullptr) owner_->release(slot_);
    }

    Owner* owner_;
    Slot slot_;
};

/// Room for one frame in a slot of an `Owner`, which has `room(slot)`, `commit(slot, size)` and
/// `cancel(slot)`.
template <class Owner, class Slot = frame_slot>
class leased_frame {
public:
    leased_frame(Owner& owner, Slot slot, std::size_t size) noexcept
        : owner_{&owner}, slot_{slot}, size_{size} {}
    leased_frame(leased_frame&& other) noexcept
        : owner_{std::exchange(other.owner_, nullptr)}, slot_{other.slot_}, size_{other.size_} {}
    leased_frame& operator=(leased_frame&& other) noexcept {
        if (this == &other) return *this;
        cancel();
        owner_ = std::exchange(other.owner_, nullptr);
        slot_ = other.slot_;
        size_ = other.size_;
        return *this;
    }
    ~leased_frame() { cancel(); }

    [[nodiscard]] octets bytes() noexcept {
        return owner_ == nullptr ? octets{} : owner_->room(slot_).first(size_);
    }
    void commit(std::size_t size) noexcept {
        RRDP_ASSERT(owner_ != nullptr && size <= size_);
        std::exchange(owner_, nullptr)->commit(slot_, size);
    }

private:
    void cancel() noexcept {
        if (owner_ != nullptr) owner_->cancel(slot_);
    }

    Owner* owner_;
    Slot slot_;
    std::size_t size_;
};

}  // namespace rrdp::adapters::detail
