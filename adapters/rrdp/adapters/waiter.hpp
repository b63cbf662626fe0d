// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <optional>
#include <span>
#include <utility>

#include <rrdp/adapters/detail/wait_system.hpp>
#include <rrdp/adapters/spin_budget.hpp>
#include <rrdp/adapters/wait_plan.hpp>
#include <rrdp/interop/poll_wait.hpp>
#include <rrdp/link/pump.hpp>

namespace rrdp::adapters {

/// What a `waiter` has done so far.
struct wait_statistics {
    std::uint64_t waits = 0;     ///< calls of `wait`
    std::uint64_t sleeps = 0;    ///< system calls that may have slept
    std::uint64_t rewarded = 0;  ///< spins that ended with a frame
    std::uint64_t in_vain = 0;   ///< spins that did not
};

/// Waits for what an engine over a link waits for, spinning, sleeping, or both.
///
/// ```
/// for (rrdp::instant now = wait.now(); ; now = wait.wait(engine, link, now, turn)) {
///     turn = rrdp::pump(engine, link, now);
///     while (const auto event = engine.poll_event()) …;
/// }
/// ```
///
/// No wake-up is lost: it sleeps only on a link that was seen empty after it knew that we would,
/// and on an engine that wants nothing. It is the one that reads the clock, once a wait, and once
/// for some looks while it spins. It throws nothing and allocates nothing; one thread may use it.
template <class System>
class basic_waiter {
public:
    static constexpr std::size_t watched_max = 8;  ///< descriptors besides the link's

    /// Waits by `plan`.
    explicit basic_waiter(const wait_plan& plan = {}, System system = {}) noexcept
        : plan_{plan}, budget_{plan.spin_max}, system_{std::move(system)} {}

    /// The time of the clock that all moments are taken from: steady, since some moment.
    [[nodiscard]] instant now() noexcept { return system_.now(); }

    /// How it waits.
    [[nodiscard]] const wait_plan& plan() const noexcept { return plan_; }
    /// What `adaptive` has learned.
    [[nodiscard]] const spin_budget& budget() const noexcept { return budget_; }
    /// The counts so far.
    [[nodiscard]] const wait_statistics& statistics() const noexcept { return statistics_; }

    /// The errno of the last sleep, if the kernel refused it; 0: none did. Then it did not sleep.
    [[nodiscard]] int error_number() const noexcept { return error_; }

    /// Also ends the next `wait` when `fd` is ready for `events` (of poll(2)); -1 is none. Who
    /// spins looks at it now and then. False: that is one too many, and it is not watched.
    bool watch(int fd, short events) noexcept {
        if (std::exchange(waited_, false)) count_ = own;
        if (fd < 0) return true;
        if (count_ == watched_.size()) return false;
        watched_[count_++] = {fd, events, 0};
        return true;
    }

    /// Whether the last `wait` saw that `fd`, which was watched, is ready or broken.
    [[nodiscard]] bool ready(int fd) const noexcept {
        return std::any_of(watched_.begin() + own, watched_.begin() + count_,
                           [fd](const pollfd& w) { return w.fd == fd && w.revents != 0; });
    }

    /// Waits until there is something to do, and answers what time it is then. `turn` is what the
    /// last `pump` did, at `now`; `deadline` is the caller's own, if he has one.
    ///
    /// Returns at once when the engine wants to transmit, when a moment has come, or when the link
    /// was not seen empty. A frame that ends the wait is given to the engine here. Handle all
    /// events before: they are not asked for. May return for nothing.
    template <pumpable Engine, link Link>
    instant wait(Engine& engine, Link& link, instant now, const pump_result& turn,
                 std::optional<instant> deadline = {}) noexcept {
        begin();
        const int fd = handle_of(link);
        const instant until = limit(engine, now, turn, deadline, fd);
        if (until <= now) return look_aside(), system_.now();
        instant at = now;
        if (plan_.mode == wait_mode::spin) return spin(engine, link, at, until), at;
        if (budget_.now() > duration{} && plan_.mode == wait_mode::adaptive) {
            const instant spun = std::min(until, after(now, budget_.now()));
            if (spin(engine, link, at, spun)) return at;
            if (at >= until) return budget_.in_vain(), at;
            if (look(engine, link, at)) return at;  // and the link knows that we shall sleep
        } else if (!turn.drained && look(engine, link, at)) {
            return at;
        }
        sleep(fd, at, until);
        at = system_.now();
        tell_time(link, at);
        const bool came = receive(engine, link, [at] { return at; });
        if (plan_.mode == wait_mode::adaptive) budget_.slept(at - now, came);
        return at;
    }

    /// Sleeps, whatever the plan is, until a descriptor that is watched is ready or `deadline` has
    /// come; without one for ever. For what has no engine and no link.
    instant rest(instant now, std::optional<instant> deadline = {}) noexcept {
        begin();
        sleep(-1, now, deadline.value_or(never));
        return system_.now();
    }

