// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include <rrdp/interop/poll_wait.hpp>
#include <rrdp/rrdp.hpp>

#include "chaos/chain.hpp"

/// Two nodes that talk without pause over any link, in one process or two, and a book in which each
/// message is held to account: nothing wrong, twice or out of order, and every one that was
/// accepted is told as confirmed, in doubt or not sent.
namespace rrdp::judged_talk {

inline instant clock_now() {
    return to_instant(std::chrono::steady_clock::now());
}

/// What one end of a connection has done. Each is written by one process.
struct end_record {
    std::uint64_t accepted = 0;        ///< messages that send() took
    std::uint64_t delivered = 0;       ///< messages that receive() gave
    std::uint64_t process = 0;         ///< which process this end was in; 0: there was no end
    std::uint64_t closed = 0;          ///< how often `closed` was told
    std::uint64_t accepted_hash = 0;   ///< of the chain of those
    std::uint64_t delivered_hash = 0;  ///< of the other's chain
    bool killed = false;               ///< its process was, before it could tell the end
    send_ledger ledger{};              ///< its ledger
    end_reason reason = end_reason::none;
};

/// A connection: its opener, and its acceptor.
struct talk_record {
    std::array<end_record, 2> ends{};
};

/// The book. It lies in memory that forked processes share and that outlives one that is killed.
struct book {
    static constexpr std::uint32_t talks_max = 16'384;

    std::uint64_t wrong = 0;      ///< messages that were not the next one, octet for octet
    bool pretend = false;         ///< the first opener sends one message that is wrong
    std::uint64_t unknown = 0;    ///< connections without a number of ours
    std::uint64_t delivered = 0;  ///< by openers and acceptors, in all
    std::uint32_t talks = 0;      ///< numbers given to connections, from 1
    std::array<talk_record, talks_max> talk{};

