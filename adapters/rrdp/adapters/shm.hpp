// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/random.h>

#include <optional>
#include <vector>

#include <rrdp/adapters/detail/fetch_head.hpp>
#include <rrdp/adapters/detail/frame_store.hpp>
#include <rrdp/adapters/detail/shm_region.hpp>
#include <rrdp/link/concepts.hpp>

namespace rrdp::adapters {

/// A link between two processes, or two virtual machines, through memory that they share: a ring
/// each way, one writer and one reader each, no lock and, while both spin, no system call.
///
/// ```
///   a writes   | stamp, frame | stamp, frame | ...     a stamp is the number of the frame and its
///   b reads    at its next number: is this its stamp?  length; storing it is what sends
/// ```
///
/// The peer is not believed: every word of its is read once and checked, and frames are copied
/// before they are looked at unless `shm_options::copy_received` says otherwise. A peer that dies
/// leaves its side free; a successor takes it and is greeted, and what its predecessor left in the
/// rings is forgotten. For one thread. Decision 0047.
class shm {
public:
    /// A frame received, until it is released (concept `link`).
    using rx_frame = detail::borrowed_frame<shm>;
    using tx_lease = detail::leased_frame<shm>;  ///< room for a frame to send (concept `link`)

    /// Opens the region of that name in /dev/shm; who comes first makes it and is side a. Throws
    /// std::system_error with one line that says what is wrong, or std::bad_alloc.
    explicit shm(const char* name, const shm_options& options = {}) : shm{options, name, options} {}

    /// Opens one side of a region without a name. `handles` are only looked at. Throws as above.
    shm(const shm_handles& handles, shm_side side, const shm_options& options = {})
        : shm{options, handles, side, options} {}

    /// Opens one side of memory that the caller has mapped, and that outlives the link: a device
    /// that two virtual machines share. Zeros, or a region of the same options. Throws as above.
    shm(std::span<std::byte> region, shm_side side, const shm_options& options = {})
        : shm{options, region, side, options} {}

    shm(const shm&) = delete;
    shm& operator=(const shm&) = delete;

    /// Leaves: the peer sees that nobody is there. The last one out removes the name.
    ~shm() {
        words().greeting(self_).store(0, std::memory_order_release);
        wake();
    }

    /// What the link says of itself (concept `link`).
    [[nodiscard]] link_properties properties() const noexcept {
        return {.max_frame = frame_max_, .address = options_.address};
    }

    /// The next frame; nothing also while the last one is still held.
    [[nodiscard]] std::optional<rx_frame> receive() noexcept {
        if (held_) return std::nullopt;
        if (take() || (look_again() && take())) {
            held_ = true;
            return rx_frame{*this, 0};
        }
        return std::nullopt;
    }

    /// Room for one frame; nothing while another is leased or the ring is full. While there is no
    /// peer, what is committed is lost and counted.
    [[nodiscard]] std::optional<tx_lease> lease(std::size_t size) noexcept {
        if (leased_ || size > frame_max_) return std::nullopt;
        if (peer_changed()) look_at_peer();
        if (reach_ == reach::nobody)
            room_ = scratch_.data();
        else if (reach_ == reach::open && has_room())
            room_ = words().frame(self_, sent_number_ + 1);
        else
            return refuse();
        leased_ = true;
        return tx_lease{*this, 0, size};
    }

    /// Wakes the peer if it sleeps. What was committed is in the ring already.
    bool flush() noexcept {
        if (unannounced_) wake();
        return true;
    }

    /// For poll(2), where `shm_options::sleeps`: readable when a frame waits, once `receive` has
    /// answered nothing; also when the peer came or went. -1 where this side spins.
    [[nodiscard]] int native_handle() const noexcept {
        return options_.sleeps ? region_.bell().fd() : -1;
    }

    /// Whether a frame waits or the peer came or went: a look at two words, which is what a program
    /// that spins does between the turns of its engine.
    [[nodiscard]] bool has_news() const noexcept { return frame_waits() || peer_changed(); }

    /// Sleeps until a frame waits, the peer comes or goes, or `longest` is over; true when there is
    /// something to look at. Where this side spins it looks and returns.
    bool wait(std::chrono::nanoseconds longest) noexcept {
        if (has_news() || !options_.sleeps) return has_news();
        go_to_sleep();
        if (!has_news()) region_.bell().sleep(longest);
        return has_news();
    }

    /// Which of the two ends this is.
    [[nodiscard]] shm_side side() const noexcept { return self_; }

    /// ENOTCONN while there is no peer, as far as is known; a dead one is noticed when the ring is
    /// full, or by `has_peer`.
    [[nodiscard]] std::error_code error() const noexcept {
        return reach_ == reach::nobody ? std::make_error_code(std::errc::not_connected)
                                       : std::error_code{};
    }

