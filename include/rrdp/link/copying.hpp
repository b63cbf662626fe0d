// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include <rrdp/base/assert.hpp>
#include <rrdp/link/concepts.hpp>

namespace rrdp {

/// Makes a link of a port: one buffer for the frame being read, one for the frame being written.
///
/// A frame that the port refuses is kept and offered again at the next `flush` or `lease`, and no
/// other is leased before it is gone: backpressure instead of silent loss. `MaxFrame` bounds the
/// frames of any port, in octets. Must not be moved while a frame or a lease of it is alive.
template <frame_port Port, std::size_t MaxFrame = 9'018>
class copying : public Port {
public:
    using Port::Port;

    /// The frame in the read buffer; the next is read when this one is gone.
    class rx_frame {
    public:
        /// Made by its link.
        rx_frame(copying& owner, std::size_t size) noexcept : owner_{&owner}, size_{size} {}
        /// What is moved from is empty afterwards.
        rx_frame(rx_frame&& other) noexcept
            : owner_{std::exchange(other.owner_, nullptr)}, size_{std::exchange(other.size_, 0)} {}
        /// What is moved from is empty afterwards.
        rx_frame& operator=(rx_frame&& other) noexcept {
            if (this == &other) return *this;
            release();
            owner_ = std::exchange(other.owner_, nullptr);
            size_ = std::exchange(other.size_, 0);
            return *this;
        }
        ~rx_frame() { release(); }

        /// Its octets.
        [[nodiscard]] octets_view bytes() const noexcept {
            return owner_ == nullptr ? octets_view{} : octets_view{owner_->read_}.first(size_);
        }

    private:
        void release() noexcept {
            if (owner_ != nullptr) owner_->reading_ = false;
        }

        copying* owner_;
        std::size_t size_;
    };

    /// The write buffer; `commit` offers it to the port at once.
    class tx_lease {
    public:
        /// Made by its link.
        tx_lease(copying& owner, std::size_t size) noexcept : owner_{&owner}, size_{size} {}
        /// What is moved from is empty afterwards.
        tx_lease(tx_lease&& other) noexcept
            : owner_{std::exchange(other.owner_, nullptr)}, size_{std::exchange(other.size_, 0)} {}
        /// What is moved from is empty afterwards.
        tx_lease& operator=(tx_lease&& other) noexcept {
            if (this == &other) return *this;
            cancel();
            owner_ = std::exchange(other.owner_, nullptr);
            size_ = std::exchange(other.size_, 0);
            return *this;
        }
        ~tx_lease() { cancel(); }

        /// Its octets.
        [[nodiscard]] octets bytes() noexcept {
            return owner_ == nullptr ? octets{} : octets{owner_->written_}.first(size_);
        }
        /// Sends its first octets; the lease is over (concept `link`).
        void commit(std::size_t size) noexcept {
            RRDP_ASSERT(owner_ != nullptr && size <= size_);
            owner_->unsent_ = size;
            owner_->send_unsent();
            cancel();
            owner_ = nullptr;
        }

    private:
        void cancel() noexcept {
            if (owner_ != nullptr) owner_->writing_ = false;
        }

        copying* owner_;
        std::size_t size_;
    };

    /// What the port says of itself; no frame is longer than the buffers.
    [[nodiscard]] link_properties properties() const noexcept {
        link_properties said = Port::properties();
        if (said.max_frame > MaxFrame) said.max_frame = MaxFrame;
        return said;
    }

    /// The next frame; nothing also while the last one is still held.
    [[nodiscard]] std::optional<rx_frame> receive() noexcept {
        if (reading_) return std::nullopt;
        const std::size_t size = this->read(octets{read_});
        if (size > MaxFrame) ++overlong_;
        if (size == 0 || size > MaxFrame) return std::nullopt;
        reading_ = true;
        return rx_frame{*this, size};
    }

    /// Room for one frame; nothing while a lease is held or the port refuses the frame before.
    [[nodiscard]] std::optional<tx_lease> lease(std::size_t size) noexcept {
        if (writing_ || size > properties().max_frame || !send_unsent()) return std::nullopt;
        writing_ = true;
        return tx_lease{*this, size};
    }

    /// Offers the refused frame again, if there is one, so that it does not wait for the next; true
    /// when the port has everything.
    bool flush() noexcept {
        if (!writing_) send_unsent();
        if constexpr (requires(Port & port) { port.flush(); }) Port::flush();
        return unsent_ == 0;
    }

    /// Frames dropped because `read` answered a size beyond the buffer: the mistake of a port that
    /// cuts frames.
    [[nodiscard]] std::uint64_t overlong() const noexcept { return overlong_; }

private:
    bool send_unsent() noexcept {
        if (unsent_ != 0 && this->write(octets_view{written_}.first(unsent_))) unsent_ = 0;
        return unsent_ == 0;
    }

    std::array<std::byte, MaxFrame> read_{};
    std::array<std::byte, MaxFrame> written_{};
    std::size_t unsent_ = 0;
    std::uint64_t overlong_ = 0;
    bool reading_ = false;
    bool writing_ = false;
};

}  // namespace rrdp