    /// The spinning half, for a loop that sleeps by other means: looks for a frame until one came,
    /// which the engine is given, or `until`. `now` becomes the time. Tell `budget` the rest.
    template <pumpable Engine, link Link>
    bool spin(Engine& engine, Link& link, instant& now, instant until) noexcept {
        do {
            tell_time(link, now);
            for (int i = 0; i < looks_per_clock; ++i) {
                if (look(engine, link, now)) return rewarded();
                system_.relax();
            }
            now = system_.now();
        } while (now < until && !look_aside());
        ++statistics_.in_vain;
        return false;
    }

    /// The learning of `adaptive`, for such a loop.
    [[nodiscard]] spin_budget& budget() noexcept { return budget_; }

private:
    static constexpr int looks_per_clock = 16;         // a clock costs as much as a pause or two
    static constexpr std::uint32_t aside_every = 256;  // turns or clocks, whichever there are
    static constexpr std::timespec at_once{};

    void begin() noexcept {
        ++statistics_.waits;
        if (waited_) count_ = own;
        waited_ = true;
        for (std::size_t i = 0; i < count_; ++i) watched_[i].revents = 0;
    }

    template <class Link>
    [[nodiscard]] static int handle_of(const Link& link) noexcept {
        if constexpr (pollable_link<Link>) return link.native_handle();
        return -1;
    }

    template <class Link>
    static void tell_time(Link& link, instant now) noexcept {
        if constexpr (timed_link<Link>) link.set_time(now);
    }

    /// The moment at which the wait ends in any case; `now` or earlier: it does not begin.
    template <class Engine>
    [[nodiscard]] instant limit(const Engine& engine, instant now, const pump_result& turn,
                                std::optional<instant> deadline, int fd) const noexcept {
        if (!turn.blocked && engine.wants_transmit(now)) return now;
        instant until = std::min(deadline.value_or(never), engine.next_timeout().value_or(never));
        if (plan_.mode == wait_mode::spin)
            return turn.blocked ? std::min(until, after(now, duration{1})) : until;
        if (turn.blocked || fd < 0) until = std::min(until, after(now, plan_.look_every));
        return until;
    }

    /// Gives the engine a frame, if there is one, at the time that `clock` says.
    template <class Engine, class Link, class Clock>
    static bool receive(Engine& engine, Link& link, Clock clock) noexcept {
        const auto frame = link.receive();
        if (frame) engine.handle_frame(clock(), frame->bytes());
        return frame.has_value();
    }

    /// The same; the time is asked for only then, and is that of the frame.
    template <class Engine, class Link>
    bool look(Engine& engine, Link& link, instant& now) noexcept {
        return receive(engine, link, [&] { return now = system_.now(); });
    }

    bool rewarded() noexcept {
        ++statistics_.rewarded;
        budget_.rewarded();
        return true;
    }

    /// Now and then looks at the descriptors that are watched, without sleeping; whether any is
    /// ready. A link that is always busy would keep them from being seen.
    bool look_aside() noexcept {
        if (count_ == own || ++asides_ % aside_every != 0) return false;
        return system_.sleep(std::span{watched_}.subspan(own, count_ - own), &at_once) > 0;
    }

    void sleep(int fd, instant now, instant until) noexcept {
        ++statistics_.sleeps;
        watched_[0] = {fd, POLLIN, 0};  // poll(2) passes over -1
        const int timer = fd >= 0 && until != never ? timer_for(now, until) : -1;
        watched_[1] = {timer, POLLIN, 0};
        const auto longest = poll_timespec(now, timer >= 0 ? never : until);
        const int ready =
            system_.sleep(std::span{watched_}.first(count_), longest ? &*longest : nullptr);
        error_ = ready < 0 && errno != EINTR ? errno : 0;
    }

    /// A timer that ends a sleep at `until` or before. A time-out of ppoll(2) would be set and
    /// taken back for each message, which costs more than the rest of the sleep where the processor
    /// is a virtual one; the engine's deadline mostly moves away, and a timer that is early is set
    /// anew once in that time (docs/decisions/0052).
    int timer_for(instant now, instant until) noexcept {
        if (armed_ <= now || armed_ > until) {
            timer_ = system_.arm(until);
            armed_ = timer_ >= 0 ? until : instant::min();
        }
        return timer_;
    }

    static constexpr std::size_t own = 2;  // descriptors: the link's and the timer's

    wait_plan plan_;
    spin_budget budget_;
    System system_;
    std::array<pollfd, watched_max + own> watched_{};
    std::size_t count_ = own;
    instant armed_ = instant::min();  // when the timer fires, or has fired
    int timer_ = -1;
    std::uint32_t asides_ = 0;
    int error_ = 0;
    bool waited_ = false;
    wait_statistics statistics_;
};

/// The one that programs use.
using waiter = basic_waiter<detail::wait_system>;

}  // namespace rrdp::adapters
