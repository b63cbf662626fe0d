// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include <rrdp/adapters/detail/frame_store.hpp>
#include <rrdp/adapters/detail/trace_hash.hpp>
#include <rrdp/adapters/fault_observer.hpp>
#include <rrdp/adapters/faults.hpp>
#include <rrdp/link/concepts.hpp>

namespace rrdp::adapters {

/// Which way a frame goes through a `simulated` wire.
enum class direction : std::uint8_t { a_to_b, b_to_a };

/// The weather of one direction.
struct wire_conditions {
    frame_faults faults{};                           ///< of each frame, by chance
    duration delay = std::chrono::microseconds{50};  ///< of each frame
    duration jitter{};  ///< each frame takes up to this much longer, by chance: frames overtake
    duration lateness = std::chrono::milliseconds{1};  ///< the same for those that are reordered
    std::uint64_t rate = 0;                            ///< octets per second; 0: no limit
    std::uint64_t queue = 0;  ///< octets that may wait for the rate, the rest is lost; 0: no limit
};

/// What a `simulated` wire is made of.
struct simulated_options {
    std::size_t frames = 1'024;     ///< slots per direction: in flight, leased and held together
    std::size_t max_frame = 1'514;  ///< octets
    /// Of the two ends.
    std::array<wire::mac_address, 2> addresses{{{{2, 0, 0, 0, 0, 0xa}}, {{2, 0, 0, 0, 0, 0xb}}}};
};

/// What a direction did to its frames. `sent` + `duplicated` = `delivered` + `lost` +
/// `queue_full` + `partitioned` + those still in flight.
struct wire_statistics {
    std::uint64_t sent = 0;         ///< committed
    std::uint64_t delivered = 0;    ///< received at the other end
    std::uint64_t lost = 0;         ///< by chance or by script
    std::uint64_t duplicated = 0;   ///< intact copies made
    std::uint64_t reordered = 0;    ///< made late by chance or by script
    std::uint64_t corrupted = 0;    ///< one bit inverted
    std::uint64_t queue_full = 0;   ///< lost because too many waited for the rate
    std::uint64_t partitioned = 0;  ///< lost because the direction was cut
};

/// Two links, `a` and `b`, joined by a wire in virtual time that loses, doubles, delays, reorders
/// and damages frames: by chance, from a seed, or by script.
///
/// Time is a number that the driver moves: pump both ends at `time()`, then `advance` to the next
/// arrival or deadline. The same seed and the same calls give the same octets at the same moments,
/// with any compiler, and `trace` proves it. All memory is obtained at construction (scripts
/// apart). When every slot of a direction is in use, `lease` refuses until a frame has arrived.
class simulated {
    class lane;

public:
    /// One end; satisfies `link`. Any number of frames and leases may be held, in any order.
    class end {
    public:
        /// A frame received, until it is released (concept `link`).
        using rx_frame = detail::borrowed_frame<lane>;
        using tx_lease = detail::leased_frame<lane>;  ///< room for a frame to send (concept `link`)

        /// Made by the wire.
        end(lane& out, lane& in, const link_properties& properties) noexcept
            : out_{&out}, in_{&in}, properties_{properties} {}

        /// What the link says of itself (concept `link`).
        [[nodiscard]] link_properties properties() const noexcept { return properties_; }
        /// The next frame; nothing when none waits (concept `link`).
        [[nodiscard]] std::optional<rx_frame> receive() noexcept;
        /// Room for a frame of so many octets; nothing: not now (concept `link`).
        [[nodiscard]] std::optional<tx_lease> lease(std::size_t size) noexcept;

    private:
        lane* out_;
        lane* in_;
        link_properties properties_;
    };

    /// Both directions begin under the same conditions, and what the ends say of order and lifetime
    /// follows from these. Throws std::bad_alloc.
    explicit simulated(std::uint64_t seed, const wire_conditions& both = {},
                       const simulated_options& options = {})
        : lanes_{{{*this, seed, 0, both, options}, {*this, seed, 1, both, options}}},
          a{lanes_[0], lanes_[1], properties_of(both, options, 0)},
          b{lanes_[1], lanes_[0], properties_of(both, options, 1)} {}
    simulated(const simulated&) = delete;
    simulated& operator=(const simulated&) = delete;

    /// The moment it is.
    [[nodiscard]] instant time() const noexcept { return time_; }

    /// Moves time forward to `moment`; never back.
    void advance_to(instant moment) noexcept { time_ = std::max(time_, moment); }

    /// When the next frame arrives, if any is in flight; not later than `time()` when one waits.
    [[nodiscard]] std::optional<instant> next_event() const noexcept {
        return earlier(lanes_[0].next_due(), lanes_[1].next_due());
    }

