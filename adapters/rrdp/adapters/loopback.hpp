// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>

#include <rrdp/adapters/detail/frame_store.hpp>
#include <rrdp/link/concepts.hpp>

namespace rrdp::adapters {

/// What a `loopback` is made of.
struct loopback_options {
    std::size_t frames = 256;       ///< slots per direction: committed, leased and held together
    std::size_t max_frame = 1'514;  ///< octets
    /// Of the two ends.
    std::array<wire::mac_address, 2> addresses{{{{2, 0, 0, 0, 0, 0xa}}, {{2, 0, 0, 0, 0, 0xb}}}};
};

/// Two links, `a` and `b`, joined in memory: what is committed at one is received at the other, in
/// order, without loss and without a clock. For one thread.
///
/// All memory is obtained at construction. When every slot of a direction is in use, `lease`
/// refuses until the other end has received and released a frame. The object may not be moved,
/// because its ends point into it.
class loopback {
    class direction;

public:
    /// One end; satisfies `link`. Any number of frames and leases may be held, in any order.
    class end {
    public:
        /// A frame received, until it is released (concept `link`).
        using rx_frame = detail::borrowed_frame<direction>;
        /// Room for a frame to send (concept `link`).
        using tx_lease = detail::leased_frame<direction>;

        /// Made by the wire.
        end(direction& out, direction& in, const link_properties& properties) noexcept
            : out_{&out}, in_{&in}, properties_{properties} {}

        /// What the link says of itself (concept `link`).
        [[nodiscard]] link_properties properties() const noexcept { return properties_; }
        /// The next frame; nothing when none waits (concept `link`).
        [[nodiscard]] std::optional<rx_frame> receive() noexcept;
        /// Room for a frame of so many octets; nothing: not now (concept `link`).
        [[nodiscard]] std::optional<tx_lease> lease(std::size_t size) noexcept;

    private:
        direction* out_;
        direction* in_;
        link_properties properties_;
    };

    /// Throws std::bad_alloc.
    explicit loopback(const loopback_options& options = {})
        : a_to_b_{options},
          b_to_a_{options},
          a{a_to_b_, b_to_a_, properties_of(options, 0)},
          b{b_to_a_, a_to_b_, properties_of(options, 1)} {}
    loopback(const loopback&) = delete;
    loopback& operator=(const loopback&) = delete;

private:
    /// The frames of one direction: a store, and the slots that wait to be received, oldest first.
    class direction {
    public:
        explicit direction(const loopback_options& options)
            : store_{options.frames, options.max_frame}, waiting_(options.frames) {}

        [[nodiscard]] detail::frame_slot take() noexcept { return store_.take(); }
        [[nodiscard]] octets room(detail::frame_slot slot) noexcept { return store_.room(slot); }
        [[nodiscard]] octets_view frame(detail::frame_slot slot) noexcept {
            return store_.frame(slot);
        }
        void commit(detail::frame_slot slot, std::size_t size) noexcept {
            if (size == 0) return cancel(slot);
            store_.resize(slot, size);
            waiting_[(first_ + count_++) % waiting_.size()] = slot;
        }
        void cancel(detail::frame_slot slot) noexcept { store_.give_back(slot); }
        void release(detail::frame_slot slot) noexcept { store_.give_back(slot); }
        [[nodiscard]] detail::frame_slot next() noexcept {
            if (count_ == 0) return detail::no_slot;
            --count_;
            const detail::frame_slot slot = waiting_[first_];
            if (++first_ == waiting_.size()) first_ = 0;
            return slot;
        }

    private:
        detail::frame_store store_;
        std::vector<detail::frame_slot> waiting_;
        std::size_t first_ = 0;
        std::size_t count_ = 0;
    };

    static link_properties properties_of(const loopback_options& options,
                                         std::size_t end) noexcept {
        return {.max_frame = options.max_frame, .address = options.addresses[end]};
    }

    direction a_to_b_;
    direction b_to_a_;

public:
    end a;  ///< the one end
    end b;  ///< the other end
};

inline std::optional<loopback::end::rx_frame> loopback::end::receive() noexcept {
    const detail::frame_slot slot = in_->next();
    if (slot == detail::no_slot) return std::nullopt;
    return rx_frame{*in_, slot};
}

inline std::optional<loopback::end::tx_lease> loopback::end::lease(std::size_t size) noexcept {
    if (size > properties_.max_frame) return std::nullopt;
    const detail::frame_slot slot = out_->take();
    if (slot == detail::no_slot) return std::nullopt;
    return tx_lease{*out_, slot, size};
}

}  // namespace rrdp::adapters
