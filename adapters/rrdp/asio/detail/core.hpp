// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <list>
#include <mutex>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include <rrdp/asio/detail/channel.hpp>
#include <rrdp/asio/detail/driver.hpp>

namespace rrdp::asio::detail {

/// What a node, its sockets and its acceptors share: the engine that is driven, and who waits for
/// what. It lives as long as one of them, or a handler of Asio, does.
template <class Engine, class Link>
class core : public driver<core<Engine, Link>, Engine, Link> {
    using base = driver<core, Engine, Link>;

public:
    using engine_type = Engine;
    using message = typename Engine::message;
    using typename base::executor_type;
    using operation = detail::operation<core>;
    using channel = detail::channel<core>;
    using past = past_channel<core>;
    using door = detail::door<core>;
    using when = typename operation::when;

    template <class... Given>
    core(executor_type executor, Link& link, const adapters::wait_plan& plan, const capacities& c,
         Given&&... given)
        : base{std::move(executor), link, plan, c, std::forward<Given>(given)...},
          channels_(c.connections) {}

    /// Everything ends now: peers are told, who waits hears that it was cancelled, and neither link
    /// nor engine is touched any more.
    void stop() noexcept {
        finished<core> done;
        const std::lock_guard hold{mutex_};
        if (!this->halt()) return;
        for (channel& c : channels_) {
            c.fail_all(net::error::operation_aborted, done);
            c.held.reset();
        }
        for (past& p : past_) p.left.held.reset();
        for (door& d : doors_) d.waiting.fail_all(net::error::operation_aborted, done);
    }

    /// Calls `verb(engine, now)` under the lock, and sends what it wants to be sent.
    template <class Verb>
    auto with_engine(Verb&& verb) {
        finished<core> done;
        std::unique_lock hold{mutex_};
        const instant now = this->clock();
        const auto answer = verb(engine_, now);
        if (!stopped_) this->settle(now, done);
        hold.unlock();
        done.complete_all(when::later);
        return answer;
    }

    /// Begins `op` of the connection `id`: it is done now, or waits for its turn behind others.
    void begin(connection_id id, wish kind, operation* op) {
        finished<core> done;
        std::unique_lock hold{mutex_};
        if (channel* const c = find(id); c == nullptr || stopped_) {
            op->failure = stopped_ ? error_code{net::error::operation_aborted}
                                   : error_code{net::error::not_connected};
            done.push(op);
        } else {
            const bool ends = kind == wish::flush || kind == wish::close;  // waits for no other
            const bool first = ends || c->of(kind).empty();
            current_ = c;
            current_id_ = id;
            if (first && attempt(*op))
                done.push(op);
            else
                c->of(kind).push(op);
            if (ends) serve(*c, id, wish::send, done);  // what can be sent no more is told so
            this->settle(this->clock(), done);
        }
        hold.unlock();
        done.complete_all(when::later);
    }

    /// Opens a connection; `op` waits for it. `id` is its id, before anybody can hear of it; it
    /// stays as it is if that failed at once.
    void connect(const peer& to, const options& o, operation* op, connection_id& id) {
        finished<core> done;
        std::unique_lock hold{mutex_};
        const instant now = this->clock();
        const auto made = stopped_ ? result<connection_id, errc>{errc::node_left}
                                   : engine_.connect(now, to, held_open(o));
        if (made) {
            id = *made;
            enter(id).of(wish::connect).push(op);
            this->settle(now, done);
        } else {
            op->failure = make_error_code(made.error());
            done.push(op);
        }
        hold.unlock();
        done.complete_all(when::later);
    }

    /// Takes connections to `port` from now on.
    errc listen(std::uint16_t port, const options& o) {
        const std::lock_guard hold{mutex_};
        if (stopped_) return errc::node_left;
        const errc e = engine_.listen(port, held_open(o));
        if (e == errc::ok) doors_.emplace_back().port = port;
        return e;
    }

    /// Takes no more; those that nobody has taken are told so.
    void stop_listening(std::uint16_t port) noexcept {
        finished<core> done;
        const std::lock_guard hold{mutex_};
        const auto at = door_of(port);
        if (at == doors_.end()) return;
        at->waiting.fail_all(net::error::operation_aborted, done);
        const auto arrived = std::move(at->arrived);
        doors_.erase(at);
        if (stopped_) return;
        const instant now = this->clock();
        static_cast<void>(engine_.stop_listening(port));
        for (const connection_id id : arrived) {
            if (channel* const c = find(id); c != nullptr) c->owned = false;
            static_cast<void>(engine_.abort(now, id));
        }
        this->settle(now, done);
    }

