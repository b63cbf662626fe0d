// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <rrdp/interop/poll_wait.hpp>
#include <rrdp/rrdp.hpp>

#include "chaos/chain.hpp"

namespace rrdp::chaos {

/// What two stations have to say to each other: both ways, connection after connection.
struct soak_plan {
    std::uint64_t messages = 1'000'000;  ///< each way, in all
    std::uint64_t each = 250'000;        ///< of one connection, each way
    std::uint64_t seed = 1;
    bool pretend = false;  ///< node 1 sends one message that is wrong

    [[nodiscard]] std::uint64_t connections() const noexcept {
        return (messages + each - 1) / each;
    }
};

/// What the engine of a station can hold.
inline constexpr capacities station_holding{
    .connections = 16, .rings = 8, .segments = 1'024, .nodes = 4, .listeners = 2, .governors = 4};

/// What a station has done. Plain numbers, so that they may lie in memory that processes share.
struct soak_report {
    std::uint64_t sent = 0, sent_hash = 0;
    std::uint64_t received = 0, received_hash = 0;
    std::uint64_t wrong = 0;        ///< messages that were not the next one, octet for octet
    std::uint64_t connections = 0;  ///< that ended cleanly, with all confirmed
    std::uint64_t broken = 0;       ///< that ended otherwise
    end_reason last = end_reason::none;
    std::uint64_t frames = 0;  ///< sent
    std::uint64_t repeated = 0;
    std::uint64_t damaged = 0;  ///< frames whose checksum or CRC was wrong
};

/// One end of a soak: an engine over any link that sends its chain, and checks that of the other.
template <class Link>
class station {
public:
    /// Node 1 opens the connections, node 2 accepts them. `link` must outlive this.
    station(Link& link, std::uint16_t own, const wire::mac_address& other, const soak_plan& plan)
        : link_{&link},
          opens_{own == 1},
          plan_{plan},
          engine_{station_holding, node(link, own), entropy{plan.seed, own}},
          sends_{plan.seed * 2 + own % 2},
          expects_{plan.seed * 2 + (own + 1) % 2} {
        const node_id peer_node{static_cast<std::uint16_t>(3 - own)};
        if (opens_ && plan.pretend) sends_.lie_at(plan.messages / 2);
        good_ = engine_.add_node(peer_node, other) == errc::ok &&
                (opens_ || engine_.listen(port, careful()) == errc::ok);
    }

    [[nodiscard]] bool good() const noexcept { return good_; }
    /// Whether everything was said, or a connection broke.
    [[nodiscard]] bool over() const noexcept {
        return report_.broken != 0 || (expects_.count() >= plan_.messages && !id_);
    }
    [[nodiscard]] std::uint64_t connections() const noexcept { return report_.connections; }

    /// One turn at `now`; whether anything moved.
    bool turn(instant now) noexcept {
        if (opens_ && !id_ && !over()) connect(now);
        const pump_result moved = pump(engine_, *link_, now);
        while (const auto told = engine_.poll_event()) hear(*told);
        if (open_) send(now);
        next_ = engine_.wants_transmit(now) ? std::optional{now} : engine_.next_timeout();
        return moved.received + moved.sent > 0;
    }
    [[nodiscard]] std::optional<instant> next_timeout() const noexcept { return next_; }

    [[nodiscard]] soak_report report() const noexcept {
        soak_report r = report_;
        r.sent = sends_.count();
        r.sent_hash = sends_.hash();
        r.received = expects_.count();
        r.received_hash = expects_.hash();
        const statistics& s = engine_.stats();
        r.frames = s.frames_out;
        r.repeated = s.retransmissions_rto + s.retransmissions_fast + s.retransmissions_rack +
                     s.retransmissions_tlp;
        r.damaged = s.dropped(drop_reason::bad_checksum) + s.dropped(drop_reason::bad_crc);
        return r;
    }

private:
    static constexpr std::uint16_t port = 7;
    static node_options<wire::ethernet_framing> node(const Link& link, std::uint16_t own) {
        node_options<wire::ethernet_framing> o;
        o.node = node_id{own};
        o.address = link.properties().address;
        o.boot_id = own;
        o.fifo = link.properties().fifo;
        o.msl = link.properties().msl;
        return o;
    }

    /// Damage must be noticed always, which needs a CRC. Connections take turns: with numbers of 32
    /// bits and of 16, small messages together in a frame and each in one of its own.
    static options careful(std::uint64_t turn = 0) noexcept {
        using wire::features;
        options o;
        o.offered = lan_features | features::crc32c | features::wide;
        if (turn % 2 == 1) o.offered = o.offered - features::wide;
        if (turn % 4 == 3) o.offered = o.offered - features::bundle;
        o.required = wire::features::crc32c;
        o.auto_close = false;
        o.linger = std::chrono::milliseconds{500};
        return o;
    }

    void connect(instant now) noexcept {
        const auto made =
            engine_.connect(now, {.node = node_id{2}, .port = port}, careful(report_.connections));
        if (made) id_ = *made;
    }

    void hear(const event& told) noexcept {
        if (told.kind == event_kind::accepted && id_) following_ = told.connection;
        if (told.kind == event_kind::accepted && !id_) adopt(told.connection);
        if (!id_ || told.connection != *id_) return;
        open_ |= told.kind == event_kind::connected;
        if (told.kind == event_kind::readable) receive();
        if (told.kind != event_kind::closed) return;
        const bool is_clean = told.reason == end_reason::clean &&
                              told.ledger.confirmed == told.ledger.accepted &&
                              told.ledger.accepted == said_;
        ++(is_clean ? report_.connections : report_.broken);
        report_.last = told.reason;
        id_.reset();
        open_ = ended_ = false;
        said_ = 0;
        if (following_) adopt(*std::exchange(following_, std::nullopt));
    }

    /// Turns to a connection that was accepted. The peer opens the next one when it has heard all
    /// of the last, while this end may still wait for the answer to its own end.
    void adopt(connection_id id) noexcept {
        id_ = id;
        open_ = true;
        receive();
    }

    void send(instant now) noexcept {
        const std::uint64_t share = std::min(plan_.each, plan_.messages - (sends_.count() - said_));
        while (said_ < share && engine_.send(now, *id_, sends_.next())) {
            sends_.took();
            ++said_;
        }
        if (said_ < share || ended_) return;
        ended_ = true;
        static_cast<void>(engine_.shutdown_send(now, *id_));
    }

    void receive() noexcept {
        while (const auto message = engine_.receive(*id_)) {
            report_.wrong += !equal(*message, expects_.next());
            expects_.took();
        }
    }

    Link* link_;
    bool opens_;
    bool good_ = false, open_ = false, ended_ = false;
    soak_plan plan_;
    endpoint<> engine_;
    chain sends_, expects_;
    std::uint64_t said_ = 0;  ///< on the connection that is open
    std::optional<connection_id> id_, following_;
    std::optional<instant> next_;
    soak_report report_;
};

}  // namespace rrdp::chaos
