// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <vector>

#include <rrdp/base/octets.hpp>

namespace rrdp::bench {

/// Takes the messages of `size` octets that are complete out of a stream of which `octets` have
/// come; how many.
[[nodiscard]] inline std::uint64_t take_whole(std::uint64_t& octets, std::size_t size) noexcept {
    const std::uint64_t whole = octets / size;
    octets -= whole * size;
    return whole;
}

/// One direction of a wire in memory: a ring of slots that were touched before. An engine that can
/// writes its frame where it lies (`room`, `commit`); any other pays for one copy (`push`). The
/// receiver is shown the slot itself.
class frame_queue {
public:
    static constexpr std::size_t slots = 256;

    /// Throws std::bad_alloc. A slot begins a cache line off the one before, modulo 4096, so that
    /// not all of them compete for the same places of the cache.
    explicit frame_queue(std::size_t frame_max)
        : stride_{(frame_max + 2'047) / 2'048 * 2'048 + 64}, memory_(slots * stride_) {}

    /// Where the next frame may be written.
    [[nodiscard]] octets room() noexcept {
        return {memory_.data() + tail_ % slots * stride_, stride_ - 64};
    }
    /// The first `size` octets of `room` are a frame. Throws when the wire is full.
    void commit(std::size_t size) {
        sizes_[tail_++ % slots] = static_cast<std::uint32_t>(size);
        octets_ += size;
        if (tail_ - head_ >= slots) throw std::runtime_error{"the wire in memory is full"};
    }
    void push(const void* frame, std::size_t size) {
        if (size > stride_ - 64) throw std::runtime_error{"a frame is longer than the wire allows"};
        std::memcpy(room().data(), frame, size);
        commit(size);
    }

    [[nodiscard]] bool empty() const noexcept { return head_ == tail_; }
    /// The oldest frame; it stays good until as many as there are slots have followed `pop`.
    [[nodiscard]] octets front() noexcept {
        return {memory_.data() + head_ % slots * stride_, sizes_[head_ % slots]};
    }
    void pop() noexcept { ++head_; }

    /// Frames, and octets in them, since the beginning.
    [[nodiscard]] std::uint64_t frames() const noexcept { return tail_; }
    [[nodiscard]] std::uint64_t carried() const noexcept { return octets_; }

private:
    std::size_t stride_;
    std::vector<std::byte> memory_;
    std::array<std::uint32_t, slots> sizes_{};
    std::uint64_t head_ = 0;
    std::uint64_t tail_ = 0;
    std::uint64_t octets_ = 0;
};

/// The two ends of a wire.
enum class side : std::uint8_t { a, b };

[[nodiscard]] constexpr side other(side s) noexcept {
    return s == side::a ? side::b : side::a;
}

/// Both directions; each is named after the end that writes it.
struct wire_pair {
    explicit wire_pair(std::size_t frame_max)
        : written{{frame_queue{frame_max}, frame_queue{frame_max}}} {}

    [[nodiscard]] frame_queue& out(side s) noexcept { return written[s == side::b]; }
    [[nodiscard]] frame_queue& in(side s) noexcept { return written[s == side::a]; }
    [[nodiscard]] std::uint64_t frames() const noexcept {
        return written[0].frames() + written[1].frames();
    }
    [[nodiscard]] std::uint64_t carried() const noexcept {
        return written[0].carried() + written[1].carried();
    }

    std::array<frame_queue, 2> written;
};

}  // namespace rrdp::bench