    /// `op` waits for a connection to `port`.
    void accept(std::uint16_t port, operation* op) {
        finished<core> done;
        std::unique_lock hold{mutex_};
        const auto at = door_of(port);
        if (stopped_ || at == doors_.end()) {
            op->failure = net::error::operation_aborted;
            done.push(op);
        } else {
            at->waiting.push(op);
            welcome(*at, done);
        }
        hold.unlock();
        done.complete_all(when::later);
    }

    /// Cancels the operation with that serial, if it still waits.
    void cancel(connection_id id, std::uint64_t serial) {
        cancel_in(id, [serial](channel& c, queue<core>& to) {
            for (auto& row : c.waiting)
                if (operation* const op = row.take(serial)) to.push(op);
        });
    }
    /// The same for one that opens a connection.
    void cancel_connect(std::uint64_t serial) {
        connection_id id{};
        {
            const std::lock_guard hold{mutex_};
            for (std::uint32_t i = 0; i < channels_.size(); ++i)
                if (channels_[i].of(wish::connect).has(serial)) id = {i, channels_[i].generation};
        }
        cancel(id, serial);
    }
    /// Cancels all that waits on a connection.
    void cancel(connection_id id) {
        cancel_in(
            id, [](channel& c, queue<core>& to) { c.fail_all(net::error::operation_aborted, to); });
    }
    void cancel_accept(std::uint16_t port, std::optional<std::uint64_t> serial) {
        finished<core> done;
        std::unique_lock hold{mutex_};
        const auto at = door_of(port);
        if (at == doors_.end()) return;
        if (!serial) at->waiting.fail_all(net::error::operation_aborted, done);
        if (operation* const op = serial ? at->waiting.take(*serial) : nullptr) {
            op->failure = net::error::operation_aborted;
            done.push(op);
        }
        hold.unlock();
        done.complete_all(when::later);
    }

    /// Nobody uses the connection any more: it ends in good order, or with `abort` at once.
    void release(connection_id id, bool abort) noexcept {
        finished<core> done;
        const std::lock_guard hold{mutex_};
        channel* const c = find(id);
        if (c == nullptr) return;
        c->fail_all(net::error::operation_aborted, done);
        c->owned = false;
        c->held.reset();
        if (std::erase_if(past_, [&](const past& p) { return p.id == id; }) != 0) return;
        if (stopped_) return;
        const instant now = this->clock();
        if (!c->ended) static_cast<void>(abort ? engine_.abort(now, id) : engine_.close(now, id));
        discard(id);
        this->settle(now, done);
    }

    [[nodiscard]] std::uint64_t next_serial() noexcept {
        return 1 + serial_.fetch_add(1, std::memory_order_relaxed);
    }

    // Of which an operation is attempted: the mutex is held then.
    [[nodiscard]] channel& current() noexcept { return *current_; }
    [[nodiscard]] connection_id current_id() const noexcept { return current_id_; }

    /// What an acceptor's operation has waited for.
    [[nodiscard]] std::optional<peer> remote(connection_id id) {
        const std::lock_guard hold{mutex_};
        const auto info = engine_.info(id);
        return info ? std::optional{info->remote} : std::nullopt;
    }

private:
    friend base;
    using base::engine_;
    using base::mutex_;
    using base::stopped_;

    /// A socket says itself when its direction ends, also when the peer's has.
    [[nodiscard]] static options held_open(options o) noexcept {
        o.auto_close = false;
        return o;
    }
    [[nodiscard]] channel* find(connection_id id) noexcept {
        if (id.generation == 0 || id.slot >= channels_.size()) return nullptr;
        channel& c = channels_[id.slot];
        if (c.generation == id.generation) return &c;
        const auto at =
            std::find_if(past_.begin(), past_.end(), [&](const past& p) { return p.id == id; });
        return at != past_.end() ? &at->left : nullptr;
    }
    channel& enter(connection_id id) {
        channel& c = channels_[id.slot];
        if (c.owned) past_.push_back({{id.slot, c.generation}, std::move(c)});
        c.begin(id.generation);
        c.owned = true;
        return c;
    }
    [[nodiscard]] auto door_of(std::uint16_t port) noexcept {
        return std::find_if(doors_.begin(), doors_.end(),
                            [port](const door& d) { return d.port == port; });
    }

