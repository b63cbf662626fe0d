// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <rrdp/rrdp.hpp>
#include <rrdp/testing/hex.hpp>
#include <rrdp/testing/segments.hpp>

#include "support/dice.hpp"
#include "support/sanitized.hpp"

/// Who attacks, and what is attacked: engines on one Ethernet in virtual time, and frames that
/// anybody on it could send.
namespace siege {

using namespace std::chrono_literals;
using mac = rrdp::wire::mac_address;
using rrdp::wire::features;

/// How often a test attacks: `usual`, a twentieth of it under the sanitizers that are slow, or what
/// RRDP_SIEGE says for all tests, in percent of `usual`.
inline std::uint64_t rounds(std::uint64_t usual) {
    const char* percent = std::getenv("RRDP_SIEGE");
    if (percent != nullptr) return usual * std::strtoull(percent, nullptr, 0) / 100;
    return rrdp::testing::sanitized ? usual / 20 : usual;
}

inline constexpr mac station(std::uint8_t number) {
    return {{2, 0, 0, 0, 0, number}};
}

using octets_of_frame = rrdp::testing::octet_buffer<1'514>;

/// A segment in a frame of Ethernet, padded as the wire wants it.
inline octets_of_frame framed(const mac& from, const mac& to, rrdp::octets_view segment) {
    octets_of_frame f;
    const rrdp::wire::ethernet_framing framing;
    rrdp::copy_octets(segment, f.room().subspan(14, segment.size()));
    framing.write_header(f.room(), to, from);
    f.resize(framing.finish(f.room(), segment.size()));
    return f;
}

/// A frame of resolution, whoever sends it.
inline octets_of_frame framed(const mac& from, const mac& to, rrdp::wire::resolution_frame r) {
    octets_of_frame f;
    const rrdp::wire::ethernet_framing framing;
    r.sender_mac = from;
    framing.write_header(f.room(), to, from);
    f.resize(framing.finish(f.room(), rrdp::wire::write_resolution(f.room().subspan(14), r)));
    return f;
}

/// An engine whose own proofs are on, with Ethernet around it.
struct audited : rrdp::default_policy {
    static constexpr bool audits = true;
};

/// An endpoint and the little that an application makes of it: whatever it is told is counted,
/// whatever comes is read, unless it shall not be.
template <class Policy>
class basic_host {
public:
    using engine_type = rrdp::endpoint<Policy>;
    using node_settings = rrdp::node_options<rrdp::wire::ethernet_framing>;

    basic_host(std::uint8_t number, const rrdp::capacities& room, node_settings o = {},
               std::uint64_t key = 1)
        : address{station(number)}, engine{room, named(o, number), rrdp::entropy{key, number}} {}

    /// Enters the nodes `first` to `last` by hand.
    bool knows(std::uint8_t first, std::uint8_t last) {
        bool ok = true;
        for (unsigned n = first; n <= last; ++n) {
            const auto other = static_cast<std::uint8_t>(n);
            if (station(other) == address) continue;
            ok = ok && engine.add_node(rrdp::node_id{other}, station(other)) == rrdp::errc::ok;
        }
        return ok;
    }
    void listens(rrdp::instant now) {
        while (const auto e = engine.poll_event()) {
            ++told[e->kind];
            if (e->kind == rrdp::event_kind::accepted) accepted.push_back(e->connection);
            if (e->kind == rrdp::event_kind::closed) ends.push_back(*e);
            if (e->kind != rrdp::event_kind::readable || e->connection == unread) continue;
            while (const auto m = engine.receive(e->connection)) {
                ++messages;
                octets += m->size();
            }
        }
        static_cast<void>(now);
    }
    [[nodiscard]] const rrdp::statistics& stats() const { return engine.stats(); }
    [[nodiscard]] std::uint64_t dropped(rrdp::drop_reason why) const {
        return engine.stats().dropped(why);
    }

    mac address;
    engine_type engine;
    std::optional<rrdp::connection_id> unread;  ///< a connection that the application neglects
    std::map<rrdp::event_kind, std::uint64_t> told;
    std::vector<rrdp::connection_id> accepted;
    std::vector<rrdp::event> ends;
    std::uint64_t messages = 0;
    std::uint64_t octets = 0;

private:
    static node_settings named(node_settings o, std::uint8_t number) {
        o.node = rrdp::node_id{number};
        o.address = station(number);
        return o;
    }
};

using host = basic_host<rrdp::default_policy>;
using audited_host = basic_host<audited>;

/// A wire of `delay` between hosts. Frames to addresses that no host has are counted and lost.
template <class Host>
class basic_wire {
public:
    explicit basic_wire(std::vector<Host*> ends, rrdp::duration delay = 20us)
        : ends_{std::move(ends)}, delay_{delay} {}

    rrdp::instant now{1s};
    std::uint64_t frames = 0;  ///< that were sent
    std::uint64_t astray = 0;  ///< of these, to nobody here
    std::uint64_t octets = 0;  ///< that were sent

