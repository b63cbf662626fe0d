// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include <rrdp/adapters/detail/held_frames.hpp>
#include <rrdp/adapters/fault_observer.hpp>
#include <rrdp/adapters/faults.hpp>
#include <rrdp/link/concepts.hpp>

namespace rrdp::adapters {

/// What a `faulty` link does to frames.
struct faulty_options {
    frame_faults transmit{};         ///< of frames on their way out
    frame_faults receive{};          ///< of frames on their way in
    std::uint64_t displacement = 3;  ///< how many frames may overtake a reordered one, at most
    std::uint64_t patience = 16;     ///< turns after which it goes on although nothing overtook it
    std::size_t frames = 64;         ///< slots for copies, per direction
    std::size_t longest = ~std::size_t{0};   ///< octets; what is longer is swallowed, both ways
    duration msl = std::chrono::seconds{2};  ///< said of the link where it reorders (R-13.1)
};

/// What `faulty` did in one direction.
struct fault_statistics {
    std::uint64_t frames = 0;      ///< that went through its hands
    std::uint64_t lost = 0;        ///< by chance or by script
    std::uint64_t swallowed = 0;   ///< for their length
    std::uint64_t duplicated = 0;  ///< came twice
    std::uint64_t reordered = 0;   ///< overtaken by others
    std::uint64_t corrupted = 0;   ///< one bit each
};

/// Any link, with faults from a seed, in both directions: what `simulated` does in virtual time,
/// on a real wire. Has no clock: a frame is reordered by keeping it back until others have passed.
///
/// Transmitted frames meet their fate when they are committed, received ones on `receive`. Frames
/// kept back go on after at most `patience` turns (a `flush`; a `receive` in vain).
template <link Link>
class faulty {
    using inner_frame = typename Link::rx_frame;
    using inner_lease = typename Link::tx_lease;
    using own_frame = detail::borrowed_frame<faulty>;

public:
    /// A frame of the link below, or a copy that was damaged, doubled or kept back.
    class rx_frame {
    public:
        /// What is moved from is empty afterwards.
        explicit rx_frame(inner_frame&& frame) noexcept : frame_{std::move(frame)} {}
        /// What is moved from is empty afterwards.
        explicit rx_frame(own_frame&& frame) noexcept : frame_{std::move(frame)} {}
        /// Its octets.
        [[nodiscard]] octets_view bytes() const noexcept {
            return std::visit([](const auto& frame) { return frame.bytes(); }, frame_);
        }

    private:
        std::variant<inner_frame, own_frame> frame_;
    };

    /// A lease of the link below, whose `commit` draws the fate of the frame.
    class tx_lease {
    public:
        /// Made by its link.
        tx_lease(faulty& owner, inner_lease&& lease) noexcept
            : owner_{&owner}, lease_{std::move(lease)} {}
        /// Its octets.
        [[nodiscard]] octets bytes() noexcept { return lease_.bytes(); }
        /// Sends its first octets; the lease is over (concept `link`).
        void commit(std::size_t size) noexcept {
            {
                inner_lease lease = std::move(lease_);
                if (owner_->sent_on(lease, size)) lease.commit(size);
            }  // cancelled here, unless committed
            owner_->send_due();
        }

    private:
        faulty* owner_;
        inner_lease lease_;
    };

    /// `link` must outlive this, and nobody else may use it meanwhile. Throws std::bad_alloc.
    faulty(Link& link, std::uint64_t seed, const faulty_options& options = {})
        : link_{&link},
          seed_{seed},
          options_{options},
          outgoing_{options.frames, link.properties().max_frame},
          incoming_{options.frames, link.properties().max_frame} {}
    faulty(const faulty&) = delete;
    faulty& operator=(const faulty&) = delete;

    /// Those of the link below, but honest about order.
    [[nodiscard]] link_properties properties() const noexcept {
        link_properties said = link_->properties();
        const frame_faults none{};
        const auto may = [this, &none](probability frame_faults::*what) {
            return options_.transmit.*what != none.*what || options_.receive.*what != none.*what;
        };
        if (!may(&frame_faults::reorder)) return said;
        said.fifo = false;
        said.msl = std::max(said.msl, options_.msl);
        return said;
    }

    /// The next frame; nothing when none waits (concept `link`).
    [[nodiscard]] std::optional<rx_frame> receive() noexcept {
        for (std::size_t looks = 0; looks < options_.frames; ++looks) {
            if (auto frame = take_due()) return frame;
            std::optional<inner_frame> frame = link_->receive();
            if (!frame) break;
            if (auto met = survivor(std::move(*frame))) return met;
        }
        incoming_.turn();
        return take_due();
    }

    /// Room for a frame of so many octets; nothing: not now (concept `link`).
    [[nodiscard]] std::optional<tx_lease> lease(std::size_t size) noexcept {
        send_due();
        std::optional<inner_lease> lease = link_->lease(size);
        if (!lease) return std::nullopt;
        return tx_lease{*this, std::move(*lease)};
    }

    /// Ends a turn: frames kept back too long go on. Then flushes the link below. False while
    /// frames are kept back, because only turns set them free.
    bool flush() noexcept {
        outgoing_.turn();
        send_due();
        bool gone = !holding();
        if constexpr (flushable_link<Link>) gone = link_->flush() && gone;
        return gone;
    }

    /// For poll(2); -1: there is none (concept `pollable_link`).
    [[nodiscard]] int native_handle() const noexcept requires pollable_link<Link> {
        return link_->native_handle();
    }

    /// The trouble of the link below.
    [[nodiscard]] auto error() const noexcept requires requires(const Link& l) { l.error(); }
    { return link_->error(); }
    /// The same of an `any_link`.
    [[nodiscard]] int error_number() const noexcept requires requires(const Link& l) {
        l.error_number();
    }
    { return link_->error_number(); }

