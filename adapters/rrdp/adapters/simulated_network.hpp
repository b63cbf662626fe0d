// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include <rrdp/adapters/detail/frame_store.hpp>
#include <rrdp/adapters/detail/trace_hash.hpp>
#include <rrdp/adapters/fault_observer.hpp>
#include <rrdp/adapters/faults.hpp>
#include <rrdp/adapters/network_conditions.hpp>
#include <rrdp/link/concepts.hpp>
#include <rrdp/wire/ethernet.hpp>

namespace rrdp::adapters {

/// Stations around a store-and-forward switch, in virtual time: each has a cable of finite rate and
/// length, each output port of the switch a finite queue (drop tail), and chance, from a seed,
/// loses, doubles, delays, reorders and damages frames on their way to the switch.
///
/// Time is a number that the driver moves: pump the stations at `time()`, then `advance` to the
/// next event or deadline. The same seed and the same calls give the same frames at the same
/// moments with any compiler (`trace`). All memory is obtained at construction.
class simulated_network {
public:
    /// One station: a `link` and a `queueing_link`. Any number of frames and leases may be held.
    class station {
    public:
        /// A frame that arrived (concept `link`).
        using rx_frame = detail::borrowed_frame<simulated_network>;
        /// Room for a frame to send (concept `link`).
        using tx_lease = detail::leased_frame<station>;

        /// What the link says of itself (concept `link`).
        [[nodiscard]] link_properties properties() const noexcept {
            return net_->properties_of(*this);
        }
        /// The next frame; nothing when none waits (concept `link`).
        [[nodiscard]] std::optional<rx_frame> receive() noexcept;
        /// Room for a frame of so many octets; nothing: not now (concept `link`).
        [[nodiscard]] std::optional<tx_lease> lease(std::size_t size) noexcept;
        /// Frames that have not left entirely: the one on the wire, and those behind it.
        [[nodiscard]] std::size_t queued() const noexcept { return queued_; }
        /// Whether a frame has arrived and was not taken.
        [[nodiscard]] bool has_frame() const noexcept { return first_ != detail::no_slot; }
        /// The frames that it has sent, whatever became of them.
        [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }

        /// Those of them that chance has lost.
        [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }

    private:
        friend simulated_network;
        friend tx_lease;

        [[nodiscard]] octets room(detail::frame_slot slot) noexcept {
            return net_->store_.room(slot);
        }
        void commit(detail::frame_slot slot, std::size_t size) noexcept {
            net_->commit(*this, slot, size);
        }
        void cancel(detail::frame_slot slot) noexcept { net_->store_.give_back(slot); }

        simulated_network* net_ = nullptr;
        std::uint32_t number_ = 0;
        std::uint64_t sent_ = 0;
        std::uint64_t lost_ = 0;
        std::size_t queued_ = 0;
        instant sends_until_{};   ///< its own frames
        instant output_until_{};  ///< those that the switch has for it
        std::size_t waiting_ = 0;
        bool in_burst_ = false;
        detail::frame_slot first_ = detail::no_slot;  ///< of the frames that have arrived
        detail::frame_slot last_ = detail::no_slot;
    };

    /// Throws std::bad_alloc.
    explicit simulated_network(std::uint64_t seed, const network_conditions& weather = {},
                               const network_options& o = {})
        : conditions{weather},
          seed_{seed},
          options_{o},
          store_{o.frames, o.max_frame},
          follower_(o.frames, detail::no_slot),
          stations_(o.stations),
          cut_(o.stations * o.stations) {
        place();
        pending_.reserve(o.frames + o.stations * o.transmit_queue);
    }
    simulated_network(const simulated_network&) = delete;
    simulated_network& operator=(const simulated_network&) = delete;

    /// Begins anew as it was constructed, under another seed and other conditions, in the memory
    /// that is there: for runs by the thousand. No frame and no lease may be held.
    void restart(std::uint64_t seed, const network_conditions& weather) noexcept;

    /// Station `n`, below `stations()`.
    [[nodiscard]] station& at(std::size_t n) noexcept { return stations_[n]; }
    [[nodiscard]] std::size_t stations() const noexcept { return stations_.size(); }  ///< how many
    /// The address of station `n`.
    [[nodiscard]] static constexpr wire::mac_address address(std::size_t n) noexcept {
        return {{2, 0, 0, 0, static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n)}};
    }

