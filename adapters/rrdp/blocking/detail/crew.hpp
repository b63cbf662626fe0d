// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <ctime>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <rrdp/adapters/detail/unique_fd.hpp>
#include <rrdp/interop/error_code.hpp>
#include <rrdp/interop/poll_wait.hpp>
#include <rrdp/rrdp.hpp>

namespace rrdp::blocking::detail {

/// What a connection has told, besides its messages.
struct told {
    std::uint32_t generation = 0;
    bool open = false;
    bool peer_ended = false;
    bool drained = false;
    bool owned = false;  ///< somebody has a socket of it
    std::optional<end_reason> ended;
};

/// An engine over a link, and all threads that use it. Whoever waits drives: receives, lets time
/// pass, transmits; so an answer wakes the thread that waits for it, and no other in between. While
/// nobody waits a thread of its own does, for peers who ask for what was lost.
///
/// One mutex guards the engine. It is not held while a thread sleeps.
template <class Engine, class Link>
class crew {
public:
    using message = typename Engine::message;

    template <class... Given>
    crew(Link& link, const capacities& c, Given&&... given)
        : link_{link},
          bell_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)},
          engine_{c, std::forward<Given>(given)...},
          told_(c.connections) {
        if (!bell_) throw std::system_error{errno, std::generic_category(), "eventfd"};
        if (engine_.status() != errc::ok)
            throw std::system_error{make_error_code(engine_.status())};
        stand_in_ = std::thread{[this] { stand_in(); }};
    }
    ~crew() {
        linger();
        {
            const std::lock_guard hold{mutex_};
            engine_.leave(clock());
            do push();
            while (more());  // a frame for each peer
            stopped_ = true;
            ring();
        }
        idle_.notify_all();
        stand_in_.join();
    }
    crew(const crew&) = delete;
    crew& operator=(const crew&) = delete;

    [[nodiscard]] static instant clock() noexcept {
        return to_instant(std::chrono::steady_clock::now());
    }

    /// Calls `verb(engine, now)` and sends what it wants to be sent.
    template <class Verb>
    auto ask(Verb&& verb) {
        const std::lock_guard hold{mutex_};
        const auto answer = verb(engine_, clock());
        push();
        nudge();
        return answer;
    }

    /// Waits until `done(engine, now)` says something, or until `deadline`: then nothing. It is
    /// asked again after whatever happens.
    template <class Done>
    auto wait(Done&& done, instant deadline) {
        std::unique_lock hold{mutex_};
        ++waiting_;
        asked_ = clock();
        std::uint64_t known = news_;
        auto answer = done(engine_, asked_);
        push();
        if (!answer && driving_) ring();  // perhaps by the thread that stands in: it gives way
        // Once also when there is no time at all: who asks again and again drives, too.
        for (bool over = false; !answer && !over; over = clock() >= deadline) {
            if (driving_)
                sleep_until(hold, deadline, known);
            else
                drive(hold, deadline, known);
            known = news_;
            answer = done(engine_, clock());
            push();
        }
        --waiting_;
        asked_ = clock();
        nudge();
        changed_.notify_all();  // somebody else must drive now
        return answer;
    }

    /// What connection `id` has told, also when it is over and its place another's; nothing if
    /// nobody has a socket of it.
    [[nodiscard]] told* find(connection_id id) noexcept {
        if (id.generation == 0) return nullptr;
        told& t = told_[id.slot];
        if (t.generation == id.generation) return &t;
        const auto at = past_.find({id.slot, id.generation});
        return at != past_.end() ? &at->second : nullptr;
    }
    /// Somebody has a socket of this connection, which is new.
    void own(connection_id id) {
        told& t = told_[id.slot];
        if (t.owned) past_[{id.slot, t.generation}] = t;
        t = {};
        t.generation = id.generation;
        t.owned = true;
    }

    /// Nobody has one any more: it ends in good order by itself, or with `abort` at once.
    void release(connection_id id, bool abort = false) noexcept {
        const std::lock_guard hold{mutex_};
        disown(id, abort);
        push();
        nudge();
    }
    /// Nobody takes the connections to this port any more.
    errc stop_listening(std::uint16_t port) noexcept {
        const std::lock_guard hold{mutex_};
        for (const connection_id id : arrived[port]) disown(id, true);
        arrived.erase(port);
        const errc said = engine_.stop_listening(port);
        push();
        nudge();
        return said;
    }

    /// From now on somebody answers also while nobody waits. A node that has not said yet at which
    /// ports it listens would refuse those who ask early; their frames wait instead.
    void begin() {
        const std::lock_guard hold{mutex_};
        if (!std::exchange(begun_, true)) idle_.notify_all();
    }

    /// Those that have opened at a port and that nobody has taken.
    std::map<std::uint16_t, std::deque<connection_id>> arrived;

