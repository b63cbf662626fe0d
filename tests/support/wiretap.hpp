// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <rrdp/adapters/capture_file.hpp>
#include <rrdp/rrdp.hpp>
#include <rrdp/testing/segments.hpp>

#include "support/dice.hpp"

/// A wire in virtual time on which everything that passes is written down, as a capture file.
namespace wiretap {

using namespace std::chrono_literals;
using frame_octets = std::vector<std::byte>;

/// A capture of Ethernet frames on one interface. The time stamps are virtual.
class capture_file {
public:
    explicit capture_file(const std::string& path) : file_{path.c_str()} {}

    /// Writes a frame of which the capture holds all but the last `missing` octets.
    void write(rrdp::instant now, rrdp::octets_view frame, std::size_t missing = 0) {
        file_.write({.interface = interface_,
                     .time = now,
                     .frame = frame.first(frame.size() - missing),
                     .size = frame.size()});
    }
    [[nodiscard]] std::uint64_t frames() const noexcept { return file_.frames(); }

private:
    rrdp::adapters::capture_file file_;
    std::uint32_t interface_ = file_.add_interface({.name = "wire"});
};

/// How a frame of Ethernet is written down.
enum class wrapping { ethernet, vlan, ipv4, ipv6, udp4, udp6 };

namespace detail {

inline void append(frame_octets& to, rrdp::octets_view from) {
    to.insert(to.end(), from.begin(), from.end());
}
inline void append(frame_octets& to, std::initializer_list<unsigned> from) {
    for (const unsigned octet : from) to.push_back(static_cast<std::byte>(octet));
}
inline void append16(frame_octets& to, std::size_t number) {
    append(to, {static_cast<unsigned>(number >> 8 & 0xff), static_cast<unsigned>(number & 0xff)});
}

/// The end of the segment in a payload that Ethernet has padded; of another payload its end.
inline std::size_t segment_size(rrdp::octets_view payload) {
    constexpr std::size_t shortest = 46;
    if (payload.size() < rrdp::wire::base_octets || payload.size() > shortest)
        return payload.size();
    const auto base = rrdp::wire::load_header(payload);
    return std::min<std::size_t>(payload.size(), base.header_octets() + base.data_length);
}

inline frame_octets ip_address(rrdp::octets_view mac, bool six) {
    frame_octets address;
    if (six) append(address, {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0});
    append(address, {10});
    append(address, mac.subspan(3, 3));
    return address;
}

/// Adds the pseudo-header of to the checksum that the segment has, right or wrong.
inline void add_pseudo_header(frame_octets& segment, const frame_octets& from,
                              const frame_octets& to) {
    if (segment.size() < rrdp::wire::base_octets) return;
    rrdp::wire::ones_complement_sum sum;
    sum.add(static_cast<std::uint32_t>(static_cast<std::uint16_t>(
        ~rrdp::load_be16(segment, rrdp::wire::layout::checksum.offset))));
    sum.add(from);
    sum.add(to);
    sum.add(static_cast<std::uint32_t>(27 + segment.size()));
    rrdp::store_be16(segment, rrdp::wire::layout::checksum.offset,
                     static_cast<std::uint16_t>(~sum.value()));
}

inline frame_octets in_udp(const frame_octets& segment) {
    frame_octets datagram;
    append16(datagram, 50'027);
    append16(datagram, 50'027);
    append16(datagram, segment.size() + 8);
    append16(datagram, 0);
    append(datagram, segment);
    return datagram;
}

inline frame_octets in_ip(rrdp::octets_view frame, bool six, bool udp) {
    const rrdp::octets_view payload = frame.subspan(rrdp::wire::ethernet_framing::overhead);
    const std::size_t size = segment_size(payload);
    frame_octets segment{payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(size)};
    const frame_octets to = ip_address(frame.first(6), six);
    const frame_octets from = ip_address(frame.subspan(6, 6), six);
    if (udp)
        segment = in_udp(segment);
    else
        add_pseudo_header(segment, from, to);
    const unsigned protocol = udp ? 17 : 27;
    frame_octets packet{frame.begin(), frame.begin() + 12};
    append16(packet, six ? 0x86dd : 0x0800);
    if (six) {
        append(packet, {0x60, 0, 0, 0});
        append16(packet, segment.size());
        append(packet, {protocol, 64});
    } else {
        append(packet, {0x45, 0});
        append16(packet, segment.size() + 20);
        append(packet, {0, 0, 0x40, 0, 64, protocol, 0, 0});
    }
    append(packet, from);
    append(packet, to);
    append(packet, segment);
    return packet;
}

}  // namespace detail

/// The frame as another encapsulation of section 16 would carry it.
inline frame_octets wrapped(rrdp::octets_view frame, wrapping as) {
    frame_octets tagged{frame.begin(), frame.begin() + 12};
    switch (as) {
        case wrapping::ethernet: break;
        case wrapping::vlan:
            detail::append(tagged, {0x81, 0, 0xe0, 5});
            detail::append(tagged, frame.subspan(12));
            return tagged;
        case wrapping::ipv4: return detail::in_ip(frame, false, false);
        case wrapping::ipv6: return detail::in_ip(frame, true, false);
        case wrapping::udp4: return detail::in_ip(frame, false, true);
        case wrapping::udp6: return detail::in_ip(frame, true, true);
    }
    return {frame.begin(), frame.end()};
}

/// What the wire does to frames, in percent.
struct weather {
    std::uint32_t loss = 0, duplication = 0, reordering = 0, corruption = 0;
};

/// What it did.
struct met_faults {
    std::uint64_t lost = 0, duplicated = 0, reordered = 0, corrupted = 0;
};

/// A station gets frames, and is asked for some.
class station {
public:
    station() = default;
    station(const station&) = delete;
    station& operator=(const station&) = delete;
    virtual ~station() = default;

    virtual void hear(rrdp::instant now, rrdp::octets_view frame) = 0;
    virtual void time_passed(rrdp::instant now) = 0;
    virtual std::optional<frame_octets> speak(rrdp::instant now) = 0;
    [[nodiscard]] virtual std::optional<rrdp::instant> deadline() const = 0;
};

/// Carries frames to all stations, each of which knows what is meant for it, and writes down what
/// arrives.
class wire {
public:
    wire(capture_file& file, std::uint64_t seed) : dice{seed}, file_{&file} {}

    /// Puts a frame on the wire: it meets the weather.
    void carry(frame_octets frame) {
        if (dice.chance(conditions.loss)) {
            ++met.lost;
            return;
        }
        if (dice.chance(conditions.duplication)) {
            ++met.duplicated;
            fly(frame);
        }
        if (dice.chance(conditions.corruption)) {
            ++met.corrupted;
            const std::uint32_t bit = dice.below(8 * (frame.size() - spared)) + 8 * spared;
            frame[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
        }
        fly(std::move(frame));
    }

    /// Writes a frame down as it is, now.
    void note(rrdp::octets_view frame) {
        now += 1us;
        file_->write(now, wrapped(frame, as));
        const bool plain = rrdp::load_be16(frame, 12) == rrdp::wire::default_ethertype;
        if (plain && as == wrapping::ethernet) seen.emplace_back(frame.begin(), frame.end());
    }

    /// Lets the stations talk for so long, of virtual time.
    template <class Act>
    void run(std::span<station* const> stations, rrdp::duration time, Act act) {
        const rrdp::instant end = now + time;
        for (int turn = 0; turn < 200'000; ++turn) {
            listen(stations);
            act();
            std::optional<rrdp::instant> next;
            if (!flying_.empty()) next = flying_.begin()->first;
            for (station* s : stations)
                if (const auto due = s->deadline(); due && (!next || *due < *next)) next = due;
            if (!next || *next > end) break;
            now = std::max(now, *next);
            while (!flying_.empty() && flying_.begin()->first <= now) land(stations);
            for (station* s : stations) s->time_passed(now);
        }
        flying_.clear();
        now = end;
    }

    rrdp::instant now{};
    weather conditions;
    met_faults met;
    wrapping as = wrapping::ethernet;
    std::uint32_t spared = 0;  ///< octets at the begin of a frame that are not damaged
    rrdp::testing::dice dice;
    std::vector<frame_octets> seen;  ///< the frames of Ethernet that were written down unwrapped

private:
    void fly(frame_octets frame) {
        rrdp::duration late{};
        if (dice.chance(conditions.reordering)) {
            ++met.reordered;
            late = std::chrono::microseconds{dice.below(1'000)};
        }
        flying_.emplace(now + 50us + late, std::move(frame));
    }
    void listen(std::span<station* const> stations) {
        for (station* s : stations)
            while (auto frame = s->speak(now)) carry(std::move(*frame));
    }
    void land(std::span<station* const> stations) {
        const frame_octets frame = std::move(flying_.begin()->second);
        flying_.erase(flying_.begin());
        note(frame);
        for (station* s : stations) s->hear(now, frame);
    }

    capture_file* file_;
    std::multimap<rrdp::instant, frame_octets> flying_;
};

}  // namespace wiretap
