// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include <rrdp/blocking/detail/crew.hpp>

/// RRDP for simple programs: calls that return when it is done, by the names that sockets have
/// (docs/guides/blocking.md).
///
/// Calls throw std::system_error: with an `rrdp::errc` when the engine refuses, with an
/// `rrdp::end_reason` when the connection has ended otherwise than in good order, with
/// std::errc::timed_out when the time given was over: nothing was sent or received then, and what
/// flush, shutdown and close have begun goes on. Any thread may call; one socket serves one sender
/// and one receiver at a time.
namespace rrdp::blocking {

/// How long a call may wait.
struct patience {
    constexpr patience() noexcept = default;  // for ever
    /// At most so long; 0: look once.
    template <class Rep, class Period>
    constexpr patience(std::chrono::duration<Rep, Period> most) noexcept
        : most_{std::chrono::duration_cast<duration>(most)} {}

    /// The moment at which it is over.
    [[nodiscard]] instant until(instant now) const noexcept {
        return most_ ? after(now, *most_) : never;
    }

private:
    std::optional<duration> most_;
};

template <class Engine, class Link>
class basic_node;
template <class Engine, class Link>
class basic_listener;

/// A connection: ordered, reliable messages to and from one peer. When it is destroyed the
/// connection ends in good order behind what was sent.
template <class Engine = endpoint<>, class Link = any_link>
class basic_socket {
public:
    /// What is moved from is empty afterwards.
    basic_socket(basic_socket&& other) noexcept
        : crew_{other.crew_}, id_{std::exchange(other.id_, {})}, held_{std::move(other.held_)} {}
    /// What is moved from is empty afterwards.
    basic_socket& operator=(basic_socket&& other) noexcept {
        if (this == &other) return *this;
        let_go();
        crew_ = other.crew_;
        id_ = std::exchange(other.id_, {});
        held_ = std::move(other.held_);
        return *this;
    }
    ~basic_socket() { let_go(); }

    /// The other end: its node and port, and the own port.
    [[nodiscard]] peer remote() const {
        return crew_->ask([&](Engine& e, instant) {
            const auto known = e.info(id_);
            return known ? known->remote : peer{};
        });
    }

    /// Sends a message; returns when the engine has it, which may have to wait for the peer.
    void send(octets_view message, patience p = {}) {
        const std::span<const octets_view> parts{&message, 1};
        send(parts, p);
    }
    /// The same for a message in several pieces.
    void send(std::span<const octets_view> message, patience p = {}) {
        const auto sent = wait(p, [&](Engine& e, instant now) -> std::optional<std::error_code> {
            const auto made = e.send(now, id_, message);
            if (made) return std::error_code{};
            if (made.error() == errc::would_block) return std::nullopt;
            const auto* const t = crew_->find(id_);
            if (t == nullptr || !t->ended) return std::error_code{make_error_code(made.error())};
            return *t->ended == end_reason::clean ? std::make_error_code(std::errc::broken_pipe)
                                                  : std::error_code{make_error_code(*t->ended)};
        });
        if (sent) throw std::system_error{sent};
    }

    /// Receives a message into the start of `room`: its octets, which may be 0; nothing when the
    /// peer has ended and every message was taken. One that is longer throws
    /// std::errc::message_size, and stays: `next_size` says how long it is.
    [[nodiscard]] std::optional<std::size_t> recv(octets room, patience p = {}) {
        const auto size = next_size(p);
        if (!size) return std::nullopt;
        if (*size > room.size())
            throw std::system_error{std::make_error_code(std::errc::message_size)};
        crew_->ask([&](Engine&, instant) {
            held_->copy_to(room);
            held_.reset();
            return true;
        });
        return size;
    }
    /// Waits for the next message, which stays: its octets; nothing as above.
    [[nodiscard]] std::optional<std::size_t> next_size(patience p = {}) {
        bool over = false;
        std::size_t size = 0;
        const auto got = wait(p, [&](Engine& e, instant) -> std::optional<std::error_code> {
            if (!held_)
                if (auto next = e.receive(id_)) held_.emplace(std::move(*next));
            if (held_) {
                size = held_->size();
                return std::error_code{};
            }
            const auto why = end();
            over = why && !*why;
            return why;
        });
        if (got) throw std::system_error{got};
        if (over) return std::nullopt;
        return size;
    }