private:
    static constexpr duration parked = std::chrono::milliseconds{2};  // somebody may wait again
    static constexpr duration look_every = std::chrono::microseconds{50};
    static constexpr duration farewell = std::chrono::milliseconds{250};

    /// Connections that were let go finish, and those that have finished answer for a while: the
    /// last acknowledgement may be lost, and nobody else would say it again.
    void linger() {
        wait([](Engine& e,
                instant) { return e.connections() == 0 ? std::optional{true} : std::nullopt; },
             after(clock(), farewell));
    }

    void disown(connection_id id, bool abort) noexcept {
        told* const t = find(id);
        if (t == nullptr) return;
        t->owned = false;
        if (past_.erase({id.slot, id.generation}) != 0) return;
        static_cast<void>(abort ? engine_.abort(clock(), id) : engine_.close(clock(), id));
        discard(id);
    }

    void push() {
        turn_ = rrdp::push(engine_, link_, clock());
        hear();
    }

    /// Whether something could leave at once.
    [[nodiscard]] bool more() const noexcept {
        return !turn_.blocked && !turn_.misfit && engine_.wants_transmit(clock());
    }
    /// Wakes whoever drives, if there is something to do before he would wake.
    void nudge() noexcept {
        const bool sooner = engine_.next_timeout().value_or(never) < until_;
        if (driving_ && (sooner || turn_.blocked || more())) ring();
    }

    /// Takes the events; whoever sleeps asks again what he waits for. Not all of them come with a
    /// frame: time ends connections, too, and so does another thread.
    void hear() {
        const std::uint64_t before = news_;
        for (; const auto e = engine_.poll_event(); ++news_) hear(*e);
        if (news_ == before) return;
        if (driving_) ring();
        changed_.notify_all();
    }
    void hear(const event& e) {
        if (e.kind == event_kind::accepted) {
            own(e.connection);
            find(e.connection)->open = true;
            const auto at = arrived.find(e.remote.local_port);
            if (at == arrived.end())
                disown(e.connection, true);
            else
                at->second.push_back(e.connection);
            return;
        }
        told* const t = find(e.connection);
        if (t == nullptr) return;
        if (e.kind == event_kind::connected) t->open = true;
        if (e.kind == event_kind::peer_closed) t->peer_ended = true;
        if (e.kind == event_kind::drained) t->drained = true;
        if (e.kind == event_kind::closed) {
            t->ended = e.reason;
            // Nobody has taken it, and need not now.
            const auto at = arrived.find(e.remote.local_port);
            if (at != arrived.end() && std::erase(at->second, e.connection) != 0) t->owned = false;
        }
        if (e.kind == event_kind::readable && !t->owned) discard(e.connection);
    }
    void discard(connection_id id) noexcept {
        while (engine_.receive(id)) {}
    }

    /// One turn, and if nothing came and nothing was told that is not `known` to whoever calls, a
    /// sleep until something does.
    void drive(std::unique_lock<std::mutex>& hold, instant deadline, std::uint64_t known) {
        turn_ = pump(engine_, link_, clock());
        hear();
        driving_ = true;
        if (turn_.received == 0 && news_ == known && !stopped_) rest(hold, deadline);
        driving_ = false;
        changed_.notify_all();
    }

    void rest(std::unique_lock<std::mutex>& hold, instant deadline) {
        const instant now = clock();
        const int fd = handle();
        instant until = std::min(deadline, engine_.next_timeout().value_or(never));
        if (turn_.blocked || fd < 0) until = std::min(until, after(now, look_every));
        if (until <= now || !turn_.drained || more()) return;
        until_ = until;
        std::array<pollfd, 2> watched{pollfd{fd, POLLIN, 0}, pollfd{bell_.get(), POLLIN, 0}};
        const auto longest = poll_timespec(now, until);
        hold.unlock();
        ::ppoll(watched.data(), watched.size(), longest ? &*longest : nullptr, nullptr);
        if (watched[1].revents != 0) {
            std::uint64_t rung = 0;
            static_cast<void>(::read(bell_.get(), &rung, sizeof rung));
        }
        hold.lock();
        until_ = never;
        rung_ = false;
    }
    [[nodiscard]] int handle() const noexcept {
        if constexpr (pollable_link<Link>) return link_.native_handle();
        return -1;
    }

    void sleep_until(std::unique_lock<std::mutex>& hold, instant deadline, std::uint64_t known) {
        using steady = std::chrono::steady_clock;
        if (news_ != known) return;
        if (deadline == never)
            changed_.wait(hold);
        else
            changed_.wait_until(hold, steady::time_point{deadline.time_since_epoch()});
    }

    void ring() noexcept {
        if (std::exchange(rung_, true)) return;
        const std::uint64_t one = 1;
        static_cast<void>(::write(bell_.get(), &one, sizeof one));
    }

    /// Drives while nobody waits, and keeps out of the way of those who wait again and again.
    void stand_in() {
        std::unique_lock hold{mutex_};
        idle_.wait(hold, [this] { return begun_ || stopped_; });
        while (!stopped_) {
            if (waiting_ != 0 || driving_ || clock() - asked_ < parked)
                idle_.wait_for(hold, parked, [this] { return stopped_; });
            else
                drive(hold, never, news_);
        }
    }

    Link& link_;
    adapters::detail::unique_fd bell_;  // ends the sleep of whoever drives
    std::mutex mutex_;
    std::condition_variable changed_;  // something has happened, or nobody drives
    std::condition_variable idle_;     // it has begun, or is over
    Engine engine_;
    std::vector<told> told_;
    std::map<std::pair<std::uint32_t, std::uint32_t>, told> past_;  ///< by slot and generation
    pump_result turn_;
    instant until_ = never;   // whoever drives sleeps until then
    instant asked_{};         // when somebody waited last
    std::uint64_t news_ = 0;  // events so far
    unsigned waiting_ = 0;
    bool driving_ = false;
    bool rung_ = false;  // whoever drives is about to wake
    bool begun_ = false;
    bool stopped_ = false;
    std::thread stand_in_;
};

}  // namespace rrdp::blocking::detail