    /// Looks whether there is a peer, and asks the kernel whether it lives (one system call).
    [[nodiscard]] bool has_peer() noexcept {
        if (peer_changed()) look_at_peer();
        if (region_.peer_is_gone()) reach_ = reach::nobody;
        return reach_ != reach::nobody;
    }

    /// The counts so far.
    [[nodiscard]] const shm_statistics& statistics() const noexcept { return statistics_; }

private:
    friend rx_frame;
    friend tx_lease;

    /// Whom a frame would reach: nobody; one who still believes in a predecessor of ours, and has
    /// to see first that it is gone; or the peer.
    enum class reach : std::uint8_t { nobody, greeting, open };

    static constexpr std::uint32_t sleeper_bit = 1;     // of the number of a life
    static constexpr std::uint32_t ask_every = 256;     // refusals
    static constexpr std::uint32_t silence_every = 16;  // looks in vain

    template <class... Where>
    explicit shm(const shm_options& options, const Where&... where)
        : region_{where...},
          options_{options},
          self_{region_.side()},
          peer_{opposite(self_)},
          frame_max_{options.max_frame},
          scratch_(frame_max_),
          copied_(options.copy_received ? frame_max_ : 0) {
        const std::uint32_t before = upper(words().greeting(self_).load());
        do life_ = new_life(options.sleeps);
        while (life_ == before);
        words().asleep(self_).store(0, std::memory_order_relaxed);
        begin();
        words().greeting(self_).store(std::uint64_t{life_} << 32, std::memory_order_release);
        look_at_peer();
        wake();
    }

    static std::uint32_t upper(std::uint64_t word) noexcept {
        return static_cast<std::uint32_t>(word >> 32);
    }
    static std::uint32_t lower(std::uint64_t word) noexcept {
        return static_cast<std::uint32_t>(word);
    }

    /// A number that no life has had, as far as chance goes; also says whether this side sleeps.
    static std::uint32_t new_life(bool sleeps) {
        std::uint32_t number = 0;
        if (::getrandom(&number, sizeof number, 0) != sizeof number)
            throw std::system_error{errno, std::generic_category(), "shm: no random number"};
        return ((number | 2U) & ~sleeper_bit) | (sleeps ? sleeper_bit : 0U);
    }

    [[nodiscard]] const detail::shm_layout& words() const noexcept { return region_.layout(); }

    // ---- the peer

    [[nodiscard]] bool peer_changed() const noexcept {
        return words().greeting(peer_).load(std::memory_order_acquire) != known_;
    }

    /// Learns who the peer is. Not while a frame of the former is held, leased or still waits.
    void look_at_peer() noexcept {
        if (held_ || leased_ || frame_waits()) return;
        known_ = words().greeting(peer_).load(std::memory_order_acquire);
        const std::uint32_t seen = lower(known_);
        if (upper(known_) != peer_life_) {
            peer_life_ = upper(known_);
            statistics_.peers += peer_life_ != 0;
            begin();
            const std::uint64_t greeting = std::uint64_t{life_} << 32 | peer_life_;
            words().greeting(self_).store(greeting, std::memory_order_release);
            wake();
        }
        // One who has met nobody yet begins with our first frame. One who has met our predecessor
        // may be reading what that wrote.
        const bool fresh = seen == 0 || seen == life_;
        reach_ = peer_life_ == 0 ? reach::nobody : fresh ? reach::open : reach::greeting;
        heard_ = peer_life_ != 0 && seen == life_;
    }

    /// Both rings begin anew: ours with the number of our life, so that no old stamp is right.
    void begin() noexcept {
        for (std::uint32_t i = 0; i < words().slots(); ++i)
            words().stamp(self_, i).store(0, std::memory_order_relaxed);
        sent_number_ = drained_ = life_;
        received_number_ = peer_life_;
        words().consumed(self_).store(received_number_, std::memory_order_relaxed);
    }

    /// The peer takes the mark away that this one set before it looked for the last time, or finds
    /// none and has stored what will be found: one of the two is first.
    void wake() noexcept {
        unannounced_ = false;
        if ((peer_life_ & sleeper_bit) == 0 || !region_.bell()) return;
        if (words().asleep(peer_).exchange(0, std::memory_order_acq_rel) == 0) return;
        ++statistics_.wakes;
        region_.bell().ring();
    }
    /// Marks this side; whoever calls it looks once more. Each mark that the peer has taken away is
    /// a ring, perhaps still under way, so that the bell costs a system call a ring. Now and then
    /// it is silenced whoever has rung: else one octet of a stranger would keep us awake for ever.
    void go_to_sleep() noexcept {
        const bool again = std::exchange(announced_, true);
        const bool marked = words().asleep(self_).exchange(1, std::memory_order_acq_rel) != 0;
        rings_ += again && !marked;
        if (again && marked && ++in_vain_ % silence_every == 0) {
            region_.bell().silence();
            rings_ = 0;
        } else if (rings_ != 0) {
            rings_ -= region_.bell().take_ring();
        }
    }