    /// The moment it is, for the observer and for the link below.
    void set_time(instant now) noexcept {
        now_ = now;
        if constexpr (timed_link<Link>) link_->set_time(now);
    }

    /// Whom to tell what happens to frames; null for nobody. `from` is 0 for those transmitted, 1
    /// for those received.
    void observe(fault_observer* observer) noexcept { observer_ = observer; }

    /// Whether frames are kept back. Whoever would sleep now should rather come back soon, because
    /// only turns set them free.
    [[nodiscard]] bool holding() const noexcept { return !outgoing_.empty() || !incoming_.empty(); }

    /// What became of frames on their way out.
    [[nodiscard]] const fault_statistics& transmitted() const noexcept { return out_; }
    /// What became of frames on their way in.
    [[nodiscard]] const fault_statistics& received() const noexcept { return in_; }

private:
    friend own_frame;

    [[nodiscard]] octets_view frame(detail::frame_slot slot) noexcept {
        return incoming_.store().frame(slot);
    }
    void release(detail::frame_slot slot) noexcept { incoming_.store().give_back(slot); }

    /// What is to be done with a frame that is at hand.
    struct verdict {
        bool goes_on = false;
        std::optional<std::uint64_t> flip;
    };

    /// Whether a frame that is about to be committed is committed.
    bool sent_on(inner_lease& lease, std::size_t size) noexcept {
        if (size == 0) return false;
        const octets bytes = lease.bytes().first(size);
        const verdict v = judge(bytes, 0, options_.transmit, out_, outgoing_);
        if (v.flip) tell_of(fault::corruption, 0, bytes);
        if (v.flip) flip_bit(bytes, *v.flip);
        out_.corrupted += v.flip.has_value();
        return v.goes_on;
    }

    /// A received frame as it is handed out, unless it is lost or kept back.
    std::optional<rx_frame> survivor(inner_frame&& arrived) noexcept {
        const octets_view bytes = arrived.bytes();
        const verdict v = judge(bytes, 1, options_.receive, in_, incoming_);
        if (!v.goes_on) return std::nullopt;
        const detail::frame_slot slot = v.flip ? incoming_.store().take() : detail::no_slot;
        if (slot == detail::no_slot) return rx_frame{std::move(arrived)};
        tell_of(fault::corruption, 1, bytes);
        incoming_.store().assign(slot, bytes);
        flip_bit(incoming_.store().frame(slot), *v.flip);
        ++in_.corrupted;
        return rx_frame{own_frame{*this, slot}};
    }

    /// Draws the fate of a frame and does what needs no writing in it. Where it is kept back and
    /// doubled, the intact copy goes on in its place.
    verdict judge(octets_view bytes, std::uint64_t way, const frame_faults& faults,
                  fault_statistics& counts, detail::held_frames& held) noexcept {
        frame_dice dice{seed_, way, counts.frames++};
        const bool swallowed = bytes.size() > options_.longest;
        counts.swallowed += swallowed;
        if (swallowed) {
            tell_of(fault::swallowed, way, bytes);
            return {};
        }
        const fate met = draw_fate(faults, dice);
        const std::uint64_t others =
            1 + dice.up_to(std::max<std::uint64_t>(options_.displacement, 1) - 1);
        counts.lost += met.drop;
        if (met.drop) {
            tell_of(fault::loss, way, bytes);
            return {};
        }

        const detail::frame_slot kept =
            met.late ? held.hold(bytes, others, options_.patience) : detail::no_slot;
        if (kept == detail::no_slot) {
            held.overtake();
            if (met.duplicate && held.hold(bytes, 0, 0) != detail::no_slot) {
                ++counts.duplicated;
                tell_of(fault::duplicate, way, bytes);
            }
            return {.goes_on = true, .flip = met.flip_bit};
        }
        ++counts.reordered;
        tell_of(fault::delay, way, bytes);
        counts.duplicated += met.duplicate;
        if (met.duplicate) tell_of(fault::duplicate, way, bytes);
        counts.corrupted += met.flip_bit.has_value();
        if (met.flip_bit) tell_of(fault::corruption, way, bytes);
        if (met.flip_bit) flip_bit(held.store().frame(kept), *met.flip_bit);
        return {.goes_on = met.duplicate, .flip = std::nullopt};
    }

    void tell_of(fault what, std::uint64_t way, octets_view bytes) const noexcept {
        tell(observer_, {.what = what, .from = way, .time = now_, .frame = bytes});
    }

    /// Sends the kept frames that are due, as far as the link below has room.
    void send_due() noexcept {
        for (auto slot = outgoing_.due(); slot != detail::no_slot; slot = outgoing_.due()) {
            const octets_view frame = outgoing_.store().frame(slot);
            std::optional<inner_lease> lease = link_->lease(frame.size());
            if (!lease) return;
            copy_octets(frame, lease->bytes());
            lease->commit(frame.size());
            outgoing_.take_off(slot);
            outgoing_.store().give_back(slot);
        }
    }

    std::optional<rx_frame> take_due() noexcept {
        const detail::frame_slot slot = incoming_.due();
        if (slot == detail::no_slot) return std::nullopt;
        incoming_.take_off(slot);
        return rx_frame{own_frame{*this, slot}};
    }

    Link* link_;
    std::uint64_t seed_;
    faulty_options options_;
    detail::held_frames outgoing_;
    detail::held_frames incoming_;
    fault_statistics out_;
    fault_statistics in_;
    fault_observer* observer_ = nullptr;
    instant now_{};
};

}  // namespace rrdp::adapters