    /// Puts all that a host has to send on the wire.
    void drain(Host& from) {
        while (const auto size = from.engine.poll_transmit(now, room_)) {
            const rrdp::octets_view frame = rrdp::octets_view{room_}.first(*size);
            ++frames;
            octets += *size;
            const mac where = rrdp::wire::load_mac(frame, 0);
            bool arrives = false;
            for (Host* h : ends_) {
                if (h == &from || (h->address != where && !where.is_group())) continue;
                flying_.emplace(now + delay_, std::pair{h, octets_of_frame{frame}});
                arrives = true;
            }
            astray += arrives ? 0U : 1U;
        }
    }
    /// What is due now arrives, and timers fire; everybody says what there is to say.
    void settle() {
        while (!flying_.empty() && flying_.begin()->first <= now) {
            const auto [to, frame] = flying_.begin()->second;
            flying_.erase(flying_.begin());
            to->engine.handle_frame(now, frame);
        }
        for (Host* h : ends_) {
            const auto due = h->engine.next_timeout();
            if (due && *due <= now) h->engine.handle_timeout(now);
            h->listens(now);
            drain(*h);
        }
    }
    /// Lets `span` pass, from one thing that happens to the next; false if that never ends.
    bool run(rrdp::duration span) {
        const rrdp::instant end = now + span;
        for (int step = 0; step < 10'000'000; ++step) {
            settle();
            rrdp::instant next = end;
            if (!flying_.empty()) next = std::min(next, flying_.begin()->first);
            for (Host* h : ends_)
                if (const auto due = h->engine.next_timeout()) next = std::min(next, *due);
            if (now >= end) return true;
            now = std::max(now, next);
        }
        return false;
    }
    /// Whether nothing is under way, and nobody wants to send.
    [[nodiscard]] bool silent() const { return flying_.empty(); }

private:
    std::vector<Host*> ends_;
    rrdp::duration delay_;
    std::multimap<rrdp::instant, std::pair<Host*, octets_of_frame>> flying_;
    std::array<std::byte, 1'514> room_{};
};

using wire = basic_wire<host>;
using audited_wire = basic_wire<audited_host>;

/// The profile `lan` with cookies, as a server wants it that strangers may reach.
inline constexpr rrdp::options with_cookies = [] {
    rrdp::options o = rrdp::profiles::lan;
    o.offered = o.offered | features::cookie;
    return o;
}();

/// What an opener of the profile `lan` says of itself.
inline rrdp::wire::syn_parameters lan_offer(features offered = rrdp::lan_features) {
    rrdp::wire::syn_parameters p = rrdp::testing::segments::plain();
    p.extended = true;
    p.offered = offered;
    if (offered.has(features::tag)) p.tag = 0x5eed'0001;
    if (offered.has(features::wide)) p.sequence_high = 7;
    if (offered.has(features::frag)) p.max_message = 65'536;
    return p;
}

/// What one says who answers an opener with this tag.
inline rrdp::wire::syn_parameters lan_reply(std::uint32_t echo) {
    rrdp::wire::syn_parameters p = lan_offer();
    p.peer_tag = echo;
    return p;
}

/// A peer that is played by hand, over its own connection to a host: it says what it likes.
template <class Host>
class basic_liar {
public:
    rrdp::testing::segments says;
    mac address;
    std::uint16_t next = 101;   ///< its own next number
    std::uint16_t heard = 0;    ///< the host's first number
    std::uint32_t own_tag = 0;  ///< what it put into its SYN
    std::uint32_t host_tag = 0;
    bool open = false;

    basic_liar(Host& at, std::uint8_t number, std::uint16_t own_port, std::uint16_t port,
               rrdp::instant now, const rrdp::wire::syn_parameters& p = lan_offer())
        : says{.source_port = own_port, .destination_port = port},
          address{station(number)},
          host_{&at} {
        own_tag = p.tag.value_or(0);
        hear(now, says.syn(100, p));
        while (const auto size = at.engine.poll_transmit(now, room_)) {
            const auto s = rrdp::wire::parse(rrdp::octets_view{room_}.first(*size).subspan(14));
            if (!s || s->base.control != rrdp::wire::flags_syn_ack) continue;
            if (s->base.destination_port != own_port) continue;
            const auto said = *rrdp::wire::parse_syn(*s);
            heard = s->base.sequence.value();
            host_tag = said.tag.value_or(0);
            says.agreed = said.offered & p.offered;
            says.words.tag = host_tag;
            says.words.sequence_high = p.sequence_high;
            says.words.acknowledgement_high = said.sequence_high;
            open = true;
        }
        hear(now, says.ack(next, heard));
    }
    /// The host gets this segment.
    void hear(rrdp::instant now, rrdp::octets_view segment) {
        host_->engine.handle_frame(now, framed(address, host_->address, segment));
    }

private:
    Host* host_;
    std::array<std::byte, 1'600> room_{};
};

using liar = basic_liar<host>;

}  // namespace siege