    /// Cuts the way from one station to another, or joins it again: what reaches the switch while
    /// it is cut is lost. The way back is another one.
    void partition(std::size_t from, std::size_t to, bool cut) noexcept {
        cut_[from * stations_.size() + to] = cut ? 1 : 0;
    }

    /// The moment it is.
    [[nodiscard]] instant time() const noexcept { return time_; }
    /// Moves time forward to `moment`, never back, and all frames with it.
    void advance_to(instant moment) noexcept;
    /// When something happens next: a frame leaves a station, reaches the switch, or arrives.
    [[nodiscard]] std::optional<instant> next_event() const noexcept {
        if (pending_.empty()) return std::nullopt;
        return pending_.front().due;
    }
    /// Moves time to the next event or the earliest of `deadlines` (each a
    /// `std::optional<instant>`), whichever comes first; false when nothing will happen any more.
    template <class... Deadlines>
    bool advance(const Deadlines&... deadlines) noexcept {
        std::optional<instant> next = next_event();
        ((next = deadlines && (!next || *deadlines < *next) ? deadlines : next), ...);
        if (next) advance_to(*next);
        return next.has_value();
    }

    /// How long a frame occupies a cable: with padding, preamble, check sequence and gap.
    [[nodiscard]] duration time_on_wire(std::size_t frame) const noexcept {
        return time_for(octets_on_wire(frame));
    }

    /// The counts so far.
    [[nodiscard]] const network_statistics& statistics() const noexcept { return counts_; }
    /// A fingerprint of the beginning and the moment of every frame sent and delivered so far.
    [[nodiscard]] std::uint64_t trace() const noexcept { return trace_.value(); }

    network_conditions conditions;  ///< may be changed on the way; frames under way keep theirs
    fault_observer* observer = nullptr;  ///< is told which frames are dropped, and why

private:
    friend detail::borrowed_frame<simulated_network>;

    static constexpr std::uint32_t everyone = 0xffff'ffff;

    enum class step : std::uint8_t { leaves, is_switched, arrives };
    struct event {
        instant due;
        std::uint64_t order;  ///< decides among events that are due together
        detail::frame_slot slot;
        std::uint32_t where;  ///< the station it leaves or goes to
        std::uint32_t from;
        step what;
    };

    /// Heaps put the largest on top, so what comes later counts as smaller.
    static bool comes_later(const event& x, const event& y) noexcept {
        return x.due != y.due ? x.due > y.due : x.order > y.order;
    }
    [[nodiscard]] static std::uint64_t octets_on_wire(std::size_t frame) noexcept {
        return std::max<std::uint64_t>(frame, wire::ethernet_framing::frame_min) + 24;
    }
    [[nodiscard]] duration time_for(std::uint64_t octets_) const noexcept {
        if (conditions.rate == 0) return {};
        const std::uint64_t second = 1'000'000'000;
        return duration{
            static_cast<duration::rep>(octets_ / conditions.rate * second +
                                       octets_ % conditions.rate * second / conditions.rate)};
    }

    [[nodiscard]] octets_view frame(detail::frame_slot slot) noexcept { return store_.frame(slot); }
    void release(detail::frame_slot slot) noexcept { store_.give_back(slot); }

    [[nodiscard]] link_properties properties_of(const station& s) const noexcept;
    [[nodiscard]] std::uint32_t destination_of(octets_view frame) const noexcept;
    void commit(station& from, detail::frame_slot slot, std::size_t size) noexcept;
    [[nodiscard]] bool loses(station& from, const fate& met, frame_dice& dice) noexcept;
    void spoil(detail::frame_slot slot, const fate& met, frame_dice& dice) noexcept;
    void drop(fault what, detail::frame_slot slot, std::uint32_t at, std::uint64_t& n) noexcept {
        ++n;
        tell(observer, {what, at, time_, store_.frame(slot)});
        store_.give_back(slot);
    }
    void schedule(event e) noexcept;
    void happen(const event& e) noexcept;
    void forward(detail::frame_slot slot, std::uint32_t from, std::uint32_t to) noexcept;
    void place() noexcept;
    void arrive(detail::frame_slot slot, std::uint32_t at) noexcept;
    [[nodiscard]] detail::frame_slot copy_of(detail::frame_slot slot) noexcept;