    /// Notes that process `number` was killed: what it had open, as its `side`, it cannot end.
    void note_kill(std::size_t side, std::uint64_t number) {
        for (std::uint32_t i = 1; i <= talks; ++i) {
            end_record& end = talk[i].ends[side];
            end.killed |= end.process == number && end.closed == 0;
        }
    }
};

/// Silence after which a node gives its peer up: between two seconds of one and a moment of the
/// other, so that a pause can be shorter and longer than it without much waiting.
inline constexpr duration give_up = std::chrono::milliseconds{600};

/// 16 to 1 400 octets, and one message of 16 is longer than a frame.
inline constexpr chaos::message_sizes sizes{.small = 1'400, .large = 5'000, .seldom = 16};

/// One node: it opens connections to the other, or accepts them, and sends on each as much as a
/// short queue holds.
template <class Link>
class node {
public:
    /// `process` is written into the book: 1 for the first, and for each that takes its place one
    /// more. The boot id follows from it.
    node(Link& link, book& all, node_id own, node_id other, const wire::mac_address& where,
         std::uint64_t process)
        : link_{&link},
          book_{&all},
          opens_{own == node_id{1}},
          other_{other},
          process_{process},
          engine_{{.connections = 64, .rings = 32, .segments = 1'024, .nodes = 4, .listeners = 2},
                  {.node = own,
                   .address = link.properties().address,
                   .boot_id = static_cast<std::uint32_t>(1'000 + process)},
                  entropy{process, static_cast<std::uint64_t>(own)}} {
        good_ = engine_.add_node(other, where) == errc::ok &&
                (opens_ || engine_.listen(port, impatient()) == errc::ok);
    }

    [[nodiscard]] bool good() const { return good_; }
    [[nodiscard]] std::size_t open() const { return talks_.size(); }
    [[nodiscard]] int native_handle() const { return link_->native_handle(); }

    /// Whether new connections are opened, and messages sent.
    void talk(bool more) { talking_ = more; }

    /// Closes what is open; `open` becomes 0 when the peer has answered.
    void close() {
        talk(false);
        for (const ours& t : talks_) static_cast<void>(engine_.close(clock_now(), t.id));
    }

    /// One turn; whether anything moved.
    bool turn() {
        const instant now = clock_now();
        if (talking_ && opens_ && talks_.empty()) connect(now);
        const auto result = pump(engine_, *link_, now);
        while (const auto told = engine_.poll_event()) hear(*told);
        for (ours& t : talks_)
            if (talking_ && t.is_open) send(now, t);
        next_ = engine_.wants_transmit(now) ? now : result.next_timeout.value_or(never);
        return result.received + result.sent > 0;
    }

    /// Milliseconds that may be slept now, at most one.
    [[nodiscard]] int rest() const { return std::clamp(poll_wait(clock_now(), next_), 0, 1); }

private:
    static constexpr std::uint16_t port = 7;
    static constexpr std::uint16_t opener_port = 4'007;
    static constexpr std::uint64_t queue = 24;

    struct ours {
        ours(connection_id own, std::uint32_t talk, std::uint32_t side, bool opened)
            : id{own},
              number{talk},
              is_open{opened},
              sends{talk * 2ULL + side, sizes},
              expects{talk * 2ULL + 1 - side, sizes} {}

        connection_id id;
        std::uint32_t number;
        bool is_open;
        chaos::chain sends;
        chaos::chain expects;
    };

    static options impatient() {
        using std::chrono::milliseconds;
        options o;
        o.offered = lan_features | wire::features::crc32c;
        o.required = wire::features::crc32c;  // nothing damaged may be delivered, however damaged
        o.give_up = give_up;
        o.rto_initial = milliseconds{10};
        o.rto_max = milliseconds{40};
        o.keepalive = milliseconds{100};
        o.connect_timeout = milliseconds{1'000};
        o.linger = milliseconds{200};
        o.fin_wait = milliseconds{1'000};
        return o;
    }

    [[nodiscard]] std::uint32_t side() const { return opens_ ? 0 : 1; }
    [[nodiscard]] end_record& mine(std::uint32_t number) {
        return book_->talk[number].ends[side()];
    }

    void connect(instant now) {
        const std::uint32_t number = book_->talks + 1;
        if (number >= book::talks_max) return;
        std::array<std::byte, 4> application{};
        store_be32(application, 0, number);
        // Always the same ports: who was killed comes back under them.
        const auto id =
            engine_.connect(now, {.node = other_, .port = port, .local_port = opener_port},
                            impatient(), octets_view{application});
        if (!id) return;
        mine(number) = {.process = process_};
        book_->talks = number;
        talks_.emplace_back(*id, number, side(), false);
        if (book_->pretend && number == 1) talks_.back().sends.lie_at(10);
    }

    void hear(const event& told) {
        if (told.kind == event_kind::accepted) welcome(told);
        const auto at = std::ranges::find(talks_, told.connection, &ours::id);
        if (at == talks_.end()) return;
        if (told.kind == event_kind::connected) at->is_open = true;
        if (told.kind == event_kind::readable) read(*at);
        if (told.kind != event_kind::closed) return;
        end_record& record = mine(at->number);
        record.ledger = told.ledger;
        record.reason = told.reason;
        ++record.closed;  // last: it may be the end of this process, too
        talks_.erase(at);
    }

    void welcome(const event& told) {
        const std::uint32_t number =
            told.application.size() == 4 ? load_be32(told.application, 0) : 0;
        book_->unknown += number == 0 || number > book_->talks;
        if (number == 0 || number > book_->talks) return;
        mine(number) = {.process = process_};
        talks_.emplace_back(told.connection, number, side(), true);
    }

    void send(instant now, ours& t) {
        end_record& record = mine(t.number);
        while (record.accepted - engine_.ledger(t.id).confirmed < queue) {
            if (!engine_.send(now, t.id, t.sends.next())) return;
            t.sends.took();
            record.accepted_hash = t.sends.hash();
            ++record.accepted;
        }
    }

    void read(ours& t) {
        end_record& record = mine(t.number);
        while (const auto message = engine_.receive(t.id)) {
            book_->wrong += !chaos::equal(*message, t.expects.next());
            t.expects.took();
            record.delivered_hash = t.expects.hash();
            ++record.delivered;
            ++book_->delivered;
        }
    }

    Link* link_;
    book* book_;
    bool opens_;
    bool talking_ = true;
    bool good_ = false;
    node_id other_;
    std::uint64_t process_;
    endpoint<> engine_;
    instant next_{};
    std::vector<ours> talks_;
};

/// What the book says when all is over.
struct verdict {
    std::uint64_t accepted = 0;
    std::uint64_t confirmed = 0;
    std::uint64_t in_doubt = 0;
    std::uint64_t not_sent = 0;
    std::uint64_t untold = 0;  ///< accepted by processes that were killed
    std::uint64_t delivered = 0;
    std::uint32_t clean = 0;   ///< connections
    std::uint32_t broken = 0;  ///< that ended otherwise
    std::vector<std::string> complaints;
};

/// Judges one direction of a connection: what `from` sent and `to` received. An end whose process
/// was killed tells nothing any more, and may have been about to note one message.
inline void judge(verdict& v, std::uint32_t number, const end_record& from, const end_record& to) {
    const auto expect = [&](bool kept, const char* claim) {
        if (!kept) v.complaints.push_back("connection " + std::to_string(number) + ": " + claim);
    };
    const send_ledger& l = from.ledger;
    v.accepted += from.accepted;
    v.delivered += to.delivered;
    if (from.killed) {
        v.untold += from.accepted;
        expect(to.delivered <= from.accepted + 1, "more was delivered than sent");
        return;
    }
    expect(from.closed == 1, "its end was not told once");
    expect(l.accepted == from.accepted, "the ledger has lost count of what was accepted");
    expect(l.confirmed <= l.sent && l.sent <= l.accepted, "the ledger is not in order");
    expect(to.delivered <= l.sent, "more was delivered than sent");
    expect(to.killed || l.confirmed <= to.delivered, "a confirmed message was not delivered");
    expect(from.reason != end_reason::clean || l.confirmed == l.accepted,
           "it ended cleanly, but not all is confirmed");
    expect(to.delivered != from.accepted || to.delivered_hash == from.accepted_hash,
           "all was delivered, but the hashes differ");
    v.confirmed += l.confirmed;
    v.in_doubt += l.sent - l.confirmed;
    v.not_sent += l.accepted - l.sent;
}

/// Judges the whole book, when all is over.
inline verdict judge(const book& b) {
    verdict v;
    if (b.wrong != 0) v.complaints.push_back(std::to_string(b.wrong) + " messages were wrong");
    if (b.unknown != 0) v.complaints.emplace_back("a connection had no number");
    for (std::uint32_t number = 1; number <= b.talks; ++number) {
        const auto& [opener, acceptor] = b.talk[number].ends;
        judge(v, number, opener, acceptor);
        if (acceptor.process != 0) judge(v, number, acceptor, opener);
        ++(opener.reason == end_reason::clean ? v.clean : v.broken);
    }
    if (v.accepted != v.confirmed + v.in_doubt + v.not_sent + v.untold)
        v.complaints.emplace_back("not every message has an outcome");
    return v;
}

}  // namespace rrdp::judged_talk