    // ---- receiving

    [[nodiscard]] bool frame_waits() const noexcept {
        const std::uint32_t next = received_number_ + 1;
        return heard_ && upper(words().stamp(peer_, next).load(std::memory_order_acquire)) == next;
    }

    /// Takes the next frame, if there is one; what cannot be one is dropped.
    bool take() noexcept {
        for (std::size_t looked = 0; heard_ && looked < words().slots(); ++looked) {
            const std::uint32_t next = received_number_ + 1;
            // Both lines at once, that of the stamp and the one behind it.
            detail::fetch_head({words().frame(peer_, next), frame_max_});
            const std::uint64_t stamp = words().stamp(peer_, next).load(std::memory_order_acquire);
            if (upper(stamp) != next) return false;
            const std::size_t size = lower(stamp);
            received_number_ = next;
            if (size != 0 && size <= frame_max_) {
                show({words().frame(peer_, next), size});
                return true;
            }
            ++statistics_.malformed;
            give_back();
        }
        return false;
    }

    void show(octets_view in_ring) noexcept {
        ++statistics_.received;
        shown_ = in_ring;
        if (announced_) rings_ += words().asleep(self_).exchange(0, std::memory_order_relaxed) == 0;
        announced_ = false;
        if (!options_.copy_received) return;
        copy_octets(in_ring, octets{copied_});
        shown_ = octets_view{copied_}.first(in_ring.size());
        give_back();
    }
    void give_back() noexcept {
        words().consumed(self_).store(received_number_, std::memory_order_release);
    }

    /// Nothing was there: is it another peer, and may this side go to sleep? True if it is worth
    /// looking once more.
    bool look_again() noexcept {
        const bool changed = peer_changed();
        if (changed) look_at_peer();
        if (!options_.sleeps) return changed;
        if (frame_waits()) return true;
        go_to_sleep();
        if (peer_changed()) look_at_peer();
        return true;
    }

    [[nodiscard]] octets_view frame(detail::frame_slot) const noexcept { return shown_; }
    void release(detail::frame_slot) noexcept {
        held_ = false;
        if (!options_.copy_received) give_back();
    }

    // ---- sending

    /// How far the peer says that it has read is looked up only when the ring seems full. What it
    /// cannot have read is as good as full.
    [[nodiscard]] bool has_room() noexcept {
        if (sent_number_ - drained_ < words().slots()) return true;
        const std::uint32_t said = words().consumed(peer_).load(std::memory_order_acquire);
        const bool possible = sent_number_ - said <= words().slots();
        statistics_.malformed += !possible && heard_;
        if (possible) drained_ = said;
        return sent_number_ - drained_ < words().slots();
    }

    /// Whoever is refused for long may have a peer that is dead.
    std::optional<tx_lease> refuse() noexcept {
        if (++refusals_ % ask_every == 0 && region_.peer_is_gone()) reach_ = reach::nobody;
        return std::nullopt;
    }

    [[nodiscard]] octets room(detail::frame_slot) noexcept { return {room_, frame_max_}; }
    void cancel(detail::frame_slot) noexcept { leased_ = false; }
    void commit(detail::frame_slot, std::size_t size) noexcept {
        leased_ = false;
        if (size == 0) return;
        if (room_ == scratch_.data()) {
            ++statistics_.lost;
            return;
        }
        const std::uint32_t number = sent_number_ + 1;
        words()
            .stamp(self_, number)
            .store(std::uint64_t{number} << 32 | size, std::memory_order_release);
        sent_number_ = number;
        unannounced_ = true;
        ++statistics_.sent;
    }

    detail::shm_region region_;
    shm_options options_;
    shm_side self_;
    shm_side peer_;
    std::size_t frame_max_;
    std::vector<std::byte> scratch_;
    std::vector<std::byte> copied_;
    std::uint32_t life_ = 0;
    std::uint32_t peer_life_ = 0;
    std::uint64_t known_ = 0;  ///< the greeting of the peer that was looked at last
    reach reach_ = reach::nobody;
    bool heard_ = false;  ///< the peer has seen this life: what stands in its ring is for us
    bool held_ = false;
    bool leased_ = false;
    bool unannounced_ = false;   ///< committed, and a sleeping peer does not know
    bool announced_ = false;     ///< the peer has been told that this side sleeps
    std::uint32_t rings_ = 0;    ///< of the bell, which it has not been relieved of
    std::uint32_t in_vain_ = 0;  ///< looks, since this side was marked
    std::uint32_t sent_number_ = 0;
    std::uint32_t drained_ = 0;
    std::uint32_t received_number_ = 0;
    std::uint32_t refusals_ = 0;
    std::byte* room_ = nullptr;
    octets_view shown_;
    shm_statistics statistics_;
};

static_assert(flushable_link<shm> && pollable_link<shm>);

}  // namespace rrdp::adapters