    template <class Take>
    void cancel_in(connection_id id, Take&& take) {
        finished<core> done;
        std::unique_lock hold{mutex_};
        channel* const c = find(id);
        if (c == nullptr) return;
        const bool connecting = !c->of(wish::connect).empty();
        queue<core> taken;
        take(*c, taken);
        taken.fail_all(net::error::operation_aborted, done);
        if (connecting && c->of(wish::connect).empty() && !stopped_) {
            const instant now = this->clock();
            static_cast<void>(engine_.abort(now, id));
            this->settle(now, done);
        }
        hold.unlock();
        done.complete_all(when::later);
    }

    void hear(const event& told, queue<core>& done) {
        if (told.kind == event_kind::accepted) return arrive(told, done);
        channel* const c = find(told.connection);
        if (c == nullptr) return;
        switch (told.kind) {
            case event_kind::connected:
                c->open = true;
                succeed(c->of(wish::connect), done);
                break;
            case event_kind::readable:
                if (!c->owned) return discard(told.connection);
                serve(*c, told.connection, wish::receive, done);
                break;
            case event_kind::writable: serve(*c, told.connection, wish::send, done); break;
            case event_kind::drained: succeed(c->of(wish::flush), done); break;
            case event_kind::peer_closed:
                c->peer_ended = true;
                serve(*c, told.connection, wish::receive, done);
                break;
            case event_kind::closed: end(*c, told, done); break;
            default: break;
        }
    }

    /// Whether `op` is done. What has no memory has failed: it must not take the turn of others.
    [[nodiscard]] bool attempt(operation& op) {
        try {
            return op.attempt(*this);
        } catch (const std::bad_alloc&) {
            op.failure = net::error::no_memory;
            op.size = 0;
            return true;
        }
    }
    /// Lets those in a row have their turn while the first of them gets what it wants.
    void serve(channel& c, connection_id id, wish kind, queue<core>& done) {
        current_ = &c;
        current_id_ = id;
        queue<core>& row = c.of(kind);
        while (!row.empty() && attempt(*row.front())) done.push(row.pop());
    }
    static void succeed(queue<core>& row, queue<core>& done) noexcept { row.fail_all({}, done); }

    void arrive(const event& told, queue<core>& done) {
        const auto at = door_of(told.remote.local_port);
        channel& c = enter(told.connection);
        c.open = true;
        if (at == doors_.end()) {
            c.owned = false;
            static_cast<void>(engine_.abort(this->clock(), told.connection));
            return;
        }
        at->arrived.push_back(told.connection);
        welcome(*at, done);
    }

    /// Gives connections to those who wait for one.
    void welcome(door& d, queue<core>& done) {
        while (!d.waiting.empty() && !d.arrived.empty()) {
            current_id_ = d.arrived.front();
            d.arrived.pop_front();
            current_ = find(current_id_);
            if (current_ == nullptr) continue;  // it has ended, and its place is another's
            static_cast<void>(d.waiting.front()->attempt(*this));
            done.push(d.waiting.pop());
        }
    }

    void end(channel& c, const event& told, queue<core>& done) {
        c.ended = error_code{};
        if (told.reason != end_reason::clean) *c.ended = make_error_code(told.reason);
        c.confirmed = !*c.ended || told.reason == end_reason::unanswered;
        const auto at = door_of(told.remote.local_port);  // nobody has taken it, and need not now
        if (at != doors_.end() && std::erase(at->arrived, told.connection) != 0) c.owned = false;
        if (c.owned) serve(c, told.connection, wish::receive, done);
        const error_code why = c.confirmed ? error_code{} : *c.ended;
        c.of(wish::close).fail_all(why, done);
        c.of(wish::flush).fail_all(why, done);
        c.fail_all(*c.ended ? *c.ended : error_code{net::error::broken_pipe}, done);
    }

    /// What nobody will read must not keep a connection from ending.
    void discard(connection_id id) noexcept {
        while (engine_.receive(id)) {}
    }

    std::vector<channel> channels_;
    std::list<past> past_;  // sockets have them still
    std::list<door> doors_;
    channel* current_ = nullptr;  // of which an operation is attempted
    connection_id current_id_{};
    std::atomic<std::uint64_t> serial_ = 0;
};

}  // namespace rrdp::asio::detail
