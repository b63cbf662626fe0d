// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <bit>
#include <optional>
#include <vector>

#include <rrdp/adapters/detail/fetch_head.hpp>
#include <rrdp/adapters/detail/mapping.hpp>
#include <rrdp/adapters/detail/packet_link.hpp>
#include <rrdp/link/concepts.hpp>

namespace rrdp::adapters {

/// Raw Ethernet through AF_PACKET with a receive ring in memory shared with the kernel: receiving
/// costs no system call, and no copy but the kernel's. That pays for whoever spins.
///
/// ```
///   kernel writes here      next_        held by an rx_frame, not yet the kernel's again
///          v                  v            v
///   | K | K | U | U | ... | U | K | ... | H | K |      K kernel's   U full, ours   H held
/// ```
///
/// The ring has version 2. Version 3 hands frames over in blocks, on a timer of a millisecond.
/// Frames are sent as `packet` sends them, and all else is as there.
class packet_ring : public detail::packet_link {
public:
    /// A frame received, until it is released (concept `link`).
    using rx_frame = detail::borrowed_frame<packet_ring>;

    /// Opens `interface` and begins to receive. Throws std::system_error with one line that says
    /// what is missing, or std::bad_alloc; nothing throws afterwards.
    explicit packet_ring(const char* interface, const packet_options& options = {})
        : packet_link{interface, options}, slot_size_{slot_size(frame_max())} {
        map_ring(options.ring_frames);
        socket().start();
    }

    /// The next frame, where the kernel wrote it. Frames may be held in any number and released in
    /// any order; the kernel drops what arrives while the slot it has come to is held.
    [[nodiscard]] std::optional<rx_frame> receive() noexcept {
        for (std::size_t looked = 0; looked < held_.size(); ++looked) {
            if (held_[next_] != 0 || !filled(next_)) break;
            const auto slot = static_cast<detail::frame_slot>(next_);
            detail::fetch_head(frame(slot));
            next_ = next_ + 1 == held_.size() ? 0 : next_ + 1;
            if (!wanted(slot)) continue;
            held_[slot] = 1;
            socket().mend();
            return rx_frame{*this, slot};
        }
        look_for_trouble();
        return std::nullopt;
    }

private:
    friend rx_frame;

    static constexpr std::uint32_t quiet_looks = 256;  ///< of which one reads the coarse clock

    /// A slot holds the kernel's header, its note of the sender, and a whole frame: with slots for
    /// 1 500 octets a jumbo frame would arrive cut. A power of two, so that slots fill blocks.
    static constexpr std::size_t slot_size(std::size_t frame_max) noexcept {
        return std::bit_ceil(TPACKET_ALIGN(TPACKET2_HDRLEN + 16) + frame_max);
    }

    void map_ring(std::size_t frames) {
        constexpr std::size_t block_min = 1 << 16;
        const std::size_t block = std::max(slot_size_, block_min);
        const std::size_t per_block = block / slot_size_;
        const std::size_t blocks = std::max<std::size_t>((frames + per_block - 1) / per_block, 1);
        tpacket_req ring{};
        ring.tp_block_size = static_cast<unsigned>(block);
        ring.tp_block_nr = static_cast<unsigned>(blocks);
        ring.tp_frame_size = static_cast<unsigned>(slot_size_);
        ring.tp_frame_nr = static_cast<unsigned>(blocks * per_block);
        const int version = TPACKET_V2;
        if (!socket().ask_for(SOL_PACKET, PACKET_VERSION, version) ||
            !socket().ask_for(SOL_PACKET, PACKET_RX_RING, ring))
            socket().fail("cannot make a receive ring");
        memory_ = detail::mapping{native_handle(), blocks * block};
        if (memory_.data() == nullptr) socket().fail("cannot map the receive ring");
        held_.resize(blocks * per_block);
    }

    [[nodiscard]] tpacket2_hdr& header(std::size_t slot) const noexcept {
        void* const at = memory_.data() + slot * slot_size_;
        return *static_cast<tpacket2_hdr*>(at);
    }
    [[nodiscard]] std::atomic_ref<std::uint32_t> status(std::size_t slot) const noexcept {
        return std::atomic_ref<std::uint32_t>{header(slot).tp_status};
    }
    [[nodiscard]] bool filled(std::size_t slot) const noexcept {
        return (status(slot).load(std::memory_order_acquire) & TP_STATUS_USER) != 0;
    }
    [[nodiscard]] const sockaddr_ll& sender(std::size_t slot) const noexcept {
        const void* const at =
            memory_.data() + slot * slot_size_ + TPACKET_ALIGN(sizeof(tpacket2_hdr));
        return *static_cast<const sockaddr_ll*>(at);
    }

    /// Whether the frame in `slot` is whole and for us; gives the slot back if not. A slot is sized
    /// for the longest frame, so that what the kernel had to cut is longer than that.
    bool wanted(detail::frame_slot slot) noexcept {
        const bool admitted = admit(sender(slot), frame(slot), header(slot).tp_len);
        if (!admitted) release(slot);
        return admitted;
    }

    [[nodiscard]] octets_view frame(detail::frame_slot slot) const noexcept {
        const tpacket2_hdr& h = header(slot);
        return {memory_.data() + slot * slot_size_ + h.tp_mac, h.tp_snaplen};
    }
    void release(detail::frame_slot slot) noexcept {
        held_[slot] = 0;
        status(slot).store(TP_STATUS_KERNEL, std::memory_order_release);
    }

    /// Nobody reads from the socket, so an error of the interface would stay pending and poll(2)
    /// would return at once for ever. It is collected once in a tick of the coarse clock, so that
    /// whoever spins makes no system call in the time of a round trip.
    void look_for_trouble() noexcept {
        if (++looks_ % quiet_looks == 0) socket().ask_for_trouble();
        socket().mend();
    }

    std::size_t slot_size_;
    detail::mapping memory_;
    std::vector<std::uint8_t> held_;
    std::size_t next_ = 0;
    std::uint32_t looks_ = 0;
};

static_assert(flushable_link<packet_ring> && pollable_link<packet_ring>);

}  // namespace rrdp::adapters
