// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include <rrdp/adapters/detail/fetch_head.hpp>
#include <rrdp/adapters/detail/frame_store.hpp>
#include <rrdp/adapters/detail/xdp_socket.hpp>

namespace rrdp::adapters::detail {

/// The receive side of an AF_XDP link: frames are read where the kernel or the device wrote them.
///
/// A frame longer than a chunk arrives in pieces, each with room in front of it, so that they are
/// never neighbours: it is gathered by one copy, and its chunks go back at once.
class xdp_receiver {
public:
    using rx_frame = borrowed_frame<xdp_receiver>;

    /// `nic` and `memory` must outlive the receiver. Throws std::bad_alloc.
    xdp_receiver(xdp_interface& nic, const xdp_layout& layout, std::byte* memory,
                 const xdp_options& options)
        : nic_{&nic},
          memory_{memory},
          base_{layout.first_arrival()},
          chunk_{layout.chunk},
          held_max_{std::min(options.held_frames, options.receive_frames)},
          chunks_(layout.arrivals),
          gathered_{layout.fragments ? held_max_ : 0, nic.properties().max_frame} {}
    xdp_receiver(const xdp_receiver&) = delete;
    xdp_receiver& operator=(const xdp_receiver&) = delete;

    /// Gives a new `socket` all chunks that no frame is held in.
    void fill(xdp_socket& socket) const noexcept {
        for (std::size_t i = 0; i < chunks_.size(); ++i)
            if (!chunks_[i].held) socket.fill.put(base_ + i * chunk_);
        socket.fill.publish();
    }
    /// Receives from `socket` from now on.
    void use(xdp_socket& socket) noexcept { socket_ = &socket; }

    /// The next frame that is whole and for us. Nothing also while as many as may be are held.
    [[nodiscard]] std::optional<rx_frame> receive() noexcept {
        for (std::size_t looked = 0; looked < chunks_.size(); ++looked) {
            const bool full = held_ == held_max_;
            held_back_ += full;
            if (full || socket_->receive.waiting() == 0) break;
            const xdp_desc first = socket_->receive.next();
            fetch_head({memory_ + first.addr, first.len});
            const bool whole = (first.options & xdp_socket::continued) == 0;
            const std::uint32_t pieces = whole ? 1 : count_pieces();
            if (pieces == 0) break;
            const frame_slot slot = whole ? take(first) : gather(pieces);
            socket_->receive.consume(pieces);
            if (!whole) socket_->fill.publish();
            if (slot == no_slot) continue;
            ++held_;
            ++received_;
            return rx_frame{*this, slot};
        }
        return std::nullopt;
    }

    void add_to(xdp_statistics& counts) const noexcept {
        counts.received = received_;
        counts.gathered = puzzles_;
        counts.truncated = truncated_;
        counts.other_host = other_host_;
        counts.held_back = held_back_;
    }

private:
    friend rx_frame;

    /// A chunk; `at` and `size` are of the frame in it.
    struct chunk {
        std::uint64_t at = 0;
        std::uint32_t size = 0;
        bool held = false;
    };

    /// Slots are chunks, and behind them the places of gathered frames.
    [[nodiscard]] octets_view frame(frame_slot slot) noexcept {
        if (slot >= chunks_.size())
            return gathered_.frame(slot - static_cast<frame_slot>(chunks_.size()));
        return {memory_ + chunks_[slot].at, chunks_[slot].size};
    }
    void release(frame_slot slot) noexcept {
        --held_;
        if (slot >= chunks_.size())
            return gathered_.give_back(slot - static_cast<frame_slot>(chunks_.size()));
        give_back(slot);
        socket_->fill.publish();
    }

    /// Offers a chunk to the kernel again. The ring has a place for each.
    void give_back(std::size_t which) noexcept {
        chunks_[which].held = false;
        socket_->fill.put(base_ + which * chunk_);
    }
    [[nodiscard]] std::size_t chunk_of(const xdp_desc& piece) const noexcept {
        return (piece.addr - base_) / chunk_;
    }

    /// How many pieces the frame in front has; 0 when its last is not there yet.
    [[nodiscard]] std::uint32_t count_pieces() noexcept {
        for (std::uint32_t i = 1;; ++i) {
            if (socket_->receive.waiting(i + 1) <= i) return 0;
            if ((socket_->receive.next(i).options & xdp_socket::continued) == 0) return i + 1;
        }
    }

    /// The slot of a frame in one piece, which stays where it is; `no_slot` if it is not wanted.
    frame_slot take(const xdp_desc& piece) noexcept {
        const std::size_t which = chunk_of(piece);
        if (!wanted({memory_ + piece.addr, piece.len}, piece.len)) {
            give_back(which);
            socket_->fill.publish();
            return no_slot;
        }
        chunks_[which] = {piece.addr, piece.len, true};
        return static_cast<frame_slot>(which);
    }

    /// The slot of a frame in several pieces; `no_slot` if it is not wanted.
    frame_slot gather(std::uint32_t pieces) noexcept {
        std::size_t size = 0;
        for (std::uint32_t i = 0; i < pieces; ++i) size += socket_->receive.next(i).len;
        const xdp_desc& first = socket_->receive.next();
        const bool keep = wanted({memory_ + first.addr, first.len}, size);
        const frame_slot slot = keep ? gathered_.take() : no_slot;
        std::size_t done = 0;
        for (std::uint32_t i = 0; i < pieces; ++i) {
            const xdp_desc& piece = socket_->receive.next(i);
            if (keep)
                copy_octets({memory_ + piece.addr, piece.len}, gathered_.room(slot).subspan(done));
            done += piece.len;
            give_back(chunk_of(piece));
        }
        if (!keep) return no_slot;
        gathered_.resize(slot, size);
        ++puzzles_;
        return slot + static_cast<frame_slot>(chunks_.size());
    }

    /// Whether a frame of `size` octets that begins so is for us, and no longer than was promised.
    /// XDP runs before the kernel compares addresses, and sees what a promiscuous device lets in.
    bool wanted(octets_view start, std::size_t size) noexcept {
        const wire::mac_address to = wire::load_mac(start, 0);
        const wire::mac_address& own = nic_->properties().address;
        const bool ours = (to == own || to.is_group()) && wire::load_mac(start, 6) != own;
        const bool fits = size <= nic_->properties().max_frame;
        other_host_ += !ours;
        truncated_ += ours && !fits;
        return ours && fits;
    }

    xdp_interface* nic_;
    std::byte* memory_;
    std::size_t base_;
    std::size_t chunk_;
    std::size_t held_max_;
    std::vector<chunk> chunks_;
    frame_store gathered_;
    xdp_socket* socket_ = nullptr;
    std::size_t held_ = 0;
    std::uint64_t received_ = 0;
    std::uint64_t puzzles_ = 0;
    std::uint64_t truncated_ = 0;
    std::uint64_t other_host_ = 0;
    std::uint64_t held_back_ = 0;
};

}  // namespace rrdp::adapters::detail