    /// Moves time to the next arrival or the earliest of `deadlines` (each a
    /// `std::optional<instant>`), whichever comes first; false when nothing will ever happen again.
    template <class... Deadlines>
    bool advance(const Deadlines&... deadlines) noexcept {
        std::optional<instant> next = next_event();
        ((next = earlier(next, deadlines)), ...);
        if (next) advance_to(*next);
        return next.has_value();
    }

    /// Changes the weather of one direction; frames in flight keep theirs, and the properties of
    /// the ends stay what they are.
    void set_conditions(direction way, const wire_conditions& conditions) noexcept {
        at(way).conditions = conditions;
    }

    /// Cuts one direction, or joins it again; frames in flight still arrive.
    void partition(direction way, bool cut) noexcept { at(way).cut = cut; }

    /// Decides the fate of the frame that is committed as number `index` (from 0) in a direction;
    /// chance does not touch that frame. Of two lines for one frame the first counts.
    void script(direction way, std::uint64_t index, const fate& what) {
        at(way).lines.push_back({index, what});
    }

    /// Whom to tell what happens to frames; null for nobody. `from` is the `direction`.
    void observe(fault_observer* observer) noexcept { observer_ = observer; }

    /// The counts so far.
    [[nodiscard]] const wire_statistics& statistics(direction way) const noexcept {
        return lanes_[static_cast<std::size_t>(way)].counts;
    }

    /// A fingerprint of every commit (moment, direction, octets) and every delivery so far.
    [[nodiscard]] std::uint64_t trace() const noexcept { return trace_.value(); }

private:
    struct flying {
        instant due;
        std::uint64_t order;  ///< of commits: decides among frames that are due together
        detail::frame_slot slot;
    };
    struct script_line {
        std::uint64_t index;
        fate what;
    };

    /// One direction: the frames in flight, a heap with the one that is due first on top.
    class lane {
    public:
        lane(simulated& wire, std::uint64_t seed, std::uint64_t number,
             const wire_conditions& initial, const simulated_options& options)
            : conditions{initial},
              wire_{&wire},
              seed_{seed},
              number_{number},
              store_{options.frames, options.max_frame} {
            flying_.reserve(options.frames);
        }

        [[nodiscard]] detail::frame_slot take() noexcept { return store_.take(); }
        [[nodiscard]] octets room(detail::frame_slot slot) noexcept { return store_.room(slot); }
        [[nodiscard]] octets_view frame(detail::frame_slot slot) noexcept {
            return store_.frame(slot);
        }
        void commit(detail::frame_slot slot, std::size_t size) noexcept;
        void cancel(detail::frame_slot slot) noexcept { store_.give_back(slot); }
        void release(detail::frame_slot slot) noexcept { store_.give_back(slot); }
        [[nodiscard]] detail::frame_slot next() noexcept;
        [[nodiscard]] std::optional<instant> next_due() const noexcept {
            if (flying_.empty()) return std::nullopt;
            return flying_.front().due;
        }

        wire_conditions conditions;
        bool cut = false;
        std::vector<script_line> lines;
        wire_statistics counts;

    private:
        [[nodiscard]] const fate* scripted(std::uint64_t index) const noexcept;
        [[nodiscard]] std::optional<instant> departure(std::size_t size) noexcept;
        [[nodiscard]] duration time_for(std::uint64_t size) const noexcept;
        void launch(detail::frame_slot slot, instant due) noexcept;
        void tell_of(fault what, detail::frame_slot slot) noexcept {
            tell(wire_->observer_, {what, number_, wire_->time_, store_.frame(slot)});
        }

        /// Heaps put the largest on top, so what comes later counts as smaller.
        static bool arrives_later(const flying& x, const flying& y) noexcept {
            return x.due != y.due ? x.due > y.due : x.order > y.order;
        }

        simulated* wire_;
        std::uint64_t seed_;
        std::uint64_t number_;
        detail::frame_store store_;
        std::vector<flying> flying_;
        std::uint64_t launched_ = 0;
        instant busy_until_{};
    };

    [[nodiscard]] lane& at(direction way) noexcept { return lanes_[static_cast<std::size_t>(way)]; }

    static std::optional<instant> earlier(std::optional<instant> x,
                                          std::optional<instant> y) noexcept {
        if (!x || !y) return x ? x : y;
        return std::min(*x, *y);
    }

    static link_properties properties_of(const wire_conditions& conditions,
                                         const simulated_options& options,
                                         std::size_t end) noexcept {
        const bool reorders = conditions.faults.reorder != probability{};
        return {.max_frame = options.max_frame,
                .address = options.addresses[end],
                .fifo = conditions.jitter == duration{} && !reorders,
                .msl = conditions.delay + conditions.jitter +
                       (reorders ? conditions.lateness : duration{})};
    }