    /// Waits until the peer has all that was sent.
    void flush(patience p = {}) {
        settle(p, [&](Engine& e, instant) { return e.flush(id_); });
    }
    /// Ends the own direction behind all that was sent, and waits until the peer has it. The peer
    /// may go on.
    void shutdown(patience p = {}) {
        settle(p, [&](Engine& e, instant now) {
            const errc said = e.shutdown_send(now, id_);
            return said == errc::ok ? e.flush(id_) : said;
        });
    }
    /// Ends the connection in good order and waits until both sides have: everything is confirmed.
    /// What the peer still sends is discarded.
    void close(patience p = {}) {
        bool asked = false;
        const auto ended = wait(p, [&](Engine& e, instant now) -> std::optional<std::error_code> {
            held_.reset();
            while (e.receive(id_)) {}
            const auto* const t = crew_->find(id_);
            if (t == nullptr || t->ended) return judged(t);
            if (std::exchange(asked, true)) return std::nullopt;
            const errc said = e.close(now, id_);
            if (said == errc::ok) return std::nullopt;
            return std::error_code{make_error_code(said)};
        });
        crew_->release(std::exchange(id_, {}));
        if (ended) throw std::system_error{ended};
    }
    /// Ends it now: the peer is told, and what is under way is lost.
    void abort() {
        crew_->ask([&](Engine& e, instant now) {
            held_.reset();
            return e.abort(now, id_);
        });
    }

private:
    friend basic_node<Engine, Link>;
    friend basic_listener<Engine, Link>;
    using crew = detail::crew<Engine, Link>;

    basic_socket(std::shared_ptr<crew> c, connection_id id) : crew_{std::move(c)}, id_{id} {}

    void let_go() noexcept {
        if (id_ == connection_id{}) return;
        if (held_) {
            crew_->ask([&](Engine&, instant) {
                held_.reset();
                return true;
            });
        }
        crew_->release(std::exchange(id_, {}));
    }

    /// Waits for an error code, success included; a time-out is one.
    template <class Done>
    std::error_code wait(patience p, Done&& done) {
        const auto answer = crew_->wait(done, p.until(crew::clock()));
        return answer ? *answer : std::make_error_code(std::errc::timed_out);
    }
    template <class Verb>
    void settle(patience p, Verb&& verb) {
        bool asked = false;
        const auto done = wait(p, [&](Engine& e, instant now) -> std::optional<std::error_code> {
            if (!std::exchange(asked, true)) {
                auto* const t = crew_->find(id_);
                if (t == nullptr || t->ended) return judged(t);
                t->drained = false;
                const errc said = verb(e, now);
                if (said != errc::ok) return std::error_code{make_error_code(said)};
                return std::nullopt;
            }
            const auto* const t = crew_->find(id_);
            if (t == nullptr || t->ended) return judged(t);
            if (t->drained) return std::error_code{};
            return std::nullopt;
        });
        if (done) throw std::system_error{done};
    }

    /// Whether nothing will come any more, and why: no error after an end in good order.
    [[nodiscard]] std::optional<std::error_code> end() const {
        const auto* const t = crew_->find(id_);
        if (t == nullptr) return std::make_error_code(std::errc::not_connected);
        if (t->ended && *t->ended != end_reason::clean)
            return std::error_code{make_error_code(*t->ended)};
        if (t->ended || t->peer_ended) return std::error_code{};
        return std::nullopt;
    }
    /// How it ended, for one who wanted that: what was sent is confirmed, or why not.
    [[nodiscard]] static std::error_code judged(const detail::told* t) {
        if (t == nullptr) return std::make_error_code(std::errc::not_connected);
        const bool good = *t->ended == end_reason::clean || *t->ended == end_reason::unanswered;
        return good ? std::error_code{} : std::error_code{make_error_code(*t->ended)};
    }

