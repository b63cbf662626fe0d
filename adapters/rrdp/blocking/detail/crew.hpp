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
        {
            const std::lock_guard hold{mutex_};
            engine_.leave(clock());
            push();
            stopped_ = true;
        }
        ring();
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
        return answer;
    }

    /// Waits until `done(engine, now)` says something, or until `deadline`: then nothing. It is
    /// asked again after whatever happens.
    template <class Done>
    auto wait(Done&& done, instant deadline) {
        std::unique_lock hold{mutex_};
        ++waiting_;
        asked_ = clock();
        auto answer = done(engine_, asked_);
        push();
        if (!answer && driving_) ring();  // perhaps by the thread that stands in: it gives way
        while (!answer && clock() < deadline) {
            if (driving_)
                sleep_until(hold, deadline);
            else
                drive(hold, deadline);
            answer = done(engine_, clock());
            push();
        }
        --waiting_;
        asked_ = clock();
        changed_.notify_all();  // somebody else must drive now
        return answer;
    }

    /// What connection `id` has told; it must be one of now.
    [[nodiscard]] told& of(connection_id id) noexcept { return told_[id.slot]; }
    /// The same, or nothing if its place is another's.
    [[nodiscard]] const told* find(connection_id id) const noexcept {
        const told& t = told_[id.slot];
        return t.generation == id.generation ? &t : nullptr;
    }
    /// Somebody has a socket of this connection, which is new.
    void own(connection_id id) noexcept {
        told_[id.slot] = {};
        told_[id.slot].generation = id.generation;
        told_[id.slot].owned = true;
    }

    /// Nobody has one any more: it ends in good order by itself.
    void release(connection_id id) noexcept {
        const std::lock_guard hold{mutex_};
        if (find(id) == nullptr) return;
        of(id).owned = false;
        static_cast<void>(engine_.close(clock(), id));
        discard(id);
        push();
    }

    /// Those that have opened at a port and that nobody has taken.
    std::map<std::uint16_t, std::deque<connection_id>> arrived;

private:
    static constexpr duration parked = std::chrono::milliseconds{2};  // somebody may wait again
    static constexpr duration look_every = std::chrono::microseconds{50};

    void push() {
        turn_ = rrdp::push(engine_, link_, clock());
        hear();
    }

    void hear() {
        while (const auto e = engine_.poll_event()) hear(*e);
    }
    void hear(const event& e) {
        if (e.kind == event_kind::accepted) {
            own(e.connection);
            of(e.connection).open = true;
            const auto at = arrived.find(e.remote.local_port);
            if (at == arrived.end())
                static_cast<void>(engine_.abort(clock(), e.connection));
            else
                at->second.push_back(e.connection);
            return;
        }
        if (e.connection == connection_id{} || find(e.connection) == nullptr) return;
        told& t = of(e.connection);
        if (e.kind == event_kind::connected) t.open = true;
        if (e.kind == event_kind::peer_closed) t.peer_ended = true;
        if (e.kind == event_kind::drained) t.drained = true;
        if (e.kind == event_kind::closed) t.ended = e.reason;
        if (e.kind == event_kind::readable && !t.owned) discard(e.connection);
    }
    void discard(connection_id id) noexcept {
        while (engine_.receive(id)) {}
    }

    /// One turn, and if nothing came a sleep until something does.
    void drive(std::unique_lock<std::mutex>& hold, instant deadline) {
        driving_ = true;
        turn_ = pump(engine_, link_, clock());
        hear();
        if (turn_.received == 0 && !stopped_) rest(hold, deadline);
        driving_ = false;
        changed_.notify_all();
    }

    void rest(std::unique_lock<std::mutex>& hold, instant deadline) {
        const instant now = clock();
        const int fd = handle();
        instant until = std::min(deadline, engine_.next_timeout().value_or(never));
        if (turn_.blocked || fd < 0) until = std::min(until, after(now, look_every));
        if (until <= now || !turn_.drained) return;
        std::array<pollfd, 2> watched{pollfd{fd, POLLIN, 0}, pollfd{bell_.get(), POLLIN, 0}};
        const auto longest = poll_timespec(now, until);
        hold.unlock();
        ::ppoll(watched.data(), watched.size(), longest ? &*longest : nullptr, nullptr);
        if (watched[1].revents != 0) {
            std::uint64_t rung = 0;
            static_cast<void>(::read(bell_.get(), &rung, sizeof rung));
        }
        hold.lock();
    }
    [[nodiscard]] int handle() const noexcept {
        if constexpr (pollable_link<Link>) return link_.native_handle();
        return -1;
    }

    void sleep_until(std::unique_lock<std::mutex>& hold, instant deadline) {
        using steady = std::chrono::steady_clock;
        if (deadline == never)
            changed_.wait(hold);
        else
            changed_.wait_until(hold, steady::time_point{deadline.time_since_epoch()});
    }

    void ring() noexcept {
        const std::uint64_t one = 1;
        static_cast<void>(::write(bell_.get(), &one, sizeof one));
    }

    /// Drives while nobody waits, and keeps out of the way of those who wait again and again.
    void stand_in() {
        std::unique_lock hold{mutex_};
        while (!stopped_) {
            if (waiting_ != 0 || driving_ || clock() - asked_ < parked)
                idle_.wait_for(hold, parked, [this] { return stopped_; });
            else
                drive(hold, never);
        }
    }

    Link& link_;
    adapters::detail::unique_fd bell_;  // ends the sleep of whoever drives
    std::mutex mutex_;
    std::condition_variable changed_;  // something has happened, or nobody drives
    std::condition_variable idle_;     // it is over
    Engine engine_;
    std::vector<told> told_;
    pump_result turn_;
    instant asked_{};  // when somebody waited last
    unsigned waiting_ = 0;
    bool driving_ = false;
    bool stopped_ = false;
    std::thread stand_in_;
};

}  // namespace rrdp::blocking::detail
