// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <utility>

#include "simulation/forger.hpp"
#include "simulation/frame_log.hpp"
#include "simulation/garble.hpp"
#include "simulation/storm.hpp"

namespace simulation {

/// What single frames met between a station and its engine.
struct nuisance_counts {
    std::uint64_t refused = 0;  ///< transmissions
    std::uint64_t garbled = 0;  ///< frames that arrived otherwise than they were sent
    std::uint64_t unseen = 0;   ///< of those: no check could have told, so that they were lost
    std::uint64_t padded = 0;
    std::uint64_t recalled = 0;  ///< old frames that came again
    std::uint64_t forged = 0;
    std::uint64_t narrowed = 0;  ///< vanished for their length
    std::uint64_t absurd = 0;    ///< left an engine and were no segments: must stay 0
};

/// What the links of a run share: what may happen, and old frames.
struct nuisances {
    static constexpr std::size_t remembered = 24;
    struct old_frame {
        std::uint16_t size = 0;
        std::array<std::byte, 1'600> octets;
    };

    nuisance now{};          ///< all zero when the storm is over
    std::size_t narrow = 0;  ///< frames that are longer vanish; 0: none
    rrdp::wire::features agreed{};
    frame_log* log = nullptr;
    nuisance_counts met{};
    std::size_t kept = 0;  ///< of `memory`, by number of frames ever kept
    std::array<old_frame, remembered> memory;

    void keep(rrdp::octets_view frame) noexcept {
        if (frame.size() > memory[0].octets.size()) return;
        old_frame& place = memory[kept++ % remembered];
        place.size = static_cast<std::uint16_t>(frame.size());
        rrdp::copy_octets(frame, place.octets);
    }
};

/// The station of a node, with what happens to single frames at its end of the cable.
class storm_link {
    using station = rrdp::adapters::simulated_network::station;

public:
    /// A frame as it came, or as it was changed.
    class rx_frame {
    public:
        explicit rx_frame(station::rx_frame&& frame) : frame_{std::move(frame)} {}
        rx_frame(station::rx_frame&& frame, rrdp::octets_view other)
            : frame_{std::move(frame)}, other_{other} {}
        explicit rx_frame(rrdp::octets_view other) : other_{other} {}
        [[nodiscard]] rrdp::octets_view bytes() const noexcept {
            return other_.empty() && frame_ ? frame_->bytes() : other_;
        }

    private:
        std::optional<station::rx_frame> frame_;
        rrdp::octets_view other_;
    };

    /// Room for a frame that is shown to the log when it leaves.
    class tx_lease {
    public:
        tx_lease(station::tx_lease&& lease, storm_link& link)
            : lease_{std::move(lease)}, link_{&link} {}
        [[nodiscard]] rrdp::octets bytes() noexcept { return lease_.bytes(); }
        void commit(std::size_t size) noexcept {
            link_->leaves(lease_.bytes().first(size));
            lease_.commit(size);
        }

    private:
        station::tx_lease lease_;
        storm_link* link_;
    };

    storm_link(rrdp::adapters::simulated_network& net, std::size_t node, nuisances& shared,
               std::uint64_t seed)
        : net_{&net}, node_{node}, shared_{&shared}, dice_{seed, 0x71de, node} {}

    [[nodiscard]] rrdp::link_properties properties() const noexcept {
        return net_->at(node_).properties();
    }
    [[nodiscard]] std::size_t queued() const noexcept { return net_->at(node_).queued(); }
    [[nodiscard]] std::optional<rx_frame> receive() noexcept;
    [[nodiscard]] std::optional<tx_lease> lease(std::size_t size) noexcept {
        if (happens(shared_->now.refused)) return ++shared_->met.refused, std::nullopt;
        auto room = net_->at(node_).lease(size);
        if (!room) return std::nullopt;
        return std::optional<tx_lease>{std::in_place, std::move(*room), *this};
    }
    /// A frame that no station sent; it is the next to be received. Only one may wait.
    void slip_in(std::size_t size) noexcept {
        slipped_in_ = size;
        if (shared_->log != nullptr)
            shared_->log->slipped_in(node_, net_->time(), rrdp::octets_view{room_}.first(size));
    }
    [[nodiscard]] rrdp::octets room_for_one() noexcept { return room_; }
    [[nodiscard]] bool has_frame() const noexcept {
        return slipped_in_ != 0 || net_->at(node_).has_frame();
    }

private:
    [[nodiscard]] bool happens(rrdp::adapters::probability p) noexcept {
        return p != rrdp::adapters::probability{} && p.covers(dice_.next32());
    }
    void leaves(rrdp::octets_view frame) noexcept {
        constexpr std::size_t header = rrdp::wire::ethernet_framing::overhead;
        if (frame.size() <= header || !rrdp::wire::parse(frame.subspan(header)))
            ++shared_->met.absurd;
        if (shared_->now.recalled != rrdp::adapters::probability{} && dice_.up_to(7) == 0)
            shared_->keep(frame);
        if (shared_->log != nullptr) shared_->log->sent(node_, net_->time(), frame);
    }
    [[nodiscard]] std::optional<rx_frame> next() noexcept;
    [[nodiscard]] std::optional<rx_frame> changed(station::rx_frame&& frame) noexcept;

    rrdp::adapters::simulated_network* net_;
    std::size_t node_;
    nuisances* shared_;
    rrdp::adapters::frame_dice dice_;
    std::size_t slipped_in_ = 0;
    std::array<std::byte, 9'400> room_;
};

inline std::optional<storm_link::rx_frame> storm_link::receive() noexcept {
    std::optional<rx_frame> frame = next();
    if (frame && shared_->log != nullptr) shared_->log->came(node_, net_->time(), frame->bytes());
    return frame;
}

inline std::optional<storm_link::rx_frame> storm_link::next() noexcept {
    if (slipped_in_ != 0)
        return rx_frame{rrdp::octets_view{room_}.first(std::exchange(slipped_in_, 0))};
    while (auto frame = net_->at(node_).receive()) {
        if (shared_->narrow != 0 && frame->bytes().size() > shared_->narrow) {
            ++shared_->met.narrowed;
            continue;
        }
        return changed(std::move(*frame));
    }
    return std::nullopt;
}

inline std::optional<storm_link::rx_frame> storm_link::changed(station::rx_frame&& frame) noexcept {
    const bool garbled = happens(shared_->now.garbled);
    const bool padded = happens(shared_->now.padded);
    const rrdp::octets_view was = frame.bytes();
    if ((!garbled && !padded) || was.size() + 64 > room_.size()) return rx_frame{std::move(frame)};
    rrdp::copy_octets(was, room_);
    std::size_t size = was.size();
    if (garbled) {
        size = garble(room_, size, static_cast<garbling>(dice_.up_to(7)), dice_);
        ++shared_->met.garbled;
    }
    if (padded) {
        ++shared_->met.padded;
        const std::size_t more = std::min<std::size_t>(1 + dice_.up_to(63), room_.size() - size);
        for (std::byte& octet : rrdp::octets{room_}.subspan(size, more))
            octet = static_cast<std::byte>(dice_.next32());
        size += more;
    }
    // What was cut short may have its length again, and even its sum.
    if (garbled && unseen(was, rrdp::octets_view{room_}.first(size), shared_->agreed)) {
        ++shared_->met.unseen;
        return next();
    }
    return rx_frame{std::move(frame), rrdp::octets_view{room_}.first(size)};
}

static_assert(rrdp::link<storm_link> && rrdp::queueing_link<storm_link>);

}  // namespace simulation