    std::shared_ptr<crew> crew_;
    connection_id id_{};
    std::optional<typename Engine::message> held_;
};

/// Takes the connections to one port.
template <class Engine = endpoint<>, class Link = any_link>
class basic_listener {
public:
    /// What is moved from is empty afterwards.
    basic_listener(basic_listener&& other) noexcept
        : crew_{other.crew_}, port_{std::exchange(other.port_, 0)} {}
    basic_listener& operator=(basic_listener&&) = delete;
    ~basic_listener() {
        if (port_ == 0) return;
        static_cast<void>(crew_->stop_listening(port_));
    }

    /// Waits for a connection.
    [[nodiscard]] basic_socket<Engine, Link> accept(patience p = {}) {
        const auto id = crew_->wait(
            [&](Engine&, instant) -> std::optional<connection_id> {
                auto& row = crew_->arrived[port_];
                if (row.empty()) return std::nullopt;
                const connection_id first = row.front();
                row.pop_front();
                return first;
            },
            p.until(crew::clock()));
        if (!id) throw std::system_error{std::make_error_code(std::errc::timed_out)};
        return {crew_, *id};
    }

private:
    friend basic_node<Engine, Link>;
    using crew = detail::crew<Engine, Link>;

    basic_listener(std::shared_ptr<crew> c, std::uint16_t port)
        : crew_{std::move(c)}, port_{port} {}

    std::shared_ptr<crew> crew_;
    std::uint16_t port_ = 0;
};

/// An engine over a link, which must outlive it and all that is made of it.
template <class Engine = endpoint<>, class Link = any_link>
class basic_node {
public:
    using socket = basic_socket<Engine, Link>;      ///< a connection
    using listener = basic_listener<Engine, Link>;  ///< a port that takes connections

    /// Drives an engine over `link`, which must outlive it.
    basic_node(Link& link, const capacities& c, const node_options<typename Engine::framing>& own,
               entropy random)
        : crew_{std::make_shared<detail::crew<Engine, Link>>(link, c, own, random)} {}

    /// Enters a node into the table.
    void add_node(node_id number, const typename Engine::address& where, std::uint16_t mtu = 0) {
        check(crew_->ask([&](Engine& e, instant) { return e.add_node(number, where, mtu); }));
    }

    /// Opens a connection to a port of a node. A socket does not close by itself when its peer
    /// does: `auto_close` is switched off, here and in `listen`.
    [[nodiscard]] socket connect(const peer& to, options o = {}, patience p = {}) {
        o.auto_close = false;
        crew_->begin();
        std::optional<connection_id> id;
        const auto opened = crew_->wait(
            [&](Engine& e, instant now) -> std::optional<std::error_code> {
                if (!id) {
                    const auto made = e.connect(now, to, o);
                    if (!made) return std::error_code{make_error_code(made.error())};
                    crew_->own(*(id = *made));
                }
                const auto* const t = crew_->find(*id);
                if (t->ended) return std::error_code{make_error_code(*t->ended)};
                if (t->open) return std::error_code{};
                return std::nullopt;
            },
            p.until(crew_->clock()));
        if (opened && !*opened) return {crew_, *id};
        if (id) crew_->release(*id, true);
        throw std::system_error{opened ? *opened : std::make_error_code(std::errc::timed_out)};
    }

    /// Takes connections to `port` from now on.
    [[nodiscard]] listener listen(std::uint16_t port, options o = {}) {
        o.auto_close = false;
        check(crew_->ask([&](Engine& e, instant) {
            const errc said = e.listen(port, o);
            if (said == errc::ok) crew_->arrived[port];
            return said;
        }));
        crew_->begin();
        return {crew_, port};
    }

    /// All counters of the endpoint, so far.
    [[nodiscard]] statistics stats() {
        return crew_->ask([](Engine& e, instant) { return e.stats(); });
    }

private:
    static void check(errc said) {
        if (said != errc::ok) throw std::system_error{make_error_code(said)};
    }

    std::shared_ptr<detail::crew<Engine, Link>> crew_;
};

using node = basic_node<>;          ///< over any link
using socket = basic_socket<>;      ///< of such a node
using listener = basic_listener<>;  ///< of such a node

}  // namespace rrdp::blocking