    instant time_{};
    detail::trace_hash trace_;
    fault_observer* observer_ = nullptr;
    std::array<lane, 2> lanes_;

public:
    end a;  ///< the one end
    end b;  ///< the other end
};

/// Draws everything for every frame, whatever then applies, so that no draw depends on another.
inline void simulated::lane::commit(detail::frame_slot slot, std::size_t size) noexcept {
    if (size == 0) return cancel(slot);
    store_.resize(slot, size);
    const std::uint64_t index = counts.sent++;
    wire_->trace_.add(static_cast<std::uint64_t>(wire_->time_.time_since_epoch().count()));
    wire_->trace_.add(number_ << 32 | size);
    wire_->trace_.add(octets_view{store_.frame(slot)});

    frame_dice dice{seed_, number_, index};
    fate met = draw_fate(conditions.faults, dice);
    const auto some_of = [&dice](duration most) {
        return duration{static_cast<duration::rep>(
            dice.up_to(static_cast<std::uint64_t>(std::max(most, duration{}).count())))};
    };
    const duration jitter = some_of(conditions.jitter);
    const duration jitter_of_copy = some_of(conditions.jitter);
    const duration lateness = some_of(conditions.lateness);
    if (const fate* line = scripted(index)) met = *line;

    if (cut || met.drop) {
        ++(cut ? counts.partitioned : counts.lost);
        tell_of(cut ? fault::partition : fault::loss, slot);
        return store_.give_back(slot);
    }
    const std::optional<instant> left = departure(size);
    if (!left) {
        ++counts.queue_full;
        tell_of(fault::queue_full, slot);
        return store_.give_back(slot);
    }
    const instant due = *left + conditions.delay;
    const bool late = met.late || met.delay > duration{};
    counts.reordered += late;
    if (late) tell_of(fault::delay, slot);
    const detail::frame_slot copy = met.duplicate ? store_.take() : detail::no_slot;
    if (copy != detail::no_slot) store_.assign(copy, store_.frame(slot));
    if (copy != detail::no_slot) tell_of(fault::duplicate, slot);
    if (met.flip_bit) {
        tell_of(fault::corruption, slot);
        flip_bit(store_.frame(slot), *met.flip_bit);
        ++counts.corrupted;
    }
    launch(slot, due + jitter + met.delay + (met.late ? lateness : duration{}));
    if (copy == detail::no_slot) return;
    ++counts.duplicated;
    launch(copy, due + jitter_of_copy);
}

inline detail::frame_slot simulated::lane::next() noexcept {
    if (flying_.empty() || flying_.front().due > wire_->time_) return detail::no_slot;
    std::pop_heap(flying_.begin(), flying_.end(), arrives_later);
    const flying arrived = flying_.back();
    flying_.pop_back();
    ++counts.delivered;
    wire_->trace_.add(static_cast<std::uint64_t>(wire_->time_.time_since_epoch().count()));
    wire_->trace_.add(number_ << 32 | arrived.order);
    return arrived.slot;
}

inline void simulated::lane::launch(detail::frame_slot slot, instant due) noexcept {
    flying_.push_back({due, launched_++, slot});
    std::push_heap(flying_.begin(), flying_.end(), arrives_later);
}

/// When the last bit of the frame leaves the sender; nothing when the queue for the rate is full.
inline std::optional<instant> simulated::lane::departure(std::size_t size) noexcept {
    if (conditions.rate == 0) return wire_->time_;
    const instant start = std::max(wire_->time_, busy_until_);
    if (conditions.queue != 0 && start - wire_->time_ > time_for(conditions.queue))
        return std::nullopt;
    busy_until_ = start + time_for(size);
    return busy_until_;
}

/// How long the rate takes for so many octets; whole seconds apart, so that nothing overflows.
inline duration simulated::lane::time_for(std::uint64_t size) const noexcept {
    const std::uint64_t second = 1'000'000'000;
    return duration{static_cast<duration::rep>(size / conditions.rate * second +
                                               size % conditions.rate * second / conditions.rate)};
}

inline const fate* simulated::lane::scripted(std::uint64_t index) const noexcept {
    for (const script_line& line : lines)
        if (line.index == index) return &line.what;
    return nullptr;
}

inline std::optional<simulated::end::rx_frame> simulated::end::receive() noexcept {
    const detail::frame_slot slot = in_->next();
    if (slot == detail::no_slot) return std::nullopt;
    return rx_frame{*in_, slot};
}

inline std::optional<simulated::end::tx_lease> simulated::end::lease(std::size_t size) noexcept {
    if (size > properties_.max_frame) return std::nullopt;
    const detail::frame_slot slot = out_->take();
    if (slot == detail::no_slot) return std::nullopt;
    return tx_lease{*out_, slot, size};
}

}  // namespace rrdp::adapters