    std::uint64_t seed_;
    network_options options_;
    detail::frame_store store_;
    std::vector<detail::frame_slot> follower_;  ///< of a frame that has arrived: the next one
    std::vector<station> stations_;
    std::vector<std::uint8_t> cut_;  ///< the ways, by the station they begin at, that are cut
    std::vector<event> pending_;     ///< a heap with what is due first on top
    std::uint64_t scheduled_ = 0;
    instant time_{};
    network_statistics counts_;
    detail::trace_hash trace_;
};

inline void simulated_network::place() noexcept {
    for (std::uint32_t n = 0; n < stations_.size(); ++n) {
        stations_[n] = {};
        stations_[n].net_ = this;
        stations_[n].number_ = n;
    }
}

inline void simulated_network::restart(std::uint64_t seed,
                                       const network_conditions& weather) noexcept {
    conditions = weather;
    seed_ = seed;
    store_.take_back();
    pending_.clear();
    scheduled_ = 0;
    time_ = {};
    counts_ = {};
    trace_ = {};
    place();
    std::fill(cut_.begin(), cut_.end(), std::uint8_t{0});
}

inline std::optional<simulated_network::station::rx_frame>
simulated_network::station::receive() noexcept {
    if (first_ == detail::no_slot) return std::nullopt;
    const detail::frame_slot slot = first_;
    first_ = net_->follower_[slot];
    --waiting_;
    return rx_frame{*net_, slot};
}

inline std::optional<simulated_network::station::tx_lease> simulated_network::station::lease(
    std::size_t size) noexcept {
    if (size > net_->options_.max_frame || queued_ >= net_->options_.transmit_queue)
        return std::nullopt;
    const detail::frame_slot slot = net_->store_.take();
    if (slot == detail::no_slot) return std::nullopt;
    return tx_lease{*this, slot, size};
}

inline void simulated_network::advance_to(instant moment) noexcept {
    while (!pending_.empty() && pending_.front().due <= moment) {
        std::pop_heap(pending_.begin(), pending_.end(), comes_later);
        const event e = pending_.back();
        pending_.pop_back();
        time_ = std::max(time_, e.due);
        happen(e);
    }
    time_ = std::max(time_, moment);
}

/// Draws everything for every frame, whatever then applies, so that no draw depends on another.
inline void simulated_network::commit(station& from, detail::frame_slot slot,
                                      std::size_t size) noexcept {
    if (size == 0) return store_.give_back(slot);
    store_.resize(slot, size);
    ++counts_.sent;
    trace_.add(static_cast<std::uint64_t>(time_.time_since_epoch().count()));
    trace_.add(octets_view{store_.frame(slot)}.first(std::min<std::size_t>(size, 64)));

    frame_dice dice{seed_, from.number_, from.sent_++};
    const fate met = draw_fate(conditions.faults, dice);
    const auto some_of = [&dice](duration most) {
        return duration{static_cast<duration::rep>(
            dice.up_to(static_cast<std::uint64_t>(std::max(most, duration{}).count())))};
    };
    const duration jitter = some_of(conditions.jitter);
    const duration jitter_of_copy = some_of(conditions.jitter);
    const duration lateness = some_of(conditions.lateness);
    const bool gone = loses(from, met, dice);

    ++from.queued_;
    from.sends_until_ = std::max(time_, from.sends_until_) + time_on_wire(size);
    schedule({from.sends_until_, 0, detail::no_slot, from.number_, from.number_, step::leaves});
    if (gone) return drop(fault::loss, slot, from.number_, counts_.lost);
    const std::uint32_t to = destination_of(store_.frame(slot));
    const instant due = from.sends_until_ + conditions.delay;
    const detail::frame_slot copy = met.duplicate ? copy_of(slot) : detail::no_slot;
    spoil(slot, met, dice);
    if (met.late) ++counts_.reordered;
    schedule({due + jitter + (met.late ? lateness : duration{}), 0, slot, to, from.number_,
              step::is_switched});
    if (copy == detail::no_slot) return;
    ++counts_.duplicated;
    schedule({due + jitter_of_copy, 0, copy, to, from.number_, step::is_switched});
}

inline bool simulated_network::loses(station& from, const fate& met, frame_dice& dice) noexcept {
    const bool begins = conditions.bursts.begins.covers(dice.next32());
    const bool ends = conditions.bursts.ends.covers(dice.next32());
    // Where bursts no longer begin, the weather has changed: the one that is on is over.
    const bool burst = begins || (from.in_burst_ && conditions.bursts.begins != probability{});
    from.in_burst_ = burst && !ends;
    if (burst) ++counts_.lost_in_bursts;
    const bool gone = burst || met.drop;
    from.lost_ += gone;
    return gone;
}

