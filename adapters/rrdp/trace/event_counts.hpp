// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>

#include <rrdp/rrdp.hpp>

namespace rrdp::trace {

/// Counts what an engine says of itself, and how long round trips took. Name it as
/// `Policy::observer`; a few additions an event, no memory of its own, no file.
class event_counts : public null_observer {
public:
    /// See `null_observer`.
    void on_state(instant, std::uint32_t, state, state to) noexcept {
        ++entered_[static_cast<std::size_t>(to)];
    }
    /// See `null_observer`.
    void on_drop(instant, drop_reason why) noexcept { ++drops_[static_cast<std::size_t>(why)]; }
    /// See `null_observer`.
    void on_transmit(instant, octets_view segment) noexcept {
        ++segments_;
        octets_ += segment.size();
    }
    /// See `null_observer`.
    void on_retransmit(instant, std::uint32_t, std::uint32_t) noexcept { ++retransmissions_; }
    /// See `null_observer`.
    void on_rtt(instant, std::uint32_t, duration sample) noexcept {
        const auto ns = static_cast<std::uint64_t>(sample < duration{} ? 0 : sample.count());
        ++round_trips_;
        ++histogram_[place_of(ns)];
        if (sample > longest_) longest_ = sample;
    }

    /// How often a connection came into a state.
    [[nodiscard]] std::uint64_t entered(state s) const noexcept {
        return entered_[static_cast<std::size_t>(s)];
    }
    /// Received segments that were dropped or not used.
    [[nodiscard]] std::uint64_t dropped(drop_reason why) const noexcept {
        return drops_[static_cast<std::size_t>(why)];
    }
    /// Segments sent.
    [[nodiscard]] std::uint64_t segments() const noexcept { return segments_; }
    /// Their octets, without framing.
    [[nodiscard]] std::uint64_t octets() const noexcept { return octets_; }
    /// Segments that were sent again.
    [[nodiscard]] std::uint64_t retransmissions() const noexcept { return retransmissions_; }
    /// Round trips that were measured.
    [[nodiscard]] std::uint64_t round_trips() const noexcept { return round_trips_; }

    /// What so many of a thousand round trips did not exceed, up to 12.5 % too much, and never more
    /// than the longest; zero where none was measured.
    [[nodiscard]] duration rtt_per_mille(std::uint64_t share) const noexcept {
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < histogram_.size(); ++i) {
            seen += histogram_[i];
            if (histogram_[i] == 0 || seen * 1'000 < share * round_trips_) continue;
            const duration most{static_cast<duration::rep>(end_of(i))};
            return most < longest_ ? most : longest_;
        }
        return longest_;
    }

private:
    static constexpr unsigned bits = 3;  ///< each power of two is cut into eight parts
    static constexpr std::size_t parts = 1U << bits;

    static constexpr std::size_t place_of(std::uint64_t ns) noexcept {
        if (ns < parts) return static_cast<std::size_t>(ns);
        const auto power = static_cast<unsigned>(std::bit_width(ns)) - 1;
        return (power - bits + 1) * parts + static_cast<std::size_t>(ns >> (power - bits)) - parts;
    }
    /// The largest number that has this place.
    static constexpr std::uint64_t end_of(std::size_t place) noexcept {
        if (place < parts) return place;
        const std::size_t shift = place / parts - 1;
        return ((place % parts + parts + 1) << shift) - 1;
    }

    std::array<std::uint64_t, 6> entered_{};
    std::array<std::uint64_t, drop_reasons> drops_{};
    std::array<std::uint64_t, 62 * parts> histogram_{};
    std::uint64_t segments_ = 0, octets_ = 0, retransmissions_ = 0, round_trips_ = 0;
    duration longest_{};
};

}  // namespace rrdp::trace