/// One bit, or up to 32 octets one after the other, anywhere in the frame.
inline void simulated_network::spoil(detail::frame_slot slot, const fate& met,
                                     frame_dice& dice) noexcept {
    const octets frame = store_.frame(slot);
    if (met.flip_bit) {
        flip_bit(frame, *met.flip_bit);
        ++counts_.corrupted;
    }
    if (!conditions.damage.covers(dice.next32())) return;
    ++counts_.damaged;
    const std::size_t first = dice.up_to(frame.size() - 1);
    const std::size_t count = std::min<std::size_t>(1 + dice.up_to(31), frame.size() - first);
    for (std::byte& octet : frame.subspan(first, count))
        octet ^= static_cast<std::byte>(dice.up_to(255));
}

inline detail::frame_slot simulated_network::copy_of(detail::frame_slot slot) noexcept {
    const detail::frame_slot copy = store_.take();
    if (copy != detail::no_slot) store_.assign(copy, store_.frame(slot));
    return copy;
}

inline void simulated_network::schedule(event e) noexcept {
    e.order = scheduled_++;
    pending_.push_back(e);
    std::push_heap(pending_.begin(), pending_.end(), comes_later);
}

inline void simulated_network::happen(const event& e) noexcept {
    if (e.what == step::leaves) {
        --stations_[e.where].queued_;
    } else if (e.what == step::arrives) {
        arrive(e.slot, e.where);
    } else if (e.where != everyone) {
        forward(e.slot, e.from, e.where);
    } else {
        for (std::uint32_t n = 0; n < stations_.size(); ++n) {
            const detail::frame_slot copy = n == e.from ? detail::no_slot : copy_of(e.slot);
            if (copy == detail::no_slot) continue;
            ++counts_.copied;
            forward(copy, e.from, n);
        }
        --counts_.copied;  // the frame itself is none
        store_.give_back(e.slot);
    }
}

inline void simulated_network::forward(detail::frame_slot slot, std::uint32_t from,
                                       std::uint32_t to) noexcept {
    if (to >= stations_.size()) return drop(fault::nobody, slot, to, counts_.nobody);
    if (cut_[from * stations_.size() + to] != 0)
        return drop(fault::partition, slot, to, counts_.partitioned);
    station& s = stations_[to];
    const duration length = time_on_wire(store_.frame(slot).size());
    const instant start = std::max(time_, s.output_until_);
    const bool finite = conditions.port_queue != 0 && conditions.rate != 0;
    if (finite && start - time_ + length > time_for(conditions.port_queue))
        return drop(fault::queue_full, slot, to, counts_.queue_full);
    s.output_until_ = start + length;
    schedule({s.output_until_ + conditions.delay, 0, slot, to, to, step::arrives});
}

inline void simulated_network::arrive(detail::frame_slot slot, std::uint32_t at) noexcept {
    station& s = stations_[at];
    if (options_.receive_queue != 0 && s.waiting_ == options_.receive_queue)
        return drop(fault::queue_full, slot, at, counts_.overrun);
    ++s.waiting_;
    ++counts_.delivered;
    trace_.add(static_cast<std::uint64_t>(time_.time_since_epoch().count()));
    trace_.add(at);
    follower_[slot] = detail::no_slot;
    (s.first_ == detail::no_slot ? s.first_ : follower_[s.last_]) = slot;
    s.last_ = slot;
}

/// Where the switch will send a frame; a number without a station, if nobody has the address.
inline std::uint32_t simulated_network::destination_of(octets_view frame) const noexcept {
    const auto nowhere = static_cast<std::uint32_t>(stations_.size());
    if (frame.size() < 6) return nowhere;
    const wire::mac_address to = wire::load_mac(frame, 0);
    if (to.is_group()) return everyone;
    const std::uint32_t number = std::uint32_t{to.octets[4]} << 8 | to.octets[5];
    return number < stations_.size() && to == address(number) ? number : nowhere;
}

inline link_properties simulated_network::properties_of(const station& s) const noexcept {
    const bool reorders = conditions.faults.reorder != probability{};
    const duration late = conditions.jitter + (reorders ? conditions.lateness : duration{});
    return {.max_frame = options_.max_frame,
            .address = address(s.number_),
            .fifo = late == duration{},
            .msl = 2 * conditions.delay + late + time_for(conditions.port_queue)};
}

}  // namespace rrdp::adapters
